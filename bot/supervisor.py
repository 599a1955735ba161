"""Keeps the worker process of `serve` alive: started with the web side, started again when it dies, stopped with it.

A web side that is killed cannot stop its worker, which then goes on with the old settings and the old token. So the
worker is told whose child it is, and stops by itself once that is no longer so.
"""

import asyncio
import contextlib
import logging
import os
import signal
import sys
from collections.abc import AsyncIterator

logger = logging.getLogger(__name__)

FIRST_PAUSE = 0.5
LONGEST_PAUSE = 30.0
HEALTHY_AFTER = 60.0
# Longer than a worker takes for itself (bot/engine.py).
STOP_TIMEOUT = 8.0
PARENT = "SCOREKEEPER_PARENT"
PARENT_CHECK = 1.0
# On a machine with few processors, deliveries are answered before cards are read.
NICENESS = 10


@contextlib.asynccontextmanager
async def worker_process(database_url: str) -> AsyncIterator[None]:
    """Run `scorekeeper worker` beside us. The address goes through the environment: argument lists are public."""
    environment = os.environ | {"DATABASE_URL": database_url, PARENT: str(os.getpid())}
    supervisor = asyncio.create_task(_supervise(environment))
    try:
        yield
    finally:
        supervisor.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await supervisor


@contextlib.asynccontextmanager
async def ending_with_parent() -> AsyncIterator[None]:
    """In a worker started by `worker_process`: give way to it, and stop when the process that started it is gone."""
    parent = os.environ.get(PARENT, "")
    if not parent.isdecimal():
        yield
        return
    os.nice(NICENESS)
    watch = asyncio.create_task(_watch(int(parent)))
    try:
        yield
    finally:
        watch.cancel()


async def _watch(parent: int) -> None:
    while os.getppid() == parent:  # noqa: ASYNC110 - nothing tells of it
        await asyncio.sleep(PARENT_CHECK)
    logger.warning("the process that started this worker is gone; the worker stops")
    os.kill(os.getpid(), signal.SIGTERM)


async def _supervise(environment: dict[str, str]) -> None:
    loop = asyncio.get_running_loop()
    pause = FIRST_PAUSE
    while True:
        started = loop.time()
        what = await _run(environment)
        pause = FIRST_PAUSE if loop.time() - started > HEALTHY_AFTER else min(pause * 2, LONGEST_PAUSE)
        logger.warning("%s; a new one starts in %.0f s", what, pause)
        await asyncio.sleep(pause)


async def _run(environment: dict[str, str]) -> str:
    """Run a worker to its end. Returns what came of it."""
    try:
        # -P: a package named `bot` in the working directory is not ours.
        process = await asyncio.create_subprocess_exec(sys.executable, "-P", "-m", "bot.cli", "worker", env=environment)
    except OSError as error:
        return f"the worker could not be started ({error.strerror or type(error).__name__})"
    try:
        return f"the worker ended with code {await process.wait()}"
    except asyncio.CancelledError:
        await _stop(process)
        raise


async def _stop(process: asyncio.subprocess.Process) -> None:
    with contextlib.suppress(ProcessLookupError):
        process.terminate()
    try:
        async with asyncio.timeout(STOP_TIMEOUT):
            await process.wait()
    except TimeoutError:
        process.kill()
        await process.wait()
