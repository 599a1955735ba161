"""Keeps the worker process of `serve` alive: started with the web side, started again when it dies, stopped with it."""

import asyncio
import contextlib
import logging
import os
import sys
from collections.abc import AsyncIterator

logger = logging.getLogger(__name__)

FIRST_PAUSE = 0.5
LONGEST_PAUSE = 30.0
HEALTHY_AFTER = 60.0
STOP_TIMEOUT = 12.0


@contextlib.asynccontextmanager
async def worker_process(database_url: str) -> AsyncIterator[None]:
    """Run `scorekeeper worker` beside us. The address goes through the environment: argument lists are public."""
    supervisor = asyncio.create_task(_supervise(os.environ | {"DATABASE_URL": database_url}))
    try:
        yield
    finally:
        supervisor.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await supervisor


async def _supervise(environment: dict[str, str]) -> None:
    loop = asyncio.get_running_loop()
    pause = FIRST_PAUSE
    while True:
        started = loop.time()
        process = await asyncio.create_subprocess_exec(sys.executable, "-m", "bot.cli", "worker", env=environment)
        try:
            code = await process.wait()
        except asyncio.CancelledError:
            await _stop(process)
            raise
        pause = FIRST_PAUSE if loop.time() - started > HEALTHY_AFTER else min(pause * 2, LONGEST_PAUSE)
        logger.warning("the worker ended with code %s; a new one starts in %.0f s", code, pause)
        await asyncio.sleep(pause)


async def _stop(process: asyncio.subprocess.Process) -> None:
    with contextlib.suppress(ProcessLookupError):
        process.terminate()
    try:
        async with asyncio.timeout(STOP_TIMEOUT):
            await process.wait()
    except TimeoutError:
        process.kill()
        await process.wait()
