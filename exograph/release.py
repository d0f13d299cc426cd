"""Release: the validated dataset as files, the same bytes every time, moved into place as a whole."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

import pyoxigraph as ox

from exograph import carried
from exograph.built import Built
from exograph.distributions import COMPRESSED, distributions, partitions
from exograph.errors import UsageError
from exograph.formats import jsonld, merged, nested, nquads, rdfxml, read, renamed, trig, turtle, zipped
from exograph.graphs import constructed, no_collection
from exograph.manifests import DATASET, MANIFEST, Files, held, manifest, read_manifest
from exograph.nanopubs import nanopubs
from exograph.terms import GRAPH, OWL, RDF
from exograph.writing import in_place

__all__ = ["DATASET", "MANIFEST", "base", "full", "rdfxml", "release"]

NANOPUBS = "nanopubs.trig"
CLASSIFICATION = "release/classification"
ALIGNED = ("ontology", "imports", "bridge")
_KINDS = (OWL.Class, OWL.ObjectProperty, OWL.DatatypeProperty, OWL.AnnotationProperty, OWL.NamedIndividual)
_PIECE = 1 << 20


def base(built: Built) -> list[ox.Triple]:
    """The ontology's own axioms, with nothing of other ontologies but the kind of each term used, as OWL 2 DL asks."""
    own = graph(built, "ontology")
    used = {term for triple in own for term in triple}
    kinds = {t for t in graph(built, "imports") if t.predicate == RDF.type and t.subject in used and t.object in _KINDS}
    return renamed(own | kinds, skolem=False)


def full(built: Built) -> list[ox.Triple]:
    """The ontology with imports, alignments and what is inferred of its terms, the hierarchy of classes as a reasoner finds it.

    Raises UsageError where the query that completes it is missing or broken.
    """
    whole = {triple for name in ALIGNED for triple in graph(built, name)}
    terms = {triple.subject for triple in whole}
    inferred = {t for t in graph(built, "inferred") if t.subject in terms and isinstance(t.subject, ox.NamedNode)}
    return renamed(whole | inferred | constructed(built, CLASSIFICATION), skolem=False)


def graph(built: Built, name: str) -> set[ox.Triple]:
    """The triples of a named graph."""
    return {quad.triple for quad in built.quads.quads_for_graph_name(GRAPH[name])}


def write(built: Built, files: Files, with_nanopubs: bool = False) -> None:
    """Write the files of a release, the manifest last."""
    graphs, prefixes = nquads(built.quads), built.prefixes.map
    files.write(DATASET, merged(graphs.values()))
    files.write(DATASET + COMPRESSED, zipped(pieces(files.folder / DATASET)))
    files.write("exograph.trig", trig(in_turn(graphs.values()), prefixes))
    files.write("exograph.jsonld", jsonld(in_turn(graphs.values()), prefixes))
    for name, ontology in (("ontology-base", base(built)), ("ontology", full(built))):
        files.write(f"{name}.ttl", nested(ontology, prefixes))
        files.write(f"{name}.owl", rdfxml(ontology, prefixes))
    for name, part in graphs.items():
        files.write(f"graphs/{name.removeprefix(str(GRAPH))}.ttl", turtle((quad.triple for quad in read(part)), prefixes))
    for name, data in carried.tables(built.places).items():
        files.write(name, data)
    if with_nanopubs:
        files.write(NANOPUBS, nanopubs(built))
    told = {quad.triple for quad in read(graphs[GRAPH.dataset.value])} | partitions(built) | distributions(built, files.told)
    files.write("dataset.ttl", turtle(sorted(told, key=str), prefixes))
    for name, data in carried.questions(built.places).items():
        files.write(name, data)
    files.write(MANIFEST, manifest(files.told, {name.removeprefix(str(GRAPH)): part.count(b"\n") for name, part in graphs.items()}))


def in_turn(parts: Iterable[bytes]) -> Iterator[ox.Quad]:
    """The quads of N-Quads, graph by graph."""
    for part in parts:
        yield from read(part)


def pieces(path: Path) -> Iterator[bytes]:
    """The bytes of a file, some at a time."""
    with path.open("rb") as file:
        while piece := file.read(_PIECE):
            yield piece


@no_collection()
def release(built: Built, out: Path, with_nanopubs: bool = False) -> list[Path]:
    """Write a release to a folder, whole or not at all, and return its files. What is raised: see placed."""
    return placed(out, lambda files: write(built, files, with_nanopubs))


def placed(out: Path, write: Callable[[Files], None]) -> list[Path]:
    """Have files written and move them to a folder as a whole, or write nothing; their paths.

    What was written there before is replaced once the new is complete. Raises UsageError where the
    folder holds anything else, cannot be written, or is being written by another process.
    """
    target = out.resolve()
    try:
        refuse_foreign(target)
        with in_place(target) as fresh:
            files = Files(fresh)
            write(files)
    except OSError as error:
        raise UsageError(f"{out}: cannot be written ({error.strerror or error}) — name another folder") from error
    return [out / name for name in files.told]


def refuse_foreign(folder: Path) -> None:
    """Raise UsageError where a folder holds anything that its manifest does not list."""
    if not folder.exists():
        return
    found = held(folder) if folder.is_dir() else {folder.name}
    try:
        known = {*read_manifest(folder)[0], MANIFEST}
    except UsageError:
        known = set()
    if stray := sorted(found - known):
        raise UsageError(f"{folder}: holds {stray[0]}, which is no file of a release — name an empty or a new folder")
