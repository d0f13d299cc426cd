"""The text of a review, which is not in the graph: found by its digest, sliced, verified, searched."""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pyoxigraph as ox

from exograph.answers import Answer
from exograph.built import Built
from exograph.errors import Finding, SourceError
from exograph.terms import Value

SOURCES_VARIABLE = "EXOGRAPH_SOURCES"
PASSAGE = "passage"
_ARTICLES = """
PREFIX exog: <https://w3id.org/exograph/ontology#>
PREFIX vann: <http://purl.org/vocab/vann/>
SELECT ?article ?key ?digest ?length WHERE {
  ?article exog:textDigest ?digest ; exog:textLength ?length ; vann:preferredNamespacePrefix ?key
} ORDER BY ?key
"""
_SLICES = """
PREFIX exog: <https://w3id.org/exograph/ontology#>
PREFIX oa: <http://www.w3.org/ns/oa#>
SELECT ?article ?selector ?start ?end ?digest WHERE {
  ?anchor oa:hasSource ?article ; oa:hasSelector ?selector .
  ?selector oa:start ?start ; oa:end ?end ; exog:sliceDigest ?digest .
} ORDER BY ?start ?end
"""
_PARTS = """
PREFIX exog: <https://w3id.org/exograph/ontology#>
PREFIX oa: <http://www.w3.org/ns/oa#>
PREFIX rdfs: <http://www.w3.org/2000/01/rdf-schema#>
SELECT ?article ?part ?label ?start ?end WHERE {
  ?part a exog:ArticlePart ; rdfs:label ?label ; exog:hasAnchor ?anchor .
  ?anchor oa:hasSource ?article ; oa:hasSelector ?selector .
  ?selector oa:start ?start ; oa:end ?end .
} ORDER BY ?part
"""
_PLACES = """
PREFIX exog: <https://w3id.org/exograph/ontology#>
PREFIX oa: <http://www.w3.org/ns/oa#>
PREFIX rdfs: <http://www.w3.org/2000/01/rdf-schema#>
SELECT ?thing ?article ?label ?start ?end WHERE {
  ?thing exog:hasAnchor ?anchor .
  ?anchor oa:hasSource ?article ; oa:hasSelector ?selector ; exog:inPart/rdfs:label ?label .
  ?selector oa:start ?start ; oa:end ?end .
} ORDER BY ?start
"""
_MARKED = """
PREFIX exog: <https://w3id.org/exograph/ontology#>
PREFIX oa: <http://www.w3.org/ns/oa#>
SELECT ?anchor ?article ?start ?end ?first ?last WHERE {
  ?anchor oa:hasSource ?article ; exog:inPart ?part ; oa:hasSelector ?selector .
  ?selector oa:start ?start ; oa:end ?end .
  ?part exog:hasAnchor/oa:hasSelector ?extent .
  ?extent oa:start ?first ; oa:end ?last .
  FILTER (?first <= ?start && ?end <= ?last)
} ORDER BY ?anchor (?last - ?first) ?first
"""


def digest(text: str) -> str:
    """The hexadecimal SHA-256 digest of a text in UTF-8."""
    return hashlib.sha256(text.encode()).hexdigest()


class Source(NamedTuple):
    """The pinned text of one review."""

    key: str
    article: ox.NamedNode
    text: str
    path: Path
    length: int


def sources(built: Built, given: str | Path | None = None) -> list[Source]:
    """The pinned texts at hand: the file or folder given, else the folder that EXOGRAPH_SOURCES names.

    A text is known by its digest alone. Nothing given and no variable set gives an empty list.
    Raises SourceError where a file is given, or a file bears a review's name, and is not its pinned text.
    """
    place = given or os.environ.get(SOURCES_VARIABLE)
    if not place:
        return []
    path = Path(place)
    if not path.exists():
        raise SourceError(f"{path}: no such file or folder — name the pinned text or a folder that holds it")
    pinned = {sha.value: (key.value, article, int(length.value)) for article, key, sha, length in built.engine.select(_ARTICLES).rows}
    if not pinned:
        return []
    named = {key: sha for sha, (key, _, _) in pinned.items()}
    found = []
    for file in [file for file in sorted(path.glob("*.txt")) if file.is_file()] if path.is_dir() else [path]:
        data = _bytes(file)
        sha = hashlib.sha256(data).hexdigest()
        if sha in pinned:
            key, article, length = pinned[sha]
            found.append(Source(key, article, data.decode(), file, length))
        elif path.is_file() or file.stem in named:
            expected = named.get(file.stem, next(iter(pinned)))
            raise SourceError(
                f"{file}: moved or altered, not the pinned text of {' or '.join(named)} "
                f"(SHA-256 {sha[:12]}… instead of {expected[:12]}…) — use the text that review.toml pins"
            )
    if not found:
        raise SourceError(f"{path}: no pinned text of {' or '.join(named)} there — name the folder that holds it")
    return found


def _bytes(file: Path) -> bytes:
    try:
        return file.read_bytes()
    except OSError as error:
        raise SourceError(f"{file}: cannot be read ({error.strerror})") from error


def verify(built: Built, source: Source) -> Iterator[Finding]:
    """A finding for each anchor whose slice of the text does not have the digest that its row gives, and for a wrong length."""
    if len(source.text) != source.length:
        yield Finding(built.where(source.article), "length", f"the text has {len(source.text)} code points", "write that number", "anchors")
    for article, selector, start, end, expected in built.engine.select(_SLICES).rows:
        if article == source.article and digest(source.text[int(start.value) : int(end.value)]) != expected.value:
            where = built.where(selector)
            yield Finding(
                where,
                "sha256",
                f"the text at {start.value}-{end.value} is not what the digest says",
                "find the words again with exograph locate",
                "anchors",
            )


def locate(built: Built, source: Source, words: str) -> Answer:
    """Where words occur in a text: part, start, end, digest and place, as the cells of a row.

    White space and hyphens at line ends in the text do not matter, nor does case.
    """
    parts = [
        (int(first.value), int(last.value), part.value.rpartition("/part/")[2], label.value)
        for article, part, label, first, last in built.engine.select(_PARTS).rows
        if article == source.article
    ]
    pattern = r"\s+".join("(?:-\\s+)?".join(map(re.escape, word)) for word in words.split())
    rows: list[tuple[Value, ...]] = []
    for match in re.finditer(pattern, source.text, re.IGNORECASE) if pattern else ():
        start, end = match.span()
        part, label = smallest(parts, start, end)
        rows.append((part, start, end, digest(source.text[start:end]), label))
    return Answer(("part", "start", "end", "sha256", "place"), rows)


def smallest(parts: list[tuple[int, int, str, str]], start: int, end: int) -> tuple[str, str]:
    """The id and the label of the smallest of the parts, given as start, end, id and label, that contains a slice."""
    fitting = [(last - first, part, label) for first, last, part, label in parts if first <= start and end <= last]
    return min(fitting)[1:] if fitting else ("", "outside every named part")


def passages(built: Built, thing: ox.NamedNode, found: list[Source]) -> list[tuple[str, str]]:
    """The place and the words of each slice that a thing is anchored at, in the texts at hand."""
    texts = {source.article: source.text for source in found}
    return [
        (f"{label.value} [{start.value}-{end.value}]", texts[article][int(start.value) : int(end.value)])
        for _, article, label, start, end in built.engine.select(_PLACES, {"thing": thing}).rows
        if article in texts
    ]


def marked(built: Built, found: list[Source]) -> dict[str, tuple[str, str, str]]:
    """The words of each anchor by its IRI, in the texts at hand, with what stands before and after them in the same paragraph."""
    texts = {source.article: source.text for source in found}
    held: dict[str, tuple[str, str, str]] = {}
    for anchor, article, start, end, first, last in built.engine.select(_MARKED).rows:
        if article in texts:
            text, bounds = texts[article], [int(edge.value) for edge in (first, start, end, last)]
            held.setdefault(anchor.value, (text[bounds[0] : bounds[1]], text[bounds[1] : bounds[2]], text[bounds[2] : bounds[3]]))
    return held
