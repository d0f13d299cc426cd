"""What the graphs state of a thing, as triples that mean the same wherever they are read."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import pyoxigraph as ox

from exograph.formats import renamed, turtle
from exograph.prefixes import Prefixes


def stated(store: ox.Store, query: str, iri: ox.NamedNode) -> list[ox.Triple]:
    """The triples that a CONSTRUCT query of ``queries/serve`` gives of the thing that it names, in order, class expressions in full."""
    bound: dict[Any, Any] = {ox.Variable(name): iri for name in ("thing", "endpoint") if f"?{name} " in query}
    made: Any = store.query(query, use_default_graph_as_union=True, substitutions=bound)
    triples = {*made}
    known = {triple.subject for triple in triples}
    while unknown := {t.object for t in triples if isinstance(t.object, ox.BlankNode)} - known:
        triples |= {quad.triple for node in unknown for quad in store.quads_for_pattern(node, None, None, None)}
        known |= unknown
    found = renamed(triples, skolem=False) if any(isinstance(node, ox.BlankNode) for node in known) else sorted(triples, key=str)
    return sorted(found, key=lambda triple: triple.subject != iri)


def used(triples: Iterable[ox.Triple], prefixes: Prefixes) -> dict[str, str]:
    """The prefixes that the IRIs of some triples have a use for."""
    nodes = {node.value for triple in triples for node in triple if isinstance(node, ox.NamedNode)}
    names = {prefixes.contract(node).partition(":")[0] for node in nodes}
    return {prefix: namespace for prefix, namespace in sorted(prefixes.map.items()) if prefix in names}


def as_turtle(triples: Sequence[ox.Triple], prefixes: Prefixes) -> bytes:
    """Triples as Turtle with the prefixes that they have a use for."""
    return turtle(triples, used(triples, prefixes))
