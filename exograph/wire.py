"""Requests and answers of HTTP: what wraps them all, what is read from a request, what an error looks like."""

from __future__ import annotations

import asyncio
import ipaddress
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl

from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response

from exograph.errors import RefusedError
from exograph.gate import LENGTH

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

BODY = 3 * LENGTH + 10_000  # a query of full length with each byte percent-encoded, and some graphs
BODY_TIME = 10  # seconds in which it has to come
HEAD = 1 << 16  # bytes of all headers, and of the address
HEADERS = {
    "access-control-allow-origin": "*",
    "access-control-expose-headers": "ETag",
    "x-content-type-options": "nosniff",
    "content-security-policy": "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'",
    "cross-origin-resource-policy": "cross-origin",
    "referrer-policy": "no-referrer",
}
PREFLIGHT = {
    "access-control-allow-methods": "GET, HEAD, POST, OPTIONS",
    "access-control-allow-headers": "Accept, Content-Type, If-None-Match",
    "access-control-max-age": "86400",
}
_HOST = re.compile(r"(?:([A-Za-z0-9.-]+)|\[([0-9A-Fa-f:.]+)\])(?::\d{1,5})?")


class Shell:
    """What every request and every answer passes: the name by which the server was called, preflight, and the headers of all answers."""

    def __init__(self, app: ASGIApp, names: Iterable[str]) -> None:
        self._app, self._names = app, frozenset(name.lower() for name in names)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def dressed(message: Message) -> None:
            if message["type"] == "http.response.start":
                told = {name.lower() for name, _ in message["headers"]}  # a page tells its own policy
                more = ((name.encode(), value.encode()) for name, value in HEADERS.items())
                message["headers"] = [*message["headers"], *((name, value) for name, value in more if name not in told)]
            await send(message)

        app = self._app
        if sum(len(name) + len(value) for name, value in scope["headers"]) > HEAD or len(scope["raw_path"]) + len(scope["query_string"]) > HEAD:
            app = line(431, f"the head of the request is longer than {HEAD} bytes — shorten it, or send the query by POST")
        elif not self.called_by_name(dict(scope["headers"]).get(b"host", b"").decode("latin-1")):
            app = line(421, "this server does not go by that name — start it with --public and its address")
        elif scope["method"] == "OPTIONS":
            app = Response(status_code=204, headers={"allow": PREFLIGHT["access-control-allow-methods"], **PREFLIGHT})
        await app(scope, receive, dressed)

    def called_by_name(self, host: str) -> bool:
        """Whether a Host header holds an address or a name of ours: a page that rebinds its own name to this machine is told off."""
        found = _HOST.fullmatch(host)
        name = (found[1] or found[2]).lower() if found else ""
        return name in self._names or _address(name)


def _address(name: str) -> bool:
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True


def line(status: int, text: str, headers: Mapping[str, str] | None = None) -> Response:
    """One line of plain text with a status."""
    again = {"retry-after": "3"} if status in {429, 503} else {}
    return Response(f"{text.rstrip()}\n", status, {**again, "cache-control": "no-store", **(headers or {})}, "text/plain; charset=utf-8")


def seen(request: Request, tag: str) -> bool:
    """Whether the client says that it holds this very answer."""
    held = [item.strip() for item in ",".join(request.headers.getlist("if-none-match")).split(",")]
    return "*" in held or tag in held or tag.removeprefix("W/") in held


def pairs(text: str) -> list[tuple[str, str]]:
    """The names and values of a form. Raises RefusedError where it is not UTF-8 or holds too many."""
    try:
        return parse_qsl(text, keep_blank_values=True, errors="strict", max_num_fields=100)
    except ValueError as error:
        raise RefusedError(400, "the parameters are not percent-encoded UTF-8, or more than a hundred") from error


def only(given: Sequence[tuple[str, str]], name: str) -> str:
    """The value of a parameter that must be given once. Raises RefusedError."""
    values = [value for key, value in given if key == name]
    if len(values) != 1:
        raise RefusedError(400, f"{name} is given {len(values)} times — give it once")
    return values[0]


def media(request: Request) -> str:
    """The media type of a body. Raises RefusedError where it is packed or not in UTF-8."""
    kind, _, more = request.headers.get("content-type", "").lower().partition(";")
    charset = more.partition("charset=")[2].strip(' "') or "utf-8"
    if request.headers.get("content-encoding", "identity") != "identity" or charset != "utf-8":
        raise RefusedError(415, "send the query unpacked and in UTF-8")
    return kind.strip()


async def read(request: Request) -> bytes:
    """The body of a request. Raises RefusedError where it is too long or too slow."""
    body = bytearray()
    try:
        async with asyncio.timeout(BODY_TIME):
            async for part in request.stream():
                body += part
                if len(body) > BODY:
                    raise RefusedError(413, f"the request is longer than {BODY} bytes — shorten the query")
    except TimeoutError as error:
        raise RefusedError(408, f"the request did not come within {BODY_TIME} seconds") from error
    except ClientDisconnect as error:
        raise RefusedError(400, "the request was broken off") from error
    return bytes(body)


def utf8(data: bytes) -> str:
    """Bytes as text. Raises RefusedError."""
    try:
        return data.decode()
    except UnicodeDecodeError as error:
        raise RefusedError(400, "the request is not UTF-8") from error
