"""Hold the Turtle files of a release against the shapes with pySHACL, and print how many results there are: FOLDER SHAPES."""

import sys
from pathlib import Path

from pyshacl import validate
from rdflib import RDF, SH, Graph

data, shapes = Graph(), Graph()
for graph, folder in ((data, sys.argv[1]), (shapes, sys.argv[2])):
    for path in sorted(Path(folder).glob("*.ttl")):
        graph.parse(path)
_, found, _ = validate(data, shacl_graph=shapes)
print(len(set(found.subjects(RDF.type, SH.ValidationResult))))
sys.exit(1 if (None, RDF.type, SH.ValidationResult) in found else 0)
