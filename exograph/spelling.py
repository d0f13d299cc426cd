"""How literals are spelt, which a store of Oxigraph does not keep: every kind of integer becomes xsd:integer there, and a number is written anew.

So what depends on the spelling is looked up in the quads, and whether the store still tells apart what must be told apart.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Any

import pyoxigraph as ox

from exograph.terms import INTEGERS, JUDGED, RDF, XSD, well_formed

Numbers = Mapping[ox.NamedNode, set[ox.Literal]]  # for each property its values that are no plain text
Typed = dict[ox.NamedNode, list[tuple[ox.NamedNode, str]]]  # for each property the datatypes that it should have, each with that for which it should
_TEXTS = {XSD.string, RDF.langString}  # datatypes that the store leaves alone
CHECKED = {XSD[name] for name in JUDGED} | {RDF.langString}  # datatypes that can be told of quads
RENAMED = {XSD[name] for name in INTEGERS}  # datatypes that the store turns into one


def surveyed(quads: Iterable[ox.Quad], typed: Typed) -> tuple[dict[str, set[Any]], Numbers]:
    """What has a value that is no well-formed literal of the datatype it should be of, by that for which it should; and all numbers."""
    faulty: dict[str, set[Any]] = defaultdict(set)
    numbers: dict[ox.NamedNode, set[ox.Literal]] = defaultdict(set)
    for quad in quads:
        name, value = quad.predicate, quad.object
        datatype = value.datatype if isinstance(value, ox.Literal) else None
        if isinstance(value, ox.Literal) and datatype not in _TEXTS:
            numbers[name].add(value)
        for wanted, which in typed.get(name, ()):
            if not (isinstance(value, ox.Literal) and datatype == wanted and well_formed(value)):
                faulty[which].add(quad.subject)
    return faulty, numbers


def faithful(numbers: Numbers, matched: Iterable[tuple[Any, Any]], constants: Iterable[ox.Literal]) -> bool:
    """Whether a store keeps the texts of numbers and constants, and tells apart those of one property and of two that are matched."""
    every = {each for each in constants if each.datatype not in _TEXTS}.union(*numbers.values())
    together = [*numbers.values(), *(numbers.get(one, set()) | numbers.get(other, set()) for one, other in matched)]
    return {each.value for each in _kept(every)} == {each.value for each in every} and all(len(_kept(each)) == len(each) for each in together)


def _kept(values: Iterable[ox.Literal]) -> set[Any]:
    """Literals as a store gives them back."""
    store = ox.Store()
    store.bulk_extend(ox.Quad(RDF.nil, RDF.value, value) for value in values)
    return {quad.object for quad in store}
