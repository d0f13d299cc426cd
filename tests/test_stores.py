"""Every saved question gives the same rows in every store that a release can be loaded into."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from exograph.answers import write
from exograph.catalogue import Question, run
from exograph.graphs import Built
from exograph.loading import STORES, load
from exograph.release import release as write_release
from exograph.remote import PASSWORD, USER, Http, Remote
from tests.stores import KINDS, STARTERS
from tests.test_questions import CASES

pytestmark = pytest.mark.xdist_group("stores")


@pytest.fixture(scope="module")
def release(built: Built, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("release") / "whole"
    write_release(built, folder)
    return folder


@pytest.fixture(scope="module", params=KINDS)
def remote(request: pytest.FixtureRequest, built: Built, release: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Built]:
    """The dataset as a store holds it that the release was loaded into."""
    with STARTERS[request.param](tmp_path_factory.mktemp(request.param)) as url, pytest.MonkeyPatch.context() as patch:
        patch.setenv(USER, "dba")
        patch.setenv(PASSWORD, "dba")
        load(release, url, request.param)
        yield replace(built, engine=Remote(Http(url), STORES[request.param].query))


@pytest.mark.parametrize(("question", "case"), CASES, ids=[f"{q.name}.{c}" if c else q.name for q, c in CASES])
def test_a_question_gives_the_rows_that_stand_beside_it(remote: Built, question: Question, case: str | None) -> None:
    found = run(remote, question, question.cases[case] if case else {}, remote.engine)
    assert write(found, "tsv").splitlines() == question.expected(case).read_text(encoding="utf-8").splitlines()
