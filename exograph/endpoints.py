"""Other endpoints: which of them may be asked, and how one is asked, so that no answer of theirs can do harm.

An address is asked by POST and must answer itself, within a time and a size; whatever goes wrong is told in one line.
"""

from __future__ import annotations

import http.client
import re
import time
import urllib.request
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.error import HTTPError, URLError
from urllib.parse import urlencode

from exograph import __version__
from exograph.errors import UsageError

SECONDS = 60.0
LONGEST = 86_400.0
BYTES = 20_000_000
ROWS = 50_000
_ADDRESS = r"https?://(?:(?!=\w+:)[^\s<>\"{}|\\^`])+"
_NAMED = re.compile(f"({_ADDRESS})(?:=({_ADDRESS}))?")
_CODES = {3: "it leads elsewhere, which is not followed", 4: "it does not take the query", 5: "it has failed"}
_HEADERS = {
    "Accept": "application/sparql-results+json, application/sparql-results+xml;q=0.8",
    "Content-Type": "application/x-www-form-urlencoded",
    "User-Agent": f"exograph/{__version__} (SPARQL federation)",
}


class EndpointError(UsageError):
    """An endpoint cannot be reached, takes too long, or answers with something else than rows."""


class _Stay(urllib.request.HTTPRedirectHandler):
    """Follows no redirect, as it may lead to a server that the user has not named."""

    def redirect_request(self, *_: Any) -> None:
        """No request: the answer that redirects becomes an HTTPError."""


@dataclass(frozen=True)
class Endpoints:
    """The endpoints that may be asked: the address that a query names, and the address that is asked in its place.

    ``seconds`` is how long one of them may take for one answer.
    """

    addresses: Mapping[str, str] = field(default_factory=dict)
    seconds: float = SECONDS

    def ask(self, named: str, query: str) -> list[dict[str, Any]]:
        """The rows of a SELECT query, as terms of pyoxigraph by the names of their variables.

        ``named`` is the address that the query names. Raises EndpointError.
        """
        address = self.addresses[named]
        try:
            return _rows(*self._fetch(address, query))
        except (OSError, http.client.HTTPException, SyntaxError, ValueError) as error:
            who = named if address == named else f"{named}, asked at {address},"
            raise EndpointError(f"{who} {self._told(error)}, or name a mirror by --federate {named}=URL") from error

    def _told(self, error: Exception) -> str:
        """What went wrong, and what to try."""
        reason = error.reason if isinstance(error, URLError) else error
        if isinstance(error, HTTPError):
            error.close()
            return f"answers with the code {error.code} ({_CODES.get(error.code // 100, error.reason)}) — try again later"
        if isinstance(reason, TimeoutError):
            return f"does not answer within {self.seconds:g} s — wait longer by --wait"
        if isinstance(error, SyntaxError | ValueError):
            return f"gives no rows that can be read ({_line(error)}) — ask it for less"
        return f"is not reached ({_line(reason)}) — try again later"

    def _fetch(self, address: str, query: str) -> tuple[bytes, str]:
        """What an address answers, and its media type."""
        end = time.monotonic() + self.seconds
        data = urlencode({"query": query}).encode()
        request = urllib.request.Request(address, data, _HEADERS)  # noqa: S310 - the address begins with http, see endpoints
        with urllib.request.build_opener(_Stay).open(request, timeout=self.seconds) as response:
            parts, size = [], 0
            while part := response.read1(65536):
                parts.append(part)
                size += len(part)
                if size > BYTES:
                    raise ValueError(f"more than {BYTES // 1_000_000} MB")
                if time.monotonic() > end:
                    raise TimeoutError
            if response.length:
                raise http.client.IncompleteRead(b"", response.length)
            return b"".join(parts), str(response.headers.get_content_type())


def _rows(data: bytes, media: str) -> list[dict[str, Any]]:
    import pyoxigraph as ox

    form = ox.QueryResultsFormat.from_media_type(media)
    if form is None:
        raise ValueError(f"the answer is of the type {media}")
    found = ox.parse_query_results(data, format=form)
    if not isinstance(found, ox.QuerySolutions):
        raise ValueError("the answer is a truth value")
    names = [variable.value for variable in found.variables]
    rows = []
    for solution in found:
        rows.append({name: solution[name] for name in names if solution[name] is not None})
        if len(rows) > ROWS:
            raise ValueError(f"more than {ROWS} rows")
    return rows


def _line(error: object) -> str:
    return " ".join(str(error).split())[:200] or type(error).__name__


def endpoints(federate: Iterable[str], seconds: float = SECONDS) -> Endpoints:
    """The endpoints that a user names: ``URL``, or ``URL=MIRROR`` where another address is to be asked in its place.

    >>> endpoints(["https://example.org/sparql=http://localhost:7878/query"]).addresses
    {'https://example.org/sparql': 'http://localhost:7878/query'}

    Raises UsageError for what is no address on the web, an address that is named twice, and a time that is none.
    """
    addresses: dict[str, str] = {}
    for text in federate:
        named = _NAMED.fullmatch(text)
        if named is None:
            raise UsageError(f"--federate {text}: no address of an endpoint — write https://…, or https://…=http://… to ask a mirror")
        if named[1] in addresses:
            raise UsageError(f"--federate {named[1]}: named twice — name it once")
        addresses[named[1]] = named[2] or named[1]
    if not 0 < seconds <= LONGEST:
        raise UsageError(f"--wait {seconds:g}: no time to wait — write a number of seconds between 0 and {LONGEST:g}")
    return Endpoints(addresses, seconds)
