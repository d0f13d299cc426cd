"""Rows to triples: what ``reviews/tables.json`` says of a column is what its cells become."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any
from urllib.parse import urljoin

from rdflib import RDF, RDFS, Graph, Literal, URIRef
from rdflib.namespace import XSD
from uritemplate import URITemplate

from exograph.errors import Finding
from exograph.prefixes import EXOG, PREFIXES, SH, Prefixes
from exograph.tables import Row, remedy

OA = "http://www.w3.org/ns/oa#"
Triple = tuple[URIRef, URIRef, URIRef | Literal]


@dataclass(frozen=True)
class Mention:
    """A cell that names a thing, the IRI it stands for, and the label that the row gives beside it."""

    row: Row
    column: str
    value: str
    iri: URIRef
    label: str | None


@dataclass
class Triples:
    """The triples of the rows of one review, what they mention, and the row each subject comes from."""

    review: str
    triples: list[Triple] = field(default_factory=list)
    mentions: list[Mention] = field(default_factory=list)
    origins: dict[URIRef, Row] = field(default_factory=dict)
    findings: list[Finding] = field(default_factory=list)

    def add(self, subject: URIRef, predicate: str, value: URIRef | Literal) -> None:
        """Append one triple."""
        self.triples.append((subject, URIRef(predicate), value))


def label_column(name: str) -> str:
    """The column that holds the labels of the terms in a column: NAME_label for NAME and for NAME_id."""
    return f"{name.removesuffix('_id')}_label"


def triples(rows: list[Row], prefixes: Prefixes) -> list[Triples]:
    """The triples of all rows, review by review, not yet held against each other (see check)."""
    articles = {row.review: f"https://doi.org/{row.values['doi']}" for row in rows if row.identifies}
    reviews: dict[str, Triples] = {}
    for row in rows:
        out = reviews.setdefault(row.review, Triples(row.review))
        _Maker(row, articles.get(row.review), prefixes, out).make()
        if row.identifies:
            declaration = URIRef(f"{PREFIXES}#{row.review}")
            out.add(PREFIXES, SH.declare, declaration)
            out.add(declaration, SH.prefix, Literal(row.review))
            out.add(declaration, SH.namespace, Literal(row.base, datatype=XSD.anyURI))
    return list(reviews.values())


def plain(value: Any) -> Any:
    """A decimal number in its shortest spelling, as 0.90 is 0.9 to one engine and not to the other; any other value as it is.

    >>> plain(Decimal("0.90")), plain(Decimal("1000.0"))
    (Decimal('0.9'), Decimal('1000'))
    """
    return Decimal(f"{value.normalize():f}") if isinstance(value, Decimal) else value


class _Maker:
    """Makes the triples of one row."""

    def __init__(self, row: Row, article: str | None, prefixes: Prefixes, out: Triples) -> None:
        self.row, self.article, self.prefixes, self.out = row, article, prefixes, out
        self.names = {name: value for name, value in {**row.values, "_article": article}.items() if value is not None}
        self.subject = self.expand(row.table.tableSchema.aboutUrl)

    def expand(self, template: URITemplate, **names: Any) -> URIRef:
        """The IRI that a template gives for this row: a CURIE spelled out, an id under its review."""
        reference = template.expand({**self.names, **names})
        return self.prefixes.expand(reference) or URIRef(urljoin(self.row.base, reference))

    def make(self) -> None:
        self.out.origins[self.subject] = self.row
        for column in self.row.table.tableSchema.columns:
            if column.propertyUrl is None:
                continue
            if not column.virtual:
                self.column(column)
            elif column.valueUrl.variable_names <= set(self.names):
                self.out.add(self.subject, str(column.propertyUrl), self.expand(column.valueUrl))
        if self.article and isinstance(self.row.values.get("start"), list):
            self.anchors(self.article)

    def column(self, column: Any) -> None:
        """The triples of the cell of one column, value by value."""
        twin = label_column(column.name)
        values, labels = self.items(column.name), self.items(twin)
        if labels is not None and len(labels) != len(values or []):
            self.fault(twin, f"{len(labels)} labels beside {len(values or [])} terms", "give each term its label")
            labels = None
        if None in (values or []) or any(isinstance(value, Decimal) and not value.is_finite() for value in values or []):
            self.fault(column.name, "nothing stands between two |, or the number is not finite", remedy(column))
            return
        for position, value in enumerate(values or [], 1):
            if column.valueUrl is None:
                lang = column.inherit("lang")
                typed = value.date() if isinstance(value, datetime) and column.datatype.base == "date" else plain(value)
                literal = Literal(typed, lang=lang) if lang not in (None, "und") else Literal(typed)
                self.out.add(self.subject, str(column.propertyUrl), literal)
            elif "_position" in column.valueUrl.variable_names:
                self.authorship(column, position, str(value))
            else:
                self.link(column, str(value), labels[position - 1] if labels else None)

    def items(self, name: str) -> list[Any] | None:
        """The values of a cell as a list; None where the table has no such column."""
        if name not in self.row.values:
            return None
        cell = self.row.values[name]
        return cell if isinstance(cell, list) else [] if cell is None else [cell]

    def link(self, column: Any, value: str, label: str | None) -> None:
        iri = self.expand(column.valueUrl, **{column.name: value})
        self.out.add(self.subject, str(column.propertyUrl), iri)
        if "//" not in value:
            self.out.mentions.append(Mention(self.row, column.name, value, iri, label))

    def authorship(self, column: Any, position: int, name: str) -> None:
        node = self.expand(column.valueUrl, _position=position)
        family, _, initials = name.rpartition(" ")
        self.out.origins[node] = self.row
        self.out.add(self.subject, str(column.propertyUrl), node)
        self.out.add(node, str(RDF.type), EXOG.Authorship)
        self.out.add(node, EXOG.position, Literal(position))
        self.out.add(node, EXOG.name, Literal(name))
        self.out.add(node, EXOG.familyName, Literal(family or name))
        if family:
            self.out.add(node, EXOG.initials, Literal(initials))

    def anchors(self, article: str) -> None:
        """An anchor for each slice that the row names, with its selector; one for each part, where the row gives no slice."""
        start, end, sha256 = (self.row.values[name] for name in ("start", "end", "sha256"))
        part = self.row.values.get("part", [self.row.key] * max(len(start), 1))
        if not (start or end or sha256):
            for place in part:
                self.anchor(article, place, f"{self.row.base}place/{place}")
        elif not len(part) == len(start) == len(end) == len(sha256):
            self.fault("start", "part, start, end and sha256 hold different numbers of values", "separate as many in each by |")
        else:
            for place, first, last, digest in zip(part, start, end, sha256, strict=True):
                anchor = self.anchor(article, place, f"{self.row.base}text/{first}-{last}")
                selector = URIRef(f"{anchor}#selector")
                self.out.origins.setdefault(selector, self.row)
                self.out.add(anchor, OA + "hasSelector", selector)
                self.out.add(selector, str(RDF.type), EXOG.TextSelector)
                self.out.add(selector, OA + "start", Literal(first, datatype=XSD.nonNegativeInteger))
                self.out.add(selector, OA + "end", Literal(last, datatype=XSD.nonNegativeInteger))
                self.out.add(selector, EXOG.sliceDigest, Literal(digest))

    def anchor(self, article: str, place: str, iri: str) -> URIRef:
        """An anchor in a part of the article."""
        anchor, inside = URIRef(iri), URIRef(f"{self.row.base}part/{place}")
        self.out.origins.setdefault(anchor, self.row)
        self.out.mentions.append(Mention(self.row, "part", place, inside, None))
        self.out.add(self.subject, EXOG.hasAnchor, anchor)
        self.out.add(anchor, str(RDF.type), EXOG.Anchor)
        self.out.add(anchor, OA + "hasSource", URIRef(article))
        self.out.add(anchor, EXOG.inPart, inside)
        return anchor

    def fault(self, column: str, problem: str, advice: str) -> None:
        self.out.findings.append(Finding(self.row.where, column, problem, advice, "rows"))


def check(reviews: list[Triples], vocabulary: Graph, broken: set[str]) -> Iterator[Finding]:
    """Hold the rows against the vocabulary and each other: unknown terms, ids and references, wrong labels.

    ``vocabulary`` is the ontology with its imports; ``broken`` are the ids of rows that could not be
    read, which are not told a second time where other rows name them. Yields a finding a fault, with file, row and column.
    """
    labels: dict[URIRef, set[str]] = {}
    for subject, label in vocabulary.subject_objects(RDFS.label):
        labels.setdefault(URIRef(str(subject)), set()).add(str(label))
    for review in reviews:
        for subject, predicate, value in review.triples:
            labels.setdefault(subject, set()).update([str(value)] if predicate == RDFS.label else [])
    for review in reviews:
        yield from review.findings
        for mention in review.mentions:
            row, name, known = mention.row, mention.column, labels.get(mention.iri)
            if known is None and mention.value not in broken:
                advice = next((remedy(c) for c in row.table.tableSchema.columns if c.name == name), "")
                yield Finding(row.where, name, f"{mention.value} does not exist", advice, "rows")
            elif known is not None and mention.label is not None and mention.label not in known:
                problem = f"“{mention.label}” is not the label of {mention.value}"
                yield Finding(row.where, label_column(name), problem, f"write {' or '.join(sorted(known))}", "rows")
