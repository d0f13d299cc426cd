"""What stands below what, as a tree to be read."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple


class Node(NamedTuple):
    """A thing in a tree with what stands below it; where it stands for another time, what is below it is left out."""

    thing: str
    first: bool
    below: list[Node]


def trees(pairs: Iterable[tuple[str, str | None]]) -> list[Node]:
    """The trees that pairs of a thing and what it stands below make, in the order of the pairs; a thing with two above stands below both."""
    above: dict[str, set[str]] = {}
    below: dict[str, list[str]] = {}
    for thing, upper in pairs:
        above.setdefault(thing, set())
        if upper and upper not in above[thing]:
            above[thing].add(upper)
            below.setdefault(upper, []).append(thing)
    seen: set[str] = set()

    def node(thing: str) -> Node:
        if thing in seen:
            return Node(thing, False, [])
        seen.add(thing)
        return Node(thing, True, [node(one) for one in below.get(thing, ())])

    roots = [thing for thing in above if not above[thing] & above.keys()]
    return [node(thing) for thing in roots] + [node(thing) for thing in above if thing not in seen]


def ontology(classes: Iterable[Mapping[str, Any]], members: Iterable[Mapping[str, Any]]) -> tuple[list[Node], dict[str, list[Node]]]:
    """The tree of the classes, and for each class the trees of its members."""
    by_class: dict[str, list[tuple[str, str | None]]] = {}
    for row in members:
        by_class.setdefault(row["class"], []).append((row["member"], row["broader"]))
    return trees((row["class"], row["above"]) for row in classes), {name: trees(pairs) for name, pairs in by_class.items()}
