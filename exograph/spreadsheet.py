"""The tables of a review as a spreadsheet, and back: a sheet a table, every cell as text, so that none becomes a number, a date or a formula."""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Sequence
from datetime import date, datetime
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Any
from zipfile import BadZipFile

import csvw

from exograph.errors import UsageError
from exograph.places import Places
from exograph.tables import IDENTITY, description, files, preface, tidy
from exograph.writing import in_place, replaced

if TYPE_CHECKING:
    from openpyxl.cell.cell import Cell
    from openpyxl.worksheet.worksheet import Worksheet

LONGEST = 32767  # signs that a cell of a spreadsheet holds
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

    A table without a sheet stays as it is. Raises UsageError that names sheet and cell of what is no table, no column, a formula or an error,
    and where the file cannot be read; then nothing is written.
    """
    openpyxl = _openpyxl()
    try:
        book = openpyxl.load_workbook(file)
    except (OSError, BadZipFile, KeyError, ValueError, openpyxl.utils.exceptions.InvalidFileException) as error:
        raise UsageError(f"{file}: cannot be read as a spreadsheet ({' '.join(str(error).split())[:120]}) — save it as .xlsx") from error
    known, written = tables(root, folder), {}
    described = {Path(str(table.url)).stem: table for table in description(root).tables}
    for sheet in book.worksheets:
        if sheet.title not in known and (sheet.title not in described or (root.reviews / f"{sheet.title}.tsv").exists()):
            raise UsageError(f"{file}, sheet {sheet.title}: no table of a review is called so — use {', '.join(known)}")
        table = described[sheet.title]
        path = folder.resolve() / str(table.url)
        text = tidy(table, "\n".join(_lines(sheet, table, f"{file}, sheet {sheet.title}")) + "\n")
        if not path.exists() or path.read_text(encoding="utf-8") != text:
            written[path] = text
    try:
        if written:
            with in_place(folder.resolve()) as fresh:
                shutil.copytree(folder, fresh, dirs_exist_ok=True)
                for path, text in written.items():
                    (fresh / path.name).write_text(text, encoding="utf-8", newline="\n")
    except OSError as error:
        raise UsageError(f"{error.filename}: cannot be written ({error.strerror}) — look at the rights of the folder") from error
    return sorted(written)


def _lines(sheet: Worksheet, table: csvw.Table, where: str) -> Iterator[str]:
    """The lines of the table that a sheet holds, the columns in their order."""
    expected = [str(column.name) for column in table.tableSchema.columns if not column.virtual]
    places: list[int] = []
    for row in sheet.iter_rows():
        texts = [_text(cell, where) for cell in row]
        if places:
            stray = next((cell for at, cell in enumerate(row) if texts[at] and at not in places), None)
            if stray is not None:
                raise UsageError(f"{where}, cell {stray.coordinate}: outside the columns of the table — move it under a heading")
            yield "\t".join(texts[at] for at in places)
        elif texts[0].startswith("#"):
            yield texts[0]
        elif any(texts):
            places = _places(row, texts, expected, where)
            yield "\t".join(expected)
    if not places:
        raise UsageError(f"{where}: no headings — write {', '.join(expected)}")


def _places(row: Sequence[Any], texts: list[str], expected: list[str], where: str) -> list[int]:
    """Where each column of a table stands in a row of headings."""
    for cell, text in zip(row, texts, strict=True):
        if text and text not in expected:
            raise UsageError(f"{where}, cell {cell.coordinate}: no column {text} — use {', '.join(expected)}")
        if text and texts.count(text) > 1:
            raise UsageError(f"{where}, cell {cell.coordinate}: the column {text} stands twice — take one out")
    if missing := [name for name in expected if name not in texts]:
        raise UsageError(f"{where}: no column {missing[0]} — write the headings {', '.join(expected)}")
    return [texts.index(name) for name in expected]


def _text(cell: Any, where: str) -> str:
    """What a cell says, as a text: numbers and days as they are meant. Raises UsageError for a formula, an error or a text of several lines."""
    value = cell.value
    if cell.data_type in ("f", "e"):
        kind = "a formula" if cell.data_type == "f" else "an error"
        raise UsageError(f"{where}, cell {cell.coordinate}: {kind} ({value}) — write its value as text")
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    if isinstance(value, datetime):
        return (value.date() if value.time() == datetime.min.time() else value).isoformat()
    text = value.isoformat() if isinstance(value, date) else "" if value is None else str(value)
    if any(sign in text for sign in "\t\n\r"):
        raise UsageError(f"{where}, cell {cell.coordinate}: a tab or several lines in one cell — write one line")
    return text
