"""CURIEs: one prefix list, ``ontology/prefixes.ttl``, joined by a prefix for each review."""

from __future__ import annotations

from collections.abc import Mapping

from rdflib import Graph, Namespace, URIRef

EXOG = Namespace("https://w3id.org/exograph/ontology#")
ID = Namespace("https://w3id.org/exograph/id/")
GRAPH = Namespace("https://w3id.org/exograph/graph/")
PREFIXES = URIRef("https://w3id.org/exograph/prefixes")
SH = Namespace("http://www.w3.org/ns/shacl#")


def declared(graph: Graph) -> dict[str, str]:
    """The namespaces by prefix that a graph declares by ``sh:declare``."""
    return {str(graph.value(each, SH.prefix)): str(graph.value(each, SH.namespace)) for each in graph.objects(PREFIXES, SH.declare)}


class Prefixes:
    """Expands and contracts CURIEs; ``map`` holds the namespaces by prefix."""

    def __init__(self, known: Mapping[str, str]) -> None:
        self.map = dict(known)

    def expand(self, curie: str) -> URIRef | None:
        """The IRI of a CURIE, or None where its prefix is not declared."""
        prefix, colon, local = curie.partition(":")
        return URIRef(self.map[prefix] + local) if colon and prefix in self.map else None

    def contract(self, iri: str) -> str:
        """The CURIE of an IRI by its longest declared namespace, or the IRI itself."""
        fitting = [(len(namespace), prefix) for prefix, namespace in self.map.items() if iri.startswith(namespace)]
        if not fitting:
            return iri
        length, prefix = max(fitting)
        return f"{prefix}:{iri[length:]}" if len(iri) > length else iri

    def bind(self, graph: Graph) -> None:
        """Bind the prefixes to a graph, so that it is written with them."""
        for prefix, namespace in sorted(self.map.items()):
            graph.bind(prefix, namespace, override=True, replace=True)
