"""The graph describes itself: questions and prefixes, asked for as SIB's editor asks."""

from __future__ import annotations

import pytest
from rdflib import URIRef

from exograph.answers import answer, select
from exograph.catalogue import Question, read_questions, run
from exograph.described import pasted
from exograph.endpoints import endpoints
from exograph.engines import ENGINES, Engine
from exograph.federation import Federated
from exograph.graphs import Built
from exograph.places import Places
from exograph.prefixes import GRAPH
from tests.conftest import REPOSITORY

QUESTIONS = read_questions(Places(REPOSITORY))
EXAMPLES = """
PREFIX sh: <http://www.w3.org/ns/shacl#>
PREFIX rdfs: <http://www.w3.org/2000/01/rdf-schema#>
SELECT DISTINCT ?question ?words ?query WHERE {
  ?question a sh:SPARQLExecutable ; rdfs:comment ?words ; sh:select|sh:ask|sh:construct|sh:describe ?query .
} ORDER BY ?question
"""
PREFIXES = """
PREFIX sh: <http://www.w3.org/ns/shacl#>
SELECT DISTINCT ?prefix ?namespace WHERE { ?declaration sh:namespace ?namespace ; sh:prefix ?prefix } ORDER BY ?prefix
"""


@pytest.mark.parametrize("engine", sorted(ENGINES))
def test_an_editor_gets_every_saved_question_and_every_prefix(built: Built, engine: str) -> None:
    asked = ENGINES[engine](built.dataset)
    rows = asked.select(EXAMPLES).rows
    assert [str(row[0]) for row in rows] == [f"https://w3id.org/exograph/query/{question.name}" for question in QUESTIONS]
    assert [str(row[1]) for row in rows] == [question.question for question in QUESTIONS]
    declared = {str(prefix): str(namespace) for prefix, namespace in asked.select(PREFIXES).rows}
    assert declared == {prefix: namespace for prefix, namespace in built.prefixes.map.items() if prefix != "shared"}


@pytest.mark.parametrize("question", QUESTIONS, ids=lambda question: question.name)
def test_a_query_pasted_from_the_catalogue_answers_as_the_question_does(built: Built, question: Question, request: pytest.FixtureRequest) -> None:
    engine: Engine = built.engine
    if question.federated:
        engine = Federated(built.dataset, endpoints(request.getfixturevalue("stand_ins")))
    stored = built.dataset.graph(GRAPH.queries).value(
        URIRef(f"https://w3id.org/exograph/query/{question.name}"), URIRef(f"{built.prefixes.map['sh']}select")
    )
    found = select(answer(engine.select(str(stored)), built.prefixes), list(question.columns))
    assert found == run(built, question, {}, engine)


def test_the_service_offers_every_named_graph_and_names_no_address(built: Built) -> None:
    query = """PREFIX sd: <http://www.w3.org/ns/sparql-service-description#>
    SELECT ?graph WHERE { ?service a sd:Service ; sd:defaultDataset/sd:namedGraph/sd:name ?graph }"""
    graphs = {context.identifier for context in built.dataset.graphs() if len(context)}
    assert {row[0] for row in built.engine.select(query).rows} == graphs
    assert not built.engine.select("SELECT ?a WHERE { ?s <http://www.w3.org/ns/sparql-service-description#endpoint> ?a }").rows


def test_a_federated_question_names_the_endpoints_it_asks(built: Built, tmp_path_factory: pytest.TempPathFactory) -> None:
    from exograph.described import SPEX, described

    root = tmp_path_factory.mktemp("federated")
    (root / "queries" / "ask").mkdir(parents=True)
    header = "#+ question: What?\n#+ topic: any\n#+ columns: {a: b}\n#+ federated: https://example.org/sparql\n"
    text = f"{header}SELECT ?a WHERE {{ SERVICE <https://example.org/sparql> {{ ?a ?b ?c }} }}"
    (root / "queries" / "ask" / "far.rq").write_text(text, encoding="utf-8")
    assert [str(o) for _, p, o in described(Places(root), built.prefixes) if p == SPEX.federatesWith] == ["https://example.org/sparql"]


def test_defaults_are_written_into_the_query_as_terms(built: Built) -> None:
    question = next(question for question in QUESTIONS if question.name == "methods-with-level")
    text = pasted(question, built.prefixes)
    assert "VALUES ?criterion { <https://w3id.org/exograph/ontology#yield> }" in text
    assert "#+" not in text
