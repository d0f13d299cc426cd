"""Every sentence, cell, caption and reference of the text is held by a row; what is not is told."""

from __future__ import annotations

import csv
import io
import re
from html.parser import HTMLParser
from itertools import pairwise
from pathlib import Path

import pytest

from exograph import coverage as command
from exograph.accounting import CLAIM, Slice, Unit, figures, page, units
from exograph.built import Built
from exograph.errors import SourceError, UsageError
from exograph.passages import Source, sources
from tests.test_cli import run


@pytest.fixture(scope="module")
def source(built: Built, text: Path) -> Source:
    (found,) = sources(built, text)
    return found


@pytest.fixture(scope="module")
def cut(built: Built, source: Source) -> list[Unit]:
    return units(built, source)


def test_the_whole_text_is_accounted_for(cut: list[Unit]) -> None:
    assert figures(cut).records()[-1] | {"units": 0, "by claims": 0, "by other rows": 0, "by a reason": 0} == {
        "section": "all", "units": 0, "by claims": 0, "by other rows": 0, "by a reason": 0, "by nothing": 0, "per cent": 100.0,
    }  # fmt: skip


def test_every_letter_of_the_text_belongs_to_one_unit(source: Source, cut: list[Unit]) -> None:
    """Units do not overlap and leave nothing out but white space and marks."""
    ordered = sorted(cut, key=lambda unit: unit.start)
    assert all(one.end <= other.start for one, other in pairwise(ordered))
    between = [source.text[one.end : other.start] for one, other in pairwise(ordered)]
    assert not re.search(r"\w", "".join([source.text[: ordered[0].start], *between, source.text[ordered[-1].end :]]))


def test_sentences_of_the_running_text_are_held_by_claims(cut: list[Unit]) -> None:
    """Of the paragraphs all but a few sentences carry a claim; every reference is a row."""
    running = [unit for unit in cut if "paragraph" in unit.part]
    assert len([unit for unit in running if unit.held != CLAIM]) <= 3
    assert {unit.held for unit in cut if unit.section == "References"} == {"row", "reason", CLAIM}


def test_sentences_are_cut_at_their_ends_only(source: Source, cut: list[Unit]) -> None:
    """Neither an abbreviation nor the figure that interrupts a paragraph makes a sentence of its own."""
    words = {" ".join(source.text[unit.start : unit.end].split()) for unit in cut}
    assert any(sentence.startswith("Kong et al. [14] investigated") for sentence in words)
    assert not any(sentence in {"Kong et al.", "Fig."} for sentence in words)


def test_what_nothing_holds_is_counted_as_such() -> None:
    bare = Unit(0, 5, "A", "A, paragraph 1", ())
    held = Unit(6, 9, "A", "A, paragraph 1", (Slice(6, 9, CLAIM, None),))  # type: ignore[arg-type]
    assert figures([bare, held]).rows == [("A", 2, 1, 0, 0, 1, 50.0), ("all", 2, 1, 0, 0, 1, 50.0)]


def test_the_command_prints_figures_and_writes_a_page(text: Path, tmp_path: Path) -> None:
    out = tmp_path / "deep" / "page.html"
    done = run("coverage", "han2023", "--source", str(text), "--page", str(out), "--format", "csv")
    assert done.returncode == 0, done.stderr
    last = list(csv.DictReader(io.StringIO(done.stdout)))[-1]
    assert (last["section"], last["by nothing"], last["per cent"]) == ("all", "0", "100.0")
    assert str(out) in done.stderr
    assert "Precipitation" in out.read_text(encoding="utf-8")


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.words: list[str] = []
        self.titles: list[str] = []

    def handle_data(self, data: str) -> None:
        self.words.append(data)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.titles += [str(value) for name, value in attrs if name == "title"]


def test_the_page_shows_the_text_with_what_is_anchored_where(built: Built, source: Source, cut: list[Unit]) -> None:
    reader = _Reader()
    reader.feed(page(built, source, cut))
    shown = "".join(reader.words)
    assert re.sub(r"\s", "", source.text[18447:18537]) in re.sub(r"\s", "", shown)
    assert any("r005" in title.split() for title in reader.titles)


def test_the_page_escapes_what_the_text_holds(built: Built, source: Source) -> None:
    hostile = Source(source.key, source.article, "<script>alert(1)</script>", source.path, 25)
    shown = page(built, hostile, [Unit(0, 25, "<b>", "<i>", ())])
    assert "<script>" not in shown
    assert "&lt;script&gt;" in shown
    assert "<b>" not in shown


def test_an_unknown_review_a_missing_text_and_a_bad_file_are_told(text: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no review smith2024 — use han2023"):
        command("smith2024", text)
    with pytest.raises(UsageError, match="cannot be written"):
        command("han2023", text, page=tmp_path)
    monkeypatch.delenv("EXOGRAPH_SOURCES", raising=False)
    with pytest.raises(SourceError, match="is not at hand"):
        command("han2023")
