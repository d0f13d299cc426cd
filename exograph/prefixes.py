"""CURIEs: one prefix list, ``ontology/prefixes.ttl``, joined by a prefix for each review."""

from __future__ import annotations

from rdflib import Graph, Namespace, URIRef

EXOG = Namespace("https://w3id.org/exograph/ontology#")
ID = Namespace("https://w3id.org/exograph/id/")
GRAPH = Namespace("https://w3id.org/exograph/graph/")
PREFIXES = URIRef("https://w3id.org/exograph/prefixes")
SH = Namespace("http://www.w3.org/ns/shacl#")


class Prefixes:
    """Expands and contracts CURIEs with the prefixes that a graph declares by ``sh:declare``."""

    def __init__(self, graph: Graph) -> None:
        self.map = {
            str(graph.value(declaration, SH.prefix)): str(graph.value(declaration, SH.namespace))
            for declaration in graph.objects(PREFIXES, SH.declare)
        }

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
