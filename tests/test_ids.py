"""The policy of docs/ids.md: no released IRI disappears, and none lives on half."""

from __future__ import annotations

from rdflib import OWL, RDFS, Graph, Literal, Namespace, URIRef

from exograph.built import Built
from tests.docs import released, terms
from tests.rdf import GRAPH

OBO = Namespace("http://purl.obolibrary.org/obo/")


def test_no_released_iri_disappears(built: Built) -> None:
    """A term that is no longer wanted stays, deprecated."""
    lost = set(released()) - terms(built)
    assert lost == set(), "bring the term back with owl:deprecated true, as docs/ids.md tells"


def test_every_term_is_in_the_list(built: Built) -> None:
    missing = terms(built) - set(released())
    assert missing == set(), "python -m tests.docs adds them to ontology/released-iris.txt"


def test_the_list_is_sorted_and_names_each_iri_once() -> None:
    assert released() == sorted(set(released()))
    assert len(released()) > 1000


def test_a_deprecated_term_tells_its_successor_or_why_it_has_none(built: Built) -> None:
    ontology = built.dataset.graph(GRAPH.ontology)
    assert [term for term in deprecated(ontology) if not complete(ontology, term)] == []


def deprecated(ontology: Graph) -> list[URIRef]:
    return [term for term in ontology.subjects(OWL.deprecated, Literal(True)) if isinstance(term, URIRef)]


def complete(ontology: Graph, term: URIRef) -> bool:
    """Whether a term has a successor or a comment."""
    return (term, OBO.IAO_0100001, None) in ontology or (term, RDFS.comment, None) in ontology


def test_the_policy_is_seen_to_fail() -> None:
    """A deprecated term without a successor or a comment is found."""
    term = URIRef("https://w3id.org/exograph/ontology#phial")
    ontology = Graph().add((term, OWL.deprecated, Literal(True)))
    assert deprecated(ontology) == [term]
    assert not complete(ontology, term)
    assert complete(ontology.add((term, OBO.IAO_0100001, OBO.OBI_0000522)), term)
