"""SHACL engines: shifty, which is fast, and pySHACL, the reference to which the tests hold it.

By default it is first asked of the store whether the data conform (exograph.setwise), and shifty tells what is at fault where they do not.

Both take data and shapes as N-Triples, look at nothing but the data (no shape is part of it and nothing is
inferred), and return the triples of the validation report.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable
from typing import Any

import pyoxigraph as ox

from exograph.errors import UsageError

Engine = Callable[[bytes, bytes], Iterable[ox.Triple]]
DEFAULT = "setwise"


def _shifty() -> Callable[[bytes, bytes], Iterable[Any]]:
    import shifty

    def run(data: bytes, shapes: bytes) -> Iterable[Any]:
        return shifty.validate(data, shapes, graph_mode="data", infer=False, on_unsupported="error")[1]

    return run


def _pyshacl() -> Callable[[bytes, bytes], Iterable[Any]]:
    import pyshacl
    from rdflib import Graph

    logging.getLogger("pyshacl-validate").disabled = True  # what it says to stderr stands in the report or the error

    def run(data: bytes, shapes: bytes) -> Iterable[Any]:
        graphs = [Graph(bind_namespaces="none").parse(data=each, format="nt") for each in (data, shapes)]
        report = pyshacl.validate(graphs[0], shacl_graph=graphs[1], inference="none", inplace=True)[1]
        if not isinstance(report, Graph):  # it returns the error in place of the report
            raise ValueError(report)
        return report

    return run


ENGINES = {DEFAULT: _shifty, "shifty": _shifty, "pyshacl": _pyshacl}


def engine(name: str = DEFAULT) -> Engine:
    """The engine of that name: a function of data and shapes, both N-Triples, that returns the triples of the validation report.

    Raises UsageError for a name other than setwise, shifty and pyshacl, and where pySHACL is not installed. The function itself
    raises UsageError for shapes that the engine cannot read or does not support.
    """
    if name not in ENGINES:
        raise UsageError(f"no SHACL engine {name} — use {', '.join(ENGINES)}")
    try:
        run = ENGINES[name]()
    except ImportError as error:
        raise UsageError(f"the SHACL engine {name} is not installed — pip install 'exograph[shacl]'") from error

    def told(data: bytes, shapes: bytes) -> Iterable[ox.Triple]:
        from exograph.interop import to_oxigraph

        try:
            return [ox.Triple(*map(to_oxigraph, triple)) for triple in run(data, shapes)]
        except Exception as error:  # whatever the engine raises for shapes that it cannot read
            raise UsageError(f"shapes/: cannot be run by {name} ({' '.join(str(error).split())[:200]})") from error

    return told
