"""Answer queries in one process, from a store that lies ready: STORE."""

import sys
from typing import Any

import pyoxigraph as ox
import session

store = ox.Store.read_only(sys.argv[1])


def term(value: str, datatype: str | None) -> ox.NamedNode | ox.Literal:
    """The term that a job names."""
    return ox.Literal(value, datatype=ox.NamedNode(datatype)) if datatype else ox.NamedNode(value)


def answer(job: dict[str, Any]) -> int:
    """How many rows a query gives, each read as text."""
    bound: dict[ox.Variable, Any] = {ox.Variable(name): term(*pair) for name, pair in job["terms"].items()}
    found: Any = store.query(job["query"], use_default_graph_as_union=True, substitutions=bound)
    return len([[one.value if one else None for one in row] for row in found])


session.serve(answer)
