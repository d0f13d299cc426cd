"""Whatever comes over the wire is answered by a status of HTTP below 500 or cut off, and the server goes on."""

from __future__ import annotations

import random
import socket
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from pathlib import Path

import pytest
import requests

from exograph.places import Places
from tests.served import family, listening, serving, until

pytestmark = pytest.mark.xdist_group("serving")

QUERY = b"query=ASK%7B%7D"
SMUGGLED = b"GET /questions HTTP/1.1\r\nHost: localhost\r\n\r\n"
FORM = b"Content-Type: application/x-www-form-urlencoded\r\n"


@pytest.fixture(scope="module")
def url(small: Places, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A server over the ontology without reviews."""
    with serving(small, tmp_path_factory.mktemp("server")) as address:
        yield address


def connected(url: str) -> socket.socket:
    host, _, port = url.removeprefix("http://").partition(":")
    return socket.create_connection((host, int(port)), timeout=60)


def said(url: str, sent: bytes, wait: float = 60) -> bytes:
    """All that the server says to some bytes, until it closes or has said nothing for some seconds."""
    with connected(url) as one:
        one.settimeout(wait)
        with suppress(OSError):
            one.sendall(sent)
        parts = []
        with suppress(OSError):
            while part := one.recv(1 << 16):
                parts.append(part)
        return b"".join(parts)


def statuses(answer: bytes) -> list[int]:
    """The statuses of the answers in some bytes."""
    return [int(line.split(b" ")[1]) for line in answer.split(b"\r\n") if line.startswith(b"HTTP/1.1 ")] + [
        int(line.partition(b"HTTP/1.1 ")[2][:3]) for line in answer.split(b"\r\n") if b"HTTP/1.1 " in line[1:]
    ]


def request(target: bytes = b"/healthz", *lines: bytes, method: bytes = b"GET", body: bytes = b"", host: bytes = b"localhost") -> bytes:
    return b"%s %s HTTP/1.1\r\nHost: %s\r\nConnection: close\r\n%s\r\n%s" % (method, target, host, b"".join(lines), body)


# what is sent, and the status of the first answer; None where the connection may be cut without one
SHAPES: dict[str, tuple[bytes, set[int | None]]] = {
    "no HTTP": (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + bytes(200), {400, None}),
    "an old request": (b"GET /healthz\r\n\r\n", {400}),
    "HTTP/2 by prior knowledge": (b"PRI * HTTP/2.0\r\n\r\n", {400, 421}),
    "no Host": (b"GET /healthz HTTP/1.1\r\n\r\n", {400, 421}),
    "two Hosts": (b"GET /healthz HTTP/1.1\r\nHost: localhost\r\nHost: evil.example\r\n\r\n", {400, 421}),
    "an address as target": (request(b"http://evil.example/healthz"), {200, 400, 404, 421}),
    "a target that is none": (request(b"*"), {400, 404}),
    "CONNECT": (request(b"evil.example:443", method=b"CONNECT"), {400, 404, 405}),
    "TRACE": (request(b"/", method=b"TRACE"), {400, 405}),
    "a method of 10000 letters": (request(method=b"A" * 10_000), {400, 405}),
    "a name of 100000 bytes": (request(b"/", b"A" * 100_000 + b": b\r\n"), {400, 431}),
    "a value of 100000 bytes": (request(b"/", b"Cookie: " + b"a" * 100_000 + b"\r\n"), {400, 431}),
    "10000 headers": (request(b"/", *[b"X-%d: a\r\n" % number for number in range(10_000)]), {400, 431}),
    "a target of 100000 bytes": (request(b"/" + b"a" * 100_000), {400, 414, 431}),
    "a header with NUL": (request(b"/", b"X: a\0b\r\n"), {400}),
    "a header with a bare line end": (request(b"/", b"X: a\rSet-Cookie: b\r\n"), {400}),
    "a space before the colon": (request(b"/", b"Content-Length : 5\r\n", method=b"POST", body=b"12345"), {400}),
    "a folded header": (request(b"/healthz", b"X: a\r\n b\r\n"), {200, 400}),
    "length and chunks": (
        request(b"/sparql", FORM, b"Content-Length: 4\r\nTransfer-Encoding: chunked\r\n", method=b"POST", body=b"0\r\n\r\n" + SMUGGLED),
        {400},
    ),
    "two lengths": (request(b"/sparql", FORM, b"Content-Length: 5\r\nContent-Length: 15\r\n", method=b"POST", body=QUERY), {400}),
    "a length with a sign": (request(b"/sparql", FORM, b"Content-Length: +15\r\n", method=b"POST", body=QUERY), {400}),
    "a length of many digits": (request(b"/sparql", FORM, b"Content-Length: " + b"9" * 30 + b"\r\n", method=b"POST", body=QUERY), {400, 413, None}),
    "a chunk of a size that is none": (request(b"/sparql", FORM, b"Transfer-Encoding: chunked\r\n", method=b"POST", body=b"zz\r\n"), {400, None}),
    "a chunk of a size without end": (request(b"/sparql", FORM, b"Transfer-Encoding: chunked\r\n", method=b"POST", body=b"0" * 100_000), {400, None}),
    "an unknown encoding": (request(b"/sparql", FORM, b"Transfer-Encoding: gzip, chunked\r\n", method=b"POST", body=b"0\r\n\r\n"), {400}),
    "chunked twice": (request(b"/sparql", FORM, b"Transfer-Encoding: chunked, chunked\r\n", method=b"POST", body=b"0\r\n\r\n"), {400}),
    "xchunked": (request(b"/sparql", FORM, b"Transfer-Encoding: xchunked\r\n", method=b"POST", body=b"0\r\n\r\n"), {400}),
    "a body with GET": (request(b"/healthz", b"Content-Length: 5\r\n", body=b"12345"), {200}),
    "an upgrade": (request(b"/healthz", b"Upgrade: websocket\r\nConnection: Upgrade\r\n"), {200, 400}),
    "a byte beyond ASCII in the target": (request(b"/id/\xff"), {400, 404}),
    "a percent sign alone": (request(b"/id/%"), {400, 404}),
    "half an escape": (request(b"/id/%4"), {400, 404}),
    "an escape of a byte": (request(b"/id/%FF%FE"), {404}),
    "an escape of NUL": (request(b"/assets/%00"), {404}),
    "an escape of a line end": (request(b"/id/%0d%0aSet-Cookie:%20a=b"), {404}),
    "a query that is not UTF-8": (request(b"/sparql?query=%ff"), {400}),
    "a query with an escape of NUL": (request(b"/sparql?query=ASK%7B%7D%00"), {400}),
    "a path upwards": (request(b"/../../../../etc/passwd"), {404}),
    "a path upwards in escapes": (request(b"/%2e%2e/%2e%2e/%2e%2e/etc/passwd"), {404}),
    "a path upwards from the assets": (request(b"/assets/../../../../../../etc/passwd"), {404}),
    "a path upwards from the assets in escapes": (request(b"/assets/..%2f..%2f..%2f..%2fetc%2fpasswd"), {404}),
    "a path with backslashes": (request(b"/assets/..\\..\\..\\etc\\passwd"), {400, 404}),
    "an absolute path below the assets": (request(b"/assets//etc/passwd"), {404}),
    "two strokes": (request(b"//etc/passwd"), {404}),
    "a file of the package": (request(b"/assets/../views.py"), {404}),
    "a name of 5000 letters": (request(b"/assets/" + b"a" * 5000), {404}),
    "a range without end": (request(b"/healthz", b"Range: bytes=" + b",".join([b"0-"] * 2000) + b"\r\n"), {200, 206, 416}),
    "a range of an asset": (request(b"/assets/engine.js", b"Range: bytes=" + b",".join([b"0-"] * 5000) + b"\r\n"), {200, 206, 400, 416}),
    "a list of formats without end": (request(b"/sparql?query=ASK%7B%7D", b"Accept: " + b"a/b;q=0.1," * 5000 + b"*/*\r\n"), {200, 406}),
    "tags without end": (request(b"/questions", b"If-None-Match: " + b'"a",' * 10_000 + b'"b"\r\n'), {200}),
    "a date that is none": (request(b"/assets/engine.js", b"If-Modified-Since: \xff\xfe\r\n"), {200}),
}  # fmt: skip


@pytest.mark.parametrize("case", SHAPES)
def test_whatever_comes_is_answered_below_500_or_cut_off(url: str, case: str) -> None:
    sent, allowed = SHAPES[case]
    answer = said(url, sent)
    found = statuses(answer)
    assert (found[0] if found else None) in allowed, answer[:300]
    assert all(status < 500 for status in found)
    assert len(found) <= 1, "what was smuggled in was answered as a request of its own"
    assert b"root:" not in answer
    assert b"Traceback" not in answer
    assert b"Set-Cookie" not in answer.partition(b"\r\n\r\n")[0]
    assert requests.get(f"{url}/healthz", timeout=60).status_code == 200


@dataclass
class Idlers:
    """Who keeps a server waiting, all since one moment: with the beginnings of heads, with a part of a body, with answers that nobody reads."""

    heads: dict[socket.socket, bytes]
    body: socket.socket
    server: int
    before: int  # how many descriptors the server held
    since: float


@pytest.fixture(scope="module")
def idlers(url: str) -> Iterator[Idlers]:
    port = int(url.rpartition(":")[2])
    before = descriptors(listening(port))
    with ExitStack() as stack:
        for target in (b"/sparql?query=SELECT%20*%20%7B%3Fa%20%3Fb%20%3Fc%7D", b"/assets/engine.js"):
            one = stack.enter_context(socket.socket())
            one.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            one.connect(("127.0.0.1", port))
            one.sendall(request(target).replace(b"Connection: close\r\n", b"") * 8)
        starts = (b"", b"GET /healthz HTTP/1.1\r\nHost: localhost\r\nX: ", b"POST /sparql HTTP/1.1\r\n")
        heads = {stack.enter_context(connected(url)): start for start in starts}
        for one, start in heads.items():
            one.sendall(start)
        body = stack.enter_context(connected(url))
        body.sendall(b"POST /sparql HTTP/1.1\r\nHost: localhost\r\n" + FORM + b"Content-Length: 1000\r\n\r\nquery=")
        yield Idlers(heads, body, listening(port), before, time.monotonic())


def test_who_sends_no_head_is_cut_off(idlers: Idlers) -> None:
    """Though a byte comes now and then."""
    waiting = {*idlers.heads}

    def all_cut() -> bool:
        for one in [*waiting]:
            one.settimeout(0.2)
            try:
                one.sendall(b"a" if idlers.heads[one] else b"")
                cut = one.recv(1000) == b""
            except TimeoutError:
                cut = False
            except ConnectionError:
                cut = True
            if cut:
                one.close()
                waiting.remove(one)
        return not waiting

    until(all_cut, "the connections are cut off")


def test_who_sends_a_body_too_slowly_is_told_and_cut_off(idlers: Idlers) -> None:
    answer = b""
    while part := idlers.body.recv(1000):
        answer += part
    assert statuses(answer) == [408]
    idlers.body.close()


def test_who_does_not_read_his_answer_is_cut_off(idlers: Idlers) -> None:
    """Neither an answer nor a file that is sent in pieces."""
    time.sleep(max(0, idlers.since + 8 - time.monotonic()))  # longer than uvicorn keeps a connection on which all was said
    assert descriptors(idlers.server) >= idlers.before + 2, "nothing is left to read: the test shows nothing"
    until(lambda: descriptors(idlers.server) <= idlers.before, "the connections are cut off")


def descriptors(pid: int) -> int:
    """How many descriptors a process holds; the test is skipped where the system does not tell."""
    place = Path(f"/proc/{pid}/fd")
    if not place.exists():
        pytest.skip("the system does not list the descriptors of a process under /proc")
    return len([*place.iterdir()])


def resident(pid: int) -> int:
    """The bytes of memory of a process and all that descend from it."""
    pages = 0
    for one in {pid, *family(pid)}:
        with suppress(OSError):
            pages += int(Path(f"/proc/{one}/statm").read_text().split()[1])
    return pages * 4096


def test_over_many_requests_neither_memory_nor_descriptors_grow(url: str) -> None:
    """Of every kind, refused ones among them; the long form of the campaign sends ten thousand and more."""
    server = listening(int(url.rpartition(":")[2]))
    drawn = random.Random(8)
    paths = ["/sparql?query=ASK{}", "/sparql?query=nonsense", "/id/nobody", "/questions", "/healthz", "/ontology", "/assets/../x", "/questions/none"]

    def some(number: int) -> None:
        with requests.Session() as session:
            for _ in range(number):
                session.get(url + drawn.choice(paths), timeout=60)

    some(60)
    until(lambda: len(family(server)) == 1, "only the zygote is left")
    memory, open_ones = resident(server), descriptors(server)
    with ThreadPoolExecutor(4) as threads:
        [*threads.map(some, [60] * 4)]
    until(lambda: len(family(server)) == 1 and descriptors(server) <= open_ones + 2, "no process and no descriptor is left over")
    assert resident(server) < memory * 1.1 + (8 << 20)


def test_many_clients_at_once_are_answered_or_told_to_wait(url: str) -> None:
    """Two hundred at a time: each gets an answer of HTTP, and none a broken connection; a light query is answered in the end."""

    def one(number: int) -> int:
        heavy = "SELECT (COUNT(*) AS ?n) { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i }"
        return requests.get(f"{url}/sparql", params={"query": heavy if number % 20 == 0 else "ASK{}"}, timeout=120).status_code

    with ThreadPoolExecutor(200) as threads:
        found = [*threads.map(one, range(400))]
    assert set(found) <= {200, 429, 503}
    assert {200, 429} <= set(found)
    until(lambda: requests.get(f"{url}/sparql?query=ASK{{}}", timeout=60).status_code == 200, "a light query is answered")
