"""HermiT as the judge: it finds the members of the defined classes that the derive queries find, and tells what does not fit."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pyoxigraph as ox
import pytest
from rdflib import OWL, RDF, URIRef
from rdflib.term import Node

from exograph.answers import Answer
from exograph.built import Built
from exograph.engines import Oxigraph
from exograph.errors import UsageError
from exograph.graphs import declared, turtle
from exograph.places import Places
from exograph.reasoning import COLUMNS, HermiT, hermit, judged
from exograph.validation import Report
from tests.conftest import REPOSITORY, of_reviews, without_reviews
from tests.rdf import EXOG, GRAPH
from tests.served import trap

pytestmark = [
    pytest.mark.xdist_group("reasoning"),
    pytest.mark.filterwarnings("ignore:ConjunctiveGraph is deprecated:DeprecationWarning"),  # rdflib's own reader of TriG uses it
]
AGREED = "HermiT and the rule"
SMALL = Path(__file__).parent / "fixtures" / "reasoning" / "small.trig"


@pytest.fixture(scope="module")
def judge() -> HermiT:
    """HermiT; the test is skipped where Java or owlready2 is missing."""
    try:
        return hermit()
    except UsageError as missing:
        pytest.skip(str(missing))


@pytest.fixture(scope="module")
def outcome(built: Built, judge: HermiT) -> tuple[Answer, Report]:
    """What HermiT says of the data of the checkout."""
    return judged(built, judge)


def run(*words: str, **environment: str) -> subprocess.CompletedProcess[str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("EXOGRAPH")}
    command = [sys.executable, "-m", "exograph", *words]
    return subprocess.run(command, capture_output=True, text=True, check=False, cwd=REPOSITORY, env={**kept, **environment})


def curie(built: Built, thing: Node) -> str:
    return built.prefixes.contract(str(thing))


# ---- the data of the checkout ----


def test_hermit_and_the_derive_queries_agree_to_the_last_membership(built: Built, outcome: tuple[Answer, Report]) -> None:
    ontology, inferred = built.dataset.graph(GRAPH.ontology), built.dataset.graph(GRAPH.inferred)
    defined = set(ontology.subjects(OWL.equivalentClass))
    released = {(member, cls) for cls in defined for member in inferred.subjects(RDF.type, cls)}
    records = outcome[0].records()
    assert {(row["member"], row["class"]) for row in records} == {(curie(built, member), curie(built, cls)) for member, cls in released}
    assert {row["foundBy"] for row in records} == {AGREED}
    assert len(defined) == 8
    assert len(released) == 38


def test_each_membership_names_the_claims_that_it_follows_from(built: Built, outcome: tuple[Answer, Report]) -> None:
    claims = {curie(built, claim) for claim in built.dataset.subjects(RDF.type, EXOG.Claim)}
    told = [row["claim"] for row in outcome[0].records()]
    assert len(told) >= 32
    assert set(told) <= claims


def test_ontology_and_claims_are_consistent_and_every_class_can_have_members(built: Built, outcome: tuple[Answer, Report]) -> None:
    """The counts are asserted so that an empty load cannot pass; the definitions of the defined classes are in."""
    report = outcome[1]
    assert report.findings == []
    checked = dict(report.checked)
    terms = built.dataset.graph(GRAPH.ontology) + built.dataset.graph(GRAPH.imports)
    classes = {cls for cls in terms.subjects(RDF.type, OWL.Class) if isinstance(cls, URIRef)}
    assert f"each of {len(classes)} classes can have a member" in checked["whole"]
    assert len(classes) > 1500
    assert int(checked["whole"].split()[0]) > 50000
    assert int(checked["module"].split()[0]) > 5000


# ---- faults in a copy, told on the command line ----


def test_a_rule_that_strays_from_the_definitions_is_told(judge: HermiT, copy: Path) -> None:
    """One membership that the definition gives is lost, and one that it does not give is added."""
    rule = copy / "queries" / "derive" / "memberships.rq"
    text = rule.read_text(encoding="utf-8")
    assert "FILTER (?met = ?asked)" in text
    rule.write_text(text.replace("FILTER (?met = ?asked)", "FILTER (?met = ?asked) FILTER (?class != exog:SparingLoadingMethod)"), encoding="utf-8")
    header = "#+ rule: A rule that is wrong.\n#+ graph: inferred\n"
    wrong = "PREFIX exog: <https://w3id.org/exograph/ontology#>\nCONSTRUCT { exog:sonication a exog:SparingLoadingMethod } WHERE { }"
    (copy / "queries" / "derive" / "wrong.rq").write_text(header + wrong, encoding="utf-8")
    done = run("reason", "--root", str(copy), "--format", "tsv")
    assert done.returncode == 1
    rows = [line.split("\t") for line in done.stdout.splitlines()]
    assert tuple(rows[0]) == COLUMNS
    strayed = {(row[0], row[2]): row[5] for row in rows[1:] if row[5] != AGREED}
    sparing = "exog:SparingLoadingMethod"
    assert strayed == {
        (sparing, "exog:coIncubation"): "HermiT alone",
        (sparing, "exog:passiveIncubation"): "HermiT alone",
        (sparing, "exog:parentalTransfection"): "HermiT alone",
        (sparing, "exog:sonication"): "the rule alone",
    }
    assert f"exog:coIncubation: HermiT puts it into {sparing}, the rule does not" in done.stderr
    assert f"exog:sonication: the rule puts it into {sparing}, HermiT does not" in done.stderr
    assert "4 findings" in done.stderr


def test_a_contradiction_is_told_with_the_thing_that_it_lies_in(judge: HermiT, data: Places, tmp_path: Path) -> None:
    """Call an isolation method a marker as well, and HermiT refuses the ontology, here with one table alone, as it is asked often."""
    copy = of_reviews(data, tmp_path / "copy", "jo2019").root
    with (copy / "ontology" / "methods.ttl").open("a", encoding="utf-8") as file:
        file.write("\nexog:precipitation a exog:Marker .\n")
    done = run("reason", "--root", str(copy), "--format", "tsv")
    assert done.returncode == 1
    assert "exog:precipitation: contradicts the ontology" in done.stderr
    assert "robot explain" in done.stderr
    assert "1 findings" in done.stderr


# ---- each kind of fault in a small dataset ----


def small(data: Places, more: str = "") -> Built:
    """A small dataset with one defined class and one member, with more triples in one of its graphs."""
    text = SMALL.read_text(encoding="utf-8")
    quads = ox.Dataset()
    for part in (text, text.partition("# ----")[0] + more):
        for quad in ox.parse(part, format=ox.RdfFormat.TRIG, rename_blank_nodes=True):
            quads.add(quad)
    store = ox.Store()
    store.bulk_extend(quads)
    return Built(data, declared({*turtle(data.ontology / "prefixes.ttl", data)}), Oxigraph(store), lambda: quads)


def test_a_small_dataset_without_fault_has_no_finding(judge: HermiT, data: Places) -> None:
    answer, report = judged(small(data), judge)
    assert report.findings == []
    assert answer.rows == [("exog:Praised", "praised", "exog:cheese", "cheese", "exog:note", AGREED)]


@pytest.mark.parametrize(
    ("more", "where", "problem"),
    [
        pytest.param(
            "graph:ontology { exog:Odd a owl:Class ; rdfs:subClassOf exog:Food, exog:Note . }",
            "exog:Odd", "no thing can belong to this class", id="a class below two that exclude each other",
        ),
        pytest.param(
            "graph:one { exog:remark a exog:Note ; exog:about exog:bread ; exog:tone exog:kind . }",
            "exog:bread", "HermiT puts it into exog:Praised, the rule does not, as follows from exog:remark", id="a member by a range",
        ),
        pytest.param(
            "graph:one { exog:bread a exog:Food . exog:note exog:tone exog:bread . }",
            "exog:note", "contradicts the ontology, together with exog:bread", id="a link to a thing of a wrong kind",
        ),
        pytest.param(
            "graph:ontology { exog:Plain a owl:Class ; owl:equivalentClass [ a owl:Class ; owl:complementOf exog:Praised ] . } "
            "graph:one { exog:cheese a exog:Plain . }",
            "exog:note", "contradicts the ontology, together with exog:cheese", id="a thing in a class that its definition keeps it out of",
        ),
        pytest.param(
            "graph:ontology { exog:Odd a owl:Class ; owl:equivalentClass [ a owl:Class ; owl:intersectionOf ( owl:Thing exog:Food ) ] . "
            "owl:Thing rdfs:subClassOf owl:Nothing . }",
            "ontology/", "its axioms contradict each other", id="axioms that leave no thing at all",
        ),
    ],
)  # fmt: skip
def test_a_fault_is_told_with_the_things_that_it_lies_in(judge: HermiT, data: Places, more: str, where: str, problem: str) -> None:
    found = judged(small(data, more), judge)[1].findings
    assert [(finding.where, finding.problem) for finding in found] == [(where, problem)]


def test_what_hermit_cannot_read_is_told_in_one_line(judge: HermiT, data: Places) -> None:
    odd = small(data, 'graph:one { exog:cheese exog:age "2023"^^<http://www.w3.org/2001/XMLSchema#gYear> . }')
    with pytest.raises(UsageError, match=r"HermiT cannot judge the data: UnsupportedDatatypeException: .*gYear") as told:
        judged(odd, judge)
    assert "\n" not in str(told.value)


def test_nothing_that_the_data_name_is_fetched_or_run(judge: HermiT, data: Places, tmp_path: Path) -> None:
    """Though an import stands where it is part of a definition, and owlready2 would load the module that is named."""
    (tmp_path / "trapped.py").write_text(f"open({str(tmp_path / 'ran')!r}, 'w').close()", encoding="utf-8")
    root = without_reviews(data, tmp_path / "root")
    with trap() as (url, seen):
        odd = f"""@prefix exog: <https://w3id.org/exograph/ontology#> . @prefix owl: <http://www.w3.org/2002/07/owl#> .
            <{url}> a owl:Ontology ; owl:imports <{url}> ;
                <http://www.lesfleursdunormal.fr/static/_downloads/owlready_ontology.owl#python_module> "trapped" .
            owl:imports a owl:ObjectProperty .
            exog:precipitation owl:imports <{url}> .
            exog:Odd a owl:Class ; owl:equivalentClass [ a owl:Class ; owl:imports <{url}> ; owl:intersectionOf ( exog:Method
                [ a owl:Restriction ; owl:onProperty owl:imports ; owl:someValuesFrom owl:Thing ; owl:imports <{url}> ] ) ] . """
        (root.ontology / "odd.ttl").write_text(odd, encoding="utf-8")
        done = run("reason", "--root", str(root.root), PYTHONPATH=f"{REPOSITORY}{os.pathsep}{tmp_path}")
        assert "HermiT finds" in done.stderr, done.stderr
        assert seen == []
    assert not (tmp_path / "ran").exists()


# ---- without Java or owlready2 ----


def test_without_java_one_line_says_so_and_the_rest_works(tmp_path: Path) -> None:
    done = run("reason", PATH=str(tmp_path))
    assert done.returncode == 2
    assert done.stdout == ""
    assert done.stderr.splitlines() == [
        "exograph: HermiT needs Java, and there is no java on the path — install a Java runtime; all else works without"
    ]
    assert run("questions", PATH=str(tmp_path)).returncode == 0


def test_without_owlready2_one_line_says_so(judge: HermiT) -> None:
    hidden = "import sys; sys.modules['owlready2'] = None; sys.argv = ['exograph', 'reason']; from exograph.cli import main; main()"
    done = subprocess.run([sys.executable, "-c", hidden], capture_output=True, text=True, check=False, cwd=REPOSITORY)
    assert done.returncode == 2
    assert done.stderr.splitlines() == [
        "exograph: HermiT comes with owlready2, which is not installed — pip install owlready2; all else works without"
    ]


def test_hermit_is_run_without_loading_owlready2(judge: HermiT) -> None:
    code = "import sys, exograph.reasoning as r; r.hermit(); print('owlready2' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=REPOSITORY)
    assert done.stdout == "False\n"
