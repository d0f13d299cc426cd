"""The benchmarks measure what they say: reviews of the real shape, a report that leaves out no bar, a right exponent. No time is asserted."""

from __future__ import annotations

import math
import sys
from pathlib import Path

import pytest

import exograph
from benchmarks import generate
from benchmarks.bars import BARS, OURS, Bar, judged
from benchmarks.cases import peer
from benchmarks.measure import Contestant, Cost, Figure, as_json, exponent, from_json, interleaved, middle, run
from benchmarks.questions import jobs, measured
from benchmarks.report import BEGIN, END, markdown, write
from tests.conftest import REPOSITORY

TWO = {"han2023", "han2023x0001"}


def figures(cost: float) -> list[Figure]:
    """A figure for each side of each bar, ours as dear as told, the peer a second."""
    ours = [Figure(bar.case, bar.ours, size, Cost(cost, cost, cost), 3) for bar in BARS for size in (1, 10)]
    peers = [Figure(bar.case, bar.peer, size, Cost(1, 1, 1), 3) for bar in BARS for size in (1, 10) if bar.peer]
    return list({(one.case, one.who, one.size): one for one in ours + peers}.values())


@pytest.fixture(scope="module")
def two(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """The rows of two reviews, and the release that is built from them."""
    folder = tmp_path_factory.mktemp("two")
    root = generate.rows(REPOSITORY, folder / "rows", 2)
    report, files = exograph.build(folder / "release", root=root)
    assert report.findings == []
    assert files
    return root, folder / "release"


def test_two_generated_reviews_build_without_findings_and_a_question_has_rows_of_both(two: tuple[Path, Path]) -> None:
    assert {path.parent.name for path in two[0].glob("reviews/*/review.toml")} == TWO
    answer = exograph.ask("misnumbered-citations", root=two[0], article="")
    assert {str(record["citation"]).partition(":")[0] for record in answer.records()} == TWO


def test_multiplied_quads_are_those_of_a_build_but_for_what_the_dataset_tells_of_itself(two: tuple[Path, Path], tmp_path: Path) -> None:
    one = tmp_path / "one"
    exograph.build(one, root=generate.rows(REPOSITORY, tmp_path / "rows", 1))
    multiplied = generate.quads(one / "exograph.nq", tmp_path / "two.nq", 2).read_text(encoding="utf-8").splitlines()
    built = (two[1] / "exograph.nq").read_text(encoding="utf-8").splitlines()
    assert len(multiplied) == len(set(multiplied))
    apart = {line for line in {*multiplied} ^ {*built} if not line.endswith(("/graph/dataset> .", "/graph/consensus> ."))}
    assert {line.split()[1].rpartition("#")[2] for line in apart} == {"pmid>", "textDigest>"}, sorted(apart)[:5]


def test_a_local_question_binds_a_thing_of_the_review() -> None:
    found = jobs(REPOSITORY / "queries", {"exog": "https://w3id.org/exograph/ontology#", "han2023": "https://w3id.org/exograph/id/han2023/"}, 1)
    local = {job["name"]: job["terms"] for job in found if job["local"]}
    assert local["bound-molecules"] == {"study": ("https://w3id.org/exograph/id/han2023/s022", None)}
    assert "methods-with-level" not in local


@pytest.mark.parametrize("power", [0, 0.5, 1, 2])
def test_the_exponent_of_a_power_is_that_power(power: float) -> None:
    assert exponent({size: 3 * size**power for size in (1, 10, 100)}) == pytest.approx(power)


def test_one_size_has_no_exponent() -> None:
    assert math.isnan(exponent({1: 2.0}))


def test_the_report_has_a_row_for_every_bar_measured_or_not() -> None:
    for found, verdict in ((figures(1), {"yes", "no"}), ([], {"not measured"})):
        rows = [
            line for line in markdown(found, {}, "python -m benchmarks", "p.svg").splitlines() if line.endswith(tuple(f"| {v} |" for v in verdict))
        ]
        assert [row.split(" | ")[0].removeprefix("| ") for row in rows] == [bar.what for bar in BARS]


def test_a_bar_is_met_on_its_own_side_only() -> None:
    assert {judged(bar, figures(1e-6)).met for bar in BARS if bar.peer} == {"yes"}
    assert {judged(bar, figures(1e6)).met for bar in BARS if bar.peer} == {"no"}


def test_a_peer_that_was_stopped_leaves_open_what_its_true_cost_decides() -> None:
    bar = Bar("a", "a", 10, "slow", most=False)
    ours, slow = Figure("a", OURS, 1, Cost(1, 1, 1)), Figure("a", "slow", 1, Cost(5, 5), above=True)
    assert judged(bar, [ours, slow]).met == "open"
    assert judged(Bar("a", "a", 4, "slow", most=False), [ours, slow]).met == "yes"


def test_what_is_written_by_hand_stays_in_the_report(tmp_path: Path) -> None:
    target = tmp_path / "performance.md"
    target.write_text(f"before\n{BEGIN}\nold\n{END}\nafter\n", encoding="utf-8")
    write(figures(1), {"system": "any"}, "python -m benchmarks", target)
    text = target.read_text(encoding="utf-8")
    assert text.startswith("before\n")
    assert text.endswith("after\n")
    assert "old" not in text
    assert target.with_suffix(".svg").read_text(encoding="utf-8").count("<svg") == 1


def test_contestants_run_in_turn_and_who_fails_or_is_late_is_told() -> None:
    commands = {"good": "sum(range(10**6))", "bad": "raise SystemExit('no such thing')", "late": "import time; time.sleep(60)"}
    found = interleaved("case", 1, [Contestant(name, [sys.executable, "-c", code], 1.5) for name, code in commands.items()], 2, 30)
    good, bad, late = found
    assert good.rounds == 2
    assert good.cost.cpu > 0
    assert good.cost.peak > 1
    assert "no such thing" in bad.note
    assert late.above


def test_figures_survive_json_and_the_median_is_taken_of_each_field() -> None:
    one = Figure("a", "b", 10, Cost(wall=1.5), 3, note="n", more={"p50": 1.0})
    assert as_json(from_json(as_json(one))) == as_json(one)
    assert middle([Cost(1, 9, 2), Cost(3, 1, 2), Cost(2, 5, 8)]) == Cost(2, 5, 2)


def test_a_question_that_one_engine_cannot_answer_is_told_and_counts_for_none(tmp_path: Path) -> None:
    quads, store = tmp_path / "one.nq", tmp_path / "store"
    quads.write_text("<https://e.org/a> <https://e.org/p> <https://e.org/b> <https://e.org/g> .\n", encoding="utf-8")
    run(Contestant("load", peer("load_pyoxigraph", quads, store), timed=True))
    engines = [Contestant("pyoxigraph", peer("session_pyoxigraph", store)), Contestant("rdflib", peer("session_rdflib", quads))]
    job = {"terms": {"s": ("https://e.org/a", None)}, "limit": 20}
    both = {"name": "both", "query": "SELECT ?s ?o { ?s ?p ?o }", **job}
    neither = {"name": "neither", "query": "SELECT ?s {", **job}
    found = {one.who: one for one in measured("case", 1, engines, [both, neither], 2, None)}
    assert [one.each.keys() for one in found.values()] == [{"both"}, {"both"}]
    assert all(one.cost.cpu > 0 and one.cost.peak > 1 for one in found.values())
    assert "neither rdflib" in found["rdflib"].note
