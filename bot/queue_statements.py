"""What the queue says to the database: plain SQL on our tables and on those of the job engine."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import psycopg
from psycopg.types.json import Jsonb

# In the arguments of a look that only a sweep asked for, until something happens: the limiter goes by it.
SWEPT_MARK = "swept"
# A write that had no answer may still take effect: a job of this priority waits until then, and holds up its repo.
SETTLING = 30
_BAND = 9
MOST_COUNTED = 2**_BAND - 1

WAITING = (
    "select count(*) from (select 1 from procrastinate_jobs where status = 'todo' and args->>'owner' = %s"
    " and priority > %s limit %s) waiting"
)
STORE = "insert into deliveries (webhook_id, repo_id, repo_name, outcome) values (%s, %s, %s, %s)"
KNOW = (
    "insert into repos (id, name, heard) values (%s, %s, %s)"
    # A late delivery may carry an old name: it is only a hint, the look finds out.
    " on conflict (id) do update set heard = excluded.heard, state = 'active'"
)
# All at once: each statement is a way to the server and back.
ACCEPT = f"with stored as ({STORE}), known as ({KNOW} where %s) {WAITING}"
_ADD = """
    update procrastinate_jobs set
        priority = greatest(priority, %(priority)s),
        scheduled_at = case when %(settling)s then greatest(coalesce(scheduled_at, now()), now() + %(delay)s)
            when priority >= %(most)s then scheduled_at
            when %(live)s and scheduled_at > now() + %(delay)s then now() + %(delay)s
            else scheduled_at end,
        -- One look for several changes: it is for nothing only if each of them is our own.
        args = case when not args ? 'changes' then args
                    when %(changes)s::jsonb is null then args - 'changes'
                    when args->'changes' @> %(changes)s then args
                    else jsonb_set(args, '{changes}', args->'changes' || %(changes)s) end
            -- A new event is a new beginning: it does not inherit the tries of a failed one.
            - case when %(live)s then 'attempt' else '' end
            -- What not only a sweep asked for is urgent.
            - case when %(swept)s then '' else 'swept' end || %(news)s
    where queueing_lock = %(lock)s and status = 'todo'
"""


def fair(band: int, waiting: int) -> int:
    """The priority of a job whose owner has so many waiting already: one less for each time that these double.

    So the first push of somebody goes before the second of somebody else, whoever has pushed a thousand times.
    """
    return band - min((1 + waiting).bit_length() - 1, _BAND)


async def add(
    queueing_lock: str,
    arguments: Mapping[str, Any],
    connection: psycopg.AsyncConnection[Any],
    *,
    priority: int,
    live: bool,
    delay: float = 0.0,
) -> bool:
    """Add to the waiting job what it does not know. Returns whether there is one."""
    changes = arguments.get("changes")
    news = {key: arguments[key] for key in ("delivery", "new_name") if live and key in arguments}
    cursor = await connection.execute(
        _ADD,
        {
            "priority": priority,
            "settling": priority >= SETTLING,
            "most": SETTLING,
            "live": live,
            "delay": timedelta(seconds=delay),
            "changes": None if changes is None else Jsonb(changes),
            "news": Jsonb(news),
            "swept": SWEPT_MARK in arguments,
            "lock": queueing_lock,
        },
    )
    return cursor.rowcount > 0


async def waits(queueing_lock: str, connection: psycopg.AsyncConnection[Any]) -> bool:
    """Whether a job of this queueing lock waits."""
    query = "select 1 from procrastinate_jobs where queueing_lock = %s and status = 'todo'"
    return await (await connection.execute(query, [queueing_lock])).fetchone() is not None


async def number(cursor: psycopg.AsyncCursor[Any]) -> int:
    """The one number that a query returns."""
    row = await cursor.fetchone()
    return int(row[0]) if row else 0
