"""Where sources agree and where they contradict each other: counted anew from the rows, shown by the commands, true of cases made by hand."""

from __future__ import annotations

import csv
import json
from collections import defaultdict
from pathlib import Path

import pyoxigraph as ox
import pytest

from exograph import agreement
from exograph.agreement import AGAINST, DIVIDED, FIGURE, FOR
from exograph.api import compare
from exograph.built import Built
from exograph.catalogue import ask
from exograph.engines import Oxigraph
from exograph.errors import UsageError
from exograph.graphs import Rule, apply, derivations
from exograph.places import Places
from exograph.terms import GRAPH
from tests.conftest import REPOSITORY
from tests.test_cli import run

EXOG = "https://w3id.org/exograph/ontology#"
HIGH_IS_GOOD = {"yield": True, "purity": True, "vesicle integrity": True, "processing time": False, "cost": False, "scalability": True}
GOOD_WORDS = {"high": True, "low": False, "preserved": True, "compromised": False}


def test_the_sides_of_every_dispute_are_those_that_the_rows_give(built: Built) -> None:
    """Counted here from the tables of the reviews alone: article by article, subject by subject, for some criteria of isolation."""
    said: dict[tuple[str, str], dict[str, set[bool]]] = defaultdict(lambda: defaultdict(set))
    for path in sorted(REPOSITORY.glob("reviews/*/ratings.tsv")):
        with path.open(encoding="utf-8", newline="") as file:
            for row in csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE):
                if row["criterion_label"] in HIGH_IS_GOOD and row["level_label"] in GOOD_WORDS:
                    good = GOOD_WORDS[row["level_label"]] == HIGH_IS_GOOD[row["criterion_label"]]
                    said[row["subject"], row["criterion"]][path.parent.name].add(good)
    contrary = {
        pair: ({key for key, ways in of.items() if ways == {True}}, {key for key, ways in of.items() if ways == {False}})
        for pair, of in said.items()
    }  # fmt: skip
    expected = {pair: sides for pair, sides in contrary.items() if all(sides)}
    found: dict[tuple[str, str], dict[str, set[str]]] = defaultdict(lambda: defaultdict(set))
    keys = {record["article"]: str(record["key"]) for record in ask(built, "stances", {"class": "exog:Topic"}).records()}
    for record in ask(built, "disputes", {"kind": "exog:realContradiction"}).records():
        if record["criterionLabel"] in HIGH_IS_GOOD:
            found[str(record["subject"]), str(record["criterion"])][str(record["side"])].add(keys[record["article"]])
    assert {pair: (sides["for"], sides["against"]) for pair, sides in found.items()} == expected
    assert len(expected) >= 15


def test_the_strongest_disputes_that_the_tables_hold_come_out_on_top() -> None:
    """Three tables call the yield of ultrafiltration high and eight call it low, one of which says both; Han et al. are among the eight."""
    records = json.loads(run("disputes", "--topic", "isolation", "-f", "json").stdout)
    top = [(record["subject"], record["criterion"], record["for"], record["against"], record["both"]) for record in records[:6]]
    assert top[0] == ("exog:filtration", "exog:yield", 2, 8, 1)
    assert ("exog:ultracentrifugation", "exog:yield", 2, 3, 1) in top
    assert records[0]["sourcesBoth"] == "World J Gastrointest Oncol 2025"
    assert records[0]["sourcesFor"] == "J Transl Med 2022, World J Stem Cells 12(8):814"
    strength = [min(record["for"], record["against"]) for record in records]
    assert strength == sorted(strength, reverse=True)


def test_the_restated_tables_hold_those_sides(oracle_of_tables: list[dict[str, str]]) -> None:
    """The same two disputes, by the framing in which the restated tables print them."""
    sides: dict[tuple[str, str], dict[str, set[str]]] = defaultdict(lambda: defaultdict(set))
    for row in oracle_of_tables:
        sides[row["normalised_method"], row["criterion"]][row["framing"]].add(row["key"])
    for method, good, bad in (("ultrafiltration", 3, 8), ("ultracentrifugation", 2 + 1 - 1, 3 + 1)):
        printed = sides[method, "yield"]
        assert (len(printed["advantage"]), len(printed["disadvantage"])) == (good, bad), method


@pytest.fixture
def oracle_of_tables(text: Path) -> list[dict[str, str]]:
    """The statements of the tables as they were restated, which stand beside the texts."""
    path = text.parent / "reviews" / "claims.tsv"
    if not path.is_file():
        pytest.skip("the restated tables are not at hand: no claims.tsv in reviews/ beside the folder of the texts")
    with path.open(encoding="utf-8", newline="") as file:
        return [*csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE)]


def test_every_restated_statement_is_in(oracle_of_tables: list[dict[str, str]], built: Built) -> None:
    claims = built.engine.select(
        f"SELECT ?c WHERE {{ ?c <{EXOG}assertedIn> ?a . FILTER (!STRSTARTS(STR(?c), 'https://w3id.org/exograph/id/han2023/')) }}"
    ).rows
    assert len(oracle_of_tables) == 679
    assert len(claims) >= 679


# ---- rules, on cases made by hand ----

CASE = f"""
PREFIX exog: <{EXOG}>
PREFIX rdfs: <http://www.w3.org/2000/01/rdf-schema#>
PREFIX skos: <http://www.w3.org/2004/02/skos/core#>
PREFIX vann: <http://purl.org/vocab/vann/>
PREFIX ex: <urn:x-case:>
"""


@pytest.fixture(scope="module")
def rules(data: Places) -> list[Rule]:
    """The rules that derive what sources come to side by side."""
    return [rule for rule in derivations(data) if rule.graph == GRAPH.consensus]


def derived(rules: list[Rule], *ratings: tuple[str, str, str, str]) -> Oxigraph:
    """What the rules derive from ratings: article, subject, criterion, valence (for, against, neither) or a figure."""
    engine = Oxigraph(ox.Store())
    labels = " ".join(f'exog:{name} rdfs:label "{name}"@en .' for name in (
        "favourableStance", "unfavourableStance", "middlingStance", "dividedStance", "figureStance",
        "realContradiction", "differentVariant", "differentScope", "contradictionInside"))  # fmt: skip
    kin = "ex:ultrafiltration skos:broader ex:filtration . ex:reagentCost skos:broader ex:cost . ex:equipmentCost skos:broader ex:cost ."
    things = {name for _, subject, criterion, _ in ratings for name in (subject, criterion)} | {"filtration", "cost"}
    lines = [labels, kin, "ex:figure exog:quantifies ex:yield .", *(f'ex:{name} rdfs:label "{name}"@en .' for name in sorted(things))]
    lines += [f"ex:{criterion} exog:goodDirection exog:higherIsBetter ." for criterion in {rating[2] for rating in ratings} - {"taste"}]
    lines += ["ex:taste exog:goodDirection exog:neitherIsBetter ."]
    lines += [f'ex:{a} vann:preferredNamespacePrefix "{a}" ; rdfs:label "{a}"@en .' for a in {rating[0] for rating in ratings}]
    for number, (article, subject, criterion, way) in enumerate(ratings):
        claim = f"ex:claim{number} exog:assertedIn ex:{article} ; exog:subject ex:{subject}"
        if way == "figure":
            lines.append(f"{claim} ; a exog:QuantityClaim ; exog:quantityKind ex:figure .")
            continue
        valence = {"for": "; exog:valence exog:favourable", "against": "; exog:valence exog:unfavourable"}.get(way, "")
        lines.append(f"{claim} ; a exog:RatingClaim ; exog:criterion ex:{criterion} ; exog:level ex:some {valence} .")
    engine.store.update(f"{CASE} INSERT DATA {{ {' '.join(lines)} }}")
    for rule in rules:
        apply(rule, engine)
    return engine


def stances(engine: Oxigraph) -> set[tuple[str, ...]]:
    rows = engine.select(f"{CASE} SELECT ?a ?s ?k WHERE {{ ?x a exog:Stance ; exog:stanceOf ?a ; exog:judges ?s ; exog:stanceKind ?k }}").rows
    return {tuple(term.value.rpartition(":")[2].rpartition("#")[2] for term in row) for row in rows}


def disputes(engine: Oxigraph) -> dict[tuple[str, str, str], tuple[set[str], set[str], set[str]]]:
    """The articles for, against and on both sides, by subject, criterion and kind."""
    found: dict[tuple[str, ...], dict[str, set[str]]] = defaultdict(lambda: defaultdict(set))
    query = f"""{CASE} SELECT ?s ?k ?kind ?side ?a WHERE {{
        ?d a exog:Dispute ; exog:judges ?s ; exog:judgedBy ?k ; exog:disputeKind ?kind ; ?side ?a .
        ?a vann:preferredNamespacePrefix ?key }}"""
    for row in engine.select(query).rows:
        *pair, side, article = (term.value.rpartition(":")[2].rpartition("#")[2] for term in row)
        found[tuple(pair)][side].add(article)
    return {pair: (of["sideFor"], of["sideAgainst"], of["sideBoth"]) for pair, of in found.items()}  # type: ignore[misc]


def test_a_source_has_one_stance_by_all_that_it_states(rules: list[Rule]) -> None:
    engine = derived(
        rules,
        ("a", "filtration", "yield", "for"), ("a", "filtration", "yield", "for"), ("a", "filtration", "yield", "neither"),
        ("b", "filtration", "yield", "for"), ("b", "filtration", "yield", "against"),
        ("c", "filtration", "yield", "neither"), ("c", "filtration", "yield", "figure"),
        ("d", "filtration", "yield", "figure"),
        ("e", "filtration", "taste", "neither"),
    )  # fmt: skip
    assert stances(engine) == {
        ("a", "filtration", "favourableStance"), ("b", "filtration", "dividedStance"),
        ("c", "filtration", "middlingStance"), ("d", "filtration", "figureStance"),
    }  # fmt: skip
    assert disputes(engine) == {("filtration", "yield", "contradictionInside"): (set(), set(), {"b"})}


def test_a_figure_never_votes_and_silence_is_counted_apart(rules: list[Rule]) -> None:
    engine = derived(rules, ("a", "filtration", "yield", "for"), ("b", "filtration", "yield", "figure"), ("c", "filtration", "cost", "against"))
    row = engine.select(f"""{CASE} SELECT ?for ?against ?figure ?silent WHERE {{
        ?c a exog:Consensus ; exog:judges ex:filtration ; exog:judgedBy ex:yield ; exog:sourcesFor ?for ; exog:sourcesAgainst ?against ;
          exog:sourcesWithFigure ?figure ; exog:sourcesSilent ?silent }}""").rows
    assert [[int(term.value) for term in one] for one in row] == [[1, 0, 1, 1]]


def test_disputes_are_told_apart_by_what_they_are_about(rules: list[Rule]) -> None:
    engine = derived(
        rules,
        ("a", "ultrafiltration", "yield", "for"), ("b", "ultrafiltration", "yield", "against"), ("c", "filtration", "yield", "against"),
        ("d", "filtration", "reagentCost", "for"), ("e", "filtration", "equipmentCost", "against"),
        ("f", "filtration", "reagentCost", "for"), ("f", "filtration", "equipmentCost", "against"),
    )  # fmt: skip
    assert disputes(engine) == {
        ("ultrafiltration", "yield", "realContradiction"): ({"a"}, {"b"}, set()),
        ("filtration", "yield", "differentVariant"): ({"a"}, {"c"}, set()),
        ("filtration", "cost", "differentScope"): ({"d"}, {"e"}, {"f"}),
    }


def test_two_sources_are_alike_when_they_judge_nearly_everything_alike(rules: list[Rule]) -> None:
    same = [("filtration", f"criterion{number}", "for") for number in range(9)]
    copied = [(article, *one) for article in "ab" for one in same]
    other = [("c", subject, criterion, "for" if number < 7 else "against") for number, (subject, criterion, _) in enumerate(same)]
    rows = derived(rules, *copied, *other).select(f"{CASE} SELECT ?a ?n WHERE {{ ?x exog:likens ?a ; exog:judgedAlike ?n }} ORDER BY ?a").rows
    assert [(article.value[-1], n.value) for article, n in rows] == [("a", "9"), ("b", "9")]


# ---- commands ----


def test_across_counts_only_the_sources_that_are_wanted(built: Built) -> None:
    everything = agreement.tallies(built, "isolation")
    pair = ("exog:ultracentrifugation", "exog:yield")
    assert dict(everything.cells[pair]) == {FOR: 2, AGAINST: 3, DIVIDED: 1, FIGURE: 1}
    late = agreement.tallies(built, "isolation", since=2023)
    assert dict(late.cells[pair]) == {FOR: 1, DIVIDED: 1, FIGURE: 1}
    assert {"World J Stem Cells 12(8):814", "PMC9218252"} <= set(late.undated.values())
    two = agreement.tallies(built, "isolation", ["yield"], sources=["jtm2022", "membranes2021"])
    assert (dict(two.cells[pair]), [*two.criteria], set(two.sources)) == ({AGAINST: 2}, ["exog:yield"], {"jtm2022", "membranes2021"})
    with pytest.raises(UsageError, match=r"--sources jtm2021: .* jtm2022"):
        agreement.tallies(built, "isolation", sources=["jtm2021"])


def test_a_cell_of_the_matrix_tells_every_way_and_silence_is_no_vote(built: Built) -> None:
    matrix = compare("isolation", ["yield"], across=True)
    cells = {row[0]: row[1] for row in matrix.rows}
    assert cells["ultracentrifugation"] == "+2 −3 ±1 #1"
    assert cells["acoustic isolation"] == "#1"
    assert compare("isolation", ["automation"], across=True).rows[0][1] == "+2"


def test_the_heat_map_is_coloured_by_how_the_sources_lean(built: Built) -> None:
    found = agreement.tallies(built, "isolation", ["purity", "yield"])
    plain, coloured = agreement.picture(found, 100, coloured=False), agreement.picture(found, 100, coloured=True)
    assert "\x1b" not in plain
    assert "48;5;34;38;5;231m  8:0" in coloured
    assert "48;5;124;38;5;231m" in coloured
    assert max(map(len, plain.splitlines())) <= 100


def test_one_review_is_compared_by_without_across() -> None:
    done = run("compare", "isolation", "--sources", "jo2019", "-f", "json")
    records = json.loads(done.stdout)
    assert "density gradient centrifugation" in {record["isolation method"] for record in records}
    assert all("han2023" not in str(record) for record in records)
    refused = run("compare", "isolation", "--sources", "jo2019,jtm2022")
    assert (refused.returncode, refused.stderr.count("\n")) == (2, 1)
    assert "add --across" in refused.stderr


def test_explain_shows_each_statement_with_source_and_place_and_who_may_not_be_independent() -> None:
    done = run("explain", "ultracentrifugation", "yield", "-f", "json")
    records = json.loads(done.stdout)
    assert [record["way"] for record in records] == ["for"] * 5 + ["figure"] + ["against"] * 4
    assert ("Cell Biosci 2021", "Table 1, UC (purification)") in {(record["source"], record["place"]) for record in records}
    assert "2 for, 3 against, 0 neither, 1 both at once, 1 with a figure only" in done.stderr
    assert "may not be independent" in done.stderr


@pytest.mark.parametrize("words", [["disputes", "nothing such"], ["explain", "nothing such", "yield"], ["compare", "isolation", "--since", "2020"]])
def test_what_is_unknown_ends_in_one_line(words: list[str]) -> None:
    done = run(*words)
    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (2, "", 1)


def test_the_first_review_stands_alone_where_all_others_contradict_it(built: Built) -> None:
    records = ask(built, "stands-alone").records()
    alone = {
        (record["subjectLabel"], record["criterionLabel"]): (record["for"], record["against"])
        for record in records
        if record["how"] == "against all others"
    }
    assert alone[("precipitation", "yield")] == (3, 1), "the three that judge the yield of precipitation otherwise call it high"
