"""A release is whole, the same every time, and free of blank nodes in its dump."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
from pathlib import Path

import pyoxigraph
import pytest
from rdflib import BNode, Graph, URIRef

from exograph.engines import to_oxigraph
from exograph.errors import UsageError
from exograph.graphs import Built
from exograph.prefixes import GRAPH
from exograph.release import DATASET, MANIFEST, digests, release
from tests.conftest import REPOSITORY


@pytest.fixture(scope="module")
def out(built: Built, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("release") / "out"
    release(built, folder)
    return folder


def test_two_builds_in_two_processes_give_the_same_bytes(tmp_path: Path) -> None:
    """Different folders, different hash seeds."""
    for name, seed in (("one", "1"), ("two", "2")):
        done = subprocess.run(
            [sys.executable, "-m", "exograph", "build", "--out", str(tmp_path / name)],
            cwd=REPOSITORY, env={**os.environ, "PYTHONHASHSEED": seed}, capture_output=True, text=True, check=False,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr
    one, two = ({p.relative_to(tmp_path / n): p.read_bytes() for p in (tmp_path / n).rglob("*") if p.is_file()} for n in ("one", "two"))
    assert one == two
    assert {path.name for path in one} >= {DATASET, MANIFEST, "ontology.ttl", "ontology.owl"}


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


def canonical(graph: Graph) -> set[pyoxigraph.Quad]:
    """The triples of a graph with its blank nodes under the names of RDFC-1.0, equal for isomorphic graphs."""
    dataset = pyoxigraph.Dataset(pyoxigraph.Quad(*map(to_oxigraph, triple)) for triple in graph)
    dataset.canonicalize(pyoxigraph.CanonicalizationAlgorithm.RDFC_1_0)
    return set(dataset)


def test_the_files_say_what_the_dataset_says(out: Path, built: Built) -> None:
    ontology = canonical(built.dataset.graph(GRAPH.ontology) + built.dataset.graph(GRAPH.imports))
    assert canonical(Graph().parse(out / "ontology.ttl")) == ontology
    assert canonical(Graph().parse(out / "ontology.owl", format="xml")) == ontology
    for path in (out / "graphs").glob("*.ttl"):
        assert len(Graph().parse(path)) == len(built.dataset.graph(GRAPH[path.stem]))


def test_an_earlier_release_is_replaced_as_a_whole(built: Built, tmp_path: Path) -> None:
    folder = tmp_path / "out"
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
    one = Graph().parse(data=f"{prefix} :a :p [ :q 1 ; :r [ :s 2 ] ] .")
    two = Graph().parse(data=f"{prefix} :z :y 3 . :a :p [ :r [ :s 2 ] ; :q 1 ] .")
    other = Graph().parse(data=f"{prefix} :a :p [ :q 1 ; :r [ :s 3 ] ] .")
    assert set(digests(one).values()) == set(digests(two).values())
    assert not set(digests(one).values()) & set(digests(other).values())


def test_a_cycle_of_blank_nodes_is_refused() -> None:
    graph = Graph()
    node = BNode()
    graph.add((node, URIRef("urn:p"), node))
    with pytest.raises(UsageError, match="form a cycle"):
        digests(graph)
