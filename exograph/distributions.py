"""What a release tells of itself: its files as DCAT distributions (https://www.w3.org/TR/vocab-dcat-3/), the parts of its graphs by VoID.

The parts are counted here and not when the dataset is built, as only those who browse a release need them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import quote

import pyoxigraph as ox

from exograph.built import Built
from exograph.graphs import constructed
from exograph.terms import DCTERMS, GRAPH, OWL, RDF, XSD, Namespace, Term, literal

CATALOGUED = ox.NamedNode("https://w3id.org/exograph/dataset")
DCAT = Namespace("http://www.w3.org/ns/dcat#")
SPDX = Namespace("http://spdx.org/rdf/terms#")
MEDIA = Namespace("https://www.iana.org/assignments/media-types/")
TYPES = {
    ".nq": "application/n-quads",
    ".trig": "application/trig",
    ".ttl": "text/turtle",
    ".owl": "application/rdf+xml",
    ".jsonld": "application/ld+json",
    ".tsv": "text/tab-separated-values",
    ".json": "application/json",
}
COMPRESSED = ".gz"
PARTITIONS = "release/partitions"
Told = tuple[ox.NamedNode, ox.NamedNode, Term | None]


def partitions(built: Built) -> set[ox.Triple]:
    """The triples that count the classes of each graph and the properties of their things (https://www.w3.org/TR/void/#class-property-partitions).

    Raises UsageError where the query that counts them is missing or broken.
    """
    return constructed(built, PARTITIONS)


def distributions(built: Built, files: Mapping[str, Mapping[str, Any]]) -> set[ox.Triple]:
    """The triples that describe files, given as size and SHA-256 by name, each under an IRI made of the version of the ontology and its name.

    Nothing is published, so no distribution names an address to load it from.
    """
    version, issued, license_ = (_of_header(built, name) for name in (OWL.versionInfo, DCTERMS.issued, DCTERMS.license))
    base = f"https://w3id.org/exograph/release/{version.value if version else None}/"
    told: list[Told] = [
        (CATALOGUED, RDF.type, DCAT.Dataset),
        (CATALOGUED, DCAT.version, version),
        (CATALOGUED, DCTERMS.issued, issued),
        *(one for name, held in files.items() for one in _distribution(base, name, held, license_)),
    ]
    return {ox.Triple(subject, predicate, value) for subject, predicate, value in told if value is not None}


def _of_header(built: Built, name: ox.NamedNode) -> Any:
    """What the header of the ontology says under a property; None where it says nothing."""
    rows = built.engine.select(
        f"SELECT ?value WHERE {{ GRAPH {GRAPH.ontology} {{ ?ontology a {OWL.Ontology} ; {name} ?value }} }} ORDER BY ?value"
    ).rows
    return rows[0][0] if rows else None


def _distribution(base: str, name: str, held: Mapping[str, Any], license_: Term | None) -> Iterator[Told]:
    file = ox.NamedNode(base + quote(name))
    checksum = ox.NamedNode(f"{file.value}#sha256")
    stem = name.removesuffix(COMPRESSED)
    yield CATALOGUED, DCAT.distribution, file
    yield file, RDF.type, DCAT.Distribution
    yield file, DCTERMS.title, ox.Literal(name)
    yield file, DCTERMS.license, license_
    yield file, DCAT.mediaType, MEDIA[TYPES[f".{stem.rpartition('.')[2]}"]]
    if stem != name:
        yield file, DCAT.compressFormat, MEDIA["application/gzip"]
    yield file, DCAT.byteSize, literal(held["bytes"], XSD.nonNegativeInteger)
    yield file, SPDX.checksum, checksum
    yield checksum, RDF.type, SPDX.Checksum
    yield checksum, SPDX.algorithm, SPDX.checksumAlgorithm_sha256
    yield checksum, SPDX.checksumValue, literal(held["sha256"], XSD.hexBinary)
