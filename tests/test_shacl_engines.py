"""The engine that runs the shapes by default finds what pySHACL, the reference, finds: no more, no less, and in the same words."""

from __future__ import annotations

import os
import subprocess
import sys
from collections import Counter
from pathlib import Path
from random import Random

import pyoxigraph as ox
import pytest
from rdflib import RDFS, Graph, URIRef

from exograph.built import Built
from exograph.engines import Oxigraph
from exograph.errors import UsageError
from exograph.graphs import vocabulary
from exograph.places import Places
from exograph.setwise import UnknownError, at_fault
from exograph.shacl import DEFAULT, ENGINES, engine
from exograph.terms import JUDGED
from exograph.validation import ntriples, shacl, shapes
from tests.conftest import REPOSITORY, without_reviews
from tests.crossing import graph_of
from tests.rdf import EXOG, SH
from tests.shacl import Case, Result, cases, results, spelt, used
from tests.spoiling import FAULTS, aimed, blind, spoilt
from tests.test_cli import run
from tests.test_shapes import FAIL, SHAPE_FIXTURES, SHAPES, constraints, graphs_of, targeted, union

FAST, REFERENCE = "shifty", "pyshacl"

# rdflib's own parser of TriG warns about a class that rdflib gives up.
pytestmark = pytest.mark.filterwarnings("ignore:ConjunctiveGraph is deprecated:DeprecationWarning")


@pytest.fixture(scope="module")
def rules(data: Places) -> Graph:
    return graph_of(shapes(data))


@pytest.fixture(scope="module")
def terms(data: Places) -> bytes:
    """The ontology as N-Triples."""
    return ntriples(triple for held in vocabulary(data).values() for triple in held)


@pytest.fixture(scope="module")
def whole(built: Built) -> Graph:
    """The real dataset as one graph."""
    return union(built.dataset.graphs())


@pytest.fixture(scope="session")
def suite() -> list[Case]:
    """The test suite of the W3C for SHACL; the test is skipped where it is not at hand."""
    place = os.environ.get("EXOGRAPH_SHACL_TESTS")
    if not place:
        pytest.skip("the W3C's tests of SHACL are not at hand: EXOGRAPH_SHACL_TESTS names no folder")
    return list(cases(Path(place)))


def triples(graph: Graph) -> bytes:
    return graph.serialize(format="nt", encoding="utf-8")


def found(name: str, data: bytes, rules: bytes) -> Counter[Result]:
    return results(graph_of(engine(name)(data, rules)))


def at_fault_in(data: bytes, rules: bytes) -> set[str]:
    """What violates shapes as the store tells it. Raises UnknownError."""
    quads = [ox.Quad(quad.subject, quad.predicate, quad.object, ox.NamedNode("urn:x:data")) for quad in ox.parse(data, format=ox.RdfFormat.N_TRIPLES)]
    store = ox.Store()
    store.bulk_extend(quads)
    return {"a blank node" if isinstance(thing, ox.BlankNode) else str(thing) for thing in at_fault(store, quads, parsed(rules))}


def gate(data: bytes, rules: bytes) -> set[str] | None:
    """What violates shapes as the store tells it, and None where it refuses to tell."""
    try:
        return at_fault_in(data, rules)
    except UnknownError:
        return None


def parsed(rules: bytes) -> list[ox.Triple]:
    return [quad.triple for quad in ox.parse(rules, format=ox.RdfFormat.N_TRIPLES)]


def focus(found: Counter[Result]) -> set[str]:
    return {result.focus for result in found}


def test_the_store_is_asked_by_default_and_the_reference_where_it_is_named() -> None:
    assert sorted(ENGINES) == sorted({DEFAULT, FAST, REFERENCE})


def test_on_the_real_data_both_find_nothing(built: Built, whole: Graph, rules: Graph) -> None:
    assert {name: shacl(built, triples(whole), triples(rules), engine(name)) for name in (FAST, REFERENCE)} == {FAST: [], REFERENCE: []}
    assert isinstance(built.engine, Oxigraph)
    assert [*at_fault(built.engine.store, built.quads, parsed(triples(rules)))] == []


@pytest.mark.parametrize("path", SHAPE_FIXTURES, ids=lambda path: path.stem)
def test_on_a_failing_fixture_both_find_the_same(path: Path, rules: Graph, terms: bytes) -> None:
    """In what a shape forbids; the other shapes lose their targets."""
    shape = URIRef(SHAPES + path.stem)
    alone = union([rules])
    for other in set(rules.subjects(SH.targetClass)) - {shape}:
        alone.remove((other, SH.targetClass, None))
    (data,) = graphs_of(path, FAIL)
    reference = found(REFERENCE, terms + triples(data), triples(alone))
    assert reference
    assert found(FAST, terms + triples(data), triples(alone)) == reference
    assert gate(terms + triples(data), triples(alone)) in (focus(reference), None)


# ---- the test suite of the W3C ----


def fitting(suite: list[Case], rules: Graph) -> list[Case]:
    """The cases whose shapes use nothing of SHACL that ours do not use."""
    return [case for case in suite if case.uses <= used(rules)]


def test_the_cases_of_the_w3c_use_every_construct_of_our_shapes(suite: list[Case], rules: Graph) -> None:
    assert used(rules) - {term for case in fitting(suite, rules) for term in case.uses} == set()


def test_on_the_cases_of_the_w3c_the_store_finds_the_things_that_the_case_wants(suite: list[Case], rules: Graph) -> None:
    """Or what the case asks for is refused; then the engine is run."""
    refused, differing = set(), {}
    for case in fitting(suite, rules):
        told = gate(case.data, case.shapes)
        if told is None:
            refused.add(case.name)
        elif bool(told) != bool(case.wanted):  # of a property within a property the case names the value, the store the thing that has it
            differing[case.name] = told ^ focus(case.wanted)
    assert differing == {}
    assert len(refused) < len(fitting(suite, rules)) / 6


@pytest.mark.parametrize("name", [FAST, REFERENCE])
def test_on_the_cases_of_the_w3c_an_engine_finds_what_the_case_wants(name: str, suite: list[Case], rules: Graph) -> None:
    """The reference too, so that there is no case where it is wrong; were there one, what the case wants would decide."""
    differing = {}
    for case in fitting(suite, rules):
        told = Counter(result._replace(messages=()) for result in found(name, case.data, case.shapes).elements())
        if told != case.wanted:
            differing[case.name] = (told - case.wanted, case.wanted - told)
    assert differing == {}


# ---- generated faults ----


def test_for_every_construct_of_our_shapes_faults_can_be_made(rules: Graph) -> None:
    """But for those that say where to look, and those that put shapes together, which are spoilt by way of these."""
    rest = {SH[name] for name in ("path", "inversePath", "property", "targetClass", "ignoredProperties", "or", "xone", "not")}
    assert used(rules) - rest - set(FAULTS) == set()


@pytest.mark.parametrize("seed", [1, 2])
def test_on_generated_faults_both_find_the_same(seed: int, built: Built, whole: Graph, rules: Graph) -> None:
    """Many hundred faults in the real data; every component of our shapes finds some of them."""
    random = Random(seed)
    faults = [*aimed(whole, rules, random), *blind(whole, rules, random, 300)]
    assert len(faults) > 500
    data = spoilt(whole, faults)
    reference = found(REFERENCE, triples(data), triples(rules))
    told = found(FAST, triples(data), triples(rules))
    assert at_fault_in(triples(data), triples(rules)) == focus(reference)
    assert (told - reference, reference - told) == (Counter(), Counter())
    assert components(rules) - {result.component for result in reference} == set()


def components(rules: Graph) -> set[str]:
    """The constraint components that shapes with targets have themselves; without sh:not, there on an IRI as such, which only a fixture spoils."""
    found_by = {spelt(component) for shape in targeted(rules) for _, component in constraints(shape, rules)}
    return found_by - {spelt(SH.NotConstraintComponent)}


def test_an_ill_formed_number_is_outside_both_bounds() -> None:
    """Where the reference is none: SHACL wants a result wherever the comparison with a bound is not true, and pySHACL tells the lower alone."""
    prefixes = "@prefix sh: <http://www.w3.org/ns/shacl#> . @prefix xsd: <http://www.w3.org/2001/XMLSchema#> . @prefix : <urn:x:> ."
    shape = Graph().parse(data=f"{prefixes} :S sh:targetClass :C ; sh:property [ sh:path :p ; sh:minInclusive 0 ; sh:maxInclusive 1 ] .")
    number = Graph().parse(data=f'{prefixes} :c a :C ; :p "no number"^^xsd:decimal .')
    told = {name: {result.component for result in found(name, triples(number), triples(shape))} for name in (FAST, REFERENCE)}
    lower, upper = spelt(SH.MinInclusiveConstraintComponent), spelt(SH.MaxInclusiveConstraintComponent)
    assert told == {FAST: {lower, upper}, REFERENCE: {lower}}
    assert at_fault_in(triples(number), triples(shape)) == {"<urn:x:c>"}


# ---- where the store and SPARQL see other than SHACL ----

PREFIXES = """@prefix sh: <http://www.w3.org/ns/shacl#> . @prefix xsd: <http://www.w3.org/2001/XMLSchema#> . @prefix : <urn:x:> .
@prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> . @prefix owl: <http://www.w3.org/2002/07/owl#> .
"""
NUMBERS = ("5", "-5", "+5", "05", "127", "128", "-128", "-129", "255", "256", "-32769", "65536", "4294967296", "9" * 23, "1.5", ".5", "5.", "1e5")
MISSPELT = ("1_000", "٣", "NaN", "nan", "INF", "inf", "Infinity", "-INF", "true", "TRUE", "yes", "20200101", "2020-W01-1", "2020-02-30")
DAYS = ("2020-02-29", "2020-01-01Z", "2020-01-01+14:00", "2020-01-01+15:00")


def turtle(text: str) -> bytes:
    """Turtle as N-Triples, with every literal as it is spelt."""
    return ntriples(quad.triple for quad in ox.parse((PREFIXES + text).encode(), format=ox.RdfFormat.TURTLE))


# Shapes of one property, and data at fault that look well to a store that writes numbers anew, or to a query that takes blank nodes for anything.
DECEPTIVE = {
    "two spellings": ("sh:maxCount 1", ":a :p 0.5, 0.50 ."),
    "two kinds of integer": ("sh:maxCount 1", ':a :p 5, "5"^^xsd:int .'),
    "a constant of another kind": ("sh:hasValue 5", ':a :p "5"^^xsd:int .'),
    "a member of another kind": ("sh:in ( 5 )", ':a :p "5"^^xsd:int .'),
    "an equal of another kind": ("sh:equals :q", ':a :p 5 ; :q "5"^^xsd:int .'),
    "a pattern that cannot be read": ('sh:pattern "^(?!x)"', ':a :p "x" .'),
    "a blank node as class": ("sh:class [ rdfs:label 1 ]", ":a :p :b . :b a :D ."),
    "a blank node as value": ("sh:hasValue [ rdfs:label 1 ]", ":a :p :b ."),
    "nothing to choose from": ("sh:in ()", ":a :p :b ."),
    "a class below by way of none": ("sh:minCount 1", "_:k rdfs:subClassOf :C . :b a _:k . :a :p 1 ."),
    "a blank thing": ("sh:datatype xsd:string", "[] a :C ; :p 5 ."),
}


@pytest.mark.parametrize("name", DECEPTIVE)
def test_what_deceives_a_store_is_found_or_refused(name: str) -> None:
    constraint, data = DECEPTIVE[name]
    shape = turtle(f":S sh:targetClass :C ; sh:property [ sh:path :p ; {constraint} ] .")
    things = turtle(f":a a :C . {data}")
    assert found(FAST, things, shape)
    assert gate(things, shape) != set()


@pytest.mark.parametrize(
    ("shape", "data"),
    [
        (":S sh:targetClass :C ; sh:closed true .", ":a a :C ; :p 5 ."),
        (':S sh:targetClass :C ; sh:closed "1"^^xsd:boolean .', ":a a :C ; :p 5 ."),
        (":C a owl:Class, sh:NodeShape ; sh:property [ sh:path :p ; sh:minCount 1 ] .", ":a a :C ."),
        (":M a sh:ConstraintComponent ; sh:parameter [ sh:path :must ] . :S sh:targetClass :C ; :must 1 .", ":a a :C ."),
        (":S sh:targetClass :C ; sh:property [ sh:path :p ; sh:node :S ] .", ":a a :C ; :p :a ."),
        (":S sh:targetClass :C ; sh:property [ sh:path :p, :q ; sh:minCount 1 ] .", ":a a :C ."),
        (":S sh:targetClass :C ; sh:sparql [ sh:select 'SELECT $this {}' ] .", ":a a :C ."),
    ],
    ids=[
        "closed without a property",
        "closed by 1",
        "a class that is a shape",
        "a component of one's own",
        "a shape within itself",
        "two paths",
        "SPARQL",
    ],
)
def test_a_shape_that_is_not_known_is_not_passed_over(shape: str, data: str) -> None:
    assert gate(turtle(data), turtle(shape)) != set()


@pytest.mark.parametrize("datatype", sorted(JUDGED - {"string", "anyURI"}))
def test_a_spelling_that_is_none_of_its_datatype_is_found(datatype: str) -> None:
    """Where pySHACL is no reference: it takes whatever Python reads as a number."""
    shape = turtle(f":S sh:targetClass :C ; sh:property [ sh:path :p ; sh:datatype xsd:{datatype} ] .")
    wrong = set()
    for spelling in (*NUMBERS, *MISSPELT, *DAYS):
        things = turtle(f':a a :C ; :p "{spelling}"^^xsd:{datatype} .')
        told = gate(things, shape)
        if found(FAST, things, shape):
            wrong.add(spelling)
            assert told != set(), spelling
        else:
            assert not told, spelling
    assert wrong


def test_things_are_told_alike_one_after_the_other_and_as_whole_sets() -> None:
    """Whole sets are compared where many of what has a property are looked at, here as well as where few are."""
    constraints = "sh:minCount 1 ; sh:maxCount 1 ; sh:class :D ; sh:nodeKind sh:IRI ; sh:equals :p"
    shape = turtle(f":S sh:targetClass :C ; sh:property [ sh:path :p ; {constraints} ] , [ sh:path :p ; sh:hasValue :d ] .")
    few = ":d a :D . :a a :C ; :p :d . :none a :C . :two a :C ; :p :d, :e . :e a :E . :text a :C ; :p 'd' . :E rdfs:subClassOf :D . :x a :C ; :p :y ."
    others = " ".join(f":o{number} :p :z ." for number in range(100))
    for things in (turtle(few), turtle(few + others)):
        assert gate(things, shape) == focus(found(REFERENCE, things, shape)) == {f"<urn:x:{name}>" for name in ("none", "two", "text", "x")}


# ---- the choice of the engine ----


def test_the_command_tells_the_same_by_either_engine(data: Places, tmp_path: Path) -> None:
    """Of the ontology without reviews and the extracts of others, with a method that nobody calls by another name."""
    root = without_reviews(data, tmp_path / "root").root
    method = f'<{EXOG.sieving}> a <{EXOG.IsolationMethod}> ; <{RDFS.label}> "sieving"@en .'
    (root / "ontology" / "odd.ttl").write_text(method, encoding="utf-8")
    words = ("validate", "--root", str(root), "--format", "tsv")
    default, *others = [run(*words, *using) for using in ([], *(["--engine", name] for name in ENGINES))]
    assert "\tshapes:IsolationMethod-synonym\n" in default.stdout
    assert [(done.returncode, done.stdout, done.stderr) for done in others] == [(1, default.stdout, default.stderr)] * 3


def test_an_unknown_engine_is_told_in_one_line() -> None:
    done = run("validate", "--engine", "topbraid")
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.splitlines() == ["exograph: no SHACL engine topbraid — use setwise, shifty, pyshacl"]


def test_without_pyshacl_one_line_says_so() -> None:
    hidden = (
        "import sys; sys.modules['pyshacl'] = None; sys.argv = ['exograph', 'validate', '--engine', 'pyshacl']; from exograph.cli import main; main()"
    )
    done = subprocess.run([sys.executable, "-c", hidden], capture_output=True, text=True, check=False, cwd=REPOSITORY)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.splitlines() == ["exograph: the SHACL engine pyshacl is not installed — pip install 'exograph[shacl]'"]


@pytest.mark.parametrize("name", [FAST, REFERENCE])
def test_a_shape_that_cannot_be_run_is_told_in_one_line(name: str, capfd: pytest.CaptureFixture[str]) -> None:
    prefix = "@prefix sh: <http://www.w3.org/ns/shacl#> ."
    shape = Graph().parse(data=f'{prefix} <urn:s> sh:targetClass <urn:c> ; sh:property [ sh:path "p" ; sh:minCount 1 ] .')
    with pytest.raises(UsageError, match=f"shapes/: cannot be run by {name}") as told:
        engine(name)(triples(Graph().parse(data="<urn:a> a <urn:c> .")), triples(shape))
    assert "\n" not in str(told.value)
    assert capfd.readouterr() == ("", "")
