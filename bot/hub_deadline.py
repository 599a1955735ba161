"""A time limit on whole requests.

httpx2 limits each read of its own, so that a server that sends a byte now and then could hold a request for ever. Here
what is left of the request's time limits each of them. Only the look-up of a name (DNS) has the system's own limits.
"""

import contextlib
import threading
import time
from collections.abc import Iterable, Iterator
from ssl import SSLContext
from typing import Any

import httpcore2
import httpx2

_PIECE = 65_536


class _Clock(threading.local):
    """When the request of this thread must be over, by the monotonic clock. A request never leaves its thread."""

    ends = float("inf")


_clock = _Clock()


@contextlib.contextmanager
def within(seconds: float, *, and_after: bool = False) -> Iterator[None]:
    """What is asked of the network inside may take so long in all; with `and_after`, what is read later too."""
    _clock.ends = time.monotonic() + seconds
    try:
        yield
    except BaseException:
        _clock.ends = float("inf")
        raise
    if not and_after:
        _clock.ends = float("inf")


def bound(transport: httpx2.BaseTransport | None) -> None:
    """Let a transport heed the limit of the thread that uses it."""
    if isinstance(transport, httpx2.HTTPTransport):
        # httpx2 has no argument for it, httpcore2 does.
        pool = transport._pool  # noqa: SLF001 - the only way, and a test notices if it goes
        pool._network_backend = _Backend(pool._network_backend)  # noqa: SLF001 - likewise


def _left(timeout: float | None, error: type[Exception]) -> float | None:
    left = _clock.ends - time.monotonic()
    if left <= 0:
        raise error("the time for the whole request is over")
    return timeout if left == float("inf") else left if timeout is None else min(left, timeout)


class _Stream(httpcore2.NetworkStream):
    """A connection whose reads and writes end with the request's time."""

    def __init__(self, inner: httpcore2.NetworkStream) -> None:
        self._inner = inner

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return self._inner.read(max_bytes, _left(timeout, httpcore2.ReadTimeout))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        for start in range(0, len(buffer), _PIECE):
            self._inner.write(buffer[start : start + _PIECE], _left(timeout, httpcore2.WriteTimeout))

    def close(self) -> None:
        self._inner.close()

    def start_tls(
        self, ssl_context: SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore2.NetworkStream:
        left = _left(timeout, httpcore2.ConnectTimeout)
        return _Stream(self._inner.start_tls(ssl_context, server_hostname, left))

    def get_extra_info(self, info: str) -> Any:
        return self._inner.get_extra_info(info)


class _Backend(httpcore2.NetworkBackend):
    """Makes connections that heed the limit."""

    def __init__(self, inner: httpcore2.NetworkBackend) -> None:
        self._inner = inner

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore2.NetworkStream:
        left = _left(timeout, httpcore2.ConnectTimeout)
        return _Stream(self._inner.connect_tcp(host, port, left, local_address, socket_options))

    def connect_unix_socket(
        self, path: str, timeout: float | None = None, socket_options: Iterable[Any] | None = None
    ) -> httpcore2.NetworkStream:
        left = _left(timeout, httpcore2.ConnectTimeout)
        return _Stream(self._inner.connect_unix_socket(path, left, socket_options))

    def sleep(self, seconds: float) -> None:
        self._inner.sleep(seconds)
