"""Answers as plain rows, and the formats in which every listing command writes them."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from typing import Any, NamedTuple

import pyoxigraph as ox

from exograph import terminal
from exograph.engines import Solutions
from exograph.errors import UsageError
from exograph.prefixes import Prefixes
from exograph.terms import Term, Value, python
from exograph.terms import text as term_text

_HUMP = re.compile("(?<=[a-z]{2})[A-Z](?=[a-z])")


class Answer(NamedTuple):
    """Columns and rows of plain values: CURIEs, texts, numbers, truth values, None for unbound."""

    columns: tuple[str, ...]
    rows: list[tuple[Value, ...]]

    def records(self) -> list[dict[str, Value]]:
        """The rows as mappings from column name to value."""
        return [dict(zip(self.columns, row, strict=True)) for row in self.rows]

    def to_pandas(self) -> Any:
        """The rows as a pandas DataFrame. Raises UsageError where pandas is not installed."""
        try:
            import pandas
        except ImportError as error:
            raise UsageError("pandas is not installed — pip install pandas") from error
        return pandas.DataFrame(self.records(), columns=list(self.columns))

    def for_people(self) -> Answer:
        """The answer without the identifiers that a label column stands for, its headings in words."""
        twins = {name for name in self.columns if f"{name}Label" in self.columns}
        kept = [index for index, name in enumerate(self.columns) if name not in twins]
        names = tuple(_HUMP.sub(lambda hump: f" {hump[0].lower()}", self.columns[index].removesuffix("Label")) for index in kept)
        return Answer(names, [tuple(row[index] for index in kept) for row in self.rows])


def plain(term: Term | None, prefixes: Prefixes) -> Value:
    """A term as a plain value: an IRI as its CURIE, a number or truth value as such, a text as text."""
    if isinstance(term, ox.Literal):
        return python(term)
    return None if term is None else prefixes.contract(term_text(term))


def answer(solutions: Solutions, prefixes: Prefixes) -> Answer:
    """The solutions of a query as an answer."""
    return Answer(solutions.columns, [tuple(plain(term, prefixes) for term in row) for row in solutions.rows])


def text(value: Value) -> str:
    """A value as it is written in CSV, TSV and tables; an unbound one is empty."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return "" if value is None else str(value)


def to_json(found: Answer) -> str:
    """An array of objects whose keys are the column names; decimal numbers are JSON numbers."""
    import json
    from decimal import Decimal

    records = [{name: float(value) if isinstance(value, Decimal) else value for name, value in record.items()} for record in found.records()]
    return json.dumps(records, ensure_ascii=False, indent=2) + "\n"


def _delimited(delimiter: str) -> Callable[[Answer], str]:
    def write(found: Answer) -> str:
        import csv
        import io

        out = io.StringIO()
        writer = csv.writer(out, delimiter=delimiter, lineterminator="\n")
        writer.writerow(found.columns)
        writer.writerows([text(value) for value in row] for row in found.rows)
        return out.getvalue()

    return write


def to_markdown(found: Answer) -> str:
    """A Markdown table of what people read."""
    shown = found.for_people()

    def line(cells: Iterable[str]) -> str:
        return "| " + " | ".join(cell.replace("|", "\\|").replace("\n", "<br>") for cell in cells) + " |"

    return "\n".join([line(shown.columns), line("---" for _ in shown.columns), *(line(map(text, row)) for row in shown.rows)]) + "\n"


def to_table(found: Answer, lines: bool = False) -> str:
    """A table for the terminal, with ``lines`` between the rows.

    Where the words do not fit its width side by side, each row becomes a block of lines.
    """
    shown, room = found.for_people(), terminal.width()
    cells = [[text(value) for value in row] for row in shown.rows]
    if widths := column_widths(shown.columns, cells, room):
        head = [_ruled("┏━┳┓", widths), *_lined(shown.columns, widths, "┃"), _ruled("┡━╇┩", widths)]
        body = [_lined(row, widths, "│") for row in cells]
    else:
        name = max(map(len, shown.columns))
        widths = [name, max(1, min(room - 7 - name, max((len(line) for row in cells for cell in row for line in cell.split("\n")), default=1)))]
        head, lines = [_ruled("┌─┬┐", widths)], True
        body = [[line for pair in zip(shown.columns, row, strict=True) for line in _lined(pair, widths, "│")] for row in cells]
    between = [_ruled("├─┼┤", widths)] if lines else []
    inside = [line for number, row in enumerate(body) for line in [*(between if number else []), *row]]
    return "\n".join([*head, *inside, _ruled("└─┴┘", widths)]) + "\n"


def _ruled(signs: str, widths: Sequence[int]) -> str:
    left, line, cross, right = tuple(signs)
    return left + cross.join(line * (width + 2) for width in widths) + right


def _lined(row: Sequence[str], widths: Sequence[int], bar: str) -> list[str]:
    """A row as lines, its cells wrapped to the widths of their columns."""
    wrapped = [[line for part in cell.split("\n") for line in _wrapped(part, width)] for cell, width in zip(row, widths, strict=True)]
    lines = []
    for at in range(max(map(len, wrapped))):
        held = (f" {cell[at] if at < len(cell) else '':<{width}} " for cell, width in zip(wrapped, widths, strict=True))
        lines.append(bar + bar.join(held) + bar)
    return lines


def _wrapped(words: str, width: int) -> list[str]:
    if len(words) <= width:
        return [words]
    import textwrap

    return textwrap.wrap(words, width, break_on_hyphens=False) or [""]


def column_widths(columns: Sequence[str], rows: list[list[str]], width: int) -> list[int]:
    """The widths in which a table with three signs of frame to each column breaks no word; empty where it cannot.

    What is left beside the longest words goes to the columns in proportion to what their longest cells lack.
    """
    by_column = [*zip(columns, *rows, strict=True)]
    words = [max(len(word) for cell in column for word in cell.split() or [""]) for column in by_column]
    lines = [max(len(line) for cell in column for line in cell.split("\n")) for column in by_column]
    lack = [longest - word for longest, word in zip(lines, words, strict=True)]
    spare = width - 1 - 3 * len(words) - sum(words)
    shared = min(spare, sum(lack))
    return [] if spare < 0 else [word + (shared * need // sum(lack) if need else 0) for word, need in zip(words, lack, strict=True)]


FORMATS: dict[str, Callable[[Answer], str]] = {
    "table": to_table,
    "csv": _delimited(","),
    "tsv": _delimited("\t"),
    "json": to_json,
    "markdown": to_markdown,
}


def write(found: Answer, form: str) -> str:
    """The answer in one of the formats table, csv, tsv, json, markdown. Raises UsageError for another."""
    if form not in FORMATS:
        raise UsageError(f"no format {form} — use one of {', '.join(FORMATS)}")
    return FORMATS[form](found)


def select(found: Answer, columns: Sequence[str]) -> Answer:
    """The answer with only the columns named, in that order. Raises UsageError for an unknown one."""
    unknown = [name for name in columns if name not in found.columns]
    if unknown:
        raise UsageError(f"no column {unknown[0]} — use some of {', '.join(found.columns)}")
    kept = [found.columns.index(name) for name in columns]
    return Answer(tuple(columns), [tuple(row[index] for index in kept) for row in found.rows])
