"""Parse the Turtle files of a folder with rdflib: FOLDER."""

import sys
from pathlib import Path

from rdflib import Graph

graph = Graph()
for path in sorted(Path(sys.argv[1]).glob("*.ttl")):
    graph.parse(path)
print(len(graph))
