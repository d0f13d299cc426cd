"""Triples to dataset: named graphs, and what the derive queries add to them."""

from __future__ import annotations

import gc
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path

import pyoxigraph as ox

from exograph.built import Built
from exograph.described import described
from exograph.engines import Oxigraph, line
from exograph.errors import Finding, RowsError, UsageError, naming
from exograph.headers import read_query
from exograph.places import Places, places
from exograph.plain import plain
from exograph.prefixes import Prefixes
from exograph.tables import SHARED, Row, description, read_rows
from exograph.terms import GRAPH, SH, text
from exograph.triples import Triples, check, triples

PREFIX_FILE = "prefixes.ttl"
BRIDGE_FILE = "bridge.ttl"
STAGES = ("inferred", "derived", "consensus", "dataset")
DERIVED = tuple(GRAPH[stage] for stage in STAGES)
Graphs = Mapping[ox.NamedNode, Collection[ox.Triple]]


def turtle(path: Path, root: Places) -> Iterator[ox.Triple]:
    """The triples of a Turtle file. Raises UsageError that names file, line and column of what cannot be read."""
    written = plain(path, root.name(path), escapes=True)
    try:
        for quad in ox.parse(written, format=ox.RdfFormat.TURTLE, rename_blank_nodes=True):
            yield quad.triple
    except (OSError, SyntaxError, ValueError, MemoryError) as error:  # the last where a token is longer than 16 MiB
        problem = error.msg if isinstance(error, SyntaxError) else error
        raise UsageError(f"{root.name(path)}: not readable as Turtle ({line(problem)})") from error


def vocabulary(root: Places) -> dict[ox.NamedNode, set[ox.Triple]]:
    """What belongs to no review, by graph: the ontology, the external terms it uses, alignments if there are any, the prefixes."""
    return {
        name: {triple for path in sorted(paths) for triple in turtle(path, root)}
        for name, paths in {
            GRAPH.ontology: [path for path in root.ontology.glob("*.ttl") if path.name not in (PREFIX_FILE, BRIDGE_FILE)],
            GRAPH.bridge: [*root.ontology.glob(BRIDGE_FILE)],
            GRAPH.imports: [*root.ontology.glob("imports/*.ttl")],
            GRAPH.dataset: [root.ontology / PREFIX_FILE],
        }.items()
    }


def declared(held: Collection[ox.Triple]) -> Prefixes:
    """The prefixes that triples declare by ``sh:prefix`` and ``sh:namespace``."""
    said = {name: {t.subject: text(t.object) for t in held if t.predicate == name} for name in (SH.prefix, SH.namespace)}
    return Prefixes({prefix: said[SH.namespace][one] for one, prefix in said[SH.prefix].items() if one in said[SH.namespace]})


@dataclass(frozen=True)
class Rule:
    """A derive query: its file, the graph that its triples go to, and its stage, with whether it follows that stage."""

    file: str
    graph: ox.NamedNode
    query: str
    stage: tuple[int, bool]


@dataclass
class Read:
    """What the files hold before anything is derived, by graph, with the faults of the rows."""

    graphs: dict[ox.NamedNode, set[ox.Triple]]
    reviews: list[Triples]
    prefixes: Prefixes
    findings: list[Finding]


class Held:
    """The quads of a dataset as they were written, graph by graph: what the files hold, and out of the store what was derived from it."""

    def __init__(self, graphs: Graphs, store: ox.Store) -> None:
        self.graphs, self.store = graphs, store

    def __iter__(self) -> Iterator[ox.Quad]:
        """All quads."""
        for graph in {**self.graphs, **dict.fromkeys(DERIVED)}:
            yield from self.quads_for_graph_name(graph)

    def quads_for_graph_name(self, graph_name: ox.NamedNode) -> Iterator[ox.Quad]:
        """The quads of one graph."""
        known = self.graphs.get(graph_name, ())
        for triple in known:
            yield ox.Quad(triple.subject, triple.predicate, triple.object, graph_name)
        if graph_name in DERIVED:
            derived = self.store.quads_for_pattern(None, None, None, graph_name)
            yield from (quad for quad in derived if quad.triple not in known) if known else derived


@contextmanager
def no_collection() -> Iterator[None]:
    """Without the search for garbage: rows and triples are none, and to look through them again and again takes as long as to make them."""
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if enabled:
            gc.enable()


@no_collection()
def read(root: Places) -> Read:
    """Read ontology and rows and hold them against each other; nothing is raised for a faulty row."""
    graphs = vocabulary(root)
    prefixes = declared(graphs[GRAPH.dataset])
    group = description(root)
    outside = {str(table.common_props.get("dc:identifier", SHARED)) for table in group.tables}
    reading = read_rows(root, group)
    reviews = triples(reading.rows, prefixes)
    terms = [*graphs[GRAPH.ontology], *graphs[GRAPH.imports]]
    taken = {*prefixes.map, "ontology", "imports", "bridge", "queries", *outside, *STAGES}
    findings = [*reading.findings, *reserved(reading.rows, taken), *check(reviews, terms, reading.broken)]
    for review in reviews:
        graphs.setdefault(GRAPH[review.review], set()).update(review.triples)
    prefixes = Prefixes({row.review: row.base for row in reading.rows if row.identifies} | dict(prefixes.map))
    graphs[GRAPH.queries] = {*described(root, prefixes)}
    return Read(graphs, reviews, prefixes, findings)


def constructed(built: Built, name: str) -> set[ox.Triple]:
    """The triples of a saved CONSTRUCT query, named by its folder and file. Raises UsageError where it is missing or broken."""
    path = built.places.queries / f"{name}.rq"
    _, query = read_query(path, "rule")
    with naming(path.name):
        return built.engine.construct(query)


def reserved(rows: list[Row], taken: set[str]) -> Iterator[Finding]:
    """A finding for each review whose key is the name of a graph or a prefix already."""
    for row in rows:
        if row.identifies and row.review in taken:
            problem = f"{row.review} is a graph or a prefix of exograph already"
            yield Finding(row.where, "key", problem, "give the folder and the key another name", "rows")


def build(root: str | Path | None = None) -> Built:
    """Build the whole dataset from ontology and rows.

    ``root`` is the folder of the data (see places). Raises RowsError where a row cannot become
    triples and UsageError where a file cannot be read.
    """
    where = places(root)
    found = read(where)
    if found.findings:
        raise RowsError(found.findings)
    return assemble(where, found)


@no_collection()
def assemble(root: Places, found: Read) -> Built:
    """Add the derived graphs to what was read, and an engine over all of it.

    The rules of a stage run in the order of their names; those that follow a stage run until nothing new comes of them.
    """
    engine = engine_over(found.graphs)
    for (_, again), rules in groupby(derivations(root), key=lambda rule: rule.stage):
        stage = [*rules]
        while sum(apply(rule, engine) for rule in stage) and again:
            pass
    origins = {iri: row for review in found.reviews for iri, row in review.origins.items()}
    return Built(root, found.prefixes, engine, lambda: Held(found.graphs, engine.store), origins)


def engine_over(graphs: Graphs) -> Oxigraph:
    """An engine over graphs, in memory."""
    engine = Oxigraph(ox.Store())
    for graph, held in graphs.items():
        engine.add(graph, held)
    return engine


def apply(rule: Rule, engine: Oxigraph) -> int:
    """Add what a rule derives to its graph, and return how many triples are new."""
    with naming(rule.file):
        derived = engine.construct(rule.query)
    new = [t for t in derived if ox.Quad(t.subject, t.predicate, t.object, rule.graph) not in engine.store]
    engine.add(rule.graph, new)
    return len(new)


def derivations(root: Places) -> list[Rule]:
    """The derive queries in the order in which they run.

    A rule belongs to the stage of its graph, or follows the stage that its header names under ``after``.
    """
    rules = []
    for path in sorted(root.queries.glob("derive/*.rq")):
        header, query = read_query(path, "rule", "graph")
        for name in (header["graph"], stage := header.get("after", header["graph"])):
            if name not in STAGES:
                raise UsageError(f"{path.name}: no graph {name} — write one of {', '.join(STAGES)}")
        rules.append(Rule(path.name, GRAPH[header["graph"]], query, (STAGES.index(stage), "after" in header)))
    return sorted(rules, key=lambda rule: (rule.stage, rule.file))
