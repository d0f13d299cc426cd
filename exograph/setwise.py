"""SHACL in sets: whether data conform to shapes, asked of the store by one query for each constraint instead of once for each thing.

Only that is told; where something is at fault an engine of exograph.shacl says what. A construct that is not known here is refused and never
passed over. What ``sh:datatype`` wants is looked up in the quads, as the store writes numbers anew, and data in which it thereby takes two
values of a property for one are refused as well.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from itertools import combinations
from typing import Any

import pyoxigraph as ox

from exograph.spelling import CHECKED, RENAMED, Typed, faithful, surveyed
from exograph.terms import OWL, RDF, RDFS, SH, XSD, text

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
_BOUNDS = {SH.minInclusive: ">=", SH.maxInclusive: "<=", SH.minExclusive: ">", SH.maxExclusive: "<"}
_ORDERS = {SH.lessThan: "<", SH.lessThanOrEquals: "<="}


MANY = 3  # values that are told apart
WIDER = 4  # so much more often than by the things that a shape looks at may a property be used, for whole sets to be compared
THIS = "?this"


class UnknownError(Exception):
    """The shapes use a construct that is not known here, or the data numbers that the store does not tell apart."""


def at_fault(store: ox.Store, quads: Iterable[ox.Quad], shapes: Iterable[ox.Triple]) -> Iterator[Any]:
    """The things in the union of the graphs of a store that violate shapes, some of them several times; the first as soon as it is found.

    ``quads`` are what the store holds, as it was written. Raises UnknownError before the first.
    """
    rules = Rules(shapes, store)
    try:
        queries = [*rules.queries()]
    except (ValueError, RecursionError) as error:  # no number where one must stand, several paths, a shape within itself
        raise UnknownError(f"shapes that are not well-formed: {error}") from error
    misspelt, numbers = surveyed(quads, rules.typed)
    if not faithful(numbers, rules.matched, rules.constants()):
        raise UnknownError("numbers that are spelt in several ways")
    for query in queries:
        yield from rules.ask(query)
    yield from rules.targeted(misspelt)


def conforms(store: ox.Store, quads: Iterable[ox.Quad], shapes: Iterable[ox.Triple]) -> bool:
    """Whether nothing in the union of the graphs of a store violates shapes, see at_fault."""
    return next(at_fault(store, quads, shapes), None) is None


class Rules:
    """Shapes as queries each of which has a row where one constraint is violated."""

    def __init__(self, shapes: Iterable[ox.Triple], store: ox.Store) -> None:
        self.said: dict[Node, dict[ox.NamedNode, list[Any]]] = defaultdict(lambda: defaultdict(list))
        for triple in shapes:
            self.said[triple.subject][triple.predicate].append(triple.object)
        if any(SH.ConstraintComponent in said.get(RDF.type, ()) or RDFS.Class in said.get(RDFS.subClassOf, ()) for said in self.said.values()):
            raise UnknownError("constraint components and kinds of class of one's own")
        below = f"SELECT ?lower ?upper WHERE {{ ?lower {RDFS.subClassOf}+ ?upper . FILTER (isIRI(?upper)) }}"
        self.below: dict[Any, set[Any]] = defaultdict(set)
        self.store = store
        for lower, upper in self.solutions(below):
            self.below[upper].add(lower)
        self.sizes: dict[str, int] = {}
        self.sufficient: dict[tuple[Any, ...], list[str]] = {}
        self.typed: Typed = defaultdict(list)  # the datatype of a property, and of what
        self.matched: list[tuple[Any, Any]] = []  # properties that are held against each other
        self.names = 0

    def solutions(self, query: str) -> Iterator[Any]:
        """The solutions of a query over the union of the graphs, one after the other."""
        return iter(self.store.query(query, use_default_graph_as_union=True))  # type: ignore[arg-type]

    def constants(self) -> Iterator[ox.Literal]:
        """The literals that stand in the shapes."""
        return (each for said in self.said.values() for values in said.values() for each in values if isinstance(each, ox.Literal))

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
        own = [shape] if {RDFS.Class, OWL.Class} & {*said.get(RDF.type, ())} else []
        if classes := [*own, *said.get(SH.targetClass, ())]:
            yield self.member(THIS, classes)
        if nodes := said.get(SH.targetNode):
            yield f"VALUES {THIS} {{ {' '.join(map(_named, nodes))} }}"

    def member(self, node: str, classes: Iterable[Any]) -> str:
        """The pattern of what is an instance of one of some classes or of a class below it."""
        kinds, kind = self.kinds(classes), self.fresh()
        if len(kinds) == 1:
            return f"{node} {RDF.type} {kinds[0]} ."
        return f"VALUES {kind} {{ {' '.join(kinds)} }} {node} {RDF.type} {kind} ."

    def kinds(self, classes: Iterable[Any]) -> list[str]:
        """Some classes and what is below them; the classes alone where their instances are all said to be of them."""
        classes = tuple(classes)
        if classes not in self.sufficient:
            own = sorted(map(_named, classes))
            below = sorted({_named(lower) for cls in classes for lower in self.below[cls]} - {*own})
            stated = " || ".join(f"EXISTS {{ ?x {RDF.type} {cls} }}" for cls in own)
            other = f"SELECT ?x WHERE {{ VALUES ?kind {{ {' '.join(below)} }} ?x {RDF.type} ?kind . FILTER (!({stated})) }} LIMIT 1"
            self.sufficient[classes] = own if not below or next(self.solutions(other), None) is None else own + below
        return self.sufficient[classes]

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
                    yield from () if text(value) in ("false", "0") else self.closed(shape, node)
                else:
                    yield f"FILTER ({self.wrong(name, value, node)})"

    def constraints(self, shape: Node) -> list[tuple[ox.NamedNode, list[Any]]]:
        """What a shape says with a name of SHACL, without what takes no part in what is wrong."""
        return [(n, v) for n, v in self.said[shape].items() if n.value.startswith(str(SH)) and n not in _SILENT]

    def along(self, shape: Node, node: str, target: str | None) -> Iterator[str]:
        """The patterns of a property shape, from a node along its path."""
        (path,) = self.said[shape][SH.path]
        way = self.way(path)
        whole = target is not None and isinstance(path, ox.NamedNode) and self.size(f"?s {way} ?o .") < WIDER * self.size(target)
        for name, values in self.constraints(shape):
            one, other = self.fresh(), self.fresh()
            for value in values:
                if name in (SH.minCount, SH.maxCount):
                    yield self.counted(name, int(text(value)), f"{node} {way}", whole)
                elif name == SH.hasValue:
                    yield f"{_without(whole)} {{ {node} {way} {_exact(value)} }}"
                elif name in _ORDERS:
                    yield f"{node} {way} {one} ; {value} {other} . FILTER (!COALESCE({one} {_ORDERS[name]} {other}, false))"
                elif name in (SH.disjoint, SH.equals):
                    self.matched.append((path, value))
                    yield from self.matching(name, f"{node} {way} {one} .", f"{node} {value} {one} .")
                elif name == SH.property:
                    yield from (f"{node} {way} {one} . {fault}" for fault in self.along(value, one, None))
                elif name == SH.datatype and target and isinstance(path, ox.NamedNode) and value in CHECKED:
                    self.typed[path].append((value, target))
                elif whole:
                    wrong = f"MINUS {{ {self.member(one, [value])} }}" if name == SH["class"] else f"FILTER ({self.wrong(name, value, one)})"
                    yield f"{{ SELECT {node} WHERE {{ {node} {way} {one} . {wrong} }} }}"
                else:
                    yield f"{node} {way} {one} . FILTER ({self.wrong(name, value, one)})"

    def size(self, pattern: str) -> int:
        """How many solutions a pattern has."""
        if pattern not in self.sizes:
            ((number,),) = self.solutions(f"SELECT (COUNT(*) AS ?n) WHERE {{ {pattern} }}")
            self.sizes[pattern] = int(number.value)
        return self.sizes[pattern]

    def matching(self, name: ox.NamedNode, ours: str, theirs: str) -> Iterator[str]:
        """The patterns of a value that two properties share though they must not, or do not share though they must."""
        if name == SH.disjoint:
            yield f"{ours} {theirs}"
        else:
            yield f"{ours} FILTER NOT EXISTS {{ {theirs} }}"
            yield f"{theirs} FILTER NOT EXISTS {{ {ours} }}"

    def way(self, path: Node) -> str:
        """A path as SPARQL writes it. Raises UnknownError for one of another kind than steps in turn and back."""
        if isinstance(path, ox.NamedNode):
            return str(path)
        if RDF.first in self.said[path]:
            return f"({'/'.join(map(self.way, self.listed(path)))})"
        if SH.inversePath in self.said[path]:
            return f"^{self.way(*self.said[path][SH.inversePath])}"
        raise UnknownError(f"a path of {', '.join(map(str, self.said[path]))}")

    def counted(self, name: ox.NamedNode, number: int, way: str, whole: bool) -> str:
        """The pattern of too few or too many values. Raises UnknownError where many are counted, as each is a variable."""
        if number > MANY:
            raise UnknownError(f"{name} {number}")
        values = [self.fresh() for _ in range(number + (name == SH.maxCount))]
        apart = " && ".join(f"!sameTerm({one}, {other})" for one, other in combinations(values, 2))
        differ = f" FILTER ({apart})" if apart else ""
        if name == SH.minCount:
            return f"{_without(whole)} {{ {way} {', '.join(values)} .{differ} }}" if values else "FILTER (false)"
        if whole:
            return " ".join(f"{{ SELECT {THIS} {one} WHERE {{ {way} {one} }} }}" for one in values) + differ
        return f"{way} {', '.join(values)} .{differ}"

    def closed(self, shape: Node, node: str) -> Iterator[str]:
        """The pattern of a property that a closed shape does not name."""
        known = {path for each in self.said[shape][SH.property] for path in self.said[each][SH.path] if isinstance(path, ox.NamedNode)}
        ignored = {each for held in self.said[shape][SH.ignoredProperties] for each in self.listed(held)}
        name = self.fresh()
        allowed = " && ".join(f"{name} != {each}" for each in sorted(map(str, known | ignored)))
        yield f"{node} {name} {self.fresh()} ." + (f" FILTER ({allowed})" if allowed else "")

    def wrong(self, name: ox.NamedNode, value: Any, node: str) -> str:
        """The expression that is true where a node violates a constraint. Raises UnknownError."""
        if name in _BOUNDS:
            return f"!COALESCE({node} {_BOUNDS[name]} {value}, false)"
        if name not in _WRONG or (name == SH.nodeKind and value not in _KINDS) or (name == SH.datatype and value in RENAMED | ({value} - CHECKED)):
            raise UnknownError(f"{name} {value}")
        return _WRONG[name](self, value, node)

    def violated(self, shape: Node, node: str) -> str:
        """The expression that is true where a node violates a shape."""
        return " || ".join(f"EXISTS {{ {fault} }}" for fault in self.faults(shape, node)) or "false"

    def listed(self, head: Any) -> list[Any]:
        """The members of a list of RDF. Raises UnknownError where there are none, as SPARQL cannot write that everywhere."""
        members: list[Any] = []
        while head != RDF.nil:
            members += self.said[head][RDF.first]
            (head,) = self.said[head][RDF.rest]
        if not members:
            raise UnknownError("an empty list")
        return members

    def targeted(self, having: dict[str, set[Any]]) -> Iterator[Any]:
        """Those of some things that a shape looks at, by the pattern of these."""
        for target, things in having.items():
            yield from things & {*self.ask(f"SELECT {THIS} WHERE {{ {target} }}")}


def _without(whole: bool) -> str:
    """The word for what must not match: of whole sets, or of one solution after the other."""
    return "MINUS" if whole else "FILTER NOT EXISTS"


def _named(term: Any) -> str:
    """A term as SPARQL writes it. Raises UnknownError for a blank node, which there stands for anything."""
    if isinstance(term, ox.BlankNode):
        raise UnknownError("a blank node that is meant itself")
    return str(term)


def _exact(term: Any) -> str:
    """A term as SPARQL writes it. Raises UnknownError for an integer too, as in the store all kinds of them are one."""
    if isinstance(term, ox.Literal) and term.datatype in RENAMED:
        raise UnknownError(f"{term} and no other spelling of it")
    return _named(term)


def _class(rules: Rules, value: Any, node: str) -> str:
    """Most are of the class itself, which is quicker to see than that they are of one below it."""
    below = f" && NOT EXISTS {{ {rules.member(node, [value])} }}" if len(rules.kinds([value])) > 1 else ""
    return f"NOT EXISTS {{ {node} {RDF.type} {_named(value)} }}{below}"


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
    SH.pattern: lambda _, value, node: f"isBlank({node}) || !COALESCE(REGEX(STR({node}), {value}), false)",
    SH.languageIn: _language,
    SH["in"]: lambda rules, value, node: f"!({' || '.join(f'sameTerm({node}, {_exact(each)})' for each in rules.listed(value))})",
    SH.hasValue: lambda _, value, node: f"!sameTerm({node}, {_exact(value)})",
    SH["not"]: lambda rules, value, node: f"!({rules.violated(value, node)})",
    SH["or"]: lambda rules, value, node: " && ".join(f"({rules.violated(each, node)})" for each in rules.listed(value)),
    SH.xone: _one,
    SH.node: lambda rules, value, node: rules.violated(value, node),
}
