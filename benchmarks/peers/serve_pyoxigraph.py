"""Serve a store by the stack of ``exograph serve`` without its guard: each query runs in the server itself, without any limit: STORE PORT."""

import sys
from typing import Any

import pyoxigraph as ox
import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

store = ox.Store.read_only(sys.argv[1])


def sparql(request: Request) -> Response:
    """The answer to a SELECT query in JSON."""
    found: Any = store.query(request.query_params["query"], use_default_graph_as_union=True)
    return Response(found.serialize(format=ox.QueryResultsFormat.JSON), media_type="application/sparql-results+json")


app = Starlette(routes=[Route("/sparql", sparql)])
uvicorn.run(app, port=int(sys.argv[2]), http="h11", loop="asyncio", log_level="error", access_log=False)
