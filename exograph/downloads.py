"""What can be downloaded beside a comparison and a reference."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence

from exograph import comparison
from exograph.answers import Answer, write
from exograph.bibliography import bibtex, ris
from exograph.matrix import matrix, public
from exograph.views import Views

FORMULA = ("=", "+", "-", "@", "\t", "\r", "\0")


def harmless(found: Answer) -> Answer:
    """An answer whose texts no spreadsheet takes for a formula: an apostrophe stands before a text that begins like one, never before a number."""
    rows = [tuple(f"'{value}" if isinstance(value, str) and value.startswith(FORMULA) else value for value in row) for row in found.rows]
    return Answer(found.columns, rows)


def behind(views: Views, topic: str) -> list[str]:
    """The references that the claims of a comparison are printed with, in the order of their numbers."""
    rows = views.ask("compare/citations", **{"class": comparison.find_topic(views.built, topic)[0]})
    found = {row["reference"]: row["number"] for row in rows if row["reference"]}
    return sorted(found, key=lambda iri: (found[iri], iri))


def _csv(views: Views, topic: str) -> bytes:
    return write(comparison.claims(views.built, topic), "csv").encode()


def _spreadsheet(views: Views, topic: str) -> bytes:
    return write(harmless(comparison.claims(views.built, topic)), "csv").encode()


def _json(views: Views, topic: str) -> bytes:
    return (json.dumps(public(matrix(views, topic, "../")), ensure_ascii=False, indent=1) + "\n").encode()


DOWNLOADS: Mapping[str, Callable[[Views, str], bytes]] = {
    ".csv": _csv,
    ".spreadsheet.csv": _spreadsheet,
    ".json": _json,
    ".bib": lambda views, topic: bibtex(views, behind(views, topic)),
    ".ris": lambda views, topic: ris(views, behind(views, topic)),
}
REFERENCES: Mapping[str, Callable[[Views, Sequence[str]], bytes]] = {".bib": bibtex, ".ris": ris}
