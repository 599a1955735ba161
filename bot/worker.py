"""Jobs become calls of handlers: in threads, with a record of what each came to and another try where one may help.

A job ends only once its outcome is stored, and the next try with it where there is one. As long as the database is
away the job waits for it; if the process ends first, the job is taken up by another worker. So nothing is lost,
whatever dies, and for however long.
"""

import asyncio
import contextlib
import logging
import signal
from collections.abc import Awaitable, Callable, Iterator, Mapping
from dataclasses import replace
from functools import partial
from typing import Any

import psycopg
from structlog.contextvars import bound_contextvars
from tenacity import AsyncRetrying, before_sleep_log, retry_if_exception_type, wait_exponential

from bot.connections import OUTAGE
from bot.engine import STOP_WITHIN
from bot.hub_errors import WRITE_SETTLES, HubConflict, HubError, HubLimited, HubUnavailable
from bot.hub_requests import Requests, Stopped, counting, stopping
from bot.queue import Queue, QueueUnavailable
from bot.queue_jobs import NO_LOOKS, RUN
from bot.records import FAILED_FOR_GOOD, RETRY, Look, Records
from bot.threads import in_thread

logger = logging.getLogger(__name__)

# With the delays below, something over an hour: the Hub has hourly limits.
MAX_ATTEMPTS = 16
FIRST_DELAY = 2.0
LONGEST_DELAY = 600.0
CONFLICT_DELAY = 1.0
OUTAGE_DELAY = 2.0
HISTORY_DAYS = 30
# When told to stop: so long for what is about to end anyway, and for a write under way.
MOMENT = 0.3
WRITE_ENDS_WITHIN = STOP_WITHIN - 2.0

Handler = Callable[[Mapping[str, Any]], Look]


class Worker:
    """Works off the queue with the given handlers, one for each kind of job."""

    def __init__(self, queue: Queue, records: Records, handlers: Mapping[str, Handler]) -> None:
        self._queue = queue
        self._records = records
        self._handlers = handlers
        self._stop = asyncio.Event()
        for name in handlers:
            queue.register(name, self._task(name))
        queue.register_periodic("forget", "17 3 * * *", self._forget)

    async def run(self, concurrency: int = 4, *, wait: bool = True) -> None:
        """Work until SIGTERM, SIGINT or `stop`; with `wait=False`, until nothing is waiting."""
        if not wait:
            await self._queue.engine.revive()
            await self._queue.engine.run_until_empty(concurrency)
            return
        with _on_signals(self.stop):
            await self._queue.engine.run(concurrency, self._stop)

    def stop(self) -> None:
        """Fetch no more jobs, make no more requests, and end within seconds."""
        stopping.set()
        self._stop.set()

    def _task(self, name: str) -> Callable[[dict[str, Any], int, int], Awaitable[None]]:
        async def task(arguments: dict[str, Any], attempt: int, job_id: int) -> None:
            repo = arguments.get("name", arguments["repo_id"])
            names = {"job": job_id, "kind": name, "repo": repo, "delivery": arguments.get("delivery")}
            with bound_contextvars(**{key: value for key, value in names.items() if value is not None}):
                work = asyncio.ensure_future(self._work(name, arguments, attempt, job_id))
                while not work.done():
                    try:
                        await asyncio.shield(work)
                    except asyncio.CancelledError:
                        # The engine has lost the database, and would call the job cut short; it is not.
                        if self._stop.is_set() or work.done():
                            raise

        return task

    async def _work(self, name: str, arguments: dict[str, Any], attempt: int, job_id: int) -> None:
        requests = Requests()
        call = asyncio.ensure_future(in_thread(self._call, name, arguments, attempt, requests))
        if not await self._ended(call, requests):
            # A write without an answer may still take effect: the next look waits until it has.
            # A run may have been asked for elsewhere, of which nothing is seen here.
            settling = _writing(requests) or name == RUN
            pause = WRITE_SETTLES if settling else 0.0
            await self._store(partial(self._queue.defer_again, settling=settling), name, arguments, attempt, pause)
            logger.info("left to the next worker")
            return
        look, again, next_attempt = await call
        if look is not None:
            look = replace(
                look,
                requests=len(requests),
                attempt=attempt,
                job_id=job_id,
                kind=name,
                delivery=arguments.get("delivery"),
                of_card=name not in NO_LOOKS,
            )
            logger.info("%s; %s Requests: %s", look.decision, look.detail, look.requests)
            try:
                await self._store(in_thread, self._records.remember, look)
            except (psycopg.Error, UnicodeError) as error:
                logger.exception("what the look came to cannot be recorded")
                again, next_attempt = delay(error, attempt), attempt + 1
                broken = _failed(arguments, again, f"A fault of ours: {type(error).__name__} when recording a look.")
                await self._store(in_thread, self._records.remember, replace(broken, attempt=attempt, job_id=job_id))
            for run in look.then:
                await self._store(self._queue.defer_run, look.repo_id, arguments.get("name", ""), run.run, run.delay)
        if again is not None:
            settling = look is not None and again >= WRITE_SETTLES and (requests.settles or _writing(requests))
            await self._store(partial(self._queue.defer_again, settling=settling), name, arguments, next_attempt, again)

    async def _ended(self, call: asyncio.Future[Any], requests: Requests) -> bool:
        """Wait for a handler; when told to stop, only as long as it may be writing. Returns whether it has ended."""
        told = asyncio.ensure_future(self._stop.wait())
        try:
            await asyncio.wait({call, told}, return_when=asyncio.FIRST_COMPLETED)
            if not call.done():
                await asyncio.wait({call}, timeout=MOMENT)
            if not call.done() and _writing(requests):
                await asyncio.wait({call}, timeout=WRITE_ENDS_WITHIN)
            return call.done()
        finally:
            told.cancel()

    async def _store(self, store: Callable[..., Awaitable[None]], *arguments: Any) -> None:
        """Store something, however long the database is away."""
        async for trial in AsyncRetrying(
            retry=retry_if_exception_type((QueueUnavailable, *OUTAGE)),
            wait=wait_exponential(multiplier=0.2, max=5),
            before_sleep=before_sleep_log(logger, logging.WARNING),
            reraise=True,
        ):
            with trial:
                await store(*arguments)

    def _call(
        self, name: str, arguments: dict[str, Any], attempt: int, requests: Requests
    ) -> tuple[Look | None, float | None, int]:
        """Run the handler. Returns what it came to, the seconds until another try if any, and which attempt that is."""
        with counting() as counted:
            # Whoever waits for the end sees what is under way.
            requests.made = counted.made
            try:
                return self._handlers[name](arguments), None, attempt
            except Stopped:
                return None, 0.0, attempt
            except OUTAGE as error:
                logger.warning("the database was away in the middle of a look (%s)", type(error).__name__)
                return None, OUTAGE_DELAY, attempt
            except HubLimited as error:
                # Nothing was tried: it waits for its turn, for as many windows as that takes.
                logger.info("%s", error)
                return None, error.retry_after, attempt
            except HubError as error:
                again = delay(error, attempt)
                requests.settles = isinstance(error, HubUnavailable) and error.settles
                return _failed(arguments, again, str(error)), again, attempt + 1
            except Exception as error:
                logger.exception("the look broke")
                again = delay(error, attempt)
                return _failed(arguments, again, f"A fault of ours: {type(error).__name__}."), again, attempt + 1

    async def _forget(self) -> None:
        await in_thread(self._records.forget, HISTORY_DAYS)
        await self._queue.engine.forget(HISTORY_DAYS)


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
    return Look(repo_id=arguments["repo_id"], decision=FAILED_FOR_GOOD if again is None else RETRY, detail=sentence)


def _writing(requests: Requests) -> bool:
    """Whether the last request may have been one that changes something."""
    if not requests.made:
        return False
    method, _, path = requests.made[-1].partition(" ")
    return method not in {"GET", "HEAD"} and "/paths-info/" not in path


@contextlib.contextmanager
def _on_signals(stop: Callable[[], None]) -> Iterator[None]:
    """Stop when the process is told to."""
    loop = asyncio.get_running_loop()
    numbers = (signal.SIGTERM, signal.SIGINT)
    try:
        for number in numbers:
            loop.add_signal_handler(number, stop)
    except (NotImplementedError, RuntimeError, ValueError):
        # On Windows, and beside the main thread, there are none.
        yield
        return
    try:
        yield
    finally:
        for number in numbers:
            loop.remove_signal_handler(number)
