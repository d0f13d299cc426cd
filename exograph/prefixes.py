"""CURIEs: one prefix list, ``ontology/prefixes.ttl``, joined by a prefix for each review."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from pyoxigraph import NamedNode


class Prefixes:
    """Expands and contracts CURIEs; ``map`` holds the namespaces by prefix and does not change."""

    def __init__(self, known: Mapping[str, str]) -> None:
        self.map = MappingProxyType(dict(known))
        self._longest_first = sorted(((namespace, prefix) for prefix, namespace in known.items()), key=lambda pair: (-len(pair[0]), pair))
        self._contracted: dict[str, str] = {}

    def expand(self, curie: str) -> NamedNode | None:
        """The IRI of a CURIE, or None where its prefix is not declared."""
        prefix, colon, local = curie.partition(":")
        return NamedNode(self.map[prefix] + local) if colon and prefix in self.map else None

    def contract(self, iri: str) -> str:
        """The CURIE of an IRI by its longest declared namespace, or the IRI itself."""
        if (known := self._contracted.get(iri)) is None:
            known = self._contracted[iri] = self._contract(iri)
        return known

    def _contract(self, iri: str) -> str:
        for namespace, prefix in self._longest_first:
            if iri.startswith(namespace):
                return f"{prefix}:{iri[len(namespace) :]}" if len(iri) > len(namespace) else iri
        return iri
