"""Saved questions as triples, in the conventions of SIB's SPARQL examples, so that editors offer them.

A question is a ``sh:SPARQLExecutable`` (https://www.w3.org/TR/shacl-af/#SPARQLExecutable) under an
IRI of its own. It names no ``schema:target``, as no public endpoint answers it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from urllib.parse import quote

from pyoxigraph import Literal, NamedNode, Triple

from exograph.catalogue import Parameter, Question, read_questions
from exograph.headers import MARK
from exograph.places import Places
from exograph.prefixes import Prefixes
from exograph.terms import PREFIXES, RDF, RDFS, SDO, SH, SKOS, XSD, Namespace

QUERY = Namespace("https://w3id.org/exograph/query/")
SPEX = Namespace("https://purl.expasy.org/sparql-examples/ontology#")
MF = Namespace("http://www.w3.org/2001/sw/DataAccess/tests/test-manifest#")
_WHERE = re.compile(r"\bWHERE\s*\{", re.IGNORECASE)


def described(root: Places, prefixes: Prefixes) -> Iterator[Triple]:
    """The triples of all saved questions. Raises UsageError for a question that cannot be read."""
    for question in read_questions(root):
        yield from _question(question, prefixes)


def default(parameter: Parameter, prefixes: Prefixes) -> NamedNode | Literal | None:
    """The term that a parameter has unless it is set; None where it is free."""
    if parameter.default is None:
        return None
    kind = prefixes.expand(parameter.type)
    if kind is not None and kind.value.startswith(str(XSD)):
        return Literal(parameter.default, datatype=None if kind == XSD.string else kind)
    return prefixes.expand(parameter.default)


def pasted(question: Question, prefixes: Prefixes) -> str:
    """The query as it runs in any editor: without its header, the defaults of its parameters written into it."""
    lines = [line for line in question.sparql.splitlines() if not line.startswith(MARK)]
    given = {parameter.name: default(parameter, prefixes) for parameter in question.parameters}
    values = "".join(f"\n  VALUES ?{name} {{ {term} }}" for name, term in given.items() if term is not None)
    return _WHERE.sub(lambda where: where[0] + values, "\n".join(lines).strip(), count=1) + "\n"


def _question(question: Question, prefixes: Prefixes) -> Iterator[Triple]:
    node = QUERY[quote(question.name)]
    yield Triple(node, RDF.type, SH.SPARQLExecutable)
    yield Triple(node, RDF.type, SH.SPARQLSelectExecutable)
    yield Triple(node, RDFS.label, Literal(question.name.replace("-", " "), language="en"))
    yield Triple(node, RDFS.comment, Literal(question.question, language="en"))
    yield Triple(node, SDO.keywords, Literal(question.topic))
    yield Triple(node, SH.prefixes, PREFIXES)
    yield Triple(node, SH.select, Literal(pasted(question, prefixes)))
    yield Triple(node, MF.result, NamedNode(f"{node.value}.expected.tsv"))
    for endpoint in question.federated:
        yield Triple(node, SPEX.federatesWith, NamedNode(endpoint))
    if question.empty:
        yield Triple(node, SKOS.editorialNote, Literal(question.empty, language="en"))
    for parameter in question.parameters:
        yield from _parameter(node, parameter, prefixes)


def _parameter(question: NamedNode, parameter: Parameter, prefixes: Prefixes) -> Iterator[Triple]:
    """A parameter; as SHACL wants it, the local name of its path is the name of the variable."""
    node, kind, term = NamedNode(f"{question.value}/parameter/{parameter.name}"), prefixes.expand(parameter.type), default(parameter, prefixes)
    yield Triple(question, SH.parameter, node)
    yield Triple(node, RDF.type, SH.Parameter)
    yield Triple(node, SH.path, NamedNode(f"{question.value}#{parameter.name}"))
    yield Triple(node, SH.name, Literal(parameter.name))
    yield Triple(node, SH.description, Literal(parameter.about, language="en"))
    yield Triple(node, SH.optional, Literal(True))
    if kind is not None:
        yield Triple(node, SH.datatype if kind.value.startswith(str(XSD)) else SH["class"], kind)
    if term is not None:
        yield Triple(node, SH.defaultValue, term)
