"""Hold the Turtle files of a release against the shapes with pySHACL, and print what that costs once they are read: FOLDER SHAPES."""

import json
import sys
import time
from pathlib import Path

from pyshacl import validate
from rdflib import RDF, SH, Graph

data, shapes = Graph(), Graph()
for graph, folder in ((data, sys.argv[1]), (shapes, sys.argv[2])):
    for path in sorted(Path(folder).glob("*.ttl")):
        graph.parse(path)
wall, cpu = time.perf_counter(), time.process_time()
_, found, _ = validate(data, shacl_graph=shapes)
print(json.dumps({"cpu": time.process_time() - cpu, "wall": time.perf_counter() - wall}))
sys.exit(1 if (None, RDF.type, SH.ValidationResult) in found else 0)
