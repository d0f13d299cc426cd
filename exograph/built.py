"""A dataset with what is needed to ask it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import cached_property
from typing import TYPE_CHECKING, Protocol

from exograph.prefixes import Prefixes
from exograph.terms import PREFIXES, SH

if TYPE_CHECKING:
    import pyoxigraph as ox
    from rdflib import Dataset

    from exograph.catalogue import Question
    from exograph.engines import Engine
    from exograph.places import Places
    from exograph.tables import Row

_DECLARED = f"SELECT ?prefix ?namespace WHERE {{ {PREFIXES} {SH.declare} ?one . ?one {SH.prefix} ?prefix ; {SH.namespace} ?namespace }}"


class Quads(Protocol):
    """Quads as they are written, which one may go through as often as one likes; a Dataset of pyoxigraph is such."""

    def __iter__(self) -> Iterator[ox.Quad]:
        """All quads."""

    def quads_for_graph_name(self, graph_name: ox.NamedNode) -> Iterator[ox.Quad]:
        """The quads of one graph."""


class Built:
    """A dataset: where its data stand, its prefixes, the engine that answers from it, and, fresh from the rows, the row of each thing.

    ``load`` gives its quads as they are written, as the store of Oxigraph turns every kind of integer into xsd:integer.
    """

    def __init__(
        self, places: Places, prefixes: Prefixes, engine: Engine, load: Callable[[], Quads], origins: Mapping[ox.NamedNode, Row] | None = None
    ) -> None:
        self.places, self.prefixes, self.engine, self.load = places, prefixes, engine, load
        self.origins = origins or {}
        self.questions: dict[str, Question] = {}  # those that have been asked, or come with the dataset
        self.bound: dict[tuple[str, str], ox.NamedNode | ox.Literal] = {}  # what values written for parameters have turned out to mean

    @cached_property
    def quads(self) -> Quads:
        """The quads, loaded when first used."""
        return self.load()

    @cached_property
    def dataset(self) -> Dataset:
        """The dataset as rdflib holds it, made when first used."""
        from exograph.interop import to_rdflib

        return to_rdflib(sorted(self.quads, key=lambda quad: str(quad.graph_name)), self.prefixes)

    def where(self, thing: ox.NamedNode) -> str:
        """File, line and id of the row that a thing comes from, or the CURIE of the thing."""
        row = self.origins.get(thing)
        return row.where if row else self.prefixes.contract(thing.value)


def prefixes_of(engine: Engine) -> Prefixes:
    """The prefixes that a dataset declares, those of its reviews among them."""
    return Prefixes({prefix.value: namespace.value for prefix, namespace in engine.select(_DECLARED).rows})
