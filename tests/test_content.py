"""The curated rows: complete, in order, true to the pinned text where it is at hand."""

from __future__ import annotations

import re
import statistics
from collections import Counter
from pathlib import Path

import pytest

from exograph.built import Built
from exograph.catalogue import ask
from exograph.curation import tidy
from exograph.graphs import read
from exograph.passages import SOURCES_VARIABLE, Source, sources
from exograph.places import Places
from exograph.tables import Row, description, files, read_rows
from exograph.validation import Report, check_anchors

CLAIMS = ("ratings.tsv", "quantities.tsv", "relations.tsv", "comparisons.tsv", "findings.tsv", "definitions.tsv", "positions.tsv")


@pytest.fixture(scope="module")
def rows(data: Places) -> list[Row]:
    return read_rows(data, description(data)).rows


@pytest.fixture
def source(built: Built, text: Path) -> Source:
    (found,) = sources(built, text)
    return found


def named(rows: list[Row], *tables: str) -> list[Row]:
    return [row for row in rows if row.file.endswith(tables)]


def of_review(rows: list[Row], review: str, *tables: str) -> list[Row]:
    return [row for row in named(rows, *tables) if row.review == review]


def test_no_row_is_faulty(data: Places) -> None:
    assert read(data).findings == []


def test_the_tables_are_in_order() -> None:
    """If this fails: exograph format."""
    assert tidy(check_only=True) == []


def test_every_table_of_the_description_has_a_file(data: Places) -> None:
    group = description(data)
    assert {str(table.url) for table, _, _ in files(data, group)} == {str(table.url) for table in group.tables}


def test_no_file_of_a_review_is_left_out(data: Places) -> None:
    read_files = {path for _, path, _ in files(data, description(data))}
    tables = {*data.reviews.glob("*/*"), *data.reviews.glob("*.tsv"), data.ontology / "mappings.sssom.tsv"}
    assert tables == read_files


def test_all_74_references_are_there_once_and_in_order(rows: list[Row]) -> None:
    assert [row.values["number"] for row in named(rows, "references.tsv")] == list(range(1, 75))


def test_what_a_reference_says_is_printed_in_its_entry(rows: list[Row], source: Source) -> None:
    """Every author, the title, the year, the volume, the pages and the DOI occur in the slice, line breaks aside."""
    for row in named(rows, "references.tsv"):
        cells = row.values
        printed = re.sub(r"[\s-]", "", source.text[cells["start"][0] : cells["end"][0]])
        for name in ("title", "year", "volume", "issue", "pages", "doi", "venue_printed", "publisher", "publisher_place"):
            if cells[name] is not None:
                assert re.sub(r"[\s-]", "", str(cells[name])) in printed, (row.where, name)
        for author in cells["authors"]:
            assert re.sub(r"[\s-]", "", author) in printed, (row.where, author)
        assert ("etal." in printed) == cells["authors_truncated"], row.where
        assert bool(re.search(r"doi\.org", printed)) == (cells["doi"] is not None), row.where


def test_every_citation_marker_is_printed_at_its_place(rows: list[Row], source: Source) -> None:
    for row in of_review(rows, source.key, "citations.tsv"):
        cells = row.values
        assert source.text[cells["start"][0] : cells["end"][0]] == cells["printed_marker"], row.where


def test_every_marker_in_the_text_and_the_tables_is_a_citation_number_by_number(rows: list[Row], source: Source) -> None:
    """Ranges are spelled out; the garbled marker of Table 1 holds the three numbers that are meant."""
    printed: Counter[tuple[int, int]] = Counter()
    for marker in re.finditer(r"\[[\d,\s–]+\]", source.text[: source.text.index("\nReferences\n")]):
        for number in re.findall(r"\d+–\d+|\d+", marker.group()):
            first, _, last = number.partition("–")
            printed.update((marker.start(), n) for n in range(int(first), int(last or first) + 1))
    curated = Counter((row.values["start"][0], row.values["printed_number"]) for row in of_review(rows, source.key, "citations.tsv"))
    garbled = source.text.rindex("[6, 62, 63]4")
    stray = source.text.index("[6, 62, 63]4")  # the same marker, run into the year column
    assert {key for key in printed if key[0] not in (garbled, stray)} == {key for key in curated if key[0] != garbled}
    assert {number for start, number in curated if start == garbled} == {62, 63, 64}
    assert set(curated.values()) == {1}


def test_every_anchor_has_the_digest_of_its_slice(built: Built, text: Path) -> None:
    report = Report()
    check_anchors(built, text, report)
    assert report.findings == []
    assert report.checked[0] == ("anchors", f"every anchor of han2023 against {text / 'han2023.txt'}")


def test_without_the_text_the_check_says_so(built: Built, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(SOURCES_VARIABLE, raising=False)
    report = Report()
    check_anchors(built, None, report)
    assert "not at hand" in report.checked[0][1]


def test_there_are_at_least_600_claims_and_every_kind_of_them(rows: list[Row]) -> None:
    counts = {table: len(named(rows, table)) for table in CLAIMS}
    assert sum(counts.values()) >= 600
    assert all(counts.values()), counts


def test_anchors_of_claims_are_tight(rows: list[Row]) -> None:
    lengths = [end - start for row in named(rows, *CLAIMS) for start, end in zip(row.values["start"], row.values["end"], strict=True)]
    assert statistics.median(lengths) < 160
    assert max(lengths) < 300


def test_a_claim_of_a_table_cites_what_its_row_cites(built: Built) -> None:
    """The reference cell of a row supports every claim of the row."""
    rows = built.engine.select("""
        PREFIX exog: <https://w3id.org/exograph/ontology#>
        SELECT DISTINCT ?claim ?citation ?row WHERE {
          ?claim a exog:Claim ; exog:hasAnchor/exog:inPart/exog:partOf ?row .
          ?row exog:about ?method .
          ?citation a exog:Citation ; exog:hasAnchor/exog:inPart/exog:partOf ?row .
          FILTER NOT EXISTS { ?claim exog:hasCitation ?citation }
        }""").rows
    # only the cells of the category span several rows, so a claim anchored there stands in the first of them too
    assert {row.value.rpartition("/")[2] for _, _, row in rows} <= {"table-1.r1", "table-1.r7", "table-2.r1", "table-2.r3", "table-2.r5"}


def test_prose_and_table_are_claims_of_their_own(built: Built) -> None:
    """A slice lies in the running text or in a table, and no claim mixes the two."""
    kinds = built.engine.select("""
        PREFIX exog: <https://w3id.org/exograph/ontology#>
        SELECT ?claim (COUNT(DISTINCT ?kind) AS ?kinds) WHERE {
          VALUES ?kind { exog:Paragraph exog:TableCell }
          ?claim a exog:Claim ; exog:hasAnchor/exog:inPart/a ?kind .
        } GROUP BY ?claim HAVING (COUNT(DISTINCT ?kind) > 1)""").rows
    assert kinds == []


def test_every_topic_criterion_action_and_type_of_the_ontology_is_used(built: Built) -> None:
    unused = built.engine.select("""
        PREFIX exog: <https://w3id.org/exograph/ontology#>
        SELECT ?term WHERE {
          { ?term a exog:Topic } UNION { VALUES ?class { exog:Criterion exog:Action exog:RelationType exog:QuantityKind } ?term a ?class }
          FILTER NOT EXISTS {
            GRAPH ?graph { ?thing ?says ?term }
            FILTER (REPLACE(STR(?graph), "^.*/", "") NOT IN (
              "ontology", "imports", "bridge", "mappings", "shared", "queries", "inferred", "derived", "consensus", "dataset"))
          }
          FILTER NOT EXISTS { ?narrower <http://www.w3.org/2004/02/skos/core#broader> ?term }
        } ORDER BY ?term""").rows
    # two quantities are there to be asked for: that no review gives either is the answer
    assert [term.value.rpartition("#")[2] for (term,) in unused] == ["shelfLife", "storageTemperature"]


def test_statements_are_sentences(rows: list[Row]) -> None:
    for row in named(rows, *CLAIMS, "source-issues.tsv"):
        assert re.fullmatch(r"[A-Z].*\.", row.values["statement"]), row.where


def test_every_method_is_judged_in_prose_and_in_table(built: Built) -> None:
    counts = Counter(str(record["method"]) for record in ask(built, "isolation-methods").records())
    assert len(counts) == 8, "each of the eight stands in one category"
    assert set(counts.values()) == {1}
    said = built.engine.select("""
        PREFIX exog: <https://w3id.org/exograph/ontology#>
        SELECT DISTINCT ?method ?kind WHERE {
          VALUES ?kind { exog:Paragraph exog:TableCell }
          ?claim a exog:RatingClaim ; exog:subject ?method ; exog:hasAnchor/exog:inPart/a ?kind .
          ?method a exog:IsolationMethod .
        }""").rows
    assert len(said) == 16
