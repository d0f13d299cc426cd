"""What confines a process that works on what a stranger wrote: limits that it cannot raise again, and a parent with which it ends."""

from __future__ import annotations

import ctypes
import gc
import json
import os
import signal
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NoReturn

from exograph.errors import UsageError

try:
    import resource
except ImportError:  # Windows, where nothing is confined and so nothing that needs it is done
    resource = None  # type: ignore[assignment]

_DIE_WITH_PARENT = 1  # PR_SET_PDEATHSIG of prctl(2)
_TICK = 0.02


@dataclass(frozen=True)
class Cage:
    """The limits of a process (seconds, bytes beyond what it starts with), its parent, where its last words go, and the bytes it starts with."""

    seconds: float
    memory: int
    parent: int
    nowhere: int
    used: int

    def enter(self) -> None:
        """Put this process under the limits for good: it opens no file and no connection, writes none, and has only so much memory and time."""
        end_with(self.parent)
        for stream in (0, 1, 2):
            os.dup2(self.nowhere, stream)  # what a crash says is no part of the log
        whole = int(self.seconds) + 2
        bounds = {
            resource.RLIMIT_CPU: whole,  # of last resort, for when the parent is gone
            resource.RLIMIT_CORE: 0,
            resource.RLIMIT_FSIZE: 0,
            resource.RLIMIT_NOFILE: 0,  # what is open stays open, nothing can be opened
        }
        if self.used:
            bounds[resource.RLIMIT_AS] = self.used + self.memory
        for name, most in bounds.items():
            resource.setrlimit(name, (most, most))
        gc.disable()
        os.nice(5)


def used() -> int:
    """The bytes of address space in use; 0 where the system does not tell."""
    with suppress(OSError):
        return int(Path("/proc/self/statm").read_bytes().split()[0]) * resource.getpagesize()
    return 0


def end_with(parent: int) -> None:
    """Have this process killed when its parent ends, where the system can; elsewhere its limits end it."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_DIE_WITH_PARENT, signal.SIGKILL)
        if os.getppid() != parent:
            os._exit(1)


def confined(work: Callable[[], Any], what: str, seconds: float = 60, memory: int = 1 << 30) -> Any:
    """What a function returns, as JSON holds it, that is called in a process of its own, under limits.

    ``what`` is what it works on. Raises UsageError as the function does, and where the limits are passed or the system cannot confine a process.
    """
    if resource is None or not hasattr(os, "fork"):
        raise UsageError(f"{what}: is read in a forked process with limits, which Windows lacks — run the command in WSL")
    ours, theirs = os.pipe()
    nowhere = os.open(os.devnull, os.O_RDWR)
    cage = Cage(seconds, memory, os.getpid(), nowhere, used())
    pid = os.fork()
    if pid == 0:
        os.close(ours)
        _within(cage, work, theirs)
    os.close(theirs)
    os.close(nowhere)
    try:
        data = _all(ours, time.monotonic() + seconds)
    finally:
        os.close(ours)
        os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)
    try:
        told = json.loads(data)
    except ValueError as error:
        raise UsageError(f"{what}: takes more than {seconds:g} seconds or {memory >> 20} MiB to read — make it smaller") from error
    if "error" in told:
        raise UsageError(told["error"])
    return told["found"]


def _within(cage: Cage, work: Callable[[], Any], out: int) -> NoReturn:
    """Do the work in the cage and end; no exit handler of the parent runs."""
    try:
        cage.enter()
        try:
            told = {"found": work()}
        except UsageError as error:
            told = {"error": str(error)}
        data = json.dumps(told).encode()
        while data:
            data = data[os.write(out, data) :]
    finally:
        os._exit(0)


def _all(descriptor: int, deadline: float) -> bytes:
    """All that comes until the other end is closed or the time is over."""
    parts = []
    os.set_blocking(descriptor, False)
    while time.monotonic() < deadline:
        try:
            part = os.read(descriptor, 1 << 16)
        except BlockingIOError:
            time.sleep(_TICK)
            continue
        if not part:
            break
        parts.append(part)
    return b"".join(parts)
