"""One connection to the server: who sends too slowly, or does not read what he asked for, is cut off, so that nobody holds one for nothing.

uvicorn waits for the head of a request, and for a slow reader, as long as it takes.
"""

from __future__ import annotations

import asyncio
from typing import Any

import h11
from uvicorn.protocols.http.h11_impl import H11Protocol

HEAD_TIME = 10.0  # seconds for the head of a request
READER_TIME = 20.0  # seconds in which some of an answer has to be read


class Prompt(H11Protocol):
    """A connection of uvicorn with a time for each head that comes and for each part of an answer that goes."""

    def __init__(self, *given: Any, **named: Any) -> None:
        super().__init__(*given, **named)
        self._late: asyncio.TimerHandle | None = None
        self._stuck: asyncio.TimerHandle | None = None

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

    def pause_writing(self) -> None:
        """More of an answer waits than is kept for a client: some of it has to be read."""
        super().pause_writing()
        self._watch()

    def resume_writing(self) -> None:
        """The client has read some."""
        super().resume_writing()
        if self._stuck:
            self._stuck.cancel()
            self._stuck = None
        self._watch()

    def on_response_complete(self) -> None:
        """An answer is made, and has to be read."""
        super().on_response_complete()
        self._watch()

    def _expect(self) -> None:
        incomplete = self.conn.their_state is h11.IDLE and not self.transport.is_closing()
        if incomplete and self._late is None:
            self._late = self.loop.call_later(HEAD_TIME, self.transport.abort)
        elif not incomplete and self._late is not None:
            self._late.cancel()
            self._late = None

    def _watch(self) -> None:
        if self._stuck is None:
            self._look(-1)

    def _look(self, before: int) -> None:
        """Cut off who has read nothing since; look again after a while for as long as something is left to read."""
        left = self.transport.get_write_buffer_size()
        if left and left == before:
            self.transport.abort()
            return
        self._stuck = self.loop.call_later(READER_TIME, self._look, left) if left else None
