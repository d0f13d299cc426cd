"""A dataset is built once for each state of the data, kept, and never trusted when it is damaged."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pyoxigraph as ox
import pytest

from exograph.built import Built
from exograph.cache import KEPT, QUADS, STORE, opened
from exograph.errors import UsageError
from exograph.graphs import build
from exograph.places import Places, places
from exograph.state import digest
from tests.conftest import REPOSITORY, Spoil, without_reviews
from tests.rdf import GRAPH

ASK = [sys.executable, "-m", "exograph", "ask", "contents", "--format", "csv", "--root"]


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder for what is kept."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return tmp_path / "cache" / "exograph"


@pytest.fixture
def small(data: Places, tmp_path: Path) -> Places:
    """A folder with the ontology alone, to be spoilt; the question counts what it holds."""
    return without_reviews(data, tmp_path / "small")


def entries(cache: Path) -> list[Path]:
    """The datasets that are kept."""
    return sorted(path for path in cache.glob("*") if len(path.name) == 64)


def ask(root: Places) -> subprocess.CompletedProcess[str]:
    done = subprocess.run([*ASK, str(root.root)], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "exog:IsolationMethod,isolation method,24" in done.stdout
    return done


def test_the_second_command_opens_what_the_first_has_built(cache: Path, small: Places) -> None:
    assert "damaged" not in ask(small).stderr
    (entry,) = entries(cache)
    assert entry.name == digest(small)
    first = (entry / QUADS).stat()
    ask(small)
    assert (entry / QUADS).stat() == first
    assert entries(cache) == [entry]


def test_an_entry_that_another_process_drops_while_it_is_open_is_made_anew_from_the_rows(cache: Path, small: Places) -> None:
    first, second = opened(small), opened(small)
    for entry in entries(cache):
        shutil.rmtree(entry)
    made, expected = ox.Dataset(first.quads), ox.Dataset(build(small.root).quads)
    for dataset in (made, expected):
        dataset.canonicalize(ox.CanonicalizationAlgorithm.UNSTABLE)  # class expressions have new names
    assert made == expected
    (small.ontology / "more.ttl").write_text("<urn:a> <urn:b> <urn:c> .", encoding="utf-8")
    with pytest.raises(UsageError, match="the data have changed since it was opened"):
        _ = second.quads


def test_what_is_opened_is_what_was_built_to_the_last_quad(cache: Path, data: Places, built: Built) -> None:
    opened(data)
    kept = opened(data)
    assert not kept.origins
    assert kept.prefixes.map == built.prefixes.map
    for graph in built.dataset.graphs():
        same = kept.dataset.graph(graph.identifier)
        assert len(same) == len(graph)
        blank = graph.identifier in {GRAPH.ontology, GRAPH.bridge}  # class expressions have new names
        assert blank or set(same) == set(graph), graph.identifier


def test_another_state_of_the_data_is_another_dataset(cache: Path, small: Places) -> None:
    before = opened(small)
    methods = small.ontology / "methods.ttl"
    methods.write_text(methods.read_text(encoding="utf-8").replace('"precipitation"@en', '"settling"@en'), encoding="utf-8")
    query = "SELECT ?label { <https://w3id.org/exograph/ontology#precipitation> <http://www.w3.org/2000/01/rdf-schema#label> ?label }"
    told = [[label.value for (label,) in one.engine.select(query).rows] for one in (before, opened(small), opened(small))]
    assert told == [["precipitation"], ["settling"], ["settling"]]
    assert len(entries(cache)) == 2


def test_what_was_built_while_a_file_was_changed_is_not_kept(cache: Path, small: Places, monkeypatch: pytest.MonkeyPatch) -> None:
    """It may be of one state, of the other, or of none."""

    def changing(root: Path) -> Built:
        built = build(root)
        with (small.ontology / "methods.ttl").open("a", encoding="utf-8") as file:
            file.write("# changed\n")
        return built

    monkeypatch.setattr("exograph.graphs.build", changing)
    before = digest(small)
    opened(small)
    assert digest(small) != before
    assert entries(cache) == []


def test_a_file_that_cannot_be_read_is_named(cache: Path, small: Places) -> None:
    (small.ontology / "odd.ttl").symlink_to("/proc/self/mem")
    done = subprocess.run([*ASK, str(small.root)], capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert "ontology/odd.ttl: cannot be read" in done.stderr
    assert len(done.stderr.splitlines()) == 1


def test_code_and_rows_and_version_are_part_of_the_name(cache: Path, copy: Path, spoil: Spoil) -> None:
    before = digest(places(copy))
    assert before == digest(places(REPOSITORY))
    spoil("ratings.tsv", "r005", "level", "exog:high")
    assert digest(places(copy)) != before


@pytest.mark.parametrize("fault", ["cut", "missing", "altered", "scrambled", "foreign"])
def test_a_damaged_dataset_is_thrown_away_and_made_anew(cache: Path, small: Places, fault: str) -> None:
    opened(small)
    entry = cache / digest(small)
    table = max((entry / STORE).glob("*.sst"), key=lambda path: path.stat().st_size)
    if fault == "cut":
        with table.open("r+b") as file:
            file.truncate(1000)
    elif fault == "missing":
        table.unlink()
    elif fault == "altered":  # of which Oxigraph would know nothing until it reads the block, and then read without end
        table.write_bytes(bytes(byte ^ 0xFF for byte in table.read_bytes()))
    elif fault == "scrambled":
        (entry / "files.json").write_bytes(b"\xff{")
    else:
        shutil.rmtree(entry)
        entry.mkdir()
        (entry / "note.txt").write_text("something else", encoding="utf-8")
    told = ask(small).stderr.splitlines()
    assert len([line for line in told if "is damaged" in line and str(entry) in line]) == 1
    assert "damaged" not in ask(small).stderr


def test_where_nothing_can_be_kept_the_answer_comes_all_the_same(small: Places, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "file"))
    assert "cannot be kept" in ask(small).stderr


def test_two_that_start_at_once_do_not_harm_each_other(cache: Path, small: Places) -> None:
    both = [subprocess.Popen([*ASK, str(small.root)], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) for _ in range(2)]
    for process in both:
        told, errors = process.communicate()
        assert process.returncode == 0, errors
        assert "exog:IsolationMethod" in told
    assert [path.name for path in entries(cache)] == [digest(small)]
    ask(small)


def test_only_the_latest_are_kept(cache: Path, small: Places) -> None:
    for number in range(KEPT + 2):
        old = cache / f"{number:064x}"
        old.mkdir(parents=True)
        os.utime(old, (number, number))
    opened(small)
    left = [path.name for path in entries(cache)]
    assert len(left) == KEPT
    assert digest(small) in left
    assert f"{0:064x}" not in left
