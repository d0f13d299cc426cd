"""Answer queries in one process, from N-Quads, as one graph without names, which is what rdflib answers from fastest: FILE."""

import sys
from typing import Any

import pyoxigraph as ox  # reads N-Quads many times faster than rdflib; loading is no part of the figures
import session
from rdflib import BNode, Graph, Literal, URIRef


def node(term: Any) -> URIRef | BNode | Literal:
    """A term of pyoxigraph as one of rdflib."""
    if not isinstance(term, ox.Literal):
        return (BNode if isinstance(term, ox.BlankNode) else URIRef)(term.value)
    return Literal(term.value, lang=term.language) if term.language else Literal(term.value, datatype=URIRef(term.datatype.value))


def answer(job: dict[str, Any]) -> int:
    """How many rows a query gives, each read as text."""
    bound = {name: Literal(value, datatype=URIRef(datatype)) if datatype else URIRef(value) for name, (value, datatype) in job["terms"].items()}
    return len([[str(one) for one in row.values()] for row in graph.query(job["query"], initBindings=bound).bindings])


graph = Graph()
for quad in ox.parse(path=sys.argv[1]):
    graph.add((node(quad.subject), node(quad.predicate), node(quad.object)))
session.serve(answer)
