"""A query with terms in the place of its variables means what it meant with these variables bound, or is refused."""

from __future__ import annotations

import re
from functools import partial

import pyoxigraph as ox
import pytest
from hypothesis import given
from hypothesis import strategies as st
from rdflib import Dataset

from exograph.binding import bound
from exograph.engines import Oxigraph
from exograph.errors import UsageError
from exograph.interop import Rdflib, from_oxigraph
from exograph.places import PACKAGE

A, B, P = (ox.NamedNode(f"urn:{name}") for name in "abp")
STORE = ox.Store()
STORE.extend([ox.Quad(A, P, ox.Literal(n)) for n in (1, 2, 3)] + [ox.Quad(B, P, ox.Literal(3)), ox.Quad(B, P, ox.Literal('" } #'))])
SAME = [
    "SELECT ?s ?o WHERE { ?s <urn:p> ?o }",
    "SELECT (COUNT(?o) AS ?n) ?s WHERE { ?s <urn:p> ?o } GROUP BY ?s",
    "SELECT ?s ?o (COUNT(*) AS ?n) WHERE { ?s <urn:p> ?o } GROUP BY ?s ?o ORDER BY ?s DESC(?o)",
    "SELECT ?s ?o WHERE { ?s <urn:p> ?o } ORDER BY ?s",
    "SELECT ?o ?s WHERE { { SELECT DISTINCT ?s ?o WHERE { ?s <urn:p> ?o } } FILTER (?s != <urn:c>) # not ?s alone\n }",
    "SELECT ?s ?o WHERE { { SELECT ?s (MAX(?v) AS ?o) WHERE { ?s <urn:p> ?v } GROUP BY ?s } }",
    "SELECT ?s ?o ?n WHERE { { SELECT ?s (COUNT(?v) AS ?n) WHERE { ?s <urn:p> ?v } GROUP BY ?s } ?s <urn:p> ?o }",
    "SELECT ?s ?o WHERE { { SELECT * WHERE { ?s <urn:p> ?o } } OPTIONAL { ?s <urn:q> ?x } }",
    "SELECT ?s ?o WHERE { ?s <urn:p> ?o FILTER EXISTS { ?s <urn:p> 2 } BIND ('?s' AS ?text) }",
    "select $s ?o where { $s <urn:p> ?o filter (?o in (1, 3)) }",
    "SELECT ?s ?o WHERE { VALUES ?o { 1 3 } ?s <urn:p> ?o }",
]
REFUSED = {
    "SELECT ?s WHERE { ?x <urn:p> ?o BIND (?x AS ?s) }": "gives \\?s a value itself",
    "SELECT ?s WHERE { VALUES (?s ?o) { (<urn:a> 1) } ?s <urn:p> ?o }": "gives \\?s a value itself",
    "SELECT ?s WHERE { ?s <urn:p> ?o FILTER (!BOUND(?s)) }": "whether \\?s is bound",
    "SELECT ?s WHERE { ?s <urn:p> ?o { SELECT ?o WHERE { ?s <urn:p> ?o } } }": "a subquery that does not select \\?s",
    "SELECT * WHERE { ?s <urn:p> ?o }": "it selects \\*",
    "SELECT ?s WHERE { ?s <urn:p> ?o MINUS { ?s <urn:p> 2 } }": "MINUS",
}

MAKING = {"built.py", "distributions.py", "loading.py", "setwise.py"}


def rows(query: str, **more: object) -> list[dict[str, str]]:
    """The rows of a query by the names of their columns."""
    found = STORE.query(query, **more)  # type: ignore[arg-type]
    assert isinstance(found, ox.QuerySolutions)
    return [{name.value: str(row[name]) for name in found.variables} for row in found]


@pytest.mark.parametrize("query", SAME)
def test_a_query_gives_the_rows_it_gives_with_its_variable_bound_beside_it(query: str) -> None:
    expected = {subject: rows(query, substitutions={ox.Variable("s"): subject}) for subject in (A, B)}
    assert {subject: rows(bound(query, {"s": subject})) for subject in (A, B)} == expected
    assert expected[A]


def test_no_text_gets_out_of_its_literal() -> None:
    found = rows(bound(SAME[0], {"o": ox.Literal('" } #')}))
    assert [row["s"] for row in found] == [str(B)]
    for text in ("' ?s \\\\u0022 {}", "\\", '"""', "\n} #", "{0}", "?o"):
        assert rows(bound(SAME[0], {"o": ox.Literal(text)})) == []


WRITTEN = st.text(st.characters(exclude_categories=["Cs"]), max_size=30) | st.sampled_from(
    ["", '"', "'", "\\", '""" . } UNION { ?s ?p ?o } #', "x' } ; DROP ALL #", "?o", "\n", "\r", "\t", "\\u0022", "{o}", "%s", "\0"]
)


@given(held=st.lists(WRITTEN, min_size=1, max_size=6, unique=True), asked=WRITTEN, language=st.sampled_from(["", "en"]))
def test_whatever_text_a_parameter_has_the_rows_are_those_that_hold_it(held: list[str], asked: str, language: str) -> None:
    """As found by comparing the texts in Python, and by both engines."""
    literal = partial(ox.Literal, language=language) if language else ox.Literal
    store = ox.Store()
    store.extend([ox.Quad(ox.NamedNode(f"urn:{number}"), P, literal(text)) for number, text in enumerate(held)])
    expected = {f"urn:{number}" for number, text in enumerate(held) if text == asked}
    reference = Dataset(default_union=True)
    for quad in store:
        reference.add((from_oxigraph(quad.subject), from_oxigraph(quad.predicate), from_oxigraph(quad.object)))
    for engine in (Oxigraph(store), Rdflib(reference)):
        assert {
            row[0].value for row in engine.select("SELECT ?s ?o WHERE { ?s <urn:p> ?o }", {"o": literal(asked)}).rows if row[0] is not None
        } == expected


def test_queries_are_put_together_from_terms_of_ours_alone() -> None:
    """The modules that do so name graphs, prefixes and the shapes of the package; none of them is handed what a user wrote."""
    made = re.compile(r"""f["'].*\b(?:SELECT|ASK|CONSTRUCT|DESCRIBE|INSERT|DELETE|MOVE|DROP) .*\{""")
    assert {path.name for path in PACKAGE.glob("*.py") if made.search(path.read_text(encoding="utf-8"))} == MAKING


def test_each_variable_gets_its_own_term() -> None:
    assert rows(bound("SELECT ?s ?o ?x WHERE { ?s <urn:p> ?o, ?x } GROUP BY ?s ?o ?x", {"s": B, "o": ox.Literal(3), "x": ox.Literal(3)}))


@pytest.mark.parametrize("query", REFUSED)
def test_what_would_mean_something_else_is_refused_with_a_remedy(query: str) -> None:
    with pytest.raises(UsageError, match=f"cannot be run with parameters: .*{REFUSED[query]}.* — "):
        bound(query, {"s": A})
    assert bound(query, {}) == query
