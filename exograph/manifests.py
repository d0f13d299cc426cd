"""The manifest of a release: what each file must be, what each graph must hold; and whether they still do."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path, PurePosixPath
from typing import Any

from exograph import __version__
from exograph.errors import UsageError
from exograph.terms import GRAPH

MANIFEST = "manifest.json"
DATASET = "exograph.nq"


def described(data: bytes) -> dict[str, Any]:
    """Size and SHA-256 of a file."""
    return {"bytes": len(data), "sha256": hashlib.sha256(data).hexdigest()}


def read_described(path: Path) -> dict[str, Any]:
    """Size and SHA-256 of a file that is read piece by piece. Raises OSError."""
    with path.open("rb") as file:
        return {"bytes": path.stat().st_size, "sha256": hashlib.file_digest(file, "sha256").hexdigest()}


class Files:
    """The files that are written below a folder, with size and SHA-256 of each by its name."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.told: dict[str, dict[str, Any]] = {}

    def write(self, name: str, data: bytes | Iterable[bytes]) -> None:
        """Write a file, whole or piece by piece. Raises OSError."""
        path, digest, size = self.folder / name, hashlib.sha256(), 0
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("wb") as file:
            for piece in [data] if isinstance(data, bytes) else data:
                digest.update(piece)
                size += file.write(piece)
        self.told[name] = {"bytes": size, "sha256": digest.hexdigest()}


def manifest(files: Mapping[str, dict[str, Any]], counts: Mapping[str, int], version: str = __version__) -> bytes:
    """The manifest of files, size and SHA-256 by name, and of triples by graph, with the SHA-256 of what it says itself."""
    told = {"version": version, "graphs": dict(sorted(counts.items())), "files": dict(sorted(files.items()))}
    return (json.dumps({**told, "sha256": described(json.dumps(told).encode())["sha256"]}, indent=2) + "\n").encode()


def read_manifest(folder: Path) -> tuple[dict[str, dict[str, Any]], dict[str, int]]:
    """The files and the graphs that the manifest of a folder lists.

    Raises UsageError where there is none, or it is not of the form in which a release has it.
    """
    path = folder / MANIFEST
    try:
        data = path.read_bytes()
        written = json.loads(data)
        files, graphs = written["files"], written["graphs"]
        sound = all(type(entry["bytes"]) is int and isinstance(entry["sha256"], str) and _inside(name) for name, entry in files.items())
        sound = sound and all(type(count) is int for count in graphs.values())
    except OSError as error:
        raise UsageError(f"{path}: cannot be read ({error.strerror}) — name the folder of a release") from error
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise UsageError(f"{path}: no manifest of a release ({type(error).__name__}) — build the release anew") from error
    if not sound:
        raise UsageError(f"{path}: no manifest of a release (an entry is not of its form) — build the release anew")
    if data != manifest(files, graphs, str(written.get("version"))):
        raise UsageError(f"{path}: altered, it is not what its own SHA-256 says — build the release anew")
    return files, graphs


def _inside(name: str) -> bool:
    path = PurePosixPath(name)
    return bool(path.parts) and not path.is_absolute() and ".." not in path.parts and "\\" not in name and "\0" not in name


def held(folder: Path) -> set[str]:
    """The names of all files below a folder, links among them."""
    return {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_symlink() or not path.is_dir()}


def verify(folder: str | Path) -> list[str]:
    """Reread a release: a line for each file that is missing, altered or extra and for each graph of another size.

    Raises UsageError where the folder has no readable manifest, or a file cannot be read.
    """
    place = Path(folder)
    files, graphs = read_manifest(place)
    try:
        found = held(place)
        lines = [f"{name}: missing" for name in sorted(files.keys() - found)]
        lines += [f"{name}: extra, the manifest does not list it" for name in sorted(found - files.keys() - {MANIFEST})]
        for name in sorted(files.keys() & found):
            if not (place / name).is_file():
                lines.append(f"{name}: no regular file")
                continue
            now = read_described(place / name)
            if now["bytes"] != files[name]["bytes"]:
                lines.append(f"{name}: altered, {now['bytes']} bytes where the manifest says {files[name]['bytes']}")
            elif now != files[name]:
                lines.append(f"{name}: altered, its SHA-256 is {now['sha256']}")
        return lines + ([*_miscounted(place / DATASET, graphs)] if (place / DATASET).is_file() else [])
    except OSError as error:
        raise UsageError(f"{error.filename or place}: cannot be read ({error.strerror}) — mend its permissions") from error


def _miscounted(path: Path, graphs: Mapping[str, int]) -> Iterator[str]:
    import pyoxigraph as ox

    try:
        counts = Counter(quad.graph_name.value if isinstance(quad.graph_name, ox.NamedNode) else "" for quad in ox.parse(path=str(path)))
    except (SyntaxError, ValueError) as error:
        yield f"{DATASET}: not readable as N-Quads ({' '.join(str(error).split())[:200]})"
        return
    expected = {GRAPH[name].value: count for name, count in graphs.items()}
    for graph in sorted(expected.keys() | counts.keys()):
        if counts[graph] != expected.get(graph, 0):
            yield f"{DATASET}: {counts[graph]} quads in graph {graph or 'without a name'} where the manifest says {expected.get(graph, 0)}"
