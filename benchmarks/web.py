"""Requests a second: servers side by side, a light query from clients that keep their connection."""

from __future__ import annotations

import math
import socket
import subprocess
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from statistics import median, quantiles
from urllib.parse import quote

from benchmarks.measure import Cost, Figure, environment

CLIENTS = 8
QUERY = "SELECT ?label { <https://w3id.org/exograph/ontology#ultracentrifugation> <http://www.w3.org/2000/01/rdf-schema#label> ?label }"
PATH = f"/sparql?query={quote(QUERY)}"
HEADERS = {"Accept": "application/sparql-results+json"}
Command = Callable[[int], Sequence[str | Path]]


def get(connection: HTTPConnection) -> bytes:
    """The answer to the query. Raises OSError where it is none."""
    try:
        connection.request("GET", PATH, headers=HEADERS)
        reply = connection.getresponse()
        body = reply.read()
    except HTTPException as error:
        raise OSError(str(error)) from error
    if reply.status != 200 or b"ultracentrifugation" not in body:
        raise OSError(f"status {reply.status}: {body[:80]!r}")
    return body


def burst(port: int, seconds: float) -> list[float]:
    """How long each request of all clients took, within so many seconds. Raises OSError where one was not answered."""
    times: list[float] = []
    failures: list[OSError] = []
    until = time.perf_counter() + seconds

    def client() -> None:
        connection = HTTPConnection("127.0.0.1", port, timeout=30)
        try:
            while (begun := time.perf_counter()) < until:
                get(connection)
                times.append(time.perf_counter() - begun)
        except OSError as error:
            failures.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=client) for _ in range(CLIENTS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if failures:
        raise failures[0]
    return times


@contextmanager
def serving(command: Command, cache: Path, patience: float) -> Iterator[int]:
    """The port of a server from when it answers; it ends with the block. Raises OSError where it does not come to that."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port: int = free.getsockname()[1]
    process = subprocess.Popen(command(port), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=environment(cache))
    try:
        until = time.perf_counter() + patience
        while True:
            try:
                get(HTTPConnection("127.0.0.1", port, timeout=30))
                break
            except OSError:
                if process.poll() is not None or time.perf_counter() > until:
                    raise
                time.sleep(0.2)
        yield port
    finally:
        process.terminate()
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def measured(size: int, servers: dict[str, Command], repeat: int, seconds: float, cache: Path) -> list[Figure]:
    """The figures of servers that are asked in turn: wall clock is what one request takes of the server's time, the inverse of the rate."""
    out: dict[str, Figure] = {}
    rates: dict[str, list[float]] = {name: [] for name in servers}
    waits: dict[str, list[float]] = {name: [] for name in servers}
    with ExitStack() as stack:
        ports: dict[str, int] = {}
        for name, command in servers.items():
            try:
                ports[name] = stack.enter_context(serving(command, cache, 120))
            except OSError as error:
                out[name] = Figure("http", name, size, note=str(error)[:160])
        for number in range(repeat):
            names = [name for name in ports if name not in out]
            first = number % max(1, len(names))
            for name in [*names[first:], *names[:first]]:
                try:
                    times = burst(ports[name], seconds)
                except OSError as error:
                    out[name] = Figure("http", name, size, note=str(error)[:160])
                    continue
                rates[name].append(len(times) / seconds)
                waits[name] += times
    for name in servers:
        if name not in out and rates[name]:
            cut = quantiles(waits[name], n=100)
            more = {"p50": cut[49] * 1000, "p99": cut[98] * 1000}
            out[name] = Figure("http", name, size, Cost(math.nan, 1 / median(rates[name])), len(rates[name]), more=more)
    return [out[name] for name in servers if name in out]
