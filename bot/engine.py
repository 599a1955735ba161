"""The job engine at work: run in a worker process, kept running, and looked after."""

import asyncio
import contextlib
import logging
import time
from collections.abc import Awaitable, Callable, Iterator
from typing import Any

import procrastinate
import psycopg
from procrastinate.exceptions import ConnectorException
from psycopg_pool import AsyncConnectionPool

from bot import connections, revival
from bot.queue_statements import number

logger = logging.getLogger(__name__)

HEARTBEAT = 5.0
STALLED_AFTER = 30.0
# A worker that stops gives what is under way so long; then it leaves it to others.
STOP_WITHIN = 6.0
GRACE = STOP_WITHIN
POLL = 0.5
TEND = 10.0
# After an outage all heartbeats are old: the living get the time to be heard.
CALM = 3 * HEARTBEAT
LONGEST_PAUSE = 5.0
# So many rows may change before the planner's figures are renewed.
_STALE_FIGURES = 500
_FOREVER = 1e9
_AWAY = (*connections.OUTAGE, ConnectorException)


class Engine:
    """Fetches jobs and runs them, whatever becomes of the database and of other workers."""

    def __init__(
        self,
        app: procrastinate.App,
        pool: AsyncConnectionPool,
        ready: Callable[[], Awaitable[bool]],
        merge: revival.Merge,
    ) -> None:
        self._app = app
        self._pool = pool
        self._ready = ready
        self._merge = merge
        # What runs here, under which ids the engine knows us, and what it takes for running here but is not.
        self._running: set[int] = set()
        self._workers: set[int] = set()
        self._unknown: set[int] = set()

    @contextlib.contextmanager
    def noted(self, context: procrastinate.JobContext) -> Iterator[None]:
        """A job runs here."""
        job_id = context.job.id or 0
        self._running.add(job_id)
        if context.job.worker_id is not None:
            self._workers.add(context.job.worker_id)
        try:
            yield
        finally:
            self._running.discard(job_id)

    async def run_until_empty(self, concurrency: int) -> None:
        """Work until nothing is waiting that is due."""
        await self._run_engine(concurrency, wait=False)

    async def run(self, concurrency: int, stop: asyncio.Event) -> None:
        """Work until `stop` is set, whatever becomes of the database meanwhile.

        The engine ends when it loses the database. What is under way then goes on, and its end is stored once that is
        possible; a new run of the engine takes up what an unlucky moment left behind.
        """
        tending = asyncio.create_task(self._tend())
        told = asyncio.create_task(stop.wait())
        try:
            while not stop.is_set():
                engine = asyncio.create_task(self._run_engine(concurrency, wait=True))
                await asyncio.wait({engine, told}, return_when=asyncio.FIRST_COMPLETED)
                if stop.is_set():
                    engine.cancel()
                    await asyncio.wait({engine}, timeout=STOP_WITHIN + 1.0)
                    if not engine.done() or _end(engine):
                        logger.warning("stopped without a word to the database: what is under way is left to others")
                    return
                logger.warning("the job engine ended (%s) and is started again", _end(engine) or "connection lost")
                await self._back(told)
        finally:
            told.cancel()
            tending.cancel()

    async def _back(self, told: asyncio.Task[Any]) -> None:
        """Wait until the database answers, or until told to stop."""
        pause, away = 0.1, False
        while True:
            await asyncio.wait({told}, timeout=pause)
            if told.done():
                return
            if await self._ready():
                if away:
                    logger.warning("the database is back")
                return
            if not away:
                logger.warning("the database does not answer: waiting for it")
            pause, away = min(pause * 2, LONGEST_PAUSE), True

    async def _run_engine(self, concurrency: int, *, wait: bool) -> None:
        await self._app.run_worker_async(
            concurrency=concurrency,
            wait=wait,
            delete_jobs="successful",
            # New jobs are announced; this is how late one that was to wait may be.
            fetch_job_polling_interval=POLL,
            shutdown_graceful_timeout=GRACE,
            update_heartbeat_interval=HEARTBEAT,
            # Who is dead is for `revive` to say: the engine would judge right after an outage, when nobody was heard.
            stalled_worker_timeout=24 * 3600.0,
            install_signal_handlers=False,
        )

    async def _tend(self) -> None:
        """Look after the queue: take up what is left over, keep the planner's figures fresh."""
        calm_since = time.monotonic()
        while True:
            try:
                calm = time.monotonic() - calm_since > CALM
                await self._beat()
                await self.revive(STALLED_AFTER if calm else None)
                await self._renew_figures()
            except _AWAY:
                calm_since = time.monotonic()
            except Exception:
                logger.exception("the queue could not be looked after")
            await asyncio.sleep(TEND)

    async def _beat(self) -> None:
        """Be heard under the ids of earlier runs of the engine, too: what began in one may still be under way."""
        async with self._pool.connection() as connection:
            await connection.execute(
                "update procrastinate_workers set last_heartbeat = now() where id = any(%s)", [list(self._workers)]
            )

    async def _renew_figures(self) -> None:
        """After many new rows the planner fetches jobs as if there were few, ten times slower."""
        async with self._pool.connection() as connection:
            changed = await number(
                await connection.execute(
                    "select n_mod_since_analyze from pg_stat_user_tables where relid = 'procrastinate_jobs'::regclass"
                )
            )
            if changed > _STALE_FIGURES:
                await connection.execute("analyze procrastinate_jobs")

    async def revive(self, seconds: float | None = STALLED_AFTER) -> int:
        """Take up the jobs of workers that were not heard of for so many seconds, and what else is left over.

        Returns how many were found. None: judge no worker by its silence.
        """
        async with self._pool.connection() as connection:
            left_over = revival.LeftOver(
                silent_for=_FOREVER if seconds is None else seconds,
                orphans=await self._orphans(connection),
                running=frozenset(self._running),
            )
            return await revival.revive(connection, left_over, self._merge)

    async def _orphans(self, connection: psycopg.AsyncConnection[Any]) -> set[int]:
        """Jobs that the engine takes for running here, but are not: seen twice, as a job begins and ends elsewhere."""
        cursor = await connection.execute(
            "select id from procrastinate_jobs where status = 'doing' and worker_id = any(%s)", [list(self._workers)]
        )
        unknown = {job_id for (job_id,) in await cursor.fetchall()} - self._running
        before, self._unknown = self._unknown, unknown
        return unknown & before

    async def forget(self, days: int) -> None:
        """Delete jobs that ended more than so many days ago, however they ended."""
        await self._app.job_manager.delete_old_jobs(
            nb_hours=days * 24, include_failed=True, include_cancelled=True, include_aborted=True
        )


def _end(engine: asyncio.Task[None]) -> str | None:
    """What ended a run of the engine, if not that it was told to end."""
    error = None if engine.cancelled() else engine.exception()
    return type(error.__cause__ or error).__name__ if error else None
