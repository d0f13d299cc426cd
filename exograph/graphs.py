"""Triples to dataset: named graphs, and what the derive queries add to them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import cached_property
from itertools import groupby
from pathlib import Path

from rdflib import Dataset, Graph, URIRef

from exograph.described import described
from exograph.engines import Engine, Oxigraph, Term
from exograph.errors import Finding, RowsError, UsageError, naming
from exograph.headers import read_query
from exograph.places import Places, places
from exograph.prefixes import GRAPH, PREFIXES, SH, Prefixes, declared
from exograph.tables import SHARED, Row, description, read_rows
from exograph.triples import Triples, check, triples

PREFIX_FILE = "prefixes.ttl"
BRIDGE_FILE = "bridge.ttl"
_DECLARED = f"SELECT ?prefix ?namespace WHERE {{ <{PREFIXES}> <{SH.declare}> ?one . ?one <{SH.prefix}> ?prefix ; <{SH.namespace}> ?namespace }}"
STAGES = ("inferred", "derived", "dataset")


@dataclass(repr=False)
class Built:
    """A dataset with what is needed to ask it, and, fresh from the rows, to lead a fault in it back to its row."""

    places: Places
    prefixes: Prefixes
    engine: Engine
    load: Callable[[], Dataset]
    origins: dict[URIRef, Row] = field(default_factory=dict)

    @cached_property
    def dataset(self) -> Dataset:
        """The dataset as rdflib holds it, loaded when first used."""
        return self.load()

    def where(self, iri: URIRef) -> str:
        """File, line and id of the row that a thing comes from, or the CURIE of the thing."""
        row = self.origins.get(iri)
        return row.where if row else self.prefixes.contract(str(iri))


def prefixes_of(engine: Engine) -> Prefixes:
    """The prefixes that a dataset declares, those of its reviews among them."""
    return Prefixes({str(prefix): str(namespace) for prefix, namespace in engine.select(_DECLARED).rows})


def turtle(path: Path, graph: Graph, root: Places) -> Graph:
    """Parse a Turtle file into a graph. Raises UsageError that names file and line of a syntax error."""
    try:
        return graph.parse(path, format="turtle")
    except Exception as error:  # rdflib's parsers raise various exceptions
        raise UsageError(f"{root.name(path)}: not readable as Turtle ({' '.join(str(error).split())[:200]})") from error


def vocabulary(root: Places, dataset: Dataset) -> None:
    """Parse what belongs to no review into its graphs: the ontology, the external terms it uses, alignments if there are any, the prefixes."""
    for name, paths in {
        GRAPH.ontology: [path for path in root.ontology.glob("*.ttl") if path.name not in (PREFIX_FILE, BRIDGE_FILE)],
        GRAPH.bridge: root.ontology.glob(BRIDGE_FILE),
        GRAPH.imports: root.ontology.glob("imports/*.ttl"),
        GRAPH.dataset: [root.ontology / PREFIX_FILE],
    }.items():
        for path in sorted(paths):
            turtle(path, dataset.graph(name), root)


@dataclass(frozen=True)
class Rule:
    """A derive query: its file, the graph that its triples go to, and its stage, with whether it follows that stage."""

    file: str
    graph: URIRef
    query: str
    stage: tuple[int, bool]


@dataclass
class Read:
    """What the files hold before anything is derived, with the faults of the rows."""

    dataset: Dataset
    reviews: list[Triples]
    prefixes: Prefixes
    findings: list[Finding]


def read(root: Places) -> Read:
    """Read ontology and rows and hold them against each other; nothing is raised for a faulty row."""
    dataset = Dataset(default_union=True)
    vocabulary(root, dataset)
    prefixes = Prefixes(declared(dataset.graph(GRAPH.dataset)))
    group = description(root)
    outside = {str(table.common_props.get("dc:identifier", SHARED)) for table in group.tables}
    reading = read_rows(root, group)
    reviews = triples(reading.rows, prefixes)
    terms = dataset.graph(GRAPH.ontology) + dataset.graph(GRAPH.imports)
    taken = {*prefixes.map, "ontology", "imports", "bridge", "queries", *outside, *STAGES}
    findings = [*reading.findings, *reserved(reading.rows, taken), *check(reviews, terms, reading.broken)]
    for review in reviews:
        graph = dataset.graph(GRAPH[review.review])
        graph.addN((s, p, o, graph) for s, p, o in review.triples)
    prefixes.map |= {row.review: row.base for row in reading.rows if row.identifies and row.review not in prefixes.map}
    saved = dataset.graph(GRAPH.queries)
    saved.addN((s, p, o, saved) for s, p, o in described(root, prefixes))
    prefixes.bind(dataset)
    return Read(dataset, reviews, prefixes, findings)


def constructed(built: Built, name: str) -> set[tuple[Term, Term, Term]]:
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


def assemble(root: Places, found: Read) -> Built:
    """Add the derived graphs to what was read, and an engine over all of it.

    The rules of a stage run in the order of their names; those that follow a stage run until nothing new comes of them.
    """
    engine = Oxigraph(found.dataset)
    for (_, again), rules in groupby(derivations(root), key=lambda rule: rule.stage):
        stage = [*rules]
        while sum(apply(rule, found.dataset, engine) for rule in stage) and again:
            pass
    origins = {iri: row for review in found.reviews for iri, row in review.origins.items()}
    return Built(root, found.prefixes, engine, lambda: found.dataset, origins)


def apply(rule: Rule, dataset: Dataset, engine: Oxigraph) -> int:
    """Add what a rule derives to its graph, in the dataset and in the engine, and return how many triples are new."""
    target = dataset.graph(rule.graph)
    with naming(rule.file):
        new = [triple for triple in engine.construct(rule.query) if triple not in target]
    target.addN((s, p, o, target) for s, p, o in new)
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
