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
    """Load N-Quads into a new entry of the cache, as the first command does, with the sizes against which an entry is held when it is opened."""
    import pyoxigraph

    from exograph import cache

    store = pyoxigraph.Store(str(entry / cache.STORE))
    store.bulk_load(path=str(quads))
    store.flush()
    del store
    (entry / cache.SIZES).write_text(json.dumps(cache.sizes(entry)), encoding="utf-8")
    if cache.sizes(entry) != json.loads((entry / cache.SIZES).read_text(encoding="utf-8")):
        raise OSError("a file of the entry is missing or cut")


def keep(root: Path, quads: Path) -> None:
    """Put N-Quads into the cache as the dataset of a folder, which then need not be built."""
    from exograph import cache
    from exograph.places import places

    entry = cache.place(places(root))
    shutil.rmtree(entry, ignore_errors=True)
    entry.mkdir(parents=True)
    (entry / cache.QUADS).hardlink_to(quads)
    load(entry / cache.QUADS, entry)


def export(root: Path) -> None:
    """Write a dataset that is at hand in memory as the N-Quads of a release, and print what that costs."""
    import exograph
    from exograph import formats

    dataset = exograph.dataset(root)
    start = _start()
    formats.nquads(quad for held in formats.quads(dataset).values() for quad in held)
    _told(start)


def session(root: Path) -> None:
    """Answer saved questions in one process."""
    import exograph
    from benchmarks.peers.session import serve

    def answer(job: dict[str, Any]) -> int:
        if topic := job.get("topic"):
            return len(exograph.compare(topic, root=root).rows)
        return len(exograph.ask(job["name"], root=root, **job["settings"]).rows)

    serve(answer)


def timed_load(quads: Path, entry: Path) -> None:
    """Load, and print what that costs, without the imports."""
    import pyoxigraph  # noqa: F401

    from exograph import cache  # noqa: F401

    entry.mkdir()
    start = _start()
    load(quads, entry)
    _told(start)


WORDS: dict[str, Callable[..., None]] = {"keep": keep, "load": timed_load, "export": export, "session": session}

if __name__ == "__main__":
    WORDS[sys.argv[1]](*map(Path, sys.argv[2:]))
