"""A release into a running triplestore: into staging graphs, swapped in when each holds what the manifest says."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyoxigraph as ox

from exograph.answers import Answer
from exograph.errors import UsageError
from exograph.graphs import STAGES
from exograph.manifests import DATASET, read_manifest, verify
from exograph.remote import Ask, Http
from exograph.terms import GRAPH

STAGING = "/staging"  # after the name of a graph; behind it what a load calls its own, so that two of them keep out of each other's way
OVER_ALL = ("shared", *STAGES, "queries")  # the graphs that depend on which reviews there are
Say = Callable[[str], None]


@dataclass(frozen=True)
class Store:
    """How a kind of store is talked to: its addresses below the one given, and how its graphs are written.

    ``quads`` is where all graphs can be posted in one request, and so in one transaction; without it each graph is put by the
    Graph Store Protocol at ``graphs``. Without ``update`` nothing can be moved inside the store.
    """

    query: str = "query"
    update: str | None = "update"
    graphs: str = ""
    parameter: str = "graph"
    quads: str | None = None
    tested: bool = False


STORES = {
    "oxigraph": Store(graphs="store", quads="store", tested=True),
    "fuseki": Store(graphs="data", quads="data", tested=True),
    "virtuoso": Store("sparql", "sparql-auth", "sparql-graph-crud-auth", "graph-uri", tested=True),
    "graphdb": Store("", "statements", "rdf-graphs/service", quads="statements"),
    "rdf4j": Store("", "statements", "rdf-graphs/service", quads="statements"),
    "gsp": Store("", None, ""),
}
INDEXED = {"qlever": "qlever-index -i exograph -f {file} -F nq"}  # stores that are made of a file and take nothing while they run


SUMS = (
    """SELECT (SUM(STRLEN(STR(?o))) AS ?n) WHERE { GRAPH <{graph}> { ?s ?p ?o
    FILTER (isLiteral(?o) && (LANG(?o) != "" || DATATYPE(?o) = <http://www.w3.org/2001/XMLSchema#string>)) } }""",
    """SELECT (SUM(?o) AS ?n) WHERE { GRAPH <{graph}> { ?s ?p ?o
    FILTER (isLiteral(?o) && DATATYPE(?o) IN (<http://www.w3.org/2001/XMLSchema#integer>,
    <http://www.w3.org/2001/XMLSchema#nonNegativeInteger>)) } }""",
    """SELECT (COUNT(*) AS ?n) WHERE { GRAPH <{graph}> { ?s ?p ?o
    FILTER (isLiteral(?o) && (CONTAINS(STR(?o), "?") || CONTAINS(STR(?o), "\ufffd"))) } }""",  # as which a letter ends that cannot be stored
)  # what a store must not change; a graph is named in the place of {graph}


def sums(stored: ox.Store, graphs: Sequence[str]) -> dict[str, list[str]]:
    """What the queries of SUMS find in a store of Oxigraph, for each graph."""

    def told(query: str, graph: str) -> str:
        found: Any = stored.query(query.replace("{graph}", graph))
        return str(next(iter(found))[0].value)

    return {graph: [told(query, graph) for query in SUMS] for graph in graphs}


class _Client(Http):
    """The requests of a load to one store; each raises UsageError that names the address and what the store said."""

    def __init__(self, url: str, store: Store, ask: Ask | None) -> None:
        super().__init__(url, ask)
        self.store = store
        self._own = f"{STAGING}/{secrets.token_hex(8)}" if store.update is not None else STAGING

    def staging(self, graph: str) -> str:
        """The name under which this load sends a graph; without updates always the same, as no other load can list what is left of one."""
        return graph + self._own

    def held(self) -> list[str]:
        """The graphs of exograph that the store holds, those that loads have not swapped in among them."""
        return [row["g"] for row in self.select("SELECT DISTINCT ?g WHERE { GRAPH ?g { ?s ?p ?o } }") if row["g"].startswith(str(GRAPH))]

    def count(self, graph: str) -> int:
        """How many triples a graph of the store holds."""
        if self.store.update is None:
            found = self.send("GET", self.store.graphs, params={self.store.parameter: graph}, headers={"Accept": "application/n-triples"})
            return sum(bool(line.strip()) for line in found.text.splitlines())
        row = self.select(f"SELECT (COUNT(*) AS ?n) WHERE {{ GRAPH <{graph}> {{ ?s ?p ?o }} }}")
        return int(row[0]["n"])

    def sums(self, graphs: list[str]) -> dict[str, list[str]]:
        """What the queries of SUMS find in each graph."""
        if self.store.update is None:
            stored = ox.Store()
            for graph in graphs:
                text = self.send("GET", self.store.graphs, params={self.store.parameter: graph}, headers={"Accept": "application/n-triples"}).content
                stored.bulk_load(text, format=ox.RdfFormat.N_TRIPLES, to_graph=ox.NamedNode(graph))
            return sums(stored, graphs)
        found = {graph: [self.select(query.replace("{graph}", graph)) for query in SUMS] for graph in graphs}
        return {graph: [rows[0].get("n", "0") if rows else "0" for rows in told] for graph, told in found.items()}

    def select(self, query: str) -> list[dict[str, str]]:
        """The rows of a SELECT query."""
        headers = {"Accept": "application/sparql-results+json"}
        found = self.send("POST", self.store.query, lambda: {"query": query}, headers=headers)
        try:
            return [{name: value["value"] for name, value in row.items()} for row in found.json()["results"]["bindings"]]
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise UsageError(f"{self.address(self.store.query)}: no SPARQL results — see that --store names its kind") from error

    def change(self, steps: list[str]) -> None:
        """Run an update."""
        if self.store.update is not None and steps:
            self.send("POST", self.store.update, lambda: {"update": " ;\n".join(steps)})

    def put(self, graph: str, path: Path) -> None:
        """Put a Turtle file as a graph, written out as N-Triples, since Virtuoso does not undo the escapes of prefixed names."""
        data = ox.serialize((quad.triple for quad in ox.parse(path=str(path))), format=ox.RdfFormat.N_TRIPLES)
        headers = {"Content-Type": "text/turtle"}
        self.send("PUT", self.store.graphs, lambda: data, params={self.store.parameter: graph}, headers=headers)

    def drop(self, graphs: list[str]) -> None:
        """Drop graphs, whether they are there or not."""
        if self.store.update is not None:
            self.change([f"DROP SILENT GRAPH <{graph}>" for graph in graphs])
            return
        for graph in graphs:
            if self.present(graph):
                self.send("DELETE", self.store.graphs, params={self.store.parameter: graph})

    def present(self, graph: str) -> bool:
        """Whether a store that speaks the Graph Store Protocol alone has a graph."""
        try:
            return self.count(graph) > 0
        except UsageError as error:
            if "answered 404" in str(error):
                return False
            raise


def load(  # noqa: PLR0913 - what the command takes
    release: Path,
    url: str,
    store: str = "oxigraph",
    *,
    reviews: Sequence[str] = (),
    dry_run: bool = False,
    say: Say = lambda line: None,
    ask: Ask | None = None,
) -> Answer:
    """Load a release into a store and return its graphs with the triples that each holds there.

    ``url`` is the address of the store: of Oxigraph and Virtuoso the server, of Fuseki the dataset, of GraphDB and RDF4J the
    repository, of gsp the graph store. ``say`` is told each step, ``ask`` is called for user and password where the store wants
    them and the environment names none. With ``dry_run`` the steps are told and none is taken. Graphs of exograph that the release
    has no more are dropped; all others are left alone.

    With ``reviews``, keys of some, only their graphs are sent, or dropped where the release has none of them, and with them what is
    derived over all reviews; the rest has to be in the store as the release has it. Raises UsageError where the release is not as its manifest
    says, or the store refuses, fails or counts other than the manifest; then the graphs hold what they held before.
    """
    kind = _kind(store, release)
    if faults := verify(release):
        raise UsageError(f"{release}: {faults[0]} — build the release anew")
    counts = {GRAPH[name].value: count for name, count in read_manifest(release)[1].items() if count}
    client = _Client(url, kind, ask)
    chosen = {GRAPH[name].value for name in (*reviews, *OVER_ALL)} if reviews else {*counts}
    sent = {graph: count for graph, count in counts.items() if graph in chosen}
    if dry_run:
        for line in plan(client, release, sent):
            say(line)
        return Answer(("graph", "triples"), [*sent.items()])
    _agree(client, {graph: count for graph, count in counts.items() if graph not in chosen})
    if unknown := [key for key in reviews if GRAPH[key].value not in counts and not client.present(GRAPH[key].value)]:
        raise UsageError(f"--reviews {unknown[0]}: neither the release nor the store has a review of that key — see graphs/ of the release")
    staged = {client.staging(graph): count for graph, count in sent.items()}
    client.drop([*staged])  # they are there only without updates; and a store that may not be written says so before anything is sent
    try:
        _push(client, release, sent, say)
        _compare(client, staged, say)
        _unaltered(client, release, [*sent], say)
    except (UsageError, KeyboardInterrupt):
        _abandon(client, [*staged])
        raise
    _swap(client, release, sent, chosen if reviews else None, say)
    _compare(client, counts, say)
    return Answer(("graph", "triples"), [*counts.items()])


def _agree(client: _Client, kept: dict[str, int]) -> None:
    """Raises UsageError where a graph that is not sent is in the store with another size than in the release, or not at all."""
    for graph, count in kept.items():
        found = client.count(graph) if client.present(graph) else 0
        if found != count:
            raise UsageError(f"<{graph}> holds {found} triples there and {count} in the release — load the whole release, without --reviews")


def _kind(store: str, release: Path) -> Store:
    if store in INDEXED:
        command = INDEXED[store].format(file=release / DATASET)
        raise UsageError(f"{store} makes its index of a file and is not loaded over HTTP — run {command}; docs/triplestores.md tells more")
    if store not in STORES:
        raise UsageError(f"no store {store} — use {', '.join([*STORES, *INDEXED])}; docs/triplestores.md tells of others")
    return STORES[store]


def plan(client: _Client, release: Path, counts: dict[str, int]) -> Iterator[str]:
    """The steps of a load, in words."""
    store = client.store
    if not store.tested:
        yield "this kind of store is untested"
    if store.quads:
        yield f"POST {release / DATASET}, {sum(counts.values())} quads in graphs of names with {STAGING}, to {client.address(store.quads)}"
    for graph, count in counts.items():
        if not store.quads:
            yield f"PUT {count} triples of {release / _file(graph)} to {client.address(store.graphs)} as <{graph}{STAGING}>"
    yield f"count each of the {len(counts)} graphs at {client.address(store.query if store.update else store.graphs)}"
    how = f"MOVE them in one update at {client.address(store.update)}" if store.update is not None else "PUT each again under its name"
    yield f"{how}, and count again"


def _file(graph: str) -> str:
    return f"graphs/{graph.removeprefix(str(GRAPH))}.ttl"


def _push(client: _Client, release: Path, counts: dict[str, int], say: Say) -> None:
    """Send all graphs under their staging names."""
    if client.store.quads:
        data = lambda: _renamed(release / DATASET, counts, client.staging, say)  # noqa: E731 - made afresh where credentials are asked for
        client.send("POST", client.store.quads, data, headers={"Content-Type": "application/n-quads"})
        return
    for number, (graph, count) in enumerate(counts.items(), 1):
        say(f"{number} of {len(counts)}: {count} triples of {graph}")
        client.put(client.staging(graph), release / _file(graph))


def _renamed(path: Path, counts: dict[str, int], name: Callable[[str], str], say: Say) -> Iterator[bytes]:
    """The lines of N-Quads in some graphs, the graph of each renamed to its staging graph, in pieces; tells each tenth that is sent."""
    total, names = sum(counts.values()), {f"<{graph}>".encode(): f"<{name(graph)}> .\n".encode() for graph in counts}
    with path.open("rb") as file:
        piece: list[bytes] = []
        cut = ((line[: (at := line.rindex(b"<"))], line[at:]) for read in file if (line := read.rstrip(b" .\n")))
        for number, (triple, graph) in enumerate((found for found in cut if found[1] in names), 1):
            piece.append(triple + names[graph])
            if number * 10 // total != (number - 1) * 10 // total:
                say(f"sent {number} of {total} quads")
                yield b"".join(piece)
                piece = []
        yield b"".join(piece)


def _compare(client: _Client, expected: dict[str, int], say: Say) -> None:
    """Raises UsageError for a graph of another size than expected."""
    for graph, count in expected.items():
        if (found := client.count(graph)) != count:
            raise UsageError(f"<{graph}> holds {found} triples, not {count} — load again; if it recurs the store alters what it is given")
    say(f"{len(expected)} graphs counted, all as the manifest says")


def _unaltered(client: _Client, release: Path, graphs: list[str], say: Say) -> None:
    """Raises UsageError for a staging graph whose literals are not those of the release."""
    stored = ox.Store()
    stored.bulk_load(path=str(release / DATASET))
    there = client.sums([client.staging(graph) for graph in graphs])
    for graph, expected in sums(stored, graphs).items():
        if [*map(float, there[client.staging(graph)])] != [*map(float, expected)]:
            raise UsageError(f"<{client.staging(graph)}> holds other literals than were sent — the store alters what it is given, use another")
    say(f"{len(graphs)} graphs hold the literals that were sent")


def _abandon(client: _Client, staged: list[str]) -> None:
    """Drop staging graphs after a failure, as far as the store can still be reached; the next load drops what is left."""
    try:
        client.drop(staged)
    except UsageError:
        return


def _swap(client: _Client, release: Path, counts: dict[str, int], among: set[str] | None, say: Say) -> None:
    """Put the staging graphs in the place of the graphs, in one request where the store has updates; drop what is stale, ``among`` some graphs."""
    if client.store.update is None:
        for graph in counts:
            client.put(graph, release / _file(graph))
        client.drop([*map(client.staging, counts), *sorted((among or set()) - {*counts})])
        return
    ours = {*map(client.staging, counts)}
    stale = [name for name in client.held() if name not in {*counts, *ours} and (among is None or STAGING in name or name in among)]
    try:
        client.change([*(f"MOVE <{client.staging(graph)}> TO <{graph}>" for graph in counts), *(f"DROP SILENT GRAPH <{graph}>" for graph in stale)])
    except UsageError as error:
        if not ours & {*client.held()}:
            raise UsageError(
                f"{client.address(client.store.update)}: another load was done before this one — load again if this release is wanted"
            ) from error
        _abandon(client, [*ours])
        raise
    dropped = sum(STAGING not in graph for graph in stale)
    say(f"{len(counts)} graphs swapped in" + (f", {dropped} of an earlier release dropped" if dropped else ""))
    if among is None and (more := [name for name in client.held() if name not in counts and STAGING not in name]):
        raise UsageError(f"<{more[0]}> came in while this was loaded, another load is at work — load again when it is done")
