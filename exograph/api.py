"""What ``import exograph`` offers to who asks: the words of the command line as functions.

Every function takes ``root``, the folder of the data; without it see exograph.places. The dataset is
built once for each state of the data and kept (exograph.cache); a process holds on to what it has opened.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from exograph import __version__, catalogue
from exograph.answers import Answer, answer
from exograph.built import Built
from exograph.cache import opened
from exograph.engines import ENGINES, Engine
from exograph.errors import UsageError
from exograph.places import ROOT_VARIABLE, places
from exograph.terms import Value

if TYPE_CHECKING:
    from pyoxigraph import NamedNode
    from rdflib import Dataset

SECONDS = 60.0  # for which another endpoint is waited for
_GRAPHS = "SELECT ?graph (COUNT(*) AS ?triples) WHERE { GRAPH ?graph { ?s ?p ?o } } GROUP BY ?graph ORDER BY ?graph"


@lru_cache(maxsize=4)
def _built(root: Path) -> Built:
    return opened(places(root))


@lru_cache(maxsize=16)
def _root(given: str | Path | None, told: str | None, here: str) -> Path:
    """The folder of the data, looked up once for each of what it depends on, as an answer takes less time than the file system."""
    return places(given).root


def built(root: str | Path | None = None, endpoint: str | None = None) -> Built:
    """The dataset of a folder with its prefixes and its engine, opened or built at the first call.

    With ``endpoint``, the address of a SPARQL endpoint that holds a release, that is asked instead, by the questions of the folder.
    """
    if endpoint:
        from exograph.remote import remote

        return remote(places(root), endpoint)
    return _built(_root(root, os.environ.get(ROOT_VARIABLE), os.getcwd()))  # noqa: PTH109 - as text


def engine(found: Built, name: str, federate: Sequence[str] = (), wait: float = SECONDS) -> Engine:
    """The engine of that name over a dataset; where endpoints are named that may be asked, the one that asks them, see federation.

    Raises UsageError for a name other than oxigraph and rdflib, and for an endpoint that is none.
    """
    if name not in ENGINES:
        raise UsageError(f"no engine {name} — use {' or '.join(ENGINES)}")
    if not found.engine.local and (name != "oxigraph" or federate):
        raise UsageError(f"an endpoint answers by itself — leave out {'--federate' if federate else '--engine'}")
    if federate or wait != SECONDS:
        from exograph.endpoints import endpoints
        from exograph.federation import Federated

        if (allowed := endpoints(federate, wait)).addresses:
            return Federated(found.dataset, allowed)
    if name == "oxigraph":
        return found.engine
    from exograph.interop import Rdflib

    return Rdflib(found.dataset)


def dataset(root: str | Path | None = None) -> Dataset:
    """The whole dataset as rdflib holds it: a named graph for the ontology, each review, what is derived."""
    return built(root).dataset


def questions(root: str | Path | None = None) -> Answer:
    """The saved questions: name, question in words, topic, parameters, columns."""
    return catalogue.questions(places(root))


def ask(  # noqa: PLR0913, PLR0917 - what the command takes
    name: str,
    settings: Mapping[str, str] | None = None,
    /,
    root: str | Path | None = None,
    using: str = "oxigraph",
    federate: Sequence[str] = (),
    wait: float = SECONDS,
    endpoint: str | None = None,
    **parameters: str,
) -> Answer:
    """Answer a saved question; parameters are given as CURIE, IRI, label or value, by name, or in a mapping where one is called like an option.

    ``federate`` names the endpoints that may be asked, each as its address or as ``address=mirror``, and ``wait`` how many
    seconds one may take; ``endpoint`` see built. Raises UsageError for an unknown question, parameter or value, for an endpoint
    that is not named and for one that does not answer, RowsError for faulty rows.
    """
    found = built(root, endpoint)
    given = {key: str(value) for key, value in {**(settings or {}), **parameters}.items()}
    return catalogue.ask(found, name, given, engine(found, using, federate, wait))


def compare(  # noqa: PLR0913 - what the command takes
    topic: str,
    criteria: Sequence[str] = (),
    root: str | Path | None = None,
    using: str = "oxigraph",
    *,
    long: bool = False,
    across: bool = False,
    since: int | None = None,
    sources: Sequence[str] = (),
    endpoint: str | None = None,
) -> Answer:
    """The comparison of a topic by one review as a matrix, or, ``long``, as a row a claim; on all criteria or those named.

    With ``across``, how many sources stand which way: all, or those of the keys in ``sources`` from the year ``since`` on; without it
    ``sources`` may name the review to compare by. ``endpoint`` see built. Raises UsageError for an unknown topic, criterion or source.
    """
    from exograph import agreement, comparison

    found = built(root, endpoint)
    asked = engine(found, using)
    if across:
        if long:
            raise UsageError("--long is for one review — ask the question stances for a row a stance")
        return agreement.matrix(agreement.tallies(found, topic, criteria, since, sources, asked), comparison.find_topic(found, topic)[1])
    if since or len(sources) > 1:
        raise UsageError("a comparison is of one review — add --across to count several")
    laid_out = comparison.claims if long else comparison.compare
    return laid_out(found, topic, criteria, asked, *sources)


def disputes(
    about: str | None = None,
    topic: str | None = None,
    root: str | Path | None = None,
    using: str = "oxigraph",
    endpoint: str | None = None,
) -> Answer:
    """Where sources contradict each other or themselves, the strongest first, with the sources on either side.

    ``about`` is a thing or a criterion, by CURIE, IRI or label, ``topic`` as in compare; ``endpoint`` see built.
    Raises UsageError for what is neither.
    """
    from exograph import agreement, comparison

    found = built(root, endpoint)
    settings = {**(agreement.named(found, about) if about else {}), **({"class": comparison.find_topic(found, topic)[0]} if topic else {})}
    return agreement.disputes(found, settings, engine(found, using))


def explain(subject: str, criterion: str, root: str | Path | None = None, using: str = "oxigraph", endpoint: str | None = None) -> Answer:
    """Every statement of the sources on a thing by a criterion, for and against, with source and place; ``endpoint`` see built.

    Raises UsageError for an unknown thing or criterion.
    """
    from exograph import agreement

    found = built(root, endpoint)
    return agreement.explain(found, subject, criterion, engine(found, using))


def sparql(  # noqa: PLR0913, PLR0917 - what the command takes
    query: str,
    root: str | Path | None = None,
    using: str = "oxigraph",
    federate: Sequence[str] = (),
    wait: float = SECONDS,
    endpoint: str | None = None,
) -> Answer:
    """Answer a SPARQL query over the union of the named graphs, or over those that its FROM clauses name.

    ASK gives one truth value, CONSTRUCT and DESCRIBE give triples. SERVICE asks the endpoints that ``federate`` names,
    see ask; ``endpoint`` see built. Raises UsageError where it cannot be run.
    """
    found = built(root, endpoint)
    return answer(engine(found, using, federate, wait).solve(query), found.prefixes)


def resolve(found: Built, identifier: str) -> NamedNode:
    """The IRI of a thing that is named by CURIE, IRI or bare id. Raises UsageError where there is none."""
    iri = catalogue.identifier(found.prefixes, identifier)
    candidates = [iri] if iri else [catalogue.identifier(found.prefixes, f"{key}:{identifier}") for key in catalogue.reviews(found)]
    known = [candidate for candidate in candidates if candidate and catalogue.known(found, candidate)]
    if len(known) != 1:
        problem = "stands in several reviews" if known else "is nothing in the graph"
        raise UsageError(f"{identifier} {problem} — write a CURIE such as han2023:r005 or exog:precipitation")
    return known[0]


def show(
    identifier: str, root: str | Path | None = None, source: str | Path | None = None, using: str = "oxigraph", endpoint: str | None = None
) -> Answer:
    """What the graph holds of a thing, with the passages that it is anchored at where the text is at hand; ``endpoint`` see built.

    Raises UsageError for an unknown thing, SourceError where the text is not the pinned one.
    """
    from exograph import passages

    found = built(root, endpoint)
    thing = resolve(found, identifier)
    held = catalogue.ask(found, "describe", {"thing": thing.value}, engine(found, using))
    words = passages.passages(found, thing, passages.sources(found, source))
    return Answer(held.columns, [*held.rows, *((passages.PASSAGE, slice_, place) for place, slice_ in words)])


def info(root: str | Path | None = None) -> Answer:
    """Which data is in use, and how much of what it holds: entry and value."""
    found = built(root)
    rows: list[tuple[Value, ...]] = [("version", __version__), ("data", str(found.places.root))]
    rows += [(f"things of the class {label}", count) for _, label, count in catalogue.ask(found, "contents").rows]
    rows += [(f"triples of {name}", count) for name, count in answer(found.engine.select(_GRAPHS), found.prefixes).rows]
    return Answer(("entry", "value"), rows)
