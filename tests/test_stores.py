"""Every saved question gives the same rows in every store that a release can be loaded into."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from exograph.answers import write
from exograph.built import Built
from exograph.catalogue import Question, run
from exograph.loading import STORES, _Client, load
from exograph.manifests import read_manifest
from exograph.release import release as write_release
from exograph.remote import PASSWORD, USER, Http, Remote
from exograph.terms import GRAPH, python
from tests.conftest import REPOSITORY
from tests.stores import KINDS, STARTERS
from tests.test_questions import LOCAL, named

pytestmark = pytest.mark.xdist_group("stores")


@pytest.fixture(scope="module")
def release(built: Built, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("release") / "whole"
    write_release(built, folder)
    return folder


@pytest.fixture(scope="module", params=KINDS)
def remote(request: pytest.FixtureRequest, built: Built, release: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Built]:
    """The dataset as a store holds it that the release was loaded into, and in which somebody has copied a review into a graph of their own."""
    with STARTERS[request.param](tmp_path_factory.mktemp(request.param)) as url, pytest.MonkeyPatch.context() as patch:
        patch.setenv(USER, "dba")
        patch.setenv(PASSWORD, "dba")
        load(release, url, request.param)
        _Client(url, STORES[request.param], None).change([f"COPY <{GRAPH.han2023.value}> TO <http://example.org/mine>"])
        yield Built(built.places, built.prefixes, Remote(Http(url), STORES[request.param].query), built.load)


@pytest.mark.parametrize(("question", "case"), LOCAL, ids=named(LOCAL))
def test_a_question_gives_the_rows_that_stand_beside_it(remote: Built, question: Question, case: str | None) -> None:
    found = run(remote, question, question.cases[case] if case else {}, remote.engine)
    assert write(found, "tsv") == question.expected(case).read_text(encoding="utf-8")


def test_no_question_has_as_many_rows_as_virtuoso_would_cut(built: Built) -> None:
    for question, case in LOCAL:
        assert len(question.expected(case).read_text(encoding="utf-8").splitlines()) < 10_000


def test_the_union_holds_each_triple_once(remote: Built, release: Path) -> None:
    """And only those of the release, whatever else the store holds."""
    counted = remote.engine.select("SELECT (COUNT(*) AS ?n) WHERE { ?s ?p ?o }").rows[0][0]
    assert python(counted) == sum(read_manifest(release)[1].values())


def test_triples_and_truth_values_come_back(remote: Built) -> None:
    assert len(remote.engine.construct("CONSTRUCT WHERE { <https://w3id.org/exograph/ontology#precipitation> a ?kind }")) > 2
    assert python(remote.engine.solve("ASK { ?s ?p ?o }").rows[0][0]) is True


def test_the_commands_ask_an_endpoint(remote: Built) -> None:
    assert isinstance(remote.engine, Remote)
    address = remote.engine.http.address(remote.engine.path)
    words = [["ask", "silent-methods", "--set", "criterion=purity"], ["compare", "isolation"], ["show", "r005"]]
    for command in words:
        here, there = (run_command(*command, "--format", "csv", *more) for more in ((), ("--endpoint", address)))
        assert there.returncode == 0, there.stderr
        assert there.stdout == here.stdout


def run_command(*words: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "exograph", *words]
    return subprocess.run(command, capture_output=True, text=True, check=False, cwd=REPOSITORY)


def test_an_endpoint_that_holds_no_release_or_is_none_is_told_in_one_line(tmp_path: Path) -> None:
    with STARTERS["oxigraph"](tmp_path) as url:
        empty = run_command("ask", "silence", "--endpoint", f"{url}/query")
        wrong = run_command("ask", "silence", "--endpoint", url)
    gone = run_command("ask", "silence", "--endpoint", f"{url}/query")
    both = run_command("ask", "silence", "--endpoint", "ftp://example.org")
    for done, told in ((empty, "holds no exograph"), (wrong, "answered"), (gone, "no answer"), (both, "not the address")):
        assert done.returncode == 2, done
        assert told in done.stderr
        assert len(done.stderr.splitlines()) == 1
