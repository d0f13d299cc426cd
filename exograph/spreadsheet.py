"""The tables of a review as a spreadsheet, and back: a sheet a table, every cell as text, so that none becomes a number, a date or a formula."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from datetime import date, datetime
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Any
from zipfile import ZipFile

import csvw

from exograph.cage import confined
from exograph.engines import line
from exograph.errors import Finding, RowsError, UsageError
from exograph.places import Places
from exograph.plain import content
from exograph.tables import IDENTITY, ROWS, description, files, preface, tidy
from exograph.writing import in_place, replaced

if TYPE_CHECKING:
    from openpyxl.cell.cell import Cell
    from openpyxl.worksheet.worksheet import Worksheet

LONGEST = 32767  # signs that a cell of a spreadsheet holds
COLUMNS = 200  # the most of a sheet
UNPACKED = 256 << 20  # bytes of all parts of a spreadsheet
CHECK = "spreadsheet"
Rows = list[list[tuple[str, str]]]
_MARGIN = 200  # lines of comments
_DECLARING = re.compile(rb"<!(DOCTYPE|ENTITY)", re.IGNORECASE)
_WIDTHS = (8, 60)


def _openpyxl() -> Any:
    try:
        import openpyxl
    except ModuleNotFoundError as error:
        raise UsageError("openpyxl is not installed — pip install 'exograph[xlsx]'") from error
    return openpyxl


def tables(root: Places, folder: Path) -> dict[str, tuple[csvw.Table, Path]]:
    """The row tables in the folder of a review, by the name of their sheet. Raises UsageError for a folder that is none of the data's."""
    if folder.resolve().parent != root.reviews or not (folder / IDENTITY).is_file():
        raise UsageError(f"{folder}: no folder of a review with a {IDENTITY} in {root.reviews} — name one such as reviews/han2023")
    found = files(root, description(root))
    return {path.stem: (table, path) for table, path, _ in found if path.parent == folder.resolve() and path.name != IDENTITY}


def to_xlsx(root: Places, folder: Path, file: Path) -> None:
    """Write the row tables of a review to a spreadsheet: comments, head and rows as they stand, what a column holds as a note of its heading.

    Raises UsageError where openpyxl is missing, the folder is none of a review, a text does not fit a cell, or the file cannot be written.
    """
    openpyxl = _openpyxl()
    book = openpyxl.Workbook()
    book.remove(book.active)
    for name, (table, path) in tables(root, folder).items():
        lines = path.read_text(encoding="utf-8").split("\n")
        before = preface(lines)
        sheet = book.create_sheet(name)
        rows = [*([line] for line in before), *(line.split("\t") for line in lines[len(before) :] if line)]
        for number, row in enumerate(rows, 1):
            for at, text in enumerate(row, 1):
                _put(sheet.cell(number, at), text, f"{path.name}:{number}")
        _explain(sheet, table, len(before) + 1)
    made = BytesIO()
    book.save(made)
    try:
        replaced(file, made.getvalue())
    except OSError as error:
        raise UsageError(f"{file}: cannot be written ({error.strerror}) — name another file") from error


def _put(cell: Cell, text: str, where: str) -> None:
    """Write a text into a cell, as a text whatever it looks like."""
    from openpyxl.utils.exceptions import IllegalCharacterError

    if len(text) > LONGEST:
        raise UsageError(f"{where}: {len(text)} signs in one cell, where a spreadsheet holds {LONGEST} — shorten it, or edit the table itself")
    try:
        cell.value = text
    except IllegalCharacterError as error:
        raise UsageError(f"{where}: a sign in it has no place in a spreadsheet ({text[:40]!r}) — take it out") from error
    cell.data_type = "s"
    cell.number_format = "@"
    cell.quotePrefix = True  # what is edited stays a text as well


def _explain(sheet: Worksheet, table: csvw.Table, head: int) -> None:
    """Notes on the headings, the head kept in sight, columns as wide as what they hold."""
    from openpyxl.comments import Comment
    from openpyxl.styles import Font
    from openpyxl.utils import get_column_letter

    told = {str(column.name): str(column.common_props.get("dc:description", "")) for column in table.tableSchema.columns}
    for at, cell in enumerate(sheet[head], 1):
        cell.font = Font(bold=True)
        if told.get(str(cell.value)):
            cell.comment = Comment(told[str(cell.value)], "exograph", width=320, height=120)
        longest = max((len(str(one.value or "")) for one in sheet[get_column_letter(at)][head - 1 :]), default=0)
        sheet.column_dimensions[get_column_letter(at)].width = min(max(longest + 2, _WIDTHS[0]), _WIDTHS[1])
    sheet.freeze_panes = sheet.cell(head + 1, 2).coordinate


def from_xlsx(root: Places, file: Path, folder: Path) -> list[Path]:
    """Write the sheets of a spreadsheet into the row tables of a review, in order as exograph format has them; the files that changed.

    A table without a sheet stays as it is. Raises RowsError with sheet and cell of all that is no table, no column, a formula or an error,
    UsageError where the file cannot be read, or not within limits; then nothing is written.
    """
    _openpyxl()
    _rehearse()
    data = content(file, str(file))
    sheets = confined(lambda: _read(data, file), str(file))
    known, written = tables(root, folder), {}
    described = {Path(str(table.url)).stem: table for table in description(root).tables}
    faults: list[Finding] = []
    for title, rows in sheets:
        where = f"{file}, sheet {title}"
        if title not in known and (title not in described or (root.reviews / f"{title}.tsv").exists()):
            faults.append(Finding(where, "", "no table of a review is called so", f"use {', '.join(known)}", CHECK))
            continue
        table = described[title]
        path = folder.resolve() / str(table.url)
        lines = [*_lines(rows, table, where, faults)]
        if not faults:
            text = tidy(table, "\n".join(lines) + "\n")
            if not path.exists() or path.read_text(encoding="utf-8") != text:
                written[path] = text
    if faults:
        raise RowsError(faults)
    try:
        if written:
            with in_place(folder.resolve()) as fresh:
                shutil.copytree(folder, fresh, dirs_exist_ok=True)
                for path, text in written.items():
                    (fresh / path.name).write_text(text, encoding="utf-8", newline="\n")
    except OSError as error:
        raise UsageError(f"{error.filename}: cannot be written ({error.strerror}) — look at the rights of the folder") from error
    return sorted(written)


def _rehearse() -> None:
    """Write and read a spreadsheet once, so that what that takes is loaded before no file can be opened any more."""
    openpyxl, made = _openpyxl(), BytesIO()
    openpyxl.Workbook().save(made)
    [*openpyxl.load_workbook(made).active.iter_rows()]


def _read(data: bytes, file: Path) -> list[tuple[str, Rows]]:
    """The sheets of a spreadsheet, each by its title, with what each cell says and why it cannot stay. Raises UsageError."""
    openpyxl = _openpyxl()
    advice = "save it as .xlsx"
    try:
        with ZipFile(BytesIO(data)) as parts:
            _unpacked(parts, file)
        book = openpyxl.load_workbook(BytesIO(data))
    except (UsageError, MemoryError):
        raise
    except Exception as error:  # openpyxl raises whatever comes of what it finds
        raise UsageError(f"{file}: cannot be read as a spreadsheet ({line(error)[:120] or type(error).__name__}) — {advice}") from error
    for sheet in book.worksheets:
        if sheet.max_row > ROWS + _MARGIN or sheet.max_column > COLUMNS:
            size = f"{sheet.max_row} rows of {sheet.max_column} columns"
            raise UsageError(f"{file}, sheet {sheet.title}: {size}, where {ROWS} and {COLUMNS} are the most — delete what is outside the table")
    return [(sheet.title, [[_text(cell) for cell in row] for row in sheet.iter_rows()]) for sheet in book.worksheets]


def _unpacked(parts: ZipFile, file: Path) -> None:
    """Unpack what a spreadsheet is packed from, and look it over. Raises UsageError where it is too much, or one part is no plain XML."""
    left = UNPACKED
    for part in parts.infolist():
        with parts.open(part) as stream:
            before = b""
            while piece := stream.read(1 << 16):
                left -= len(piece)
                if left < 0:
                    raise UsageError(f"{file}: unpacks to more than {UNPACKED >> 20} MiB — it is no table of a review")
                if _DECLARING.search(before + piece) or (part.filename.endswith((".xml", ".rels")) and b"\0" in piece):
                    raise UsageError(f"{file}: {part.filename} declares entities, or is not UTF-8 — save the spreadsheet anew")
                before = piece[-16:]


def _lines(rows: Rows, table: csvw.Table, where: str, faults: list[Finding]) -> Iterator[str]:
    """The lines of the table that a sheet holds, the columns in their order; what is wrong is added to the faults."""
    expected = [str(column.name) for column in table.tableSchema.columns if not column.virtual]
    places: list[int] = []
    for number, row in enumerate(rows, 1):
        texts = [text for text, _ in row]
        for at, (text, fault) in enumerate(row):
            outside = places and text and at not in places
            if fault or outside:
                problem, _, advice = (fault or "outside the columns of the table — move it under a heading").partition(" — ")
                faults.append(Finding(_cell(where, number, at), "", problem, advice, CHECK))
        if places:
            yield "\t".join(texts[at] if at < len(texts) else "" for at in places)
        elif texts and texts[0].startswith("#"):
            yield texts[0]
        elif any(texts):
            wrong = [*_misplaced(texts, expected, where, number)]
            if wrong:
                faults += wrong
                return
            places = [texts.index(name) for name in expected]
            yield "\t".join(expected)
    if not places:
        faults.append(Finding(where, "", "no headings", f"write {', '.join(expected)}", CHECK))


def _cell(where: str, row: int, at: int) -> str:
    from openpyxl.utils import get_column_letter

    return f"{where}, cell {get_column_letter(at + 1)}{row}"


def _misplaced(texts: list[str], expected: list[str], where: str, number: int) -> Iterator[Finding]:
    """A finding for each heading that is none, or stands twice, and for each that is missing."""
    for at, text in enumerate(texts):
        if text and text not in expected:
            yield Finding(_cell(where, number, at), "", f"no column {text}", f"use {', '.join(expected)}", CHECK)
        elif text and texts.index(text) < at:
            yield Finding(_cell(where, number, at), "", f"the column {text} stands twice", "take one out", CHECK)
    for name in expected:
        if name not in texts:
            yield Finding(where, "", f"no column {name}", f"write the headings {', '.join(expected)}", CHECK)


def _text(cell: Any) -> tuple[str, str]:
    """What a cell says, as a text: numbers and days as they are meant; and why it cannot stay, if it is a formula, an error or of several lines."""
    value = cell.value
    if cell.data_type in ("f", "e"):
        kind = "a formula" if cell.data_type == "f" else "an error"
        return "", f"{kind} ({str(value)[:80]}) — write its value as text"
    text = _meant(value)
    if any(sign in text for sign in "\t\n\r"):
        return "", "a tab or several lines in one cell — write one line"
    return text, ""


def _meant(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    if isinstance(value, datetime):
        return (value.date() if value.time() == datetime.min.time() else value).isoformat()
    return value.isoformat() if isinstance(value, date) else "" if value is None else str(value)
