"""The bridge: our terms below COB, IAO, BFO and RO, in the full ontology alone, without a word changed of what we say ourselves."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest
from rdflib import OWL, RDF, RDFS, BNode, Graph, Namespace, URIRef
from rdflib.term import Node

from exograph.answers import write
from exograph.built import Built
from exograph.catalogue import read_questions, run
from exograph.graphs import BRIDGE_FILE, build
from exograph.imports import EDGES, LABELS, oracle
from exograph.places import ROOMS
from exograph.release import base, full
from tests import test_robot as judged
from tests.conftest import REPOSITORY
from tests.crossing import graph_of
from tests.rdf import EXOG, GRAPH
from tests.test_robot import Robot, hierarchy, impersonal, written

OBO = Namespace("http://purl.obolibrary.org/obo/")
INFORMATION, MATERIAL, PROCESS, PLANNED = OBO.IAO_0000030, OBO.BFO_0000040, OBO.BFO_0000015, OBO.COB_0000082
ALIGNING = (RDFS.subClassOf, RDFS.subPropertyOf)
robot = judged.robot


@pytest.fixture(scope="module")
def bridge(built: Built) -> Graph:
    return built.dataset.graph(GRAPH.bridge)


@pytest.fixture(scope="module")
def foreign(bridge: Graph) -> set[URIRef]:
    """The terms of other ontologies that the bridge leads to."""
    terms = {term for term in bridge.objects() if isinstance(term, URIRef)}
    return {term for term in terms if not str(term).startswith((str(OWL), str(RDF), str(EXOG)))}


@pytest.fixture(scope="module")
def alone(tmp_path_factory: pytest.TempPathFactory) -> Built:
    """The dataset as it would be without the bridge."""
    copy = tmp_path_factory.mktemp("alone")
    for room in ROOMS:
        shutil.copytree(REPOSITORY / room, copy / room)
    (copy / "ontology" / BRIDGE_FILE).unlink()
    return build(copy)


@pytest.fixture(scope="module")
def aligned(built: Built, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The ontology with all that it imports and the bridge."""
    graph = Graph()
    for name in ("ontology", "imports", "bridge"):
        graph += built.dataset.graph(GRAPH[name])
    return written(graph, tmp_path_factory.mktemp("aligned"))


@pytest.fixture(scope="module")
def elk(robot: Robot, aligned: Path, tmp_path_factory: pytest.TempPathFactory) -> set[tuple[Node, Node]]:
    """Each class with each class above it as ELK finds them, by way of the bridge."""
    return hierarchy(robot, "ELK", aligned, tmp_path_factory.mktemp("elk") / "elk.owl")


@pytest.fixture(scope="module")
def parted(built: Built) -> Graph:
    """Ontology, bridge and upper ontologies, with what BFO says and the extracts leave out: nothing is in two of its great branches.

    The other extracts are left out: between them they put terms of their own into two branches.
    """
    graph = built.dataset.graph(GRAPH.ontology) + built.dataset.graph(GRAPH.bridge)
    for name in ("external", "BFO", "COB", "IAO", "RO"):
        graph.parse(built.places.ontology / "imports" / f"{name}.ttl")
    branches = (MATERIAL, PROCESS, OBO.BFO_0000020, OBO.BFO_0000031)
    for at, branch in enumerate(branches):
        for other in branches[at + 1 :]:
            graph.add((branch, OWL.disjointWith, other))
    return impersonal(graph, EXOG.ultracentrifugation)


# ---- what the file says ----


def test_it_puts_our_terms_below_those_of_others_and_does_nothing_else(built: Built, bridge: Graph) -> None:
    """No equivalence, no domain or range, and nothing about a term that is not ours."""
    parts = {OWL.onProperty, OWL.someValuesFrom, OWL.allValuesFrom, OWL.intersectionOf, RDF.first, RDF.rest, RDF.type}
    assert set(bridge.predicates()) == {*ALIGNING, *parts}
    ours = {term for term in bridge.subjects() if isinstance(term, URIRef)}
    declared = set(built.dataset.graph(GRAPH.ontology).subjects(RDF.type))
    assert {term for term in ours if not str(term).startswith(str(EXOG)) or term not in declared} == set()
    assert not {term for term in bridge.objects() if str(term).startswith(str(EXOG))}


def test_every_term_of_others_is_declared_as_what_it_is_used_as(built: Built, bridge: Graph, foreign: set[URIRef]) -> None:
    imports = built.dataset.graph(GRAPH.imports)
    properties = {*bridge.objects(None, RDFS.subPropertyOf), *bridge.objects(None, OWL.onProperty)}
    assert len(foreign) >= 20
    for term in foreign:
        assert set(imports.objects(term, RDF.type)) == {OWL.ObjectProperty if term in properties else OWL.Class}, term
        assert imports.value(term, RDFS.label), term
        assert (term, OWL.deprecated, None) not in imports, term


def test_the_comments_beside_the_numbers_are_their_labels(built: Built, foreign: set[URIRef]) -> None:
    text = (REPOSITORY / "ontology" / BRIDGE_FILE).read_text(encoding="utf-8")
    told = {part.strip() for line in text.splitlines() for part in line.rpartition("   # ")[2].split(",")}
    imports = built.dataset.graph(GRAPH.imports)
    assert {str(imports.value(term, RDFS.label)) for term in foreign} - told == set()


def test_every_term_of_others_exists_under_its_label(built: Built, foreign: set[URIRef]) -> None:
    place = os.environ.get("EXOGRAPH_ORACLE")
    if not place:
        pytest.skip(f"the oracle is not at hand: EXOGRAPH_ORACLE names no folder with {LABELS} and {EDGES}")
    known = oracle(Path(place))
    imports = built.dataset.graph(GRAPH.imports)
    assert {str(term): str(imports.value(term, RDFS.label)) for term in foreign} == {str(term): known.labels[str(term)] for term in foreign}
    assert {str(term) for term in foreign} & known.obsolete == set()


def test_no_alignment_is_one_that_the_mappings_warn_of(built: Built) -> None:
    query = """
        PREFIX owl: <http://www.w3.org/2002/07/owl#>
        PREFIX rdfs: <http://www.w3.org/2000/01/rdf-schema#>
        PREFIX skos: <http://www.w3.org/2004/02/skos/core#>
        SELECT ?ours ?theirs WHERE {
          GRAPH <https://w3id.org/exograph/graph/bridge> { ?ours rdfs:subClassOf|rdfs:subPropertyOf ?theirs }
          ?mapping owl:annotatedSource ?ours ; owl:annotatedTarget ?theirs ; owl:annotatedProperty ?way .
          FILTER (%s EXISTS { ?mapping <https://w3id.org/sssom/predicate_modifier> ?not } && ?way != skos:exactMatch)
        }"""
    assert built.engine.select(query % "").rows == []
    assert len(built.engine.select(query % "NOT").rows) >= 10


def test_every_kind_of_information_is_one_in_iao(built: Built, elk: set[tuple[Node, Node]]) -> None:
    """What our definition calls an information entity; and nothing that is a topic, but for methods and their steps."""
    ontology = built.dataset.graph(GRAPH.ontology)
    told = {cls for cls, text in ontology.subject_objects(OBO.IAO_0000115) if str(text).startswith("An information entity")}
    assert len(told) > 30
    assert {cls for cls in told if (cls, INFORMATION) not in elk} == set()
    topics = {sub for sub, sup in elk if sup == EXOG.Topic and (sub, INFORMATION) in elk}
    plans = {"IsolationMethod", "DrugLoadingMethod", "MembraneEngineeringMethod", "YieldStrategy", "AnalysisMethod", "Technique", "Operation"}
    assert {EXOG[name] for name in plans} <= topics
    assert {sub for sub in topics if not {EXOG[name] for name in plans} & {sub, *(sup for one, sup in elk if one == sub)}} == set()
    assert {sub for sub, sup in elk if sup == PLANNED and str(sub).startswith(str(EXOG))} == {EXOG.Study, EXOG.CardiovascularStudy}


# ---- what becomes of it ----


def test_the_base_knows_nothing_of_it(built: Built, alone: Built, bridge: Graph, foreign: set[URIRef]) -> None:
    assert base(built) == base(alone)
    assert not foreign & {term for triple in graph_of(base(built)) for term in triple}
    assert {triple for triple in bridge if not {type(term) for term in triple} & {BNode}} <= set(graph_of(full(built)))


def test_nothing_is_derived_from_it(built: Built, alone: Built) -> None:
    for name in ("derived", "inferred", "queries"):
        assert set(built.dataset.graph(GRAPH[name])) == set(alone.dataset.graph(GRAPH[name])), name


def test_every_question_has_the_same_answer_without_it(alone: Built) -> None:
    """But for those that ask other endpoints, whose own part is asked by test_questions."""
    for question in (question for question in read_questions(alone.places) if not question.federated):
        for case in (None, *question.cases):
            found = run(alone, question, question.cases[case] if case else {}, alone.engine)
            assert write(found, "tsv").splitlines() == question.expected(case).read_text(encoding="utf-8").splitlines(), (question.name, case)


def test_with_it_the_ontology_is_in_the_profile_owl_2_dl(robot: Robot, aligned: Path, tmp_path: Path) -> None:
    told = tmp_path / "profile.txt"
    robot.run("validate-profile", "--profile", "DL", "--input", aligned, "--output", told)
    assert "[Ontology and imports closure in profile]" in told.read_text(encoding="utf-8")


def ours(pairs: set[tuple[Node, Node]]) -> set[tuple[Node, Node]]:
    return {pair for pair in pairs if all(str(term).startswith(str(EXOG)) for term in pair)}


def test_it_makes_none_of_our_classes_a_kind_of_another(robot: Robot, built: Built, elk: set[tuple[Node, Node]], tmp_path: Path) -> None:
    before = written(built.dataset.graph(GRAPH.ontology) + built.dataset.graph(GRAPH.imports), tmp_path)
    without = hierarchy(robot, "ELK", before, tmp_path / "before.owl")
    assert (EXOG.Recommendation, INFORMATION) in elk - without, "the bridge is followed"
    assert len(ours(without)) > 100
    assert ours(elk) == ours(without)


def test_hermit_finds_the_same_hierarchy_and_no_class_that_cannot_have_members(
    robot: Robot, aligned: Path, elk: set[tuple[Node, Node]], tmp_path: Path
) -> None:
    """ROBOT would stop at a class without possible members. What is said of individuals is judged by exograph reason, bridge included."""
    classes = written(impersonal(Graph().parse(aligned, format="xml")), tmp_path)
    assert hierarchy(robot, "HermiT", classes, tmp_path / "hermit.owl") == elk


def test_it_puts_nothing_into_two_branches_of_bfo(robot: Robot, parted: Graph, tmp_path: Path) -> None:
    """And it would be noticed."""
    found = hierarchy(robot, "HermiT", written(parted, tmp_path), tmp_path / "found.owl")
    assert {(EXOG.Study, PROCESS), (EXOG.ExosomePreparation, MATERIAL), (EXOG.Technique, INFORMATION)} <= found
    broken = parted + Graph()
    broken.add((EXOG.Technique, RDFS.subClassOf, PLANNED))
    with pytest.raises(AssertionError, match=r"inconsistent|unsatisfiable"):
        hierarchy(robot, "HermiT", written(broken, tmp_path), tmp_path / "broken.owl")


def test_what_carries_out_a_method_is_a_planned_process(robot: Robot, parted: Graph, tmp_path: Path) -> None:
    """Somebody's run of an ultracentrifuge, told with relations of RO and BFO alone."""
    plan, executed = URIRef("urn:plan"), URIRef("urn:run")
    graph = parted + Graph()
    for thing in (plan, executed):
        graph.add((thing, RDF.type, OWL.NamedIndividual))
    graph.add((EXOG.ultracentrifugation, OBO.RO_0000058, plan))
    graph.add((plan, OBO.BFO_0000054, executed))
    out = tmp_path / "types.owl"
    words = ("--input", written(graph, tmp_path), "--axiom-generators", "ClassAssertion", "--output", out)
    robot.run("reason", "--reasoner", "HermiT", *words)
    assert (executed, RDF.type, PLANNED) in Graph().parse(out, format="xml")
