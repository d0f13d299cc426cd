"""Comparisons: the members of a class in rows, the criteria in columns, silence shown as such.

The rows come from the saved question ``comparison``; here they are only laid out as a matrix.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Sequence
from typing import NamedTuple

import pyoxigraph as ox

from exograph.answers import Answer, select
from exograph.built import Built
from exograph.catalogue import ARTICLE, Parameter, ask, bind, default, label, saved
from exograph.engines import Engine
from exograph.errors import UsageError
from exograph.terms import Value

QUESTION = "comparison"
SILENT = "not stated"
_CRITERION = Parameter("criterion", "exog:Criterion", "a criterion")
_MARKER = re.compile(r"(?<=[\[ ])([a-z][a-z0-9-]*):(?=[a-z][0-9]{3})")
_TOPICS = """
PREFIX exog: <https://w3id.org/exograph/ontology#>
PREFIX rdfs: <http://www.w3.org/2000/01/rdf-schema#>
SELECT ?topic ?class ?label WHERE { ?class exog:comparisonTopic ?topic ; rdfs:label ?label } ORDER BY ?topic
"""
_SIGNS = """
PREFIX exog: <https://w3id.org/exograph/ontology#>
PREFIX rdfs: <http://www.w3.org/2000/01/rdf-schema#>
PREFIX skos: <http://www.w3.org/2004/02/skos/core#>
SELECT ?sign ?name WHERE { ?framing a exog:Framing ; skos:notation ?sign ; rdfs:label ?name } ORDER BY ?name
"""


def topics(built: Built) -> dict[str, tuple[str, str]]:
    """The words that can be compared by, each with the IRI and the label of the class whose members are compared."""
    return {topic.value: (cls.value, label.value) for topic, cls, label in built.engine.select(_TOPICS).rows}


def find_topic(built: Built, topic: str) -> tuple[str, str]:
    """The class of a topic, by IRI and label. Raises UsageError for a topic that no class carries."""
    known = topics(built)
    if topic not in known:
        raise UsageError(f"no topic {topic} to compare — use one of {', '.join(known)}")
    return known[topic]


def claims(built: Built, topic: str, criteria: Sequence[str] = (), engine: Engine | None = None, review: str | None = None) -> Answer:
    """The comparison in long form: a row a claim, and a row for each pair on which nothing is stated.

    ``criteria`` are CURIEs, IRIs or labels of the criteria wanted; without any, all are. ``review`` is the one that is compared by,
    by key, title or address; without it, the default of the question. Raises UsageError for a topic that no class carries and for
    an unknown criterion or review.
    """
    wanted = {built.prefixes.contract(bind(built, _CRITERION, name).value) for name in criteria}
    settings = {"class": find_topic(built, topic)[0], **({"article": review} if review else {})}
    found = ask(built, QUESTION, settings, engine)
    at = found.columns.index("criterion")
    return Answer(found.columns, [row for row in found.rows if not wanted or row[at] in wanted])


def review(built: Built) -> str | None:
    """The IRI of the article that is compared by where no other is named; None where all are, as the data do not hold that one."""
    (parameter,) = [one for one in saved(built, QUESTION).parameters if one.type == ARTICLE]
    value = default(built, parameter)
    return bind(built, parameter, value).value if value else None


class Layout(NamedTuple):
    """A comparison laid out: its members and criteria, each as CURIE and label in the order of rows and columns, and the records of each cell.

    Members stand in the order in which the text first speaks of them, criteria in the order of how many members are judged by them. A cell on
    which nothing is stated has no record.
    """

    members: dict[str, str]
    criteria: dict[str, str]
    cells: dict[tuple[str, str], list[dict[str, Value]]]


def layout(found: Answer) -> Layout:
    """The long form of a comparison laid out."""
    members, criteria = {}, {}
    cells: dict[tuple[str, str], list[dict[str, Value]]] = {}
    first: dict[str, int] = {}
    for record in found.records():
        member, criterion = str(record["member"]), str(record["criterion"])
        members[member], criteria[criterion] = str(record["memberLabel"]), str(record["criterionLabel"])
        cell = cells.setdefault((member, criterion), [])
        if record["claim"]:
            cell.append(record)
            first[member] = min(first.get(member, sys.maxsize), int(str(record["order"] or sys.maxsize)))
    rows = sorted(members, key=lambda member: (first.get(member, sys.maxsize), members[member], member))
    judged = {name: -sum(bool(cells.get((member, name))) for member in members) for name in criteria}
    columns = sorted(criteria, key=lambda name: (judged[name], criteria[name], name))
    return Layout({name: members[name] for name in rows}, {name: criteria[name] for name in columns}, cells)


def lines(records: Sequence[dict[str, Value]]) -> dict[str, list[dict[str, Value]]]:
    """The records of a cell by what is said, one line for each way in which a level is stated."""
    found: dict[str, list[dict[str, Value]]] = {}
    for record in records:
        found.setdefault(_line(record), []).append(record)
    return found


def compare(built: Built, topic: str, criteria: Sequence[str] = (), engine: Engine | None = None, review: str | None = None) -> Answer:
    """The comparison as a matrix: a row a member, a column a criterion.

    A cell holds a line for each way in which the level is stated: the level, how it is framed, how
    directly and firmly it is stated, and the claims that say so; or ``not stated``. For the order see
    Layout; where ``criteria`` are named, columns stand in theirs. What is raised: see claims.
    """
    laid = layout(claims(built, topic, (), engine, review))
    rows: list[tuple[Value, ...]] = [
        (name, *(_cell(laid.cells.get((member, criterion), [])) for criterion in laid.criteria)) for member, name in laid.members.items()
    ]
    matrix = Answer((find_topic(built, topic)[1], *laid.criteria.values()), rows)
    wanted = [label(built, ox.NamedNode(bind(built, _CRITERION, name).value)) for name in criteria]
    return select(matrix, [matrix.columns[0], *wanted]) if wanted else matrix


def _line(record: dict[str, Value]) -> str:
    strength = "" if record["strength"] == "exog:asserted" else f", {record['strengthLabel']}"
    sign = f"{record['framingSign']} " if record["framingSign"] else ""
    return f"{record['levelLabel']} {sign}{record['directnessLabel']}{strength}"


def _cell(records: Sequence[dict[str, Value]]) -> str:
    return "\n".join(f"{line} [{' '.join(str(one['claim']) for one in found)}]" for line, found in lines(records).items()) or SILENT


def shorten(matrix: Answer) -> Answer:
    """The matrix with bare claim ids, where all its claims are of one review; for the terminal."""
    reviews = set(_MARKER.findall(" ".join(str(value) for row in matrix.rows for value in row)))
    if len(reviews) != 1:
        return matrix
    return Answer(matrix.columns, [tuple(_MARKER.sub("", str(value)) for value in row) for row in matrix.rows])


def legend(built: Built, matrix: Answer) -> str:
    """What the signs in the cells of a matrix mean."""
    signs = ", ".join(f"{sign.value} {name.value}" for sign, name in built.engine.select(_SIGNS).rows)
    silent = sum(value == SILENT for row in matrix.rows for value in row)
    return f"{signs}; in brackets the claims (exograph show ID). {silent} of {len(matrix.rows) * (len(matrix.columns) - 1)} cells: {SILENT}."
