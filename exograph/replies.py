"""What is answered over HTTP, made as a whole before a byte of it is sent, in a process of its own (exograph.zygote).

A job is a mapping as it comes over the pipe: ``do`` names one of query, question, describe, file, ``form`` the format.
"""

from __future__ import annotations

import io
import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import pyoxigraph as ox

from exograph import catalogue
from exograph.answers import write
from exograph.built import Built
from exograph.cache import STORE, loaded, opened, ready
from exograph.catalogue import Question
from exograph.engines import Oxigraph
from exograph.errors import UsageError
from exograph.gate import asks_another
from exograph.headers import read_query
from exograph.places import Places
from exograph.site import Site
from exograph.state import digest
from exograph.stated import stated, used
from exograph.views import Views


class TooLongError(Exception):
    """An answer is longer than it may be."""


TABLES = 16  # so many files of a store are opened with it, the others when they are first read, which no child can do
BASE = "https://w3id.org/exograph/"
RESULTS = {
    "json": ox.QueryResultsFormat.JSON,
    "xml": ox.QueryResultsFormat.XML,
    "csv": ox.QueryResultsFormat.CSV,
    "tsv": ox.QueryResultsFormat.TSV,
}
GRAPHS = {
    "turtle": ox.RdfFormat.TURTLE,
    "ntriples": ox.RdfFormat.N_TRIPLES,
    "jsonld": ox.RdfFormat.JSON_LD,
    "rdfxml": ox.RdfFormat.RDF_XML,
}
_IRI = re.compile(r"""[^\s<>"{}|\\^`\x00-\x20\x7f]+""")
_FAULTS: tuple[tuple[Any, int, str], ...] = (
    (UsageError, 400, "{error}"),
    (SyntaxError, 400, "the query cannot be read: {error}"),
    (TooLongError, 413, "the answer is longer than {most} bytes — ask for less, or page by ORDER BY, LIMIT and OFFSET"),
    (MemoryError, 503, "the query was stopped: it needs more memory than it may have"),
    ((ValueError, OSError, RuntimeError), 400, "the query cannot be run: {error}"),
    (Exception, 500, "the server failed with {kind}: {error}"),
)
Job = Mapping[str, Any]


class Capped(io.BytesIO):
    """Bytes that are written, up to a number; TooLongError is raised where there are more."""

    def __init__(self, most: int) -> None:
        super().__init__()
        self._left = most

    def write(self, data: Any) -> int:
        """Keep some bytes and return how many. Raises TooLongError."""
        self._left -= len(data)
        if self._left < 0:
            raise TooLongError
        return super().write(data)


@dataclass(frozen=True)
class Snapshot:
    """The dataset at one moment with all that is needed to answer from it without opening a file."""

    built: Built
    digest: str
    questions: Mapping[str, Question]
    federated: frozenset[str]
    served: Mapping[str, str]
    site: Site

    @property
    def store(self) -> ox.Store:
        """The store that answers. Raises TypeError for an engine without one."""
        if not isinstance(self.built.engine, Oxigraph):
            raise TypeError("the server answers from a store of Oxigraph alone")
        return self.built.engine.store

    def told(self) -> dict[str, Any]:
        """What the server has to know of it: its digest and its questions."""
        return {"digest": self.digest, "federated": sorted(self.federated), "questions": [*map(_told, self.questions.values())]}


def snapshot(root: Places) -> Snapshot:
    """Open the dataset of a folder, read its questions, and answer one, so that nothing is left to load. What is raised: see graphs.build."""
    name = digest(root)
    built = opened(root)
    kept = ready(root)
    if kept and len([*(kept / STORE).glob("*.sst")]) > TABLES:
        built.engine = Oxigraph(loaded(kept))
    built.engine.solve("ASK FROM <urn:x-nothing> {}")  # loads the parser that looks for FROM
    asked = {question.name: question for question in catalogue.read_questions(root)}
    federated = frozenset(name for name, question in asked.items() if asks_another(question.sparql))
    served = {path.stem: read_query(path, "gives")[1] for path in sorted(root.queries.glob("serve/*.rq"))}
    if missing := {"thing", "ontology", "void", "service"} - set(served):
        raise UsageError(f"queries/serve/{min(missing)}.rq is missing — restore the file")
    site = Site(Views(built))
    site.prepare()
    mine = {name: question for name, question in asked.items() if name not in federated}
    found = Snapshot(built, f"{name} {site.views.version}", mine, federated, served, site)
    for form in (*GRAPHS, "html"):
        perform(found, {"do": "describe", "query": "thing", "iri": f"{BASE}dataset", "form": form}, 1 << 30)
    for question in [*found.questions.values()][:1]:
        for form in ("json", "csv", "tsv", "markdown", "html"):
            perform(found, {"do": "question", "name": question.name, "settings": {"": ""}, "form": form}, 1 << 30)
            perform(found, {"do": "question", "name": question.name, "settings": {}, "form": form}, 1 << 30)
    return found


def perform(found: Snapshot, job: Job, most: int) -> tuple[int, bytes]:
    """Do a job: the status of HTTP and the answer, or one line that says what is wrong."""
    try:
        return _JOBS[job["do"]](found, job, most)
    except Exception as error:  # whatever it is, it is told, and not taken for a limit that was passed
        status, text = next((status, text) for kinds, status, text in _FAULTS if isinstance(error, kinds))
        return _line(status, text.format(error=error, kind=type(error).__name__, most=most))


def _line(status: int, text: str) -> tuple[int, bytes]:
    return status, (" ".join(text.split())[:1000] + "\n").encode(errors="replace")


def _query(found: Snapshot, job: Job, most: int) -> tuple[int, bytes]:
    """A query of a stranger; ``default`` and ``named`` are the graphs that the request names, None where it names none."""
    graphs: dict[str, Any] = {"use_default_graph_as_union": job["union"]}
    if job["default"] is not None:
        graphs = {"default_graph": [*map(ox.NamedNode, job["default"])], "named_graphs": [*map(ox.NamedNode, job["named"])]}
    result: Any = found.store.query(job["query"], **graphs)
    out = Capped(most)
    result.serialize(out, format=GRAPHS[job["form"]] if isinstance(result, ox.QueryTriples) else RESULTS[job["form"]])
    return 200, out.getvalue()


def _question(found: Snapshot, job: Job, most: int) -> tuple[int, bytes]:
    if job["form"] == "html":
        return _whole(found.site.question(job["name"], job["settings"]), most)
    answer = catalogue.run(found.built, found.questions[job["name"]], job["settings"], found.built.engine)
    return _whole(write(answer, job["form"]).encode(), most)


def _file(found: Snapshot, job: Job, most: int) -> tuple[int, bytes]:
    """A file of the site."""
    data = found.site.file(job["path"])
    return _line(404, f"the site has no {job['path']}") if data is None else _whole(data, most)


def _whole(data: bytes, most: int) -> tuple[int, bytes]:
    if len(data) > most:
        raise TooLongError
    return 200, data


def _describe(found: Snapshot, job: Job, most: int) -> tuple[int, bytes]:
    """The triples of one of the queries of ``queries/serve`` about the thing that it names, or the page of the thing."""
    if not _IRI.fullmatch(job["iri"]):
        return _line(404, "that is no IRI")
    iri = ox.NamedNode(job["iri"])
    triples = stated(found.store, found.served[job["query"]], iri)
    if not triples:
        return _line(404, f"nothing is stated of {job['iri']}")
    if job["form"] == "html":
        return _whole(found.site.thing(iri.value), most)
    out = Capped(most)
    ox.serialize(triples, out, format=GRAPHS[job["form"]], prefixes=used(triples, found.built.prefixes))
    return 200, out.getvalue()


def _told(question: Question) -> dict[str, Any]:
    parameters = [
        {"name": one.name, "type": one.type, "about": one.about, **({"default": one.default} if one.default else {})} for one in question.parameters
    ]
    columns = dict(question.columns)
    return {"name": question.name, "question": question.question, "topic": question.topic, "parameters": parameters, "columns": columns}


def encoded(status: int, body: bytes) -> bytes:
    """A reply as it goes over the pipe: a line that tells its status and length, then what it says."""
    return json.dumps([status, len(body)]).encode() + b"\n" + body


def decoded(data: bytes) -> tuple[int, bytes] | None:
    """The reply that came over the pipe; None where it is not whole."""
    head, mark, body = data.partition(b"\n")
    if not mark:
        return None
    status, length = json.loads(head)
    return (status, body) if len(body) == length else None


_JOBS: dict[str, Callable[[Snapshot, Job, int], tuple[int, bytes]]] = {
    "query": _query, "question": _question, "describe": _describe, "file": _file,
}  # fmt: skip
