"""Work that blocks, beside the event loop. Unlike those of `asyncio.to_thread`, these threads hold up no exit."""

import asyncio
import contextlib
import contextvars
import functools
import threading
from collections.abc import Callable
from typing import ParamSpec, TypeVar

P = ParamSpec("P")
T = TypeVar("T")


async def in_thread(work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """Call it in a thread of its own, with the context variables of the caller.

    A process that ends does not wait for it: whoever is cancelled here must be able to do without its end.
    """
    loop = asyncio.get_running_loop()
    future: asyncio.Future[T] = loop.create_future()
    context = contextvars.copy_context()

    def run() -> None:
        try:
            result = context.run(work, *args, **kwargs)
        except BaseException as error:  # noqa: BLE001 - it is raised where the outcome is awaited
            _tell(loop, future, functools.partial(future.set_exception, error))
        else:
            _tell(loop, future, functools.partial(future.set_result, result))

    threading.Thread(target=run, name=getattr(work, "__name__", "work"), daemon=True).start()
    return await future


def _tell(loop: asyncio.AbstractEventLoop, future: asyncio.Future[T], settle: Callable[[], None]) -> None:
    # A loop that has ended waits for nothing.
    with contextlib.suppress(RuntimeError):
        loop.call_soon_threadsafe(lambda: None if future.done() else settle())
