"""A web application on a real socket, with its event loop in a thread, for tests that talk HTTP to it."""

import asyncio
import socket
import threading
from collections.abc import Coroutine
from typing import TYPE_CHECKING, Any, Self, TypeVar

import uvicorn
from fastapi import FastAPI

from bot.http_server import SERVER_OPTIONS

if TYPE_CHECKING:
    import concurrent.futures

T = TypeVar("T")
TIMEOUT = 30.0


class _Server(uvicorn.Server):
    """Says when it has started."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.up = threading.Event()
        self.loop: asyncio.AbstractEventLoop | None = None

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        self.loop = asyncio.get_running_loop()
        await super().startup(sockets)
        self.up.set()


class Serving:
    """Serves an application on a free port of this machine until the block ends."""

    def __init__(self, app: FastAPI) -> None:
        self._socket = socket.socket()
        self._socket.bind(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._socket.getsockname()[1]}"
        self._server = _Server(uvicorn.Config(app, lifespan="on", **SERVER_OPTIONS))
        self._thread = threading.Thread(target=self._server.run, args=([self._socket],), daemon=True)

    def call(self, work: Coroutine[Any, Any, T], timeout: float = TIMEOUT) -> T:
        """Run a coroutine in the application's own event loop."""
        assert self._server.loop is not None
        future: concurrent.futures.Future[T] = asyncio.run_coroutine_threadsafe(work, self._server.loop)
        return future.result(timeout)

    def __enter__(self) -> Self:
        self._thread.start()
        if not self._server.up.wait(TIMEOUT):
            raise RuntimeError("the application did not start")
        return self

    def __exit__(self, *_: object) -> None:
        self._server.should_exit = True
        self._thread.join(TIMEOUT)
        self._socket.close()
