"""Jobs become calls of handlers: in threads, with a record of what each came to and another try where one may help."""

import asyncio
import logging
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import psycopg
from psycopg_pool import PoolTimeout
from tenacity import AsyncRetrying, retry_if_exception_type, stop_after_delay, wait_exponential

from bot.hub_errors import HubConflict, HubError, HubUnavailable
from bot.hub_requests import Stopped, counting, stopping
from bot.queue import LOOK, MOVED, PULLS, Queue, QueueUnavailable
from bot.records import Look, Records

logger = logging.getLogger(__name__)

# With the delays below, something over an hour: the Hub has hourly limits.
MAX_ATTEMPTS = 16
FIRST_DELAY = 2.0
LONGEST_DELAY = 600.0
CONFLICT_DELAY = 1.0
HISTORY_DAYS = 30
LONGEST_REQUEST = 10.0
LONGEST_OUTAGE = 300.0
RETRY, FAILED = "retry", "failed"

Handler = Callable[[Mapping[str, Any]], Look]


class Worker:
    """Works off the queue with the given handlers, one for each kind of job."""

    def __init__(self, queue: Queue, records: Records, handlers: Mapping[str, Handler]) -> None:
        self._queue = queue
        self._records = records
        self._handlers = handlers
        for name in (LOOK, PULLS, MOVED):
            queue.register(name, self._task(name))
        queue.register_periodic("revive", "* * * * *", self._revive)
        queue.register_periodic("forget", "17 3 * * *", self._forget)

    async def run(self, concurrency: int = 4, *, wait: bool = True) -> None:
        """Work until told to stop; with `wait=False`, until nothing is waiting."""
        await self._queue.revive()
        await self._queue.run(concurrency, wait=wait)

    def _task(self, name: str) -> Callable[[dict[str, Any], int, int], Any]:
        async def task(arguments: dict[str, Any], attempt: int, job_id: int) -> None:
            work = asyncio.ensure_future(self._work(name, arguments, attempt, job_id))
            try:
                await asyncio.shield(work)
            except asyncio.CancelledError:
                # The worker stops. The request under way is awaited, as it may be a write; then the job is left to the
                # next worker.
                stopping.set()
                await asyncio.wait([work], timeout=LONGEST_REQUEST)
                raise

        return task

    async def _work(self, name: str, arguments: dict[str, Any], attempt: int, job_id: int) -> None:
        again = await asyncio.to_thread(self._call, name, arguments, attempt, job_id)
        if again is None:
            return
        async for trial in AsyncRetrying(
            retry=retry_if_exception_type(QueueUnavailable),
            stop=stop_after_delay(LONGEST_OUTAGE),
            wait=wait_exponential(max=10),
            reraise=True,
        ):
            with trial:
                await self._queue.defer_again(name, arguments, attempt + (again > 0), again)

    def _call(self, name: str, arguments: dict[str, Any], attempt: int, job_id: int) -> float | None:
        """Run the handler. Returns the seconds after which to try again, or None when it is done with."""
        with counting() as requests:
            try:
                look = self._handlers[name](arguments)
                again = None
            except Stopped:
                return 0.0
            except HubError as error:
                again = delay(error, attempt)
                look = _failed(arguments, again, str(error))
            except Exception as error:
                logger.exception("job %s (%s) of repo %s broke", job_id, name, arguments["repo_id"])
                again = delay(error, attempt)
                look = _failed(arguments, again, f"A fault of ours: {type(error).__name__}.")
        look = replace(look, requests=len(requests), attempt=attempt, job_id=job_id)
        logger.info(
            "job %s (%s) of repo %s: %s; %s Requests: %s",
            *(job_id, name, look.repo_id, look.decision, look.detail, look.requests),
        )
        try:
            self._records.remember(look)
        except (psycopg.Error, PoolTimeout) as error:
            # What was done stands on the Hub; what was not remembered is looked at again.
            logger.warning("job %s (%s) could not be recorded (%s)", job_id, name, type(error).__name__)
            return delay(error, attempt)
        return again

    async def _revive(self) -> None:
        await self._queue.revive()

    async def _forget(self) -> None:
        await asyncio.to_thread(self._records.forget, HISTORY_DAYS)
        await self._queue.forget(HISTORY_DAYS)


def delay(error: Exception, attempt: int) -> float | None:
    """Seconds until the next try after an error, or None where another try would not help or enough were made.

    What the Hub asks for (`Retry-After`, the end of its window) is kept.
    """
    if attempt + 1 >= MAX_ATTEMPTS:
        return None
    if isinstance(error, HubConflict):
        return CONFLICT_DELAY
    if isinstance(error, HubError) and not isinstance(error, HubUnavailable):
        return None
    backoff = min(FIRST_DELAY * 2.0**attempt, LONGEST_DELAY)
    asked = error.retry_after if isinstance(error, HubUnavailable) else None
    return max(backoff, asked) if asked else backoff


def _failed(arguments: Mapping[str, Any], again: float | None, sentence: str) -> Look:
    return Look(repo_id=arguments["repo_id"], decision=FAILED if again is None else RETRY, detail=sentence)
