"""The job engine: procrastinate on PostgreSQL. Nothing else runs jobs.

A delivery carries no work; it says that a repo, or a discussion in it, needs a look. There is at most one waiting look
for each, and never two jobs on one repo at a time. A look reads the newest state, so it may be repeated, and
deliveries may be doubled, lost or out of order.
"""

import asyncio
import contextlib
import logging
from collections.abc import Awaitable, Callable, Coroutine, Iterator, Sequence
from typing import Any, Self

import procrastinate
import psycopg
from procrastinate.exceptions import AlreadyEnqueued, ConnectorException
from psycopg_pool import AsyncConnectionPool

from bot import connections
from bot.engine import Engine
from bot.intake import Ignored, Moved
from bot.queue_jobs import (
    AGAIN,
    DISCUSS,
    FIRST,
    LATER,
    LIVE,
    LOOK,
    MOVED,
    PULLS,
    RUN,
    SWEPT,
    Delivery,
    Due,
    following,
    lock,
    owner,
    queueing_lock,
)
from bot.queue_statements import (
    ACCEPT,
    KNOW,
    MOST_COUNTED,
    SETTLING,
    STORE,
    SWEPT_MARK,
    WAITING,
    add,
    fair,
    number,
    waits,
)
from bot.revival import Job

logger = logging.getLogger(__name__)

__all__ = [
    "AGAIN",
    "DISCUSS",
    "FIRST",
    "LATER",
    "LIVE",
    "LOOK",
    "MOVED",
    "PULLS",
    "RUN",
    "SWEPT",
    "Delivery",
    "Due",
    "Queue",
    "QueueUnavailable",
]

INTAKE_TIMEOUT = 2.0

_UNAVAILABLE = (*connections.OUTAGE, ConnectorException)

Task = Callable[[dict[str, Any], int, int], Awaitable[None]]


class QueueUnavailable(Exception):  # noqa: N818 - the name says what is the case
    """Nothing can be stored now; whoever sent it must send it again."""


class Queue:
    """The queue, for the web side (accept) and the worker side (work)."""

    def __init__(self, url: str, *, settle: float = 0.0, size: int = 8) -> None:
        self.settle = settle
        self.url = url
        self.app = procrastinate.App(connector=procrastinate.PsycopgConnector(conninfo=url))
        self._pool: AsyncConnectionPool[psycopg.AsyncConnection[Any]] = AsyncConnectionPool(
            url,
            max_size=size,
            timeout=INTAKE_TIMEOUT,
            check=AsyncConnectionPool.check_connection,
            # A table that somebody has locked must not hold up the answer to a delivery.
            kwargs=connections.arguments(lock_timeout="2000", statement_timeout="20000"),
            **connections.POOL,
        )
        self.engine = Engine(self.app, self._pool, self.ready, _merge)

    async def __aenter__(self) -> Self:
        await self._pool.open()
        await self.app.open_async(pool=self._pool)
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._pool.close(timeout=1.0)

    async def ready(self) -> bool:
        """Whether the database answers, within two seconds."""
        try:
            await _in_time(self._ask())
        except QueueUnavailable:
            return False
        return True

    async def _ask(self) -> None:
        async with self._pool.connection() as connection:
            await connection.execute("select 1")

    async def accept(self, delivery: Delivery) -> str:
        """Store a delivery and what follows from it, in one transaction. Returns the outcome in one word.

        Raises:
            QueueUnavailable: The database did not take it within two seconds.
        """
        event = delivery.event
        outcome = event.reason.value if isinstance(event, Ignored) else following(event)[0].name
        await _in_time(self._store(delivery, outcome))
        return outcome

    async def _store(self, delivery: Delivery, outcome: str) -> None:
        event = delivery.event
        row = [delivery.webhook_id, event.repo_id, event.repo_name, outcome]
        async with self._pool.connection() as connection:
            if isinstance(event, Ignored):
                await connection.execute(STORE, row)
                return
            whose = owner(event.repo_name)
            known = [event.repo_id, event.repo_name, event.repo_name, not isinstance(event, Moved)]
            cursor = await connection.execute(ACCEPT, [*row, *known, whose, SWEPT, MOST_COUNTED])
            waiting = await number(cursor)
            arguments: dict[str, Any] = {"repo_id": event.repo_id, "name": event.repo_name, "owner": whose}
            if delivery.webhook_id is not None:
                arguments["delivery"] = delivery.webhook_id
            for job in following(event):
                await self._defer(
                    job.name,
                    arguments | dict(job.arguments),
                    delay=self.settle if job.settles else 0.0,
                    priority=fair(job.band, waiting),
                    connection=connection,
                )

    async def defer_again(
        self, name: str, arguments: dict[str, Any], attempt: int, delay: float, *, settling: bool = False
    ) -> None:
        """Queue a job after a failed or interrupted one. Where one waits already, that one covers it.

        With `settling`, a write may still take effect: until the delay is over nothing of the repo runs, whatever
        happens there, as it would look before that write and say the same again.

        The engine's own retry is not used: re-queuing while a newer job waits would violate the queueing lock.

        Raises:
            QueueUnavailable: The database cannot be reached.
        """
        arguments = arguments | {"attempt": attempt}
        with _unavailable():
            async with self._pool.connection() as connection:
                cursor = await connection.execute(WAITING, [arguments.get("owner"), SWEPT, MOST_COUNTED])
                waiting = await number(cursor)
                priority = SWEPT if SWEPT_MARK in arguments else fair(AGAIN, waiting)
                priority = SETTLING if settling else priority
                await self._defer(name, arguments, delay=delay, priority=priority, live=False, connection=connection)

    async def defer_run(
        self, repo_id: str, repo_name: str, run_id: int, delay: float = 0.0, *, live: bool = True
    ) -> None:
        """Queue the next step of an evaluation that somebody asked for.

        Without a delay something happened, and a step that waits for later waits no longer. One with a delay waits
        behind everything, as it must hold up nothing of its repo meanwhile. Without `live` nothing happened: a step
        that waits is enough.

        Raises:
            QueueUnavailable: The database cannot be reached.
        """
        whose = owner(repo_name)
        arguments: dict[str, Any] = {"repo_id": repo_id, "name": repo_name, "owner": whose, "run": run_id}
        with _unavailable():
            async with self._pool.connection() as connection:
                if not live and await waits(queueing_lock(RUN, arguments), connection):
                    return
                cursor = await connection.execute(WAITING, [whose, SWEPT, MOST_COUNTED])
                priority = fair(LIVE, await number(cursor)) if live and not delay else LATER
                happened = live and not delay
                await self._defer(RUN, arguments, delay=delay, priority=priority, live=happened, connection=connection)

    async def look_now(self, repo_id: str) -> None:
        """Queue a look at a repo, as a push would; what waits for later of this repo waits no more.

        Only a write that may still take effect is waited for.

        Raises:
            QueueUnavailable: The database cannot be reached.
        """
        with _unavailable():
            async with self._pool.connection() as connection:
                await connection.execute(
                    "update procrastinate_jobs set scheduled_at = case when priority >= %s then scheduled_at end,"
                    " args = args - '{attempt,swept}'::text[], priority = greatest(priority, %s)"
                    " where lock = %s and status = 'todo'",
                    [SETTLING, LIVE, lock(repo_id)],
                )
                cursor = await connection.execute("select name from repos where id = %s", [repo_id])
                row = await cursor.fetchone()
                known = {"name": row[0], "owner": owner(row[0])} if row else {}
                await self._defer(LOOK, {"repo_id": repo_id} | known, connection=connection)

    async def retry_job(self, job_id: int) -> None:
        """Queue a job that failed again: a look as `look_now` does, anything else as it was.

        Raises:
            QueueUnavailable: The database cannot be reached.
        """
        with _unavailable():
            async with self._pool.connection() as connection:
                cursor = await connection.execute(
                    "delete from procrastinate_jobs where id = %s and status = 'failed'"
                    " returning task_name, args - 'reason', lock, queueing_lock",
                    [job_id],
                )
                row = await cursor.fetchone()
                if row is None:
                    return
                name, arguments, job_lock, waits_once = row
                with contextlib.suppress(AlreadyEnqueued):
                    async with connection.transaction():
                        await self.app.configure_task(
                            name, lock=job_lock, queueing_lock=waits_once, priority=LIVE, connection=connection
                        ).defer_async(**{key: value for key, value in arguments.items() if key != "attempt"})

    async def defer_due(self, due: Sequence[Due]) -> None:
        """Queue a look at each of these repos or discussions, behind everything live. Known and new repos alike.

        One that waits already keeps its time: it may wait because the Hub asked for it.

        Raises:
            QueueUnavailable: The database cannot be reached; some may have been queued.
        """
        with _unavailable():
            async with self._pool.connection() as connection:
                for one in due:
                    await connection.execute(KNOW, [one.repo_id, one.repo_name, one.repo_name])
                    arguments = {
                        "repo_id": one.repo_id,
                        "name": one.repo_name,
                        "owner": owner(one.repo_name),
                        SWEPT_MARK: True,
                    }
                    if one.number is not None:
                        arguments["number"] = one.number
                    await self._defer(one.kind, arguments, priority=SWEPT, live=False, connection=connection)

    async def defer_page(self, name: str, arguments: dict[str, Any], *, key: str, delay: float = 0.0) -> None:
        """Queue a job that is about no single repo, such as one page of a sweep. One of a key waits at a time.

        Raises:
            QueueUnavailable: The database cannot be reached.
        """
        with _unavailable():
            try:
                async with self._pool.connection() as connection, connection.transaction():
                    await self.app.configure_task(
                        name,
                        lock=f"{name}:{key}",
                        queueing_lock=f"{name}:{key}",
                        priority=SWEPT,
                        schedule_in={"seconds": delay} if delay else None,
                        connection=connection,
                    ).defer_async(**arguments)
            except AlreadyEnqueued:
                logger.debug("a job %s of %s waits already", name, key)

    async def _defer(
        self,
        name: str,
        arguments: dict[str, Any],
        *,
        connection: psycopg.AsyncConnection[Any],
        delay: float = 0.0,
        priority: int = LIVE,
        live: bool = True,
    ) -> None:
        """Queue a job, or add to the one that waits. `live`: something happened, so that one waits no longer than this.

        In the transaction of `connection`.
        """
        waits_once = queueing_lock(name, arguments)
        job = self.app.configure_task(
            name,
            lock=lock(arguments["repo_id"]),
            queueing_lock=waits_once,
            priority=priority,
            schedule_in={"seconds": delay} if delay else None,
            connection=connection,
        )
        # To look first is cheap; a refused insert costs four more ways to the server, and leaves a dead row behind.
        while not await add(waits_once, arguments, connection, delay=delay, priority=priority, live=live):
            # A savepoint: a violated queueing lock would undo the whole transaction. The other one was queued in
            # between, and may be fetched before we add to it.
            with contextlib.suppress(AlreadyEnqueued):
                async with connection.transaction():
                    await job.defer_async(**arguments)
                return

    def register(self, name: str, task: Task) -> None:
        """Say what a task does: called with its arguments, the attempt (from 0) and the id of the job."""

        async def run(context: procrastinate.JobContext, /, attempt: int = 0, **arguments: Any) -> None:
            with self.engine.noted(context):
                await task(arguments, attempt, context.job.id or 0)

        self.app.task(name=name, pass_context=True)(run)

    def register_periodic(self, name: str, cron: str, task: Callable[[], Awaitable[None]]) -> None:
        """Do something at times given as a cron line; over all workers it is done once."""

        async def run(context: procrastinate.JobContext, timestamp: int) -> None:  # noqa: ARG001 - the engine passes it
            with self.engine.noted(context):
                await task()

        self.app.periodic(cron=cron)(self.app.task(name=name, queueing_lock=name, pass_context=True)(run))


async def _merge(job: Job, connection: psycopg.AsyncConnection[Any]) -> None:
    """What a job was to do, added to the one that waits behind it."""
    if job.queueing_lock is not None:
        await add(job.queueing_lock, job.arguments, connection, priority=AGAIN, live=False)


async def _in_time(work: Coroutine[Any, Any, None]) -> None:
    """Await something that the database does, for two seconds.

    Raises:
        QueueUnavailable: It did not answer, or cannot.
    """
    task = asyncio.ensure_future(work)
    try:
        done, _ = await asyncio.wait({task}, timeout=INTAKE_TIMEOUT)
    finally:
        if not task.done():
            # Not awaited: the driver takes its time to let go of a server that is silent.
            task.cancel()
            task.add_done_callback(lambda ended: ended.cancelled() or ended.exception())
    if not done:
        raise QueueUnavailable("no answer")
    with _unavailable():
        task.result()


@contextlib.contextmanager
def _unavailable() -> Iterator[None]:
    try:
        yield
    except _UNAVAILABLE as error:
        raise QueueUnavailable(type(error.__cause__ or error).__name__) from error
