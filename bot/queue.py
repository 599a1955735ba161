"""The job engine: procrastinate on PostgreSQL. Nothing else runs jobs.

A delivery carries no work; it says that a repo needs a look. There is at most one waiting look for a repo, and never
two jobs on one repo at a time. A look reads the newest state, so it may be repeated, and deliveries may be doubled,
lost or out of order.
"""

import logging
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Self

import procrastinate
import psycopg
from procrastinate.exceptions import AlreadyEnqueued, ConnectorException, UniqueViolation
from psycopg.types.json import Jsonb
from psycopg_pool import AsyncConnectionPool, PoolTimeout

from bot.intake import Event, Ignored, Moved, PullChanged, Pushed

logger = logging.getLogger(__name__)

LOOK, PULLS, MOVED = "look", "pulls", "moved"
# A job that is to wait holds up all of its repo of the same or lower priority: a repo that moved is followed at once,
# and what is tried again later holds up nothing; a new event raises it.
FIRST, LIVE, AGAIN, SWEPT = 20, 10, 0, -10
MAX_REVIVALS = 5
_REVIVING = 0x5C04F
HEARTBEAT = 5.0
STALLED_AFTER = 30.0
GRACE = 4.0
INTAKE_TIMEOUT = 2.0
POLL = 0.5

_TASKS: dict[type, str] = {Pushed: LOOK, PullChanged: PULLS, Moved: MOVED}

Task = Callable[[dict[str, Any], int, int], Awaitable[None]]


class QueueUnavailable(Exception):  # noqa: N818 - the name says what is the case
    """Nothing can be stored now; whoever sent it must send it again."""


@dataclass(frozen=True, slots=True)
class Delivery:
    """One webhook POST, as far as we keep it."""

    webhook_id: str | None
    event: Event


@dataclass(frozen=True, slots=True)
class Due:
    """A repo that a sweep found in need of a look. `kind` is LOOK, or PULLS to compare with the Hub in any case."""

    repo_id: str
    repo_name: str
    kind: str = LOOK


class Queue:
    """The queue, for the web side (accept) and the worker side (run)."""

    def __init__(self, url: str, *, settle: float = 0.0, size: int = 8) -> None:
        # A table that somebody has locked must not hold up the answer to a delivery.
        limits = "-c lock_timeout=2000 -c statement_timeout=20000"
        self.settle = settle
        self.url = url
        self.app = procrastinate.App(connector=procrastinate.PsycopgConnector(conninfo=url))
        self._pool = AsyncConnectionPool(
            url,
            min_size=1,
            max_size=size,
            timeout=INTAKE_TIMEOUT,
            open=False,
            check=AsyncConnectionPool.check_connection,
            kwargs={"options": limits},
        )

    async def __aenter__(self) -> Self:
        await self._pool.open()
        await self.app.open_async(pool=self._pool)
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._pool.close()

    async def ready(self) -> bool:
        """Whether the database answers."""
        try:
            async with self._pool.connection() as connection:
                await connection.execute("select 1")
        except (psycopg.Error, PoolTimeout):
            return False
        return True

    async def accept(self, delivery: Delivery) -> str:
        """Store a delivery and what follows from it, in one transaction. Returns the outcome in one word.

        Raises:
            QueueUnavailable: The database cannot be reached within two seconds.
        """
        event = delivery.event
        outcome = event.reason.value if isinstance(event, Ignored) else _TASKS[type(event)]
        try:
            async with self._pool.connection() as connection:
                await connection.execute(
                    "insert into deliveries (webhook_id, repo_id, repo_name, outcome) values (%s, %s, %s, %s)",
                    [delivery.webhook_id, event.repo_id, event.repo_name, outcome],
                )
                if not isinstance(event, Ignored):
                    await self._defer_for(event, connection)
        except (psycopg.OperationalError, psycopg.InterfaceError, PoolTimeout, ConnectorException) as error:
            raise QueueUnavailable(type(error).__name__) from error
        return outcome

    async def _defer_for(self, event: Pushed | PullChanged | Moved, connection: psycopg.AsyncConnection[Any]) -> None:
        await connection.execute(
            # A late delivery may carry an old name: it is only a hint, the look finds out.
            "insert into repos (id, name, heard) values (%s, %s, %s) on conflict (id)"
            " do update set heard = excluded.heard, state = 'active' where %s",
            [event.repo_id, event.repo_name, event.repo_name, not isinstance(event, Moved)],
        )
        arguments: dict[str, Any] = {"repo_id": event.repo_id}
        if isinstance(event, Moved):
            arguments["new_name"] = event.new_name
        elif isinstance(event, PullChanged):
            arguments["changes"] = [{"sha": event.sha, "author": event.author}]
        if isinstance(event, Moved):
            await self._defer(MOVED, arguments, priority=FIRST, connection=connection)
            # Under another name, the card's tables may say something else of the model.
            arguments = {"repo_id": event.repo_id}
        name = PULLS if isinstance(event, PullChanged) else LOOK
        await self._defer(name, arguments, delay=self.settle, connection=connection)

    async def defer_again(self, name: str, arguments: dict[str, Any], attempt: int, delay: float) -> None:
        """Queue a job after a failed or interrupted one. Where one waits already, that one covers it.

        The engine's own retry is not used: re-queuing while a newer job waits would violate the queueing lock.

        Raises:
            QueueUnavailable: The database cannot be reached.
        """
        try:
            await self._defer(name, arguments | {"attempt": attempt}, delay=delay, priority=AGAIN)
        except (psycopg.Error, PoolTimeout, ConnectorException) as error:
            raise QueueUnavailable(type(error).__name__) from error

    async def look_now(self, repo_id: str) -> None:
        """Queue a look at a repo, as a push would."""
        await self._defer(LOOK, {"repo_id": repo_id})

    async def defer_due(self, due: Sequence[Due]) -> None:
        """Queue a look at each of these repos, behind everything that is live. Known and new repos alike.

        Raises:
            QueueUnavailable: The database cannot be reached; some may have been queued.
        """
        try:
            async with self._pool.connection() as connection:
                for one in due:
                    await connection.execute(
                        "insert into repos (id, name, heard) values (%s, %s, %s)"
                        " on conflict (id) do update set heard = excluded.heard, state = 'active'",
                        [one.repo_id, one.repo_name, one.repo_name],
                    )
                    await self._defer(one.kind, {"repo_id": one.repo_id}, priority=SWEPT, connection=connection)
        except (psycopg.Error, PoolTimeout, ConnectorException) as error:
            raise QueueUnavailable(type(error).__name__) from error

    async def defer_page(self, name: str, arguments: dict[str, Any], *, key: str, delay: float = 0.0) -> None:
        """Queue a job that is about no single repo, such as one page of a sweep. One of a key waits at a time.

        Raises:
            QueueUnavailable: The database cannot be reached.
        """
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
        except (psycopg.Error, PoolTimeout, ConnectorException) as error:
            raise QueueUnavailable(type(error).__name__) from error

    async def _defer(
        self,
        name: str,
        arguments: dict[str, Any],
        *,
        delay: float = 0.0,
        priority: int = LIVE,
        connection: psycopg.AsyncConnection[Any] | None = None,
    ) -> None:
        if connection is None:
            async with self._pool.connection() as own:
                await self._defer(name, arguments, delay=delay, priority=priority, connection=own)
            return
        repo_id = arguments["repo_id"]
        queueing_lock = f"{name}:{repo_id}"
        changes = Jsonb(arguments.get("changes", []))
        job = self.app.configure_task(
            name,
            lock=f"repo:{repo_id}",
            queueing_lock=queueing_lock,
            priority=priority,
            schedule_in={"seconds": delay} if delay else None,
            connection=connection,
        )
        try:
            # A savepoint: a violated queueing lock would undo the whole transaction.
            async with connection.transaction():
                await job.defer_async(**arguments)
        except AlreadyEnqueued:
            await connection.execute(
                "update procrastinate_jobs set priority = greatest(priority, %s),"
                " scheduled_at = least(scheduled_at, now() + %s),"
                # One look for several changes: it is for nothing only if each of them is our own.
                " args = case when args ? 'changes' and not args->'changes' @> %s"
                " then jsonb_set(args, '{changes}', args->'changes' || %s) else args end"
                # A new event is a new beginning: it does not inherit the tries of a failed one.
                " - case when %s then '' else 'attempt' end"
                " where queueing_lock = %s and status = 'todo'",
                [priority, timedelta(seconds=delay), changes, changes, "attempt" in arguments, queueing_lock],
            )

    def register(self, name: str, task: Task) -> None:
        """Say what a task does: called with its arguments, the attempt (from 0) and the id of the job."""

        async def run(context: procrastinate.JobContext, /, attempt: int = 0, **arguments: Any) -> None:
            await task(arguments, attempt, context.job.id or 0)

        self.app.task(name=name, pass_context=True)(run)

    def register_periodic(self, name: str, cron: str, task: Callable[[], Awaitable[None]]) -> None:
        """Do something at times given as a cron line; over all workers it is done once."""

        async def run(timestamp: int) -> None:  # noqa: ARG001 - the engine passes it
            await task()

        self.app.periodic(cron=cron)(self.app.task(name=name, queueing_lock=name)(run))

    async def run(self, concurrency: int, *, wait: bool = True) -> None:
        """Work until told to stop; with `wait=False`, until nothing is waiting."""
        await self.app.run_worker_async(
            concurrency=concurrency,
            wait=wait,
            delete_jobs="successful",
            # New jobs are announced; this is how late one that was to wait may be.
            fetch_job_polling_interval=POLL,
            shutdown_graceful_timeout=GRACE,
            update_heartbeat_interval=HEARTBEAT,
            stalled_worker_timeout=STALLED_AFTER,
            install_signal_handlers=wait,
        )

    async def revive(self, seconds: float = STALLED_AFTER) -> int:
        """Take up the jobs of workers that died. Returns how many were found.

        Only one process does so at a time: two would undo each other's work. A job whose successor waits already cannot
        be queued again (the queueing lock allows one): it is covered. One that was revived again and again is given up,
        as it may be what kills the workers.
        """
        manager = self.app.job_manager
        async with self._pool.connection() as connection, connection.transaction():
            cursor = await connection.execute("select pg_try_advisory_xact_lock(%s)", [_REVIVING])
            if (await cursor.fetchone()) != (True,):
                return 0
            stalled = list(await manager.get_stalled_jobs(seconds_since_heartbeat=seconds))
            for job in stalled:
                if job.attempts >= MAX_REVIVALS:
                    logger.error(
                        "job %s (%s) is given up: its worker died %s times", job.id, job.task_name, job.attempts
                    )
                    await manager.finish_job(job, status=procrastinate.jobs.Status.FAILED, delete_job=False)
                    continue
                try:
                    await manager.retry_job(job)
                except UniqueViolation:
                    logger.info("job %s is covered by a newer one", job.id)
                    await manager.finish_job(job, status=procrastinate.jobs.Status.FAILED, delete_job=False)
                except ConnectorException:
                    logger.exception("job %s could not be taken up", job.id)
            return len(stalled)

    async def forget(self, days: int) -> None:
        """Delete jobs that ended more than so many days ago, however they ended."""
        await self.app.job_manager.delete_old_jobs(
            nb_hours=days * 24, include_failed=True, include_cancelled=True, include_aborted=True
        )
