"""The near end of the zygote: starts it, hands it jobs, two at a time with a short queue, and starts another where it has died."""

from __future__ import annotations

import asyncio
import json
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import asdict, dataclass
from typing import Any

from exograph.errors import UsageError
from exograph.replies import Job, decoded
from exograph.zygote import Limits

GRACE = 5.0
_PROGRAM = "import json, sys; sys.path[:] = json.loads(sys.argv[1]); from exograph.zygote import main; main()"


@dataclass(frozen=True)
class Reply:
    """The status of HTTP and the whole of what is sent."""

    status: int
    body: bytes


def _says(status: int, text: str) -> Reply:
    return Reply(status, f"{text}\n".encode())


class Guard:
    """Runs jobs in children of a zygote over the data of a folder.

    ``told`` is what the zygote told of its dataset, None while there is none that answers. ``failed`` is called
    with the error when the dataset cannot be opened, ``say`` with a line when a zygote has died.
    """

    def __init__(self, root: str, limits: Limits, failed: Callable[[UsageError], None], say: Callable[[str], None]) -> None:
        self.limits = limits
        self.told: dict[str, Any] | None = None
        self._root, self._failed, self._say = root, failed, say
        self._slots = asyncio.Semaphore(limits.children)
        self._waiting = 0
        self._process: subprocess.Popen[bytes] | None = None
        self._control: socket.socket | None = None
        self._keeper: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Start the zygote, and keep one alive until stop."""
        self._keeper = asyncio.create_task(self._keep())

    async def stop(self) -> None:
        """End the zygote with all its children."""
        if self._keeper:
            self._keeper.cancel()
            with suppress(asyncio.CancelledError):
                await self._keeper
        self._end()

    async def run(self, job: Job) -> Reply:
        """Do a job in a child: its reply, 429 where too many wait, 503 where there is no dataset yet or the child was stopped."""
        if self.told is None:
            return _says(503, "the dataset is being opened — try again in a moment")
        if self._slots.locked() and self._waiting >= self.limits.queue:
            return _says(429, f"{self.limits.queue} queries are waiting already — try again in a moment")
        self._waiting += 1
        try:
            await self._slots.acquire()
        finally:
            self._waiting -= 1
        try:
            return await self._done(job)
        finally:
            self._slots.release()

    async def _done(self, job: Job) -> Reply:
        begun = time.monotonic()
        try:
            async with asyncio.timeout(self.limits.seconds + GRACE):
                data = await self._exchange(json.dumps(job).encode())
        except (OSError, TimeoutError):
            data = b""
        if reply := decoded(data):
            return Reply(*reply)
        if time.monotonic() - begun >= self.limits.seconds:
            return _says(503, f"the query was stopped: it took longer than {self.limits.seconds:g} seconds — ask for less")
        return _says(503, "the query was stopped: it passed the limit of memory or of depth — ask for less")

    async def _exchange(self, job: bytes) -> bytes:
        """Send a job to a child of the zygote, and all that comes back."""
        near, far = socket.socketpair()
        with far:
            if self._control is None:
                near.close()
                return b""
            socket.send_fds(self._control, [b"j"], [far.fileno()])
        reader, writer = await asyncio.open_connection(sock=near)
        try:
            writer.write(job)
            writer.write_eof()
            return await reader.read()
        finally:
            writer.transport.abort()

    async def _keep(self) -> None:
        """Start a zygote, and another one whenever it has died."""
        while True:
            try:
                await self._live()
            except UsageError as error:
                self._failed(error)
                return
            self._say("the process that holds the dataset has ended; another is started")
            await asyncio.sleep(1)

    async def _live(self) -> None:
        """The life of a zygote. Raises UsageError where it cannot open the dataset."""
        told = self._spawn()
        reader, writer = await asyncio.open_connection(sock=told, limit=1 << 24)
        try:
            found = json.loads(await reader.readline() or b'{"error": "the process that opens the dataset ended before it was done"}')
            if "error" in found:
                raise UsageError(found["error"])
            self.told = found
            await reader.read()
        finally:
            self.told = None
            writer.transport.abort()
            self._end()

    def _spawn(self) -> socket.socket:
        """Start a process afresh, with the module path of this one, and nothing else of it than two sockets."""
        self._control, control = socket.socketpair()
        told, tells = socket.socketpair()
        with control, tells:
            passed = (control.fileno(), tells.fileno())
            self._process = subprocess.Popen(  # noqa: S603 - this very Python, with words of our own
                [sys.executable, "-c", _PROGRAM, json.dumps(sys.path), *map(str, passed), self._root, json.dumps(asdict(self.limits))],
                pass_fds=passed,
                stdin=subprocess.DEVNULL,
                process_group=0,  # Ctrl-C is for the server, which ends the zygote
            )
        return told

    def _end(self) -> None:
        if self._control:
            self._control.close()
            self._control = None
        if self._process:
            try:
                self._process.wait(2)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()
            self._process = None
