"""The HTTP client that all requests to the Hub go through: its time limits, the count of requests, and the stop.

The official client has no time limit of its own, so that a Hub that hangs would hang us for ever.
"""

import contextlib
import functools
import threading
from collections.abc import Iterator
from contextvars import ContextVar
from dataclasses import dataclass, field

import httpx2
from huggingface_hub import set_client_factory

TIMEOUT = httpx2.Timeout(9.0, connect=5.0)


class Stopped(BaseException):
    """The process is about to end: no further request is made, and what was under way is left to the next one.

    Not an `Exception`, so that the client's own retries do not swallow it.
    """


# Set when the process is told to stop.
stopping = threading.Event()


@dataclass
class Requests:
    """How many requests were made, and which; filled while `counting` runs."""

    made: list[str] = field(default_factory=list)

    def __len__(self) -> int:
        return len(self.made)


_requests: ContextVar[Requests | None] = ContextVar("requests", default=None)


@contextlib.contextmanager
def counting() -> Iterator[Requests]:
    """Count the requests made in this context (a thread started inside must be given the context)."""
    requests = Requests()
    token = _requests.set(requests)
    try:
        yield requests
    finally:
        _requests.reset(token)


@functools.cache
def use_our_client() -> None:
    """Once in a process: setting the client closes the one that may be in use."""
    set_client_factory(_client)


def _client() -> httpx2.Client:
    def count(request: httpx2.Request) -> None:
        if stopping.is_set():
            raise Stopped
        requests = _requests.get()
        if requests is not None:
            requests.made.append(f"{request.method} {request.url.path}")

    return httpx2.Client(event_hooks={"request": [count]}, follow_redirects=True, timeout=TIMEOUT)
