"""What ``import exograph`` offers: the words of the command line as functions.

Every function takes ``root``, the folder of the data; without it see exograph.places. The dataset is
built once for each state of the data and kept (exograph.cache); a process holds on to what it has opened.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path

from rdflib import Dataset, URIRef

from exograph import __version__, catalogue, comparison, passages
from exograph.accounting import figures, units
from exograph.accounting import page as as_page
from exograph.answers import Answer, Value, answer
from exograph.cache import opened
from exograph.endpoints import SECONDS, endpoints
from exograph.engines import ENGINES, Engine
from exograph.errors import SourceError, UsageError
from exograph.federation import Federated
from exograph.graphs import Built
from exograph.places import places
from exograph.reasoning import hermit, judged
from exograph.release import release
from exograph.remote import Remote, remote
from exograph.tables import description, files
from exograph.tables import tidy as tidied
from exograph.validation import Report, check

_GRAPHS = "SELECT ?graph (COUNT(*) AS ?triples) WHERE { GRAPH ?graph { ?s ?p ?o } } GROUP BY ?graph ORDER BY ?graph"


@lru_cache(maxsize=4)
def _built(root: Path) -> Built:
    return opened(places(root))


def built(root: str | Path | None = None, endpoint: str | None = None) -> Built:
    """The dataset of a folder with its prefixes and its engine, opened or built at the first call.

    With ``endpoint``, the address of a SPARQL endpoint that holds a release, that is asked instead, by the questions of the folder.
    """
    return remote(places(root), endpoint) if endpoint else _built(places(root).root)


def engine(found: Built, name: str, federate: Sequence[str] = (), wait: float = SECONDS) -> Engine:
    """The engine of that name over a dataset; where endpoints are named that may be asked, the one that asks them, see federation.

    Raises UsageError for a name other than oxigraph and rdflib, and for an endpoint that is none.
    """
    if name not in ENGINES:
        raise UsageError(f"no engine {name} — use {' or '.join(ENGINES)}")
    if isinstance(found.engine, Remote) and (name != "oxigraph" or federate):
        raise UsageError(f"an endpoint answers by itself — leave out {'--federate' if federate else '--engine'}")
    allowed = endpoints(federate, wait)
    if allowed.addresses:
        return Federated(found.dataset, allowed)
    return found.engine if name == "oxigraph" else ENGINES[name](found.dataset)


def dataset(root: str | Path | None = None) -> Dataset:
    """The whole dataset as rdflib holds it: a named graph for the ontology, each review, what is derived."""
    return built(root).dataset


def questions(root: str | Path | None = None) -> Answer:
    """The saved questions: name, question in words, topic, parameters, columns."""
    return catalogue.questions(places(root))


def ask(  # noqa: PLR0913, PLR0917 - what the command takes
    name: str,
    /,
    root: str | Path | None = None,
    using: str = "oxigraph",
    federate: Sequence[str] = (),
    wait: float = SECONDS,
    endpoint: str | None = None,
    **parameters: str,
) -> Answer:
    """Answer a saved question; parameters are given as CURIE, IRI, label or value.

    ``federate`` names the endpoints that may be asked, each as its address or as ``address=mirror``, and ``wait`` how many
    seconds one may take; ``endpoint`` see built. Raises UsageError for an unknown question, parameter or value, for an endpoint
    that is not named and for one that does not answer, RowsError for faulty rows.
    """
    found = built(root, endpoint)
    return catalogue.ask(found, name, {key: str(value) for key, value in parameters.items()}, engine(found, using, federate, wait))


def compare(  # noqa: PLR0913 - what the command takes
    topic: str,
    criteria: Sequence[str] = (),
    root: str | Path | None = None,
    using: str = "oxigraph",
    *,
    long: bool = False,
    endpoint: str | None = None,
) -> Answer:
    """The comparison of a topic as a matrix, or, ``long``, as a row a claim; on all criteria or those named; ``endpoint`` see built.

    Raises UsageError for an unknown topic or criterion.
    """
    found = built(root, endpoint)
    laid_out = comparison.claims if long else comparison.compare
    return laid_out(found, topic, criteria, engine(found, using))


def sparql(  # noqa: PLR0913, PLR0917 - what the command takes
    query: str,
    root: str | Path | None = None,
    using: str = "oxigraph",
    federate: Sequence[str] = (),
    wait: float = SECONDS,
    endpoint: str | None = None,
) -> Answer:
    """Answer a SPARQL query over the union of the named graphs, or over those that its FROM clauses name.

    ASK gives one truth value, CONSTRUCT and DESCRIBE give triples. SERVICE asks the endpoints that ``federate`` names,
    see ask; ``endpoint`` see built. Raises UsageError where it cannot be run.
    """
    found = built(root, endpoint)
    return answer(engine(found, using, federate, wait).solve(query), found.prefixes)


def resolve(found: Built, identifier: str) -> URIRef:
    """The IRI of a thing that is named by CURIE, IRI or bare id. Raises UsageError where there is none."""
    iri = catalogue.identifier(found.prefixes, identifier)
    candidates = [iri] if iri else [catalogue.identifier(found.prefixes, f"{key}:{identifier}") for key in catalogue.reviews(found)]
    known = [candidate for candidate in candidates if candidate and catalogue.known(found, candidate)]
    if len(known) != 1:
        problem = "stands in several reviews" if known else "is nothing in the graph"
        raise UsageError(f"{identifier} {problem} — write a CURIE such as han2023:r005 or exog:precipitation")
    return known[0]


def show(identifier: str, root: str | Path | None = None, source: str | Path | None = None, endpoint: str | None = None) -> Answer:
    """What the graph holds of a thing, with the passages that it is anchored at where the text is at hand; ``endpoint`` see built.

    Raises UsageError for an unknown thing, SourceError where the text is not the pinned one.
    """
    found = built(root, endpoint)
    thing = resolve(found, identifier)
    held = catalogue.ask(found, "describe", {"thing": str(thing)})
    words = passages.passages(found, thing, passages.sources(found, source))
    return Answer(held.columns, [*held.rows, *((passages.PASSAGE, slice_, place) for place, slice_ in words)])


def locate(words: str, root: str | Path | None = None, source: str | Path | None = None) -> Answer:
    """Where words occur in the texts at hand, as the cells part, start, end and sha256 of a row.

    Raises SourceError where no text is at hand, or it is not the pinned one.
    """
    found = built(root)
    texts = passages.sources(found, source)
    if not texts:
        raise SourceError(f"no text is at hand — name it by --source or by the variable {passages.SOURCES_VARIABLE}")
    answers = [passages.locate(found, text, words) for text in texts]
    return Answer(answers[0].columns, [row for one in answers for row in one.rows])


def coverage(key: str, source: str | Path | None = None, root: str | Path | None = None, page: str | Path | None = None) -> Answer:
    """How much of the text of a review is held by claims, by other rows, by a reason or by nothing, section by section.

    ``page`` is a file to which the text is written as HTML with what is anchored where. Raises
    UsageError for a review that is not there or a file that cannot be written, SourceError where its text is not at hand.
    """
    found = built(root)
    reviews = catalogue.reviews(found)
    if key not in reviews:
        raise UsageError(f"no review {key} — use {' or '.join(reviews)}")
    texts = [text for text in passages.sources(found, source) if text.key == key]
    if not texts:
        raise SourceError(f"the text of {key} is not at hand — name it by --source or by the variable {passages.SOURCES_VARIABLE}")
    cut = units(found, texts[0])
    if page:
        try:
            Path(page).parent.mkdir(parents=True, exist_ok=True)
            Path(page).write_text(as_page(found, texts[0], cut), encoding="utf-8", newline="\n")
        except OSError as error:
            raise UsageError(f"{page}: cannot be written ({error.strerror}) — name another file") from error
    return figures(cut)


def build(out: str | Path, root: str | Path | None = None, source: str | Path | None = None, nanopubs: bool = False) -> tuple[Report, list[Path]]:
    """Validate the data and, where nothing is found, write a release to a folder, on demand with nanopublications; else write nothing."""
    data, report = check(places(root), source)
    return report, release(data, Path(out), nanopubs) if data and not report.findings else []


def reason(root: str | Path | None = None) -> tuple[Answer, Report]:
    """The members of each defined class, with the claims they follow from and whether HermiT finds them too, and what it objects to.

    Raises UsageError where Java or owlready2, which brings HermiT, is missing, RowsError for faulty rows.
    """
    judge = hermit()
    return judged(built(root), judge)


def tidy(root: str | Path | None = None, check_only: bool = False) -> list[str]:
    """Put the row tables in order, or only name those that are not. Raises UsageError for an unreadable one."""
    where = places(root)
    changed = []
    for table, path, _ in files(where, description(where)):
        if path.suffix != ".tsv":
            continue
        try:
            text = path.read_bytes().decode()
            ordered = tidied(table, text)
        except ValueError as error:
            raise UsageError(f"{where.name(path)}: cannot be put in order ({error}) — mend the heading row") from error
        if ordered != text:
            changed.append(where.name(path))
            if not check_only:
                fresh = path.with_name(f".{path.name}")
                fresh.write_text(ordered, encoding="utf-8", newline="\n")
                fresh.replace(path)
    return changed


def info(root: str | Path | None = None) -> Answer:
    """Which data is in use, and how much of what it holds: entry and value."""
    found = built(root)
    rows: list[tuple[Value, ...]] = [("version", __version__), ("data", str(found.places.root))]
    rows += [(f"things of the class {label}", count) for _, label, count in catalogue.ask(found, "contents").rows]
    rows += [(f"triples of {name}", count) for name, count in answer(found.engine.select(_GRAPHS), found.prefixes).rows]
    return Answer(("entry", "value"), rows)
