"""A release is whole, the same every time, and free of blank nodes in its dump."""

from __future__ import annotations

import gzip
import hashlib
import json
import logging
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import csvw
import pyoxigraph
import pytest
from rdflib import OWL, RDF, RDFS, Graph, Namespace, URIRef
from rdflib.term import Node

from exograph.built import Built
from exograph.distributions import partitions
from exograph.errors import UsageError
from exograph.formats import SKOLEM, apart, digests, jsonld, rdfxml, renamed
from exograph.graphs import build
from exograph.manifests import verify
from exograph.places import Places
from exograph.release import DATASET, MANIFEST, base, full, release
from exograph.terms import text
from tests.conftest import REPOSITORY
from tests.crossing import graph_of, triples_of
from tests.docs import PYTHON, RELEASE, blocks, python
from tests.rdf import EXOG, GRAPH

pytestmark = pytest.mark.xdist_group("release")

DCAT = Namespace("http://www.w3.org/ns/dcat#")
SPDX = Namespace("http://spdx.org/rdf/terms#")


@pytest.fixture(scope="module")
def out(built: Built, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("release") / "build"
    release(built, folder, with_nanopubs=True)
    return folder


@pytest.fixture
def spoilt(out: Path, tmp_path: Path) -> Path:
    """A copy of the release that a test may spoil."""
    return shutil.copytree(out, tmp_path / "spoilt")


def test_two_builds_in_two_processes_give_the_same_bytes(out: Path, tmp_path: Path) -> None:
    """Different folders, different hash seeds."""
    done = subprocess.run(
        [sys.executable, "-m", "exograph", "build", "--nanopubs", "--out", str(tmp_path / "out")],
        cwd=REPOSITORY, env={**os.environ, "PYTHONHASHSEED": "1"}, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    one, two = ({p.relative_to(folder): p.read_bytes() for p in folder.rglob("*") if p.is_file()} for folder in (out, tmp_path / "out"))
    assert one == two
    assert {path.name for path in one} >= {DATASET, MANIFEST, "ontology.ttl", "ontology.owl", "exograph.jsonld", "exograph.nq.gz", "nanopubs.trig"}


def test_the_manifest_tells_digest_size_and_counts(out: Path) -> None:
    manifest = json.loads((out / MANIFEST).read_text(encoding="utf-8"))
    for name, entry in manifest["files"].items():
        data = (out / name).read_bytes()
        assert entry == {"bytes": len(data), "sha256": hashlib.sha256(data).hexdigest()}
    assert {path.relative_to(out).as_posix() for path in out.rglob("*") if path.is_file()} == {*manifest["files"], MANIFEST}
    quads = list(pyoxigraph.parse(path=str(out / DATASET)))
    for name, count in manifest["graphs"].items():
        assert count == sum(quad.graph_name.value == str(GRAPH[name]) for quad in quads) > 0


def test_the_dump_is_sorted_and_has_no_blank_node_and_no_default_graph(out: Path) -> None:
    lines = (out / DATASET).read_bytes().splitlines()
    assert lines == sorted(set(lines))
    quads = list(pyoxigraph.parse(path=str(out / DATASET)))
    for quad in quads:
        assert isinstance(quad.graph_name, pyoxigraph.NamedNode)
        assert not any(isinstance(term, pyoxigraph.BlankNode) for term in (quad.subject, quad.object))


def test_loading_the_dump_twice_changes_nothing(out: Path) -> None:
    store = pyoxigraph.Store()
    store.load(path=str(out / DATASET))
    once = len(store)
    store.load(path=str(out / DATASET))
    assert len(store) == once


def whole(triples: set[tuple[Node, Node, Node]]) -> Graph:
    """Triples as one graph, which rdflib reads many times faster than one of several in a dataset."""
    graph = Graph(store="SimpleMemory", bind_namespaces="none")
    graph.addN((s, p, o, graph) for s, p, o in triples)
    return graph


def canonical(graph: Graph) -> set[pyoxigraph.Quad]:
    """The triples of a graph with its blank nodes under the names of RDFC-1.0, equal for isomorphic graphs."""
    dataset = pyoxigraph.Dataset(pyoxigraph.Quad(t.subject, t.predicate, t.object) for t in triples_of(graph))
    dataset.canonicalize(pyoxigraph.CanonicalizationAlgorithm.RDFC_1_0)
    return set(dataset)


def test_the_files_say_what_the_dataset_says(out: Path, built: Built) -> None:
    parts = [built.dataset.graph(GRAPH[name]) for name in ("ontology", "imports", "bridge")]
    told = {triple for part in parts for triple in part}
    terms = {subject for subject, _, _ in told}
    inferred = {triple for triple in built.dataset.graph(GRAPH.inferred) if triple[0] in terms}
    assert inferred
    classes = whole(told | inferred)
    above = {(sub, RDFS.subClassOf, sup) for sub in {*classes.subjects(RDFS.subClassOf)} for sup in classes.transitive_objects(sub, RDFS.subClassOf)}
    named = {(sub, is_a, sup) for sub, is_a, sup in above if sub != sup and isinstance(sub, URIRef) and isinstance(sup, URIRef)}
    ontology = canonical(whole(told | inferred | named))
    assert canonical(Graph().parse(out / "ontology.ttl")) == ontology
    assert canonical(Graph().parse(out / "ontology.owl", format="xml")) == ontology
    for path in (out / "graphs").glob("*.ttl"):
        graph = built.dataset.graph(GRAPH[path.stem])
        assert set(triples_of(Graph().parse(path))) == set(renamed(triples_of(graph), skolem=True)), "equal class expressions are one in a dump"
        assert len(Graph().parse(path)) == len(graph) or path.stem in {"ontology", "bridge"}, "and only these two have any"


def test_the_dump_keeps_every_literal_as_it_is(out: Path, built: Built) -> None:
    """Also the kinds of integer that the store of Oxigraph does not tell apart."""
    told = {quad.object for quad in built.quads if isinstance(quad.object, pyoxigraph.Literal)}
    assert {quad.object for quad in pyoxigraph.parse(path=str(out / DATASET)) if isinstance(quad.object, pyoxigraph.Literal)} == told
    assert any(term.datatype.value.endswith("#nonNegativeInteger") for term in told)


def test_the_base_ontology_holds_its_own_axioms_and_the_kinds_of_the_terms_they_use(out: Path, built: Built) -> None:
    own = built.dataset.graph(GRAPH.ontology)
    alone = Graph().parse(out / "ontology-base.ttl")
    assert canonical(alone) == canonical(Graph().parse(out / "ontology-base.owl", format="xml"))
    foreign = [triple for triple in alone if str(triple[0]).startswith("http") and (triple[0], None, None) not in own]
    assert {predicate for _, predicate, _ in foreign} == {RDF.type}
    assert {subject for subject, _, _ in foreign} <= set(own.all_nodes()) | set(own.predicates())
    assert len(alone) - len(foreign) == len(own)
    assert (None, OWL.imports, None) not in alone
    used = {prop for prop in own.predicates() if not str(prop).startswith((str(RDF), str(RDFS), str(OWL)))}
    assert {prop for prop in used if (prop, RDF.type, None) not in alone} == set()


def test_alignments_stand_in_the_full_ontology_alone(copy: Path) -> None:
    text = (
        "<https://w3id.org/exograph/ontology#Claim> <http://www.w3.org/2000/01/rdf-schema#subClassOf> <http://purl.obolibrary.org/obo/IAO_0000030> ."
    )
    (copy / "ontology" / "bridge.ttl").write_text(text, encoding="utf-8")
    aligned, found = (EXOG.Claim, RDFS.subClassOf, URIRef("http://purl.obolibrary.org/obo/IAO_0000030")), build(copy)
    assert aligned in graph_of(full(found))
    assert aligned not in graph_of(base(found))


@pytest.mark.parametrize("name", ["exograph.trig", "exograph.jsonld", "exograph.nq.gz"])
def test_the_dataset_is_the_same_in_every_form(out: Path, name: str) -> None:
    """Read back, each gives the quads of the dump; the JSON-LD brings its context along."""
    data = (out / name).read_bytes()
    if name.endswith(".gz"):
        assert data[3] == 0, "no name in the header"
        assert data[4:8] == bytes(4), "no time in the header"
        data = gzip.decompress(data)
    form = {"nq.gz": pyoxigraph.RdfFormat.N_QUADS, "trig": pyoxigraph.RdfFormat.TRIG, "jsonld": pyoxigraph.RdfFormat.JSON_LD}[name.partition(".")[2]]
    assert set(pyoxigraph.parse(data, format=form)) == set(pyoxigraph.parse(path=str(out / DATASET)))
    if name.endswith("jsonld"):
        assert isinstance(json.loads(data)["@context"], dict)


def test_json_ld_keeps_every_kind_of_term() -> None:
    """Also what a shortened name could be taken for, and what JSON would read as a number."""
    s, p = pyoxigraph.NamedNode("https://example.org/a b".replace(" ", "%20")), pyoxigraph.NamedNode("https://example.org/p")
    number = pyoxigraph.NamedNode("http://www.w3.org/2001/XMLSchema#integer")
    objects: list[pyoxigraph.NamedNode | pyoxigraph.Literal] = [
        pyoxigraph.NamedNode("https://example.org///x"), pyoxigraph.NamedNode("urn:y"), pyoxigraph.Literal("ex:z"), pyoxigraph.Literal(""),
        pyoxigraph.Literal("@id"), pyoxigraph.Literal("007", datatype=number), pyoxigraph.Literal("7", datatype=number),
        pyoxigraph.Literal("true", datatype=pyoxigraph.NamedNode("http://www.w3.org/2001/XMLSchema#boolean")), pyoxigraph.Literal("a", language="en"),
    ]  # fmt: skip
    quads = {pyoxigraph.Quad(s, p, term, graph) for term in objects for graph in (s, pyoxigraph.DefaultGraph())}
    prefixes = {"ex": "https://example.org/", "other": "https://example.org/p"}
    written = b"".join(jsonld(sorted(quads, key=lambda quad: str(quad.graph_name)), prefixes))
    told = set(pyoxigraph.parse(written, format=pyoxigraph.RdfFormat.JSON_LD))
    assert told - quads == set()
    assert quads - told == set()
    with pytest.raises(UsageError, match="ex:y: begins like a prefix"):
        list(jsonld([pyoxigraph.Quad(s, p, pyoxigraph.NamedNode("ex:y"))], prefixes))


def test_rdf_xml_takes_a_namespace_whose_iri_holds_an_equals_sign() -> None:
    """As the one of the families of miRBase; the namespaces stand in order and the triples are read back."""
    prefixes = {"family": "https://example.org/summary?fam=", "after": "https://example.org/zz#", "before": "https://example.org/a#"}
    triple = pyoxigraph.Triple(
        *map(pyoxigraph.NamedNode, ("https://example.org/summary?fam=MI1", "https://example.org/zz#p", "https://example.org/a#o"))
    )
    written = rdfxml([triple], prefixes)
    assert triples_of(Graph().parse(data=written, format="xml")) == [triple]
    head = written.partition(b"<rdf:RDF")[2].partition(b">")[0].decode()
    assert [name for name in prefixes if f'xmlns:{name}="{prefixes[name]}"' not in head] == []
    assert head.split() == sorted(head.split())


def test_rdflib_and_owlready_read_the_ontology(out: Path) -> None:
    owlready2 = pytest.importorskip("owlready2")
    loaded = owlready2.World().get_ontology((out / "ontology.owl").as_uri()).load()
    classes = {cls.iri for cls in loaded.classes() if cls.iri.startswith(str(EXOG))}
    assert classes == {str(s) for s in Graph().parse(out / "ontology.ttl").subjects(RDF.type, OWL.Class) if str(s).startswith(str(EXOG))}
    assert loaded.base_iri.startswith("https://w3id.org/exograph/ontology")


@pytest.mark.parametrize(("code", "printed"), list(blocks(RELEASE, PYTHON)))
def test_what_the_docs_tell_an_outsider_to_do_works(out: Path, code: str, printed: str) -> None:
    if "owlready2" in code:
        pytest.importorskip("owlready2")
    assert printed.strip()
    assert python(code, out.parent) == printed


def test_the_docs_tell_what_each_file_is_for(out: Path) -> None:
    text = RELEASE.read_text(encoding="utf-8")
    named = {path.relative_to(out).parts[0] for path in out.rglob("*")}
    assert {name for name in named if f"`{name}`" not in text and f"`{name}/" not in text} == set()


def read(turtle: str) -> list[pyoxigraph.Triple]:
    return [quad.triple for quad in pyoxigraph.parse(turtle, format=pyoxigraph.RdfFormat.TURTLE)]


def test_equal_expressions_stay_apart_in_owl_and_are_one_in_the_dump() -> None:
    graph = read("@prefix : <urn:> . :a :sub [ :on :p ; :some :c ] . :b :sub [ :on :p ; :some :c ] .")
    assert len({t.subject for t in renamed(graph, skolem=False) if isinstance(t.subject, pyoxigraph.BlankNode)}) == 2
    assert len({t.subject for t in renamed(graph, skolem=True) if text(t.subject).startswith(SKOLEM)}) == 1
    again = read("@prefix : <urn:> . :b :sub [ :some :c ; :on :p ] . :a :sub [ :on :p ; :some :c ] .")
    assert set(apart(graph).values()) == set(apart(again).values())
    assert rdfxml(renamed(graph, skolem=False)) == rdfxml(renamed(again, skolem=False))


def test_the_tables_are_read_by_their_description_alone(out: Path) -> None:
    """csvw reads each table without complaint, as many rows as there are lines, and none is left out."""
    group = csvw.TableGroup.from_file(out / "tables" / "csv-metadata.json")
    log = logging.Logger("tables")
    complaints: list[str] = []
    handler = logging.Handler()
    handler.emit = lambda record: complaints.append(record.getMessage())  # type: ignore[method-assign]
    log.addHandler(handler)
    for table in group.tables:
        path = out / "tables" / str(table.url)
        lines = path.read_text(encoding="utf-8").splitlines()
        told = [line for line in lines if not line.startswith("#")]
        assert lines == told or path.suffixes == [".sssom", ".tsv"], "only SSSOM tells of itself above the head of the table"
        assert len(list(table.iterdicts(log=log))) == len(told) - 1 > 0
    assert complaints == []
    curated = {path.relative_to(REPOSITORY / "reviews").as_posix() for path in (REPOSITORY / "reviews").rglob("*.tsv")}
    assert {str(table.url) for table in group.tables} == curated | {"ontology/mappings.sssom.tsv"}
    (ratings,) = [table for table in group.tables if str(table.url) == "han2023/ratings.tsv"]
    assert ratings.tableSchema.aboutUrl.expand(id="r005") == "https://w3id.org/exograph/id/han2023/r005"


def test_every_distribution_tells_the_size_and_the_checksum_of_its_file(out: Path) -> None:
    graph = Graph().parse(out / "dataset.ttl")
    names = set()
    for file in graph.objects(URIRef("https://w3id.org/exograph/dataset"), DCAT.distribution):
        name = str(file).split("/", 6)[6]
        names.add(name)
        data = (out / name).read_bytes()
        assert str(graph.value(file, DCAT.byteSize)) == str(len(data))
        checksum = graph.value(file, SPDX.checksum)
        assert graph.value(checksum, SPDX.algorithm) == SPDX.checksumAlgorithm_sha256
        assert str(graph.value(checksum, SPDX.checksumValue)) == hashlib.sha256(data).hexdigest()
        assert str(graph.value(file, DCAT.mediaType)).startswith("https://www.iana.org/assignments/media-types/")
    on_disk = {path.relative_to(out).as_posix() for path in out.rglob("*") if path.is_file()}
    assert names == {name for name in on_disk - {MANIFEST, "dataset.ttl"} if not name.startswith("queries/")}
    assert (None, DCAT.downloadURL, None) not in graph, "nothing is published yet"


def test_the_description_holds_the_parts_of_the_graphs_and_the_dump_does_not(out: Path, built: Built) -> None:
    told = Graph().parse(out / "dataset.ttl")
    counted = graph_of(partitions(built))
    assert counted
    assert set(counted) < set(told)
    assert b"http://rdfs.org/ns/void#classPartition" not in (out / DATASET).read_bytes()


def test_the_saved_questions_are_carried_with_the_rows_that_the_catalogue_names(out: Path, built: Built) -> None:
    results = {str(file) for file in built.dataset.graph(GRAPH.queries).objects(None, URIRef(f"{built.prefixes.map['mf']}result"))}
    assert len(results) > 60
    assert {result for result in results if not (out / "queries" / result.rpartition("/")[2]).is_file()} == set()


def test_a_release_takes_a_few_seconds(built: Built, tmp_path: Path) -> None:
    """Three on a machine that does nothing else; the bound counts the processor's time and is generous to slow ones."""
    start = time.process_time()
    release(built, tmp_path / "out")
    assert time.process_time() - start < 9


Change = Callable[[Path], object]


def _blank(path: Path) -> None:
    path.write_bytes(bytes(path.stat().st_size))


def _add_quad(folder: Path) -> None:
    with (folder / DATASET).open("a", encoding="utf-8") as file:
        file.write(f"<urn:a> <urn:b> <urn:c> <{GRAPH.shared}> .\n")


@pytest.mark.parametrize(
    ("change", "lines"),
    [
        (lambda folder: (folder / "ontology.ttl").unlink(), ["ontology.ttl: missing"]),
        (lambda folder: (folder / "notes.txt").write_text("mine"), ["notes.txt: extra"]),
        (lambda folder: (folder / "ontology.owl").write_text("x"), ["ontology.owl: altered, 1 bytes"]),
        (lambda folder: _blank(folder / "tables" / "venues.tsv"), ["venues.tsv: altered, its SHA"]),
        (_add_quad, ["exograph.nq: altered", "quads in graph https://w3id.org/exograph/graph/shared where"]),
        (lambda folder: (folder / DATASET).write_text("<urn:a> <urn:b> ."), ["exograph.nq: altered", "exograph.nq: not readable as N-Quads"]),
        (lambda folder: None, []),
    ],
)  # fmt: skip
def test_verify_finds_what_is_missing_altered_or_extra(spoilt: Path, change: Change, lines: list[str]) -> None:
    change(spoilt)
    found = verify(spoilt)
    assert len(found) == len(lines)
    for line, words in zip(found, lines, strict=True):
        assert words in line
        assert "\n" not in line


def test_verify_counts_what_has_no_graph(spoilt: Path) -> None:
    (spoilt / DATASET).write_text("<urn:a> <urn:b> <urn:c> .\n", encoding="utf-8")
    assert any("1 quads in graph without a name where the manifest says 0" in line for line in verify(spoilt))


@pytest.mark.parametrize(
    "text",
    ["", "[]", "{}", '{"files": [], "graphs": {}}', '{"files": {"a": 1}, "graphs": {}}', '{"files": {}, "graphs": {"a": "b"}}', "\udc00", "[" * 99999,
     '{"files": {"../../etc/passwd": {"bytes": 1, "sha256": ""}}, "graphs": {}}', '{"files": {"/a": {"bytes": 1, "sha256": ""}}, "graphs": {}}'],
    ids=range(10),
)  # fmt: skip
def test_a_broken_manifest_is_refused_in_one_line(tmp_path: Path, text: str) -> None:
    (tmp_path / MANIFEST).write_text(text, encoding="utf-8", errors="surrogatepass")
    done = subprocess.run([sys.executable, "-m", "exograph", "verify", str(tmp_path)], capture_output=True, text=True, check=False, cwd=REPOSITORY)
    assert (done.returncode, done.stdout) == (2, "")
    assert len(done.stderr.splitlines()) == 1
    assert "build the release anew" in done.stderr


def test_verify_exits_by_what_it_finds(spoilt: Path, tmp_path: Path) -> None:
    def run(folder: Path) -> subprocess.CompletedProcess[str]:
        return subprocess.run([sys.executable, "-m", "exograph", "verify", str(folder)], capture_output=True, text=True, check=False, cwd=REPOSITORY)

    assert (run(spoilt).returncode, run(spoilt).stdout) == (0, "")
    (spoilt / "ontology.ttl").unlink()
    assert (run(spoilt).returncode, run(spoilt).stdout) == (1, "ontology.ttl: missing\n")
    assert run(tmp_path / "nowhere").returncode == 2


def test_an_earlier_release_is_replaced_as_a_whole(small: Places, tmp_path: Path) -> None:
    folder, built = tmp_path / "out", build(small.root)
    release(built, folder)
    (folder / DATASET).write_text("older", encoding="utf-8")
    release(built, folder)
    assert (folder / DATASET).read_text(encoding="utf-8").startswith("<")
    assert [path.name for path in tmp_path.iterdir()] == ["out"]


def test_a_file_of_the_user_is_never_deleted(built: Built, tmp_path: Path) -> None:
    """Neither in a folder of his own, nor beside an earlier release, nor beside another manifest."""
    (tmp_path / "mine.txt").write_text("mine", encoding="utf-8")
    with pytest.raises(UsageError, match=r"holds mine\.txt, which is no file of a release"):
        release(built, tmp_path)
    release(built, tmp_path / "out")
    (tmp_path / "out" / "notes.txt").write_text("mine", encoding="utf-8")
    with pytest.raises(UsageError, match=r"holds notes\.txt"):
        release(built, tmp_path / "out")
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / MANIFEST).write_text("{}", encoding="utf-8")
    with pytest.raises(UsageError, match=r"holds manifest\.json"):
        release(built, tmp_path / "other")
    assert (tmp_path / "mine.txt").read_text(encoding="utf-8") == (tmp_path / "out" / "notes.txt").read_text(encoding="utf-8") == "mine"


def test_a_release_follows_a_link_and_says_where_it_cannot_write(built: Built, tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "real")
    release(built, tmp_path / "link")
    assert (tmp_path / "real" / MANIFEST).is_file()
    (tmp_path / "file").write_text("", encoding="utf-8")
    with pytest.raises(UsageError, match="cannot be written"):
        release(built, tmp_path / "file" / "out")


def test_skolem_names_depend_on_what_an_expression_says_alone() -> None:
    prefix = "@prefix : <urn:> ."
    one = read(f"{prefix} :a :p [ :q 1 ; :r [ :s 2 ] ] .")
    two = read(f"{prefix} :z :y 3 . :a :p [ :r [ :s 2 ] ; :q 1 ] .")
    other = read(f"{prefix} :a :p [ :q 1 ; :r [ :s 3 ] ] .")
    assert set(digests(one).values()) == set(digests(two).values())
    assert not set(digests(one).values()) & set(digests(other).values())


def test_a_cycle_of_blank_nodes_is_refused() -> None:
    node = pyoxigraph.BlankNode()
    with pytest.raises(UsageError, match="form a cycle"):
        digests([pyoxigraph.Triple(node, pyoxigraph.NamedNode("urn:p"), node)])
