"""A query with its parameters in place: the terms stand in its text, so that each engine plans it knowing them.

Bound beside the query, as pyoxigraph can do it, they are unknown while it is planned: what is said of one table is then sought in all
of them. A clause VALUES at the head helps many queries and hinders others, as it is joined like any other pattern.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import NamedTuple

import pyoxigraph as ox

from exograph.errors import UsageError
from exograph.tokens import Token, tokenised

Bindings = Mapping[str, ox.NamedNode | ox.Literal]
_CLAUSES = ("select", "where", "group", "having", "order", "limit", "offset", "values")


def bound(query: str, bindings: Bindings) -> str:
    """A SELECT query with the terms written where its variables stand; those that it selects stay its columns.

    Raises UsageError where that would change what the query means: where it gives such a variable a value itself, uses it in a subquery
    that does not select it, asks whether it is bound, selects ``*``, or has MINUS, which goes by the variables that both sides have.
    """
    if not bindings:
        return query
    return "".join(text if name is None else text.format(bindings[name]) for text, name in _pieces(query, frozenset(bindings)))


class _Place(NamedTuple):
    """Where a token stands: after which, in which clause and how deep in its brackets, what that clause lists, and what the SELECTs around it."""

    before: tuple[str, str]
    token: Token
    clause: str
    brackets: int
    listed: list[str]
    selects: tuple[list[str], ...]

    @property
    def apart(self) -> bool:
        """Whether it is one of the things that a clause lists, and not a part of one."""
        return self.brackets == 0 and self.clause in ("select", "group", "order")


def _places(query: str) -> Iterator[_Place]:
    clause, brackets, braces, before = "", 0, 0, ("", "")
    listed: list[str] = []
    selects: list[tuple[int, list[str]]] = []  # how many braces are open at each, and what it selects
    for token in tokenised(query):
        sort = token.text.lower()
        if token.word(*_CLAUSES):
            clause, brackets, listed = sort, 0, []
            if clause == "select":
                selects.append((braces, listed))
        elif sort in ("{", "}"):
            clause, listed, braces = "", [], braces + (1 if sort == "{" else -1)
            selects = selects[:1] + [select for select in selects[1:] if select[0] <= braces]
        elif sort in ("(", ")"):
            brackets += 1 if sort == "(" else -1
        if not brackets and (sort in ("*", ")") or token.kind == "variable"):
            listed.append(token.text.lstrip("?$"))
        yield _Place(before, token, clause, brackets, listed, tuple(selected for _, selected in selects))
        before = (before[1], sort)


@lru_cache(maxsize=256)
def _pieces(query: str, names: frozenset[str]) -> tuple[tuple[str, str | None], ...]:
    """A query in pieces: those without a name stay as they are, those with one have a place for its term."""
    pieces: list[tuple[str, str | None]] = []
    at = 0
    for place in [*_places(query)]:  # all are made first, as a clause lists more after the place that asks what it lists
        token, name = place.token, place.token.text[1:]
        if token.word("minus"):
            raise _refused("MINUS goes by the variables of both sides", "write FILTER NOT EXISTS")
        if token.text == "*" and place.apart and len(place.selects) == 1:
            raise _refused("it selects *", "name its columns")
        if token.kind == "variable" and name in names:
            pieces += [(query[at : token.start], None), (_written(place, name, names), name)]
            at = token.end
    return (*pieces, (query[at:], None))


def _written(place: _Place, name: str, names: frozenset[str]) -> str:
    """What stands in the place of a variable, with {} for its term."""
    if place.before[1] == "as" or place.clause == "values":
        raise _refused(f"it gives ?{name} a value itself", "use another variable, or FILTER with IN")
    if place.before == ("bound", "("):
        raise _refused(f"it asks whether ?{name} is bound", f"ask for COALESCE(?{name}, …)")
    if not all({name, "*"} & {*selected} for selected in place.selects[1:]):
        raise _refused(f"a subquery that does not select ?{name} uses it", "select it there, or use another variable")
    if not place.apart:
        return "{}"
    if place.clause == "select":
        return f"({{}} AS ?{name})" if len(place.selects) == 1 else ""
    return "({})" if names.issuperset(place.listed) and place.before[1] == "by" else ""  # what is the same in all rows neither groups nor orders them


def _refused(why: str, remedy: str) -> UsageError:
    return UsageError(f"the query cannot be run with parameters: {why} — {remedy}")
