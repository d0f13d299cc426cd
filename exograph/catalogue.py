"""Saved questions: the files of ``queries/ask``, their headers, their parameters, their answers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, NamedTuple

import pyoxigraph as ox

from exograph.answers import Answer, answer, select
from exograph.engines import Engine
from exograph.errors import UsageError, naming
from exograph.places import Places
from exograph.prefixes import Prefixes
from exograph.terms import XSD, Value, literal, well_formed

if TYPE_CHECKING:
    from exograph.built import Built

EXPECTED = ".expected.tsv"
ARTICLE = "exog:Article"
_MEMBERS = """
PREFIX vann: <http://purl.org/vocab/vann/>
PREFIX rdfs: <http://www.w3.org/2000/01/rdf-schema#>
PREFIX skos: <http://www.w3.org/2004/02/skos/core#>
SELECT ?class ?thing ?name ?preferred WHERE {
  ?thing a ?class .
  { ?thing rdfs:label ?name BIND (true AS ?preferred) }
  UNION { ?thing skos:altLabel|vann:preferredNamespacePrefix ?name BIND (false AS ?preferred) }
} ORDER BY ?name ?thing
"""
_IS = "SELECT ?thing ?class WHERE { ?thing a ?class } LIMIT 1"
_KNOWN = "SELECT ?thing WHERE { ?thing ?property ?value } LIMIT 1"
_LABEL = "SELECT ?thing ?label WHERE { ?thing <http://www.w3.org/2000/01/rdf-schema#label> ?label }"
_REVIEWS = """
PREFIX exog: <https://w3id.org/exograph/ontology#>
PREFIX vann: <http://purl.org/vocab/vann/>
SELECT DISTINCT ?key WHERE { ?article exog:textDigest ?digest ; vann:preferredNamespacePrefix ?key } ORDER BY ?key
"""


class Parameter(NamedTuple):
    """A variable of a question that the asker may set.

    ``type`` is a CURIE: a datatype of XML Schema, a class whose members fit, or rdfs:Resource for
    any thing. Without a ``default`` the variable stays free unless it is set.
    """

    name: str
    type: str
    about: str
    default: str | None = None


class Question(NamedTuple):
    """A saved question: what it asks in words, what it takes, what it returns, its SPARQL, and which other endpoints it asks."""

    name: str
    question: str
    topic: str
    sparql: str
    path: Path
    parameters: tuple[Parameter, ...] = ()
    columns: Mapping[str, str] = MappingProxyType({})
    cases: Mapping[str, Mapping[str, str]] = MappingProxyType({})
    empty: str | None = None
    federated: tuple[str, ...] = ()

    def expected(self, case: str | None = None) -> Path:
        """The file of expected rows beside the query, for the defaults or for a named case."""
        return self.path.with_name(f"{self.name}{f'.{case}' if case else ''}{EXPECTED}")


def read_question(path: Path) -> Question:
    """Read a saved question. Raises UsageError where its header lacks an entry, or names other endpoints than it asks."""
    from exograph.federation import clauses
    from exograph.headers import MARK, read_query

    header, written = read_query(path, "question", "topic", "columns")
    sparql = "\n".join("" if line.startswith(MARK) else line for line in written.splitlines())
    declared: Mapping[str, Mapping[str, Any]] = header.get("parameters", {})
    try:
        parameters = tuple(Parameter(name, **{key: str(value) for key, value in entry.items()}) for name, entry in declared.items())
    except (TypeError, AttributeError) as error:
        raise UsageError(f"{path.name}: a parameter has other entries than type, about, default ({error})") from error
    federated = header.get("federated", [])
    asked = sorted({clause.address for clause in clauses(sparql)})
    if sorted([federated] if isinstance(federated, str) else federated) != asked:
        raise UsageError(f"{path.name}: the query asks {', '.join(asked) or 'no other endpoint'} by SERVICE — write a line #+ federated: {asked}")
    return Question(
        path.stem, str(header["question"]), str(header["topic"]), sparql, path,
        parameters, header["columns"], header.get("cases", {}), header.get("empty"), tuple(asked),
    )  # fmt: skip


def read_questions(root: Places) -> list[Question]:
    """All saved questions, sorted by name."""
    return [read_question(path) for path in sorted(root.queries.glob("ask/*.rq"), key=lambda path: path.stem)]


def find_question(root: Places, name: str) -> Question:
    """The question of that name. Raises UsageError that suggests near ones."""
    path = root.queries / "ask" / f"{name}.rq"
    if path.parent != root.queries / "ask" or not path.is_file():
        raise UsageError(missing(name, [found.stem for found in root.queries.glob("ask/*.rq")]))
    return read_question(path)


def saved(built: Built, name: str) -> Question:
    """The question of that name, as it was when the dataset was built. Raises UsageError that suggests near ones."""
    if name not in built.questions:
        built.questions[name] = find_question(built.places, name)
    return built.questions[name]


def missing(name: str, names: Sequence[str]) -> str:
    """What is said of a question that is not among those of these names."""
    near = nearest(name, names, 3, 0.4)
    return f"no question {name} — {'did you mean ' + ' or '.join(near) if near else 'exograph questions lists them'}"


def questions(root: Places) -> Answer:
    """The saved questions as a listing."""
    rows: list[tuple[Value, ...]] = [
        (
            found.name,
            found.question,
            found.topic,
            ", ".join(f"{p.name}={p.default}" if p.default else p.name for p in found.parameters),
            ", ".join(found.columns),
            ", ".join(found.federated),
        )
        for found in read_questions(root)
    ]
    return Answer(("name", "question", "topic", "parameters", "columns", "federated"), rows)


def ask(built: Built, name: str, settings: Mapping[str, str] | None = None, engine: Engine | None = None) -> Answer:
    """Answer a saved question.

    ``settings`` maps parameter names to a CURIE, an IRI, a label or a value; an empty string frees
    a parameter of its default, which then becomes a column. Raises UsageError for an unknown question, parameter or value.
    """
    return run(built, saved(built, name), settings or {}, engine or built.engine)


def run(built: Built, question: Question, settings: Mapping[str, str], engine: Engine) -> Answer:
    """Answer a question that has been read; see ask."""
    takes = {parameter.name: parameter for parameter in question.parameters}
    for name in settings:
        if name not in takes:
            told = f"it takes {', '.join(takes)}" if takes else "it takes none"
            raise UsageError(f"{question.name} has no parameter {name} — {told}")
    values = {name: settings[name] if name in settings else default(built, parameter) for name, parameter in takes.items()}
    bindings = {name: _bound(built, takes[name], value) for name, value in values.items() if value}
    freed = [name for name, value in settings.items() if not value and name not in question.columns]
    with naming(question.path.name):
        solutions = engine.select(question.sparql, bindings)
    return select(answer(solutions, built.prefixes), [*freed, *question.columns])


def default(built: Built, parameter: Parameter) -> str:
    """What a parameter is set to unless the asker sets it; nothing, so that all are asked, where that is a review which the data do not hold."""
    value = parameter.default or ""
    iri = identifier(built.prefixes, value) if value and parameter.type == ARTICLE else None
    return value if iri is None or (parameter.type, value) in built.bound or known(built, iri) else ""


def nearest(written: str, names: Sequence[str], count: int, likeness: float) -> list[str]:
    """The names most like what is written."""
    import difflib

    return difflib.get_close_matches(written, names, count, likeness)


def _bound(built: Built, parameter: Parameter, value: str) -> ox.NamedNode | ox.Literal:
    """What bind gives, remembered, as a question is often put again with the same values."""
    known = built.bound.get((parameter.type, value))
    if known is None:
        known = built.bound[parameter.type, value] = bind(built, parameter, value)
    return known


def known(built: Built, thing: ox.NamedNode) -> bool:
    """Whether the graph says anything of a thing."""
    return bool(built.engine.select(_KNOWN, {"thing": thing}).rows)


def label(built: Built, thing: ox.NamedNode) -> str:
    """The label of a thing, or its CURIE where it has none."""
    found = built.engine.select(_LABEL, {"thing": thing}).rows
    return str(found[0][1].value) if found else built.prefixes.contract(thing.value)


def reviews(built: Built) -> list[str]:
    """The keys of the reviews, which are their prefixes as well, sorted."""
    return [key.value for (key,) in built.engine.select(_REVIEWS).rows]


def bind(built: Built, parameter: Parameter, value: str) -> ox.NamedNode | ox.Literal:
    """The term that a written value stands for. Raises UsageError where it does not fit the parameter."""
    kind = built.prefixes.expand(parameter.type)
    if kind is None:
        raise UsageError(f"parameter {parameter.name}: unknown type {parameter.type}")
    if kind.value.startswith(str(XSD)):
        typed = literal(value, kind)
        if not well_formed(typed):
            raise UsageError(f"{parameter.name}={value}: not an {parameter.type}")
        return typed
    iri = identifier(built.prefixes, value)
    if parameter.type == "rdfs:Resource":
        if iri is None or not known(built, iri):
            raise UsageError(f"{parameter.name}={value}: nothing of that name in the graph — write a CURIE such as exog:precipitation")
        return iri
    return member(built, parameter, kind, value, iri)


def identifier(prefixes: Prefixes, value: str) -> ox.NamedNode | None:
    """The IRI that a CURIE or an IRI (with or without angle brackets) stands for, else None."""
    bare = value.strip().removeprefix("<").removesuffix(">")
    if not bare or any(sign in ' <>"{}|\\^`' or not sign.isprintable() for sign in bare):
        return None
    return ox.NamedNode(bare) if bare.startswith(("http://", "https://")) else prefixes.expand(bare)


def member(built: Built, parameter: Parameter, kind: ox.NamedNode, value: str, iri: ox.NamedNode | None) -> ox.NamedNode:
    """The member of a class that an IRI or a label names. Raises UsageError that lists what fits."""
    if iri and built.engine.select(_IS, {"thing": iri, "class": kind}).rows:
        return iri
    rows = built.engine.select(_MEMBERS, {"class": kind}).rows
    wanted = value.casefold()
    named = dict.fromkeys(
        thing for _, thing, name, _ in rows if isinstance(thing, ox.NamedNode) and (thing == iri or name.value.casefold() == wanted)
    )
    if len(named) > 1:
        raise UsageError(
            f"{parameter.name}={value}: several things are called so — use one of {', '.join(built.prefixes.contract(one.value) for one in named)}"
        )
    if named:
        return next(iter(named))
    fitting = [name.value for _, _, name, preferred in rows if preferred.value == "true"]
    near = nearest(value, fitting, 3, 0.5) or fitting[:12]
    raise UsageError(f"{parameter.name}={value}: no such {parameter.type} — use {', '.join(near)}{', …' if len(near) < len(fitting) else ''}")
