"""The process that holds the dataset and splits off a child for each job, and the limits under which a child works.

Neither engine can be stopped once it runs, and both fetch what a query names. So a child has no way to open a file or a connection,
limited memory and time, and a lower place in the queue for the processor; whatever it does, nobody else feels it. The zygote reads
nothing that a stranger wrote: it gets a socket for each job over its control socket and hands it to the child. It ends with its parent.
"""

from __future__ import annotations

import ctypes
import gc
import json
import os
import resource
import select
import signal
import socket
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn

from exograph.cache import opened, ready
from exograph.errors import ExographError
from exograph.places import Places, places
from exograph.replies import Snapshot, encoded, perform, snapshot

TICK = 0.05
_DIE_WITH_PARENT = 1  # PR_SET_PDEATHSIG of prctl(2)


@dataclass(frozen=True)
class Limits:
    """What one job may use (wall clock in seconds, bytes of memory, bytes of answer), how many run at once, how many wait."""

    seconds: float = 3.0
    memory: int = 1 << 30
    output: int = 8 << 20
    children: int = 2
    queue: int = 16


def run(control: socket.socket, told: socket.socket, root: str, limits: Limits) -> None:
    """Open the dataset, tell so or what is wrong, and serve jobs until the other end of the control socket is closed."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)  # it ends when its parent does
    end_with(os.getppid())
    try:
        where = places(root)
        _build(where)
        found = snapshot(where)
    except ExographError as error:
        told.sendall(json.dumps({"error": str(error)}).encode() + b"\n")
        return
    told.sendall(json.dumps(found.told()).encode() + b"\n")
    gc.collect()
    gc.freeze()  # a child does not touch what it shares
    cage = Cage(limits, os.getpid(), os.open(os.devnull, os.O_RDWR), _used())
    _serve(control, limits, lambda job: _child(job, (control, told), found, cage))


def _build(where: Places) -> None:
    """Build the dataset in a process that ends thereafter, where none is kept yet, as it takes ten times the memory of an opened one."""
    if ready(where):
        return
    own = os.getpid()
    if pid := os.fork():
        os.waitpid(pid, 0)
        return
    try:
        end_with(own)
        opened(where)
    except ExographError:
        pass  # the zygote fails in the same way, and tells it
    finally:
        os._exit(0)


def _serve(control: socket.socket, limits: Limits, child: Callable[[socket.socket], NoReturn]) -> None:
    deadlines: dict[int, float] = {}
    try:
        while True:
            ready, _, _ = select.select([control], [], [], TICK if deadlines else None)
            if ready:
                message, sockets, _, _ = socket.recv_fds(control, 1, 1)
                if not message:
                    return
                with socket.socket(fileno=sockets[0]) as job, suppress(BlockingIOError):  # where the system has no room for a child
                    pid = os.fork()
                    if pid == 0:
                        child(job)
                    deadlines[pid] = time.monotonic() + limits.seconds
            _reap(deadlines)
    finally:
        for pid in deadlines:
            os.kill(pid, signal.SIGKILL)
            os.waitpid(pid, 0)


def _reap(deadlines: dict[int, float]) -> None:
    """Take leave of the children that have ended, and end those whose time is over."""
    now = time.monotonic()
    for pid, deadline in [*deadlines.items()]:
        if os.waitpid(pid, os.WNOHANG)[0]:
            del deadlines[pid]
        elif now > deadline:
            os.kill(pid, signal.SIGKILL)


@dataclass(frozen=True)
class Cage:
    """What confines a child: its limits, its parent, where its last words go, and the address space that it starts with."""

    limits: Limits
    parent: int
    nowhere: int
    used: int

    def enter(self) -> None:
        """Put this process under the limits for good, as it cannot raise them again."""
        for stream in (0, 1, 2):
            os.dup2(self.nowhere, stream)  # what a crash says is no part of the server's log
        whole = int(self.limits.seconds) + 2
        bounds = {
            resource.RLIMIT_CPU: whole,  # of last resort, for when the zygote is gone
            resource.RLIMIT_CORE: 0,
            resource.RLIMIT_FSIZE: 0,
            resource.RLIMIT_NOFILE: 0,  # what is open stays open, nothing can be opened
        }
        if self.used:
            bounds[resource.RLIMIT_AS] = self.used + self.limits.memory
        for name, most in bounds.items():
            resource.setrlimit(name, (most, most))
        gc.disable()
        os.nice(5)


def _child(job: socket.socket, others: tuple[socket.socket, ...], found: Snapshot, cage: Cage) -> NoReturn:
    """Do one job and end. Nothing that is raised gets past here, and no exit handler of the zygote runs."""
    try:
        end_with(cage.parent)
        for other in others:
            other.close()
        cage.enter()
        asked = json.loads(_all(job))
        job.sendall(encoded(*perform(found, asked, cage.limits.output)))
        job.shutdown(socket.SHUT_RDWR)
    finally:
        os._exit(0)


def _all(job: socket.socket) -> bytes:
    parts = []
    while part := job.recv(1 << 16):
        parts.append(part)
    return b"".join(parts)


def _used() -> int:
    """The bytes of address space in use; 0 where the system does not tell."""
    with suppress(OSError):
        return int(Path("/proc/self/statm").read_bytes().split()[0]) * resource.getpagesize()
    return 0


def end_with(parent: int) -> None:
    """Have this process killed when its parent ends, where the system can; elsewhere the closed socket and the limits end it."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_DIE_WITH_PARENT, signal.SIGKILL)
        if os.getppid() != parent:
            os._exit(1)


def main() -> None:
    """Run as a program: the numbers of two sockets, the folder of the data, the limits as JSON."""
    control, told, root, limits = sys.argv[-4:]
    run(socket.socket(fileno=int(control)), socket.socket(fileno=int(told)), root, Limits(**json.loads(limits)))
