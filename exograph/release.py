"""Release: the validated dataset as files, the same bytes every time, moved into place as a whole."""

from __future__ import annotations

import hashlib
import json
import tempfile
from pathlib import Path
from typing import Any

from rdflib import BNode, Dataset, Graph, URIRef
from rdflib.term import Node

from exograph import __version__
from exograph.engines import to_oxigraph
from exograph.errors import UsageError
from exograph.graphs import Built
from exograph.prefixes import GRAPH

SKOLEM = "https://w3id.org/exograph/.well-known/genid/"
MANIFEST = "manifest.json"
DATASET = "exograph.nq"


def digests(graph: Graph) -> dict[BNode, str]:
    """A stable name for each blank node of the class expressions, made from what stands below it.

    Equal expressions share a name. Raises UsageError where blank nodes form a cycle.
    """
    names: dict[BNode, str] = {}

    def name(node: Node, above: tuple[Node, ...]) -> str:
        if not isinstance(node, BNode):
            return node.n3()
        if node in above:
            raise UsageError("blank nodes of the ontology form a cycle — give one of them an IRI")
        if node not in names:
            below = sorted(f"{p.n3()} {name(o, (*above, node))}" for p, o in graph.predicate_objects(node))
            names[node] = hashlib.sha256("\n".join(below).encode()).hexdigest()[:32]
        return names[node]

    for node in graph.all_nodes():
        name(node, ())
    return names


def renamed(graph: Graph, skolem: bool) -> list[tuple[Node, Node, Node]]:
    """The triples of a graph in order, blank nodes under stable names or, skolemised, as IRIs."""
    names: dict[Node, Node] = {node: URIRef(SKOLEM + name) if skolem else BNode(f"b{name}") for node, name in digests(graph).items()}
    return sorted({(names.get(s, s), p, names.get(o, o)) for s, p, o in graph})


def nquads(dataset: Dataset) -> bytes:
    """The dataset as sorted N-Quads without blank nodes."""
    import pyoxigraph as ox

    quads = [
        ox.Quad(to_oxigraph(s), to_oxigraph(p), to_oxigraph(o), to_oxigraph(context.identifier))
        for context in dataset.graphs()
        for s, p, o in renamed(context, skolem=True)
    ]
    written = ox.serialize(quads, format=ox.RdfFormat.N_QUADS) or b""
    return b"".join(sorted(written.splitlines(keepends=True)))


def turtle(built: Built, graph: Graph) -> bytes:
    """A graph as Turtle with the prefixes of the project."""
    copy = Graph(bind_namespaces="none")
    built.prefixes.bind(copy)
    for triple in renamed(graph, skolem=False):
        copy.add(triple)
    return copy.serialize(format="turtle", encoding="utf-8")


def rdfxml(graph: Graph) -> bytes:
    """A graph as RDF/XML, which OWL tools read."""
    import pyoxigraph as ox

    triples = [ox.Triple(*map(to_oxigraph, triple)) for triple in renamed(graph, skolem=False)]
    return ox.serialize(triples, format=ox.RdfFormat.RDF_XML) or b""


def files(built: Built) -> dict[str, bytes]:
    """The files of a release by name, the manifest last."""
    ontology = built.dataset.graph(GRAPH.ontology) + built.dataset.graph(GRAPH.imports)
    graphs = {str(c.identifier).removeprefix(str(GRAPH)): c for c in built.dataset.graphs() if len(c)}
    made = {DATASET: nquads(built.dataset), "ontology.ttl": turtle(built, ontology), "ontology.owl": rdfxml(ontology)}
    made |= {f"graphs/{name}.ttl": turtle(built, graph) for name, graph in sorted(graphs.items())}
    manifest: dict[str, Any] = {
        "version": __version__,
        "graphs": {name: len(set(renamed(graph, skolem=True))) for name, graph in sorted(graphs.items())},
        "files": {name: {"bytes": len(data), "sha256": hashlib.sha256(data).hexdigest()} for name, data in sorted(made.items())},
    }
    return {**made, MANIFEST: (json.dumps(manifest, indent=2) + "\n").encode()}


def release(built: Built, out: Path) -> list[Path]:
    """Write a release to a folder, whole or not at all, and return its files.

    An earlier release there is replaced once the new one is complete. Raises UsageError where the
    folder holds anything else or cannot be written.
    """
    made = files(built)
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
    found = {path.relative_to(folder).as_posix() for path in folder.rglob("*") if not path.is_dir()} if folder.is_dir() else {folder.name}
    try:
        known = {*json.loads((folder / MANIFEST).read_text(encoding="utf-8"))["files"], MANIFEST}
    except (OSError, ValueError, KeyError, TypeError):
        known = set()
    if stray := sorted(found - known):
        raise UsageError(f"{folder}: holds {stray[0]}, which is no file of a release — name an empty or a new folder")
