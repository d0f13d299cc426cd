"""The campaign in a bounded form: the same inputs and faults at each run, and all that was once not held or led somewhere new."""

from __future__ import annotations

import importlib.util
import random
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests import attacks
from tests.attacks import ATTACKS, GUIDED, Attack, Field, field
from tests.campaign import CORPUS, guided, strike
from tests.conftest import REPOSITORY

pytestmark = pytest.mark.xdist_group("campaign")
TRIED = {
    "rows": 1000, "turtles": 2000, "headers": 1000, "anchors": 2000, "spreadsheets": 60, "queries": 300, "parameters": 150, "wires": 120,
    "described": 30, "crowds": 3, "releases": 200, "writers": 20, "transfers": 2,
}  # fmt: skip
KEPT = sorted(path for path in CORPUS.glob("*/*") if path.is_file())


@pytest.fixture(scope="module")
def on(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Field]:
    """All that is attacked."""
    with field(tmp_path_factory.mktemp("field")) as found:
        yield found


@pytest.mark.parametrize("name", ATTACKS)
def test_an_attack_is_held(on: Field, name: str) -> None:
    drawn = random.Random(8)
    for _ in range(TRIED[name]):
        ATTACKS[name].strike(on, ATTACKS[name].draw(drawn))


@pytest.mark.parametrize("name", sorted({path.parent.name for path in KEPT}))
def test_what_was_found_before_is_held(on: Field, name: str) -> None:
    for path in KEPT:
        if path.parent.name == name:
            ATTACKS[name].strike(on, path.read_bytes())


@pytest.mark.parametrize("name", ["rows", "anchors"])
def test_an_attack_that_is_guided_by_what_code_it_reaches_is_held(name: str) -> None:
    if importlib.util.find_spec("atheris") is None:
        pytest.skip("atheris, which guides the attack, is not made for this system or this Python")
    runs, held = guided(name, 8)
    assert held
    assert runs > 10


def test_what_is_not_held_is_kept_and_told(on: Field, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    def not_held(_: Field, data: bytes) -> None:
        raise ValueError(data)

    monkeypatch.setattr("tests.campaign.CORPUS", REPOSITORY / "build" / tmp_path.name)
    monkeypatch.setitem(attacks.ATTACKS, "rows", Attack(attacks.fault, not_held))
    assert not strike(on, "rows", b"odd")
    (kept,) = (REPOSITORY / "build" / tmp_path.name / "rows").iterdir()
    assert kept.read_bytes() == b"odd"
    assert "ValueError: b'odd'" in capsys.readouterr().out
    kept.unlink()


def test_the_campaign_is_one_command_that_tells_what_was_held() -> None:
    command = [sys.executable, "-m", "tests.campaign", "headers", "--minutes", "0.05", "--seed", "8"]
    done = subprocess.run(command, cwd=REPOSITORY, capture_output=True, text=True, check=False, timeout=300)
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.splitlines()[-2].startswith("headers ")
    assert done.stdout.splitlines()[-2].endswith(" 0 not held")
    assert set(GUIDED) <= set(ATTACKS)
