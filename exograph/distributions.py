"""What a release tells of itself: its files as DCAT distributions (https://www.w3.org/TR/vocab-dcat-3/), the parts of its graphs by VoID.

The parts are counted here and not when the dataset is built, as only those who browse a release need them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import quote

import pyoxigraph as ox
from rdflib import DCTERMS, OWL, RDF, Literal, Namespace, URIRef
from rdflib.namespace import XSD
from rdflib.term import Node

from exograph.engines import to_oxigraph
from exograph.graphs import Built, constructed
from exograph.manifests import described
from exograph.prefixes import GRAPH

CATALOGUED = URIRef("https://w3id.org/exograph/dataset")
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


def partitions(built: Built) -> list[Any]:
    """The quads that count the classes of each graph and the properties of their things (https://www.w3.org/TR/void/#class-property-partitions).

    Raises UsageError where the query that counts them is missing or broken.
    """
    return [ox.Quad(*map(to_oxigraph, triple)) for triple in constructed(built, PARTITIONS)]


def distributions(built: Built, files: Mapping[str, bytes]) -> list[Any]:
    """The quads that describe the files, each under an IRI made of the version of the ontology and its name.

    Nothing is published, so no distribution names an address to load it from.
    """
    ontology = built.dataset.graph(GRAPH.ontology)
    header = ontology.value(None, RDF.type, OWL.Ontology)
    version, issued, license_ = (ontology.value(header, name) for name in (OWL.versionInfo, DCTERMS.issued, DCTERMS.license))
    base = f"https://w3id.org/exograph/release/{version}/"
    triples: list[tuple[Node, Node, Node | None]] = [
        (CATALOGUED, RDF.type, DCAT.Dataset),
        (CATALOGUED, DCAT.version, version),
        (CATALOGUED, DCTERMS.issued, issued),
        *(triple for name, data in files.items() for triple in _distribution(base, name, data, license_)),
    ]
    return [ox.Quad(*(to_oxigraph(term) for term in triple if term is not None)) for triple in triples if None not in triple]


def _distribution(base: str, name: str, data: bytes, license_: Node | None) -> Iterator[tuple[Node, Node, Node | None]]:
    file, told = URIRef(base + quote(name)), described(data)
    checksum = URIRef(f"{file}#sha256")
    stem = name.removesuffix(COMPRESSED)
    yield CATALOGUED, DCAT.distribution, file
    yield file, RDF.type, DCAT.Distribution
    yield file, DCTERMS.title, Literal(name)
    yield file, DCTERMS.license, license_
    yield file, DCAT.mediaType, MEDIA[TYPES[f".{stem.rpartition('.')[2]}"]]
    if stem != name:
        yield file, DCAT.compressFormat, MEDIA["application/gzip"]
    yield file, DCAT.byteSize, Literal(told["bytes"], datatype=XSD.nonNegativeInteger)
    yield file, SPDX.checksum, checksum
    yield checksum, RDF.type, SPDX.Checksum
    yield checksum, SPDX.algorithm, SPDX.checksumAlgorithm_sha256
    yield checksum, SPDX.checksumValue, Literal(told["sha256"], datatype=XSD.hexBinary)
