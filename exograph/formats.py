"""Written forms of the dataset, each the same bytes for the same triples on every machine."""

from __future__ import annotations

import gzip
import hashlib
import io
import json
import re
from collections.abc import Iterable, Mapping
from functools import cache
from typing import Any

import pyoxigraph as ox
from rdflib import BNode, Dataset, Graph, URIRef
from rdflib.term import Node

from exograph.engines import to_oxigraph
from exograph.errors import UsageError

SKOLEM = "https://w3id.org/exograph/.well-known/genid/"
Triple = tuple[Node, Node, Node]
_NAMESPACES = re.compile(rb'(?<=<rdf:RDF)( xmlns:[^\s=]+="[^"]*")+')


def digests(graph: Graph) -> dict[BNode, str]:
    """A stable name for each blank node of the class expressions, made from what stands below it.

    Equal expressions share a name. Raises UsageError where blank nodes form a cycle.
    """
    names: dict[BNode, str] = {}

    def name(node: Node, above: tuple[Node, ...]) -> str:
        if not isinstance(node, BNode):
            return node.n3()
        if node in above:
            raise UsageError("blank nodes of the ontology form a cycle — give one of them an IRI")
        if node not in names:
            below = sorted(f"{p.n3()} {name(o, (*above, node))}" for p, o in graph.predicate_objects(node))
            names[node] = hashlib.sha256("\n".join(below).encode()).hexdigest()[:32]
        return names[node]

    for node in graph.all_nodes():
        if isinstance(node, BNode):
            name(node, ())
    return names


def apart(graph: Graph) -> dict[BNode, str]:
    """A stable name for each blank node from what stands below and above it, as OWL wants equal expressions kept apart."""
    below = digests(graph)
    names: dict[BNode, str] = {}

    def name(node: BNode) -> str:
        if node not in names:
            above = sorted(f"{name(s) if isinstance(s, BNode) else s.n3()} {p.n3()}" for s, p in graph.subject_predicates(node))
            names[node] = hashlib.sha256("\n".join([below[node], *above]).encode()).hexdigest()[:32]
        return names[node]

    for node in below:
        name(node)
    return names


def renamed(graph: Graph, skolem: bool) -> list[Triple]:
    """The triples of a graph in order, blank nodes under stable names, or, skolemised, as IRIs that equal expressions share."""
    names: dict[Node, Node] = {}
    if skolem:
        names.update({node: URIRef(SKOLEM + name) for node, name in digests(graph).items()})
    else:
        names.update({node: BNode(f"b{name}") for node, name in apart(graph).items()})
    return sorted({(names.get(s, s), p, names.get(o, o)) for s, p, o in graph})


def bare(triples: Iterable[Triple]) -> Graph:
    """A graph of its own, which rdflib reads many times faster than one of several in a dataset."""
    graph = Graph(store="SimpleMemory", bind_namespaces="none")
    graph.addN((s, p, o, graph) for s, p, o in triples)
    return graph


def quads(dataset: Dataset) -> dict[str, list[Any]]:
    """The quads of each named graph in order, class expressions under skolem IRIs, by the IRI of the graph.

    They are those of rdflib, as the store of Oxigraph turns every kind of integer into xsd:integer.
    """
    convert = cache(to_oxigraph)
    found: dict[str, list[Any]] = {}
    for context in dataset.graphs():
        triples, graph = [*context], ox.NamedNode(str(context.identifier))
        if any(isinstance(term, BNode) for triple in triples for term in triple):
            triples = renamed(bare(triples), skolem=True)
        found[str(context.identifier)] = sorted((ox.Quad(convert(s), convert(p), convert(o), graph) for s, p, o in triples), key=str)
    return {name: found[name] for name in sorted(found) if found[name]}


def nquads(held: Iterable[Any]) -> bytes:
    """Quads as sorted N-Quads."""
    written = ox.serialize(held, format=ox.RdfFormat.N_QUADS) or b""
    return b"".join(sorted(written.splitlines(keepends=True)))


def zipped(data: bytes) -> bytes:
    """Bytes compressed by gzip, with neither a name nor a time in the header."""
    out = io.BytesIO()
    with gzip.GzipFile(filename="", mode="wb", fileobj=out, mtime=0) as file:
        file.write(data)
    return out.getvalue()


def _with_prefixes(held: Iterable[Any], form: Any, prefixes: Mapping[str, str]) -> bytes:
    written = ox.serialize(held, format=form, prefixes=dict(prefixes)) or b""
    lines = written.splitlines(keepends=True)  # the writer puts the prefixes first, in the order of a hash
    return b"".join(sorted(lines[: len(prefixes)]) + lines[len(prefixes) :])


def trig(held: Iterable[Any], prefixes: Mapping[str, str]) -> bytes:
    """Quads, in the order given, as TriG."""
    return _with_prefixes(held, ox.RdfFormat.TRIG, prefixes)


def turtle(held: Iterable[Any], prefixes: Mapping[str, str]) -> bytes:
    """The triples of quads, in the order given and without blank nodes, as Turtle."""
    return _with_prefixes((quad.triple for quad in held), ox.RdfFormat.TURTLE, prefixes)


def nested(triples: Iterable[Triple], prefixes: Mapping[str, str]) -> bytes:
    """Triples as Turtle for people, class expressions nested where they are used."""
    graph = bare(triples)
    for prefix, namespace in sorted(prefixes.items()):
        graph.bind(prefix, namespace, override=True, replace=True)
    return graph.serialize(format="turtle", encoding="utf-8")


def rdfxml(triples: Iterable[Triple], prefixes: Mapping[str, str] | None = None) -> bytes:
    """Triples, in the order given, as RDF/XML, which OWL tools read."""
    made = (ox.Triple(to_oxigraph(s), to_oxigraph(p), to_oxigraph(o)) for s, p, o in triples)
    written = ox.serialize(made, format=ox.RdfFormat.RDF_XML, prefixes=dict(prefixes or {})) or b""
    return _NAMESPACES.sub(lambda found: b" " + b" ".join(sorted(found[0].split())), written, count=1)


def jsonld(held: Iterable[Any], prefixes: Mapping[str, str]) -> bytes:
    """Quads, in the order given, as JSON-LD 1.1 whose names are shortened by the prefixes of its own context.

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

    nodes = json.loads(ox.serialize(held, format=ox.RdfFormat.JSON_LD) or b"[]", object_pairs_hook=shortened)
    context = {prefix: {"@id": namespace, "@prefix": True} for prefix, namespace in sorted(prefixes.items())}
    document = {"@context": {"@version": 1.1, **context}, "@graph": nodes}
    return (json.dumps(document, ensure_ascii=False, separators=(",", ":")) + "\n").encode()
