"""The checks of FOOPS that an ontology can pass before it is published, and which of the others wait for its address.

Each check bears the id and the FAIR principle that FOOPS gives it (<https://w3id.org/foops/>) and is computed on the released
ontology file. What needs a registered domain, a DOI or the network is skipped as not published yet.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import bioregistry
import pytest
from rdflib import OWL, RDF, RDFS, SKOS, Graph, Literal, Namespace, URIRef
from rdflib.namespace import DCTERMS, VANN
from rdflib.term import Node

from exograph.built import Built
from exograph.release import release
from tests.rdf import EXOG

BIBO = Namespace("http://purl.org/ontology/bibo/")
IRI = URIRef("https://w3id.org/exograph/ontology")
PERSISTENT = r"https?://(w3id\.org|(www\.)?doi\.org|purl\.[a-z]+|linked\.data\.gov\.au|dbpedia\.org|www\.w3\.org|perma\.cc|data\.europa\.eu)/"
BUILT_IN = (str(RDF), str(RDFS), str(OWL))


@pytest.fixture(scope="module")
def ontology(built: Built, tmp_path_factory: pytest.TempPathFactory) -> Graph:
    """The ontology file of a release."""
    folder = tmp_path_factory.mktemp("release") / "out"
    release(built, folder)
    return released(folder)


def released(folder: Path) -> Graph:
    return Graph().parse(folder / "ontology.owl", format="xml")


def header(ontology: Graph, *properties: URIRef) -> bool:
    """Whether the header has each of the properties."""
    return all((IRI, each, None) in ontology for each in properties)


def own(ontology: Graph) -> set[Node]:
    """The classes and properties of the ontology."""
    kinds = (OWL.Class, OWL.ObjectProperty, OWL.DatatypeProperty, OWL.AnnotationProperty)
    found: set[Node] = {term for kind in kinds for term in ontology.subjects(RDF.type, kind) if str(term).startswith(str(EXOG))}
    assert len(found) > 200
    return found


def reuses(ontology: Graph) -> bool:
    """Whether a class of the ontology is below one of another vocabulary, and its terms are described by such properties."""
    foreign = [sup for sup in ontology.objects(None, RDFS.subClassOf) if isinstance(sup, URIRef) and not str(sup).startswith((str(EXOG), *BUILT_IN))]
    return bool(foreign) and (None, SKOS.definition, None) in ontology


VERSIONED = "owl:versionIRI is there and is not the IRI of the ontology"
CHECKS: dict[str, tuple[str, Callable[[Graph], bool]]] = {
    "PURL1 F1": ("the IRI is at a host of persistent IRIs", lambda g: (IRI, RDF.type, OWL.Ontology) in g and bool(re.match(PERSISTENT, IRI))),
    "VER1 F1": (VERSIONED, lambda g: g.value(IRI, OWL.versionIRI) not in {None, IRI} and header(g, OWL.versionInfo)),
    "OM1 F2": (
        "title, description, licence, version IRI, creator, namespace",
        lambda g: header(g, DCTERMS.title, DCTERMS.description, DCTERMS.license, OWL.versionIRI, DCTERMS.creator, VANN.preferredNamespaceUri),
    ),
    "FIND1 F3": ("a preferred prefix", lambda g: g.value(IRI, VANN.preferredNamespacePrefix) == Literal("exog")),
    "HTTP1 A1.1": ("an IRI of HTTP", lambda g: bool(re.match("https?://", IRI))),
    "RDF1 I1": ("parses as RDF", lambda g: len(g) > 1000),
    "VOC1 I2": ("the header uses common vocabularies", lambda g: header(g, DCTERMS.title, VANN.preferredNamespacePrefix, BIBO.status)),
    "VOC2 I2": ("reuses classes and properties of other vocabularies", reuses),
    "OM2 R1": (
        "prefix, version, date of creation, citation",
        lambda g: header(g, VANN.preferredNamespacePrefix, OWL.versionInfo, DCTERMS.created, DCTERMS.bibliographicCitation),
    ),
    "OM3 R1": ("publisher, status, source, date of issue", lambda g: header(g, DCTERMS.publisher, BIBO.status, DCTERMS.source, DCTERMS.issued)),
    "VOC3 R1": ("every class and property has a label", lambda g: all((term, RDFS.label, None) in g for term in own(g))),
    "VOC4 R1": ("every class and property has a definition", lambda g: all((term, SKOS.definition, None) in g for term in own(g))),
    "OM4.1 R1.1": ("a licence by its IRI", lambda g: isinstance(g.value(IRI, DCTERMS.license), URIRef)),
    "OM5.1 R1.2": ("creator and date of creation", lambda g: header(g, DCTERMS.creator, DCTERMS.created)),
    "OM5.2 R1.2": ("publisher and date of issue", lambda g: header(g, DCTERMS.publisher, DCTERMS.issued)),
}
NOT_PUBLISHED = {
    "URI1 F1": "the IRI resolves",
    "URI2 F1": "what is loaded from the IRI bears it",
    "VER2 F1": "the version IRI resolves",
    "FIND2 F4": "the prefix is registered in prefix.cc or LOV",
    "FIND3 F4": "the ontology is registered in LOV or another catalogue",
    "FIND_3_BIS A2": "a catalogue keeps the metadata",
    "CN1 A1": "the IRI gives HTML and RDF, as asked",
    "OM3 R1, DOI": "a DOI",
    "OM3 R1, logo": "a logo at an address",
    "DOC1 R1": "HTML documentation at the IRI",
    "OM4.2 R1.1": "the IRI of the licence resolves, for which the network is needed",
}


@pytest.mark.parametrize("check", CHECKS)
def test_foops_check_passes(check: str, ontology: Graph) -> None:
    what, holds = CHECKS[check]
    assert holds(ontology), what


@pytest.mark.parametrize("check", NOT_PUBLISHED)
def test_foops_check_waits_for_the_address(check: str) -> None:
    pytest.skip(f"not published yet: {NOT_PUBLISHED[check]}")


def test_every_check_of_foops_passes_or_waits() -> None:
    ids = {name.split()[0] for name in (*CHECKS, *NOT_PUBLISHED)}
    assert len(ids) == 24
    assert set(CHECKS).isdisjoint(NOT_PUBLISHED)


def test_the_header_holds_dates_and_no_claim_to_what_is_not_there(ontology: Graph) -> None:
    """Dates in order; no earlier version, DOI or logo is named, as there is none."""
    created, issued, modified = (str(ontology.value(IRI, each)) for each in (DCTERMS.created, DCTERMS.issued, DCTERMS.modified))
    assert created <= issued <= modified
    assert ontology.value(IRI, OWL.versionInfo) == Literal(issued)
    for absent in (OWL.priorVersion, OWL.backwardCompatibleWith, BIBO.doi):
        assert (IRI, absent, None) not in ontology


def test_no_other_resource_bears_the_prefix() -> None:
    """Bioregistry, which gathers the prefixes of ontologies and databases, knows no exog; and it does know others."""
    assert bioregistry.normalize_prefix("OBI") == "obi"
    assert len(bioregistry.read_registry()) > 2000
    assert bioregistry.normalize_prefix("exog") is None
