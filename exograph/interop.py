"""rdflib beside pyoxigraph: each one's terms and datasets as the other's, and the engine of rdflib, the reference."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import groupby
from typing import Any

import pyoxigraph as ox
from rdflib import BNode, Dataset, Graph, Literal, URIRef
from rdflib.term import Node

from exograph.binding import Bindings
from exograph.engines import Native, Solutions, line, names_graphs
from exograph.errors import UsageError
from exograph.prefixes import Prefixes
from exograph.terms import XSD

_STRING = XSD.string


def to_oxigraph(term: Node) -> Any:
    """The term of rdflib as one of pyoxigraph. Raises TypeError for what is no RDF term."""
    if isinstance(term, URIRef):
        return ox.NamedNode(str(term))
    if isinstance(term, BNode):
        return ox.BlankNode(str(term))
    if not isinstance(term, Literal):
        raise TypeError(f"{term!r} is no RDF term")
    if term.language:
        return ox.Literal(str(term), language=term.language)
    return ox.Literal(str(term), datatype=ox.NamedNode(str(term.datatype)) if term.datatype else None)


def from_oxigraph(term: Any) -> Any:
    """The term of pyoxigraph as one of rdflib; None stays None."""
    if term is None:
        return None
    if isinstance(term, ox.NamedNode):
        return URIRef(term.value)
    if isinstance(term, ox.BlankNode):
        return BNode(term.value)
    if term.language:
        return Literal(term.value, lang=term.language)
    return Literal(term.value) if term.datatype == _STRING else Literal(term.value, datatype=URIRef(term.datatype.value))


def to_rdflib(quads: Iterable[ox.Quad], prefixes: Prefixes) -> Dataset:
    """Quads, those of a graph one after the other, as a dataset of rdflib whose default graph is their union."""
    dataset = Dataset(default_union=True)
    for name, held in groupby(quads, key=lambda quad: quad.graph_name):
        graph = dataset.graph(from_oxigraph(name))
        graph.addN((from_oxigraph(quad.subject), from_oxigraph(quad.predicate), from_oxigraph(quad.object), graph) for quad in held)
    _bind(dataset, prefixes)
    return dataset


def to_graph(triples: Iterable[ox.Triple], prefixes: Prefixes) -> Graph:
    """Triples as a graph of rdflib of its own, which it reads many times faster than one of several in a dataset."""
    graph = Graph(store="SimpleMemory", bind_namespaces="none")
    graph.addN((from_oxigraph(t.subject), from_oxigraph(t.predicate), from_oxigraph(t.object), graph) for t in triples)
    _bind(graph, prefixes)
    return graph


def _bind(graph: Graph, prefixes: Prefixes) -> None:
    for prefix, namespace in sorted(prefixes.map.items()):
        graph.bind(prefix, namespace, override=True, replace=True)


class Rdflib(Native):
    """The engine of rdflib, over a dataset as it is."""

    def __init__(self, dataset: Dataset) -> None:
        self.dataset = dataset

    def _query(self, query: str, bindings: Bindings | None = None) -> Solutions | bool | list[ox.Triple]:
        from rdflib.plugins import sparql

        sparql.SPARQL_LOAD_GRAPHS = False  # FROM names a graph of the dataset, never an address to fetch
        names_graphs(query)  # refuses what would reach another server
        try:
            result: Any = self.dataset.query(query, initBindings={name: from_oxigraph(term) for name, term in (bindings or {}).items()})
            if result.type == "SELECT":
                columns = tuple(str(variable) for variable in result.vars)
                return Solutions(columns, [tuple(None if row[name] is None else to_oxigraph(row[name]) for name in columns) for row in result])
            return bool(result.askAnswer) if result.graph is None else [ox.Triple(*map(to_oxigraph, triple)) for triple in result.graph]
        except UsageError:
            raise
        except Exception as error:  # rdflib raises whatever its parser and evaluator raise
            raise UsageError(f"the query cannot be run: {line(error)}") from error
