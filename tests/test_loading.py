"""A release goes into a running store whole or not at all, and a second time changes nothing."""

from __future__ import annotations

import os
import re
import select
import shutil
import socket
import socketserver
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import urlsplit

import pyoxigraph as ox
import pytest
import requests

from exograph import terms
from exograph.built import Built
from exograph.errors import UsageError
from exograph.graphs import build
from exograph.loading import STAGING, STORES, _Client, load
from exograph.manifests import DATASET, MANIFEST, described, manifest, read_manifest
from exograph.places import Places
from exograph.release import release as write_release
from exograph.remote import PASSWORD, USER
from tests.rdf import GRAPH
from tests.served import until
from tests.stores import KINDS, STARTERS, free_port
from tests.test_writing import small_disk

pytestmark = pytest.mark.xdist_group("loading")


@pytest.fixture(scope="module", params=KINDS)
def store(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, str]]:
    """The kind of a store and its address."""
    with STARTERS[request.param](tmp_path_factory.mktemp(request.param)) as url:
        yield request.param, url


@pytest.fixture(autouse=True)
def signed(monkeypatch: pytest.MonkeyPatch) -> None:
    """What Virtuoso wants of who writes; the others take no notice."""
    monkeypatch.setenv(USER, "dba")
    monkeypatch.setenv(PASSWORD, "dba")


@pytest.fixture(scope="module")
def release(small: Places, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A release of the ontology without reviews."""
    folder = tmp_path_factory.mktemp("release") / "small"
    write_release(build(small.root), folder)
    return folder


@pytest.fixture(scope="module")
def later(small: Places, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The release after it: one label is another, and one graph is gone."""
    folder = tmp_path_factory.mktemp("release") / "later"
    built = build(small.root)
    graph = terms.GRAPH.queries
    kept = ox.Dataset(quad for quad in built.quads if quad.graph_name != graph and terms.text(quad.object) != "precipitation")
    write_release(Built(built.places, built.prefixes, built.engine, lambda: kept), folder)
    return folder


def held(store: tuple[str, str]) -> dict[str, int]:
    """The graphs of exograph in a store with their sizes, staging graphs included."""
    client = _Client(store[1], STORES[store[0]], None)
    rows = client.select("SELECT ?g (COUNT(*) AS ?n) WHERE { GRAPH ?g { ?s ?p ?o } } GROUP BY ?g")
    return {row["g"]: int(row["n"]) for row in rows if row["g"].startswith(str(GRAPH))}


def counts(folder: Path) -> dict[str, int]:
    return {str(GRAPH[name]): count for name, count in read_manifest(folder)[1].items() if count}


def test_a_release_is_loaded_and_a_second_load_changes_nothing(store: tuple[str, str], release: Path) -> None:
    kind, url = store
    steps: list[str] = []
    found = load(release, url, kind, say=steps.append)
    assert {str(graph): count for graph, count in found.rows} == counts(release) == held(store)
    assert any("swapped in" in step for step in steps)
    load(release, url, kind)
    assert held(store) == counts(release)


def test_what_others_keep_there_is_left_alone(store: tuple[str, str], release: Path) -> None:
    kind, url = store
    client = _Client(url, STORES[kind], None)
    client.change(["INSERT DATA { GRAPH <http://example.org/mine> { <http://example.org/a> <http://example.org/b> 1 } }"])
    load(release, url, kind)
    assert client.count("http://example.org/mine") == 1


def test_a_later_release_takes_the_place_of_an_earlier_one(store: tuple[str, str], release: Path, later: Path) -> None:
    kind, url = store
    load(release, url, kind)
    load(later, url, kind)
    assert held(store) == counts(later)
    assert counts(later) != counts(release)
    assert str(GRAPH.queries) not in held(store)


@pytest.fixture(scope="module")
def reviewed(data: Places, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """A release of two reviews, and one of the first of them alone."""
    folder = tmp_path_factory.mktemp("reviewed")
    for room in ("ontology", "shapes", "queries"):
        shutil.copytree(data.root / room, folder / "data" / room)
    (folder / "data" / "reviews").mkdir()
    for path in [*data.reviews.glob("*.*")]:
        shutil.copy(path, folder / "data" / "reviews")
    for number, key in enumerate(("jo2019", "jtm2022"), 1):
        shutil.copytree(data.reviews / key, folder / "data" / "reviews" / key)
        write_release(build(folder / "data"), folder / str(number))
    return folder / "2", folder / "1"


def test_a_review_is_taken_out_and_put_in_alone(store: tuple[str, str], reviewed: tuple[Path, Path]) -> None:
    """What is derived over all reviews is true after each step, and the graph of the other review is not sent."""
    kind, url = store
    two, one = reviewed
    load(two, url, kind)
    steps: list[str] = []
    load(one, url, kind, reviews=["jtm2022"], say=steps.append)
    assert held(store) == counts(one)
    assert str(GRAPH.jtm2022) not in held(store)
    load(two, url, kind, reviews=["jtm2022"], say=steps.append)
    assert held(store) == counts(two)
    assert not any(f"triples of {GRAPH.jo2019}" in step or f"triples of {GRAPH.ontology}" in step for step in steps)


def test_a_review_alone_does_not_go_beside_other_data(store: tuple[str, str], release: Path, reviewed: tuple[Path, Path]) -> None:
    kind, url = store
    load(reviewed[1], url, kind)
    with pytest.raises(UsageError, match=r"neither the release nor the store has a review of that key"):
        load(reviewed[1], url, kind, reviews=["smith2024"])
    load(release, url, kind)
    with pytest.raises(UsageError, match=r"holds \d+ triples there and \d+ in the release — load the whole release"):
        load(reviewed[0], url, kind, reviews=["jtm2022"])
    assert held(store) == counts(release)


class Cutter(socketserver.ThreadingTCPServer):
    """A proxy before a store that lets so many bytes of requests through and then cuts every connection."""

    def __init__(self, url: str, limit: int) -> None:
        super().__init__(("127.0.0.1", 0), Cutting)
        parts = urlsplit(url)
        self.upstream, self.left = (str(parts.hostname), int(parts.port or 80)), limit
        self.url = f"http://127.0.0.1:{self.server_address[1]}{parts.path}"
        self.sent = 0
        self.watch: Callable[[int], object] = lambda sent: None


class Cutting(socketserver.BaseRequestHandler):
    """One connection through the proxy."""

    server: Cutter

    def handle(self) -> None:
        with suppress(OSError), socket.create_connection(self.server.upstream) as store:
            while True:
                ready, _, _ = select.select([self.request, store], [], [])
                for one in ready:
                    data = one.recv(4096)
                    self.server.left -= len(data) if one is self.request else 0
                    self.server.sent += len(data) if one is self.request else 0
                    self.server.watch(self.server.sent)
                    if not data or self.server.left < 0:
                        return
                    (store if one is self.request else self.request).sendall(data)


@contextmanager
def cut_after(url: str, limit: int) -> Iterator[str]:
    """The address of such a proxy."""
    with Cutter(url, limit) as proxy:
        threading.Thread(target=proxy.serve_forever, daemon=True).start()
        yield proxy.url
        proxy.shutdown()


@pytest.mark.parametrize("share", [0.02, *(tenth / 10 for tenth in range(1, 10)), 0.97])
def test_a_connection_that_is_cut_leaves_the_old_data(store: tuple[str, str], release: Path, later: Path, share: float) -> None:
    kind, url = store
    if held(store) != counts(release):
        load(release, url, kind)
    size = (later / DATASET).stat().st_size if STORES[kind].quads else sum(path.stat().st_size for path in (later / "graphs").iterdir())
    with cut_after(url, int(size * share)) as broken, pytest.raises(UsageError, match="no answer"):
        load(later, broken, kind)
    now = held(store)
    assert {graph: count for graph, count in now.items() if STAGING not in graph} == counts(release)
    if share > 0.9:  # what is left of all of them is not in the way of the next
        load(later, url, kind)
        assert held(store) == counts(later)


def test_a_store_that_counts_other_than_the_manifest_keeps_its_data(store: tuple[str, str], release: Path, later: Path, tmp_path: Path) -> None:
    """The manifest is right and so are the files, but one triple is refused: here it stands twice, in two spellings of one number."""
    kind, url = store
    load(release, url, kind)
    broken = tmp_path / "broken"
    doubled = build_with_twin(later, broken)
    with pytest.raises(UsageError, match=r"holds \d+ triples, not \d+"):
        load(doubled, url, kind)
    assert held(store) == counts(release)


def build_with_twin(folder: Path, out: Path) -> Path:
    """A copy of a release whose manifest counts one triple more than the files hold different ones."""
    shutil.copytree(folder, out)
    name = str(GRAPH.dataset)
    line = f'<http://example.org/a> <http://example.org/b> "{{}}"^^<http://www.w3.org/2001/XMLSchema#integer> <{name}> .\n'
    data = (out / DATASET).read_bytes() + (line.format("1") * 2).encode()
    (out / DATASET).write_bytes(data)
    turtle = (out / "graphs" / "dataset.ttl").read_bytes() + b"\n<http://example.org/a> <http://example.org/b> 1 .\n"
    (out / "graphs" / "dataset.ttl").write_bytes(turtle)
    files, graphs = read_manifest(out)
    files |= {DATASET: described(data), "graphs/dataset.ttl": described(turtle)}
    (out / MANIFEST).write_bytes(manifest(files, {**graphs, "dataset": graphs["dataset"] + 2}))
    return out


def run(*words: str, **environment: str) -> subprocess.CompletedProcess[str]:
    known = {name: value for name, value in os.environ.items() if name not in (USER, PASSWORD)}
    command = [sys.executable, "-m", "exograph", "load", *words]
    return subprocess.run(command, capture_output=True, text=True, check=False, env={**known, **environment}, stdin=subprocess.DEVNULL)


def test_the_command_tells_what_it_would_do_and_does_nothing(release: Path) -> None:
    done = run(f"http://127.0.0.1:{free_port()}", "--release", str(release), "--dry-run", "--store", "graphdb")
    assert done.returncode == 0, done.stderr
    assert "untested" in done.stderr
    assert "/statements" in done.stderr


@pytest.mark.parametrize(
    ("url", "store", "told"),
    [
        ("http://127.0.0.1:9", "oxigraph", "no answer"),
        ("http://me:secret@127.0.0.1:9", "oxigraph", "credentials stand in no address"),
        ("ftp://127.0.0.1", "oxigraph", "not the address of a store"),
        ("http://127.0.0.1:9", "blazegraph", "no store blazegraph"),
        ("http://127.0.0.1:9", "qlever", "run qlever-index -i exograph"),
    ],
)
def test_what_cannot_be_loaded_to_is_told_in_one_line(release: Path, url: str, store: str, told: str) -> None:
    done = run(url, "--release", str(release), "--store", store)
    assert done.returncode == 2
    assert told in done.stderr
    assert len(done.stderr.splitlines()) == 1
    assert "secret" not in done.stderr


def test_a_release_that_is_not_whole_is_not_loaded(release: Path, tmp_path: Path) -> None:
    broken = tmp_path / "broken"
    shutil.copytree(release, broken)
    whole = (broken / DATASET).read_bytes()
    (broken / DATASET).write_bytes(whole[: whole.rindex(b"\n", 0, len(whole) // 2) + 1])  # cut at the end of a line
    done = run("http://127.0.0.1:9", "--release", str(broken))
    assert done.returncode == 2
    assert "altered" in done.stderr


def test_without_credentials_virtuoso_is_not_written_to(release: Path, tmp_path: Path) -> None:
    with STARTERS["virtuoso"](tmp_path) as url:
        done = run(url, "--release", str(release), "--store", "virtuoso")
        assert done.returncode == 2
        assert USER in done.stderr
        assert len(done.stderr.splitlines()) <= 2


@contextmanager
def stored(folder: Path, *words: str) -> Iterator[tuple[str, subprocess.Popen[bytes]]]:
    """A server of Oxigraph over a folder on the disk, and its process."""
    program = Path(sys.executable).parent / "oxigraph"
    if not program.exists():
        pytest.skip("the server of Oxigraph is not installed: pip install oxigraph")
    place = f"127.0.0.1:{free_port()}"
    command: list[str | Path] = [program, *(words or ("serve",)), "--location", folder, "--bind", place]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        until(lambda: listens(place), "the server answers")
        yield f"http://{place}", process
    finally:
        process.kill()
        process.wait()


def listens(place: str) -> bool:
    host, _, port = place.partition(":")
    with suppress(OSError), socket.create_connection((host, int(port)), 1):
        return True
    return False


def test_a_store_that_is_killed_in_the_middle_has_the_old_data_when_it_is_back(release: Path, later: Path, tmp_path: Path) -> None:
    for share in (0.1, 0.5, 0.9):
        with stored(tmp_path / "db") as (url, process):
            load(release, url)
            size = int((later / DATASET).stat().st_size * share)

            def watch(sent: int, process: subprocess.Popen[bytes] = process, size: int = size) -> None:
                if sent > size:
                    process.kill()

            with passing(url, watch) as way, pytest.raises(UsageError, match="no answer"):
                load(later, way)
        with stored(tmp_path / "db") as (url, _):
            now = held(("oxigraph", url))
            assert {graph: count for graph, count in now.items() if STAGING not in graph} == counts(release)


@contextmanager
def passing(url: str, watch: Callable[[int], object]) -> Iterator[str]:
    """The address of a proxy before a store; ``watch`` is told how many bytes of requests have passed."""
    with Cutter(url, 1 << 40) as proxy:
        proxy.watch = watch
        threading.Thread(target=proxy.serve_forever, daemon=True).start()
        yield proxy.url
        proxy.shutdown()


def test_a_store_whose_disk_is_full_keeps_the_old_data(release: Path, later: Path, tmp_path: Path) -> None:
    with small_disk(tmp_path / "disk", "128m") as disk, stored(disk / "db") as (url, _):
        load(release, url)
        spare = shutil.disk_usage(disk).free - (1 << 20)
        (disk / "ballast").write_bytes(bytes(max(0, spare)))
        with pytest.raises(UsageError, match=r"no answer|answered 5|holds"):
            load(later, url)
        now = held(("oxigraph", url))
        assert {graph: count for graph, count in now.items() if STAGING not in graph} == counts(release)


def test_a_store_that_is_only_read_says_so_and_stays(release: Path, later: Path, tmp_path: Path) -> None:
    with stored(tmp_path / "db") as (url, _):
        load(release, url)
    with stored(tmp_path / "db", "serve-read-only") as (url, _):
        done = run(url, "--release", str(later))
        assert (done.returncode, len(done.stderr.splitlines())) == (2, 1), done.stderr
        assert held(("oxigraph", url)) == counts(release)


def test_a_wrong_password_is_told_in_one_line(store: tuple[str, str], release: Path, later: Path) -> None:
    kind, url = store
    if kind != "virtuoso":
        pytest.skip(f"{kind} as it is started here asks for no password")
    load(release, url, kind)
    done = run(url, "--release", str(later), "--store", kind, EXOGRAPH_STORE_USER="dba", EXOGRAPH_STORE_PASSWORD="no secret")
    assert done.returncode == 2
    assert "refused (401)" in done.stderr.splitlines()[-1]
    assert "no secret" not in done.stderr
    assert held(store) == counts(release)


@pytest.fixture
def transactional(store: tuple[str, str]) -> tuple[str, str]:
    """A store in which an update of several steps is one transaction."""
    if store[0] == "virtuoso":
        pytest.skip("Virtuoso has no transaction over an update of several steps: docs/reliability.md")
    return store


def test_two_that_load_at_once_leave_one_of_both_releases(transactional: tuple[str, str], release: Path, later: Path) -> None:
    """One of them may be told that another writes; whoever is told nothing has seen its own counts."""
    kind, url = transactional
    load(release, url, kind)

    def quiet(folder: Path) -> None:
        with suppress(UsageError):
            load(folder, url, kind)

    for _ in range(2):
        with ThreadPoolExecutor() as threads:
            [*threads.map(quiet, [release, later, later, release])]
        now = {graph: count for graph, count in held(transactional).items() if STAGING not in graph}
        assert now in (counts(release), counts(later))
    load(later, url, kind)
    assert held(transactional) == counts(later)


def test_a_load_that_another_overtook_is_told_so_and_puts_nothing_of_its_own(transactional: tuple[str, str], release: Path, later: Path) -> None:
    kind, url = transactional
    load(release, url, kind)

    def overtaken(line: str) -> None:
        if "hold the literals" in line:  # all is staged and looked over, and the swap is next
            load(later, url, kind)

    with pytest.raises(UsageError, match="another load was done before this one"):
        load(release, url, kind, say=overtaken)
    assert held(transactional) == counts(later)


def test_nothing_is_swapped_in_that_was_sent_by_another(transactional: tuple[str, str], release: Path, later: Path) -> None:
    """Though all that another sends comes between the look at what was sent and the swap."""
    kind, url = transactional
    sent, swapped = threading.Event(), threading.Event()
    others: list[Future[object]] = []

    def second(line: str) -> None:
        if "hold the literals" in line:
            sent.set()
            swapped.wait(60)

    with ThreadPoolExecutor() as threads:

        def first(line: str) -> None:
            if "hold the literals" in line:
                others.append(threads.submit(load, later, url, kind, say=second))
                sent.wait(60)

        try:
            load(release, url, kind, say=first)
        finally:
            swapped.set()
        with pytest.raises(UsageError, match="another load was done before this one"):
            others[0].result()
    assert held(transactional) == counts(release)


ALTERED: dict[str, Callable[[bytes], bytes]] = {
    "texts are cut": lambda data: data.replace(b"precipitation", b"precip"),
    "letters are lost": lambda data: "".join(sign if sign.isascii() else "?" for sign in data.decode()).encode(),
    "whole numbers are changed": lambda data: re.sub(rb'"(\d+)"(?=\^\^<http://www.w3.org/2001/XMLSchema#integer>)', rb'"1\1"', data),
    "lines are lost": lambda data: b"".join(line for number, line in enumerate(data.splitlines(keepends=True)) if number % 1000),
}


@pytest.mark.parametrize("case", ALTERED)
def test_a_store_that_alters_what_it_is_given_is_found_out_before_anything_is_swapped(
    store: tuple[str, str], release: Path, later: Path, case: str
) -> None:
    kind, url = store
    if kind != "oxigraph":
        pytest.skip("what stands before the store alters what is sent to it, which is the same for all of them")
    load(release, url, kind)

    class Altering(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            data = b"".join(iter(self.chunk, b"")) if self.headers.get("Transfer-Encoding") else self.rfile.read(int(self.headers["Content-Length"]))
            if self.path.startswith("/store"):
                data = ALTERED[case](data)
            headers = {name: self.headers[name] for name in ("Content-Type", "Accept") if name in self.headers}
            answer = requests.post(url + self.path, data=data, headers=headers, timeout=60)
            self.send_response(answer.status_code)
            self.send_header("Content-Length", str(len(answer.content)))
            self.end_headers()
            self.wfile.write(answer.content)

        def chunk(self) -> bytes:
            size = int(self.rfile.readline(), 16)
            data = self.rfile.read(size)
            self.rfile.readline()
            return data

        def log_message(self, format: str, *args: object) -> None:
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Altering) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        with pytest.raises(UsageError, match=r"the store alters what it is given|it recurs the store alters"):
            load(later, f"http://127.0.0.1:{server.server_address[1]}", kind)
        server.shutdown()
    assert held(store) == counts(release)
