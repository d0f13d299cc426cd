"""Release: the validated dataset as files, the same bytes every time, moved into place as a whole."""

from __future__ import annotations

import gc
import tempfile
from pathlib import Path

from rdflib import OWL, RDF, URIRef

from exograph import carried
from exograph.distributions import COMPRESSED, distributions, partitions
from exograph.errors import UsageError
from exograph.formats import Triple, bare, jsonld, nested, nquads, quads, rdfxml, renamed, trig, turtle, zipped
from exograph.graphs import Built, constructed
from exograph.manifests import DATASET, MANIFEST, held, manifest, read_manifest
from exograph.nanopubs import nanopubs
from exograph.prefixes import GRAPH

__all__ = ["DATASET", "MANIFEST", "base", "files", "full", "rdfxml", "release"]

NANOPUBS = "nanopubs.trig"
CLASSIFICATION = "release/classification"
ALIGNED = ("ontology", "imports", "bridge")
_KINDS = (OWL.Class, OWL.ObjectProperty, OWL.DatatypeProperty, OWL.AnnotationProperty, OWL.NamedIndividual)


def base(built: Built) -> list[Triple]:
    """The ontology's own axioms, with nothing of other ontologies but the kind of each term used, as OWL 2 DL asks."""
    own = set(built.dataset.graph(GRAPH.ontology))
    used = {term for triple in own for term in triple}
    kinds = {(s, p, o) for s, p, o in built.dataset.graph(GRAPH.imports).triples((None, RDF.type, None)) if s in used and o in _KINDS}
    return renamed(bare(own | kinds), skolem=False)


def full(built: Built) -> list[Triple]:
    """The ontology with imports, alignments and what is inferred of its terms, the hierarchy of classes as a reasoner finds it.

    Raises UsageError where the query that completes it is missing or broken.
    """
    whole = {triple for name in ALIGNED for triple in built.dataset.get_context(GRAPH[name])}
    terms = {subject for subject, _, _ in whole if isinstance(subject, URIRef)}
    inferred = {triple for triple in built.dataset.graph(GRAPH.inferred) if triple[0] in terms}
    return renamed(bare(whole | inferred | constructed(built, CLASSIFICATION)), skolem=False)


def files(built: Built, with_nanopubs: bool = False) -> dict[str, bytes]:
    """The files of a release by name, the manifest last."""
    graphs = {name.removeprefix(str(GRAPH)): found for name, found in quads(built.dataset).items()}
    flat = [quad for found in graphs.values() for quad in found]
    prefixes = built.prefixes.map
    made = {DATASET: nquads(flat), "exograph.trig": trig(flat, prefixes), "exograph.jsonld": jsonld(flat, prefixes)}
    made[DATASET + COMPRESSED] = zipped(made[DATASET])
    for name, ontology in (("ontology-base", base(built)), ("ontology", full(built))):
        made |= {f"{name}.ttl": nested(ontology, prefixes), f"{name}.owl": rdfxml(ontology, prefixes)}
    made |= {f"graphs/{name}.ttl": turtle(found, prefixes) for name, found in graphs.items()}
    made |= carried.tables(built.places)
    if with_nanopubs:
        made[NANOPUBS] = nanopubs(built)
    described = sorted([*graphs["dataset"], *partitions(built), *distributions(built, made)], key=str)
    made["dataset.ttl"] = turtle(described, prefixes)
    made |= carried.questions(built.places)
    return {**made, MANIFEST: manifest(made, {name: len(found) for name, found in graphs.items()})}


def release(built: Built, out: Path, with_nanopubs: bool = False) -> list[Path]:
    """Write a release to a folder, whole or not at all, and return its files.

    An earlier release there is replaced once the new one is complete. Raises UsageError where the
    folder holds anything else or cannot be written.
    """
    gc.freeze()  # the dataset is no garbage: to look through it again and again takes as long as to write it
    try:
        made = files(built, with_nanopubs)
    finally:
        gc.unfreeze()
    target = out.resolve()
    try:
        refuse_foreign(target)
        target.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=f".{target.name}-", dir=target.parent) as place:
            fresh = Path(place) / "fresh"
            for name, data in made.items():
                path = fresh / name
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_bytes(data)
            if target.exists():
                target.rename(Path(place) / "former")
            fresh.rename(target)
    except OSError as error:
        raise UsageError(f"{out}: cannot be written ({error.strerror}) — name another folder") from error
    return [out / name for name in made]


def refuse_foreign(folder: Path) -> None:
    """Raise UsageError where a folder holds anything that is not a file of an earlier release."""
    if not folder.exists():
        return
    found = held(folder) if folder.is_dir() else {folder.name}
    try:
        known = {*read_manifest(folder)[0], MANIFEST}
    except UsageError:
        known = set()
    if stray := sorted(found - known):
        raise UsageError(f"{folder}: holds {stray[0]}, which is no file of a release — name an empty or a new folder")
