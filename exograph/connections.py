"""One connection to the server: who sends too slowly, or does not read what he asked for, is cut off, so that nobody holds one for nothing.

uvicorn waits for the head of a request, and for a slow reader, as long as it takes.
"""

from __future__ import annotations

import asyncio
from typing import Any

import h11
from uvicorn.protocols.http.h11_impl import H11Protocol

HEAD = 10.0  # seconds for the head of a request
READER = 20.0  # seconds in which some of an answer has to be read


class Prompt(H11Protocol):
    """A connection of uvicorn with a time for each head that comes and for each part of an answer that goes."""

    def __init__(self, *given: Any, **named: Any) -> None:
        super().__init__(*given, **named)
        self._late: asyncio.TimerHandle | None = None
        self._stuck: asyncio.TimerHandle | None = None
        self._unread = 0

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """A connection is there, and a head has to come."""
        super().connection_made(transport)
        self._expect()

    def data_received(self, data: bytes) -> None:
        """Some bytes have come: the head is whole, or has still to come."""
        super().data_received(data)
        self._expect()

    def connection_lost(self, exc: Exception | None) -> None:
        """The connection is gone."""
        super().connection_lost(exc)
        for timer in (self._late, self._stuck):
            if timer:
                timer.cancel()

    def on_response_complete(self) -> None:
        """An answer is made, and has to be read."""
        super().on_response_complete()
        self._watch()

    def _expect(self) -> None:
        incomplete = self.conn.their_state is h11.IDLE and not self.transport.is_closing()
        if incomplete and self._late is None:
            self._late = self.loop.call_later(HEAD, self.transport.abort)
        elif not incomplete and self._late is not None:
            self._late.cancel()
            self._late = None

    def _watch(self) -> None:
        """Look again after a while whether something of the answer was read, for as long as some is left."""
        left = self.transport.get_write_buffer_size()
        if left and left == self._unread:
            self.transport.abort()
            return
        self._unread = left
        self._stuck = self.loop.call_later(READER, self._watch) if left else None
