"""Both engines see the same graph, answer every kind of query alike, and derive the same."""

from __future__ import annotations

from pathlib import Path

import pytest
from rdflib import Literal, URIRef
from rdflib.namespace import XSD

from exograph.api import engine as engine_of
from exograph.built import Built
from exograph.engines import ENGINES, Engine
from exograph.errors import UsageError
from exograph.graphs import build, derivations
from exograph.interop import Rdflib, from_oxigraph, to_oxigraph
from exograph.places import Places
from exograph.terms import python
from tests.conftest import of_reviews
from tests.rdf import EXOG, GRAPH

PREFIX = "PREFIX exog: <https://w3id.org/exograph/ontology#>\n"


@pytest.fixture(scope="module", params=sorted(ENGINES))
def engine(request: pytest.FixtureRequest, built: Built) -> Engine:
    chosen: Engine = engine_of(built, request.param)
    return chosen


def test_the_default_graph_is_the_union(engine: Engine) -> None:
    """A method stands in the ontology, its claims in the graph of the review."""
    rows = engine.select(PREFIX + "SELECT ?claim WHERE { ?method a exog:IsolationMethod . ?claim exog:subject ?method ; a exog:RatingClaim }").rows
    assert len(rows) > 90


def test_from_narrows_the_default_graph(engine: Engine) -> None:
    query = f"SELECT ?s ?o FROM <{GRAPH.derived}> WHERE {{ ?s <{EXOG.hasHigh}> ?o }}"
    assert len(engine.select(query).rows) > 5
    assert engine.select(query.replace("/derived", "/ontology")).rows == []


def test_ask_construct_and_describe_are_answered(engine: Engine) -> None:
    yes = engine.solve(PREFIX + "ASK { exog:precipitation exog:hasLow exog:purity }")
    assert [[python(term) for term in row] for row in yes.rows] == [[True]]
    made = engine.solve(PREFIX + "CONSTRUCT { ?s exog:hasLow ?o } WHERE { ?s exog:hasLow ?o }")
    assert made.columns == ("subject", "predicate", "object")
    assert len(made.rows) == len(set(made.rows)) > 5
    assert engine.solve(PREFIX + "DESCRIBE exog:precipitation").rows


@pytest.mark.parametrize("query", ["SELECT WHERE", "INSERT DATA { <urn:a> <urn:b> <urn:c> }", PREFIX + "SELECT ?x WHERE { ?x a nothing:X }"])
def test_what_cannot_be_run_is_refused_in_one_line(engine: Engine, query: str) -> None:
    with pytest.raises(UsageError, match="the query cannot be run") as error:
        engine.solve(query)
    assert "\n" not in str(error.value)


@pytest.mark.parametrize(
    "clause",
    [
        "SERVICE <http://127.0.0.1:9/> { ?s ?p ?o }",
        "?s ?p 1 . SERVICE<http://127.0.0.1:9/>{}",
        "{} service SILENT ?s {}",
        "SERV\\u0049CE SILENT <http://127.0.0.1:9/> { ?s ?p ?o }",
        "\\U00000053ERVICE <http://127.0.0.1:9/> { ?s ?p ?o }",
    ],
)
def test_no_other_server_is_asked(engine: Engine, clause: str) -> None:
    with pytest.raises(UsageError, match="SERVICE asks another server"):
        engine.solve(f"SELECT * WHERE {{ {clause} }}")


def test_no_other_server_is_asked_where_the_word_clings_to_another(engine: Engine) -> None:
    """Oxigraph would read this as SERVICE; it is refused before any engine sees it."""
    with pytest.raises(UsageError, match=r"the query cannot be run: (?!.*port)"):
        engine.solve("SELECT * WHERE { ?s ?p trueSERVICE<http://127.0.0.1:9/>{} }")


def test_a_query_of_the_wrong_kind_is_refused(engine: Engine) -> None:
    with pytest.raises(UsageError, match="no SELECT"):
        engine.select("ASK { ?s ?p ?o }")
    with pytest.raises(UsageError, match="no CONSTRUCT"):
        engine.construct("SELECT * WHERE { ?s ?p ?o }")


TABLES = ("wjgo2025", "wjsc12", "sci2021", "jnb2023a", "jnb2023b", "cells2020", "jtm2022", "scrt2021", "mmr2023")  # which dispute in every way
MINUTES = {("han2023", "told-aspects.rq")}  # what rdflib takes minutes for; it derives it of the tables


def test_both_engines_derive_the_same(data: Places, tmp_path: Path) -> None:
    """Of one review that is held whole, and of the tables of several: each rule derives something of one of them."""
    fruitful = set()
    for keys in (("han2023",), TABLES):
        few = build(of_reviews(data, tmp_path / keys[0], *keys).root)
        one, other = Rdflib(few.dataset), few.engine
        for rule in derivations(few.places):
            if (keys[0], rule.file) not in MINUTES:
                derived = one.construct(rule.query)
                assert derived == other.construct(rule.query), rule.file
                fruitful |= {rule.file} if derived else set()
    assert fruitful == {rule.file for rule in derivations(data)}


def test_every_derived_fact_leads_to_its_claim(built: Built) -> None:
    """A fact on a thing in the derived graph has a derived statement, and that a claim of the same subject.

    What a class is compared under is no fact on a thing: it says which columns a comparison has.
    """
    orphans = built.engine.select(f"""{PREFIX}
        SELECT ?s ?p ?o WHERE {{
          GRAPH <{GRAPH.derived}> {{ ?s ?p ?o }}
          FILTER (STRSTARTS(STR(?s), "{EXOG}") && ?p != exog:comparedUnder)
          FILTER NOT EXISTS {{
            ?trace exog:derivedSubject ?s ; exog:derivedProperty ?p ; exog:derivedObject ?o ; exog:derivedFrom ?claim .
            ?claim exog:subject ?s ; exog:hasAnchor ?anchor .
          }}
        }}""").rows
    assert orphans == []


def test_no_bare_fact_stands_in_the_graph_of_a_review(built: Built) -> None:
    """What a review says of a method stands on claim nodes; the methods themselves are subjects elsewhere only."""
    review = built.dataset.graph(GRAPH.han2023)
    assert not [s for s in set(review.subjects()) if str(s).startswith(str(EXOG))]


@pytest.mark.parametrize(
    "term",
    [URIRef("urn:a"), Literal("a"), Literal("a", lang="en"), Literal("1.50", datatype=XSD.decimal), Literal(3), Literal(True)],
)
def test_a_term_goes_to_oxigraph_and_back_unchanged(term: URIRef | Literal) -> None:
    assert from_oxigraph(to_oxigraph(term)) == term
    assert from_oxigraph(None) is None
