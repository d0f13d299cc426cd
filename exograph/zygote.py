"""The process that holds the dataset and splits off a child for each job, and the limits under which a child works.

Neither engine can be stopped once it runs, and both fetch what a query names. So a child has no way to open a file or a connection,
limited memory and time, and a lower place in the queue for the processor; whatever it does, nobody else feels it. The zygote reads
nothing that a stranger wrote: it gets a socket for each job over its control socket and hands it to the child. It ends with its parent.
"""

from __future__ import annotations

import gc
import json
import os
import select
import signal
import socket
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import NoReturn

from exograph.cache import opened, ready
from exograph.cage import Cage, end_with, used
from exograph.errors import ExographError
from exograph.places import Places, places
from exograph.replies import Snapshot, encoded, perform, snapshot

TICK = 0.05


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
    cage = Cage(limits.seconds, limits.memory, os.getpid(), os.open(os.devnull, os.O_RDWR), used())
    _serve(control, limits, lambda job: _child(job, (control, told), found, cage, limits.output))


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


def _child(job: socket.socket, others: tuple[socket.socket, ...], found: Snapshot, cage: Cage, most: int) -> NoReturn:
    """Do one job and end. Nothing that is raised gets past here, and no exit handler of the zygote runs."""
    try:
        for other in others:
            other.close()
        cage.enter()
        asked = json.loads(_all(job))
        job.sendall(encoded(*perform(found, asked, most)))
        job.shutdown(socket.SHUT_RDWR)
    finally:
        os._exit(0)


def _all(job: socket.socket) -> bytes:
    parts = []
    while part := job.recv(1 << 16):
        parts.append(part)
    return b"".join(parts)


def main() -> None:
    """Run as a program: the numbers of two sockets, the folder of the data, the limits as JSON."""
    control, told, root, limits = sys.argv[-4:]
    run(socket.socket(fileno=int(control)), socket.socket(fileno=int(told)), root, Limits(**json.loads(limits)))
