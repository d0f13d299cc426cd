"""The graph describes itself: questions, prefixes and partitions, asked for as SIB's editor asks."""

from __future__ import annotations

import pytest
from rdflib import Literal, URIRef

from exograph.answers import answer, select
from exograph.catalogue import Question, read_question, read_questions, run
from exograph.described import pasted
from exograph.engines import ENGINES
from exograph.graphs import Built
from exograph.places import Places
from exograph.prefixes import EXOG, GRAPH
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
PARTITIONS = """
PREFIX void: <http://rdfs.org/ns/void#>
PREFIX voidext: <http://ldf.fi/void-ext#>
SELECT DISTINCT ?class ?property ?objectClass ?datatype ?count WHERE {
  ?ofClass void:class ?class ; void:propertyPartition ?ofProperty .
  ?ofProperty void:property ?property .
  OPTIONAL {
    { ?ofProperty void:classPartition ?to . ?to void:class ?objectClass ; void:triples ?count }
    UNION { ?ofProperty voidext:datatypePartition ?to . ?to voidext:datatype ?datatype ; void:triples ?count }
  }
}
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
def test_a_query_pasted_from_the_catalogue_answers_as_the_question_does(built: Built, question: Question) -> None:
    stored = built.dataset.graph(GRAPH.queries).value(
        URIRef(f"https://w3id.org/exograph/query/{question.name}"), URIRef(f"{built.prefixes.map['sh']}select")
    )
    found = select(answer(built.engine.select(str(stored)), built.prefixes), list(question.columns))
    assert found == run(built, question, {}, built.engine)


def test_an_editor_gets_classes_properties_and_what_they_lead_to_with_counts(built: Built) -> None:
    rows = {row[:4]: row[4] for row in built.engine.select(PARTITIONS).rows}
    counted = f"SELECT ?claim WHERE {{ ?claim a <{EXOG.RatingClaim}> ; <{EXOG.criterion}> ?criterion . ?criterion a <{EXOG.Criterion}> }}"
    found = rows[(EXOG.RatingClaim, EXOG.criterion, EXOG.Criterion, None)]
    assert isinstance(found, Literal)
    assert found.toPython() == len(built.engine.select(counted).rows) > 200
    assert (EXOG.Claim, EXOG.hasAnchor, EXOG.Anchor, None) in rows, "superclasses are partitioned too"
    assert any(datatype is not None for _, _, _, datatype in rows)
    assert not [cls for cls, *_ in rows if str(cls).startswith(built.prefixes.map["owl"])]


def test_every_class_tells_how_many_things_it_has(built: Built) -> None:
    query = "PREFIX void: <http://rdfs.org/ns/void#> SELECT ?class ?things WHERE { ?partition void:class ?class ; void:entities ?things }"
    told = {str(cls): Literal(things).toPython() for cls, things in built.engine.select(query).rows}
    contents = {row[0]: row[2] for row in run(built, read_question(built.places.queries / "ask" / "contents.rq"), {}, built.engine).rows}
    assert {built.prefixes.contract(cls): things for cls, things in told.items() if cls.startswith(str(EXOG))} == contents


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
    text = "#+ question: What?\n#+ topic: any\n#+ columns: {a: b}\nSELECT ?a WHERE { SERVICE <https://example.org/sparql> { ?a ?b ?c } }"
    (root / "queries" / "ask" / "far.rq").write_text(text, encoding="utf-8")
    assert [str(o) for _, p, o in described(Places(root), built.prefixes) if p == SPEX.federatesWith] == ["https://example.org/sparql"]


def test_defaults_are_written_into_the_query_as_terms(built: Built) -> None:
    question = next(question for question in QUESTIONS if question.name == "methods-with-level")
    text = pasted(question, built.prefixes)
    assert "VALUES ?criterion { <https://w3id.org/exograph/ontology#yield> }" in text
    assert "#+" not in text
