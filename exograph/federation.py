"""SERVICE: the clauses of a query that ask other endpoints, and an engine that asks those which the user names.

Neither engine is left to ask by itself: Oxigraph asks for all that a clause fits, whatever is known already, and waits without limit,
rdflib passes over clauses that it cannot make out. Each clause is found in the text, held against what the user allows, and put to its
endpoint with what is known of its variables (https://www.w3.org/TR/sparql11-federated-query/#values): once for all
rows that it is joined with, in portions.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextvars import ContextVar
from dataclasses import dataclass
from itertools import islice
from typing import Any
from uuid import uuid4

import pyoxigraph as ox
from rdflib import BNode, Dataset, Variable

from exograph.binding import Bindings
from exograph.endpoints import EndpointError, Endpoints
from exograph.engines import Solutions, refusal
from exograph.errors import UsageError
from exograph.interop import Rdflib, from_oxigraph, to_oxigraph
from exograph.tokens import Token, tokenised

PORTION = 200
_UNKNOWN = "UNDEF"
_FORMS = {"select", "ask", "construct", "describe"}
Row = dict[Any, Any]


@dataclass(frozen=True)
class Clause:
    """A SERVICE clause: the address as the query names it (``?x`` for a variable), what it asks there, and where it stands."""

    address: str
    silent: bool
    body: str
    start: int
    end: int


def _prologue(tokens: Sequence[Token]) -> tuple[str, dict[str, str]]:
    """The PREFIX and BASE lines of a query, and its prefixes."""
    end = next((at for at, token in enumerate(tokens) if token.word(*_FORMS)), 0)
    told = " ".join(token.text for token in tokens[:end])
    declared = zip(tokens[:end], tokens[1:end], tokens[2:end], strict=False)
    return told, {name.text: iri.text[1:-1] for word, name, iri in declared if word.word("prefix") and iri.kind == "iri"}


def clauses(query: str) -> list[Clause]:
    """The SERVICE clauses of a query, in order. Raises UsageError for one that cannot be made out or stands within another."""
    if "service" not in query.lower():
        return []
    tokens = tokenised(query)
    prefixes = _prologue(tokens)[1]
    found: list[Clause] = []
    for at, token in enumerate(tokens):
        if not token.word("service"):
            continue
        if found and token.start < found[-1].end:
            raise UsageError("the query cannot be run: a SERVICE stands within another — let the query ask both itself")
        silent = at + 1 < len(tokens) and tokens[at + 1].word("silent")
        rest = tokens[at + (2 if silent else 1) :]
        end = _closing(rest[1:])
        if end is None:
            raise UsageError("the query cannot be run: a SERVICE clause cannot be made out — write SERVICE <address> { … }")
        found.append(Clause(_address(rest[0], prefixes), silent, query[rest[1].end : end.start], token.start, end.end))
    return found


def _closing(tokens: Sequence[Token]) -> Token | None:
    """The brace that closes the one which the tokens begin with; None where they begin with another token or it stays open."""
    depth = 0
    for token in tokens:
        depth += {"{": 1, "}": -1}.get(token.text, 0) if token.kind == "sign" else 0
        if depth == 0:
            return token if token.text == "}" else None
    return None


def _address(token: Token, prefixes: dict[str, str]) -> str:
    if token.kind == "iri":
        return token.text[1:-1]
    prefix, colon, local = token.text.partition(":")
    return f"{prefixes.get(prefix + colon, prefix + colon)}{local}" if token.kind == "name" else token.text


class Federated(Rdflib):
    """The engine of rdflib, which asks the endpoints that the user names for what a query wants of them, and no other."""

    def __init__(self, dataset: Dataset, allowed: Endpoints) -> None:
        from rdflib.plugins.sparql import CUSTOM_EVALS

        super().__init__(dataset)
        self.allowed = allowed
        CUSTOM_EVALS["exograph.federation"] = _evaluate

    def _query(self, query: str, bindings: Bindings | None = None) -> Solutions | bool | list[ox.Triple]:
        asking = _Asking(self.allowed, query)
        before = _CURRENT.set(asking)
        try:
            return super()._query(asking.query, bindings)  # which refuses what is still asked by SERVICE
        finally:
            _CURRENT.reset(before)


class _Asking:
    """A query in which each SERVICE clause is a GRAPH of a name that nobody can know. Raises UsageError for one that is not allowed."""

    def __init__(self, allowed: Endpoints, query: str) -> None:
        self.allowed = allowed
        self.prologue = _prologue(tokenised(query))[0]
        self.clauses: dict[str, Clause] = {}
        self.scopes: dict[str, list[Variable]] = {}
        self.query, end = "", 0
        for clause in clauses(query):
            if clause.address not in allowed.addresses:
                raise UsageError(refusal(clause.address))
            place = uuid4().urn
            self.clauses[place] = clause
            self.scopes[place] = self.scope(clause)
            self.query += f"{query[end : clause.start]}GRAPH <{place}> {{{clause.body}}}"
            end = clause.end
        self.query += query[end:]

    def scope(self, clause: Clause) -> list[Variable]:
        """The variables of a clause that are seen outside it. Raises UsageError where it cannot be read."""
        from rdflib.plugins.sparql import prepareQuery

        try:
            return sorted(prepareQuery(self.written(clause, [], [])).algebra.PV)
        except Exception as error:
            line = " ".join(str(error).split())[:300]
            raise UsageError(f"the query cannot be run: what it asks of {clause.address} is not SPARQL ({line})") from error

    def holds(self, part: Any) -> bool:
        """Whether a part of the algebra is one of the clauses."""
        return part.name == "Graph" and str(part.term) in self.clauses

    def join(self, context: Any, node: Any, rows: Sequence[Any], condition: Any = None) -> Iterator[Any]:
        """Rows joined with what the endpoint of a clause answers for them; with a condition, that of OPTIONAL, none of them is lost."""
        from rdflib.plugins.sparql.evalutils import _ebv
        from rdflib.plugins.sparql.sparql import FrozenBindings

        answers = [FrozenBindings(context, answer) for answer in self.answers(node, rows)]
        for row in rows:
            found = [row.merge(answer) for answer in answers if row.compatible(answer)]
            if condition is not None:
                found = [joined for joined in found if _ebv(condition, joined)] or [row]
            yield from found

    def answers(self, node: Any, rows: Sequence[Any]) -> list[Row]:
        """What the endpoint of a clause answers where its variables are bound as in the rows; nothing is asked for no rows."""
        clause = self.clauses[str(node.term)]
        shared = [name for name in self.scopes[str(node.term)] if any(row.get(name) is not None for row in rows)]
        wanted = iter(dict.fromkeys(tuple(_sent(row.get(name)) for name in shared) for row in rows))
        ours = {_sent(row.get(name)): row.get(name) for row in rows for name in shared}
        ours.pop(_UNKNOWN, None)
        found: list[Row] = []
        try:
            while portion := [*islice(wanted, PORTION)]:
                for answer in self.allowed.ask(clause.address, self.written(clause, shared, portion)):
                    terms = {Variable(name): from_oxigraph(term) for name, term in answer.items()}
                    found.append({name: ours.get(_sent(term), term) for name, term in terms.items()})
        except EndpointError:
            if not clause.silent:
                raise
            return [{}]
        return found

    def written(self, clause: Clause, shared: Sequence[Variable], portion: Iterable[tuple[str, ...]]) -> str:
        """The query that is put to an endpoint."""
        names = " ".join(name.n3() for name in shared)
        values = " ".join(f"({' '.join(terms)})" for terms in portion)
        return f"{self.prologue}\nSELECT * WHERE {{{clause.body}\n}}" + (f" VALUES ({names}) {{ {values} }}" if shared else "")


def _sent(term: Any) -> str:
    """A term as it is sent; a blank node means nothing elsewhere."""
    return _UNKNOWN if term is None or isinstance(term, BNode) else str(to_oxigraph(term))


_CURRENT: ContextVar[_Asking | None] = ContextVar("asking", default=None)


def _evaluate(context: Any, part: Any) -> Iterator[Any]:
    """What rdflib asks for each part of a query before it evaluates it: a clause, or its join with another part, is evaluated here."""
    asking = _CURRENT.get()
    if asking is None or part.name not in {"Graph", "Join", "LeftJoin"}:
        raise NotImplementedError
    if part.name == "Graph":
        first, second = None, part
    elif part.name == "Join" and not asking.holds(part.p2):
        first, second = part.p2, part.p1
    else:
        first, second = part.p1, part.p2
    if not asking.holds(second):
        raise NotImplementedError
    rows = [context.solution()] if first is None else _rows(context, first)
    return asking.join(context, second, rows, part.expr if part.name == "LeftJoin" else None)


def _rows(context: Any, part: Any) -> list[Any]:
    from rdflib.plugins.sparql.evaluate import evalPart

    return list(evalPart(context, part))
