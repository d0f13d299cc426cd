"""Answer a query with a variable bound, from the Turtle files of a release: FOLDER QUERY VARIABLE IRI."""

import sys
from pathlib import Path

from rdflib import Graph, URIRef

graph = Graph()
for path in sorted(Path(sys.argv[1]).glob("*.ttl")):
    graph.parse(path)
for row in graph.query(Path(sys.argv[2]).read_text(encoding="utf-8"), initBindings={sys.argv[3]: URIRef(sys.argv[4])}).bindings:
    print(*row.values(), sep=",")
