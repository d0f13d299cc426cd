"""Faults made out of the shapes: data spoilt so that each constraint has something to find, the same at each run of a seed.

Values that are held against a bound or against another property stay comparable, as pySHACL is no reference for others: see
test_shacl_engines.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from random import Random
from typing import cast

from rdflib import RDF, RDFS, XSD, BNode, Graph, Literal, URIRef
from rdflib.collection import Collection
from rdflib.term import Node

from tests.rdf import SH
from tests.shacl import spelt

STRANGE = URIRef("urn:fault:thing")  # of no class, in no list, of no pattern
LOGICAL = (SH["or"], SH.xone, SH["and"])
COMPARING = (SH.minInclusive, SH.maxInclusive, SH.lessThan, SH.lessThanOrEquals)
PAIRED = (SH.lessThan, SH.lessThanOrEquals, SH.disjoint)  # hold nothing against a property that the thing has not
VARIANTS = 3  # faults at most for a constraint
Triple = tuple[Node, Node, Node]


def ordered(terms: Iterable[Node]) -> list[Node]:
    """Terms in an order that is the same at each run."""
    return sorted(terms, key=spelt)


@dataclass(frozen=True)
class Fault:
    """Triples to take away and triples to put in their place."""

    drop: list[Triple]
    add: list[Triple]


@dataclass(frozen=True)
class Spot:
    """A constraint of a shape on one thing: the data, the thing, the name of the property with its values, and what the constraint says."""

    data: Graph
    focus: Node
    name: Node
    values: list[Node]
    limit: Node
    compared: bool  # whether the values are held against a bound or another property

    @property
    def strange(self) -> Node:
        """A value that fits nothing; where values are compared, one that can be."""
        return self.shifted(self.text() if self.values else 1, 1) if self.compared else STRANGE

    def instead(self, *values: Node) -> Fault:
        """Values in place of the first, which may be missing."""
        return Fault([(self.focus, self.name, value) for value in self.values[:1]], [(self.focus, self.name, value) for value in values])

    def beside(self, *values: Node) -> Fault:
        """Values beside those there are."""
        return Fault([], [(self.focus, self.name, value) for value in values])

    def without(self) -> Fault:
        """No value at all."""
        return Fault([(self.focus, self.name, value) for value in self.values], [])

    def text(self) -> str:
        """The first value as text."""
        return str(self.values[0]) if self.values else "cheese"

    def other(self, name: Node) -> list[Node]:
        """The values of another property of the thing."""
        return ordered(self.data.objects(self.focus, name))

    def shifted(self, number: object, by: int) -> Literal:
        """A number or a date some steps away, of the datatype of the value."""
        kind = next((v.datatype for v in self.values if isinstance(v, Literal)), XSD.integer)
        return Literal(re.sub(r"^-?\d+", lambda lead: str(int(lead[0]) + by), str(number)), datatype=kind)


def _reshaped(spot: Spot) -> list[Fault]:
    text = Literal(spot.text())
    if spot.limit == XSD.string or spot.compared:
        return [spot.instead(Literal(spot.text(), lang="de") if spot.limit == XSD.string else text)]
    ill = text if spot.limit == RDF.langString else Literal("no such value", datatype=cast("URIRef", spot.limit))
    return [spot.instead(Literal(spot.text(), datatype=XSD.token)), spot.instead(ill), spot.instead(STRANGE)]


def _unlike(spot: Spot) -> list[Fault]:
    value = spot.values[0] if spot.values else Literal("")
    marred = Literal(f"§ {spot.text()} §", value.language, None if value.language else value.datatype) if isinstance(value, Literal) else STRANGE
    return [spot.instead(marred), spot.instead(BNode("fault"))]


def _far(spot: Spot, by: int) -> list[Fault]:
    return [spot.instead(spot.shifted(number, by)) for number in spot.other(spot.limit)[:1]]


# For each constraint, faults that it must find.
FAULTS: dict[Node, Callable[[Spot], list[Fault]]] = {
    SH.minCount: lambda spot: [spot.without()],
    SH.maxCount: lambda spot: [spot.beside(*ordered(set(spot.data.objects(None, spot.name)) - set(spot.values))[:2], spot.strange)],
    SH["class"]: lambda spot: [spot.instead(STRANGE), spot.instead(Literal(spot.text())), spot.beside(spot.focus)],
    SH.datatype: _reshaped,
    SH.nodeKind: lambda spot: [spot.instead(Literal(spot.text())), spot.instead(BNode("fault"))],
    SH.pattern: _unlike,
    SH.minLength: lambda spot: [spot.instead(Literal(""))],
    SH.minInclusive: lambda spot: [spot.instead(spot.shifted(spot.limit, -1)), spot.instead(Literal("few")), spot.instead(STRANGE)],
    SH.maxInclusive: lambda spot: [spot.instead(spot.shifted(spot.limit, 1)), spot.instead(Literal("many")), spot.instead(STRANGE)],
    SH.languageIn: lambda spot: [spot.instead(Literal(spot.text(), lang="de")), spot.instead(Literal(spot.text()))],
    SH.hasValue: lambda spot: [Fault([(spot.focus, spot.name, spot.limit)], []), spot.instead(STRANGE)],
    SH["in"]: lambda spot: [spot.instead(STRANGE), spot.beside(STRANGE)],
    SH.lessThan: lambda spot: [*_far(spot, 1), *_far(spot, 0), spot.instead(Literal("few"))],
    SH.lessThanOrEquals: lambda spot: [*_far(spot, 1), spot.instead(Literal("few"))],
    SH.equals: lambda spot: [spot.beside(STRANGE), spot.without()],
    SH.disjoint: lambda spot: [spot.beside(*spot.other(spot.limit))],
    SH.closed: lambda spot: [Fault([], [(spot.focus, URIRef("urn:fault:property"), Literal("cheese"))])],
}


def parts(shape: Node, rules: Graph) -> Iterator[tuple[Node | None, Node, Node]]:
    """What a shape demands, by itself and by the shapes that it is made of: property at the first step of its path, parameter, limit."""
    path = rules.value(shape, SH.path)
    while isinstance(path, BNode):
        path = rules.value(path, RDF.first) or rules.value(path, SH.inversePath)
    yield from (
        (path, parameter, limit) for parameter, limit in sorted(rules.predicate_objects(shape), key=lambda pair: [spelt(term) for term in pair])
    )
    members = [member for name in LOGICAL for each in rules.objects(shape, name) for member in Collection(rules, each)]
    for part in [*ordered(rules.objects(shape, SH.property)), *members, *rules.objects(shape, SH["not"])]:
        yield from parts(part, rules)


def compared(rules: Graph) -> set[Node]:
    """The properties whose values are held against a bound or another property, and these others."""
    pairs = {(rules.value(shape, SH.path), limit) for name in COMPARING for shape, limit in rules.subject_objects(name)}
    return {property_ for pair in pairs for property_ in pair if property_ is not None}


def aimed(data: Graph, rules: Graph, random: Random) -> Iterator[Fault]:
    """For each constraint of each shape with a target its faults, each at a thing drawn from those that the shape looks at."""
    careful = compared(rules)
    for shape in ordered(set(rules.subjects(SH.targetClass))):
        classes = {sub for cls in rules.objects(shape, SH.targetClass) for sub in data.transitive_subjects(RDFS.subClassOf, cls)}
        things = ordered({thing for cls in classes for thing in data.subjects(RDF.type, cls)})
        for path, parameter, limit in parts(shape, rules):
            for number in range(VARIANTS if parameter in FAULTS else 0):
                held = [thing for thing in things if (thing, limit, None) in data] if parameter in PAIRED else things
                focus, name = random.choice(held or things), path or RDF.type
                spot = Spot(data, focus, name, ordered(data.objects(focus, name)), limit, name in careful)
                yield from FAULTS[parameter](spot)[number : number + 1]


def blind(data: Graph, rules: Graph, random: Random, number: int) -> Iterator[Fault]:
    """Faults at triples drawn at random: the triple lost, or its object or its property swapped with that of another."""
    careful = compared(rules)
    named = (triple for triple in data if triple[1] not in careful and not any(isinstance(term, BNode) for term in triple))
    whole = sorted(named, key=lambda triple: [spelt(term) for term in triple])
    drawn = random.sample(whole, 2 * number)
    for (s, p, o), (_, other, value) in zip(drawn[:number], drawn[number:], strict=True):
        yield random.choice([Fault([(s, p, o)], []), Fault([(s, p, o)], [(s, p, value)]), Fault([], [(s, p, value)]), Fault([], [(s, other, o)])])


def spoilt(data: Graph, faults: list[Fault]) -> Graph:
    """A copy of the data with the faults in it."""
    made = Graph(bind_namespaces="none")
    made += data
    for fault in faults:
        for triple in fault.drop:
            made.remove(triple)
        made.addN((*triple, made) for triple in fault.add)
    return made
