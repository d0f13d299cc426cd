"""Comparisons: the members of a class in rows, the criteria in columns, silence shown as such.

The rows come from the saved question ``comparison``; here they are only laid out as a matrix.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Sequence

import pyoxigraph as ox

from exograph.answers import Answer, select
from exograph.built import Built
from exograph.catalogue import Parameter, ask, bind, label
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


def claims(built: Built, topic: str, criteria: Sequence[str] = (), engine: Engine | None = None) -> Answer:
    """The comparison in long form: a row a claim, and a row for each pair on which nothing is stated.

    ``criteria`` are CURIEs, IRIs or labels of the criteria wanted; without any, all are. Raises
    UsageError for a topic that no class carries and for an unknown criterion.
    """
    wanted = {built.prefixes.contract(bind(built, _CRITERION, name).value) for name in criteria}
    found = ask(built, QUESTION, {"class": find_topic(built, topic)[0]}, engine)
    at = found.columns.index("criterion")
    return Answer(found.columns, [row for row in found.rows if not wanted or row[at] in wanted])


def compare(built: Built, topic: str, criteria: Sequence[str] = (), engine: Engine | None = None) -> Answer:
    """The comparison as a matrix: a row a member, a column a criterion.

    A cell holds a line for each way in which the level is stated: the level, how it is framed, how
    directly and firmly it is stated, and the claims that say so; or ``not stated``. Members stand in
    the order in which the text first speaks of them, columns in the order of how many members are
    judged by them, or, where ``criteria`` are named, in theirs.
    What is raised: see claims.
    """
    cells: dict[tuple[str, str], dict[str, list[str]]] = {}
    first: dict[str, int] = {}
    for record in claims(built, topic, (), engine).records():
        member, criterion = str(record["memberLabel"]), str(record["criterionLabel"])
        lines = cells.setdefault((member, criterion), {})
        if record["claim"]:
            lines.setdefault(_line(record), []).append(str(record["claim"]))
            first[member] = min(first.get(member, sys.maxsize), int(str(record["order"] or sys.maxsize)))
    members = sorted({member for member, _ in cells}, key=lambda member: (first.get(member, sys.maxsize), member))
    judged = sorted({criterion for _, criterion in cells}, key=lambda name: (-sum(bool(cells[m, name]) for m in members), name))
    rows: list[tuple[Value, ...]] = [(member, *(_cell(cells[member, criterion]) for criterion in judged)) for member in members]
    matrix = Answer((find_topic(built, topic)[1], *judged), rows)
    wanted = [label(built, ox.NamedNode(bind(built, _CRITERION, name).value)) for name in criteria]
    return select(matrix, [matrix.columns[0], *wanted]) if wanted else matrix


def _line(record: dict[str, Value]) -> str:
    strength = "" if record["strength"] == "exog:asserted" else f", {record['strengthLabel']}"
    sign = f"{record['framingSign']} " if record["framingSign"] else ""
    return f"{record['levelLabel']} {sign}{record['directnessLabel']}{strength}"


def _cell(lines: dict[str, list[str]]) -> str:
    return "\n".join(f"{line} [{' '.join(found)}]" for line, found in lines.items()) or SILENT


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
