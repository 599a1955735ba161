"""What was used of the caps, as it stands in the database; decisions about it are made one at a time."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from psycopg import Connection

from bot.budget import Spent, Used, begin_of_day, begin_of_month

# "RUN BUDG"
_LOCK = 0x52554E_42554447


def begin_deciding(connection: Connection[Any]) -> datetime:
    """Wait until nobody else decides, until this transaction ends. Returns the database's time.

    Statements after this one see whatever those who were first have committed.
    """
    connection.execute("select pg_advisory_xact_lock(%s)", [_LOCK])
    return _now(connection)


def is_stopped(connection: Connection[Any]) -> bool:
    """Whether the operator has stopped new runs."""
    return connection.execute("select 1 from runs_stop").fetchone() is not None


def stop(connection: Connection[Any]) -> None:
    """From the end of this transaction on, no run is accepted or begins, whichever process is asked."""
    begin_deciding(connection)
    connection.execute("insert into runs_stop default values on conflict do nothing")


def resume(connection: Connection[Any]) -> None:
    """Runs are accepted and begin again."""
    begin_deciding(connection)
    connection.execute("delete from runs_stop")


def spent(connection: Connection[Any], now: datetime, repo_id: str, payer: str) -> Spent:
    """What was used of the caps that concern a request for this repo, for which this Hub user id pays."""
    arguments = {
        "day": begin_of_day(now),
        "month": begin_of_month(now),
        "repo": repo_id,
        "payer": payer,
    }
    row: tuple[Any, ...] = tuple(connection.execute(_SPENT, arguments).fetchone() or ())
    user, repo, day, month = (Used(*row[at : at + 2]) for at in range(0, 8, 2))
    queued, unapproved, repo_unapproved, asker_unapproved = row[8:]
    failures, last_failure = connection.execute(_FAILURES, arguments).fetchone() or (0, None)
    return Spent(
        stopped=is_stopped(connection),
        user=user,
        repo=repo,
        day=day,
        month=month,
        queued=queued,
        unapproved=unapproved,
        repo_unapproved=repo_unapproved,
        asker_unapproved=asker_unapproved,
        failures=failures,
        last_failure=last_failure,
    )


@dataclass(frozen=True, slots=True)
class Share:
    """What one person or repo used of a cap on this day."""

    name: str
    used: Used


@dataclass(frozen=True, slots=True)
class Overview:
    """How things stand. People are Hub user ids; `people` and `repos` are those who used most on this day."""

    now: datetime
    stopped_since: datetime | None
    day: Used
    month: Used
    people: Sequence[Share]
    repos: Sequence[Share]
    stages: dict[str, int]


def overview(connection: Connection[Any], limit: int = 10) -> Overview:
    """What is spent and reserved, for the operator: sums, the largest shares, and runs by stage."""
    with connection.transaction():
        # One state of the tables for all of it.
        connection.execute("set transaction isolation level repeatable read read only")
        now = _now(connection)
        used = spent(connection, now, repo_id="", payer="")
        since = connection.execute("select since from runs_stop").fetchone()
        arguments = {"day": begin_of_day(now), "limit": limit}
        people, repos = (
            [Share(name, Used(paid, kept)) for _, name, paid, kept in connection.execute(query, arguments)]
            for query in (_PEOPLE, _REPOS)
        )
        stages = dict(connection.execute("select stage, count(*) from asked_runs group by 1 order by 1").fetchall())
    return Overview(now, since[0] if since else None, used.day, used.month, people, repos, stages)


def _now(connection: Connection[Any]) -> datetime:
    # Not the time at which the transaction began: it may have waited for the lock since.
    (now,) = connection.execute("select clock_timestamp()").fetchone() or (None,)
    if not isinstance(now, datetime):
        raise TypeError(now)
    return now


# Runs that are not over count in every day and month, those that are in which they ended.
_SPENT = """
select
    coalesce(sum(spent_usd) filter (where payer = %(payer)s and ended_at >= %(day)s), 0),
    coalesce(sum(reserved_usd) filter (where payer = %(payer)s), 0),
    coalesce(sum(spent_usd) filter (where repo_id = %(repo)s and ended_at >= %(day)s), 0),
    coalesce(sum(reserved_usd) filter (where repo_id = %(repo)s), 0),
    coalesce(sum(spent_usd) filter (where ended_at >= %(day)s), 0),
    coalesce(sum(reserved_usd), 0),
    coalesce(sum(spent_usd), 0),
    coalesce(sum(reserved_usd), 0),
    count(*) filter (where stage = 'queued'),
    count(*) filter (where stage = 'waiting'),
    count(*) filter (where stage = 'waiting' and repo_id = %(repo)s),
    count(*) filter (where stage = 'waiting' and asker = %(payer)s)
from asked_runs where not over or ended_at >= %(month)s
"""

# Failures since the last run that was done. Only what reached its place counts: neither what was refused before that,
# nor what somebody cancelled.
_FAILURES = """
select count(*), max(ended_at) from asked_runs
where repo_id = %(repo)s and stage = 'failed' and place_id is not null
and ended_at > coalesce(
    (select max(ended_at) from asked_runs where repo_id = %(repo)s and stage = 'done'), '-infinity')
"""

_SHARES = """
, coalesce(sum(spent_usd) filter (where ended_at >= %(day)s), 0) as paid, sum(reserved_usd) as kept
from asked_runs where not over or ended_at >= %(day)s
group by 1 having sum(spent_usd) + sum(reserved_usd) > 0
order by sum(spent_usd) + sum(reserved_usd) desc, 1 limit %(limit)s
"""
_PEOPLE = f"select payer, payer{_SHARES}"
_REPOS = f"select repo_id, max(repo_name){_SHARES}"
