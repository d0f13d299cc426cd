"""Nanopublications: one claim each, valid by the rules of the nanopub library, without blank nodes, dated by the release."""

from __future__ import annotations

from collections import defaultdict
from pathlib import Path

import pyoxigraph
import pytest
from rdflib import DCTERMS, PROV, RDF, XSD, BNode, ConjunctiveGraph, Dataset, Graph, Literal, Namespace, URIRef

from exograph.built import Built
from exograph.errors import UsageError
from exograph.interop import from_oxigraph
from exograph.nanopubs import nanopubs
from exograph.places import Places
from tests.rdf import EXOG

NP = Namespace("http://www.nanopub.org/nschema#")
NPX = Namespace("http://purl.org/nanopub/x/")
By = dict[str, Dataset]

# rdflib's ConjunctiveGraph, which the nanopub library takes, warns of itself.
pytestmark = pytest.mark.filterwarnings("ignore:ConjunctiveGraph is deprecated:DeprecationWarning")


@pytest.fixture(scope="module")
def published(built: Built) -> By:
    """Each nanopublication by its IRI, as a dataset of its own."""
    found: By = defaultdict(Dataset)
    for quad in pyoxigraph.parse(b"".join(nanopubs(built)), format=pyoxigraph.RdfFormat.TRIG):
        s, p, o, graph = (from_oxigraph(term) for term in quad)
        found[str(graph).partition("#")[0]].graph(graph).add((s, p, o))
    return dict(found)


def parts(nanopub: Dataset) -> dict[str, Graph]:
    """Its graphs by what follows the hash, those that hold something."""
    return {str(graph.identifier).partition("#")[2]: graph for graph in nanopub.graphs() if len(graph)}


def test_each_claim_of_a_review_has_one_and_an_inherited_one_has_none(built: Built, published: By) -> None:
    claims = set(built.dataset.subjects(RDF.type, EXOG.Claim))
    inherited = set(built.dataset.subjects(RDF.type, EXOG.InheritedRating))
    assert inherited
    assert set(published) == {str(claim).replace("/id/", "/np/") for claim in claims - inherited}


def test_each_has_four_graphs_no_blank_node_no_ill_typed_literal_and_few_triples(published: By) -> None:
    for nanopub in published.values():
        graphs = parts(nanopub)
        assert set(graphs) == {"Head", "assertion", "provenance", "pubinfo"}
        triples = [triple for graph in graphs.values() for triple in graph]
        assert len(triples) <= 1200
        assert not [term for triple in triples for term in triple if isinstance(term, BNode) or getattr(term, "ill_typed", False)]


def test_the_head_names_the_other_graphs_and_each_speaks_of_what_it_must(published: By) -> None:
    """Provenance of the assertion, publication info of the nanopublication."""
    for name, nanopub in published.items():
        graphs, node = parts(nanopub), URIRef(name)
        assert set(graphs["Head"]) == {
            (node, RDF.type, NP.Nanopublication), (node, NP.hasAssertion, URIRef(f"{name}#assertion")),
            (node, NP.hasProvenance, URIRef(f"{name}#provenance")), (node, NP.hasPublicationInfo, URIRef(f"{name}#pubinfo")),
        }  # fmt: skip
        assert (URIRef(f"{name}#assertion"), PROV.wasDerivedFrom, None) in graphs["provenance"]
        assert set(graphs["pubinfo"].predicates(node)) >= {DCTERMS.creator, DCTERMS.created, DCTERMS.license, NPX.hasNanopubType}


def test_each_is_valid_by_the_nanopub_library(published: By) -> None:
    """Every tenth, as the library is slow; all are made by the same four queries."""
    library = pytest.importorskip("nanopub")
    for name in sorted(published)[::10]:
        graph = ConjunctiveGraph()
        graph.addN((s, p, o, graph.get_context(part.identifier)) for part in published[name].graphs() for s, p, o in part)
        assert library.Nanopub(rdf=graph).is_valid, name


def test_the_library_would_notice_a_missing_provenance(published: By) -> None:
    library = pytest.importorskip("nanopub")
    graph = ConjunctiveGraph()
    for part in parts(next(iter(published.values()))).values():
        if not str(part.identifier).endswith("#provenance"):
            graph.addN((s, p, o, graph.get_context(part.identifier)) for s, p, o in part)
    with pytest.raises(Exception, match="provenance graph is empty"):
        library.Nanopub(rdf=graph).is_valid  # noqa: B018


def test_one_says_what_the_claim_says_and_tells_whence(published: By) -> None:
    """Immunoaffinity chromatography with high purity, of which Table 1 cites number 61, which is reference 52."""
    graphs = parts(published["https://w3id.org/exograph/np/han2023/r081"])
    claim = URIRef("https://w3id.org/exograph/id/han2023/r081")
    assertion, provenance = graphs["assertion"], graphs["provenance"]
    assert assertion.value(claim, EXOG.level) == EXOG.high
    assert assertion.value(claim, EXOG.criterion) == EXOG.purity
    assert (claim, EXOG.hasAnchor, None) not in assertion
    sources = {str(source) for source in provenance.objects(assertion.identifier, PROV.wasDerivedFrom)}
    assert sources == {"https://doi.org/10.1186/s13287-023-03288-6", "https://doi.org/10.1016/j.nantod.2020.101066"}
    assert len(set(provenance.objects(assertion.identifier, PROV.wasAttributedTo))) == 6
    assert provenance.value(claim, EXOG.evidenceType) == URIRef("http://purl.obolibrary.org/obo/ECO_0000304")
    assert provenance.value(claim, EXOG.hasAnchor)
    starts = [o for o in provenance.objects(None, URIRef("http://www.w3.org/ns/oa#start")) if isinstance(o, Literal)]
    assert [start.datatype for start in starts] == [XSD.nonNegativeInteger]


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ("#+ rule: a\n#+ graph: Head\nSELECT ?a WHERE { ?a ?b ?c }", "head.rq: selects other columns — select nanopub"),
        ("#+ rule: a\n#+ graph: Head\nSELECT ?nanopub ?subject ?predicate ?object WHERE { ?subject ?predicate ?object }", "head.rq: leaves a column"),
        ("#+ rule: a\nSELECT", "head.rq: the header has no graph"),
        ("#+ rule: a\n#+ graph: Head\nSELECT", "head.rq: the query cannot be run"),
    ],
)
def test_a_broken_query_is_named(built: Built, copy: Path, query: str, words: str) -> None:
    (copy / "queries" / "nanopub" / "head.rq").write_text(query, encoding="utf-8")
    with pytest.raises(UsageError) as error:
        nanopubs(Built(Places(copy), built.prefixes, built.engine, built.load))
    assert words in str(error.value)
