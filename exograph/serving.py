"""The read-only server: SPARQL 1.1 Protocol, saved questions, descriptions of things, and what tells of them.

Nothing here runs a query: each goes to a child of the zygote (exograph.guard), and only a whole answer is sent.
"""

from __future__ import annotations

import hashlib
import ipaddress
import json
import signal
import socket
from collections.abc import Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NoReturn
from urllib.parse import urlsplit

import uvicorn
from starlette.applications import Starlette
from starlette.middleware.gzip import GZipMiddleware
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import BaseRoute, Mount, Route
from starlette.staticfiles import StaticFiles

from exograph.catalogue import missing
from exograph.connections import Prompt
from exograph.errors import RefusedError, UsageError
from exograph.gate import admit
from exograph.guard import Guard
from exograph.negotiation import ANSWERS, FILES, GRAPHS, HTML, RESULTS, THINGS, content_type, negotiate
from exograph.openapi import openapi
from exograph.replies import BASE, Job
from exograph.views import ASSETS, CSP
from exograph.wire import Shell, line, media, only, pairs, read, seen, utf8
from exograph.zygote import Limits

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

FORM, DIRECT, UPDATE = "application/x-www-form-urlencoded", "application/sparql-query", "application/sparql-update"
OK = 200
ADDRESSES = ("sparql", "questions", "openapi.json", "ontology", ".well-known/void", "healthz", "readyz")


@dataclass(frozen=True)
class Site:
    """Where it is served: the address and port of this machine, and, if there is one, the address by which others call it."""

    host: str = "127.0.0.1"
    port: int = 8000
    public: str | None = None

    @property
    def address(self) -> str | None:
        """The public address with a slash at its end. Raises UsageError where it is none."""
        if self.public is None:
            return None
        parts = urlsplit(self.public)
        if parts.scheme not in {"http", "https"} or not parts.hostname or parts.query or parts.fragment:
            raise UsageError(f"--public {self.public}: no address — write one such as https://example.org/exograph/")
        return self.public.rstrip("/") + "/"

    def names(self) -> set[str]:
        """The names that the server answers to."""
        return {"localhost", self.host, *([str(urlsplit(self.address).hostname)] if self.address else [])}

    def listening(self) -> socket.socket:
        """A socket that listens. Raises UsageError where the address is not of this machine or is taken."""
        try:
            family = socket.getaddrinfo(self.host, self.port, type=socket.SOCK_STREAM)[0][0]
            listener = socket.create_server((self.host, self.port), family=family, backlog=128)
            listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)  # else each answer waits 40 ms for the client's system
            return listener
        except (OSError, OverflowError) as error:
            told = getattr(error, "strerror", None) or error
            raise UsageError(f"{self.host}:{self.port}: nothing can be served there ({told}) — name another by --host and --port") from error

    def told(self, listener: socket.socket) -> list[str]:
        """What the user is told at the start: the address, and what it means that others can reach it."""
        bound = listener.getsockname()
        host = f"[{self.host}]" if ":" in self.host else self.host
        lines = [f"exograph is served at {self.address or f'http://{host}:{bound[1]}/'} — stop it with Ctrl-C"]
        if not ipaddress.ip_address(bound[0]).is_loopback:
            lines.append(f"{self.host} is open to other machines, without login or encryption — put a proxy before it (docs/serving.md)")
        return lines


class Service:
    """The handlers; each takes a request and returns its whole answer."""

    def __init__(self, guard: Guard, public: str | None) -> None:
        self._guard, self._public = guard, public

    def routes(self) -> list[BaseRoute]:
        """The addresses, of which the last is that of any other thing."""
        return [
            Route("/", self.home),
            Route("/sparql", self.sparql, methods=["GET", "POST"]),
            Route("/questions", self.questions),
            Route("/questions/{name}.html", self.thing),
            Route("/questions/{name}", self.question),
            Route("/openapi.json", self.openapi),
            Route("/healthz", self.healthz),
            Route("/readyz", self.readyz),
            Route("/.well-known/void", self.void),
            Mount("/assets", StaticFiles(directory=ASSETS)),
            Route("/{path:path}", self.thing),
        ]

    async def home(self, request: Request) -> Response:
        """Where what is, or the first page of the site."""
        if self._chosen(request, {"text/plain": "plain", HTML: "html"}) == "html":
            return await self._file(request, "index.html")
        return line(200, "exograph, read-only:\n" + "\n".join(self._address(request) + place for place in ADDRESSES))

    async def healthz(self, request: Request) -> Response:
        """The server lives."""
        return line(200, "ok")

    async def readyz(self, request: Request) -> Response:
        """A child answers."""
        reply = await self._guard.run({"do": "query", "query": "ASK {}", "form": "tsv", "union": True, "default": None})
        return line(200, "ok") if reply.status == OK else line(503, reply.body.decode())

    async def sparql(self, request: Request) -> Response:
        """A query by GET, form or direct POST; by GET without one the description of the service."""
        try:
            given = await self._given(request)
            if request.method != "POST" and "query" not in (name for name, _ in given):
                iri = f"{self._address(request)}sparql"
                return await self._negotiated(request, GRAPHS, {"do": "describe", "query": "service", "iri": iri})
            query = admit(only(given, "query"))
        except RefusedError as refused:
            return line(refused.status, str(refused))
        named = {name: [value for key, value in given if key == f"{name}-graph-uri"] for name in ("default", "named")}
        dataset = named if any(named.values()) else {"default": None, "named": None}
        job = {"do": "query", "query": query.text, "union": not query.names_graphs, **dataset}
        return await self._negotiated(request, GRAPHS if query.makes_triples else RESULTS, job, kept=not query.changing)

    async def _given(self, request: Request) -> list[tuple[str, str]]:
        """The parameters of a request to the endpoint. Raises RefusedError."""
        given = pairs(request.url.query)
        if request.method == "POST":
            kind, body = media(request), await read(request)
            if kind == DIRECT:
                given.append(("query", utf8(body)))
            elif kind == FORM:
                given += pairs(utf8(body))
            elif kind == UPDATE:
                raise RefusedError(403, "that is an update, and nothing can be changed here")
            else:
                raise RefusedError(415, f"a query is sent as {DIRECT} or {FORM}")
        if any(name in {"update", "using-graph-uri", "using-named-graph-uri"} for name, _ in given):
            raise RefusedError(403, "that is an update, and nothing can be changed here")
        return given

    async def questions(self, request: Request) -> Response:
        """The saved questions with their parameters and columns."""
        if (told := self._guard.told) is None:
            return await self.readyz(request)
        address = self._address(request)
        if self._chosen(request, {"application/json": "json", HTML: "html"}) == "html":
            return RedirectResponse(f"{address}questions/index.html", 303)
        return self._document(request, [{**question, "href": f"{address}questions/{question['name']}"} for question in told["questions"]])

    async def openapi(self, request: Request) -> Response:
        """The description of the interface."""
        if (told := self._guard.told) is None:
            return await self.readyz(request)
        return self._document(request, openapi(told["questions"], self._public or "/"))

    async def question(self, request: Request) -> Response:
        """The answer to a saved question."""
        if (told := self._guard.told) is None:
            return await self.readyz(request)
        name, names = request.path_params["name"], [question["name"] for question in told["questions"]]
        if name in told["federated"]:
            return line(403, f"{name} asks another server, which this one never does")
        if name not in names:
            return line(404, missing(name, names))
        try:
            given = pairs(request.url.query)
            settings = {key: only(given, key).strip() for key, _ in given}
        except RefusedError as refused:
            return line(refused.status, str(refused))
        form = settings.pop("format", None)
        if form is not None and form not in ANSWERS.values():
            return line(400, f"no format {form} — use one of {', '.join(ANSWERS.values())}")
        offered = {kind: name for kind, name in {**ANSWERS, HTML: "html"}.items() if form in {None, name}}
        return await self._negotiated(request, offered, {"do": "question", "name": name, "settings": settings}, accept="*/*" if form else None)

    async def void(self, request: Request) -> Response:
        """The description of the dataset."""
        return await self._negotiated(request, GRAPHS, {"do": "describe", "query": "void", "iri": f"{BASE}dataset"})

    async def thing(self, request: Request) -> Response:
        """A file of the site, or what is stated of the thing whose IRI ends in this path."""
        path = request.scope.get("raw_path", b"").decode("latin-1").removeprefix("/")
        if path.rpartition(".")[2] in FILES:
            return await self._file(request, path)
        whole = path == "ontology"
        if whole and self._chosen(request, THINGS) == "html":
            return RedirectResponse(f"{self._address(request)}ontology/index.html", 303, {"vary": "Accept"})
        return await self._negotiated(request, THINGS, {"do": "describe", "query": "ontology" if whole else "thing", "iri": BASE + path})

    async def _file(self, request: Request, path: str) -> Response:
        """A file of the site, which has one form whatever the client likes best."""
        media = FILES[path.rpartition(".")[2]]
        return await self._negotiated(request, {media: path.rpartition(".")[2]}, {"do": "file", "path": path}, accept="*/*")

    def _chosen(self, request: Request, offered: Mapping[str, str]) -> str | None:
        """The format that the client likes best of those offered."""
        chosen = negotiate(", ".join(request.headers.getlist("accept")), offered)
        return chosen[1] if chosen else None

    async def _negotiated(self, request: Request, offered: Mapping[str, str], job: Job, *, kept: bool = True, accept: str | None = None) -> Response:
        """Do a job in the format that the client likes best, unless it has the answer already."""
        chosen = negotiate(", ".join(request.headers.getlist("accept")) if accept is None else accept, offered)
        if chosen is None:
            return line(406, f"on offer: {', '.join(offered)}", {"vary": "Accept"})
        asked = {**job, "form": chosen[1]}
        tag = self._tag(asked) if kept and request.method != "POST" else None
        policy = {"content-security-policy": f"{CSP}; frame-ancestors 'none'"} if chosen[0] == HTML else {}
        if tag and seen(request, tag):  # the browser takes the headers of this answer for those of the page it kept
            return Response(status_code=304, headers={"etag": tag, "vary": "Accept", **policy})
        reply = await self._guard.run(asked)
        if reply.status != OK:
            return line(reply.status, reply.body.decode(errors="replace"), {"vary": "Accept"})
        caching = {"etag": tag, "cache-control": "no-cache"} if tag else {"cache-control": "no-store"}
        return Response(reply.body, OK, {"content-type": content_type(chosen[0]), "vary": "Accept", **caching, **policy})

    def _document(self, request: Request, content: Any) -> Response:
        tag = self._tag(content)
        if tag and seen(request, tag):
            return Response(status_code=304, headers={"etag": tag})
        return JSONResponse(content, headers={"etag": tag, "cache-control": "no-cache"} if tag else None)

    def _tag(self, asked: Any) -> str | None:
        """The weak entity tag of an answer: the dataset and what is asked of it determine what it says, if not its order."""
        if self._guard.told is None:
            return None
        text = json.dumps([self._guard.told["digest"], asked], sort_keys=True)
        return f'W/"{hashlib.sha256(text.encode()).hexdigest()[:32]}"'

    def _address(self, request: Request) -> str:
        return self._public or f"{request.url.scheme}://{request.headers['host']}/"


def run(root: str, site: Site, limits: Limits, say: Callable[[str], None]) -> None:
    """Serve the data of a folder until SIGTERM or SIGINT. Raises UsageError where the address or the data will not do."""
    failures: list[UsageError] = []

    def failed(error: UsageError) -> None:
        failures.append(error)
        server.should_exit = True

    guard = Guard(root, limits, failed, say)

    @asynccontextmanager
    async def life(_: Starlette) -> AsyncIterator[None]:
        guard.start()
        try:
            yield
        finally:
            await guard.stop()

    app = Shell(GZipMiddleware(Starlette(routes=Service(guard, site.address).routes(), lifespan=life), minimum_size=1000), site.names())
    server = uvicorn.Server(
        uvicorn.Config(
            app, http=Prompt, loop="asyncio", ws="none", lifespan="on", log_level="error", access_log=False, server_header=False,
            proxy_headers=False, limit_concurrency=512, timeout_graceful_shutdown=5,
        )
    )  # fmt: skip
    with site.listening() as listener:
        for told in site.told(listener):
            say(told)
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, _leave)  # once all is put away uvicorn raises the signal that stopped it again
        server.run(sockets=[listener])
    if failures:
        raise failures[0]


def _leave(*_: object) -> NoReturn:
    raise SystemExit(0)
