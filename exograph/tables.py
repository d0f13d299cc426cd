"""Curated rows: the TSV files and review.toml of each review, read by ``reviews/tables.json``.

The description follows the W3C's CSV on the Web (https://www.w3.org/TR/tabular-metadata/) and is
read, like the cells, by the library csvw. Two things are ours: a cell whose ``valueUrl`` is
``{+name}`` holds a CURIE or a local id, and a column ``NAME_label`` holds the label of NAME or
NAME_id. A table that stands outside ``reviews/`` names its graph by ``dc:identifier``. Lines that begin with
``#`` before the head of a table, as SSSOM has them, are comments and left as they are.
"""

from __future__ import annotations

import logging
import re
import tomllib
import warnings
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import takewhile
from pathlib import Path
from typing import Any

import csvw

from exograph.errors import Finding, UsageError
from exograph.places import Places
from exograph.terms import ID

DESCRIPTION = "tables.json"
IDENTITY = "review.toml"
SHARED = "shared"
_REPORT = re.compile(r"^(?P<file>.*?):(?P<line>\d+):(?P<cell>\d+) (?P<column>[^:]+): (?P<problem>.*)$", re.DOTALL)


@dataclass(frozen=True)
class Row:
    """One row of a curated table: where it stands and its typed cells."""

    file: str
    line: int
    review: str
    table: csvw.Table
    values: dict[str, Any]

    @property
    def where(self) -> str:
        """File, line and key, as messages name the row."""
        return f"{self.file}:{self.line} ({self.key})"

    @property
    def key(self) -> str:
        """The value of the primary key."""
        return str(self.values[self.table.tableSchema.primaryKey[0]])

    @property
    def identifies(self) -> bool:
        """Whether the row is the identity of its review."""
        return self.file.endswith(f"/{IDENTITY}")

    @property
    def base(self) -> str:
        """The IRI against which the ids of the row are resolved."""
        return f"{ID}{self.review}/"


def description(places: Places) -> csvw.TableGroup:
    """The description of the row tables. Raises UsageError where it is missing or broken."""
    path = places.reviews / DESCRIPTION
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", UserWarning)
            group = csvw.TableGroup.from_file(path)
        complete = bool(group.tables) and all(t.tableSchema.primaryKey and t.tableSchema.aboutUrl for t in group.tables)
    except (OSError, ValueError, KeyError, TypeError, AttributeError, UserWarning) as error:
        raise UsageError(f"{path}: not a readable CSVW description ({error}) — mend it") from error
    if not complete:
        raise UsageError(f"{path}: describes no table, or one without primaryKey and aboutUrl — add what is missing")
    return group


def remedy(column: csvw.Column) -> str:
    """What a cell of the column has to hold, from its description."""
    return f"write {column.common_props.get('dc:description', 'a value of the type of the column')}"


def files(places: Places, group: csvw.TableGroup) -> Iterator[tuple[csvw.Table, Path, str]]:
    """Each table with each file that it describes and the key of the review it belongs to."""
    folders = sorted(path.parent for path in places.reviews.glob(f"*/{IDENTITY}"))
    for table in group.tables:
        shared = str(table.common_props.get("dc:identifier", SHARED))
        for folder, key in [(places.reviews, shared), *((folder, folder.name) for folder in folders)]:
            path = (folder / str(table.url)).resolve()
            if path.is_file():
                yield table, path, key


@dataclass
class Reading:
    """The rows that could be read, the faults of the others, and the ids that those would have had."""

    rows: list[Row] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)
    broken: set[str] = field(default_factory=set)


def read_rows(places: Places, group: csvw.TableGroup) -> Reading:
    """Read all curated rows in the order of the description; no fault of a row is raised."""
    reading = Reading()
    described = [*files(places, group)]
    unidentified: set[str] = set()
    for table, path, key in described:
        if key in unidentified:
            continue
        read = _identity if path.name == IDENTITY else _table
        rows, faults = read(table, path, places.name(path), key)
        if faults and path.name == IDENTITY:
            unidentified.add(key)  # without the identity the other files of the folder would only repeat the fault
        reading.rows += rows
        reading.findings += faults or _repeated(rows)
        reading.broken |= {finding.where.rpartition("(")[2].rstrip(")") for finding in faults}
    known = {path for _, path, _ in described} | {places.reviews / DESCRIPTION}
    for path in sorted(places.reviews.rglob("*")):
        if path.is_file() and path not in known and not path.name.startswith("."):
            problem = f"no table of {DESCRIPTION} is read from it"
            advice = f"give it the name of a table, in a folder with a {IDENTITY}, or move it out of reviews/"
            reading.findings.append(Finding(places.name(path), "", problem, advice, "rows"))
    return reading


def _identity(table: csvw.Table, path: Path, name: str, key: str) -> tuple[list[Row], list[Finding]]:
    try:
        written = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        return [], [Finding(name, "", f"not TOML: {error}", "mend the line named", "rows")]
    columns = {column.name: column for column in table.tableSchema.columns}
    values: dict[str, Any] = {}
    findings = [Finding(name, entry, "no such entry", f"use one of {', '.join(columns)}", "rows") for entry in written if entry not in columns]
    for entry, column in columns.items():
        try:
            if not isinstance(written.get(entry, ""), str):
                raise ValueError(f"{written[entry]!r} is not written between quotes")
            values[entry] = column.read(written.get(entry, ""))
        except ValueError as error:
            findings.append(Finding(name, entry, str(error), remedy(column), "rows"))
    if values.get("key", key) != key:
        findings.append(Finding(name, "key", f"{values['key']} is not the name of the folder", f"write {key}", "rows"))
    return ([] if findings else [Row(name, 1, key, table, values)]), findings


class _Reports(logging.Handler):
    """Turns what csvw reports of a file into findings."""

    def __init__(self, table: csvw.Table, file: str, lines: list[str]) -> None:
        super().__init__()
        self.findings: list[Finding] = []
        self.table, self.file, self.lines = table, file, lines

    def emit(self, record: logging.LogRecord) -> None:
        message = record.getMessage()
        if not (report := _REPORT.match(message)):
            self.findings.append(Finding(self.file, "", message.rpartition("/")[2], "mend the line named", "rows"))
            return
        column = next((c for c in self.table.tableSchema.columns if c.name == report["column"]), None)
        advice = remedy(column) if column else "use the columns of reviews/tables.json"
        where = f"{self.file}:{report['line']} ({self.lines[int(report['line']) - 1].split(chr(9))[0]})"
        self.findings.append(Finding(where, report["column"], report["problem"], advice, "rows"))


def _table(table: csvw.Table, path: Path, name: str, key: str) -> tuple[list[Row], list[Finding]]:
    expected = [column.name for column in table.tableSchema.columns if not column.virtual]
    try:
        lines = path.read_bytes().decode().split("\n")
    except (OSError, UnicodeDecodeError) as error:
        return [], [Finding(name, "", f"not UTF-8: {error}", "save the file as UTF-8", "rows")]
    if lines[0].startswith("\ufeff") or "\r" in lines[0] or "" in lines[:-1]:
        problem = "the file has a byte order mark, line ends of another system or an empty line"
        return [], [Finding(name, "", problem, "run exograph format", "rows")]
    head = len(preface(lines))
    if lines[head].split("\t") != expected:
        return [], [Finding(f"{name}:{head + 1}", "", "the columns are not those of reviews/tables.json", f"write {' '.join(expected)}", "rows")]
    ragged = [
        Finding(f"{name}:{number}", "", "a comment below the head of the table", "move it above the head", "rows")
        for number, line in enumerate(lines[head + 1 :], head + 2)
        if line.startswith("#")
    ] or [
        Finding(f"{name}:{number}", "", f"{line.count(chr(9)) + 1} cells where there are {len(expected)} columns", "mend the tabs", "rows")
        for number, line in enumerate(lines[head + 1 :], head + 2)
        if line and line.count("\t") + 1 != len(expected)
    ]
    if ragged:
        return [], ragged
    reports = _Reports(table, name, lines)
    log = logging.Logger("exograph.rows")
    log.addHandler(reports)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # csvw warns of NaN and the like; the triples refuse it
        read = [*table.iterdicts(log=log, with_metadata=True, fname=path)]
    return [Row(name, line, key, table, dict(values)) for _, line, values in read], reports.findings


def preface(lines: list[str]) -> list[str]:
    """The lines that begin with # before the head of a table."""
    return [*takewhile(lambda line: line.startswith("#"), lines)]


def _repeated(rows: list[Row]) -> list[Finding]:
    first: dict[str, Row] = {}
    return [
        Finding(
            row.where,
            row.table.tableSchema.primaryKey[0],
            f"{row.key} stands already in line {first[row.key].line}",
            "give the row an id of its own",
            "rows",
        )
        for row in rows
        if first.setdefault(row.key, row) is not row
    ]


def tidy(table: csvw.Table, text: str) -> str:
    """The text of a table as CI wants it: LF, no space around cells, sorted by its primary key."""
    written = [line for line in text.removeprefix("\ufeff").replace("\r\n", "\n").split("\n") if line.strip()]
    before = preface(written)
    head, *lines = ["\t".join(cell.strip() for cell in line.split("\t")) for line in written[len(before) :]]
    at = head.split("\t").index(table.tableSchema.primaryKey[0])
    numbers = all(line.split("\t")[at].isdigit() for line in lines)
    lines.sort(key=lambda line: (int(line.split("\t")[at]) if numbers else 0, line.split("\t")[at]))
    return "\n".join([*before, head, *lines]) + "\n"
