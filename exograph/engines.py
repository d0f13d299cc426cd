"""SPARQL on a dataset: what an engine offers, and Oxigraph, which is the one unless another is named.

Every engine sees the union of the named graphs as the default graph, takes parameters as terms, and returns terms of
pyoxigraph, so that whoever asks need not know which of them answered. The others: Rdflib in interop, Remote in remote, Federated in federation.
"""

from __future__ import annotations

import re
import threading
from collections.abc import Callable, Iterable
from typing import Any, NamedTuple, Protocol, TypeVar

import pyoxigraph as ox

from exograph.binding import Bindings, bound
from exograph.errors import UsageError

ENGINES = ("oxigraph", "rdflib")
TRIPLE = ("subject", "predicate", "object")
SHORT = 4_000  # signs of a query that cannot nest deeper than Oxigraph, which goes down a level by a call, can follow on any stack
LONGEST = 100_000  # signs of a query that cannot nest deeper than it can follow on a stack of STACK
STACK = 256 << 20
Found = TypeVar("Found")


class Solutions(NamedTuple):
    """The columns of a SELECT query and its rows of terms; None stands for unbound."""

    columns: tuple[str, ...]
    rows: list[tuple[Any, ...]]


class Engine(Protocol):
    """Answers queries over the union of a dataset's graphs; each method raises UsageError for a query it cannot run."""

    local: bool  # whether the dataset is here, and not at the endpoint of somebody else

    def select(self, query: str, bindings: Bindings | None = None) -> Solutions:
        """The solutions of a SELECT query, with variables bound to terms beforehand."""

    def construct(self, query: str) -> set[ox.Triple]:
        """The triples of a CONSTRUCT query."""

    def solve(self, query: str) -> Solutions:
        """The solutions of a query of any kind: of ASK one truth value, of CONSTRUCT and DESCRIBE sorted triples."""


class Native:
    """What engines have in common that say what an answer is: Solutions, a truth value, or a list of triples."""

    local = True

    def _query(self, query: str, bindings: Bindings | None = None) -> Solutions | bool | list[ox.Triple]:
        raise NotImplementedError

    def select(self, query: str, bindings: Bindings | None = None) -> Solutions:
        """See Engine."""
        result = self._query(query, bindings)
        if not isinstance(result, Solutions):
            raise UsageError("the query is no SELECT query")
        return result

    def construct(self, query: str) -> set[ox.Triple]:
        """See Engine."""
        result = self._query(query)
        if isinstance(result, bool | Solutions):
            raise UsageError("the query is no CONSTRUCT query")
        return set(result)

    def solve(self, query: str) -> Solutions:
        """See Engine."""
        result = self._query(query)
        if isinstance(result, Solutions):
            return result
        if isinstance(result, bool):
            return Solutions(("answer",), [(ox.Literal(result),)])
        return Solutions(TRIPLE, [(t.subject, t.predicate, t.object) for t in sorted(set(result), key=str)])


class Oxigraph(Native):
    """The engine of pyoxigraph over one of its stores."""

    def __init__(self, store: ox.Store, damaged: Callable[[str], None] | None = None) -> None:
        """``damaged`` is told why, where the files of the store turn out not to be what they should be."""
        self.store, self.damaged = store, damaged

    def add(self, graph: ox.NamedNode, triples: Iterable[ox.Triple]) -> None:
        """Add triples to one named graph of the store."""
        self.store.bulk_extend(ox.Quad(t.subject, t.predicate, t.object, graph) for t in triples)

    def _query(self, query: str, bindings: Bindings | None = None) -> Solutions | bool | list[ox.Triple]:
        if len(query) > LONGEST:
            raise UsageError(f"the query is longer than {LONGEST} signs — shorten it, or load a release into a store and ask there")
        union, whole = not names_graphs(query), bound(query, bindings or {})
        try:
            return spacious(lambda: self._answer(whole, union)) if len(whole) > SHORT else self._answer(whole, union)
        except (SyntaxError, ValueError, OSError, RuntimeError) as error:
            if self.damaged and (isinstance(error, OSError) or "Corruption" in str(error)):
                self.damaged(line(error))
                raise UsageError("the dataset could not be read to its end — ask again") from error
            raise UsageError(f"the query cannot be run: {line(error)}") from error

    def _answer(self, query: str, union: bool) -> Solutions | bool | list[ox.Triple]:
        result: Any = self.store.query(query, use_default_graph_as_union=union)
        if isinstance(result, ox.QuerySolutions):
            return Solutions(tuple(variable.value for variable in result.variables), [*map(tuple, result)])
        return bool(result) if isinstance(result, ox.QueryBoolean) else [*result]


_SERVICE = re.compile(r"service\s*(?:silent\s*)?<(https?://[^<>\s]+)>", re.IGNORECASE)
_HEAD = re.compile(r"(?:\s*#[^\\\n\r]*\n)*")  # the comments before a query, which hold no clause
_CLAUSE = re.compile(r"service|\\u|(?<![A-Za-z_:?$-])from(?![\w:-])", re.IGNORECASE)


def spacious(run: Callable[[], Found]) -> Found:
    """What a function returns or raises that is called with a stack of STACK bytes, of which the system gives only what is used."""
    told: list[Found | BaseException] = []

    def call() -> None:
        try:
            told.append(run())
        except BaseException as error:
            told.append(error)

    before = threading.stack_size(STACK)
    try:
        thread = threading.Thread(target=call, daemon=True)  # so that Ctrl-C ends the program, as it cannot end the query
        thread.start()
    finally:
        threading.stack_size(before)
    thread.join()
    (found,) = told
    if isinstance(found, BaseException):
        raise found
    return found


def line(error: object) -> str:
    """What an error of a library says, in one line of limited length."""
    return " ".join(str(error).split())[:300]


def names_graphs(query: str) -> bool:
    """Whether a query says by FROM which graphs it is about; then the default graph is not the union.

    Raises UsageError for SERVICE, as nothing is asked of a server that the user has not named, and where a query that may
    hold one of the two clauses cannot be read. A longer name that holds the word from is not
    taken for a clause; service is looked into wherever it stands, as Oxigraph reads it without a space before it,
    and so is a query with letters written as escapes, which may spell either word.
    """
    head = _HEAD.match(query)
    if not _CLAUSE.search(query, head.end() if head else 0):
        return False
    from rdflib.plugins.sparql.parser import parseQuery

    try:
        parsed = parseQuery(query)[1]
    except Exception as error:
        raise UsageError(f"the query cannot be run: {line(error)}") from error
    if "ServiceGraphPattern" in str(parsed):
        named = _SERVICE.search(query)
        raise UsageError(refusal(named[1] if named else ""))
    return bool(parsed.datasetClause)


def refusal(address: str) -> str:
    """Why a SERVICE clause is not followed, and what to do: its address, or what stands in its place, is told as far as it is known."""
    told = "the query cannot be run: SERVICE asks another server, {}which exograph does only where you name it"
    if address.startswith("http"):
        return f"{told.format(f'{address}, ')} — add --federate {address}"
    return f"{told.format(f'{address}, ' if address else '')} — write its address after SERVICE, and add --federate with the same address"
