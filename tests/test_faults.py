"""Each fault that a curator can make is found, with a message that names the row and the remedy."""

from __future__ import annotations

from pathlib import Path

import pytest
from rdflib import URIRef

from exograph.errors import Finding, RowsError, UsageError
from exograph.graphs import build
from exograph.places import Places
from exograph.validation import validate
from tests.conftest import Spoil, of_reviews, spoiling
from tests.rdf import EXOG

UNKNOWN = "0" * 64

# what is done: table, row, column, value — and what the message must say: column, words of the problem
CELLS = {
    "a level that does not exist": ("ratings.tsv", "r005", "level", "exog:cheap", "level", "exog:cheap does not exist"),
    "a CURIE whose prefix is unknown": ("ratings.tsv", "r005", "criterion", "exo:cost", "criterion", "exo:cost does not exist"),
    "a cell that holds no CURIE": ("ratings.tsv", "r005", "criterion", "cost", "criterion", "cost"),
    "a label that is not the term's": ("ratings.tsv", "r005", "criterion_label", "price", "criterion_label", "“price” is not the label of exog:cost"),
    "a level without a criterion": ("ratings.tsv", "r005", "criterion", "", "criterion", "required column value is missing"),
    "an anchor without its start": ("ratings.tsv", "r005", "start", "", "start", "different numbers of values"),
    "a claim without a part": ("ratings.tsv", "r005", "part", "", "part", "required column value is missing"),
    "an anchor with more starts than ends": ("ratings.tsv", "r005", "start", "1|2", "start", "different numbers of values"),
    "a part that does not exist": ("ratings.tsv", "r005", "part", "table-9", "part", "table-9 does not exist"),
    "a claim that cites a citation that does not exist": ("ratings.tsv", "r005", "citations", "c999", "citations", "c999 does not exist"),
    "a reference that is not in the list": ("citations.tsv", "c005", "resolved", "75", "resolved", "75 does not exist"),
    "a number that is no number": ("quantities.tsv", "q001", "value", "1,000 or so", "value", "1,000 or so"),
    "a number that is not finite": ("quantities.tsv", "q001", "value", "NaN", "value", "not finite"),
    "an empty value between two bars": ("ratings.tsv", "r005", "citations", "c005||c006", "citations", "nothing stands between"),
    "an offset that is no number": ("ratings.tsv", "r005", "start", "12a", "start", "12a"),
    "a confidence above one": ("citations.tsv", "c020", "confidence", "1.5", "confidence", "must be <= 1"),
    "an id of the wrong form": ("ratings.tsv", "r005", "id", "r5", "id", "r5"),
    "an id that stands twice": ("ratings.tsv", "r005", "id", "r004", "id", "r004 stands already in line"),
    "a finding without an endpoint": ("findings.tsv", "f070", "endpoint", "", "endpoint", "required column value is missing"),
    "an effect that does not exist": ("findings.tsv", "f070", "effect", "exog:improves", "effect", "exog:improves does not exist"),
    "a finding of a study that does not exist": ("findings.tsv", "f074", "study", "s999", "study", "s999 does not exist"),
    "a study whose work is not in the list": ("studies.tsv", "s001", "reference", "75", "reference", "75 does not exist"),
    "a reason that is no claim of the review": ("positions.tsv", "p016", "reasons", "p999", "reasons", "p999 does not exist"),
    "an affiliation that is not listed": ("contributors.tsv", "1", "affiliations", "9", "affiliations", "9 does not exist"),
    "a truth value that is none": ("contributors.tsv", "1", "corresponding", "perhaps", "corresponding", "perhaps"),
    "a passage without a reason": ("unclaimed.tsv", "u001", "reason", "", "reason", "required column value is missing"),
    "a declaration without a statement": ("declarations.tsv", "e001", "statement", "", "statement", "required column value is missing"),
    "a short form without its form": ("printed-terms.tsv", "t001", "printed", "", "printed", "required column value is missing"),
    "two terms with one label": ("ratings.tsv", "r036", "cause_label", "pH", "cause_label", "1 labels beside 2 terms"),
}

# faults that only show when the rows are put together
WHOLES = {
    "a level of another scale": (("ratings.tsv", "r005", "level", "exog:preserved"), ("level_label", "preserved"), "level is not on the scale"),
    "a citation without the evidence type": (("ratings.tsv", "r005", "evidence", "ECO:0000303"), ("evidence_label", ""), "ECO:0000304"),
    "evidence of a citation without one": (("ratings.tsv", "r005", "citations", ""), None, "ECO:0000304"),
    "a method of the wrong class": (
        ("ratings.tsv", "r006", "subject", "exog:ultracentrifuge"),
        ("subject_label", "ultracentrifuge"),
        "does not apply",
    ),
    "a slice behind the end of the text": (("ratings.tsv", "r005", "end", "99999"), None, "ends behind the end"),
    "a slice outside its part": (("ratings.tsv", "r005", "part", "abstract"), None, "does not lie within the part"),
    "a slice that ends before it starts": (("ratings.tsv", "r005", "end", "18700"), None, "start"),
    "a rule that does not lead to the reference": (("citations.tsv", "c020", "resolved", "47"), None, "rule does not lead"),
    "a number without a unit of the right kind": (("quantities.tsv", "q001", "unit", "exog:yield"), ("unit_label", "yield"), "no unit of QUDT"),
    "a framing against the level": (("ratings.tsv", "r006", "framing", "exog:disadvantage"), ("framing_label", "disadvantage"), "framed as"),
    "a recommendation without an action": (("positions.tsv", "p011", "action", ""), ("action_label", ""), "names no action"),
    "an endpoint that is none": (("findings.tsv", "f070", "endpoint", "exog:yield"), ("endpoint_label", "yield"), "not exactly one endpoint"),
    "a range without its upper limit": (("quantities.tsv", "q004", "upper_value", ""), None, "a range has two numbers"),
    "a range that is upside down": (("quantities.tsv", "q004", "upper_value", "3"), None, "a range has two numbers"),
    "a change of a mediator that is not named": (
        ("findings.tsv", "f070", "mediator_effect", "exog:increases"),
        ("mediator_effect_label", "increases"),
        "names no mediator",
    ),
    "an expectation of two kinds": (("positions.tsv", "p016", "kind", "exog:Claim"), ("kind_label", "claim"), "not of exactly one kind"),
    "a claim that is its own reason": (("positions.tsv", "p016", "reasons", "p016"), None, "the reason for itself"),
    "an abbreviation without its long form": (("printed-terms.tsv", "t010", "expansion", ""), None, "an abbreviation with its expansion"),
    "a topic that is none": (
        ("references.tsv", "21", "topics", "exog:cost"),
        ("topics_label", "cost"),
        "not of the class that the property leads to",
    ),
    "a reference of a wrong kind": (("references.tsv", "21", "kind", "exog:Study"), ("kind_label", "study"), "no member in common"),
    "a relation to a thing of the wrong class": (("relations.tsv", "l017", "object", "exog:plasma"), ("object_label", "plasma"), "does not lead to"),
}


@pytest.fixture
def copy(data: Places, tmp_path: Path) -> Path:
    """A copy of the data that a test may spoil, of the reviews with what is spoilt and with a table alone."""
    return of_reviews(data, tmp_path / "copy", "han2023", "jo2019").root


def told(findings: list[Finding], row: str, words: str) -> bool:
    """Whether a finding names the row, says the words, and has a remedy."""
    return any(f"({row})" in finding.where and words in f"{finding.problem} {finding.remedy}" and finding.remedy for finding in findings)


@pytest.mark.parametrize("fault", CELLS)
def test_a_faulty_cell_is_refused_with_file_row_column_problem_and_remedy(fault: str, copy: Path, spoil: Spoil) -> None:
    table, row, column, value, named, words = CELLS[fault]
    spoil(table, row, column, value)
    findings = validate(copy).findings
    lines = (copy / "reviews" / "han2023" / table).read_text(encoding="utf-8").splitlines()
    number = max(n for n, line in enumerate(lines, 1) if line.split("\t")[0] in {row, value})
    fitting = [f for f in findings if f.column == named and words in f.problem]
    assert fitting, findings
    assert len(findings) == 1 or column == "id", findings  # a broken row is told once, not again by the rows that name it
    assert any(f.where == f"reviews/han2023/{table}:{number} ({value if column == 'id' else row})" and f.remedy for f in fitting), fitting
    with pytest.raises(RowsError, match="reviews/han2023/"):
        build(copy)


@pytest.fixture(scope="module")
def found(data: Places, tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[Finding]]:
    """What is found for each fault of a whole; in one copy stand as many as have each a row of its own."""
    told: dict[str, list[Finding]] = {}
    while waiting := [fault for fault in WHOLES if fault not in told]:
        together = {WHOLES[fault][0][1]: fault for fault in reversed(waiting)}
        root = of_reviews(data, tmp_path_factory.mktemp("faults") / "copy", "han2023", "jo2019").root
        for fault in together.values():
            (table, row, column, value), beside, _ = WHOLES[fault]
            spoiling(root)(table, row, column, value)
            if beside:
                label = "author statement without traceable support used in manual assertion" if beside[0] == "evidence_label" else beside[1]
                spoiling(root)(table, row, beside[0], label)
        told |= dict.fromkeys(together.values(), validate(root).findings)
    return told


@pytest.mark.xdist_group("faults")
@pytest.mark.parametrize("fault", WHOLES)
def test_a_faulty_whole_is_found_and_led_back_to_its_row(fault: str, found: dict[str, list[Finding]]) -> None:
    (_, row, _, _), _, words = WHOLES[fault]
    assert told(found[fault], row, words), found[fault]


def test_a_finding_that_cites_another_work_than_its_study_is_found(copy: Path, spoil: Spoil) -> None:
    spoil("studies.tsv", "s012", "reference", "13")
    findings = validate(copy).findings
    assert any("findings.tsv" in f.where and "another work" in f.problem for f in findings), findings


def test_a_claim_said_to_stand_in_a_title_but_anchored_in_the_text_is_found(copy: Path, spoil: Spoil) -> None:
    spoil("findings.tsv", "f070", "directness", "exog:statedInTitle")
    spoil("findings.tsv", "f070", "directness_label", "stated in the cited title")
    assert told(validate(copy).findings, "f070", "anchored in the text")


def test_a_passage_that_nothing_holds_is_found_with_its_words(copy: Path, text: Path) -> None:
    """Drop the row that lists the heading of the conclusion, and the text shows a white spot there."""
    path = copy / "reviews" / "han2023" / "unclaimed.tsv"
    lines = path.read_text(encoding="utf-8").splitlines()
    kept = [line for line in lines if "\tconclusion\t" not in line]
    assert len(kept) == len(lines) - 1
    path.write_text("\n".join(kept) + "\n", encoding="utf-8", newline="\n")
    (finding,) = validate(copy, text).findings
    assert finding.check == "coverage"
    assert "“Conclusion”" in finding.problem
    assert "unclaimed.tsv" in finding.remedy


def test_a_claim_that_stands_twice_is_found(copy: Path, spoil: Spoil) -> None:
    path = copy / "reviews" / "han2023" / "ratings.tsv"
    lines = path.read_text(encoding="utf-8").splitlines()
    path.write_text("\n".join([*lines, lines[5].replace("r005", "r900", 1)]) + "\n", encoding="utf-8", newline="\n")
    findings = validate(copy).findings
    assert told(findings, "r900", "says the same"), findings


def test_a_citation_whose_shift_is_not_recorded_is_found_by_number_and_year(copy: Path) -> None:
    """Take the source issue on the numbers of Table 1 away, no other, and the check names the citations by itself."""
    path = copy / "reviews" / "han2023" / "source-issues.tsv"
    head, *lines = path.read_text(encoding="utf-8").splitlines()
    kept = [line for line in lines if not line.startswith("i001\t")]
    assert len(kept) == len(lines) - 1
    path.write_text("\n".join([head, *kept]) + "\n", encoding="utf-8", newline="\n")
    found = {finding.where.rpartition("(")[2].rstrip(")") for finding in validate(copy).findings if finding.check == "citations-unexplained"}
    # 59 and 64 happen to lead to works of a year that the row gives
    assert found == {f"c{n:03d}" for n in range(20, 33)} - {"c025", "c030"}


def test_a_citation_beyond_the_end_of_the_list_is_found(copy: Path, spoil: Spoil) -> None:
    spoil("citations.tsv", "c005", "printed_number", "75")
    spoil("citations.tsv", "c005", "rule", "exog:minusNine")
    spoil("citations.tsv", "c005", "rule_label", "printed number minus nine")
    spoil("citations.tsv", "c005", "resolved", "66")
    issues = copy / "reviews" / "han2023" / "source-issues.tsv"
    issues.write_text("\n".join(line for line in issues.read_text(encoding="utf-8").splitlines() if "c005" not in line) + "\n", encoding="utf-8")
    findings = validate(copy).findings
    assert told(findings, "c005", "leads to no entry of the list"), findings


def test_a_shifted_offset_is_found_against_the_text(copy: Path, spoil: Spoil, text: Path) -> None:
    spoil("ratings.tsv", "r005", "start", "18702")
    findings = validate(copy, text).findings
    assert told(findings, "r005", "is not what the digest says"), findings


def test_an_unknown_column_and_a_ragged_row_are_told(copy: Path) -> None:
    path = copy / "reviews" / "han2023" / "quantities.tsv"
    whole = path.read_text(encoding="utf-8")
    path.write_text(whole.replace("subject\t", "subjekt\t", 1), encoding="utf-8")
    assert "quantities.tsv:1" in validate(copy).findings[0].where
    path.write_text(whole + "q009\texog:biochip\n", encoding="utf-8")
    assert f"quantities.tsv:{len(whole.splitlines()) + 1}" in validate(copy).findings[0].where


def test_a_file_that_is_not_utf8_or_not_toml_is_told(copy: Path) -> None:
    path = copy / "reviews" / "han2023" / "quantities.tsv"
    path.write_bytes(path.read_bytes() + b"\xff\n")
    assert "not UTF-8" in validate(copy).findings[0].problem
    path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes()[:-2])
    assert "exograph format" in validate(copy).findings[0].remedy
    identity = copy / "reviews" / "han2023" / "review.toml"
    identity.write_text(identity.read_text(encoding="utf-8") + "key =\n", encoding="utf-8")
    assert any("not TOML" in finding.problem and "review.toml" in finding.where for finding in validate(copy).findings)


def test_a_file_that_nothing_reads_is_told(copy: Path) -> None:
    """A table under another name, and a folder without an identity."""
    reviews = copy / "reviews"
    (reviews / "han2023" / "quantity.tsv").write_text("id\n", encoding="utf-8")
    (reviews / "smith2024").mkdir()
    (reviews / "smith2024" / "ratings.tsv").write_text("id\n", encoding="utf-8")
    found = {finding.where: finding.problem for finding in validate(copy).findings}
    assert set(found) == {"reviews/han2023/quantity.tsv", "reviews/smith2024/ratings.tsv"}
    assert all("no table" in problem for problem in found.values())


def second_review(copy: Path, key: str) -> Path:
    """A second review in the copy: an identity and one table, with a text that is not at hand."""
    folder = copy / "reviews" / key
    folder.mkdir()
    identity = (copy / "reviews" / "han2023" / "review.toml").read_text(encoding="utf-8")
    identity = identity.replace("han2023", key).replace("10.1186/s13287-023-03288-6", "10.1234/second").replace("bf8e2161", "00000000")
    (folder / "review.toml").write_text(identity, encoding="utf-8")
    return folder


def test_a_second_review_is_a_second_folder(copy: Path, text: Path) -> None:
    """Its claims have a graph and a prefix of their own; what was not held against its text is told."""
    folder = second_review(copy, "smith2024")
    for table, kept in (("parts.tsv", {"extraction", "yield", "traditional-methods", "traditional-methods.p1"}), ("ratings.tsv", {"r024"})):
        head, *lines = (copy / "reviews" / "han2023" / table).read_text(encoding="utf-8").splitlines()
        taken = [line.replace("doi:10.1186/s13287-023-03288-6", "doi:10.1234/second") for line in lines if line.split("\t")[0] in kept]
        (folder / table).write_text("\n".join([head, *taken]) + "\n", encoding="utf-8")
    report = validate(copy, text)
    assert report.findings == []
    assert any("smith2024 not against its text" in what for _, what in report.checked)
    built = build(copy)
    assert built.prefixes.contract("https://w3id.org/exograph/id/smith2024/r024") == "smith2024:r024"
    assert len(built.dataset.graph("https://w3id.org/exograph/graph/smith2024")) > 40


def test_a_cell_that_makes_no_iri_is_told_with_its_row(copy: Path) -> None:
    identity = copy / "reviews" / "han2023" / "review.toml"
    identity.write_text(identity.read_text(encoding="utf-8").replace("https://creativecommons.org/licenses/by/4.0/", "http://["), encoding="utf-8")
    (found,) = [finding for finding in validate(copy).findings if "does not make an IRI" in finding.problem]
    assert found.where == "reviews/han2023/review.toml:1 (han2023)"


def test_a_review_known_by_a_table_only_has_places_and_no_offsets(copy: Path, spoil: Spoil) -> None:
    """No digest and length, no offsets: the claim has its place, and validate asks for nothing more."""
    folder = second_review(copy, "smith2024")
    identity = (folder / "review.toml").read_text(encoding="utf-8")
    (folder / "review.toml").write_text(
        "\n".join(line for line in identity.splitlines() if not line.startswith(("sha256", "length"))), encoding="utf-8"
    )

    def taken(table: str, wanted: set[str], **cells: str) -> None:
        head, *lines = (copy / "reviews" / "han2023" / table).read_text(encoding="utf-8").splitlines()
        columns = head.split("\t")
        rows = [dict(zip(columns, line.split("\t"), strict=True)) for line in lines if line.split("\t")[0] in wanted]
        bare = dict.fromkeys(("start", "end", "sha256"), "")
        text = "\n".join([head, *("\t".join((row | bare | cells).values()) for row in rows)]) + "\n"
        (folder / table).write_text(text, encoding="utf-8", newline="\n")

    evidence = "author statement without traceable support used in manual assertion"
    taken("parts.tsv", {"table-1"}, parent="doi:10.1234/second", position="1")
    taken("ratings.tsv", {"r076"}, part="table-1", citations="", evidence="ECO:0000303", evidence_label=evidence)
    assert validate(copy).findings == []
    built = build(copy)
    anchor = next(built.dataset.objects(URIRef("https://w3id.org/exograph/id/smith2024/r076"), EXOG.hasAnchor))
    assert str(anchor) == "https://w3id.org/exograph/id/smith2024/place/table-1"
    spoil("ratings.tsv", "r005", "start", "")
    spoil("ratings.tsv", "r005", "end", "")
    spoil("ratings.tsv", "r005", "sha256", "")
    assert any("has a selector" in finding.problem for finding in validate(copy).findings), "where a text is pinned, a place alone is too little"


@pytest.mark.parametrize("key", ["ontology", "derived", "mappings", "exog"])
def test_a_review_cannot_take_the_name_of_a_graph_or_a_prefix(copy: Path, key: str) -> None:
    second_review(copy, key)
    findings = validate(copy).findings
    assert any(finding.column == "key" and "already" in finding.problem for finding in findings), findings


@pytest.mark.parametrize(
    ("file", "written", "words"),
    [
        ("queries/check/claims-repeated.rq", "SELECT ?focus WHERE { ?focus a ?x }", "claims-repeated.rq: the header has no fault"),
        ("queries/check/claims-repeated.rq", "#+ fault: a\n#+ remedy: b\nSELECT ?x WHERE { ?x a ?y }", r"claims-repeated.rq: selects no \?focus"),
        ("queries/check/claims-repeated.rq", "#+ fault: a\n#+ remedy: b\nSELECT", "claims-repeated.rq: the query cannot be run"),
        ("queries/derive/valence.rq", "#+ rule: a\n#+ graph: elsewhere\nCONSTRUCT { ?s ?p ?o } WHERE { ?s ?p ?o }", "valence.rq: no graph elsewhere"),
        ("queries/derive/valence.rq", "#+ rule: a\n#+ graph: derived\nCONSTRUCT", "valence.rq: the query cannot be run"),
        ("queries/ask/silence.rq", "#+ topic: a\nSELECT", "silence.rq: the header has no question"),
        ("ontology/criteria.ttl", "@prefix", "ontology/criteria.ttl: not readable as Turtle .Parser error at line 1"),
        ("shapes/claims.ttl", "shapes:Claim a", "shapes/claims.ttl: not readable as Turtle"),
        ("reviews/tables.json", "[]", "tables.json: "),
        ("reviews/tables.json", "{", "tables.json: not readable as JSON"),
    ],
)
def test_a_broken_query_shape_or_description_is_named(copy: Path, file: str, written: str, words: str) -> None:
    (copy / file).write_text(written, encoding="utf-8")
    with pytest.raises(UsageError, match=words) as error:
        validate(copy)
    assert "\n" not in str(error.value)


def test_missing_shapes_or_checks_are_no_clean_bill(copy: Path) -> None:
    for path in [*(copy / "shapes").glob("*.ttl")]:
        path.unlink()
    with pytest.raises(UsageError, match="holds no shape"):
        validate(copy)


def test_a_wrong_length_of_the_text_is_found(copy: Path, text: Path) -> None:
    path = copy / "reviews" / "han2023" / "review.toml"
    path.write_text(path.read_text(encoding="utf-8").replace('"59233"', '"59234"'), encoding="utf-8")
    assert any("59233 code points" in finding.problem for finding in validate(copy, text).findings)
