"""The cases: what is run for each bar, at how many reviews, against whom."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

from benchmarks import generate, questions, web
from benchmarks.bars import OURS
from benchmarks.measure import Contestant, Cost, Figure, StoppedError, environment, interleaved, run

HERE = Path(__file__).parent
REPOSITORY = HERE.parent
PYTHON = sys.executable
QUESTION, VARIABLE, THING = "bound-molecules", "study", "s022"  # light, so that the start is what counts, and answered from one thing
FORBIDDEN = ("rdflib", "pyshacl", "owlready2", "starlette", "rich")
_PREFIX = re.compile(r'sh:prefix\s+"(?P<name>[^"]*)"[^\]]*?sh:namespace\s+"(?P<iri>[^"]*)"')


@dataclass(frozen=True)
class Limits:
    """Rounds and seconds a case may take at one size, seconds a slow peer may take, and up to how many reviews there are rows, rdflib and pySHACL."""

    repeat: int = 7
    budget: float = 60
    patience: float = 240
    question: float = 20
    rows: int = 10
    rdflib: int = 10


def peer(name: str, *words: str | Path) -> list[str | Path]:
    """The command of a peer."""
    return [PYTHON, HERE / "peers" / f"{name}.py", *words]


def exograph(*words: str | Path) -> list[str | Path]:
    """A command of exograph."""
    return [PYTHON, "-m", "exograph", *words]


def ours(*words: str | Path) -> list[str | Path]:
    """A command of exograph's side, see ours."""
    return [PYTHON, "-m", "benchmarks.ours", *words]


def fresh(command: list[str | Path], folder: Path) -> list[str | Path]:
    """A command that is run after a folder is gone, by a shell, so that every round writes anew."""
    return ["/bin/sh", "-c", 'rm -rf "$0"; exec "$@"', folder, *command]


@dataclass
class Data:
    """The data at one number of reviews, each kind made when it is first used."""

    work: Path
    size: int
    limits: Limits
    first: Data | None = field(default=None, repr=False)

    @property
    def cache(self) -> Path:
        """Where exograph keeps its datasets."""
        return self.work / str(self.size) / "cache"

    @property
    def folder(self) -> Path:
        """All that is made for this size."""
        return self.work / str(self.size)

    def do(self, *command: str | Path) -> None:
        """Run a command of the preparation. Raises StoppedError."""
        run(Contestant("preparation", command, 1800), self.cache)

    @cached_property
    def rows(self) -> Path:
        """A folder of data to build from."""
        return generate.rows(REPOSITORY, self.folder / "rows", self.size)

    @cached_property
    def release(self) -> Path:
        """A release built from the rows. Raises StoppedError."""
        self.do(*exograph("build", "--root", self.rows, "--out", self.folder / "release"))
        return self.folder / "release"

    @cached_property
    def quads(self) -> Path:
        """N-Quads: of the release of one review, or multiplied from it."""
        one = self.first or self
        return generate.quads(one.release / "exograph.nq", self.folder / "quads.nq", self.size)

    @cached_property
    def turtle(self) -> Path:
        """The folder of the Turtle files of the release."""
        return self.release / "graphs"

    @cached_property
    def store(self) -> Path:
        """A store of pyoxigraph. Raises StoppedError."""
        shutil.rmtree(self.folder / "store", ignore_errors=True)
        self.do(*peer("load_pyoxigraph", self.quads, self.folder / "store"))
        return self.folder / "store"

    @cached_property
    def root(self) -> Path:
        """The rows, with their dataset in the cache: put there, or, where the inside has changed, built. Raises StoppedError."""
        try:
            self.do(*ours("keep", self.rows, self.quads))
        except StoppedError:
            if self.size > self.limits.rows:
                raise
        self.do(*exograph("ask", QUESTION, "--root", self.rows, "--format", "csv"))
        return self.rows

    @cached_property
    def prefixes(self) -> dict[str, str]:
        """The prefixes of ontology and review."""
        text = (self.rows / "ontology" / "prefixes.ttl").read_text(encoding="utf-8")
        found = {match["name"]: match["iri"] for match in _PREFIX.finditer(text)}
        return {**found, generate.KEY: f"https://w3id.org/exograph/id/{generate.KEY}/"}


Case = Callable[[Data, Limits], Iterator[Figure] | list[Figure]]


def _import(data: Data, limits: Limits) -> list[Figure]:
    code = f"import sys, exograph; print([name for name in {FORBIDDEN} if name in sys.modules])"
    loaded = subprocess.run([PYTHON, "-c", code], capture_output=True, text=True, check=False, env=environment()).stdout.strip()
    found = interleaved(
        "import", data.size,
        [Contestant(name, [PYTHON, "-c", code]) for name, code in
         {OURS: "import exograph", "pyoxigraph": "import pyoxigraph", "exograph, with ask": "from exograph import ask"}.items()],
        3 * limits.repeat, limits.budget,
    )  # fmt: skip
    return [*found, Figure("import", "of rdflib and the like at import", data.size, Cost(), 1, note=loaded or "not told")]


def _ask(data: Data, limits: Limits) -> list[Figure]:
    query = data.root / "queries" / "ask" / f"{QUESTION}.rq"
    thing = data.prefixes[generate.KEY] + THING
    words = ("ask", QUESTION, "--set", f"{VARIABLE}={generate.KEY}:{THING}", "--format", "csv", "--root", data.root)
    found = [Contestant(OURS, exograph(*words)), Contestant("pyoxigraph", peer("ask_pyoxigraph", data.store, query, VARIABLE, thing))]
    if data.size <= min(limits.rdflib, limits.rows):
        found.append(Contestant("rdflib", peer("ask_rdflib", data.turtle, query, VARIABLE, thing), limits.patience))
    return interleaved("ask", data.size, found, limits.repeat, limits.budget, data.cache)


def _sessions(data: Data, rdflib: bool) -> list[Contestant]:
    found = [Contestant(OURS, ours("session", data.root)), Contestant("pyoxigraph", peer("session_pyoxigraph", data.store))]
    return [*found, Contestant("rdflib", peer("session_rdflib", data.quads))] if rdflib else found


def _local(data: Data, limits: Limits) -> Iterator[Figure]:
    jobs = questions.jobs(data.rows / "queries", data.prefixes, limits.question)
    named = re.compile(r"\bGRAPH\s+[?<\w]", re.IGNORECASE)
    jobs = [job for job in jobs if not named.search("\n".join(line for line in job["query"].splitlines() if not line.startswith("#")))]
    contestants = _sessions(data, data.size <= limits.rdflib)
    yield from questions.measured("local", data.size, contestants, [job for job in jobs if job["local"]], limits.repeat, data.cache)
    if data.size == 1:
        yield from questions.measured("all with a parameter", data.size, contestants, jobs, 1, data.cache)


def _compare(data: Data, limits: Limits) -> list[Figure]:
    query = (data.rows / "queries" / "ask" / "comparison.rq").read_text(encoding="utf-8")
    terms = {"class": questions.term(data.prefixes, "owl:Class", "exog:IsolationMethod")}
    job = {"name": "comparison", "topic": "isolation", "query": query, "terms": terms, "limit": limits.patience}
    return questions.measured("compare", data.size, _sessions(data, True), [job], 3, data.cache)


def _build(data: Data, limits: Limits) -> list[Figure]:
    out = data.folder / "built"
    found = [Contestant(OURS, exograph("build", "--root", data.rows, "--out", out), 1800)]
    found.append(Contestant("rdflib parses its Turtle", peer("parse_rdflib", data.turtle)))
    return interleaved("build", data.size, found, 3, limits.budget, data.cache)


def _load(data: Data, limits: Limits) -> list[Figure]:
    folder = data.folder / "loaded"
    found = [Contestant(OURS, fresh(ours("load", data.quads, folder), folder), timed=True)]
    found.append(Contestant("pyoxigraph", fresh(peer("load_pyoxigraph", data.quads, folder), folder), timed=True))
    figures = interleaved("load", data.size, found, limits.repeat, limits.budget, data.cache)
    shutil.rmtree(folder, ignore_errors=True)
    return figures


def _validate(data: Data, limits: Limits) -> Iterator[Figure]:
    found = [Contestant(OURS, exograph("validate", "--root", data.rows), 1800)]
    if data.size == limits.rdflib:  # once: it takes longer than all the rest
        found.append(Contestant("pySHACL", peer("validate_pyshacl", data.turtle, data.rows / "shapes"), limits.patience))
    yield from interleaved("validate", data.size, found, 3, limits.budget, data.cache)
    found = [Contestant(OURS, ours("shapes", data.root), timed=True)]
    if data.size == limits.rdflib:
        found.append(Contestant("pySHACL", peer("validate_pyshacl", data.turtle, data.rows / "shapes"), limits.patience, timed=True))
    yield from interleaved("shapes", data.size, found, 3, limits.budget, data.cache)


def _export(data: Data, limits: Limits) -> list[Figure]:
    found = [Contestant(OURS, ours("export", data.root), timed=True)]
    found.append(Contestant("pyoxigraph, RDFC-1.0", peer("dump_pyoxigraph", data.quads), timed=True))
    return interleaved("export", data.size, found, limits.repeat, limits.budget, data.cache)


def _http(data: Data, limits: Limits) -> list[Figure]:
    servers: dict[str, web.Command] = {
        OURS: lambda port: exograph("serve", "--root", data.root, "--port", str(port)),
        "without the guard": lambda port: peer("serve_pyoxigraph", data.store, str(port)),
        "rdflib-endpoint": lambda port: peer("serve_rdflib", data.turtle, str(port)),
    }
    return web.measured(data.size, servers, min(5, limits.repeat), 2, data.cache)


CASES: dict[str, tuple[Case, Callable[[int, Limits], bool]]] = {
    "import": (_import, lambda size, _: size == 1),
    "ask": (_ask, lambda *_: True),
    "local": (_local, lambda *_: True),
    "http": (_http, lambda size, _: size == 1),
    "load": (_load, lambda *_: True),
    "export": (_export, lambda size, limits: size <= limits.rows),
    "build": (_build, lambda size, limits: size <= limits.rows),
    "compare": (_compare, lambda *_: True),
    "validate": (_validate, lambda size, limits: size <= limits.rows),
}
