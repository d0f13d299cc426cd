"""Written forms of the dataset, each the same bytes for the same triples on every machine.

Each is made graph by graph, as the graphs of many reviews are too large to hold all their forms at once.
"""

from __future__ import annotations

import gzip
import hashlib
import heapq
import io
import json
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from itertools import groupby, islice
from operator import attrgetter
from typing import Any

import pyoxigraph as ox

from exograph.errors import UsageError
from exograph.prefixes import Prefixes
from exograph.terms import Term, python, text

SKOLEM = "https://w3id.org/exograph/.well-known/genid/"
Names = dict[ox.BlankNode, str]
_NAMESPACES = re.compile(rb'(?<=<rdf:RDF)( xmlns:[^\s=]+="[^"]*")+')
_BLANK = b"_:"


def digests(triples: Iterable[ox.Triple]) -> Names:
    """A stable name for each blank node of the class expressions, made from what stands below it.

    Equal expressions share a name. Raises UsageError where blank nodes form a cycle.
    """
    held = [*triples]
    below: dict[Any, list[ox.Triple]] = {node: [] for t in held for node in (t.subject, t.object) if isinstance(node, ox.BlankNode)}
    for triple in held:
        if triple.subject in below:
            below[triple.subject].append(triple)
    names: Names = {}

    def name(node: Any, above: tuple[Any, ...]) -> str:
        if not isinstance(node, ox.BlankNode):
            return str(node)
        if node in above:
            raise UsageError("blank nodes of the ontology form a cycle — give one of them an IRI")
        if node not in names:
            told = sorted(f"{t.predicate} {name(t.object, (*above, node))}" for t in below[node])
            names[node] = hashlib.sha256("\n".join(told).encode()).hexdigest()[:32]
        return names[node]

    for node in below:
        name(node, ())
    return names


def apart(triples: Iterable[ox.Triple]) -> Names:
    """A stable name for each blank node from what stands below and above it, as OWL wants equal expressions kept apart."""
    held = [*triples]
    below, above = digests(held), defaultdict(list)
    for triple in held:
        if isinstance(triple.object, ox.BlankNode):
            above[triple.object].append(triple)
    names: Names = {}

    def name(node: Any) -> str:
        if not isinstance(node, ox.BlankNode):
            return str(node)
        if node not in names:
            told = sorted(f"{name(t.subject)} {t.predicate}" for t in above[node])
            names[node] = hashlib.sha256("\n".join([below[node], *told]).encode()).hexdigest()[:32]
        return names[node]

    return {node: name(node) for node in below}


def renamed(triples: Iterable[ox.Triple], skolem: bool) -> list[ox.Triple]:
    """Triples in order, blank nodes under stable names, or, skolemised, as IRIs that equal expressions share."""
    held = [*triples]
    names: dict[Any, Any] = (
        {node: ox.NamedNode(SKOLEM + name) for node, name in digests(held).items()}
        if skolem
        else {node: ox.BlankNode(f"b{name}") for node, name in apart(held).items()}
    )
    fresh = {ox.Triple(names.get(t.subject, t.subject), t.predicate, names.get(t.object, t.object)) for t in held}
    return in_order(fresh)


def in_order(triples: Iterable[ox.Triple]) -> list[ox.Triple]:
    """Triples by subject, property and object: blank nodes before IRIs before literals, those by language, datatype and value."""
    return sorted(triples, key=lambda triple: (_order(triple.subject), triple.predicate.value, _order(triple.object)))


def _order(term: Term) -> tuple[Any, ...]:
    if not isinstance(term, ox.Literal):
        return isinstance(term, ox.NamedNode), text(term)
    if term.language:
        return 2, term.language, term.value
    number = python(term)
    return 2, "", term.datatype.value, 0 if isinstance(number, str | None) else float(number), term.value


def nquads(quads: Iterable[ox.Quad]) -> dict[str, bytes]:
    """The quads of each named graph as sorted N-Quads, by the IRI of the graph, class expressions under skolem IRIs."""
    parts: dict[str, list[bytes]] = defaultdict(list)
    for graph, held in groupby(quads, key=attrgetter("graph_name")):
        parts[graph.value].append(_nquads(held))
    return {name: _sorted(b"".join(parts.pop(name))) for name in sorted(parts)}


def _nquads(quads: Iterable[ox.Quad]) -> bytes:
    return ox.serialize(quads, format=ox.RdfFormat.N_QUADS) or b""


def _sorted(written: bytes) -> bytes:
    lines = {*written.splitlines(keepends=True)}
    if _BLANK in written:
        unnamed = {line for line in lines if line.startswith(_BLANK) or b" " + _BLANK in line}
        quads = [*read(b"".join(unnamed))]
        graph = quads[0].graph_name if quads else ox.DefaultGraph()
        named = (ox.Quad(t.subject, t.predicate, t.object, graph) for t in renamed((quad.triple for quad in quads), skolem=True))
        lines = lines - unnamed | {*_nquads(named).splitlines(keepends=True)}
    return b"".join(sorted(lines))


def read(written: bytes) -> Iterator[ox.Quad]:
    """The quads of N-Quads, in their order."""
    return ox.parse(written, format=ox.RdfFormat.N_QUADS)


def merged(parts: Iterable[bytes]) -> Iterator[bytes]:
    """The lines of sorted N-Quads of several graphs, sorted as a whole, some at a time."""
    lines = heapq.merge(*map(io.BytesIO, parts))
    while some := [*islice(lines, 10_000)]:
        yield b"".join(some)


def zipped(pieces: Iterable[bytes]) -> Iterator[bytes]:
    """Bytes compressed by gzip, with neither a name nor a time in the header."""
    out = io.BytesIO()
    with gzip.GzipFile(filename="", mode="wb", fileobj=out, mtime=0) as file:
        for piece in pieces:
            file.write(piece)
            yield out.getvalue()
            out.seek(0)
            out.truncate()
    yield out.getvalue()


def _with_prefixes(held: Iterable[Any], form: ox.RdfFormat, prefixes: Mapping[str, str]) -> tuple[bytes, bytes]:
    """The prefixes in order, and what follows them: the writer puts them first, in the order of a hash."""
    written = ox.serialize(held, format=form, prefixes=dict(prefixes)) or b""
    end = 0
    for _ in prefixes:
        end = written.index(b"\n", end) + 1
    return b"".join(sorted(written[:end].splitlines(keepends=True))), written[end:]


def trig(quads: Iterable[ox.Quad], prefixes: Mapping[str, str]) -> Iterator[bytes]:
    """Quads, in the order given and those of a graph one after the other, as TriG."""
    head = None
    for _, held in groupby(quads, key=attrgetter("graph_name")):
        fresh, body = _with_prefixes(held, ox.RdfFormat.TRIG, prefixes)
        yield body if head else fresh + body
        head = fresh


def turtle(triples: Iterable[ox.Triple], prefixes: Mapping[str, str]) -> bytes:
    """Triples, in the order given and without blank nodes, as Turtle."""
    return b"".join(_with_prefixes(triples, ox.RdfFormat.TURTLE, prefixes))


def nested(triples: Iterable[ox.Triple], prefixes: Mapping[str, str]) -> bytes:
    """Triples as Turtle for people, class expressions nested where they are used, as the writer of rdflib does and that of pyoxigraph does not."""
    from exograph.interop import to_graph

    return to_graph(triples, Prefixes(prefixes)).serialize(format="turtle", encoding="utf-8")


def rdfxml(triples: Iterable[ox.Triple], prefixes: Mapping[str, str] | None = None) -> bytes:
    """Triples, in the order given, as RDF/XML, which OWL tools read."""
    written = ox.serialize(triples, format=ox.RdfFormat.RDF_XML, prefixes=dict(prefixes or {})) or b""
    return _NAMESPACES.sub(lambda found: b" " + b" ".join(sorted(found[0].split())), written, count=1)


def jsonld(quads: Iterable[ox.Quad], prefixes: Mapping[str, str]) -> Iterator[bytes]:
    """Quads, in the order given and those of a graph one after the other, as JSON-LD 1.1 with names shortened by the prefixes of its own context.

    Raises UsageError where the scheme of an IRI is called like a prefix, as JSON-LD would take it for one.
    """
    namespaces = sorted(prefixes.items(), key=lambda pair: (-len(pair[1]), pair))

    @cache
    def short(iri: str) -> str:
        fitting = (f"{prefix}:{iri[len(namespace) :]}" for prefix, namespace in namespaces if iri.startswith(namespace))
        compact = next(fitting, iri)
        if compact == iri and iri.partition(":")[0] in prefixes:
            raise UsageError(f"{iri}: begins like a prefix of ontology/prefixes.ttl — spell out the IRI that is meant")
        return iri if "://" in compact or iri.startswith("@") else compact

    def shortened(pairs: list[tuple[str, Any]]) -> Any:
        made = {}
        for key, value in pairs:
            names = key in ("@id", "@type")
            many = value if isinstance(value, list) else [value]
            kept = [short(item) for item in many] if names else many
            made[short(key)] = kept[0] if len(kept) == 1 and key != "@graph" else kept
        return made["@value"] if [*made] == ["@value"] else made

    context = {prefix: {"@id": namespace, "@prefix": True} for prefix, namespace in sorted(prefixes.items())}
    begin = f'{{"@context":{_json({"@version": 1.1, **context})},"@graph":['.encode()
    for _, held in groupby(quads, key=attrgetter("graph_name")):
        for node in json.loads(ox.serialize(held, format=ox.RdfFormat.JSON_LD) or b"[]", object_pairs_hook=shortened):
            yield begin + _json(node).encode()
            begin = b","
    yield (b"" if begin == b"," else begin) + b"]}\n"


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
