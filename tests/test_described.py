"""The graph describes itself: questions, prefixes and partitions, asked for as SIB's editor asks."""

from __future__ import annotations

from collections import Counter, defaultdict
from pathlib import Path

import pyoxigraph as ox
import pytest
from rdflib import OWL, RDF, RDFS, Graph, Literal, Namespace, URIRef
from rdflib.term import Node

from exograph import terms
from exograph.answers import answer, select
from exograph.built import Built
from exograph.catalogue import Question, read_questions, run
from exograph.described import pasted
from exograph.distributions import partitions
from exograph.endpoints import endpoints
from exograph.engines import ENGINES, Engine, Oxigraph
from exograph.errors import UsageError
from exograph.federation import Federated
from exograph.interop import Rdflib, from_oxigraph
from exograph.places import Places
from exograph.terms import text
from tests.conftest import REPOSITORY
from tests.crossing import graph_of, triples_of
from tests.rdf import EXOG, GRAPH

REVIEWS = sorted(path.parent.name for path in (REPOSITORY / "reviews").glob("*/review.toml"))

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
PREFIX rdfs: <http://www.w3.org/2000/01/rdf-schema#>
PREFIX sd: <http://www.w3.org/ns/sparql-service-description#>
PREFIX void: <http://rdfs.org/ns/void#>
PREFIX voidext: <http://ldf.fi/void-ext#>
SELECT DISTINCT ?graph ?class ?classLabel ?property ?propertyLabel ?triples ?objectClass ?objectDatatype WHERE {
  OPTIONAL { ?named sd:graph ?graph . ?graph void:classPartition ?ofClass }
  ?ofClass void:class ?class ; void:propertyPartition ?ofProperty .
  ?ofProperty void:property ?property .
  OPTIONAL { ?class rdfs:label ?classLabel }
  OPTIONAL { ?ofProperty void:triples ?triples }
  OPTIONAL { ?property rdfs:label ?propertyLabel }
  OPTIONAL {
    { ?ofProperty void:classPartition/void:class ?objectClass } UNION { ?ofProperty voidext:datatypePartition/voidext:datatype ?objectDatatype }
  }
}
"""
VOID = Namespace("http://rdfs.org/ns/void#")


@pytest.mark.parametrize("engine", sorted(ENGINES))
def test_an_editor_gets_every_saved_question_and_every_prefix(built: Built, engine: str) -> None:
    asked: Engine = built.engine if engine == "oxigraph" else Rdflib(built.dataset)
    rows = asked.select(EXAMPLES).rows
    assert [row[0].value for row in rows] == [f"https://w3id.org/exograph/query/{question.name}" for question in QUESTIONS]
    assert [row[1].value for row in rows] == [question.question for question in QUESTIONS]
    declared = {prefix.value: namespace.value for prefix, namespace in asked.select(PREFIXES).rows}
    assert declared == built.prefixes.map


@pytest.fixture(scope="module")
def counted(built: Built) -> Graph:
    """What a release tells of the parts of its graphs."""
    return graph_of(partitions(built))


def test_an_editor_gets_classes_properties_and_what_they_lead_to_by_graph(built: Built, counted: Graph) -> None:
    """Of a store that holds the dump and the file that describes it."""
    loaded = Oxigraph(ox.Store())
    loaded.store.bulk_extend(built.quads)
    loaded.add(terms.GRAPH.dataset, triples_of(counted))
    rows = {tuple(from_oxigraph(row[at]) for at in (0, 1, 3, 6)): [*map(from_oxigraph, row)] for row in loaded.select(PARTITIONS).rows}
    row = rows[(GRAPH.han2023, EXOG.RatingClaim, EXOG.criterion, EXOG.Criterion)]
    assert [str(cell) for cell in (row[2], row[4])] == ["rating claim", "on criterion"]
    assert isinstance(row[5], Literal)
    review = built.dataset.graph(GRAPH.han2023)
    assert row[5].toPython() == len([claim for claim in review.subjects(EXOG.criterion) if (claim, RDF.type, EXOG.RatingClaim) in review]) > 200
    assert (GRAPH.han2023, EXOG.Claim, EXOG.hasAnchor, EXOG.Anchor) in rows, "superclasses have parts too"
    assert (GRAPH.ontology, EXOG.IsolationMethod, RDFS.label, None) in rows
    assert (GRAPH.derived, EXOG.IsolationMethod, EXOG.hasLow, None) in rows, "and so have bare facts"
    assert {graph for graph, *_ in rows} == {GRAPH[name] for name in ("ontology", "shared", "mappings", "inferred", "derived", "consensus", *REVIEWS)}


def test_every_part_holds_what_is_counted(built: Built, counted: Graph) -> None:
    """Counted here once more, statement by statement; neither OWL's own classes nor what the dataset says of itself are parts."""
    types = {(s, cls) for s, cls in built.dataset.subject_objects(RDF.type) if not str(cls).startswith(str(OWL))}
    classes: dict[Node, set[Node]] = defaultdict(set)
    for thing, cls in types:
        classes[thing].add(cls)
    triples: Counter[tuple[Node, ...]] = Counter()
    things: dict[tuple[Node, ...], set[Node]] = defaultdict(set)
    for graph in built.dataset.graphs():
        for s, p, _ in graph if graph.identifier not in {GRAPH.dataset, GRAPH.queries} else ():
            for cls in classes[s]:
                things[graph.identifier, cls].add(s)
                triples.update([(graph.identifier, cls, p)] if p != RDF.type else [])
    names = {str(graph.identifier) for graph in built.dataset.graphs()}
    parts = [(graph, part, counted.value(part, VOID["class"])) for graph, part in counted.subject_objects(VOID.classPartition) if str(graph) in names]
    told = {(graph, cls): counted.value(part, VOID.entities) for graph, part, cls in parts}
    assert told.items() ^ {key: Literal(len(held)) for key, held in things.items()}.items() == set()
    below = [(graph, cls, counted.value(of, VOID.property), of) for graph, part, cls in parts for of in counted.objects(part, VOID.propertyPartition)]
    lead = {(graph, cls, prop): counted.value(of, VOID.triples) for graph, cls, prop, of in below}
    assert lead.items() ^ {key: Literal(count) for key, count in triples.items()}.items() == set()
    assert len(counted) < len(built.dataset) / 6, "the description stays small beside what it describes"


@pytest.mark.parametrize(
    ("query", "words"),
    [("CONSTRUCT { ?a ?b ?c } WHERE { ?a ?b ?c }", "the header has no rule"), ("#+ rule: a\nCONSTRUCT", "partitions.rq: the query cannot be run")],
)
def test_a_broken_query_of_the_parts_is_named(built: Built, copy: Path, query: str, words: str) -> None:
    (copy / "queries" / "release" / "partitions.rq").write_text(query, encoding="utf-8")
    with pytest.raises(UsageError, match=words):
        partitions(Built(Places(copy), built.prefixes, built.engine, built.load))


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
    assert {URIRef(row[0].value) for row in built.engine.select(query).rows} == graphs
    assert not built.engine.select("SELECT ?a WHERE { ?s <http://www.w3.org/ns/sparql-service-description#endpoint> ?a }").rows


def test_a_federated_question_names_the_endpoints_it_asks(built: Built, tmp_path_factory: pytest.TempPathFactory) -> None:
    from exograph.described import SPEX, described

    root = tmp_path_factory.mktemp("federated")
    (root / "queries" / "ask").mkdir(parents=True)
    header = "#+ question: What?\n#+ topic: any\n#+ columns: {a: b}\n#+ federated: https://example.org/sparql\n"
    query = f"{header}SELECT ?a WHERE {{ SERVICE <https://example.org/sparql> {{ ?a ?b ?c }} }}"
    (root / "queries" / "ask" / "far.rq").write_text(query, encoding="utf-8")
    assert [text(t.object) for t in described(Places(root), built.prefixes) if t.predicate == SPEX.federatesWith] == ["https://example.org/sparql"]


def test_defaults_are_written_into_the_query_as_terms(built: Built) -> None:
    question = next(question for question in QUESTIONS if question.name == "methods-with-level")
    query = pasted(question, built.prefixes)
    assert "VALUES ?criterion { <https://w3id.org/exograph/ontology#yield> }" in query
    assert "#+" not in query
