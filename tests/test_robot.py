"""ROBOT, the judge of OBO ontologies: its report, the profile OWL 2 DL, two reasoners; and our checks against its rules.

Maven fetches ROBOT by ``tests/robot/pom.xml`` once; its classpath is kept in ``build/``. A check query names the rules that it
restates under ``robot`` in its header, a shape by ``rdfs:seeAlso``.
"""

from __future__ import annotations

import csv
import fcntl
import hashlib
import os
import re
import shutil
import subprocess
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from rdflib import OWL, RDF, RDFS, SKOS, Dataset, Graph, Literal, Namespace, URIRef
from rdflib.term import Node

from exograph.built import Built
from exograph.engines import Oxigraph
from exograph.formats import nested, rdfxml
from exograph.headers import read_query
from exograph.interop import from_oxigraph
from exograph.places import Places
from exograph.release import base, full
from exograph.validation import FOCUS, shapes
from tests.conftest import REPOSITORY
from tests.crossing import graph_of, store_of, triples_of
from tests.rdf import EXOG, GRAPH, SH
from tests.test_shapes import targeted, violations

FOLDER = REPOSITORY / "tests" / "robot"
BASE = "https://w3id.org/exograph/"
RULES = "http://robot.obolibrary.org/report_queries/"
OBO = Namespace("http://purl.obolibrary.org/obo/")
# Where the thing that breaks the rule cannot bear its name.
SUBJECTS = {
    "illegal_use_of_built_in_vocabulary": RDF.type,
    "invalid_entity_uri": URIRef("http://purl.org/obo/invalid_entity_uri"),
    **{f"missing_ontology_{part}": URIRef(f"{BASE}ontology") for part in ("title", "description", "license")},
}
# ROBOT counts what breaks this rule but writes no row for it.
UNLISTED = {"invalid_entity_uri"}


@dataclass
class Report:
    """What ROBOT reports: the subjects by level and rule, and how many faults of each level it counts."""

    subjects: dict[tuple[str, str], set[URIRef]]
    counts: dict[str, int]

    def of(self, rule: str) -> set[URIRef]:
        return {subject for (level, name), found in self.subjects.items() if name == rule and level != "INFO" for subject in found}


@dataclass
class Robot:
    """ROBOT on the command line."""

    classpath: str

    def run(self, *words: str | Path) -> str:
        command = ["java", "-Xmx2g", "-cp", self.classpath, "org.obolibrary.robot.CommandLineInterface", *map(str, words)]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def report(self, path: Path, out: Path, *options: str) -> Report:
        told = self.run("report", "--input", path, "--fail-on", "none", "--output", out, *options)
        counts = {level: int(count) for level, count in re.findall(r"^(ERROR|WARN|INFO): +(\d+)$", told, re.MULTILINE)}
        subjects: dict[tuple[str, str], set[URIRef]] = {}
        with out.open(encoding="utf-8", newline="") as lines:
            for row in csv.DictReader(lines, delimiter="\t"):
                iri = re.sub("^rdf:", str(RDF), row["Subject"])
                subjects.setdefault((row["Level"], row["Rule Name"]), set()).add(URIRef(iri))
        return Report(subjects, counts)

    @property
    def rules(self) -> set[str]:
        """The rules of the default profile of the report whose breach is more than a hint."""
        (core,) = [part for part in self.classpath.split(os.pathsep) if "robot-core" in part]
        with zipfile.ZipFile(core) as archive:
            lines = archive.read("report_profile.txt").decode().splitlines()
        return {rule for level, _, rule in (line.partition("\t") for line in lines) if level in {"ERROR", "WARN"}}


@pytest.fixture(scope="session")
def robot() -> Robot:
    """ROBOT, fetched by Maven if need be; the test is skipped where Java or Maven is missing or Maven cannot fetch it."""
    for tool in ("java", "mvn"):
        if shutil.which(tool) is None:
            pytest.skip(f"ROBOT needs {tool}, which is not on this machine")
    pom = FOLDER / "pom.xml"
    kept = REPOSITORY / "build" / f"robot-{hashlib.sha256(pom.read_bytes()).hexdigest()[:12]}.classpath"
    kept.parent.mkdir(exist_ok=True)
    with kept.with_suffix(".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # the tests run in several processes
        if not kept.exists() or not all(Path(part).exists() for part in kept.read_text(encoding="utf-8").split(os.pathsep)):
            kept.unlink(missing_ok=True)
            words = ["mvn", "-q", "-B", "-f", str(pom), "dependency:build-classpath", f"-Dmdep.outputFile={kept}"]
            done = subprocess.run(words, capture_output=True, text=True, check=False)
            if done.returncode != 0:
                pytest.skip(f"Maven could not fetch ROBOT: {done.stdout[-300:]}")
    return Robot(kept.read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def alone(built: Built, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The base ontology of a release, without the extracts of other ontologies, whose labels ours may share."""
    return written(graph_of(base(built)), tmp_path_factory.mktemp("base"))


@pytest.fixture(scope="module")
def whole(built: Built, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The full ontology of a release: what it imports, and what is inferred of its terms."""
    return written(graph_of(full(built)), tmp_path_factory.mktemp("full"))


@pytest.fixture(scope="module")
def classes(built: Built, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The full ontology without what it says of individuals, from which no class follows and with which HermiT does not end in minutes."""
    return written(impersonal(graph_of(full(built))), tmp_path_factory.mktemp("classes"))


def impersonal(graph: Graph, *kept: URIRef) -> Graph:
    """An ontology without what it says of individuals, but for those to be kept."""
    left = Graph() + graph
    individuals = set(graph.subjects(RDF.type, OWL.NamedIndividual)) - {*kept}
    assert len(individuals) > 800
    for axiom in set(graph.subjects(RDF.type, OWL.AllDifferent)):
        for cell in {axiom, *graph.transitive_objects(graph.value(axiom, OWL.distinctMembers), RDF.rest)}:
            left.remove((cell, None, None))
    for individual in individuals:
        for triple in graph.triples((individual, None, None)):
            if triple[2] != OWL.NamedIndividual:
                left.remove(triple)
    return left


def written(graph: Graph, folder: Path) -> Path:
    path = folder / "ontology.owl"
    path.write_bytes(rdfxml(triples_of(graph)))
    return path


def test_robot_reports_no_error_and_no_warning_in_our_namespace(robot: Robot, alone: Path, tmp_path: Path) -> None:
    report = robot.report(alone, tmp_path / "report.tsv", "--base-iri", BASE)
    assert {rule: found for rule, found in report.subjects.items() if rule[0] != "INFO"} == {}
    assert report.counts["ERROR"] == report.counts["WARN"] == 0


def test_the_ontology_is_in_the_profile_owl_2_dl(robot: Robot, whole: Path, tmp_path: Path) -> None:
    told = tmp_path / "profile.txt"
    robot.run("validate-profile", "--profile", "DL", "--input", whole, "--output", told)
    assert "[Ontology and imports closure in profile]" in told.read_text(encoding="utf-8")


def hierarchy(robot: Robot, reasoner: str, path: Path, out: Path) -> set[tuple[Node, Node]]:
    """Each named class with each named class above it, as a reasoner finds them."""
    options = ("--include-indirect", "true", "--remove-redundant-subclass-axioms", "false", "--equivalent-classes-allowed", "all")
    robot.run("reason", "--reasoner", reasoner, "--input", path, *options, "--axiom-generators", "SubClass EquivalentClass", "--output", out)
    graph = Graph().parse(out, format="xml")
    named = [pair for link in (RDFS.subClassOf, OWL.equivalentClass) for pair in graph.subject_objects(link)]
    return {(sub, sup) for sub, sup in named if isinstance(sub, URIRef) and isinstance(sup, URIRef) and sup != OWL.Thing}


def test_elk_and_hermit_find_the_hierarchy_that_is_released(robot: Robot, built: Built, classes: Path, tmp_path: Path) -> None:
    elk, hermit = (hierarchy(robot, reasoner, classes, tmp_path / f"{reasoner}.owl") for reasoner in ("ELK", "HermiT"))
    assert (EXOG.Recommendation, EXOG.Claim) in hermit, "the hierarchy holds what follows by way of another class"
    assert elk == hermit
    told = {(sub, sup) for sub, is_a, sup in graph_of(full(built)) if is_a == RDFS.subClassOf and sup != OWL.Thing}
    assert elk == {(sub, sup) for sub, sup in told if isinstance(sub, URIRef) and isinstance(sup, URIRef)}


def test_the_turtle_and_the_rdf_xml_of_a_release_are_one_ontology(robot: Robot, built: Built, whole: Path, tmp_path: Path) -> None:
    """As the OWL API, with which Protégé reads, takes them; and neither asks it to fetch another file."""
    other = tmp_path / "ontology.ttl"
    other.write_bytes(nested(full(built), built.prefixes.map))
    assert "identical" in robot.run("diff", "--left", whole, "--right", other)
    assert OWL.imports not in {predicate for _, predicate, _ in graph_of(full(built))}


# ---- our checks against the rules of the report ----


@pytest.fixture(scope="module")
def report(robot: Robot, tmp_path_factory: pytest.TempPathFactory) -> Report:
    """What ROBOT reports of the small ontology with one fault a rule."""
    folder = tmp_path_factory.mktemp("broken")
    return robot.report(written(small("broken"), folder), folder / "report.tsv")


def small(name: str) -> Graph:
    """A small ontology; what exograph asks for and ROBOT does not is filled in."""
    graph = Graph().parse(FOLDER / f"{name}.ttl")
    for term, definition in list(graph.subject_objects(OBO.IAO_0000115)):
        graph.add((term, SKOS.definition, definition))
        graph.add((term, OBO.IAO_0000119, Literal("somebody")))
    for declared in (SKOS.definition, OBO.IAO_0000119):
        graph.add((declared, RDF.type, OWL.AnnotationProperty))
    return graph


def restated(data: Places) -> Iterator[tuple[str, Path | Node]]:
    """Each rule with a check query or a shape that restates it."""
    for path in sorted(data.queries.glob("check/*.rq")):
        for rule in read_query(path)[0].get("robot", []):
            yield rule, path
    graph = graph_of(shapes(data))
    for place, page in graph.subject_objects(RDFS.seeAlso):
        for shape in holders(graph, place):
            yield str(page).removeprefix(RULES), shape


def holders(graph: Graph, place: Node) -> set[Node]:
    """The shapes with a target that a property shape is part of."""
    above, seen = {place}, set[Node]()
    while above:
        seen |= above
        above = {holder for part in above for link in (SH.property, SH["or"], RDF.first, RDF.rest) for holder in graph.subjects(link, part)} - seen
    return seen & targeted(graph)


def found(data: Places, graph: Graph, judge: Path | Node) -> set[Node]:
    """The things that a check query or a shape finds fault with in a small ontology."""
    if not isinstance(judge, Path):
        return {focus for focus, _, _ in violations(judge, graph, graph_of(shapes(data)), Graph()) if focus is not None}
    dataset = Dataset(default_union=True)
    target = dataset.graph(GRAPH.ontology)
    target.addN((s, p, o, target) for s, p, o in graph)
    solutions = Oxigraph(store_of(dataset)).select(judge.read_text(encoding="utf-8"))
    assert solutions.columns[0] == FOCUS
    return {from_oxigraph(row[0]) for row in solutions.rows if row[0] is not None}


def test_every_rule_that_is_an_error_or_a_warning_is_restated(robot: Robot, data: Places) -> None:
    assert {rule for rule, _ in restated(data)} == robot.rules
    assert len(robot.rules) == 30


def test_our_checks_fault_what_robot_faults(report: Report, data: Places) -> None:
    """A thing for each rule."""
    broken = small("broken")
    for rule, judge in restated(data):
        subject = SUBJECTS.get(rule, EXOG[rule])
        assert subject in report.of(rule) or rule in UNLISTED, f"ROBOT does not report {rule}"
        assert subject in found(data, broken, judge), f"{judge} does not find {rule}"


def test_our_checks_fault_nothing_that_robot_lets_pass(report: Report, data: Places) -> None:
    broken = small("broken")
    rules: dict[Path | Node, set[str]] = {}
    for rule, judge in restated(data):
        rules.setdefault(judge, set()).add(rule)
    for judge, names in rules.items():
        allowed = {subject for rule in names for subject in report.of(rule) | ({SUBJECTS[rule]} if rule in UNLISTED else set())}
        assert found(data, broken, judge) <= allowed, judge


def test_robot_counts_the_breaches_that_it_does_not_list(robot: Robot, report: Report, tmp_path: Path) -> None:
    profile = tmp_path / "profile.txt"
    for rule in UNLISTED:
        profile.write_text(f"WARN\t{rule}\n", encoding="utf-8")
        path = written(small("broken"), tmp_path)
        assert robot.report(path, tmp_path / "report.tsv", "--profile", str(profile)).counts["WARN"] == 1
        assert report.of(rule) == set()


def test_neither_faults_a_small_ontology_without_fault(robot: Robot, data: Places, tmp_path: Path) -> None:
    clean = small("clean")
    report = robot.report(written(clean, tmp_path), tmp_path / "report.tsv", "--base-iri", BASE)
    assert report.counts["ERROR"] == report.counts["WARN"] == 0
    assert {judge: things for _, judge in restated(data) if (things := found(data, clean, judge))} == {}
