"""RDF terms, which are those of pyoxigraph throughout, and the namespaces that the package names itself."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, TypeAlias

from pyoxigraph import BlankNode, Literal, NamedNode, Triple

if TYPE_CHECKING:
    from datetime import date
    from decimal import Decimal

Term = NamedNode | Literal | BlankNode | Triple
Value: TypeAlias = "str | int | float | Decimal | bool | None"


class Namespace:
    """The terms whose IRIs begin alike: ``EXOG.Claim`` and ``EXOG["Claim"]`` are one, ``str(EXOG)`` is what they begin with."""

    def __init__(self, start: str) -> None:
        self._start = start

    def __getattr__(self, name: str) -> NamedNode:
        if name.startswith("__"):
            raise AttributeError(name)
        return NamedNode(self._start + name)

    def __getitem__(self, name: str) -> NamedNode:
        return NamedNode(self._start + name)

    def __str__(self) -> str:
        return self._start


RDF = Namespace("http://www.w3.org/1999/02/22-rdf-syntax-ns#")
RDFS = Namespace("http://www.w3.org/2000/01/rdf-schema#")
XSD = Namespace("http://www.w3.org/2001/XMLSchema#")
OWL = Namespace("http://www.w3.org/2002/07/owl#")
SKOS = Namespace("http://www.w3.org/2004/02/skos/core#")
DCTERMS = Namespace("http://purl.org/dc/terms/")
SDO = Namespace("https://schema.org/")
SH = Namespace("http://www.w3.org/ns/shacl#")
OA = Namespace("http://www.w3.org/ns/oa#")
EXOG = Namespace("https://w3id.org/exograph/ontology#")
ID = Namespace("https://w3id.org/exograph/id/")
GRAPH = Namespace("https://w3id.org/exograph/graph/")
PREFIXES = NamedNode("https://w3id.org/exograph/prefixes")

_XSD = str(XSD)
INTEGERS = {
    "integer", "int", "long", "short", "byte", "nonNegativeInteger", "positiveInteger", "nonPositiveInteger", "negativeInteger",
    "unsignedInt", "unsignedLong", "unsignedShort", "unsignedByte",
}  # fmt: skip
_NUMBERS = INTEGERS | {"decimal", "double", "float", "boolean"}
JUDGED = _NUMBERS | {"date", "string", "anyURI"}  # datatypes of which well_formed can tell


def literal(value: str | float | Decimal | bool | date, datatype: NamedNode | None = None, language: str | None = None) -> Literal:
    """A literal of a value of Python: of the datatype or language given, else of the datatype of XML Schema that fits the value."""
    if language or datatype or isinstance(value, str):
        return Literal(str(value), datatype=datatype, language=language)
    if isinstance(value, bool | int | float):
        return Literal(value)
    from datetime import datetime
    from decimal import Decimal

    fitting = "decimal" if isinstance(value, Decimal) else "dateTime" if isinstance(value, datetime) else "date"
    return Literal(f"{value:f}" if isinstance(value, Decimal) else value.isoformat(), datatype=XSD[fitting])


def text(term: Term | None) -> str:
    """The IRI, the name or the lexical form of a term; empty for none."""
    return "" if term is None else str(term) if isinstance(term, Triple) else term.value


def python(term: Literal) -> Value:
    """The number or truth value that a literal stands for; the text of any other, and of one that is ill-formed."""
    kind = term.datatype.value.removeprefix(_XSD)
    try:
        if kind not in _NUMBERS:
            return term.value
        if kind == "boolean":
            return {"true": True, "1": True, "false": False, "0": False}.get(term.value, term.value)
        return _decimal(term.value) if kind == "decimal" else float(term.value) if kind in ("double", "float") else int(term.value)
    except ValueError:
        return term.value


def _decimal(text: str) -> Decimal:
    """Raises ValueError."""
    from decimal import Decimal, InvalidOperation

    try:
        return Decimal(text)
    except InvalidOperation as error:
        raise ValueError(text) from error


def well_formed(term: Literal) -> bool:
    """Whether the text of a literal is one of its datatype, as far as numbers, truth values and days go."""
    kind = term.datatype.value.removeprefix(_XSD)
    if kind == "date":
        return _day(term.value)
    return kind not in _NUMBERS or not isinstance(python(term), str)


def _day(text: str) -> bool:
    from datetime import date

    try:
        date.fromisoformat(text[:10])
    except ValueError:
        return False
    return re.fullmatch(r"(Z|[+-]\d\d:\d\d)?", text[10:]) is not None
