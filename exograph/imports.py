"""Import extracts: the terms of other ontologies that mappings and bridge name, with all that lies above them.

An extract is made from two tables, ``labels.tsv.gz`` (iri, label, obsolete …) and ``edges.tsv``
(child_iri, child_label, parent_iri, parent_label …, read as is-a); where an extract comes from and in
which version stands in ``ontology/imports/sources.tsv``. Only IRI, label, is-a and origin are carried
over, which is what MIREOT asks for (https://doi.org/10.3233/AO-2011-0087).
"""

from __future__ import annotations

import csv
import gzip
import zlib
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any, TextIO

import pyoxigraph as ox

from exograph.engines import Engine
from exograph.errors import UsageError
from exograph.formats import in_order
from exograph.graphs import engine_over, read, turtle
from exograph.places import Places
from exograph.prefixes import Prefixes
from exograph.terms import OWL, RDF, RDFS
from exograph.writing import replaced

SOURCES = "sources.tsv"
DECLARED = "external.ttl"
LABELS, EDGES = "labels.tsv.gz", "edges.tsv"
IMPORTED_FROM = ox.NamedNode("http://purl.obolibrary.org/obo/IAO_0000412")
MOST = 1 << 30  # characters of labels, unpacked
PROPERTIES = (OWL.ObjectProperty, OWL.DatatypeProperty)
_NAMED = """
PREFIX exog: <https://w3id.org/exograph/ontology#>
PREFIX owl: <http://www.w3.org/2002/07/owl#>
PREFIX rdf: <http://www.w3.org/1999/02/22-rdf-syntax-ns#>
PREFIX rdfs: <http://www.w3.org/2000/01/rdf-schema#>
PREFIX sssom: <https://w3id.org/sssom/>
PREFIX graph: <https://w3id.org/exograph/graph/>
SELECT DISTINCT ?term ?kind WHERE {
  {
    GRAPH graph:mappings { ?mapping owl:annotatedSource ?subject ; owl:annotatedTarget ?term }
    FILTER (?term != sssom:NoTermFound)
    OPTIONAL {
      { VALUES ?kind { owl:ObjectProperty owl:DatatypeProperty } ?subject a ?kind }
      UNION
      { VALUES ?way { exog:RelationType exog:Effect exog:ComparisonOutcome } ?subject a ?way . BIND (owl:ObjectProperty AS ?kind) }
    }
  } UNION {
    GRAPH graph:bridge { ?lower rdfs:subPropertyOf|owl:onProperty ?term }
    BIND (owl:ObjectProperty AS ?kind)
  } UNION {
    GRAPH graph:bridge { ?lower rdfs:subClassOf|owl:someValuesFrom|owl:allValuesFrom|rdf:first ?term }
    FILTER isIRI(?term)
  }
} ORDER BY ?term ?kind
"""


@dataclass(frozen=True)
class Ontology:
    """Another ontology: the prefix of its terms, its IRI, title, version and licence."""

    prefix: str
    iri: str
    title: str
    version: str
    licence: str


@dataclass
class Oracle:
    """What the two tables say of the terms of other ontologies."""

    labels: dict[str, str]
    parents: dict[str, set[str]]
    obsolete: set[str]


def ontologies(root: Places) -> dict[str, Ontology]:
    """The ontologies that extracts are made of, by the prefix of their terms. Raises UsageError where their table is missing or of another form."""
    path = root.ontology / "imports" / SOURCES
    try:
        with path.open(encoding="utf-8", newline="") as file:
            return {row["prefix"]: Ontology(**row) for row in csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE)}
    except (OSError, KeyError, TypeError, ValueError, csv.Error) as error:
        columns = ", ".join(field.name for field in fields(Ontology))
        raise UsageError(f"{root.name(path)}: cannot be read ({error}) — restore it, with the columns {columns}") from error


def oracle(folder: Path) -> Oracle:
    """Read both tables from a folder. Raises UsageError where one of them is not there or has other columns."""
    labels: dict[str, str] = {}
    parents: dict[str, set[str]] = defaultdict(set)
    obsolete: set[str] = set()
    try:
        with gzip.open(folder / LABELS, "rt", encoding="utf-8", newline="") as file:
            for row in csv.DictReader(_counted(file), delimiter="\t", quoting=csv.QUOTE_NONE):
                labels[row["iri"]] = row["label"]
                obsolete.update([row["iri"]] if row["obsolete"] == "yes" else [])
        with (folder / EDGES).open(encoding="utf-8", newline="") as file:
            for row in csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE):
                labels.setdefault(row["child_iri"], row["child_label"])
                labels.setdefault(row["parent_iri"], row["parent_label"])
                parents[row["child_iri"]].add(row["parent_iri"])
    except (OSError, KeyError, TypeError, EOFError, ValueError, csv.Error, zlib.error) as error:
        raise UsageError(f"{folder}: no readable {LABELS} and {EDGES} there ({error}) — name the folder that holds both") from error
    return Oracle(labels, parents, obsolete)


def _counted(lines: TextIO) -> Iterator[str]:
    """The lines of a file that was packed, of which none is longer than a cell may be. Raises ValueError where they are more than fit."""
    left = MOST
    while line := lines.readline(csv.field_size_limit()):
        left -= len(line)
        if left < 0:
            raise ValueError(f"more than {MOST} characters when unpacked")
        yield line


def extracts(root: Places, known: Oracle) -> dict[str, str]:
    """The text of each extract by the name of its file; an obsolete term, of which a mapping may warn, is marked so.

    What lies above a term is carried over as far as it has a label and a source. Raises UsageError
    where a term that is mapped to has none.
    """
    found = read(root)
    declared = {(t.subject, t.object) for t in turtle(root.ontology / "imports" / DECLARED, root) if t.predicate == RDF.type}
    elsewhere = {term for term, _ in declared}
    sources = ontologies(root)

    def source(term: str) -> Ontology | None:
        return sources.get(found.prefixes.contract(term).partition(":")[0]) if known.labels.get(term) else None

    kinds = named(engine_over(found.graphs), declared)
    graphs: dict[Ontology, set[ox.Triple]] = defaultdict(set)
    for term, kind in closure(kinds, {term: {p for p in above if source(p)} for term, above in known.parents.items()}).items():
        origin, node = source(term), ox.NamedNode(term)
        if origin is None:
            if node in elsewhere:
                continue
            advice = f"map to another term, or add its prefix to ontology/imports/{SOURCES} and ontology/prefixes.ttl"
            raise UsageError(f"{found.prefixes.contract(term)}: unknown in {LABELS}, or of no source — {advice}")
        above = RDFS.subPropertyOf if kind in PROPERTIES else RDFS.subClassOf
        for parent in filter(source, known.parents.get(term, ())):
            graphs[origin].add(ox.Triple(node, above, ox.NamedNode(parent)))
        if node not in elsewhere:
            graphs[origin].add(ox.Triple(node, RDF.type, kind))
            graphs[origin].add(ox.Triple(node, RDFS.label, ox.Literal(known.labels[term], language="en")))
            graphs[origin].add(ox.Triple(node, IMPORTED_FROM, ox.NamedNode(origin.iri)))
        if term in known.obsolete:
            graphs[origin].add(ox.Triple(node, OWL.deprecated, ox.Literal(True)))
    return {f"{origin.prefix}.ttl": written(graph, origin, found.prefixes) for origin, graph in graphs.items()}


def named(engine: Engine, declared: Iterable[tuple[Any, Any]]) -> dict[str, ox.NamedNode]:
    """The terms that mappings and bridge name, and the classes that are used directly, each with the kind of thing it is."""
    kinds = {term.value: OWL.Class for term, kind in declared if kind == OWL.Class}
    for term, kind in engine.select(_NAMED).rows:
        kinds.setdefault(term.value, kind or OWL.Class)
    return kinds


def closure(kinds: dict[str, ox.NamedNode], parents: dict[str, set[str]]) -> dict[str, ox.NamedNode]:
    """The terms with all their ancestors, which are of the kind of what they stand above."""
    reached = dict(kinds)
    waiting = [*kinds]
    while waiting:
        term = waiting.pop()
        for parent in sorted(parents.get(term, set()) - reached.keys()):
            reached[parent] = reached[term]
            waiting.append(parent)
    return dict(sorted(reached.items()))


def written(graph: set[ox.Triple], source: Ontology, prefixes: Prefixes) -> str:
    """An extract as Turtle, its source told at its head and as a thing of its own."""
    here = ox.NamedNode(source.iri)
    graph.add(ox.Triple(here, RDFS.label, ox.Literal(source.title, language="en")))
    graph.add(ox.Triple(here, OWL.versionInfo, ox.Literal(source.version)))
    used = {prefixes.contract(term.value).partition(":")[0] for triple in graph for term in triple if isinstance(term, ox.NamedNode)}
    triples = in_order(graph)
    shown = {prefix: namespace for prefix, namespace in sorted(prefixes.map.items()) if prefix in used}
    body = ox.serialize(triples, format=ox.RdfFormat.TURTLE, prefixes=shown) or b""
    head = (
        f"# Extract of {source.title}, {source.version}, {source.licence}. Made by exograph imports from mappings and bridge; not edited by hand.\n"
    )
    return head + body.decode()


def stale(root: Places, made: dict[str, str]) -> Iterator[str]:
    """The names of the extracts that differ from what is made, are missing, or have no term any more."""
    folder = root.ontology / "imports"
    for name in sorted({path.name for path in folder.glob("*.ttl")} - {DECLARED} | {*made}):
        path = folder / name
        if not path.is_file() or path.read_text(encoding="utf-8") != made.get(name):
            yield name


def renew(root: Places, made: dict[str, str]) -> list[str]:
    """Write the extracts that are not current, each as a whole, and return their names; one without a term is removed.

    Raises UsageError where one cannot be written.
    """
    changed = [*stale(root, made)]
    for name in changed:
        path = root.ontology / "imports" / name
        try:
            if name in made:
                replaced(path, made[name].encode())
            else:
                path.unlink()
        except OSError as error:
            raise UsageError(f"{root.name(path)}: cannot be written ({error.strerror}) — mend its permissions") from error
    return changed
