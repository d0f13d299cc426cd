"""The engine of a SPARQL endpoint somewhere else, and the HTTP by which exograph speaks to triplestores."""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from io import BytesIO
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import pyoxigraph as ox

from exograph.binding import Bindings, bound
from exograph.built import Built, prefixes_of
from exograph.engines import Native, Solutions, names_graphs
from exograph.errors import UsageError
from exograph.places import Places
from exograph.terms import GRAPH

if TYPE_CHECKING:
    import requests

USER, PASSWORD = "EXOGRAPH_STORE_USER", "EXOGRAPH_STORE_PASSWORD"
CONNECT, ANSWER = 10, 900  # seconds to wait for a connection and for an answer
LONGEST = 256 << 20  # bytes of an answer, unpacked
RESULTS, TRIPLES = "application/sparql-results+json", "application/n-triples"
PLAIN = (ox.RdfFormat.N_TRIPLES, ox.RdfFormat.TURTLE)  # forms of triples without entities that multiply or contexts that are fetched
CUT = "X-SPARQL-MaxRows"  # by which Virtuoso tells that it has cut an answer
_GRAPHS = f"""
PREFIX sd: <http://www.w3.org/ns/sparql-service-description#>
SELECT DISTINCT ?graph WHERE {{ GRAPH {GRAPH.dataset} {{ ?service sd:namedGraph/sd:name ?graph }} }}
"""
_FORM = re.compile(r"(?:\s|#.*\n|BASE\s*<[^>]*>|PREFIX\s+\S*?:\s*<[^>]*>)*(\w+)", re.IGNORECASE)  # Virtuoso writes triples as a table where it may
Ask = Callable[[], tuple[str, str]]


class Http:
    """Requests to one store.

    Credentials come from the environment or from ``ask``, and go out once the store wants them; nothing follows a redirect, and
    no proxy or netrc of the environment is used. Raises UsageError for an address that is none or that holds credentials.
    """

    def __init__(self, url: str, ask: Ask | None = None) -> None:
        import requests

        parts = urlsplit(url)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise UsageError(f"{url}: not the address of a store — write http://host:port and its path")
        if parts.username or parts.password:
            raise UsageError(f"{parts.hostname}: credentials stand in no address — set {USER} and {PASSWORD}")
        self.url, self.ask = url.rstrip("/"), ask
        self.session = requests.Session()
        self.session.trust_env = False

    def address(self, path: str) -> str:
        """An address below that of the store."""
        return f"{self.url}/{path}" if path else self.url

    def send(self, method: str, path: str = "", data: Callable[[], Any] = lambda: None, **more: Any) -> requests.Response:
        """Send a request; ``data`` makes the body, afresh where credentials are wanted.

        Raises UsageError that names the address and what was said where the answer is other than a success.
        """
        import requests
        from urllib3.exceptions import HTTPError

        address = self.address(path)
        waiting: dict[str, Any] = {"timeout": (CONNECT, ANSWER), "allow_redirects": False, "stream": True, **more}
        try:
            found = _whole(self.session.request(method, address, data=data(), **waiting), address)
            if found.status_code == requests.codes.unauthorized and self._sign(found.headers.get("WWW-Authenticate", "")):
                found = _whole(self.session.request(method, address, data=data(), **waiting), address)
        except (requests.RequestException, HTTPError) as error:
            raise UsageError(f"{address}: no answer ({_reason(error)}) — see that the store runs there and try again") from error
        if found.status_code in (requests.codes.unauthorized, requests.codes.forbidden):
            raise UsageError(f"{address}: refused ({found.status_code}) — set {USER} and {PASSWORD} to credentials that may do this")
        if not requests.codes.ok <= found.status_code < requests.codes.multiple_choices:
            said = " ".join(found.text.split())[:200]
            raise UsageError(f"{address}: answered {found.status_code} ({said}) — see that the address and the kind of store are right")
        return found

    def _sign(self, wanted: str) -> bool:
        """Take up the credentials at hand in the way the store wants them; whether there are any that it has not seen."""
        from requests.auth import HTTPBasicAuth, HTTPDigestAuth

        user, password = os.environ.get(USER, ""), os.environ.get(PASSWORD, "")
        if self.session.auth or not (user or self.ask):
            return False
        if not user and self.ask:
            user, password = self.ask()
        self.session.auth = (HTTPDigestAuth if wanted.lower().startswith("digest") else HTTPBasicAuth)(user, password)
        return True


def _whole(found: requests.Response, address: str) -> requests.Response:
    """An answer that was read to its end. Raises UsageError where that is further than anybody needs."""
    data = bytearray()
    with found:
        while part := found.raw.read(1 << 16, decode_content=True):
            data += part
            if len(data) > LONGEST:
                raise UsageError(f"{address}: the answer is longer than {LONGEST >> 20} MiB — ask for less at a time")
    found.raw = BytesIO(data)
    return found


def _reason(error: BaseException) -> str:
    """The innermost cause of a failure, in a few words."""
    while (cause := error.__cause__ or error.__context__) is not None:
        error = cause
    return " ".join(str(error).split())[:120] or type(error).__name__


class Remote(Native):
    """The engine of a SPARQL 1.1 endpoint that holds a release, over the union of the graphs that its description lists.

    Raises UsageError where the endpoint holds no release.
    """

    local = False

    def __init__(self, http: Http, path: str = "") -> None:
        self.http, self.path = http, path
        self.graphs: list[str] = []
        self.graphs = [graph.value for (graph,) in self.select(_GRAPHS).rows]
        if not self.graphs:
            raise UsageError(f"{http.address(path)}: holds no exograph — load a release into it (exograph load)")

    def _query(self, query: str, bindings: Bindings | None = None) -> Solutions | bool | list[ox.Triple]:
        form: dict[str, Any] = {"query": bound(query, bindings or {})}
        if not names_graphs(query):
            form |= {"default-graph-uri": self.graphs, "named-graph-uri": self.graphs}
        told = _FORM.match(query)
        accepted = TRIPLES if told and told[1].lower() in ("construct", "describe") else RESULTS
        found = self.http.send("POST", self.path, lambda: form, headers={"Accept": accepted})
        where, kind = self.http.address(self.path), found.headers.get("Content-Type", "").partition(";")[0].strip()
        try:
            if kind != RESULTS:
                if (triples := ox.RdfFormat.from_media_type(kind)) not in PLAIN:
                    raise UsageError(f"{where}: answers with the type {kind[:80]!r}, which was not asked for — see that the address is right")
                return [*ox.parse(found.content, format=triples)]
            result = ox.parse_query_results(found.content, format=ox.QueryResultsFormat.JSON)
            if isinstance(result, ox.QueryBoolean):
                return bool(result)
            rows = [*map(tuple, result)]
        except (SyntaxError, ValueError) as error:
            raise UsageError(f"{where}: the answer breaks off ({' '.join(str(error).split())[:120]}) — ask for less at a time") from error
        limit = int(found.headers.get(CUT, "0"))
        if limit and len(rows) >= limit:
            raise UsageError(f"{where}: the store cuts answers at {limit} rows — ask for less at a time, by LIMIT and OFFSET")
        return Solutions(tuple(variable.value for variable in result.variables), rows)


def remote(root: Places, endpoint: str) -> Built:
    """What an endpoint holds, to be asked by the questions of a folder. Raises UsageError where it does not answer or holds no release."""

    def refused() -> ox.Dataset:
        raise UsageError("the data stay at the endpoint — leave out --endpoint to have them here")

    engine = Remote(Http(endpoint))
    return Built(root, prefixes_of(engine), engine, refused)
