"""SPARQL on a dataset: rdflib, the reference, and Oxigraph, which answers many times faster.

Both see the union of the named graphs as the default graph, bind parameters as terms, and return
rdflib terms, so that whoever asks need not know which of them answered.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

from rdflib import BNode, Dataset, Literal, URIRef
from rdflib.namespace import XSD
from rdflib.term import Node

from exograph.errors import UsageError

if TYPE_CHECKING:
    import pyoxigraph

Term = URIRef | Literal | BNode
Bindings = Mapping[str, URIRef | Literal]


@dataclass(frozen=True)
class Solutions:
    """The columns of a SELECT query and its rows of terms; None stands for unbound."""

    columns: tuple[str, ...]
    rows: list[tuple[Term | None, ...]]


class Engine(Protocol):
    """Answers queries over the union of a dataset's graphs; each method raises UsageError for a query it cannot run."""

    def select(self, query: str, bindings: Bindings | None = None) -> Solutions:
        """The solutions of a SELECT query, with variables bound to terms beforehand."""

    def construct(self, query: str) -> set[tuple[Term, Term, Term]]:
        """The triples of a CONSTRUCT query."""

    def solve(self, query: str) -> Solutions:
        """The solutions of a query of any kind: of ASK one truth value, of CONSTRUCT and DESCRIBE sorted triples."""


TRIPLE = ("subject", "predicate", "object")


def _of_triples(found: set[tuple[Term, Term, Term]]) -> Solutions:
    rows: list[tuple[Term | None, ...]] = [*sorted(found, key=lambda triple: [term.n3() for term in triple])]
    return Solutions(TRIPLE, rows)


class Rdflib:
    """The engine of rdflib, over a dataset as it is."""

    def __init__(self, dataset: Dataset) -> None:
        self.dataset = dataset

    def _query(self, query: str, bindings: Bindings | None = None) -> Any:
        from rdflib.plugins import sparql

        sparql.SPARQL_LOAD_GRAPHS = False  # FROM names a graph of the dataset, never an address to fetch
        names_graphs(query)  # refuses what would reach another server
        try:
            result = self.dataset.query(query, initBindings=dict(bindings or {}))
            if result.type == "SELECT":
                result.bindings = list(result.bindings)
            return result
        except UsageError:
            raise
        except Exception as error:  # rdflib raises whatever its parser and evaluator raise
            raise UsageError(f"the query cannot be run: {_line(error)}") from error

    def select(self, query: str, bindings: Bindings | None = None) -> Solutions:
        """See Engine."""
        return self._solutions(self._query(query, bindings))

    def _solutions(self, result: Any) -> Solutions:
        if result.type != "SELECT":
            raise UsageError("the query is no SELECT query")
        columns = tuple(str(variable) for variable in result.vars)
        return Solutions(columns, [tuple(row[column] for column in columns) for row in result])

    def construct(self, query: str) -> set[tuple[Term, Term, Term]]:
        """See Engine."""
        result = self._query(query)
        if result.graph is None:
            raise UsageError("the query is no CONSTRUCT query")
        return set(result.graph)

    def solve(self, query: str) -> Solutions:
        """See Engine."""
        result = self._query(query)
        if result.type == "ASK":
            return Solutions(("answer",), [(Literal(result.askAnswer),)])
        return self._solutions(result) if result.graph is None else _of_triples(set(result.graph))


class Native:
    """What engines have in common whose answers are terms of pyoxigraph."""

    def _query(self, query: str, bindings: Bindings | None = None) -> Any:
        """The columns and the solutions of SELECT as a tuple, the truth value of ASK, the list of triples of CONSTRUCT and DESCRIBE."""
        raise NotImplementedError

    def select(self, query: str, bindings: Bindings | None = None) -> Solutions:
        """See Engine."""
        return self._solutions(self._query(query, bindings))

    def _solutions(self, result: Any) -> Solutions:
        if not isinstance(result, tuple):
            raise UsageError("the query is no SELECT query")
        columns, rows = result
        return Solutions(tuple(columns), [tuple(from_oxigraph(row[column]) for column in columns) for row in rows])

    def construct(self, query: str) -> set[tuple[Term, Term, Term]]:
        """See Engine."""
        return self._triples(self._query(query))

    def _triples(self, result: Any) -> set[tuple[Term, Term, Term]]:
        if not isinstance(result, list):
            raise UsageError("the query is no CONSTRUCT query")
        return {(from_oxigraph(t.subject), from_oxigraph(t.predicate), from_oxigraph(t.object)) for t in result}

    def solve(self, query: str) -> Solutions:
        """See Engine."""
        result = self._query(query)
        if isinstance(result, bool):
            return Solutions(("answer",), [(Literal(result),)])
        return self._solutions(result) if isinstance(result, tuple) else _of_triples(self._triples(result))


class Oxigraph(Native):
    """The engine of pyoxigraph, over a store of its own or a copy of a dataset in its memory."""

    def __init__(self, source: Dataset | pyoxigraph.Store) -> None:
        import pyoxigraph

        self._ox = pyoxigraph
        self._store = pyoxigraph.Store() if isinstance(source, Dataset) else source
        for context in source.graphs() if isinstance(source, Dataset) else ():
            if isinstance(context.identifier, URIRef):
                self.add(context.identifier, context)

    @property
    def store(self) -> pyoxigraph.Store:
        """The store itself, for who has answers written without rdflib terms."""
        return self._store

    def add(self, graph: URIRef, triples: Iterable[tuple[Node, Node, Node]]) -> None:
        """Add triples to one named graph of the copy."""
        name = self._ox.NamedNode(str(graph))
        self._store.bulk_extend(self._ox.Quad(to_oxigraph(s), to_oxigraph(p), to_oxigraph(o), name) for s, p, o in triples)

    def _query(self, query: str, bindings: Bindings | None = None) -> Any:
        substitutions = {self._ox.Variable(name): to_oxigraph(term) for name, term in (bindings or {}).items()}
        union = not names_graphs(query)
        try:
            result = self._store.query(query, use_default_graph_as_union=union, substitutions=substitutions)
            if isinstance(result, self._ox.QuerySolutions):
                return [variable.value for variable in result.variables], list(result)
            return bool(result) if isinstance(result, self._ox.QueryBoolean) else list(result)
        except (SyntaxError, ValueError, OSError, RuntimeError) as error:
            raise UsageError(f"the query cannot be run: {_line(error)}") from error


_WHERE = re.compile(r"^(?P<head>(?:[^{#\n]|\n|#.*)*\bWHERE\s*\{)", re.IGNORECASE)


def bound(query: str, bindings: Bindings) -> str:
    """A SELECT query with variables bound to terms by a VALUES clause at the head of its pattern; they must be selected, as Oxigraph wants it too.

    Raises UsageError for a query whose first brace does not follow WHERE.
    """
    if not bindings:
        return query
    values = " ".join(f"VALUES ?{name} {{ {to_oxigraph(term)} }}" for name, term in bindings.items())
    found = _WHERE.match(query)
    if not found:
        raise UsageError("the query cannot be run with parameters: its first brace does not follow WHERE")
    return f"{found['head']} {values} {query[found.end() :]}"


def to_oxigraph(term: Node) -> Any:
    """The term of rdflib as one of pyoxigraph."""
    import pyoxigraph as ox

    if isinstance(term, URIRef):
        return ox.NamedNode(str(term))
    if isinstance(term, BNode):
        return ox.BlankNode(str(term))
    if not isinstance(term, Literal):
        raise TypeError(f"{term!r} is no RDF term")
    if term.language:
        return ox.Literal(str(term), language=term.language)
    return ox.Literal(str(term), datatype=ox.NamedNode(str(term.datatype)) if term.datatype else None)


def from_oxigraph(term: Any) -> Any:
    """The term of pyoxigraph as one of rdflib; None stays None."""
    import pyoxigraph as ox

    if term is None:
        return None
    if isinstance(term, ox.NamedNode):
        return URIRef(term.value)
    if isinstance(term, ox.BlankNode):
        return BNode(term.value)
    if term.language:
        return Literal(term.value, lang=term.language)
    plain = term.datatype.value == str(XSD.string)
    return Literal(term.value) if plain else Literal(term.value, datatype=URIRef(term.datatype.value))


_SERVICE = re.compile(r"service\s*(?:silent\s*)?<(https?://[^<>\s]+)>", re.IGNORECASE)
_CLAUSE = re.compile(r"service|\\u|(?<![A-Za-z_:?$-])from(?![\w:-])", re.IGNORECASE)
ENGINES: dict[str, type[Rdflib] | type[Oxigraph]] = {"oxigraph": Oxigraph, "rdflib": Rdflib}


def _line(error: BaseException) -> str:
    return " ".join(str(error).split())[:300]


def names_graphs(query: str) -> bool:
    """Whether a query says by FROM which graphs it is about; then the default graph is not the union.

    Raises UsageError for SERVICE, as nothing is asked of a server that the user has not named, and where a query that may
    hold one of the two clauses cannot be read. A longer name that holds the word from is not
    taken for a clause; service is looked into wherever it stands, as Oxigraph reads it without a space before it,
    and so is a query with letters written as escapes, which may spell either word.
    """
    from rdflib.plugins.sparql.parser import parseQuery

    if not _CLAUSE.search(query):
        return False
    try:
        parsed = parseQuery(query)[1]
    except Exception as error:
        raise UsageError(f"the query cannot be run: {_line(error)}") from error
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
