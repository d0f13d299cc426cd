"""CURIEs: one prefix list, ``ontology/prefixes.ttl``, joined by a prefix for each review."""

from __future__ import annotations

from collections.abc import Mapping

from pyoxigraph import NamedNode


class Prefixes:
    """Expands and contracts CURIEs; ``map`` holds the namespaces by prefix."""

    def __init__(self, known: Mapping[str, str]) -> None:
        self.map = dict(known)

    def expand(self, curie: str) -> NamedNode | None:
        """The IRI of a CURIE, or None where its prefix is not declared."""
        prefix, colon, local = curie.partition(":")
        return NamedNode(self.map[prefix] + local) if colon and prefix in self.map else None

    def contract(self, iri: str) -> str:
        """The CURIE of an IRI by its longest declared namespace, or the IRI itself."""
        fitting = [(len(namespace), prefix) for prefix, namespace in self.map.items() if iri.startswith(namespace)]
        if not fitting:
            return iri
        length, prefix = max(fitting)
        return f"{prefix}:{iri[length:]}" if len(iri) > length else iri
