"""Rows to triples: what ``reviews/tables.json`` says of a column is what its cells become."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from itertools import chain, groupby
from typing import Any
from urllib.parse import urljoin

import csvw
from pyoxigraph import Literal, NamedNode, Triple
from uritemplate import URITemplate

from exograph.errors import Finding
from exograph.plain import letters
from exograph.prefixes import Prefixes
from exograph.tables import Row, remedy
from exograph.terms import EXOG, OA, PREFIXES, RDF, RDFS, SH, XSD, literal, text

_A, _LABEL = RDF.type, RDFS.label
_HAS_ANCHOR, _IN_PART, _DIGEST = EXOG.hasAnchor, EXOG.inPart, EXOG.sliceDigest
_HAS_SOURCE, _HAS_SELECTOR, _START, _END = OA.hasSource, OA.hasSelector, OA.start, OA.end
_ANCHOR, _SELECTOR, _CODE_POINT = EXOG.Anchor, EXOG.TextSelector, XSD.nonNegativeInteger


@dataclass(frozen=True, slots=True)
class Mention:
    """A cell that names a thing, the IRI it stands for, and the label that the row gives beside it."""

    row: Row
    column: str
    value: str
    iri: NamedNode
    label: str | None


@dataclass
class Triples:
    """The triples of the rows of one review, what they mention, and the row each subject comes from."""

    review: str
    triples: set[Triple] = field(default_factory=set)
    mentions: list[Mention] = field(default_factory=list)
    origins: dict[NamedNode, Row] = field(default_factory=dict)
    findings: list[Finding] = field(default_factory=list)

    def add(self, subject: NamedNode, predicate: NamedNode, value: NamedNode | Literal) -> None:
        """Add one triple."""
        self.triples.add(Triple(subject, predicate, value))


def label_column(name: str) -> str:
    """The column that holds the labels of the terms in a column: NAME_label for NAME and for NAME_id."""
    return f"{name.removesuffix('_id')}_label"


def triples(rows: list[Row], prefixes: Prefixes) -> list[Triples]:
    """The triples of all rows, review by review, not yet held against each other (see check)."""
    articles = {row.review: _Template(row.table.tableSchema.aboutUrl, row.base, prefixes)(row.values).value for row in rows if row.identifies}
    reviews: dict[str, Triples] = {}
    for _, of_table in groupby(rows, key=lambda row: (row.review, id(row.table))):
        same = [*of_table]
        out = reviews.setdefault(same[0].review, Triples(same[0].review))
        maker = _Maker(same[0], articles.get(out.review), prefixes, out)
        for row in same:
            try:
                maker.make(row)
            except ValueError as error:
                maker.fault("", f"a cell does not make an IRI ({error})", "write a CURIE of ontology/prefixes.ttl, an id or a whole IRI")
            if row.identifies:
                declaration = NamedNode(f"{PREFIXES.value}#{row.review}")
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


class _Template:
    """A template of IRIs for the rows of a table, expanded once for each combination of values."""

    def __init__(self, template: URITemplate, base: str, prefixes: Prefixes) -> None:
        self.template, self.base, self.prefixes = template, base, prefixes
        self.names = sorted(template.variable_names)
        self.made: dict[tuple[str, ...], NamedNode] = {}

    def __call__(self, values: Mapping[str, Any]) -> NamedNode:
        """The IRI for some values: a CURIE spelled out, an id under its review."""
        key = tuple(str(values.get(name)) for name in self.names)
        if (made := self.made.get(key)) is None:
            reference = self.template.expand({name: value for name, value in values.items() if value is not None})
            made = self.made[key] = self.prefixes.expand(reference) or NamedNode(urljoin(self.base, reference))
        return made


class _Column:
    """What a column of a table becomes: its property, and the template or the language of its values."""

    def __init__(self, column: csvw.Column, base: str, prefixes: Prefixes) -> None:
        self.described, self.name, self.virtual = column, str(column.name), column.virtual
        self.twin = label_column(self.name)
        self.property = NamedNode(str(column.propertyUrl))
        self.template = _Template(column.valueUrl, base, prefixes) if column.valueUrl else None
        language = column.inherit("lang")
        self.language = None if language in (None, "und") else str(language)
        self.is_date = bool(column.datatype) and column.datatype.base == "date"

    def literal(self, value: Any) -> Literal:
        """The literal that a value becomes."""
        return literal(value.date() if self.is_date and isinstance(value, datetime) else plain(value), language=self.language)


class _Maker:
    """Makes the triples of the rows of one table of a review."""

    def __init__(self, first: Row, article: str | None, prefixes: Prefixes, out: Triples) -> None:
        schema = first.table.tableSchema
        self.base, self.out, self.article = first.base, out, article
        self.about = _Template(schema.aboutUrl, self.base, prefixes)
        self.columns = [_Column(column, self.base, prefixes) for column in schema.columns if column.propertyUrl is not None]

    def make(self, row: Row) -> None:
        self.row = row
        self.names = {**row.values, "_article": self.article}
        self.subject = self.about(self.names)
        self.out.origins[self.subject] = row
        for column in self.columns:
            if not column.virtual:
                self.column(column)
            elif column.template and not any(self.names.get(name) is None for name in column.template.names):
                self.out.add(self.subject, column.property, column.template(self.names))
        if self.article and isinstance(row.values.get("start"), list):
            self.anchors(NamedNode(self.article))

    def column(self, column: _Column) -> None:
        """The triples of the cell of one column, value by value."""
        values, labels = self.items(column.name) or [], self.items(column.twin)
        if labels is not None and len(labels) != len(values):
            self.fault(column.twin, f"{len(labels)} labels beside {len(values)} terms", "give each term its label")
            labels = None
        if None in values or any(isinstance(value, Decimal) and not value.is_finite() for value in values):
            self.fault(column.name, "nothing stands between two |, or the number is not finite", remedy(column.described))
            return
        for position, value in enumerate(values, 1):
            if column.template is None:
                self.out.add(self.subject, column.property, column.literal(value))
            elif "_position" in column.template.names:
                self.authorship(column, column.template, position, str(value))
            else:
                self.link(column, column.template, str(value), labels[position - 1] if labels else None)

    def items(self, name: str) -> list[Any] | None:
        """The values of a cell as a list; None where the table has no such column."""
        if name not in self.row.values:
            return None
        cell = self.row.values[name]
        return cell if isinstance(cell, list) else [] if cell is None else [cell]

    def link(self, column: _Column, template: _Template, value: str, label: str | None) -> None:
        iri = template({**self.names, column.name: value})
        self.out.add(self.subject, column.property, iri)
        if "//" not in value:
            self.out.mentions.append(Mention(self.row, column.name, value, iri, label))

    def authorship(self, column: _Column, template: _Template, position: int, name: str) -> None:
        node = template({**self.names, "_position": position})
        family, _, initials = name.rpartition(" ")
        self.out.origins[node] = self.row
        self.out.add(self.subject, column.property, node)
        self.out.add(node, _A, EXOG.Authorship)
        self.out.add(node, EXOG.position, Literal(position))
        self.out.add(node, EXOG.name, Literal(name))
        self.out.add(node, EXOG.familyName, Literal(family or name))
        if family:
            self.out.add(node, EXOG.initials, Literal(initials))

    def anchors(self, article: NamedNode) -> None:
        """An anchor for each slice that the row names, with its selector; one for each part, where the row gives no slice."""
        start, end, sha256 = (self.row.values[name] for name in ("start", "end", "sha256"))
        part = self.row.values.get("part", [self.row.key] * max(len(start), 1))
        if not (start or end or sha256):
            for place in part:
                self.anchor(article, place, f"{self.base}place/{place}")
        elif not len(part) == len(start) == len(end) == len(sha256):
            self.fault("start", "part, start, end and sha256 hold different numbers of values", "separate as many in each by |")
        else:
            for place, first, last, digest in zip(part, start, end, sha256, strict=True):
                anchor = self.anchor(article, place, f"{self.base}text/{first}-{last}")
                selector = NamedNode(f"{anchor.value}#selector")
                self.out.origins.setdefault(selector, self.row)
                self.out.add(anchor, _HAS_SELECTOR, selector)
                self.out.add(selector, _A, _SELECTOR)
                self.out.add(selector, _START, Literal(str(first), datatype=_CODE_POINT))
                self.out.add(selector, _END, Literal(str(last), datatype=_CODE_POINT))
                self.out.add(selector, _DIGEST, Literal(digest))

    def anchor(self, article: NamedNode, place: str, iri: str) -> NamedNode:
        """An anchor in a part of the article."""
        anchor, inside = NamedNode(iri), NamedNode(f"{self.base}part/{place}")
        self.out.origins.setdefault(anchor, self.row)
        self.out.mentions.append(Mention(self.row, "part", place, inside, None))
        self.out.add(self.subject, _HAS_ANCHOR, anchor)
        self.out.add(anchor, _A, _ANCHOR)
        self.out.add(anchor, _HAS_SOURCE, article)
        self.out.add(anchor, _IN_PART, inside)
        return anchor

    def fault(self, column: str, problem: str, advice: str) -> None:
        self.out.findings.append(Finding(self.row.where, column, problem, advice, "rows"))


def check(reviews: list[Triples], vocabulary: Iterable[Triple], broken: set[str]) -> Iterator[Finding]:
    """Hold the rows against the vocabulary and each other: unknown terms, ids and references, wrong labels.

    ``vocabulary`` is the ontology with its imports; ``broken`` are the ids of rows that could not be
    read, which are not told a second time where other rows name them. Yields a finding a fault, with file, row and column.
    """
    labels: dict[object, set[str]] = {subject: set() for review in reviews for subject in review.origins}
    for triple in chain(vocabulary, *(review.triples for review in reviews)):
        if triple.predicate == _LABEL:
            labels.setdefault(triple.subject, set()).add(text(triple.object))
    for review in reviews:
        yield from review.findings
        for mention in review.mentions:
            row, name, known = mention.row, mention.column, labels.get(mention.iri)
            if known is None and mention.value not in broken:
                advice = next((remedy(c) for c in row.table.tableSchema.columns if c.name == name), "")
                yield Finding(row.where, name, f"{mention.value} does not exist{letters(mention.value)}", advice, "rows")
            elif known is not None and mention.label is not None and mention.label not in known:
                problem = f"“{mention.label}” is not the label of {mention.value}"
                yield Finding(row.where, label_column(name), problem, f"write {' or '.join(sorted(known))}", "rows")
