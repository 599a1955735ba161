"""What the queue holds and what went wrong, for people: read from the database in one consistent moment."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import psycopg
from psycopg.rows import class_row, dict_row

from bot.engine import STALLED_AFTER
from bot.queue_jobs import DISCUSS, RUN
from bot.records import FAILED_FOR_GOOD


@dataclass(frozen=True, slots=True)
class Waiting:
    """A job that waits, until `due` at the earliest. `attempt` counts from 0; higher priorities run first.

    `discussion` and `run` are the numbers of what it is about, where it is about one.
    """

    job: int
    kind: str
    repo: str | None
    repo_id: str | None
    since: datetime | None
    due: datetime | None
    attempt: int
    priority: int
    delivery: str | None
    discussion: int | None
    run: int | None


@dataclass(frozen=True, slots=True)
class Running:
    """A job under way. One whose worker is not alive is taken up again within a minute; `revived` is how often."""

    job: int
    kind: str
    repo: str | None
    repo_id: str | None
    since: datetime | None
    worker_alive: bool
    attempt: int
    revived: int
    delivery: str | None
    discussion: int | None
    run: int | None


@dataclass(frozen=True, slots=True)
class Failed:
    """What will not be tried again by itself: the last look at a repo or at what was said there, or another job."""

    job: int | None
    kind: str | None
    repo: str | None
    repo_id: str | None
    since: datetime | None
    attempt: int
    reason: str
    delivery: str | None
    discussion: int | None
    run: int | None


@dataclass(frozen=True, slots=True)
class View:
    """The queue. Lists may be cut; `totals` are of everything: waiting, due (of these), running, failed."""

    totals: Mapping[str, int]
    waiting: tuple[Waiting, ...]
    running: tuple[Running, ...]
    failed: tuple[Failed, ...]


_JOB = """
    job.id as job, job.task_name as kind, coalesce(repo.name, job.args->>'name') as repo,
    job.args->>'repo_id' as repo_id, coalesce((job.args->>'attempt')::int, 0) as attempt,
    job.args->>'delivery' as delivery, (job.args->>'number')::int as discussion, (job.args->>'run')::int as run
"""
_REPO = "left join repos repo on repo.id = job.args->>'repo_id'"
# In the order in which they will run, as far as that is known.
_WAITING = f"""
    select {_JOB}, job.priority, job.scheduled_at as due,
        (select min(at) from procrastinate_events where job_id = job.id and type = 'deferred') as since
    from procrastinate_jobs job {_REPO} where job.status = 'todo'
    order by coalesce(job.scheduled_at, now()) > now(),
        case when job.scheduled_at > now() then job.scheduled_at end, job.priority desc, job.id limit %(limit)s
"""  # noqa: S608 - constants
_RUNNING = f"""
    select {_JOB}, job.attempts as revived,
        (select max(at) from procrastinate_events where job_id = job.id and type = 'started') as since,
        coalesce(worker.last_heartbeat > now() - make_interval(secs => %(silent)s), false) as worker_alive
    from procrastinate_jobs job {_REPO} left join procrastinate_workers worker on worker.id = job.worker_id
    where job.status = 'doing' order by since limit %(limit)s
"""  # noqa: S608 - constants
# A repo is listed until a later look at it succeeds; a job that is about none, or that broke before it could be
# recorded, until it is retried, covered by a later look, or forgotten.
_OTHERS_FAILED = """
    job.status = 'failed' and (not job.args ? 'repo_id' or not job.args ? 'reason' and not exists (
        select 1 from looks where repo_id = job.args->>'repo_id' and job_id > job.id))
"""
# What was said in a repo, and the runs that it led to, fail by themselves: that says nothing of its card.
_TALK_FAILED = f"""
    talk.kind in ('{DISCUSS}', '{RUN}') and talk.decision = '{FAILED_FOR_GOOD}' and not exists (
        select 1 from looks later where later.repo_id = talk.repo_id and later.kind = talk.kind and later.id > talk.id)
"""  # noqa: S608 - constants
_FAILED = f"""
    select look.job_id as job, look.kind, repo.name as repo, repo.id as repo_id, repo.failed_at as since,
        coalesce(look.attempt, 0) as attempt, coalesce(repo.failure, 'The reason was not kept.') as reason,
        look.delivery, null::int as discussion, null::int as run
    from repos repo left join lateral (
        select * from looks where repo_id = repo.id and decision = 'failed' and coalesce(kind, '') not in (
            '{DISCUSS}', '{RUN}') order by id desc limit 1
    ) look on true where repo.failed_at is not null
    union all
    select talk.job_id, talk.kind, repo.name, talk.repo_id, talk.finished_at, talk.attempt,
        coalesce(talk.detail, 'The reason was not kept.'), talk.delivery, null, null
    from looks talk left join repos repo on repo.id = talk.repo_id where {_TALK_FAILED}
    union all
    select job.id, job.task_name, job.args->>'name', job.args->>'repo_id',
        (select max(at) from procrastinate_events where job_id = job.id), 0,
        coalesce(job.args->>'reason', 'The job broke; the log of the worker says how.'), job.args->>'delivery',
        (job.args->>'number')::int, (job.args->>'run')::int
    from procrastinate_jobs job where {_OTHERS_FAILED}
    order by since desc nulls last limit %(limit)s
"""  # noqa: S608 - constants
_TOTALS = f"""
    select count(*) filter (where status = 'todo') as waiting,
        count(*) filter (where status = 'todo' and (scheduled_at is null or scheduled_at <= now())) as due,
        count(*) filter (where status = 'doing') as running,
        count(*) filter (where {_OTHERS_FAILED}) + (select count(*) from repos where failed_at is not null)
            + (select count(*) from looks talk where {_TALK_FAILED}) as failed
    from procrastinate_jobs job
"""  # noqa: S608 - constants


def view(connection: psycopg.Connection[Any], limit: int) -> View:
    """The queue as it is, with so many rows of each list at most."""
    how = {"limit": limit, "silent": STALLED_AFTER}
    with connection.transaction():
        connection.execute("set transaction isolation level repeatable read, read only")
        totals = connection.cursor(row_factory=dict_row).execute(_TOTALS).fetchone()
        waiting = connection.cursor(row_factory=class_row(Waiting)).execute(_WAITING, how).fetchall()
        running = connection.cursor(row_factory=class_row(Running)).execute(_RUNNING, how).fetchall()
        failed = connection.cursor(row_factory=class_row(Failed)).execute(_FAILED, how).fetchall()
    return View(totals or {}, tuple(waiting), tuple(running), tuple(failed))


@dataclass(frozen=True, slots=True)
class LookSeen:
    """One look of a repo's history."""

    job: int | None
    kind: str | None
    finished: datetime
    decision: str
    detail: str | None
    commit: str | None
    attempt: int
    requests: int
    delivery: str | None


def repo_id(connection: psycopg.Connection[Any], repo: str) -> str | None:
    """The id of a repo that is known under this name, or has this id."""
    row = connection.execute(
        "select id from repos where id = %(repo)s or lower(name) = lower(%(repo)s)"
        " order by id = %(repo)s desc, looked_at desc nulls last limit 1",
        {"repo": repo},
    ).fetchone()
    return str(row[0]) if row else None


def history(connection: psycopg.Connection[Any], repo: str, limit: int) -> list[LookSeen]:
    """The last looks at the repo with this id, newest first."""
    return (
        connection.cursor(row_factory=class_row(LookSeen))
        .execute(
            "select job_id as job, kind, finished_at as finished, decision, detail, commit_seen as commit, attempt,"
            " requests, delivery from looks where repo_id = %s order by id desc limit %s",
            [repo, limit],
        )
        .fetchall()
    )


def repo_of_job(connection: psycopg.Connection[Any], job: int) -> str | None:
    """The repo that a job is or was about, where it was about one."""
    row = connection.execute(
        "select args->>'repo_id' from procrastinate_jobs where id = %(job)s and args ? 'repo_id'"
        " union all select repo_id from looks where job_id = %(job)s limit 1",
        {"job": job},
    ).fetchone()
    return str(row[0]) if row else None


def has_failed(connection: psycopg.Connection[Any], job: int) -> bool:
    """Whether there is a job of this number that failed."""
    query = "select 1 from procrastinate_jobs where id = %s and status = 'failed'"
    return connection.execute(query, [job]).fetchone() is not None
