"""Nanopublications: one claim each, in four graphs, unsigned (http://nanopub.net/guidelines/working_draft/).

A query of ``queries/nanopub`` gives the triples of one of the four graphs for all claims at once.
Keys belong to people, so signing is left to whoever publishes.
"""

from __future__ import annotations

from functools import cache
from typing import Any

import pyoxigraph as ox
from rdflib import Literal

from exograph.engines import to_oxigraph
from exograph.errors import UsageError, naming
from exograph.formats import trig
from exograph.graphs import Built
from exograph.headers import read_query

COLUMNS = ("nanopub", "subject", "predicate", "object")


def nanopubs(built: Built) -> bytes:
    """All nanopublications as TriG. Raises UsageError where a query of theirs is missing, broken or selects other columns."""
    paths = sorted(built.places.queries.glob("nanopub/*.rq"))
    if not paths:
        raise UsageError(f"{built.places.queries / 'nanopub'}: holds no query — restore its files")
    # the store of Oxigraph turns every kind of integer into xsd:integer; here each literal gets its own datatype again
    exact: dict[Any, Any] = {(s, p, str(o)): o for s, p, o, _ in built.dataset.quads() if isinstance(o, Literal) and o.datatype}
    convert, quads = cache(to_oxigraph), set()
    for path in paths:
        header, query = read_query(path, "rule", "graph")
        with naming(path.name):
            found = built.engine.select(query)
            if found.columns != COLUMNS:
                raise UsageError(f"selects other columns — select {', '.join(COLUMNS)}")
            if any(None in row for row in found.rows):
                raise UsageError("leaves a column of a row unbound — bind all four")
        for nanopub, s, p, o in found.rows:
            term = exact.get((s, p, str(o)), o)
            quads.add(ox.Quad(convert(s), convert(p), convert(term), ox.NamedNode(f"{nanopub}#{header['graph']}")))
    return trig(sorted(quads, key=lambda quad: (quad.graph_name.value, str(quad))), built.prefixes.map)
