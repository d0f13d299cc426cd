"""Writing to the disk: aside, flushed, and put in place by one step, so that there is the old or the new whenever the machine dies.

A folder takes the place of another by an exchange of their names where the system has one (renameat2(2) of Linux, renamex_np(2) of macOS). Elsewhere
there is a moment between two renames; what a process that was killed in it has left is put back by the next one.
"""

from __future__ import annotations

import ctypes
import os
import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from exograph.errors import UsageError

try:
    import fcntl
except ImportError:  # Windows, where the folder itself is the lock
    fcntl = None  # type: ignore[assignment]

FRESH, FORMER, HOLDER = "fresh", "former", "process"
_HERE, _EXCHANGE = -100, 2  # AT_FDCWD, and RENAME_EXCHANGE as well as RENAME_SWAP


def replaced(path: Path, data: bytes) -> None:
    """Put a file with this content in the place of another, or where there is none. Raises OSError; then the former is as it was."""
    aside = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        with aside.open("wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        aside.replace(path)
        flush(path.parent)
    finally:
        aside.unlink(missing_ok=True)


@contextmanager
def in_place(target: Path) -> Iterator[Path]:
    """A new folder to write to, which takes the place of ``target`` at the end of the block; where the block raises, nothing has changed.

    What a process that was killed has left is cleared away. Raises UsageError while another process writes there, OSError where nothing
    can be written.
    """
    target.parent.mkdir(parents=True, exist_ok=True)
    aside = target.with_name(f".{target.name}.making")
    with _held(aside, target):
        former, fresh = aside / FORMER, aside / FRESH
        if former.exists() and not target.exists():
            former.rename(target)
        for left in (former, fresh):
            shutil.rmtree(left, ignore_errors=True)
        fresh.mkdir()
        yield fresh
        flush(fresh)
        if not target.exists():
            fresh.rename(target)
        elif not _exchanged(fresh, target):
            target.rename(former)
            fresh.rename(target)
        flush(target.parent)


@contextmanager
def _held(aside: Path, target: Path) -> Iterator[None]:
    """Hold the folder beside a target as the only process, and take it away at the end."""
    lock = _locked(aside, target)
    try:
        (aside / HOLDER).write_text(str(os.getpid()), encoding="ascii")
        yield
    finally:
        shutil.rmtree(aside, ignore_errors=True)
        if lock is not None:
            os.close(lock)


def _locked(aside: Path, target: Path) -> int | None:
    """A descriptor that holds the lock on a folder, which is made if need be; None where the system has no such lock."""
    while True:
        with suppress(FileExistsError):
            aside.mkdir()
            if fcntl is None:
                return None
        if fcntl is None:
            raise UsageError(f"{target}: {_holder(aside)} writes there — wait, or delete {aside} if it runs no more")
        descriptor = os.open(aside, os.O_RDONLY | os.O_NOFOLLOW)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            if os.path.samestat(os.fstat(descriptor), aside.lstat()):
                return descriptor
        except BlockingIOError as error:
            os.close(descriptor)
            raise UsageError(f"{target}: {_holder(aside)} writes there — wait until it has ended") from error
        except FileNotFoundError:
            pass  # who held it has ended meanwhile, and taken it away
        os.close(descriptor)


def _holder(aside: Path) -> str:
    with suppress(OSError):
        return f"process {(aside / HOLDER).read_text(encoding='ascii', errors='replace')[:20]}"
    return "another process"


def _exchanged(one: Path, other: Path) -> bool:
    """Whether two folders have got each other's name in one step."""
    paths = (os.fsencode(one), os.fsencode(other))
    with suppress(AttributeError, OSError):  # an old system has no such call
        library = ctypes.CDLL(None)
        if sys.platform == "darwin":
            return bool(library.renamex_np(*paths, _EXCHANGE) == 0)
        if sys.platform == "linux":
            return bool(library.renameat2(_HERE, paths[0], _HERE, paths[1], _EXCHANGE) == 0)
    return False


def flush(place: Path) -> None:
    """Have the system write what it holds of a folder, and of all below it, to the disk. Raises OSError."""
    if not hasattr(os, "O_DIRECTORY"):
        return  # Windows opens no folder, and writes names at once
    folder = os.open(place, os.O_RDONLY)
    try:
        with suppress(AttributeError, OSError):
            if sys.platform == "linux" and ctypes.CDLL(None).syncfs(folder) == 0:
                return
        for path in sorted(place.rglob("*")):
            descriptor = os.open(path, os.O_RDONLY)
            os.fsync(descriptor)
            os.close(descriptor)
        os.fsync(folder)
    finally:
        os.close(folder)
