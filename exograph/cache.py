"""Built datasets kept between runs: a folder for each state of the data, which is opened and never changed.

The name of an entry is a digest of all that a dataset comes from, so that an entry cannot be out of date, only unused.
It holds the dataset as N-Quads, with every literal as it was written, the same as a store of Oxigraph, which opens at once
whatever its size, and the saved questions as they were read. An entry is made beside its place and renamed into it: a process sees
all of it or none. The wheel carries the entry of its own data.
"""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import Any

import pyoxigraph as ox

from exograph.built import Built, Quads
from exograph.catalogue import Parameter, Question
from exograph.engines import Oxigraph, line
from exograph.errors import UsageError
from exograph.places import CARRIED, Places
from exograph.prefixes import Prefixes
from exograph.state import below, digest
from exograph.writing import flush

QUADS = "dataset.nq"
STORE = "store"
CATALOGUE = "catalogue.json"  # prefixes and saved questions
LIST = "files.json"
READY = "ready"
KEPT = 4
STALE = 3600  # seconds after which what a process that was killed has left behind is cleared away


def home() -> Path:
    """Where the datasets are kept for the user."""
    from platformdirs import user_cache_path

    return user_cache_path("exograph", appauthor=False)


def place(root: Places) -> Path:
    """Where the dataset of a folder is kept for the user, once it is built."""
    kept = home()
    return kept / digest(root, kept / "known")


def carried(root: Places) -> Path | None:
    """The dataset of a folder that the wheel carries with it; None where it carries none."""
    entry = root.root / READY
    return entry if root.root == CARRIED and entry.is_dir() else None


def ready(root: Places) -> Path | None:
    """The entry that opens at once; None where one has to be made first."""
    entry = carried(root)
    if entry is None or _told(entry).get("pyoxigraph") != ox.__version__:
        entry = place(root)
    return entry if entry.exists() else None


def say(text: str) -> None:
    """One line about the cache, on stderr."""
    sys.stderr.write(f"exograph: {text}\n")


def opened(root: Places) -> Built:
    """The dataset of a folder: out of the wheel or the cache, else built and put there.

    An entry that is damaged is thrown away and made anew, and that is said in one line; where nothing can be written the dataset
    is built in memory. What is raised: see graphs.build.
    """
    if entry := ready(root):
        try:
            return _open(root, entry)
        except (OSError, ValueError, RuntimeError) as error:
            drop(entry, line(error))
    entry = place(root)
    built = _made(root)
    if digest(root) != entry.name:
        return built  # a file was changed meanwhile, and nobody can say which state was read
    try:
        keep(built, entry)
        return _open(root, entry)
    except (OSError, ValueError, RuntimeError) as error:
        say(f"the dataset cannot be kept in {entry.parent} ({getattr(error, 'strerror', None) or error}); it is built at every call")
    return built


def drop(entry: Path, why: str) -> None:
    """Throw an entry away, and say so."""
    import shutil

    say(f"the dataset kept in {entry} is damaged ({why[:100]}); it is made anew")
    shutil.rmtree(entry, ignore_errors=True)


def _told(entry: Path) -> dict[str, Any]:
    try:
        found = json.loads((entry / LIST).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


def _made(root: Places) -> Built:
    """A dataset made anew: out of the quads in the wheel, where another version of Oxigraph has written the store beside them, else of the rows."""
    entry = carried(root)
    if entry is None or not whole(entry):
        from exograph.graphs import build

        return build(root.root)
    return _holding(root, entry, Oxigraph(loaded(entry)))


def loaded(entry: Path) -> ox.Store:
    """The quads of an entry in the memory."""
    store = ox.Store()
    store.bulk_load(path=str(entry / QUADS))
    return store


def _open(root: Places, entry: Path) -> Built:
    """Open an entry. Raises OSError, ValueError or RuntimeError where it is not whole."""
    if not whole(entry):
        raise ValueError("a file of it is missing or changed")
    return _holding(root, entry, Oxigraph(ox.Store.read_only(str(entry / STORE)), lambda why: drop(entry, why)))


def _holding(root: Places, entry: Path, engine: Oxigraph) -> Built:
    """What an entry holds, answered by an engine. Raises OSError or ValueError where its list of prefixes and questions is not whole."""
    held = json.loads((entry / CATALOGUE).read_text(encoding="utf-8"))
    built = Built(root, Prefixes(held["prefixes"]), engine, lambda: _quads(root, entry))
    built.questions |= {name: _question(name, told, root) for name, told in held["questions"].items()}
    return built


def _quads(root: Places, entry: Path) -> Quads:
    """The quads of an entry, or, where another process has dropped it as long unused, of the rows. Raises UsageError where these have changed."""
    try:
        return ox.Dataset(ox.parse(path=str(entry / QUADS)))
    except FileNotFoundError as error:
        if digest(root) != entry.name:
            raise UsageError(f"{entry}: gone, and the data have changed since it was opened — run it again") from error
        from exograph.graphs import build

        return build(root.root).quads


def _question(name: str, told: dict[str, Any], root: Places) -> Question:
    """A saved question as an entry has it."""
    parameters = tuple(Parameter(*parameter) for parameter in told.pop("parameters"))
    return Question(name=name, path=root.queries / "ask" / f"{name}.rq", parameters=parameters, federated=tuple(told.pop("federated")), **told)


def keep(built: Built, entry: Path) -> None:
    """Write an entry for a dataset, unless another process has done so meanwhile, and drop entries long unused. Raises OSError."""
    import shutil
    import tempfile

    entry.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".making-", dir=entry.parent) as made:
        fresh = Path(made) / "entry"
        fresh.mkdir()
        ox.serialize(built.quads, str(fresh / QUADS), format=ox.RdfFormat.N_QUADS)
        tell(built.places, built.prefixes, fresh)
        load(fresh)
        flush(fresh)
        try:
            fresh.rename(entry)
        except OSError:
            if not entry.exists():
                raise
    for old in unused(entry):
        shutil.rmtree(old, ignore_errors=True)


def tell(root: Places, prefixes: Prefixes, entry: Path) -> None:
    """Write the prefixes and the saved questions of a folder to an entry."""
    from exograph.catalogue import read_questions

    told = {question.name: question._asdict() for question in read_questions(root)}
    for one in told.values():
        del one["name"], one["path"]
    (entry / CATALOGUE).write_text(json.dumps({"prefixes": dict(prefixes.map), "questions": told}), encoding="utf-8")


def load(entry: Path) -> None:
    """Load the N-Quads of an entry into its store, and list its files. Raises OSError."""
    store = ox.Store(str(entry / STORE))
    store.bulk_load(path=str(entry / QUADS))
    store.flush()
    del store
    sizes, made = files(entry)
    (entry / LIST).write_text(json.dumps({"pyoxigraph": ox.__version__, "sizes": sizes, "made": made}), encoding="utf-8")


def unused(entry: Path) -> list[Path]:
    """What stands beside an entry and can go: all but the latest entries, and what processes that were killed have left."""
    import time

    beside = [(path.stat().st_mtime, path) for path in entry.parent.iterdir() if path.is_dir()]
    entries = sorted(found for found in beside if len(found[1].name) == len(entry.name))
    left = [path for changed, path in beside if path.name.startswith(".making-") and changed < time.time() - STALE]
    return [path for _, path in entries[:-KEPT]] + left


def files(entry: Path) -> tuple[dict[str, int], int]:
    """The size in bytes of each file of an entry, but for the list itself, the lock and what Oxigraph logs, and when one was changed last."""
    found = {name: os.stat(path) for name, path in below(str(entry))}  # noqa: PTH116 - see state.files
    kept = {name: seen for name, seen in found.items() if name != LIST and not name.startswith((f"{STORE}/LOG", f"{STORE}/LOCK"))}
    return {name: seen.st_size for name, seen in kept.items()}, max((seen.st_mtime_ns for seen in kept.values()), default=0)


def whole(entry: Path) -> bool:
    """Whether an entry holds the files that its list names, none of another size or, unless they were unpacked with the package, changed since."""
    told, (sizes, changed) = _told(entry), files(entry)
    return sizes == told.get("sizes") and (entry.parent == CARRIED or changed <= told.get("made", 0))
