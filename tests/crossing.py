"""Graphs of rdflib as pyoxigraph has them, and the other way round, for tests that look at one through the other."""

from __future__ import annotations

from collections.abc import Iterable

import pyoxigraph as ox
from rdflib import Dataset, Graph

from exograph.interop import to_graph, to_oxigraph
from exograph.prefixes import Prefixes


def triples_of(graph: Graph) -> list[ox.Triple]:
    """The triples of a graph of rdflib."""
    return [ox.Triple(*map(to_oxigraph, triple)) for triple in graph]


def graph_of(triples: Iterable[ox.Triple]) -> Graph:
    """Triples as a graph of rdflib, without prefixes."""
    return to_graph(triples, Prefixes({}))


def quads_of(graph: Graph) -> list[ox.Quad]:
    """The triples of a graph of rdflib as quads of a graph of its name."""
    name = ox.NamedNode(str(graph.identifier))
    return [ox.Quad(t.subject, t.predicate, t.object, name) for t in triples_of(graph)]


def store_of(dataset: Dataset) -> ox.Store:
    """The named graphs of a dataset of rdflib as a store."""
    store = ox.Store()
    for graph in dataset.graphs():
        if len(graph):
            store.bulk_extend(quads_of(graph))
    return store
