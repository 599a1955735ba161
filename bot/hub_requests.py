"""What happens around every request to the Hub: the limiter is asked, it is counted, and none is made after a stop."""

import contextlib
import threading
from collections.abc import Iterator
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import httpx2

if TYPE_CHECKING:
    from bot.limiter import Limiter


class Stopped(BaseException):
    """The process is about to end: no further request is made, and what was under way is left to the next one.

    Not an `Exception`, so that the client's own retries do not swallow it.
    """


# Set when the process is told to stop.
stopping = threading.Event()


@dataclass
class Requests:
    """How many requests were made, and which; filled while `counting` runs.

    `settles`: what was asked for elsewhere than on the Hub may happen yet.
    """

    made: list[str] = field(default_factory=list)
    settles: bool = False

    def __len__(self) -> int:
        return len(self.made)


_requests: ContextVar[Requests | None] = ContextVar("requests", default=None)
_limiters: list["Limiter"] = []


@contextlib.contextmanager
def counting() -> Iterator[Requests]:
    """Count the requests made in this context (a thread started inside must be given the context)."""
    requests = Requests()
    token = _requests.set(requests)
    try:
        yield requests
    finally:
        _requests.reset(token)


@contextlib.contextmanager
def limited_by(limiter: "Limiter") -> Iterator[None]:
    """All requests of this process ask the limiter first, in all of its threads."""
    _limiters.append(limiter)
    try:
        yield
    finally:
        _limiters.remove(limiter)


def asked(request: httpx2.Request) -> None:
    """A request is about to be made.

    Raises:
        Stopped: It must not be, as the process ends.
        HubLimited: It must not be, as nothing is left.
    """
    if stopping.is_set():
        raise Stopped
    for limiter in _limiters:
        limiter.take(request)
    requests = _requests.get()
    if requests is not None:
        requests.made.append(f"{request.method} {request.url.path}")


def heard(response: httpx2.Response) -> None:
    """An answer came."""
    for limiter in _limiters:
        limiter.learn(response)


def unheard(request: httpx2.Request) -> None:
    """No answer came."""
    for limiter in _limiters:
        limiter.unanswered(request)
