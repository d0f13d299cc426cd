"""Built datasets kept between runs: a folder for each state of the data, which is opened and never changed.

The name of an entry is a digest of all that a dataset comes from, so that an entry cannot be out of date, only unused.
It holds the dataset as N-Quads, with every literal as it was written, and the same as a store of Oxigraph, which opens at once
whatever its size. An entry is made beside its place and renamed into it: a process sees all of it or none.
"""

from __future__ import annotations

import hashlib
import json
import logging
import shutil
import tempfile
from collections.abc import Iterator
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING

from platformdirs import user_cache_path
from rdflib import Dataset, URIRef

from exograph import __version__
from exograph.engines import Oxigraph, from_oxigraph, to_oxigraph
from exograph.errors import UsageError
from exograph.graphs import Built, build, prefixes_of
from exograph.places import Places
from exograph.prefixes import Prefixes

if TYPE_CHECKING:
    import pyoxigraph

QUADS = "dataset.nq"
STORE = "store"
SIZES = "sizes.json"
KEPT = 4
_LOG = logging.getLogger(__name__)


def digest(root: Places) -> str:
    """A digest of what the dataset of a folder comes from: ontology, rows, queries, the code, and who writes the store.

    Raises UsageError where a file cannot be read.
    """
    import pyoxigraph

    code = Path(__file__).parent
    found = [(f"code/{path.name}", path) for path in code.glob("*.py")]
    for room in (root.ontology, root.reviews, root.queries):
        found += [(root.name(path), path) for path in room.rglob("*") if path.is_file() and not path.name.endswith(".expected.tsv")]
    total = hashlib.sha256(f"exograph {__version__} pyoxigraph {pyoxigraph.__version__}".encode())
    for name, path in sorted(found):
        try:
            data = path.read_bytes()
        except OSError as error:
            raise UsageError(f"{name}: cannot be read ({error.strerror}) — mend its permissions") from error
        total.update(f"\n{name} {hashlib.sha256(data).hexdigest()}".encode())
    return total.hexdigest()


def place(root: Places) -> Path:
    """Where the dataset of a folder is kept, once it is built."""
    return user_cache_path("exograph", appauthor=False) / digest(root)


def opened(root: Places) -> Built:
    """The dataset of a folder: out of the cache, else built and put there.

    An entry that is damaged is thrown away and made anew, and that is said in one line; where nothing can be written the dataset
    is built in memory. What is raised: see graphs.build.
    """
    entry = place(root)
    if entry.exists():
        try:
            return _open(root, entry)
        except (OSError, ValueError) as error:
            _LOG.warning("exograph: the dataset kept in %s is damaged (%s); it is made anew", entry, " ".join(str(error).split())[:100])
            shutil.rmtree(entry, ignore_errors=True)
    built = build(root.root)
    if digest(root) != entry.name:
        return built  # a file was changed meanwhile, and nobody can say which state was read
    try:
        _keep(built, entry)
    except OSError as error:
        _LOG.warning("exograph: the dataset cannot be kept in %s (%s); it is built at every call", entry.parent, error.strerror or error)
    return built


def _open(root: Places, entry: Path) -> Built:
    """Open an entry. Raises OSError or ValueError where it is not whole."""
    import pyoxigraph

    expected = json.loads((entry / SIZES).read_text(encoding="utf-8"))
    if sizes(entry) != expected:
        raise ValueError("a file of it is missing or cut")
    engine = Oxigraph(pyoxigraph.Store.read_only(str(entry / STORE)))
    prefixes = prefixes_of(engine)
    return Built(root, prefixes, engine, lambda: _load(entry / QUADS, prefixes))


def _load(path: Path, prefixes: Prefixes) -> Dataset:
    """The dataset as rdflib holds it, out of N-Quads."""
    import pyoxigraph

    dataset = Dataset(default_union=True)
    for name, quads in groupby(pyoxigraph.parse(path=str(path)), key=lambda quad: str(quad.graph_name.value)):
        graph = dataset.graph(URIRef(name))
        graph.addN((from_oxigraph(quad.subject), from_oxigraph(quad.predicate), from_oxigraph(quad.object), graph) for quad in quads)
    prefixes.bind(dataset)
    return dataset


def _quads(dataset: Dataset) -> Iterator[pyoxigraph.Quad]:
    import pyoxigraph as ox

    for graph in dataset.graphs():
        if isinstance(graph.identifier, URIRef):
            name = ox.NamedNode(str(graph.identifier))
            for s, p, o in graph:
                yield ox.Quad(to_oxigraph(s), to_oxigraph(p), to_oxigraph(o), name)


def _keep(built: Built, entry: Path) -> None:
    """Write an entry for a dataset, unless another process has done so meanwhile, and drop entries long unused. Raises OSError."""
    import pyoxigraph

    entry.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".making-", dir=entry.parent) as place:
        fresh = Path(place) / "entry"
        fresh.mkdir()
        pyoxigraph.serialize(_quads(built.dataset), str(fresh / QUADS), format=pyoxigraph.RdfFormat.N_QUADS)
        store = pyoxigraph.Store(str(fresh / STORE))
        store.bulk_load(path=str(fresh / QUADS))
        store.flush()
        del store
        (fresh / SIZES).write_text(json.dumps(sizes(fresh)), encoding="utf-8")
        try:
            fresh.rename(entry)
        except OSError:
            if not entry.exists():
                raise
    others = sorted((path for path in entry.parent.iterdir() if len(path.name) == len(entry.name)), key=lambda path: path.stat().st_mtime)
    for old in others[:-KEPT]:
        shutil.rmtree(old, ignore_errors=True)


def sizes(entry: Path) -> dict[str, int]:
    """The size in bytes of each file of an entry, but for the list itself, the lock and what Oxigraph logs."""
    found = {path.relative_to(entry).as_posix(): path.stat().st_size for path in entry.rglob("*") if path.is_file()}
    return {name: size for name, size in found.items() if name != SIZES and not name.startswith((f"{STORE}/LOG", f"{STORE}/LOCK"))}
