"""Links to other ontologies: true to an oracle of their terms, read by others, and of use when questions climb."""

from __future__ import annotations

import gzip
import os
import shutil
from collections import Counter
from pathlib import Path

import pytest
from rdflib import OWL, RDFS, Graph, URIRef

from exograph.built import Built
from exograph.catalogue import ask
from exograph.errors import UsageError
from exograph.graphs import assemble, read
from exograph.imports import EDGES, LABELS, Oracle, extracts, ontologies, oracle, stale
from exograph.places import Places, places
from tests.conftest import REPOSITORY
from tests.rdf import GRAPH

MAPPINGS = REPOSITORY / "ontology" / "mappings.sssom.tsv"
# ontologies of which the oracle holds every term, so that an IRI it lacks is wrong
COMPLETE = {"CHEBI", "MONDO", "EFO", "UBERON", "OBI", "ENVO", "CL", "CHMO", "PATO", "SO", "ECO", "RO", "UO", "IAO", "COB", "cito", "doco", "fabio"}


@pytest.fixture(scope="module")
def known() -> Oracle:
    """The oracle; the test is skipped where it is not at hand."""
    place = os.environ.get("EXOGRAPH_ORACLE")
    if not place:
        pytest.skip(f"the oracle is not at hand: EXOGRAPH_ORACLE names no folder with {LABELS} and {EDGES}")
    return oracle(Path(place))


def test_every_term_of_another_ontology_exists_under_its_label(built: Built, known: Oracle) -> None:
    """In the extracts and in the mappings: none is made up, misspelt or, unless a mapping warns of it, given up."""
    imported = built.dataset.graph(GRAPH.imports)
    sources = ontologies(built.places)
    seen: Counter[str] = Counter()
    for term, label in imported.subject_objects(RDFS.label):
        prefix = built.prefixes.contract(str(term)).partition(":")[0]
        if prefix not in sources or str(term) in {source.iri for source in sources.values()}:
            continue
        seen[prefix] += 1
        assert str(term) in known.labels or prefix not in COMPLETE, term
        if str(term) in known.labels and prefix not in {"cito", "fabio", "prov"}:
            assert str(label).lower() == known.labels[str(term)].lower(), term
        assert (str(term) in known.obsolete) == ((term, OWL.deprecated, None) in imported), term
    assert sum(seen.values()) > 1000


def test_the_extracts_are_current(data: Places, known: Oracle) -> None:
    """If this fails: exograph imports."""
    assert [*stale(data, extracts(data, known))] == []


def test_an_extract_holds_label_is_a_origin_and_version_and_no_more(built: Built) -> None:
    for path in sorted((built.places.ontology / "imports").glob("*.ttl")):
        if path.name == "external.ttl":
            continue
        graph = Graph().parse(path)
        (source,) = set(graph.subjects(OWL.versionInfo))
        told = {str(p).rpartition("#")[2].rpartition("/")[2] for p in graph.predicates()}
        assert told <= {"type", "label", "subClassOf", "subPropertyOf", "deprecated", "versionInfo", "IAO_0000412"}, path.name
        assert source
        assert len(graph) < 3000


@pytest.mark.filterwarnings("ignore")
def test_the_mappings_are_read_as_sssom() -> None:
    import sssom_pydantic

    mappings, _, about = sssom_pydantic.read(MAPPINGS)
    rows = [line for line in MAPPINGS.read_text(encoding="utf-8").splitlines() if not line.startswith("#")][1:]
    assert len(mappings) == len(rows) >= 300
    assert str(about.license) == "https://creativecommons.org/licenses/by/4.0/"
    assert len({mapping.object.prefix for mapping in mappings} - {"sssom"}) >= 15
    assert {str(mapping.justification.curie) for mapping in mappings} == {"semapv:ManualMappingCuration"}


def test_tempting_wrong_pairs_are_warned_of(built: Built) -> None:
    def warned(term: str) -> set[object]:
        return {record["other"] for record in ask(built, "matches", {"term": term}).records() if record["warning"]}

    assert "GO:0000178" in warned("exog:exosome")
    assert "OBI:0302912" in warned("exog:electroporation")
    assert "GO:1903561" in warned("exog:microvesicle")


CLIMBS = {
    "any cardiovascular disorder": ("MONDO:0004995", {"exog:acuteMyocardialInfarction", "exog:stroke", "exog:atherosclerosis"}),
    "any stem cell": ("CL:0000034", {"exog:mesenchymalStemCell", "exog:boneMarrowMsc", "exog:epidermalStemCell"}),
    "any bodily fluid": ("UBERON:0006314", {"exog:plasma", "exog:serum", "exog:humanMilk"}),
    "any non-coding RNA": ("SO:0000655", {"exog:microRna", "exog:sirna", "exog:linc00313"}),
    "any nanoparticle": ("CHEBI:50803", {"exog:goldNanoparticle", "exog:magneticNanoparticle"}),
}


@pytest.fixture(scope="module")
def bare(tmp_path_factory: pytest.TempPathFactory) -> Built:
    """The dataset as it would be without the extracts."""
    copy = tmp_path_factory.mktemp("bare")
    for room in ("ontology", "reviews", "shapes", "queries"):
        shutil.copytree(REPOSITORY / room, copy / room)
    for path in (copy / "ontology" / "imports").glob("*.ttl"):
        if path.name != "external.ttl":
            path.unlink()
    where = places(copy)
    return assemble(where, read(where))


@pytest.mark.parametrize("kind", CLIMBS)
def test_questions_climb_the_hierarchies_of_other_ontologies(kind: str, built: Built, bare: Built) -> None:
    """What lies below a class is found by the extracts and would not be without them."""
    curie, below = CLIMBS[kind]
    assert below <= {str(topic) for topic in (record["topic"] for record in ask(built, "topics-under-kind", {"kind": curie}).records())}
    assert len(ask(built, "reported-under-kind", {"kind": curie}).rows) >= len(below)
    iri = built.prefixes.expand(curie)
    assert iri is not None
    query = f"SELECT ?topic WHERE {{ ?topic <https://w3id.org/exograph/ontology#fallsUnder> {iri} }}"
    assert not below & {bare.prefixes.contract(topic.value) for (topic,) in bare.engine.select(query).rows}


HAN = "https://doi.org/10.1186/s13287-023-03288-6"
MEMBERS = {
    "PureIsolationMethod": {"biochip", "immunoaffinityChromatography"},
    "EquipmentFreeIsolationMethod": {"chromatography", "precipitation"},
    "SparingLoadingMethod": {"coIncubation", "parentalTransfection"},
    "HarmingLoadingMethod": {"sonication", "electroporation"},
    "MeasuredYieldStrategy": {"threeDimensionalCulture"},
    "CardiovascularIntervention": {"serumExosomes", "tongxinluoPretreatment", "urineStemCellExosomes"},
}


@pytest.mark.parametrize("name", MEMBERS)
def test_a_defined_class_has_the_members_that_the_first_review_implies(name: str, built: Built) -> None:
    exog = built.prefixes.map["exog"]
    found = {
        member.value
        for (member,) in built.engine.select(f"""
        SELECT ?member WHERE {{
          ?trace <{exog}derivedClass> <{exog}{name}> ; <{exog}derivedSubject> ?member ; <{exog}derivedFrom>/<{exog}assertedIn> <{HAN}> .
          ?member a <{exog}{name}>
        }}""").rows
    }
    assert found == {f"{exog}{local}" for local in MEMBERS[name]}


def test_every_membership_tells_the_claims_it_follows_from(built: Built) -> None:
    exog = built.prefixes.map["exog"]
    orphans = built.engine.select(f"""
        SELECT ?member ?class WHERE {{
          ?class <{OWL.equivalentClass}> ?definition . ?member a ?class .
          FILTER NOT EXISTS {{ ?trace <{exog}derivedClass> ?class ; <{exog}derivedSubject> ?member ; <{exog}derivedFrom>/a <{exog}Claim> }}
        }}""").rows
    assert orphans == []


def test_a_mapping_to_an_unknown_term_and_a_folder_without_tables_are_told(tmp_path: Path, data: Places) -> None:
    with pytest.raises(UsageError, match="no readable labels"):
        oracle(tmp_path)
    with pytest.raises(UsageError, match="map to another term"):
        extracts(data, Oracle({}, {}, set()))
    assert URIRef("http://purl.obolibrary.org/obo/go.owl") in {URIRef(source.iri) for source in ontologies(data).values()}


def test_a_table_of_sources_of_another_form_and_labels_that_are_not_text_are_told(copy: Path, tmp_path: Path) -> None:
    table = copy / "ontology" / "imports" / "sources.tsv"
    table.write_text(table.read_text(encoding="utf-8").replace("licence", "terms", 1), encoding="utf-8")
    with pytest.raises(UsageError, match=r"ontology/imports/sources\.tsv: cannot be read .* — restore it, with the columns prefix, iri"):
        ontologies(Places(copy))
    table.unlink()
    with pytest.raises(UsageError, match=r"ontology/imports/sources\.tsv: cannot be read"):
        ontologies(Places(copy))
    with gzip.open(tmp_path / LABELS, "wb") as file:
        file.write(b"iri\tlabel\tobsolete\n\xff\xfe\t\t\n")
    (tmp_path / EDGES).touch()
    with pytest.raises(UsageError, match=f"no readable {LABELS} and {EDGES} there"):
        oracle(tmp_path)
