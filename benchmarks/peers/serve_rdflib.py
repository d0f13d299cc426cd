"""Serve the Turtle files of a release by rdflib-endpoint: FOLDER PORT."""

import sys
from pathlib import Path

import uvicorn
from rdflib import Graph
from rdflib_endpoint import SparqlEndpoint

graph = Graph()
for path in sorted(Path(sys.argv[1]).glob("*.ttl")):
    graph.parse(path)
uvicorn.run(SparqlEndpoint(graph=graph, path="/sparql"), port=int(sys.argv[2]), log_level="error", access_log=False)
