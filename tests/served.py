"""A server of exograph for the tests, in a process of its own, and what can be learnt of processes."""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
import requests

from exograph.places import Places
from tests.stores import free_port, running


def until(true: Callable[[], bool], what: str) -> None:
    """Wait, for as long as a loaded machine may need, until something is so."""
    for _ in range(600):
        if true():
            return
        time.sleep(0.1)
    raise AssertionError(f"never: {what}")


def ready(url: str) -> bool:
    """Whether a query is answered there."""
    try:
        return requests.get(f"{url}/readyz", timeout=60).status_code == 200
    except requests.ConnectionError:
        return False


@contextmanager
def serving(root: Places, folder: Path, *options: str) -> Iterator[str]:
    """The address of a server over a folder of data, from the moment at which it answers queries."""
    if sys.platform == "win32":
        pytest.skip("Windows has no fork")
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    command: list[str | Path] = [sys.executable, "-m", "exograph", "serve", "--port", str(port), "--root", root.root, *options]
    with running(command, f"{url}/healthz", folder):
        until(lambda: ready(url), "the server is ready")
        yield url


def parents() -> dict[int, int]:
    """The parent of each process that lives; the test is skipped where the system does not tell."""
    if not Path("/proc/self/stat").exists():
        pytest.skip("the system does not list its processes under /proc")
    found = {}
    for path in Path("/proc").glob("[0-9]*/stat"):
        try:
            state, parent = path.read_text().rpartition(")")[2].split()[:2]
        except OSError:
            continue
        if state != "Z":
            found[int(path.parent.name)] = int(parent)
    return found


def family(pid: int) -> set[int]:
    """All that descend from a process."""
    known = parents()
    found = {pid}
    while more := {child for child, parent in known.items() if parent in found} - found:
        found |= more
    return found - {pid}


def listening(port: int) -> int:
    """The process that was started to serve at a port."""
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            words = path.read_bytes().split(b"\0")
        except OSError:
            continue
        if b"serve" in words and str(port).encode() in words:
            return int(path.parent.name)
    raise AssertionError(f"nothing serves at {port}")


@contextmanager
def trap() -> Iterator[tuple[str, list[str]]]:
    """An address of this machine, and the requests that come to it."""
    seen: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            seen.append(self.path)
            self.send_response(200)
            self.end_headers()

        do_POST = do_HEAD = do_GET  # noqa: N815

        def log_message(self, format: str, *args: object) -> None:
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        try:
            yield f"http://127.0.0.1:{server.server_address[1]}/sparql", seen
        finally:
            server.shutdown()
