"""What ``import exograph`` offers to curators and to who makes a release: find, cover, build, judge, put in order."""

from __future__ import annotations

from pathlib import Path

from exograph import catalogue, passages
from exograph.accounting import figures, units
from exograph.accounting import page as as_page
from exograph.answers import Answer
from exograph.api import built
from exograph.errors import SourceError, UsageError
from exograph.places import places
from exograph.plain import content
from exograph.reasoning import hermit, judged
from exograph.release import release
from exograph.tables import description, files
from exograph.tables import tidy as tidied
from exograph.validation import Report, check
from exograph.writing import replaced


def locate(words: str, root: str | Path | None = None, source: str | Path | None = None) -> Answer:
    """Where words occur in the texts at hand, as the cells part, start, end and sha256 of a row.

    Raises SourceError where no text is at hand, or it is not the pinned one.
    """
    found = built(root)
    texts = passages.sources(found, source)
    if not texts:
        raise SourceError(f"no text is at hand — name it by --source or by the variable {passages.SOURCES_VARIABLE}")
    answers = [passages.locate(found, text, words) for text in texts]
    return Answer(answers[0].columns, [row for one in answers for row in one.rows])


def coverage(key: str, source: str | Path | None = None, root: str | Path | None = None, page: str | Path | None = None) -> Answer:
    """How much of the text of a review is held by claims, by other rows, by a reason or by nothing, section by section.

    ``page`` is a file to which the text is written as HTML with what is anchored where. Raises
    UsageError for a review that is not there or a file that cannot be written, SourceError where its text is not at hand.
    """
    found = built(root)
    reviews = catalogue.reviews(found)
    if key not in reviews:
        raise UsageError(f"no review {key} — use {' or '.join(reviews)}")
    texts = [text for text in passages.sources(found, source) if text.key == key]
    if not texts:
        raise SourceError(f"the text of {key} is not at hand — name it by --source or by the variable {passages.SOURCES_VARIABLE}")
    cut = units(found, texts[0])
    if page:
        try:
            Path(page).parent.mkdir(parents=True, exist_ok=True)
            replaced(Path(page), as_page(found, texts[0], cut).encode())
        except OSError as error:
            raise UsageError(f"{page}: cannot be written ({error.strerror}) — name another file") from error
    return figures(cut)


def build(out: str | Path, root: str | Path | None = None, source: str | Path | None = None, nanopubs: bool = False) -> tuple[Report, list[Path]]:
    """Validate the data and, where nothing is found, write a release to a folder, on demand with nanopublications; else write nothing."""
    data, report = check(places(root), source)
    return report, release(data, Path(out), nanopubs) if data and not report.findings else []


def site(out: str | Path, root: str | Path | None = None, source: str | Path | None = None) -> list[Path]:
    """Write the data as a folder of pages, with the passages themselves only where ``source`` names their text; the files.

    Raises UsageError where the folder holds anything else or cannot be written, SourceError where the text is not the pinned one.
    """
    from exograph.site import publish

    found = built(root)
    return publish(found, Path(out), passages.marked(found, passages.sources(found, source)) if source else None)


def reason(root: str | Path | None = None) -> tuple[Answer, Report]:
    """The members of each defined class, with the claims they follow from and whether HermiT finds them too, and what it objects to.

    Raises UsageError where Java or owlready2, which brings HermiT, is missing, RowsError for faulty rows.
    """
    judge = hermit()
    return judged(built(root), judge)


def tidy(root: str | Path | None = None, check_only: bool = False) -> list[str]:
    """Put the row tables in order, or only name those that are not. Raises UsageError for an unreadable one."""
    where = places(root)
    changed = []
    for table, path, _ in files(where, description(where)):
        if path.suffix != ".tsv":
            continue
        try:
            text = content(path, where.name(path)).decode()
            ordered = tidied(table, text)
        except ValueError as error:
            raise UsageError(f"{where.name(path)}: cannot be put in order ({error}) — mend the heading row") from error
        if ordered != text:
            changed.append(where.name(path))
            if not check_only:
                try:
                    replaced(path, ordered.encode())
                except OSError as error:
                    raise UsageError(f"{where.name(path)}: cannot be written ({error.strerror}) — mend its permissions") from error
    return changed
