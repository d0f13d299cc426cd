"""What the tests of the SHACL engines share: reports in a form that can be compared, and the test cases of the W3C."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple
from urllib.parse import urlsplit
from urllib.request import url2pathname

import pyoxigraph as ox
from rdflib import RDF, BNode, Graph, Namespace, URIRef
from rdflib.term import Node

from exograph.interop import to_oxigraph
from tests.rdf import SH

SHT = Namespace("http://www.w3.org/ns/shacl-test#")
MF = Namespace("http://www.w3.org/2001/sw/DataAccess/tests/test-manifest#")
# What says where a shape looks or how it speaks; it takes no part in what is wrong. The suite names most of its focus nodes by sh:targetNode.
HARMLESS = {SH[name] for name in ("targetNode", "message", "severity", "name", "description", "order", "group")}


class Result(NamedTuple):
    """One result of a validation report, each part as N-Triples spells it.

    Blank nodes are all alike. As for paths of several steps, shifty leaves the steps out; they are those of the source shape.
    """

    focus: str
    path: str
    value: str
    component: str
    shape: str
    severity: str
    messages: tuple[str, ...]


def results(report: Graph) -> Counter[Result]:
    """The results of a report, each as often as it is told."""
    return Counter(_result(report, each) for each in report.subjects(RDF.type, SH.ValidationResult))


def _result(report: Graph, node: Node) -> Result:
    parts = (SH.focusNode, SH.resultPath, SH.value, SH.sourceConstraintComponent, SH.sourceShape, SH.resultSeverity)
    focus, path, value, component, shape, severity = (report.value(node, part) for part in parts)
    messages = tuple(sorted(spelt(text) for text in report.objects(node, SH.resultMessage)))
    return Result(spelt(focus), spelt(path), spelt(value), spelt(component), spelt(shape), spelt(severity), messages)


def spelt(term: Node | None) -> str:
    """A term as N-Triples spells it; a blank node is just that, and no term is nothing."""
    return "" if term is None else "a blank node" if isinstance(term, BNode) else str(to_oxigraph(term))


@dataclass(frozen=True)
class Case:
    """A case of the W3C's suite: data and shapes as N-Triples, the results that it wants, the terms of SHACL that its shapes use."""

    name: str
    data: bytes
    shapes: bytes
    wanted: Counter[Result]
    uses: set[Node]


def cases(folder: Path) -> Iterator[Case]:
    """The cases of the suite that want a report, whichever files hold them."""
    for path in sorted(folder.rglob("*.ttl")):
        manifest = Graph().parse(path, publicID=path.as_uri())
        for test in manifest.subjects(RDF.type, SHT.Validate):
            action, report = manifest.value(test, MF.action), manifest.value(test, MF.result)
            if (report, RDF.type, SH.ValidationReport) in manifest:
                data, shapes = (local(str(manifest.value(action, part))) for part in (SHT.dataGraph, SHT.shapesGraph))
                yield Case(f"{path.parent.name}/{path.stem}", triples(data), triples(shapes), wanted(manifest), used(Graph().parse(shapes)))


def local(address: str) -> Path:
    """The path of a file: address."""
    return Path(url2pathname(urlsplit(address).path))


def triples(path: Path) -> bytes:
    """A file of Turtle as N-Triples, with every literal as it is spelt."""
    told = ox.serialize(ox.parse(path=path, base_iri=path.as_uri()), format=ox.RdfFormat.N_TRIPLES)
    assert told is not None
    return told


def wanted(manifest: Graph) -> Counter[Result]:
    """The results that a case wants, without messages, as those may be worded freely."""
    return Counter(result._replace(messages=()) for result in results(manifest).elements())


def used(graph: Graph) -> set[Node]:
    """The properties of SHACL that shapes use, without what a report beside them says and what is harmless."""
    told = {*graph.subjects(RDF.type, SH.ValidationReport), *graph.subjects(RDF.type, SH.ValidationResult)}
    found: set[Node] = {p for s, p, _ in graph if isinstance(p, URIRef) and p.startswith(str(SH)) and s not in told}
    return found - HARMLESS
