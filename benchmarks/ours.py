"""exograph's own side of each case that no command covers: ``python -m benchmarks.ours``, a word, and its arguments.

``keep ROOT FILE`` puts N-Quads into the cache as the dataset of a folder; ``load FILE FOLDER``, ``export ROOT`` and ``session ROOT`` are the
contestants of the peers of the same names. What is used of the inside of exograph is used in ``load``, ``keep`` and ``export`` alone.
"""

from __future__ import annotations

import json
import shutil
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

Start = tuple[float, float]


def _start() -> Start:
    return time.perf_counter(), time.process_time()


def _told(start: Start) -> None:
    wall, cpu = start
    print(json.dumps({"cpu": time.process_time() - cpu, "wall": time.perf_counter() - wall}))


def load(quads: Path, entry: Path) -> None:
    """Load N-Quads into a new entry of the cache, as the first command does, and hold it against its list, as each command does that opens it."""
    from exograph import cache

    (entry / cache.QUADS).hardlink_to(quads)
    cache.load(entry)
    if not cache.whole(entry):
        raise OSError("a file of the entry is missing or cut")


def keep(root: Path, quads: Path) -> None:
    """Put N-Quads into the cache as the dataset of a folder, which then need not be built."""
    import pyoxigraph

    from exograph import cache
    from exograph.built import prefixes_of
    from exograph.engines import Oxigraph
    from exograph.places import places
    from exograph.terms import SH

    entry = cache.place(places(root))
    shutil.rmtree(entry, ignore_errors=True)
    entry.mkdir(parents=True)
    declaring = {SH.declare, SH.prefix, SH.namespace}
    held = pyoxigraph.Store()
    held.bulk_extend(quad for quad in pyoxigraph.parse(path=str(quads)) if quad.predicate in declaring)
    cache.tell(places(root), prefixes_of(Oxigraph(held)), entry)
    load(quads, entry)


def export(root: Path) -> None:
    """Write a dataset that is at hand in memory as the N-Quads of a release, and print what that costs."""
    from exograph import api, formats

    quads = api.built(root).quads
    start = _start()
    for _ in formats.merged(formats.nquads(quads).values()):
        pass
    _told(start)


def shapes(root: Path) -> None:
    """Hold a dataset in memory against the shapes, and print what that costs. Raises OSError where it does not conform."""
    import pyoxigraph

    from exograph import api, setwise, validation

    built = api.built(root)
    store, quads, rules = pyoxigraph.Store(), built.quads, validation.shapes(built.places)
    store.bulk_extend(quads)
    start = _start()
    if not setwise.conforms(store, quads, rules):
        raise OSError("the data do not conform to the shapes")
    _told(start)


def session(root: Path) -> None:
    """Answer saved questions in one process."""
    import exograph
    from benchmarks.peers.session import serve

    def answer(job: dict[str, Any]) -> int:
        if topic := job.get("topic"):
            return len(exograph.compare(topic, root=root).rows)
        return len(exograph.ask(job["name"], job["settings"], root=root).rows)

    serve(answer)


def timed_load(quads: Path, entry: Path) -> None:
    """Load, and print what that costs, without the imports."""
    import pyoxigraph  # noqa: F401

    from exograph import cache  # noqa: F401

    entry.mkdir()
    start = _start()
    load(quads, entry)
    _told(start)


WORDS: dict[str, Callable[..., None]] = {"keep": keep, "load": timed_load, "export": export, "shapes": shapes, "session": session}

if __name__ == "__main__":
    WORDS[sys.argv[1]](*map(Path, sys.argv[2:]))
