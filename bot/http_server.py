"""The limits of the HTTP server: nobody who is slow, or asks too much, keeps others from being answered.

uvicorn bounds the header and the pause between two requests, but not how long a request may take to arrive. It is
given a deadline here, and connections are bounded: at the limit, the one that has kept us waiting longest gives way.
"""

import asyncio
import time
from typing import Any

import h11
from uvicorn.protocols.http.h11_impl import H11Protocol

MAX_CONNECTIONS = 500
MAX_HEADER_BYTES = 16 * 1024
# From the first byte of a request to the last of its answer; also how long a new connection may be silent. What takes
# a delivery in is bounded below this (bot/app.py, bot/queue.py), so that it is answered before it is cut.
REQUEST_TIMEOUT = 30.0
KEEP_ALIVE = 20


class BoundedProtocol(H11Protocol):
    """uvicorn's HTTP/1.1 with a deadline for each request."""

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self.waiting_since = 0.0
        self._deadline: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as uvicorn has it
        """Take a connection; where there are too many, another one ends."""
        if len(self.connections) >= MAX_CONNECTIONS:
            slowest = min(
                (one for one in self.connections if isinstance(one, BoundedProtocol)),
                key=lambda one: one.waiting_since,
                default=None,
            )
            if slowest is not None:
                self.connections.discard(slowest)
                slowest.transport.abort()
        super().connection_made(transport)
        self._wait()

    def connection_lost(self, exc: Exception | None) -> None:
        """Forget the deadline of a connection that is gone."""
        self._wait_no_more()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Take bytes; the first of a request start its deadline."""
        if self._deadline is None:
            self._wait()
        super().data_received(data)

    def on_response_complete(self) -> None:
        """Wait for the next request, or for the rest of one that was answered before it had arrived."""
        if self.conn.their_state is h11.DONE:
            self._wait_no_more()
        super().on_response_complete()
        if self._deadline is None and not self.cycle.response_complete:
            # The next request had arrived with this one.
            self._wait()
        self._wait_for_the_end()

    def send_400_response(self, msg: str) -> None:
        """Refuse what is no HTTP."""
        super().send_400_response(msg)
        self._wait_for_the_end()

    def timeout_keep_alive_handler(self) -> None:
        """End a connection that nobody used for a while."""
        super().timeout_keep_alive_handler()
        self._wait_for_the_end()

    def _wait_for_the_end(self) -> None:
        """A connection that is closed ends when the other side has read the rest, or else at its deadline."""
        if self.transport.is_closing() and self._deadline is None:
            self._wait()

    def _wait(self) -> None:
        self.waiting_since = time.monotonic()
        self._deadline = self.loop.call_later(REQUEST_TIMEOUT, self.transport.abort)

    def _wait_no_more(self) -> None:
        # One whose request is answered has been idle for the least time, and is the last to give way.
        self.waiting_since = time.monotonic()
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None


SERVER_OPTIONS: dict[str, Any] = {
    "http": BoundedProtocol,
    "ws": "none",
    "h11_max_incomplete_event_size": MAX_HEADER_BYTES,
    "timeout_keep_alive": KEEP_ALIVE,
    "log_config": None,
    "access_log": False,
    "server_header": False,
    # What one request binds to the log is not seen by another.
    "reset_contextvars": True,
}
"""How uvicorn is run, wherever it is."""
