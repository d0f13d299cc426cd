"""The competency questions on isolation methods have exactly their gold answers, on both engines.

The gold answers are restated here from the questions' own list, not from what the queries return.
"""

from __future__ import annotations

from collections.abc import Callable

import pytest

from exograph.answers import Answer
from exograph.api import engine as engine_of
from exograph.built import Built
from exograph.catalogue import ask, find_question
from exograph.engines import ENGINES, Engine

Ask = Callable[..., Answer]

UC, UF, CHROMATOGRAPHY, PRECIPITATION, AFFINITY, BEADS, BIOCHIP, KIT = (
    f"exog:{name}"
    for name in (
        "ultracentrifugation", "ultrafiltrationCentrifugation", "chromatography", "precipitation",
        "immunoaffinityChromatography", "immunomagneticBeads", "biochip", "extractionKit",
    )
)  # fmt: skip
METHODS = {UC, UF, CHROMATOGRAPHY, PRECIPITATION, AFFINITY, BEADS, BIOCHIP, KIT}


@pytest.fixture(params=sorted(ENGINES))
def put(request: pytest.FixtureRequest, built: Built) -> Ask:
    """Ask a saved question of one engine after the other."""
    engine: Engine = engine_of(built, request.param)
    return lambda name, **settings: ask(built, name, settings, engine)


def pairs(answer: Answer, *columns: str) -> set[tuple[object, ...]]:
    return {tuple(record[column] for column in columns) for record in answer.records()}


def column(answer: Answer, name: str) -> list[object]:
    return [record[name] for record in answer.records()]


def test_q004_the_advantages_of_precipitation(put: Ask) -> None:
    """Economical; needs no additional equipment."""
    found = put("weighing-of-method", method="exog:precipitation", framing="exog:advantage")
    assert pairs(found, "criterion", "level") == {("exog:cost", "exog:low"), ("exog:specialEquipment", "exog:notNeeded")}
    assert len(found.rows) == 2


def test_q005_the_purer_of_immunoaffinity_chromatography_and_precipitation(put: Ask) -> None:
    """Immunoaffinity chromatography: high purity; precipitation is described as low purity."""
    found = put("better-of-two", criterion="exog:purity", one=PRECIPITATION, other=AFFINITY)
    assert pairs(found, "better", "betterLevel", "worse", "worseLevel") == {(AFFINITY, "high", PRECIPITATION, "low")}


def test_q012_methods_that_lose_exosomes_by_adhesion_to_a_membrane(put: Ask) -> None:
    found = put("methods-by-cause", cause="exog:membraneAdhesion")
    assert column(found, "method") == [CHROMATOGRAPHY, UF]
    assert set(column(found, "criterion")) == {"exog:yield"}


def test_q015_the_advice_to_combine_methods(put: Ask) -> None:
    """Closing paragraph of Emerging methods; hedged by maybe; no reference cited."""
    (found,) = put("advice-on-methods", action="exog:combineMethods").records()
    assert found["part"] == "han2023:part/emerging-methods.p2"
    assert found["strengthLabel"] == "possible"
    assert found["citations"] == 0
    assert 25484 <= int(str(found["start"])) < 25870


def test_q018_yield_of_the_eight_methods(put: Ask) -> None:
    found = put("levels-by-method", criterion="exog:yield")
    assert pairs(found, "method", "verdict") == {
        (UC, "favourable"), (UF, "unfavourable"), (CHROMATOGRAPHY, "mixed"), (PRECIPITATION, "unfavourable"),
        (AFFINITY, "unfavourable"), (BEADS, "not stated"), (BIOCHIP, "not stated"), (KIT, "favourable"),
    }  # fmt: skip
    chromatography = {(r["level"], r["causeLabel"]) for r in found.records() if r["method"] == CHROMATOGRAPHY}
    assert chromatography == {("exog:high", None), ("exog:low", "membrane adhesion")}


def test_q019_integrity_and_activity_of_the_eight_methods(put: Ask) -> None:
    found = put("integrity-and-activity")
    said = {row for row in pairs(found, "method", "criterion", "levelLabel", "strengthLabel", "inProse", "inTable") if row[2] != "not stated"}
    whole, active = "exog:vesicleIntegrity", "exog:biologicalActivity"
    assert {row[:4] for row in said} == {
        (UC, whole, "compromised", "possible"),
        (UF, active, "preserved", "asserted"),
        (PRECIPITATION, whole, "compromised", "asserted"),
        (BEADS, whole, "preserved", "asserted"),
        (BEADS, active, "compromised", "asserted"),
        (KIT, whole, "preserved", "asserted"),
        (KIT, active, "preserved", "asserted"),
    }
    assert {row[4:] for row in said if row[0] == KIT} == {(True, False)}, "for kits only the running text says so"
    assert {r["inTable"] for r in found.records() if r["method"] == BEADS and r["directnessLabel"] == "stated outright"} == {True}
    silent = {str(m) for m in METHODS} - {str(row[0]) for row in said}
    assert silent == {CHROMATOGRAPHY, AFFINITY, BIOCHIP}
    assert set(column(found, "method")) == METHODS


def test_q023_methods_on_whose_time_the_review_is_silent(put: Ask) -> None:
    assert set(column(put("silent-methods", criterion="exog:processingTime"), "method")) == {UF, PRECIPITATION, AFFINITY, BEADS}


def test_q027_purity_of_the_eight_methods_with_what_is_said_indirectly(put: Ask) -> None:
    found = put("levels-by-method", criterion="exog:purity")
    assert pairs(found, "method", "levelLabel", "directnessLabel") == {
        (UC, "low", "implied"),
        (UF, "not stated", None),
        (CHROMATOGRAPHY, "low", "stated outright"),
        (PRECIPITATION, "low", "stated outright"),
        (AFFINITY, "high", "stated outright"),
        (BEADS, "not stated", None),
        (BIOCHIP, "high", "stated outright"),
        (KIT, "not stated", None),
    }
    assert len(found.rows) == 8
    biochips = put("prose-against-table", method=BIOCHIP)
    assert ("exog:purity", "table only") in pairs(biochips, "criterion", "saidIn")


def test_q028_methods_by_the_number_of_disadvantages_in_table_1(put: Ask) -> None:
    found = put("count-in-table", table="han2023:part/table-1", framing="exog:disadvantage")
    assert pairs(found, "method", "count") == {
        (PRECIPITATION, 5), (UF, 3), (BIOCHIP, 3), (KIT, 3), (UC, 2), (CHROMATOGRAPHY, 2), (AFFINITY, 2), (BEADS, 2),
    }  # fmt: skip
    counts = [int(str(count)) for count in column(found, "count")]
    assert counts == sorted(counts, reverse=True)


def test_q030_no_method_both_preserves_and_needs_no_special_equipment(put: Ask, built: Built) -> None:
    assert put("preserving-without-equipment").rows == []
    assert find_question(built.places, "preserving-without-equipment").empty


def test_q031_methods_without_any_statement_on_purity(put: Ask) -> None:
    assert set(column(put("silent-methods", criterion="exog:purity"), "method")) == {UF, BEADS, KIT}


def test_no_method_is_both_pure_and_cheap(put: Ask, built: Built) -> None:
    assert put("methods-with-both").rows == []
    assert find_question(built.places, "methods-with-both").empty


def test_q094_references_of_2022_in_j_cell_mol_med(put: Ask) -> None:
    assert column(put("references", year="2022", venue="J Cell Mol Med"), "number") == [17]


def test_q099_references_in_the_journal_of_the_review(put: Ask) -> None:
    assert column(put("references-in-same-venue"), "number") == [13, 30, 45]


def test_q102_prose_and_table_on_the_drawbacks_of_kits(put: Ask) -> None:
    found = put("prose-against-table", method=KIT)
    assert pairs(found, "criterion", "framingLabel", "saidIn") >= {("exog:easeOfAdoption", "disadvantage", "prose only")}
    assert not [r for r in found.records() if r["framingLabel"] == "disadvantage" and r["criterion"] != "exog:easeOfAdoption"]


def test_q112_low_purity_of_ultracentrifugation_is_only_said_of_it_elsewhere(put: Ask) -> None:
    found = put("indirect-ratings")
    assert {r["claim"] for r in found.records() if r["subject"] == UC and r["criterionLabel"] == "purity"} == {"han2023:r020", "han2023:r071"}


def test_q088_references_whose_first_author_is_named_cheng(put: Ask) -> None:
    assert column(put("references", family="Cheng"), "number") == [29, 53, 70]


def test_q095_every_reference_is_cited_in_the_prose(put: Ask) -> None:
    assert put("references-uncited-in-prose").rows == []
    counts = put("citation-counts").records()
    assert [r["number"] for r in counts if int(str(r["prose"])) > 0] == list(range(1, 75))


def test_q109_numbers_of_table_2_that_the_list_does_not_have(put: Ask) -> None:
    """75, electroporation; 78, chemical ligation; 80, magnetic nanoparticles."""
    found = put("numbers-beyond-list")
    assert pairs(found, "printed", "partLabel", "resolved") == {
        (75, "Table 2, Electroporation, References", 66),
        (78, "Table 2, Chemical ligation, References", 69),
        (80, "Table 2, Magnetic nanoparticles, References", 71),
    }


def test_the_row_of_table_2_that_breaks_the_shift_has_both_readings(built: Built) -> None:
    rows = built.engine.select("""
        PREFIX exog: <https://w3id.org/exograph/ontology#>
        SELECT ?one ?other WHERE {
          ?citation exog:resolvesTo/exog:referenceNumber ?one ; exog:mayResolveTo/exog:referenceNumber ?other ; exog:printedNumber 62 .
        }""").rows
    assert [[int(term.value) for term in row] for row in rows] == [[70, 62]]
