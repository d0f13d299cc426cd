"""RDF terms, which are those of pyoxigraph throughout, and the namespaces that the package names itself."""

from __future__ import annotations

import math
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
_WIDTHS = {"Long": 64, "Int": 32, "Short": 16, "Byte": 8}  # in bits
INTEGERS = {
    "integer": (-math.inf, math.inf),
    "nonNegativeInteger": (0, math.inf),
    "positiveInteger": (1, math.inf),
    "nonPositiveInteger": (-math.inf, 0),
    "negativeInteger": (-math.inf, -1),
    **{name.lower(): (-(2 ** (bits - 1)), 2 ** (bits - 1) - 1) for name, bits in _WIDTHS.items()},
    **{f"unsigned{name}": (0, 2**bits - 1) for name, bits in _WIDTHS.items()},
}  # the lowest and the highest number of each datatype of integers, as XML Schema 1.1, part 2, section 3.4 has them
_NUMBERS = {*INTEGERS, "decimal", "double", "float", "boolean"}
JUDGED = _NUMBERS | {"date", "string", "anyURI"}  # datatypes of which well_formed can tell
_FLOAT = r"[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?|[+-]?INF|NaN"
_SPELT = {
    **dict.fromkeys(INTEGERS, r"[+-]?\d+"),
    "decimal": r"[+-]?(\d+(\.\d*)?|\.\d+)",
    "double": _FLOAT,
    "float": _FLOAT,
    "boolean": r"true|false|1|0",
    "date": r"\d{4}-\d\d-\d\d(Z|[+-](0\d|1[0-3]):[0-5]\d|[+-]14:00)?",  # of the years that Python knows
}


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
    if kind in _SPELT and not re.fullmatch(_SPELT[kind], term.value, re.ASCII):
        return False
    if kind in INTEGERS:
        (low, high), number = INTEGERS[kind], python(term)
        return isinstance(number, int) and low <= number <= high
    return kind != "date" or _day(term.value[:10])


def _day(text: str) -> bool:
    from datetime import date

    try:
        return bool(date.fromisoformat(text))
    except ValueError:
        return False
