"""Which state the data of a folder are in: a digest of all that its dataset comes from."""

from __future__ import annotations

import os
import time
import zlib
from collections.abc import Iterator
from pathlib import Path

import pyoxigraph

from exograph import __version__
from exograph.errors import UsageError
from exograph.places import Places

SETTLED = 2.0  # seconds after which a file system surely tells a second change of a file from the first
_EXPECTED = ".expected.tsv"


def files(root: Places) -> dict[str, str]:
    """What a dataset comes from: ontology, rows, queries and the code, by the name under which the digest has it."""
    code = os.path.dirname(__file__)  # noqa: PTH120 - this runs at every start, and a Path for each of the files would take longer than the rest
    found = {f"code/{entry.name}": entry.path for entry in os.scandir(code) if entry.name.endswith(".py")}
    for room in ("ontology", "reviews", "queries"):
        found |= {f"{room}/{name}": path for name, path in below(str(root.root / room)) if not name.endswith(_EXPECTED)}
    return found


def below(folder: str, before: str = "") -> Iterator[tuple[str, str]]:
    """The files below a folder, each by its name as seen from there and by its path."""
    for entry in os.scandir(folder):
        if entry.is_dir():
            yield from below(entry.path, f"{before}{entry.name}/")
        elif entry.is_file():
            yield before + entry.name, entry.path


def digest(root: Places, known: Path | None = None) -> str:
    """The digest of a folder.

    ``known`` is a folder in which it is remembered for as long as no file changes its size, its times or its place on the disk, as Git does
    it. Raises UsageError where a file cannot be read.
    """
    found = files(root)
    if known is None:
        return _digest(found)
    seen, newest = _looks(found)
    note = known / f"{zlib.crc32(str(root.root).encode()):08x}"
    try:
        remembered, _, before = note.read_text(encoding="utf-8", errors="replace").partition("\n")
    except OSError:
        before = ""  # never asked before
    if before == seen:
        return remembered
    made = _digest(found)
    if newest < time.time() - SETTLED:
        _remember(note, f"{made}\n{seen}")
    return made


def _looks(found: dict[str, str]) -> tuple[str, float]:
    """What the file system tells of the files, and the time of the latest change."""
    told, newest = [], 0.0
    try:
        for name, path in sorted(found.items()):
            seen = os.stat(path)  # noqa: PTH116 - see files
            told.append(f"{name} {seen.st_size} {seen.st_mtime_ns} {seen.st_ctime_ns} {seen.st_ino}")
            newest = max(newest, seen.st_mtime, seen.st_ctime)
    except OSError as error:
        raise UsageError(f"{error.filename}: cannot be read ({error.strerror}) — mend its permissions") from error
    return "\n".join([_key(), *told, "whole"]), newest


def _key() -> str:
    return f"exograph {__version__} pyoxigraph {pyoxigraph.__version__}"


def _digest(found: dict[str, str]) -> str:
    import hashlib

    total = hashlib.sha256(_key().encode())
    for name, path in sorted(found.items()):
        try:
            data = Path(path).read_bytes()
        except OSError as error:
            raise UsageError(f"{name}: cannot be read ({error.strerror}) — mend its permissions") from error
        total.update(f"\n{name} {hashlib.sha256(data).hexdigest()}".encode())
    return total.hexdigest()


def _remember(note: Path, text: str) -> None:
    fresh = note.with_name(f"{note.name}.{os.getpid()}")
    try:
        note.parent.mkdir(parents=True, exist_ok=True)
        fresh.write_text(text, encoding="utf-8")
        fresh.replace(note)
    except OSError:
        pass  # it is only slower to find out anew
