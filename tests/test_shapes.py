"""Shapes and check queries: each finds what it forbids and keeps quiet about what it allows.

A fixture holds two graphs, <urn:pass> and <urn:fail>, each judged together with the ontology.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pyoxigraph
import pytest
import shifty
from rdflib import RDF, RDFS, Dataset, Graph, URIRef
from rdflib.term import Node

from exograph.engines import ENGINES, Oxigraph
from exograph.graphs import build, vocabulary
from exograph.headers import read_query
from exograph.interop import Rdflib, from_oxigraph, to_rdflib
from exograph.places import places
from exograph.prefixes import Prefixes
from exograph.validation import FOCUS, shapes
from tests.crossing import graph_of, quads_of, store_of
from tests.rdf import SH

SHAPE_FIXTURES = sorted((Path(__file__).parent / "fixtures" / "shapes").glob("*.trig"))
CHECK_FIXTURES = sorted((Path(__file__).parent / "fixtures" / "checks").glob("*.trig"))
SHAPES = "https://w3id.org/exograph/shapes#"
PASS, FAIL = "urn:pass", "urn:fail"
# What a shape says beside its constraints; every other term of SHACL on a shape is a constraint that must be seen to fire.
NO_CONSTRAINTS = {SH[name] for name in ("path", "message", "property", "targetClass", "severity", "name", "description", "ignoredProperties")}

# rdflib's own parser of TriG warns about a class that rdflib gives up.
pytestmark = pytest.mark.filterwarnings("ignore:ConjunctiveGraph is deprecated:DeprecationWarning")

Violation = tuple[Node | None, Node | None, Node | None]
by_shape = pytest.mark.parametrize("path", SHAPE_FIXTURES, ids=lambda path: path.stem)
by_check = pytest.mark.parametrize("path", CHECK_FIXTURES, ids=lambda path: path.stem)
by_engine = pytest.mark.parametrize("engine", sorted(ENGINES))


@pytest.fixture(scope="module")
def rules() -> Graph:
    return graph_of(shapes(places()))


@pytest.fixture(scope="module")
def ontology() -> Dataset:
    graphs = vocabulary(places())
    return to_rdflib((pyoxigraph.Quad(t.subject, t.predicate, t.object, name) for name, held in graphs.items() for t in held), Prefixes({}))


@pytest.fixture(scope="module")
def stored(ontology: Dataset) -> pyoxigraph.Store:
    """The ontology as Oxigraph holds it."""
    return store_of(ontology)


@pytest.fixture(scope="module")
def terms(ontology: Dataset) -> Graph:
    """The ontology as one graph."""
    return union(ontology.graphs())


def union(graphs: Iterable[Graph]) -> Graph:
    whole = Graph(bind_namespaces="none")
    for graph in graphs:
        whole += graph
    return whole


@contextmanager
def with_more(whole: Graph, more: Graph) -> Iterator[Graph]:
    """A graph with the triples of another, for as long as they are wanted; to copy it each time would take most of the time of these tests."""
    fresh = [triple for triple in more if triple not in whole]
    whole.addN((s, p, o, whole) for s, p, o in fresh)
    try:
        yield whole
    finally:
        for triple in fresh:
            whole.remove(triple)


def graphs_of(path: Path, begin: str) -> list[Graph]:
    """The graphs of a fixture whose names begin so."""
    dataset = Dataset(default_union=True)
    dataset.parse(path, format="trig")
    return [graph for graph in dataset.graphs() if str(graph.identifier).startswith(begin)]


def targeted(rules: Graph) -> set[Node]:
    return {shape for shape in rules.subjects(RDF.type, SH.NodeShape) if (shape, SH.targetClass, None) in rules}


def focus_nodes(shape: Node, data: Graph, rules: Graph, terms: Graph) -> set[Node]:
    """The things of a fixture that a shape looks at."""
    classes = {sub for cls in rules.objects(shape, SH.targetClass) for sub in terms.transitive_subjects(RDFS.subClassOf, cls)}
    return {thing for thing, _, cls in data.triples((None, RDF.type, None)) if cls in classes}


def constraints(shape: Node, rules: Graph) -> set[tuple[Node, Node]]:
    """The constraints of a node shape and its property shapes, each with the component that SHACL reports for it."""
    places_of = {shape, *rules.objects(shape, SH.property)}
    return {
        (place, SH[f"{name[:1].upper()}{name[1:]}ConstraintComponent"])
        for place in places_of
        for parameter in rules.predicates(place)
        if (name := str(parameter).removeprefix(str(SH))) != str(parameter) and parameter not in NO_CONSTRAINTS
    }


def only(shape: Node, rules: Graph) -> Graph:
    """The shapes, of which one alone has a target."""
    alone = Graph(bind_namespaces="none")
    alone.addN((s, p, o, alone) for s, p, o in rules if p != SH.targetClass or s == shape)
    return alone


def violations(shape: Node, data: Graph, rules: Graph, terms: Graph) -> set[Violation]:
    """What a shape finds: the thing at fault, the shape that says so and the component of the constraint.

    The other shapes lose their targets.
    """
    with with_more(terms, data) as whole:
        _, report, _ = shifty.validate(whole, only(shape, rules), graph_mode="data", infer=False, on_unsupported="error")
    found = report.subjects(RDF.type, SH.ValidationResult)
    return {(report.value(r, SH.focusNode), report.value(r, SH.sourceShape), report.value(r, SH.sourceConstraintComponent)) for r in found}


def test_every_shape_with_a_target_has_a_fixture_and_no_fixture_is_left_over(rules: Graph) -> None:
    assert sorted(str(shape).removeprefix(SHAPES) for shape in targeted(rules)) == [path.stem for path in SHAPE_FIXTURES]


@by_shape
def test_shape_accepts_what_it_allows(path: Path, rules: Graph, terms: Graph) -> None:
    """The shape looks at something in the pass graph and finds nothing wrong with it."""
    shape = URIRef(SHAPES + path.stem)
    (data,) = graphs_of(path, PASS)
    seen = focus_nodes(shape, data, rules, terms)
    assert seen
    assert {found for found in violations(shape, data, rules, terms) if found[0] in seen} == set()


@by_shape
def test_shape_finds_what_it_forbids(path: Path, rules: Graph, terms: Graph) -> None:
    """Every constraint of the shape fires in the fail graph, and nothing passes there of which more than its class is told."""
    shape = URIRef(SHAPES + path.stem)
    (data,) = graphs_of(path, FAIL)
    seen = focus_nodes(shape, data, rules, terms)
    found = {violation for violation in violations(shape, data, rules, terms) if violation[0] in seen}
    assert constraints(shape, rules) - {(source, component) for _, source, component in found} == set()
    described = {thing for thing, property_, _ in data if property_ != RDF.type}
    assert (seen | described) - {focus for focus, _, _ in found} == set()


@by_shape
def test_every_target_of_a_shape_stands_in_its_fail_graph(path: Path, rules: Graph, terms: Graph) -> None:
    """A shape with several target classes is tried on a thing of each."""
    (data,) = graphs_of(path, FAIL)
    types = {sup for cls in data.objects(None, RDF.type) for sup in terms.transitive_objects(cls, RDFS.subClassOf)}
    assert set(rules.objects(URIRef(SHAPES + path.stem), SH.targetClass)) - types == set()


def test_every_message_tells_problem_and_remedy(rules: Graph) -> None:
    """An em dash stands between two parts that are not empty."""
    parts = {str(message): str(message).partition(" — ") for message in rules.objects(None, SH.message)}
    assert parts
    assert [message for message, (problem, _, remedy) in parts.items() if not (problem.strip() and remedy.strip())] == []


def test_every_property_shape_of_a_shape_with_a_target_has_a_message(rules: Graph) -> None:
    used = {place for shape in targeted(rules) for place in rules.objects(shape, SH.property)}
    assert used
    assert {place for place in used if (place, SH.message, None) not in rules} == set()


def test_every_node_constraint_of_a_shape_with_a_target_has_a_message(rules: Graph) -> None:
    own = {place for shape in targeted(rules) for place, _ in constraints(shape, rules) if place == shape}
    assert own
    assert {place for place in own if (place, SH.message, None) not in rules} == set()


def test_every_target_class_has_an_instance_in_the_dataset(rules: Graph) -> None:
    """No shape looks at nothing."""
    dataset = build().dataset
    assert {cls for cls in rules.objects(None, SH.targetClass) if (None, RDF.type, cls) not in dataset} == set()


def test_every_check_query_has_a_fixture_and_no_fixture_is_left_over() -> None:
    assert sorted(path.stem for path in places().queries.glob("check/*.rq")) == [path.stem for path in CHECK_FIXTURES]


@by_check
def test_check_query_tells_fault_and_remedy(path: Path) -> None:
    header = read_query(query_of(path), "fault", "remedy")[0]
    assert str(header.get("fault") or "").strip()
    assert str(header.get("remedy") or "").strip()


@by_engine
@by_check
def test_check_query_finds_nothing_in_what_it_allows(path: Path, engine: str, ontology: Dataset, stored: pyoxigraph.Store) -> None:
    assert found_by(engine, path, PASS, ontology, stored) == []


@by_engine
@by_check
def test_check_query_finds_what_it_forbids(path: Path, engine: str, ontology: Dataset, stored: pyoxigraph.Store) -> None:
    """It finds those things that the header of the fixture names under ``focus``, and no others."""
    graphs = graphs_of(path, FAIL)
    expand = graphs[0].namespace_manager.expand_curie
    expected = {expand(curie) for curie in read_query(path, "focus")[0]["focus"]}
    assert expected
    assert set(found_by(engine, path, FAIL, ontology, stored)) == expected


def query_of(path: Path) -> Path:
    """The check query that a fixture is for."""
    return places().queries / "check" / f"{path.stem}.rq"


def found_by(engine: str, path: Path, begin: str, ontology: Dataset, stored: pyoxigraph.Store) -> list[Node | None]:
    """The first column, ``?focus``, of a check query over graphs of its fixture and the ontology."""
    graphs = graphs_of(path, begin)
    assert graphs
    query = query_of(path).read_text(encoding="utf-8")
    with ExitStack() as stack:
        if engine == "rdflib":
            for graph in graphs:
                stack.enter_context(with_more(ontology.graph(graph.identifier), graph))
            solutions = Rdflib(ontology).select(query)
        else:
            fresh = [quad for graph in graphs for quad in quads_of(graph) if quad not in stored]
            stored.extend(fresh)
            for quad in fresh:
                stack.callback(stored.remove, quad)
            solutions = Oxigraph(stored).select(query)
    assert solutions.columns[0] == FOCUS
    return [from_oxigraph(row[0]) for row in solutions.rows]
