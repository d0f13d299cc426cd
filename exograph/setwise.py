"""SHACL in sets: whether data conform to shapes, asked of the store by one query for each constraint instead of once for each thing.

Only that is told; where something is at fault an engine of exograph.shacl says what. A construct that is not known here is refused and never
passed over. What ``sh:datatype`` wants is looked up in the quads, as the store writes numbers anew.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from itertools import combinations
from typing import Any

import pyoxigraph as ox

from exograph.terms import INTEGERS, JUDGED, RDF, RDFS, SH, XSD, text, well_formed

Node = Any  # a term that stands as subject
_SILENT = {
    SH[name] for name in ("message", "severity", "name", "description", "order", "group", "path", "targetClass", "targetNode", "ignoredProperties")
}
_KINDS = {
    SH.IRI: "isIRI({0})",
    SH.Literal: "isLiteral({0})",
    SH.BlankNode: "isBlank({0})",
    SH.BlankNodeOrIRI: "!isLiteral({0})",
    SH.BlankNodeOrLiteral: "!isIRI({0})",
    SH.IRIOrLiteral: "!isBlank({0})",
}
_READ = {
    XSD[name]: str(XSD[name]) for name in ("boolean", "decimal", "double", "float", "date", "dateTime")
}  # casts that fail where a text is none of them
_TOLD = {XSD[name] for name in JUDGED} | {RDF.langString}
_RENAMED = {XSD[name] for name in INTEGERS}  # datatypes that the store turns into another
_BOUNDS = {SH.minInclusive: ">=", SH.maxInclusive: "<=", SH.minExclusive: ">", SH.maxExclusive: "<"}
_ORDERS = {SH.lessThan: "<", SH.lessThanOrEquals: "<="}


MANY = 3  # values that are told apart
THIS = "?this"


class UnknownError(Exception):
    """The shapes use a construct that is not known here."""


def at_fault(store: ox.Store, quads: Iterable[ox.Quad], shapes: Iterable[ox.Triple]) -> Iterator[Any]:
    """The things in the union of the graphs of a store that violate shapes, some of them several times; the first as soon as it is found.

    ``quads`` are what the store holds, as it was written. Raises UnknownError before the first.
    """
    rules = Rules(shapes, store)
    for query in [*rules.queries()]:
        yield from rules.ask(query)
    yield from rules.misspelt(quads)


def conforms(store: ox.Store, quads: Iterable[ox.Quad], shapes: Iterable[ox.Triple]) -> bool:
    """Whether nothing in the union of the graphs of a store violates shapes, see at_fault."""
    return next(at_fault(store, quads, shapes), None) is None


class Rules:
    """Shapes as queries each of which has a row where one constraint is violated."""

    def __init__(self, shapes: Iterable[ox.Triple], store: ox.Store) -> None:
        self.said: dict[Node, dict[ox.NamedNode, list[Any]]] = defaultdict(lambda: defaultdict(list))
        for triple in shapes:
            self.said[triple.subject][triple.predicate].append(triple.object)
        below = f"SELECT ?lower ?upper WHERE {{ ?lower {RDFS.subClassOf}+ ?upper . FILTER (isIRI(?lower) && isIRI(?upper)) }}"
        self.below: dict[Any, set[Any]] = defaultdict(set)
        self.store = store
        for lower, upper in self.solutions(below):
            self.below[upper].add(lower)
        self.typed: dict[ox.NamedNode, list[tuple[ox.NamedNode, str]]] = defaultdict(list)  # the datatype of a property, and of what
        self.names = 0

    def solutions(self, query: str) -> Iterator[Any]:
        """The solutions of a query over the union of the graphs, one after the other."""
        return iter(self.store.query(query, use_default_graph_as_union=True))  # type: ignore[arg-type]

    def ask(self, query: str) -> Iterator[Any]:
        """The things that a query finds."""
        for (thing,) in self.solutions(query):
            yield thing

    def queries(self) -> Iterator[str]:
        """A query for each constraint of each shape with a target. Raises UnknownError."""
        for shape in [*self.said]:
            for target in self.targets(shape):
                for fault in self.faults(shape, THIS, target):
                    yield f"SELECT {THIS} WHERE {{ {target} {fault} }}"

    def targets(self, shape: Node) -> Iterator[str]:
        """The patterns of the things that a shape looks at."""
        said = self.said[shape]
        if other := [name for name in said if name.value.startswith(f"{SH}target") and name not in (SH.targetClass, SH.targetNode)]:
            raise UnknownError(str(other[0]))
        own = [shape] if RDFS.Class in said.get(RDF.type, ()) else []
        if classes := [*own, *said.get(SH.targetClass, ())]:
            yield self.member(THIS, classes)
        if nodes := said.get(SH.targetNode):
            if any(isinstance(node, ox.BlankNode) for node in nodes):
                raise UnknownError("a blank node as target")
            yield f"VALUES {THIS} {{ {' '.join(map(str, nodes))} }}"

    def member(self, node: str, classes: Iterable[Any]) -> str:
        """The pattern of what is an instance of one of some classes or of a class below it."""
        kinds, kind = self.kinds(classes), self.fresh()
        if len(kinds) == 1:
            return f"{node} {RDF.type} {kinds[0]} ."
        return f"VALUES {kind} {{ {' '.join(kinds)} }} {node} {RDF.type} {kind} ."

    def kinds(self, classes: Iterable[Any]) -> list[str]:
        """Some classes and what is below them."""
        return sorted({str(lower) for cls in classes for lower in {cls} | self.below[cls]})

    def fresh(self) -> str:
        """A variable that no pattern has yet."""
        self.names += 1
        return f"?v{self.names}"

    def faults(self, shape: Node, node: str, target: str | None = None) -> Iterator[str]:
        """The patterns one of which matches where a node violates a shape; ``target`` is the pattern of its nodes, where it stands alone."""
        if SH.path in self.said[shape]:
            yield from self.along(shape, node, target)
            return
        for name, values in self.constraints(shape):
            for value in values:
                if name == SH.property:
                    yield from self.along(value, node, target)
                elif name == SH.closed:
                    yield from self.closed(shape, node) if text(value) == "true" else ()
                else:
                    yield f"FILTER ({self.wrong(name, value, node)})"

    def constraints(self, shape: Node) -> list[tuple[ox.NamedNode, list[Any]]]:
        """What a shape says with a name of SHACL, without what takes no part in what is wrong."""
        return [(n, v) for n, v in self.said[shape].items() if n.value.startswith(str(SH)) and n not in _SILENT]

    def along(self, shape: Node, node: str, target: str | None) -> Iterator[str]:
        """The patterns of a property shape, from a node along its path."""
        (path,) = self.said[shape][SH.path]
        way = self.way(path)
        for name, values in self.constraints(shape):
            one, other = self.fresh(), self.fresh()
            for value in values:
                if name in (SH.minCount, SH.maxCount):
                    yield self.counted(name, int(text(value)), f"{node} {way}")
                elif name == SH.hasValue:
                    yield f"FILTER NOT EXISTS {{ {node} {way} {value} }}"
                elif name in _ORDERS:
                    yield f"{node} {way} {one} ; {value} {other} . FILTER (!COALESCE({one} {_ORDERS[name]} {other}, false))"
                elif name == SH.disjoint:
                    yield f"{node} {way} {one} . {node} {value} {one} ."
                elif name == SH.equals:
                    yield f"{node} {way} {one} . FILTER NOT EXISTS {{ {node} {value} {one} }}"
                    yield f"{node} {value} {one} . FILTER NOT EXISTS {{ {node} {way} {one} }}"
                elif name == SH.property:
                    yield from (f"{node} {way} {one} . {fault}" for fault in self.along(value, one, None))
                elif name == SH.datatype and target and isinstance(path, ox.NamedNode) and value in _TOLD:
                    self.typed[path].append((value, target))
                else:
                    yield f"{node} {way} {one} . FILTER ({self.wrong(name, value, one)})"

    def way(self, path: Node) -> str:
        """A path as SPARQL writes it. Raises UnknownError for one of another kind than steps in turn and back."""
        if isinstance(path, ox.NamedNode):
            return str(path)
        if RDF.first in self.said[path]:
            return f"({'/'.join(map(self.way, self.listed(path)))})"
        if SH.inversePath in self.said[path]:
            return f"^{self.way(*self.said[path][SH.inversePath])}"
        raise UnknownError(f"a path of {', '.join(map(str, self.said[path]))}")

    def counted(self, name: ox.NamedNode, number: int, way: str) -> str:
        """The pattern of too few or too many values. Raises UnknownError where many are counted, as each is a variable."""
        if number > MANY:
            raise UnknownError(f"{name} {number}")
        values = [self.fresh() for _ in range(number + (name == SH.maxCount))]
        apart = " && ".join(f"!sameTerm({one}, {other})" for one, other in combinations(values, 2))
        held = f"{way} {', '.join(values)} ." + (f" FILTER ({apart})" if apart else "")
        return held if name == SH.maxCount else f"FILTER NOT EXISTS {{ {held} }}" if values else "FILTER (false)"

    def closed(self, shape: Node, node: str) -> Iterator[str]:
        """The pattern of a property that a closed shape does not name."""
        known = {path for each in self.said[shape][SH.property] for path in self.said[each][SH.path] if isinstance(path, ox.NamedNode)}
        ignored = {each for held in self.said[shape][SH.ignoredProperties] for each in self.listed(held)}
        name, value = self.fresh(), self.fresh()
        yield f"{node} {name} {value} . FILTER ({name} NOT IN ({', '.join(sorted(map(str, known | ignored)))}))"

    def wrong(self, name: ox.NamedNode, value: Any, node: str) -> str:
        """The expression that is true where a node violates a constraint. Raises UnknownError."""
        if name in _BOUNDS:
            return f"!COALESCE({node} {_BOUNDS[name]} {value}, false)"
        if name not in _WRONG or (name == SH.nodeKind and value not in _KINDS) or (name == SH.datatype and value in _RENAMED | ({value} - _TOLD)):
            raise UnknownError(f"{name} {value}")
        return _WRONG[name](self, value, node)

    def violated(self, shape: Node, node: str) -> str:
        """The expression that is true where a node violates a shape."""
        return " || ".join(f"EXISTS {{ {fault} }}" for fault in self.faults(shape, node)) or "false"

    def listed(self, head: Any) -> list[Any]:
        """The members of a list of RDF."""
        members = []
        while head != RDF.nil:
            members += self.said[head][RDF.first]
            (head,) = self.said[head][RDF.rest]
        return members

    def misspelt(self, quads: Iterable[ox.Quad]) -> Iterator[Any]:
        """What has a value of a property that is no well-formed literal of the datatype that it should be of."""
        having: dict[tuple[ox.NamedNode, str], set[str]] = defaultdict(set)
        for quad in quads:
            for wanted in self.typed.get(quad.predicate, ()):
                value = quad.object
                if not (isinstance(value, ox.Literal) and value.datatype == wanted[0] and well_formed(value)):
                    having[wanted].add(str(quad.subject))
        for (_, target), subjects in having.items():
            yield from self.ask(f"SELECT {THIS} WHERE {{ VALUES {THIS} {{ {' '.join(subjects)} }} {target} }}")


def _class(rules: Rules, value: Any, node: str) -> str:
    """Most are of the class itself, which is quicker to see than that they are of one below it."""
    below = f" && NOT EXISTS {{ {rules.member(node, [value])} }}" if len(rules.kinds([value])) > 1 else ""
    return f"NOT EXISTS {{ {node} {RDF.type} {value} }}{below}"


def _typed(_: Rules, value: Any, node: str) -> str:
    cast = _READ.get(value, "STR")
    return f"!COALESCE(DATATYPE({node}) = {value} && {cast}(STR({node})) = {cast}(STR({node})), false)"


def _language(rules: Rules, value: Any, node: str) -> str:
    return f"!COALESCE({' || '.join(f'LANGMATCHES(LANG({node}), {each})' for each in rules.listed(value))}, false)"


def _one(rules: Rules, value: Any, node: str) -> str:
    return " + ".join(f"IF({rules.violated(each, node)}, 0, 1)" for each in rules.listed(value)) + " != 1"


_WRONG: dict[ox.NamedNode, Callable[[Rules, Any, str], str]] = {
    SH["class"]: _class,
    SH.nodeKind: lambda _, value, node: f"!{_KINDS[value].format(node)}",
    SH.datatype: _typed,
    SH.minLength: lambda _, value, node: f"isBlank({node}) || STRLEN(STR({node})) < {text(value)}",
    SH.pattern: lambda _, value, node: f"isBlank({node}) || !REGEX(STR({node}), {value})",
    SH.languageIn: _language,
    SH["in"]: lambda rules, value, node: f"!({' || '.join(f'sameTerm({node}, {each})' for each in rules.listed(value))})",
    SH.hasValue: lambda _, value, node: f"!sameTerm({node}, {value})",
    SH["not"]: lambda rules, value, node: f"!({rules.violated(value, node)})",
    SH["or"]: lambda rules, value, node: " && ".join(f"({rules.violated(each, node)})" for each in rules.listed(value)),
    SH.xone: _one,
    SH.node: lambda rules, value, node: rules.violated(value, node),
}
