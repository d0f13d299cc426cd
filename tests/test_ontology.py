"""The ontology: every term labelled, defined and put to use; test_reasoning and test_robot have it judged by OWL tools."""

from __future__ import annotations

import re

import pytest
from rdflib import DCTERMS, OWL, RDF, RDFS, SKOS, BNode, Graph, Literal, Namespace, URIRef

from exograph.built import Built
from tests.rdf import EXOG, GRAPH

IAO = Namespace("http://purl.obolibrary.org/obo/IAO_")
PREFERRED = "https://w3id.org/exograph/ontology#"


@pytest.fixture(scope="module")
def ontology(built: Built) -> Graph:
    return built.dataset.graph(GRAPH.ontology) + built.dataset.graph(GRAPH.imports)


@pytest.fixture(scope="module")
def terms(ontology: Graph) -> set[URIRef]:
    return {subject for subject in ontology.subjects() if isinstance(subject, URIRef) and subject.startswith(PREFERRED)}


def test_every_term_has_one_label_and_one_definition_under_both_properties(ontology: Graph, terms: set[URIRef]) -> None:
    assert len(terms) > 200
    for term in terms:
        (label,) = ontology.objects(term, RDFS.label)
        assert isinstance(label, Literal)
        assert label.language == "en"
        (definition,) = ontology.objects(term, IAO["0000115"])
        assert list(ontology.objects(term, SKOS.definition)) == [definition]


def test_a_source_of_a_term_is_an_article_whose_rows_speak_of_it(built: Built, ontology: Graph) -> None:
    graphs = {article: graph for graph in built.dataset.graphs() for article in graph.subjects(RDF.type, EXOG.ReviewArticle)}
    told = [(term, article) for term, article in ontology.subject_objects(DCTERMS.source) if str(term).startswith(PREFERRED)]
    assert len(told) > 500
    assert [(term, article) for term, article in told if (None, None, term) not in graphs[article]] == []


def test_definitions_name_a_genus_and_what_sets_the_term_apart(ontology: Graph, terms: set[URIRef]) -> None:
    """A class begins with its kind, an individual with the label of its class, a property with Relates."""
    for term in terms:
        definition = str(ontology.value(term, IAO["0000115"]))
        assert re.fullmatch(r"[A-Z].*\.", definition), term
        if (term, RDF.type, OWL.NamedIndividual) in ontology:
            (cls,) = set(ontology.objects(term, RDF.type)) - {OWL.NamedIndividual}
            genus = str(ontology.value(cls, RDFS.label))
            assert re.match(rf"An? {genus}\b", definition), (term, genus)
        elif (term, RDF.type, OWL.Class) not in ontology:
            assert definition.startswith("Relates "), term
        else:
            parents = [parent for parent in ontology.objects(term, RDFS.subClassOf) if str(parent).startswith(PREFERRED)]
            genera = [rf"An? {ontology.value(parent, RDFS.label)}\b" for parent in parents]
            assert not genera or any(re.match(genus, definition) for genus in genera), term


def test_names_follow_one_habit(ontology: Graph, terms: set[URIRef]) -> None:
    for term in terms:
        local = term.removeprefix(PREFERRED)
        if local == "":
            continue
        pattern = r"[A-Z][A-Za-z]+" if (term, RDF.type, OWL.Class) in ontology else r"[a-z][A-Za-z0-9]+"
        assert re.fullmatch(pattern, local), term


def test_every_object_and_datatype_property_has_a_range_or_is_known_not_to(ontology: Graph) -> None:
    """Ranges hold; unit, refersTo, bearsOn, heldBy and derivedObject lead to things of more than one class or vocabulary."""
    for kind in (OWL.ObjectProperty, OWL.DatatypeProperty):
        for term in ontology.subjects(RDF.type, kind):
            if str(term).startswith(PREFERRED) and term not in {EXOG.unit, EXOG.refersTo, EXOG.bearsOn, EXOG.heldBy, EXOG.derivedObject}:
                assert list(ontology.objects(term, RDFS.range)), term


def test_an_inverse_is_declared_once_and_the_two_sides_fit(ontology: Graph) -> None:
    pairs = list(ontology.subject_objects(OWL.inverseOf))
    assert len(pairs) >= 5
    for one, other in pairs:
        assert ontology.value(one, RDFS.range) == ontology.value(other, RDFS.domain)
        assert ontology.value(one, RDFS.domain) == ontology.value(other, RDFS.range)


def test_blank_nodes_stand_in_class_expressions_only(built: Built) -> None:
    for graph in built.dataset.graphs():
        blank = {node for node in graph.all_nodes() if isinstance(node, BNode)}
        if graph.identifier not in (GRAPH.ontology, GRAPH.bridge):
            assert not blank, graph.identifier
    told = built.dataset.graph(GRAPH.ontology) + built.dataset.graph(GRAPH.bridge)
    kinds = {kind for node, kind in told.subject_objects(RDF.type) if isinstance(node, BNode)}
    assert kinds == {OWL.Class, OWL.Restriction, OWL.AllDisjointClasses, OWL.AllDifferent}


def test_the_methods_have_the_usual_synonyms(ontology: Graph) -> None:
    known = {str(label) for method in ontology.subjects(RDF.type, EXOG.IsolationMethod) for label in ontology.objects(method, SKOS.altLabel)}
    assert {"UC", "UF", "SEC", "IAC"} <= known
    assert "recovery" in {str(label) for label in ontology.objects(EXOG["yield"], SKOS.altLabel)}
    assert len(set(ontology.subjects(RDF.type, EXOG.IsolationMethod))) == 24
