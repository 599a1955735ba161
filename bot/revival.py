"""Jobs whose worker is gone are taken up again. Plain SQL on the job engine's tables.

A job is left over when its worker died (no heartbeat any more), when it was cut short as its worker stopped
(`aborted`), or when its worker is alive but does not know of it (the answer to a fetch or to an end was lost).
"""

import logging
from collections.abc import Awaitable, Callable, Collection
from dataclasses import dataclass
from typing import Any

import psycopg
from psycopg.errors import UniqueViolation
from psycopg.rows import class_row

from bot.records import FAILED_FOR_GOOD

logger = logging.getLogger(__name__)

# A job that was under way so often when its worker died may be what kills the workers.
MAX_REVIVALS = 5
_FORGOTTEN_AFTER = 3600

_LEFT_OVER = """
    select job.id, job.task_name as kind, job.args as arguments, job.queueing_lock, job.attempts
    from procrastinate_jobs job left join procrastinate_workers worker on worker.id = job.worker_id
    where job.status = 'aborted'
       or job.status = 'doing' and job.id <> all(%(running)s) and (
           job.id = any(%(orphans)s) or worker.id is null
           or worker.last_heartbeat < now() - make_interval(secs => %(silent_for)s))
    order by job.id for update of job skip locked
"""
_TAKE_UP = (
    "update procrastinate_jobs set status = 'todo', attempts = attempts + 1, worker_id = null, scheduled_at = null,"
    " abort_requested = false where id = %s"
)
_FORGET_WORKERS = """
    delete from procrastinate_workers worker where last_heartbeat < now() - make_interval(secs => %s)
        and not exists (select 1 from procrastinate_jobs where worker_id = worker.id)
"""


@dataclass(frozen=True, slots=True)
class Job:
    """A job that is left over. `attempts` counts how often it was taken up."""

    id: int
    kind: str
    arguments: dict[str, Any]
    queueing_lock: str | None
    attempts: int


@dataclass(frozen=True, slots=True)
class LeftOver:
    """How to tell: workers that were silent for so many seconds, and jobs known not to run, or to run, here."""

    silent_for: float
    orphans: Collection[int] = ()
    running: Collection[int] = ()


Merge = Callable[[Job, psycopg.AsyncConnection[Any]], Awaitable[None]]


async def revive(connection: psycopg.AsyncConnection[Any], left_over: LeftOver, merge: Merge) -> int:
    """Take up what is left over. Returns how many jobs that were.

    A job whose successor waits already cannot be queued again (the queueing lock allows one): `merge` adds to that one
    what it must know, and the job is done with. Rows that another process is at are left to it.
    """
    how = {
        "silent_for": left_over.silent_for,
        "orphans": list(left_over.orphans),
        "running": list(left_over.running),
    }
    async with connection.transaction():
        cursor = connection.cursor(row_factory=class_row(Job))
        jobs = await (await cursor.execute(_LEFT_OVER, how)).fetchall()
        for job in jobs:
            try:
                # A savepoint each: one bad row must not hold up the others.
                async with connection.transaction():
                    await _take_up(job, connection, merge)
            except psycopg.Error:
                logger.exception("job %s (%s) could not be taken up", job.id, job.kind)
        await connection.execute(_FORGET_WORKERS, [max(left_over.silent_for, _FORGOTTEN_AFTER)])
    return len(jobs)


async def _take_up(job: Job, connection: psycopg.AsyncConnection[Any], merge: Merge) -> None:
    if job.attempts >= MAX_REVIVALS:
        await _give_up(job, connection)
        return
    try:
        async with connection.transaction():
            await connection.execute(_TAKE_UP, [job.id])
    except UniqueViolation:
        logger.info("job %s (%s) is covered by a newer one", job.id, job.kind)
        await merge(job, connection)
        await connection.execute("delete from procrastinate_jobs where id = %s", [job.id])
    else:
        logger.warning("job %s (%s) is taken up again: its worker is gone", job.id, job.kind)


async def _give_up(job: Job, connection: psycopg.AsyncConnection[Any]) -> None:
    sentence = f"Its worker died {job.attempts + 1} times while it ran: given up, as it may be what kills the workers."
    logger.error("job %s (%s): %s", job.id, job.kind, sentence)
    await connection.execute(
        "update procrastinate_jobs set status = 'failed', worker_id = null,"
        " args = args || jsonb_build_object('reason', %s::text) where id = %s",
        [sentence, job.id],
    )
    await connection.execute(
        "insert into totals (name, label, value) values ('given_up', %s, 1)"
        " on conflict (name, label) do update set value = totals.value + 1",
        [job.kind],
    )
    repo_id = job.arguments.get("repo_id")
    if repo_id is None:
        return
    await connection.execute(
        "insert into looks (repo_id, job_id, kind, delivery, decision, detail, attempt, requests)"
        " values (%s, %s, %s, %s, %s, %s, %s, 0)",
        [
            *(repo_id, job.id, job.kind, job.arguments.get("delivery"), FAILED_FOR_GOOD),
            *(sentence, job.arguments.get("attempt", 0)),
        ],
    )
    # Nothing may be taken for done.
    await connection.execute(
        "update repos set failed_at = now(), failure = %s, seen = null where id = %s",
        [sentence, repo_id],
    )
