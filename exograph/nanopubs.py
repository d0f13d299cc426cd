"""Nanopublications: one claim each, in four graphs, unsigned (http://nanopub.net/guidelines/working_draft/).

A query of ``queries/nanopub`` gives the triples of one of the four graphs for all claims at once.
Keys belong to people, so signing is left to whoever publishes.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pyoxigraph as ox

from exograph.built import Built
from exograph.errors import UsageError, naming
from exograph.formats import trig
from exograph.headers import read_query
from exograph.terms import RDF, XSD

COLUMNS = ("nanopub", "subject", "predicate", "object")


def nanopubs(built: Built) -> Iterator[bytes]:
    """All nanopublications as TriG. Raises UsageError where a query of theirs is missing, broken or selects other columns."""
    paths = sorted(built.places.queries.glob("nanopub/*.rq"))
    if not paths:
        raise UsageError(f"{built.places.queries / 'nanopub'}: holds no query — restore its files")
    exact, quads = _exact(built), set()
    for path in paths:
        header, query = read_query(path, "rule", "graph")
        with naming(path.name):
            found = built.engine.select(query)
            if found.columns != COLUMNS:
                raise UsageError(f"selects other columns — select {', '.join(COLUMNS)}")
            if any(None in row for row in found.rows):
                raise UsageError("leaves a column of a row unbound — bind all four")
        for nanopub, s, p, o in found.rows:
            quads.add(ox.Quad(s, p, exact.get((s, p, o.value), o), ox.NamedNode(f"{nanopub.value}#{header['graph']}")))
    return trig(sorted(quads, key=lambda quad: (str(quad.graph_name), str(quad))), built.prefixes.map)


def _exact(built: Built) -> dict[Any, ox.Literal]:
    """Each literal with a datatype of its own by subject, property and text: the store turns every kind of integer into xsd:integer."""
    typed = ((quad.triple, quad.object) for quad in built.quads if isinstance(quad.object, ox.Literal))
    return {(t.subject, t.predicate, value.value): value for t, value in typed if value.datatype not in (XSD.string, RDF.langString)}
