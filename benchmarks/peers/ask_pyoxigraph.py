"""Answer a query with a variable bound, from a store that lies ready: STORE QUERY VARIABLE IRI."""

import sys
from typing import Any

import pyoxigraph as ox

with open(sys.argv[2], encoding="utf-8") as file:  # noqa: PTH123 - pathlib would cost more than the rest of the script
    bound: dict[ox.Variable, Any] = {ox.Variable(sys.argv[3]): ox.NamedNode(sys.argv[4])}
    found: Any = ox.Store.read_only(sys.argv[1]).query(file.read(), use_default_graph_as_union=True, substitutions=bound)
    for row in found:
        print(*(term.value if term else "" for term in row), sep=",")
