"""A webhook receiver: remembers what it was sent, and answers as told."""

import json
import threading
from collections import deque
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, Self


@dataclass(frozen=True)
class Received:
    """One POST: header names in lower case, the body parsed."""

    headers: dict[str, str]
    body: dict[str, Any]

    @property
    def id(self) -> str:
        return self.headers["webhook-id"]

    @property
    def event(self) -> tuple[str, str]:
        """Scope and action."""
        return self.body["event"]["scope"], self.body["event"]["action"]


class Hold:
    """A gate that can be shut; `arrived` is set when somebody stands before it."""

    def __init__(self) -> None:
        self._open, self.arrived = threading.Event(), threading.Event()
        self._open.set()

    def set(self) -> None:
        self._open.clear()
        self.arrived.clear()

    def clear(self) -> None:
        self._open.set()

    def pass_by(self) -> None:
        self.arrived.set()
        assert self._open.wait(30)


class Receiver:
    """Listens on a free port while its with block lasts; `answers` are statuses for the next requests, then 200.

    While `hold` is set, no request is answered.
    """

    def __init__(self) -> None:
        self.received: list[Received] = []
        self.answers: deque[int] = deque()
        self.hold = Hold()
        self._changed = threading.Condition()
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                receiver.hold.pass_by()
                status = receiver._note(Received({name.lower(): v for name, v in self.headers.items()}, body))
                self.send_response(status)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the name is the base class's
                """Say nothing."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_port}/hook"
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.01})

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    @property
    def events(self) -> list[tuple[str, str]]:
        return [received.event for received in self.received]

    def wait_for(self, count: int, timeout: float = 10.0) -> list[Received]:
        """Wait until `count` requests have come."""
        with self._changed:
            assert self._changed.wait_for(lambda: len(self.received) >= count, timeout), self.events
            return list(self.received)

    def clear(self) -> None:
        with self._changed:
            self.received.clear()

    def _note(self, received: Received) -> int:
        with self._changed:
            self.received.append(received)
            self._changed.notify_all()
            return self.answers.popleft() if self.answers else 200
