"""Every saved question is complete, gives its expected rows on both engines, and refuses what does not fit."""

from __future__ import annotations

import re
from pathlib import Path

import pyoxigraph
import pytest
from rdflib.plugins.sparql import prepareQuery

from exograph.answers import write
from exograph.api import engine as engine_of
from exograph.built import Built
from exograph.catalogue import EXPECTED, Question, ask, read_question, read_questions, run
from exograph.endpoints import endpoints
from exograph.engines import ENGINES, Engine
from exograph.errors import UsageError
from exograph.federation import Federated
from exograph.places import Places
from tests.conftest import REPOSITORY, STAND_INS

QUERIES = sorted((REPOSITORY / "queries").glob("*/*.rq"))
QUESTIONS = [read_question(path) for path in QUERIES if path.parent.name == "ask"]
CASES = [(question, case) for question in QUESTIONS for case in (None, *question.cases)]
LOCAL = [(question, case) for question, case in CASES if not question.federated]
SLOW = {
    f"comparison{case}" for case in ("", ".loading", ".sources", ".studies")
}  # for which rdflib takes up to two minutes; two others stand for them
FEDERATED = [(question, case) for question, case in CASES if question.federated]


def named(cases: list[tuple[Question, str | None]]) -> list[str]:
    return [f"{question.name}.{case}" if case else question.name for question, case in cases]


@pytest.fixture(scope="module")
def engines(built: Built) -> dict[str, Engine]:
    """Each engine over the dataset, made once, as a copy of the whole takes longer than an answer."""
    return {name: engine_of(built, name) for name in ENGINES}


@pytest.fixture(scope="module")
def subjects(built: Built) -> set[str]:
    """The CURIEs of all that something is said of."""
    return {built.prefixes.contract(str(subject)) for subject in set(built.dataset.subjects())}


@pytest.mark.parametrize(
    ("question", "case", "engine"),
    [
        pytest.param(question, case, engine, id=f"{name}-{engine}")
        for (question, case), name in zip(LOCAL, named(LOCAL), strict=True)
        for engine in sorted(ENGINES)
        if engine != "rdflib" or name not in SLOW
    ],
)
def test_a_question_gives_the_rows_that_stand_beside_it(
    built: Built, engines: dict[str, Engine], question: Question, case: str | None, engine: str
) -> None:
    found = run(built, question, question.cases[case] if case else {}, engines[engine])
    assert write(found, "tsv").splitlines() == question.expected(case).read_text(encoding="utf-8").splitlines()


@pytest.mark.parametrize(("question", "case"), FEDERATED, ids=named(FEDERATED))
def test_a_federated_question_gives_them_with_what_stands_in_for_its_endpoints(
    built: Built, stand_ins: list[str], question: Question, case: str | None
) -> None:
    found = run(built, question, question.cases[case] if case else {}, Federated(built.dataset, endpoints(stand_ins)))
    assert write(found, "tsv").splitlines() == question.expected(case).read_text(encoding="utf-8").splitlines()


def test_every_endpoint_of_a_question_has_a_stand_in() -> None:
    asked = {address for question in QUESTIONS for address in question.federated}
    assert {f"https://{path.stem}/sparql" for path in STAND_INS.glob("*.ttl")} == asked
    assert len(FEDERATED) > len(asked) > 1


def test_every_expected_file_belongs_to_a_question(data: Places) -> None:
    assert set(data.queries.glob(f"ask/*{EXPECTED}")) == {question.expected(case) for question, case in CASES}


@pytest.mark.parametrize("question", QUESTIONS, ids=lambda question: question.name)
def test_the_header_says_all(question: Question) -> None:
    assert question.question.endswith("?")
    assert question.topic
    assert all(parameter.about and ":" in parameter.type for parameter in question.parameters)
    assert all(question.columns.values())
    for parameter in question.parameters:
        assert f"?{parameter.name}" in question.sparql


@pytest.mark.parametrize("question", QUESTIONS, ids=lambda question: question.name)
def test_an_empty_answer_has_a_reason_and_only_an_empty_one(question: Question) -> None:
    rows = question.expected().read_text(encoding="utf-8").splitlines()[1:]
    assert bool(question.empty) == (not rows)


@pytest.mark.parametrize("path", QUERIES, ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_a_query_is_read_by_both_engines_and_its_prefixes_are_the_declared_ones(path: Path, built: Built) -> None:
    sparql = path.read_text(encoding="utf-8")
    prepareQuery(sparql)
    pyoxigraph.Store().query(re.sub(r"SERVICE <[^>]+>", "SERVICE SILENT <http://127.0.0.1:9/>", sparql))
    for prefix, namespace in re.findall(r"^PREFIX (\w+): <(.*)>$", sparql, re.MULTILINE):
        assert built.prefixes.map[prefix] == namespace


@pytest.mark.parametrize("question", QUESTIONS, ids=lambda question: question.name)
def test_a_query_uses_only_terms_that_the_ontology_has(question: Question, subjects: set[str]) -> None:
    assert set(re.findall(r"\bexog:\w+", question.sparql)) <= subjects


def test_names_are_those_of_the_files_and_sorted(data: Places) -> None:
    names = [question.name for question in read_questions(data)]
    assert names == sorted(names)
    assert all(re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", name) for name in names)


def test_a_parameter_is_taken_by_curie_iri_label_and_synonym(built: Built) -> None:
    ways = ["exog:ultracentrifugation", "https://w3id.org/exograph/ontology#ultracentrifugation", "Ultracentrifugation", "UC"]
    answers = [ask(built, "issues-of-method", {"method": "exog:ultracentrifugation"}).rows]
    answers += [ask(built, "weighing-of-method", {"method": way}).rows for way in ways]
    assert answers[1] == answers[2] == answers[3] == answers[4] != []


def test_a_parameter_is_a_term_and_never_text(built: Built) -> None:
    with pytest.raises(UsageError, match="no such exog:Criterion"):
        ask(built, "silent-methods", {"criterion": "exog:purity } INSERT DATA { <urn:a> <urn:b> <urn:c>"})
    injected = ask(built, "references", {"family": 'Cheng" } UNION { ?reference ?number ?year'})
    assert injected.rows == []


@pytest.mark.parametrize(
    ("name", "settings", "words"),
    [
        ("silent-method", {}, "no question silent-method — did you mean silent-methods"),
        ("../check/claims-repeated", {}, "no question"),
        ("silent-methods", {"method": "UC"}, "has no parameter method — it takes criterion"),
        ("contents", {"method": "UC"}, "it takes none"),
        ("silent-methods", {"criterion": "purty"}, "no such exog:Criterion — use purity"),
        ("references", {"year": "twenty"}, "not an xsd:integer"),
        ("describe", {"thing": "exog:nothing"}, "nothing of that name in the graph"),
    ],
)
def test_what_does_not_fit_is_refused_in_one_line(built: Built, name: str, settings: dict[str, str], words: str) -> None:
    with pytest.raises(UsageError) as error:
        ask(built, name, settings)
    assert words in str(error.value)
    assert "\n" not in str(error.value)


def test_a_header_without_a_question_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "odd.rq"
    path.write_text("#+ topic: x\nSELECT * WHERE { ?s ?p ?o }", encoding="utf-8")
    with pytest.raises(UsageError, match=r"odd\.rq: the header has no question"):
        read_question(path)
    path.write_text("#+ question: [", encoding="utf-8")
    with pytest.raises(UsageError, match=r"odd\.rq: the header is not YAML"):
        read_question(path)


@pytest.mark.parametrize("told", ["", "#+ federated: https://example.org/other\n", "#+ federated: [https://example.org/a, https://example.org/b]\n"])
def test_a_question_tells_which_endpoints_it_asks(tmp_path: Path, told: str) -> None:
    path = tmp_path / "odd.rq"
    text = "#+ question: a?\n#+ topic: x\n#+ columns: {s: a thing}\nSELECT * WHERE { SERVICE <https://example.org/a> { ?s ?p ?o } }"
    path.write_text(told + text, encoding="utf-8")
    with pytest.raises(UsageError, match=r"odd\.rq: the query asks https://example\.org/a by SERVICE — write a line #\+ federated"):
        read_question(path)
    path.write_text("#+ federated: https://example.org/a\n" + text, encoding="utf-8")
    assert read_question(path).federated == ("https://example.org/a",)
    path.write_text("#+ federated: https://example.org/a\n" + text.replace("SERVICE <https://example.org/a>", "# SERVICE\n"), encoding="utf-8")
    with pytest.raises(UsageError, match="the query asks no other endpoint"):
        read_question(path)
