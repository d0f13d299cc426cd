"""A new review: its folder is made, validate guides through it, and a spreadsheet takes its tables out and back without loss."""

from __future__ import annotations

import os
import shutil
import signal
from collections.abc import Callable
from io import BytesIO
from pathlib import Path
from zipfile import ZIP_DEFLATED, ZipFile

import csvw
import openpyxl
import pytest
import requests
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from exograph.cage import confined
from exograph.errors import UsageError
from exograph.graphs import build, read
from exograph.places import Places, places
from exograph.spreadsheet import from_xlsx, to_xlsx
from exograph.tables import IDENTITY, description, tidy
from exograph.validation import validate
from tests.conftest import of_reviews
from tests.docs import WALK, walked
from tests.served import trap
from tests.test_cli import run


def test_a_new_review_has_every_table_headed_and_commented_by_the_description(copy: Path) -> None:
    done = run("new-review", "smith2024", "--root", str(copy))
    assert done.returncode == 0, done.stderr
    folder = copy / "reviews" / "smith2024"
    own = [table for table in description(places(copy)).tables if (folder / str(table.url)).is_file()]
    assert {path.name for path in folder.iterdir()} == {str(table.url) for table in own}
    assert len(own) == 18
    for table in own:
        text = (folder / str(table.url)).read_text(encoding="utf-8")
        for column in table.tableSchema.columns:
            if not column.virtual:
                assert column.common_props["dc:description"] in text, (table.url, column.name)
    assert (folder / IDENTITY).read_text(encoding="utf-8").count('\nkey = "smith2024"') == 1


@pytest.mark.parametrize("key", ["jo2019", "exog", "consensus", "../x", "Smith", "2024", "", "a b", "a/b", ".hidden"])
def test_a_key_that_is_taken_or_no_name_is_refused_and_nothing_is_made(data: Places, tmp_path: Path, key: str) -> None:
    root = of_reviews(data, tmp_path / "copy", "jo2019").root
    before = sorted(tmp_path.rglob("*"))
    done = run("new-review", key, "--root", str(root))
    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (2, "", 1)
    assert sorted(tmp_path.rglob("*")) == before


def test_a_folder_that_cannot_be_written_is_told_in_one_line(copy: Path) -> None:
    (copy / "reviews" / ".smith2024.making").write_text("a file in the way", encoding="utf-8")
    done = run("new-review", "smith2024", "--root", str(copy))
    assert (done.returncode, done.stderr.count("\n")) == (2, 1)
    assert "reviews/smith2024: cannot be made" in done.stderr
    assert not (copy / "reviews" / "smith2024").exists()


def filled(copy: Path) -> Path:
    """A new review with its identity, one table with one row, and one rating."""
    run("new-review", "smith2024", "--root", str(copy))
    folder = copy / "reviews" / "smith2024"
    identity = {"kind": "exog:ReviewArticle", "kind_label": "review", "article": "article", "label": "Smith 2024"}
    text = (folder / IDENTITY).read_text(encoding="utf-8")
    for name, value in identity.items():
        text = text.replace(f'\n{name} = ""', f'\n{name} = "{value}"')
    (folder / IDENTITY).write_text(text, encoding="utf-8")
    row(folder / "parts.tsv", id="table-1", kind="exog:Table", kind_label="table", label="Table 1", parent="article", position="1")
    row(
        folder / "parts.tsv", id="table-1.r1", kind="exog:TableRow", kind_label="table row", label="Table 1, Precipitation", parent="part/table-1",
        position="1", about="exog:precipitation", about_label="precipitation", row="1",
    )  # fmt: skip
    row(
        folder / "ratings.tsv", id="r001", subject="exog:precipitation", subject_label="precipitation",
        criterion="exog:yield", criterion_label="yield", level="exog:high", level_label="high",
        framing="exog:advantage", framing_label="advantage", statement="Precipitation delivers many exosomes.",
        directness="exog:stated", directness_label="stated outright", strength="exog:asserted", strength_label="asserted", evidence="ECO:0000303",
        evidence_label="author statement without traceable support used in manual assertion", part="table-1.r1",
    )  # fmt: skip
    return folder


def row(path: Path, **cells: str) -> None:
    head = next(line for line in path.read_text(encoding="utf-8").splitlines() if not line.startswith("#")).split("\t")
    assert set(cells) <= set(head), set(cells) - set(head)
    with path.open("a", encoding="utf-8", newline="\n") as file:
        file.write("\t".join(cells.get(name, "") for name in head) + "\n")


def test_validate_guides_from_the_empty_folder_to_one_without_findings(copy: Path) -> None:
    run("new-review", "smith2024", "--root", str(copy))
    folder = copy / "reviews" / "smith2024"
    empty = validate(copy, folder=folder)
    assert {finding.column for finding in empty.findings} == {"kind", "kind_label", "article", "label"}
    assert all(finding.where == "reviews/smith2024/review.toml" and finding.remedy for finding in empty.findings)
    assert "ratings" in dict(empty.checked)["tables"]
    shutil.rmtree(folder)
    filled(copy)
    done = run("validate", str(folder), "--root", str(copy))
    assert (done.returncode, done.stdout) == (0, ""), done.stdout
    assert "reviews/smith2024/ratings.tsv, 1 rows" in done.stderr
    across = run("compare", "isolation", "--across", "--criterion", "yield", "--sources", "smith2024", "-f", "csv", "--root", str(copy))
    assert across.stdout == "isolation method,yield\nprecipitation,+1\n"


def test_only_what_is_found_in_the_folder_is_told(copy: Path) -> None:
    folder = filled(copy)
    row(folder / "ratings.tsv", id="r002", subject="exog:precipitaton", part="table-1.r1")
    with (copy / "reviews" / "jo2019" / "ratings.tsv").open("a", encoding="utf-8") as file:
        file.write("r999\n")
    report = validate(copy, folder=folder)
    assert report.findings
    assert {finding.where for finding in report.findings} == {"reviews/smith2024/ratings.tsv:32 (r002)"}
    assert ("others", "1 findings outside reviews/smith2024, which exograph validate lists") in report.checked
    with pytest.raises(UsageError, match="exograph new-review nosuch2024 makes one"):
        validate(copy, folder=copy / "reviews" / "nosuch2024")


def test_a_comment_below_the_head_is_told_as_it_would_be_lost(copy: Path) -> None:
    folder = filled(copy)
    with (folder / "ratings.tsv").open("a", encoding="utf-8") as file:
        file.write("#r002\tmore\n")
    (found,) = validate(copy, folder=folder).findings
    assert (found.problem, found.remedy) == ("a comment below the head of the table", "move it above the head")


# ---- the spreadsheet ----


@pytest.mark.parametrize("key", ["han2023", "jo2019"])
def test_a_review_comes_back_from_a_spreadsheet_byte_by_byte(data: Places, tmp_path: Path, copy: Path, key: str) -> None:
    file, folder = tmp_path / "review.xlsx", copy / "reviews" / key
    to_xlsx(data, data.reviews / key, file)
    for path in folder.glob("*.tsv"):
        path.unlink()
    from_xlsx(Places(copy.resolve()), file, folder)
    for path in sorted((data.reviews / key).glob("*.tsv")):
        assert (folder / path.name).read_bytes() == path.read_bytes(), path.name


TEXT = st.text(st.characters(exclude_categories=("Cs", "Cc", "Zl", "Zp", "Cn")), max_size=30).map(str.strip)


@settings(max_examples=50, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rows=st.lists(st.tuples(TEXT, TEXT, TEXT), max_size=5))
def test_no_text_is_altered_by_the_way(data: Places, tmp_path_factory: pytest.TempPathFactory, rows: list[tuple[str, str, str]]) -> None:
    """Neither what looks like a number, a date, a formula or an escape, nor any other sign."""
    folder = tmp_path_factory.mktemp("trip")
    root = Places(folder)
    (folder / "reviews" / "a").mkdir(parents=True)
    shutil.copy(data.reviews / "tables.json", folder / "reviews")
    (folder / "reviews" / "a" / IDENTITY).write_text("", encoding="utf-8")
    path = folder / "reviews" / "a" / "unclaimed.tsv"
    table = table_of(root, "unclaimed.tsv")
    head = [str(column.name) for column in table.tableSchema.columns if not column.virtual]
    lines = ["\t".join([f"u{number:03}", *cells, *[""] * (len(head) - 4)]) for number, cells in enumerate(rows, 1)]
    path.write_text(tidy(table, "\n".join(["\t".join(head), *lines]) + "\n"), encoding="utf-8", newline="\n")
    before = path.read_bytes()
    to_xlsx(root, path.parent, folder / "a.xlsx")
    assert from_xlsx(root, folder / "a.xlsx", path.parent) == []
    assert path.read_bytes() == before


def table_of(root: Places, name: str) -> csvw.Table:
    return next(table for table in description(root).tables if str(table.url) == name)


def test_what_looks_like_a_formula_stays_a_text_and_headings_explain_themselves(copy: Path, tmp_path: Path) -> None:
    folder = filled(copy)
    row(folder / "ratings.tsv", id="r002", statement="=1+1", note="007", subject="2024-01-02")
    to_xlsx(Places(copy.resolve()), folder, tmp_path / "a.xlsx")
    sheet = openpyxl.load_workbook(tmp_path / "a.xlsx")["ratings"]
    cells = {str(cell.value): cell for line in sheet.iter_rows() for cell in line if cell.value}
    assert {cells[text].data_type for text in ("=1+1", "007", "2024-01-02")} == {"s"}
    assert {cells[text].number_format for text in ("=1+1", "007", "2024-01-02")} == {"@"}
    assert cells["subject"].comment.text == "the CURIE of the thing the claim is about, or the id of a study"


def test_what_is_typed_into_a_spreadsheet_comes_back_as_it_is_meant(copy: Path, tmp_path: Path) -> None:
    folder, root = filled(copy), Places(copy.resolve())
    to_xlsx(root, folder, tmp_path / "a.xlsx")
    book = openpyxl.load_workbook(tmp_path / "a.xlsx")
    sheet = book["parts"]
    names = {cell.value: cell.column for line in sheet.iter_rows() for cell in line if not str(cell.value).startswith("#")}
    sheet.cell(sheet.max_row, names["position"]).value = 7
    sheet.cell(sheet.max_row, names["note"]).value = 1.5
    book.save(tmp_path / "a.xlsx")
    assert from_xlsx(root, tmp_path / "a.xlsx", folder) == [folder.resolve() / "parts.tsv"]
    (last,) = [one for one in read(root).reviews if one.review == "smith2024"]
    values = next(one.values for one in last.origins.values() if one.values.get("id") == "table-1.r1" and "position" in one.values)
    assert (values["position"], values["note"]) == (7, "1.5")


@pytest.mark.parametrize(
    ("where", "value", "told"),
    [
        (("ratings", "A30"), "no_such", "sheet ratings, cell A30: no column no_such"),
        (("ratings", "B30"), "id", "stands twice"),
        (("ratings", "B31"), "=A1", "sheet ratings, cell B31: a formula (=A1) — write its value as text"),
        (("ratings", "B31"), "two\nlines", "cell B31: a tab or several lines in one cell"),
        (("ratings", "AZ31"), "astray", "cell AZ31: outside the columns of the table"),
        (("title", ""), "rating", "sheet rating: no table of a review is called so"),
    ],
)
def test_what_cannot_be_a_table_is_told_with_sheet_and_cell_and_nothing_is_written(
    copy: Path, tmp_path: Path, where: tuple[str, str], value: str, told: str
) -> None:
    sheet, cell = where
    folder, root = filled(copy), Places(copy.resolve())
    to_xlsx(root, folder, tmp_path / "a.xlsx")
    book = openpyxl.load_workbook(tmp_path / "a.xlsx")
    book["parts"].cell(book["parts"].max_row, 2).value = "exog:Changed"
    if sheet == "title":
        book["ratings"].title = value
    else:
        book[sheet][cell] = value
    book.save(tmp_path / "a.xlsx")
    before = {path: path.read_bytes() for path in folder.iterdir()}
    done = run("from-xlsx", str(tmp_path / "a.xlsx"), str(folder), "--root", str(copy))
    assert done.returncode == 2
    assert done.stderr.endswith(" faults; nothing was written\n")
    assert told in done.stderr
    assert {path: path.read_bytes() for path in folder.iterdir()} == before


def test_what_is_no_spreadsheet_is_told_in_one_line(copy: Path, tmp_path: Path) -> None:
    (tmp_path / "a.xlsx").write_text("no zip", encoding="utf-8")
    done = run("from-xlsx", str(tmp_path / "a.xlsx"), str(copy / "reviews" / "jo2019"), "--root", str(copy))
    assert (done.returncode, done.stderr.count("\n")) == (2, 1)
    assert "cannot be read as a spreadsheet" in done.stderr


def test_a_draft_that_is_filled_in_is_part_of_the_dataset(copy: Path) -> None:
    filled(copy)
    built = build(copy)
    rows = built.engine.select("SELECT ?o WHERE { GRAPH <https://w3id.org/exograph/graph/smith2024> { ?s ?p ?o } }").rows
    assert len(rows) > 20


def test_the_document_on_adding_a_review_says_what_comes_out_when_its_steps_are_taken(tmp_path: Path) -> None:
    assert walked(tmp_path) == WALK.read_text(encoding="utf-8")


# ---- a spreadsheet of a stranger ----


def packed(**parts: bytes) -> bytes:
    """A sound spreadsheet in which some parts are others, or more, each by its name with / as two underscores."""
    made, out = BytesIO(), BytesIO()
    openpyxl.Workbook().save(made)
    changed = {name.replace("__", "/"): data for name, data in parts.items()}
    with ZipFile(made) as sound, ZipFile(out, "w", ZIP_DEFLATED) as fresh:
        for part in sound.infolist():
            if part.filename not in changed:
                fresh.writestr(part, sound.read(part))
        for name, data in changed.items():
            fresh.writestr(name, data)
    return out.getvalue()


SHEET = b'<?xml version="1.0"?>%s<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>%s</sheetData></worksheet>'
LAUGHS = b"".join(b'<!ENTITY a%d "%s">' % (number, b"&a%d;" % (number - 1) * 10) for number in range(1, 10))
FORGED: dict[str, tuple[Callable[[str], dict[str, bytes]], str]] = {
    "entities that multiply": (
        lambda _: {"xl__worksheets__sheet1.xml": SHEET % (b'<!DOCTYPE x [<!ENTITY a0 "a">' + LAUGHS + b"]>", b"<row><c><v>&a9;</v></c></row>")},
        "declares entities",
    ),
    "an entity outside": (
        lambda url: {"xl__worksheets__sheet1.xml": SHEET % (b'<!DOCTYPE x SYSTEM "%s">' % url.encode(), b"")},
        "declares entities",
    ),
    "entities in UTF-16": (
        lambda _: {"xl__worksheets__sheet1.xml": (SHEET % (b'<!DOCTYPE x [<!ENTITY a "a">]>', b"")).decode().encode("utf-16")},
        "declares entities, or is not UTF-8",
    ),
    "more than fits, packed to nothing": (lambda _: {"xl__media__big.bin": bytes(300 << 20)}, "unpacks to more than 256 MiB"),
    "one cell at the end of the sheet": (
        lambda _: {"xl__worksheets__sheet1.xml": SHEET % (b"", b'<row r="1048576"><c r="XFD1048576" t="str"><v>x</v></c></row>')},
        "1048576 rows of 16384 columns",
    ),
    "a number of more digits than Python takes": (
        lambda _: {"xl__worksheets__sheet1.xml": SHEET % (b"", b'<row r="1"><c r="A1"><v>' + b"9" * 5000 + b"</v></c></row>")},
        "a.xlsx",
    ),
    "no XML": (lambda _: {"xl__workbook.xml": b"nonsense"}, "cannot be read as a spreadsheet"),
    "XML that nests": (lambda _: {"xl__workbook.xml": b"<a>" * 100_000}, "a.xlsx"),
}  # fmt: skip


@pytest.mark.parametrize("case", FORGED)
def test_a_forged_spreadsheet_is_refused_in_one_line_and_asks_nobody(copy: Path, tmp_path: Path, case: str) -> None:
    with trap() as (url, seen):
        parts, told = FORGED[case]
        (tmp_path / "a.xlsx").write_bytes(packed(**parts(url)))
        folder = copy / "reviews" / "jo2019"
        before = {path: path.read_bytes() for path in folder.iterdir()}
        done = run("from-xlsx", str(tmp_path / "a.xlsx"), str(folder), "--root", str(copy))
        assert done.returncode == 2
        assert told in done.stderr
        assert "Traceback" not in done.stderr
        assert {path: path.read_bytes() for path in folder.iterdir()} == before
        assert seen == []


def test_a_spreadsheet_cut_anywhere_is_refused(copy: Path, tmp_path: Path) -> None:
    folder, whole = copy / "reviews" / "jo2019", packed()
    for end in range(0, len(whole), len(whole) // 25):
        (tmp_path / "a.xlsx").write_bytes(whole[:end])
        with pytest.raises(UsageError, match="cannot be read as a spreadsheet"):
            from_xlsx(Places(copy.resolve()), tmp_path / "a.xlsx", folder)


def test_who_reads_a_spreadsheet_is_confined() -> None:
    """It can open nothing, and takes no more time and memory than it is given."""
    with trap() as (url, seen):
        with pytest.raises(UsageError, match=r"Too many open files|NameResolution|Connection"):
            confined(lambda: told_by(lambda: requests.get(url, timeout=5)), "a")
        with pytest.raises(UsageError, match="Too many open files"):
            confined(lambda: told_by(lambda: Path("/etc/passwd").read_bytes()), "a")
        assert seen == []
    bombs: list[Callable[[], object]] = [lambda: [None for _ in iter(int, 1)], lambda: b"a" * (1 << 40), lambda: os.kill(os.getpid(), signal.SIGKILL)]
    for bomb in bombs:
        with pytest.raises(UsageError, match="a: takes more than 1 seconds or 64 MiB to read"):
            confined(bomb, "a", seconds=1, memory=64 << 20)
    assert confined(lambda: {"a": ["ü"]}, "a") == {"a": ["ü"]}


def test_where_nobody_can_be_confined_no_spreadsheet_is_read(copy: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As on Windows."""
    (tmp_path / "a.xlsx").write_bytes(packed())
    monkeypatch.delattr(os, "fork")
    with pytest.raises(UsageError, match="which Windows lacks — run the command in WSL"):
        from_xlsx(Places(copy.resolve()), tmp_path / "a.xlsx", copy / "reviews" / "jo2019")


def told_by(work: Callable[[], object]) -> None:
    """Do something, and tell what comes of it as what a user can cause."""
    try:
        work()
    except Exception as error:
        raise UsageError(str(error)) from error
