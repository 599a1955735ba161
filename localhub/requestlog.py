"""A record of every request, so that tests can say how many a piece of work may make."""

import threading
from collections import deque
from dataclasses import dataclass

_KEPT = 200_000


@dataclass(frozen=True)
class LoggedRequest:
    """One request as it was served.

    Attributes:
        method: in capitals.
        path: as sent, quoted, without the query.
        query: the query string as sent.
        user: name of the token's owner, None for anonymous or unknown.
        status: of the answer; None when there was none (disconnect or hang).
        at: when it arrived, as the Hub writes times.
        seconds: how long it took.
        fault: the name of the fault that hit it, None for none.
    """

    method: str
    path: str
    query: str
    user: str | None
    status: int | None
    at: str
    seconds: float
    fault: str | None = None


class RequestLog:
    """The last requests, oldest first; written by the server, read from any thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._requests: deque[LoggedRequest] = deque(maxlen=_KEPT)

    def add(self, request: LoggedRequest) -> None:
        """Remember a request."""
        with self._lock:
            self._requests.append(request)

    def listed(self, user: str | None = None) -> list[LoggedRequest]:
        """All requests, or those of one user."""
        with self._lock:
            return [request for request in self._requests if user is None or request.user == user]

    def clear(self) -> None:
        """Forget all requests."""
        with self._lock:
            self._requests.clear()
