"""Curated rows: the TSV files and review.toml of each review, read by ``reviews/tables.json``.

The description follows the W3C's CSV on the Web (https://www.w3.org/TR/tabular-metadata/) and is
read, like the cells, by the library csvw. Two things are ours: a cell whose ``valueUrl`` is
``{+name}`` holds a CURIE or a local id, and a column ``NAME_label`` holds the label of NAME or
NAME_id. A table that stands outside ``reviews/`` names its graph by ``dc:identifier``. Lines that begin with
``#`` before the head of a table, as SSSOM has them, are comments and left as they are.
"""

from __future__ import annotations

import logging
import os
import re
import tempfile
import tomllib
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import takewhile
from pathlib import Path
from typing import Any

import csvw

from exograph.errors import Finding, UsageError
from exograph.places import Places
from exograph.plain import Fault, content, decoded, faults, letters, parsed, plain, runaway
from exograph.terms import ID

DESCRIPTION = "tables.json"
IDENTITY = "review.toml"
SHARED = "shared"
ROWS = 100_000  # the most of one table
LONGEST = 100_000  # signs of a cell at most, less than the module csv takes
TOLD = 100  # faults of one file that are told, the others are counted
_LONGEST_KEY = 80
_TABLE = re.compile(r"(?:\.\./ontology/)?[A-Za-z0-9][A-Za-z0-9._-]*")
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
    near(parsed(path, places.name(path)), path)
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


def near(written: Any, path: Path) -> None:
    """Look a description over before csvw reads it. Raises UsageError where it leads anywhere, or has a format that may take for ever to match."""
    waiting = [written]
    while waiting:
        one = waiting.pop()
        for key, value in one.items() if isinstance(one, dict) else ():
            if key in ("tableSchema", "dialect") and not isinstance(value, dict):
                raise UsageError(f"{path}: {key} is {str(value)[:80]!r}, and nothing is fetched — write it out")
            if key == "url" and not _TABLE.fullmatch(str(value)):
                raise UsageError(f"{path}: the url {str(value)[:80]!r} is no file below reviews/ or ontology/ — name one")
            if key == "format" and runaway(str(value)):
                raise UsageError(f"{path}: the format {str(value)[:80]!r} repeats what repeats itself — write it without that")
        waiting += [*one.values()] if isinstance(one, dict) else one if isinstance(one, list) else []


def remedy(column: csvw.Column) -> str:
    """What a cell of the column has to hold, from its description."""
    return f"write {column.common_props.get('dc:description', 'a value of the type of the column')}"


def files(places: Places, group: csvw.TableGroup) -> Iterator[tuple[csvw.Table, Path, str]]:
    """Each table with each file that it describes and the key of the review it belongs to."""
    folders = sorted(path.parent for path in places.reviews.glob(f"*/{IDENTITY}"))
    for table in group.tables:
        shared = str(table.common_props.get("dc:identifier", SHARED))
        for folder, key in [(places.reviews, shared), *((folder, folder.name) for folder in folders)]:
            path = Path(os.path.normpath(folder / str(table.url)))
            if path.exists():
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
        reading.findings += _some(faults or _repeated(rows), places.name(path))
        reading.broken |= keys(path, rows) if faults else set()
    known = {path for _, path, _ in described} | {places.reviews / DESCRIPTION}
    for path in sorted(places.reviews.rglob("*")):
        hidden = any(part.startswith(".") for part in path.relative_to(places.reviews).parts)
        if path.is_file() and path not in known and not hidden:
            problem = f"no table of {DESCRIPTION} is read from it"
            advice = f"give it the name of a table, in a folder with a {IDENTITY}, or move it out of reviews/"
            reading.findings.append(Finding(places.name(path), "", problem, advice, "rows"))
    return reading


def _identity(table: csvw.Table, path: Path, name: str, key: str) -> tuple[list[Row], list[Finding]]:
    try:
        written = tomllib.loads(plain(path, name))
    except UsageError as error:
        return [], [told(error, name)]
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        problem = "brackets stand too deep in it" if isinstance(error, RecursionError) else error
        return [], [Finding(name, "", f"not TOML: {problem}", "mend the line named", "rows")]
    columns = {column.name: column for column in table.tableSchema.columns}
    values: dict[str, Any] = {}
    findings = [Finding(name, entry, "no such entry", f"use one of {', '.join(columns)}", "rows") for entry in written if entry not in columns]
    for entry, column in columns.items():
        try:
            if not isinstance(written.get(entry, ""), str):
                raise ValueError(f"{written[entry]!r} is not written between quotes")
            if hidden := next(faults(written.get(entry, "")), None):
                raise ValueError(hidden.problem)
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
        self.findings.append(Finding(where, report["column"], report["problem"] + letters(report["problem"].rpartition(": ")[2]), advice, "rows"))


def _table(table: csvw.Table, path: Path, name: str, key: str) -> tuple[list[Row], list[Finding]]:
    expected = [str(column.name) for column in table.tableSchema.columns if not column.virtual]
    try:
        text, hidden = decoded(content(path, name))
    except UsageError as error:
        return [], [told(error, name)]
    lines = text.split("\n")
    if "\ufeff" in lines[0][:1] or "\r" in text or "" in lines[:-1]:
        problem = "the file has a byte order mark, line ends of another system or an empty line"
        return [], [Finding(name, "", problem, "run exograph format", "rows")]
    head = len(preface(lines))
    if lines[min(head, len(lines) - 1)].split("\t") != expected:
        problem = hidden[0].problem if hidden and not text else "the columns are not those of reviews/tables.json"
        return [], [Finding(f"{name}:{head + 1}", "", problem, f"write {' '.join(expected)}", "rows")]
    found = [*_signs(hidden, lines, expected, name), *_misshapen(lines, head, len(expected), name)]
    if len(lines) - head > ROWS:
        return [], [Finding(name, "", f"more than {ROWS} rows", "split the table among reviews", "rows"), *found]
    reports = _Reports(table, name, lines)
    log = logging.Logger("exograph.rows")
    log.addHandler(reports)
    with _sound(path, lines, head, found) as readable, warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # csvw warns of NaN and the like; the triples refuse it
        read = [*table.iterdicts(log=log, with_metadata=True, fname=readable)]
    seen = {one.where.partition(" ")[0] for one in found}
    return [Row(name, line, key, table, dict(values)) for _, line, values in read if f"{name}:{line}" not in seen], [
        *found,
        *(one for one in reports.findings if one.where.partition(" ")[0] not in seen),
    ]


def told(error: UsageError, name: str) -> Finding:
    """What is wrong with a file as a whole as a finding."""
    problem, _, advice = str(error).removeprefix(name).lstrip(": ").partition(" — ")
    return Finding(name, "", problem, advice, "rows")


def _where(lines: list[str], number: int, name: str) -> str:
    key = lines[number - 1].partition("\t")[0]
    return f"{name}:{number} ({key})" if key and key.isprintable() and len(key) < _LONGEST_KEY else f"{name}:{number}"


def _signs(hidden: list[Fault], lines: list[str], expected: list[str], name: str) -> Iterator[Finding]:
    """A finding for each sign that nobody sees, with the column it stands in."""
    for fault in hidden:
        cell = lines[fault.line - 1].count("\t", 0, fault.column - 1)
        column = expected[cell] if cell < len(expected) else ""
        yield Finding(_where(lines, fault.line, name), column, f"{fault.problem}, at sign {fault.column} of the line", "take it out", "rows")


def _misshapen(lines: list[str], head: int, columns: int, name: str) -> Iterator[Finding]:
    """A finding for each line below the head of a table that is no row of it."""
    for number, line in enumerate(lines[head + 1 :], head + 2):
        if line.startswith("#"):
            yield Finding(f"{name}:{number}", "", "a comment below the head of the table", "move it above the head", "rows")
        elif line and line.count("\t") + 1 != columns:
            problem = f"{line.count(chr(9)) + 1} cells where there are {columns} columns"
            yield Finding(_where(lines, number, name), "", problem, "mend the tabs", "rows")
        elif len(line) > LONGEST and (longest := max(map(len, line.split("\t")))) > LONGEST:
            yield Finding(_where(lines, number, name), "", f"a cell of {longest} signs, where {LONGEST} are the most", "shorten it", "rows")
    if lines[-1]:
        yield Finding(f"{name}:{len(lines)}", "", "the file ends within a line", "see that it is whole, and end it with a line end", "rows")


@contextmanager
def _sound(path: Path, lines: list[str], head: int, found: list[Finding]) -> Iterator[Path]:
    """The table itself, or, where it has faults, a copy in which the lines at fault are empty rows, so that the others can be read."""
    if not found:
        yield path
        return
    numbers = {int(one.where.partition(" ")[0].rpartition(":")[2]) for one in found}
    blank = "\t" * lines[head].count("\t")
    with tempfile.TemporaryDirectory(prefix="exograph-") as place:
        copy = Path(place) / path.name
        copy.write_text(
            "\n".join(blank if at in numbers and at > head + 1 else line for at, line in enumerate(lines, 1)), encoding="utf-8", errors="replace"
        )
        yield copy


def preface(lines: list[str]) -> list[str]:
    """The lines that begin with # before the head of a table."""
    return [*takewhile(lambda line: line.startswith("#"), lines)]


def _some(findings: list[Finding], name: str) -> list[Finding]:
    """The findings of a file, up to the number that is told."""
    more = len(findings) - TOLD
    rest = [Finding(name, "", f"{more} faults more", "mend those told, and ask again", "rows")] if more > 0 else []
    return findings[:TOLD] + rest


def keys(path: Path, rows: list[Row]) -> set[str]:
    """What stands first in the lines of a table that could not be read as rows, as other rows may name it."""
    try:
        lines = content(path, path.name).decode(errors="replace").split("\n")
    except UsageError:
        lines = []
    return {line.partition("\t")[0] for line in lines} - {row.key for row in rows}


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
