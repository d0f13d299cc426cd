"""Coverage: every sentence, cell, caption and reference of a text is held by a row, or it is told.

A claim holds the words that it is anchored at; a reference, a citation's work, an author or a
declaration holds the line that it stands in; what carries no claim is listed with its reason. The
text is cut at the parts that the rows name, running text at the ends of sentences.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby, pairwise
from typing import Any

import pyoxigraph as ox

from exograph.answers import Answer
from exograph.built import Built
from exograph.errors import Finding
from exograph.passages import Source
from exograph.terms import Value

CLAIM, ROW, REASON = "claim", "row", "reason"
_HOLDERS = """
PREFIX exog: <https://w3id.org/exograph/ontology#>
PREFIX oa: <http://www.w3.org/ns/oa#>
SELECT DISTINCT ?article ?thing ?holds ?start ?end WHERE {
  VALUES (?class ?holds) {
    (exog:Claim "claim") (exog:UnclaimedPassage "reason") (exog:Reference "row") (exog:Study "row") (exog:Authorship "row")
    (exog:Affiliation "row") (exog:PrintedTerm "row") (exog:Declaration "row")
  }
  ?thing a ?class ; exog:hasAnchor ?anchor .
  FILTER NOT EXISTS { ?thing exog:inheritedFrom ?other }
  ?anchor oa:hasSource ?article ; oa:hasSelector ?selector .
  ?selector oa:start ?start ; oa:end ?end .
} ORDER BY ?start ?end ?thing
"""
_PARTS = """
PREFIX exog: <https://w3id.org/exograph/ontology#>
PREFIX oa: <http://www.w3.org/ns/oa#>
PREFIX rdfs: <http://www.w3.org/2000/01/rdf-schema#>
SELECT ?article ?part ?label ?running ?section ?start ?end WHERE {
  ?part a exog:ArticlePart ; rdfs:label ?label ; exog:partOf* ?home ; exog:hasAnchor ?anchor .
  BIND (EXISTS { ?part a exog:Paragraph } AS ?running)
  VALUES ?kind { exog:Section exog:FrontMatter exog:ReferenceList exog:Table exog:Figure }
  ?home a ?kind ; rdfs:label ?section ; exog:hasAnchor/oa:hasSelector ?extent .
  ?extent oa:start ?from ; oa:end ?to .
  ?anchor oa:hasSource ?article ; oa:hasSelector ?selector .
  ?selector oa:start ?start ; oa:end ?end .
} ORDER BY DESC(?end - ?start) DESC(?to - ?from) ?part
"""
_SENTENCE = re.compile(r"(?<=[.!?])(?<!\bal\.)(?<!\bFig\.)\s+(?=[A-Z“(])")
_LINE = re.compile(r"[\n\t]+")


@dataclass(frozen=True)
class Slice:
    """A stretch of a text that a thing of the graph is anchored at, and in which way it holds it."""

    start: int
    end: int
    holds: str
    thing: ox.NamedNode


@dataclass(frozen=True)
class Unit:
    """A sentence, a cell, a caption, an entry or a line, with the section it stands in and what holds it."""

    start: int
    end: int
    section: str
    part: str
    slices: tuple[Slice, ...]

    @property
    def held(self) -> str:
        """The strongest way in which the unit is held: claim, row or reason; empty where nothing holds it."""
        return next((way for way in (CLAIM, ROW, REASON) if any(one.holds == way for one in self.slices)), "")


def units(built: Built, source: Source) -> list[Unit]:
    """The text of a review cut into units, each with the slices that reach into it."""
    found = [
        Slice(int(start.value), int(end.value), holds.value, thing)
        for article, thing, holds, start, end in built.engine.select(_HOLDERS).rows
        if article == source.article
    ]
    cut = []
    for start, end, section, part in _pieces(built, source):
        reaching = tuple(
            one for one in found if one.start < end and start < one.end and re.search(r"\w", source.text[max(start, one.start) : min(end, one.end)])
        )
        cut.append(Unit(start, end, section, part, reaching))
    return cut


def _pieces(built: Built, source: Source) -> Iterator[tuple[int, int, str, str]]:
    """Start, end, section and part of every sentence, cell and line that holds a letter or a digit."""
    extents = _extents(built, source)
    owner = [-1] * len(source.text)
    for index, (_, _, _, start, end) in enumerate(extents):
        owner[start:end] = [index] * (end - start)
    for index, run in groupby(range(len(owner)), owner.__getitem__):
        positions = list(run)
        section, part, running = extents[index][:3] if index >= 0 else ("", "", False)
        first, last = positions[0], positions[-1] + 1
        pattern = _SENTENCE if running else _LINE
        ends = [first, *(match.end() for match in pattern.finditer(source.text, first, last)), last]
        for start, end in pairwise(ends):
            words = source.text[start:end]
            if re.search(r"\w", words):
                yield start + len(words) - len(words.lstrip()), start + len(words.rstrip()), section, part


def _extents(built: Built, source: Source) -> list[tuple[str, str, bool, int, int]]:
    """Section, part, whether it is running text, start and end of each slice of each part; the largest first."""
    seen: dict[tuple[str, int, int], tuple[str, str, bool, int, int]] = {}
    for article, part, label, running, section, start, end in built.engine.select(_PARTS).rows:
        if article == source.article:  # of the sections that a part stands in the smallest comes last
            extent = int(start.value), int(end.value)
            seen[part.value, *extent] = (section.value, label.value, running.value == "true", *extent)
    return list(seen.values())


def figures(cut: list[Unit]) -> Answer:
    """How many units of each section are held by claims, by other rows, by a reason, or by nothing; and of all."""
    rows: list[tuple[Value, ...]] = []
    for section in [*dict.fromkeys(unit.section for unit in cut), None]:
        ways = [unit.held for unit in cut if section in (unit.section, None)]
        shares = [ways.count(way) for way in (CLAIM, ROW, REASON, "")]
        accounted = 100 * (len(ways) - shares[3]) / len(ways) if ways else 100.0
        rows.append((section or "all", len(ways), *shares, round(accounted, 1)))
    return Answer(("section", "units", "by claims", "by other rows", "by a reason", "by nothing", "per cent"), rows)


def white(source: Source, cut: list[Unit]) -> Iterator[Finding]:
    """A finding for each unit of a text that nothing holds."""
    for unit in cut:
        if not unit.held:
            words = " ".join(source.text[unit.start : unit.end].split())
            problem = f"nothing holds {unit.start}-{unit.end} “{words[:60]}{'…' if len(words) > 60 else ''}”"  # noqa: PLR2004
            remedy = f"add a claim, or list the passage in reviews/{source.key}/unclaimed.tsv with its reason"
            yield Finding(f"{source.key}, {unit.part}", "", problem, remedy, "coverage")


def page(built: Built, source: Source, cut: list[Unit]) -> str:
    """The text as a page of HTML in which each stretch shows what is anchored at it."""
    from jinja2 import Environment, PackageLoader, StrictUndefined

    environment = Environment(loader=PackageLoader("exograph"), autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)
    sections = [
        (section, [(part, [(unit, _runs(built, source, unit)) for unit in inside]) for part, inside in groupby(found, lambda unit: unit.part)])
        for section, found in groupby(cut, lambda unit: unit.section)
    ]
    return environment.get_template("coverage.html").render(source=source, sections=sections, figures=figures(cut))


def _runs(built: Built, source: Source, unit: Unit) -> list[dict[str, Any]]:
    """The unit cut where a slice starts or ends, each piece with the ids of what is anchored at it."""
    edges = {unit.start, unit.end, *(edge for one in unit.slices for edge in (one.start, one.end) if unit.start < edge < unit.end)}
    runs = []
    for start, end in pairwise(sorted(edges)):
        over = [one for one in unit.slices if one.start <= start and end <= one.end]
        way = next((way for way in (CLAIM, ROW, REASON) if any(one.holds == way for one in over)), "white")
        names = [built.prefixes.contract(one.thing.value).removeprefix(f"{source.key}:") for one in over]
        runs.append({"words": source.text[start:end], "way": way, "names": " ".join(dict.fromkeys(names))})
    return runs
