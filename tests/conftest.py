"""What tests share: the data, the dataset built once, a copy to spoil, the pinned text if it is at hand."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest

from exograph.built import Built
from exograph.graphs import build
from exograph.places import ROOMS, Places, places

REPOSITORY = Path(__file__).parent.parent
os.environ["XDG_CACHE_HOME"] = str(REPOSITORY / "build" / "cache")  # commands that tests start keep their datasets here
STAND_INS = REPOSITORY / "tests" / "fixtures" / "federated"
Spoil = Callable[[str, str, str, str], None]


@pytest.fixture(autouse=True)
def bare_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """No test depends on what the developer has set."""
    monkeypatch.delenv("EXOGRAPH_ROOT", raising=False)
    monkeypatch.setenv("COLUMNS", "120")
    monkeypatch.setenv("TERM", "dumb")


@pytest.fixture(scope="session")
def data() -> Places:
    """The data of the checkout."""
    return places(REPOSITORY)


@pytest.fixture(scope="session")
def built(data: Places) -> Built:
    """The dataset of the checkout."""
    return build(data.root)


@pytest.fixture(scope="session")
def text() -> Path:
    """The folder of the pinned texts; the test is skipped where it is not at hand."""
    place = os.environ.get("EXOGRAPH_SOURCES")
    if not place:
        pytest.skip("the text of the review is not at hand: EXOGRAPH_SOURCES names no folder")
    return Path(place)


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """A copy of the data that a test may spoil."""
    for room in ROOMS:
        shutil.copytree(REPOSITORY / room, tmp_path / "copy" / room)
    return tmp_path / "copy"


@pytest.fixture
def spoil(copy: Path) -> Spoil:
    """Write a value into one cell of the copy: table, id of the row, column, value."""
    return spoiling(copy)


def spoiling(copy: Path) -> Spoil:
    """What writes a value into one cell of the first review of a copy: table, id of the row, column, value."""

    def write(table: str, row: str, column: str, value: str) -> None:
        path = copy / "reviews" / "han2023" / table
        head, *lines = path.read_text(encoding="utf-8").splitlines()
        at = head.split("\t").index(column)
        cells = [line.split("\t") for line in lines]
        (found,) = [line for line in cells if line[0] == row]
        found[at] = value
        path.write_text("\n".join([head, *("\t".join(line) for line in cells)]) + "\n", encoding="utf-8", newline="\n")

    return write


@contextmanager
def served(path: Path) -> Iterator[str]:
    """The address at which the server of Oxigraph answers queries over a file of Turtle; the test is skipped where there is no such server."""
    program = shutil.which("oxigraph", path=f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}")
    if program is None:
        pytest.skip("the server of Oxigraph is not installed: pip install oxigraph")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        place = f"127.0.0.1:{free.getsockname()[1]}"
    process = subprocess.Popen([program, "serve", "--bind", place], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        headers = {"Content-Type": "text/turtle"}
        request = urllib.request.Request(f"http://{place}/store?default", path.read_bytes(), headers, method="PUT")
        while True:
            try:
                urllib.request.urlopen(request).close()
                break
            except urllib.error.URLError as error:
                if process.poll() is not None or not isinstance(error.reason, ConnectionRefusedError):
                    raise
                time.sleep(0.05)  # until it has started
        yield f"http://{place}/query"
    finally:
        process.terminate()
        process.wait()


@pytest.fixture(scope="session")
def stand_ins() -> Iterator[list[str]]:
    """For each endpoint that a saved question asks, ``address=mirror``: a local server with a few facts in the words of that endpoint."""
    with ExitStack() as stack:
        yield [f"https://{path.stem}/sparql={stack.enter_context(served(path))}" for path in sorted(STAND_INS.glob("*.ttl"))]


@pytest.fixture(scope="session")
def small(data: Places, tmp_path_factory: pytest.TempPathFactory) -> Places:
    """The ontology without any review, which is built in no time; it is not to be spoilt."""
    return without_reviews(data, tmp_path_factory.mktemp("small") / "root")


def without_reviews(data: Places, root: Path) -> Places:
    """A folder with the ontology alone: no row, no mapping, no extract of other ontologies."""

    def foreign(folder: str, names: list[str]) -> list[str]:
        return [name for name in names if Path(folder).name == "imports" and name != "external.ttl"]

    shutil.copytree(data.ontology, root / "ontology", ignore=foreign)
    shutil.copytree(data.queries, root / "queries", ignore=shutil.ignore_patterns("*.tsv"))
    shutil.copytree(data.shapes, root / "shapes")
    (root / "ontology" / "mappings.sssom.tsv").unlink()
    (root / "reviews").mkdir()
    shutil.copy(data.reviews / "tables.json", root / "reviews")
    return places(root)


def of_reviews(data: Places, root: Path, *keys: str) -> Places:
    """A folder with some of the reviews alone."""
    for room in ROOMS:
        shutil.copytree(data.root / room, root / room)
    for path in (root / "reviews").iterdir():
        if path.is_dir() and path.name not in keys:
            shutil.rmtree(path)
    return places(root)
