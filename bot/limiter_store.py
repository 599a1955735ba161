"""Where the limiter keeps its windows: in the database, and in this process as long as the database is away.

A limiter that cannot say what is left must not be the reason that nothing works: without the database each process goes
by what it knew last, by its own requests, and by what the Hub says.
"""

import logging
import threading
import time
from collections.abc import Callable, Mapping
from typing import Any, Self, TypeVar

import psycopg
from psycopg.rows import TupleRow
from psycopg_pool import ConnectionPool, PoolTimeout

from bot import connections
from bot.window import Window

logger = logging.getLogger(__name__)

T = TypeVar("T")
Clock = Callable[[], float]

# What a free account is allowed until the Hub says otherwise: https://huggingface.co/docs/hub/rate-limits. What is not
# listed, such as an action, has no quota; it can only be blocked.
QUOTAS = {"api": 1000, "resolvers": 5000, "pages": 200}
SECONDS = 300.0
# For so long the database is not asked after it failed.
AWAY = 5.0
_POOL_TIMEOUT = 1.0


def first(bucket: str, now: float) -> Window:
    """The window of a bucket of which nothing is known yet."""
    return Window.opened(QUOTAS.get(bucket, 0), SECONDS, now)


class Memory:
    """The windows of this process alone."""

    def __init__(self, clock: Clock = time.time) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._windows: dict[tuple[str, str], Window] = {}

    def change(self, account: str, bucket: str, decide: Callable[[Window, float], tuple[Window, T]]) -> T:
        """Replace a window."""
        with self._lock:
            now = self._clock()
            window = self._windows.get((account, bucket)) or first(bucket, now)
            self._windows[account, bucket], result = decide(window, now)
            return result

    def put(self, account: str, bucket: str, window: Window) -> None:
        """What the database said last."""
        with self._lock:
            self._windows[account, bucket] = window

    def count(self, numbers: Mapping[tuple[str, str], int]) -> None:
        """Totals are kept in the database only."""


class Shared:
    """The windows of all processes that use one database; each change is one transaction on one row."""

    def __init__(self, url: str, size: int = 4, clock: Clock | None = None, memory: Memory | None = None) -> None:
        self._clock = clock
        self._memory = memory or Memory(clock or time.time)
        self._away_until = 0.0
        self._pool = ConnectionPool(
            url,
            max_size=size,
            timeout=_POOL_TIMEOUT,
            # Nothing here is worth waiting for the disk.
            kwargs=connections.arguments(lock_timeout="1000", statement_timeout="2000", synchronous_commit="off"),
            **connections.POOL,
        )

    def __enter__(self) -> Self:
        self._pool.open()
        return self

    def __exit__(self, *_: object) -> None:
        self._pool.close()

    def change(self, account: str, bucket: str, decide: Callable[[Window, float], tuple[Window, T]]) -> T:
        """Replace a window; where the database does not answer, that of this process."""
        return self._or_else(
            lambda: self._change(account, bucket, decide), lambda: self._memory.change(account, bucket, decide)
        )

    def count(self, numbers: Mapping[tuple[str, str], int]) -> None:
        """Add to the totals. What cannot be added now is lost: it is for people's eyes only."""
        rows = [(name, label, number) for (name, label), number in sorted(numbers.items())]
        self._or_else(lambda: self._count(rows), lambda: None)

    def _or_else(self, work: Callable[[], T], instead: Callable[[], T]) -> T:
        if time.monotonic() >= self._away_until:
            try:
                result = work()
            except (psycopg.Error, PoolTimeout) as error:
                if not self._away_until:
                    logger.warning("what the Hub allows is watched by each process alone: %s", type(error).__name__)
                self._away_until = time.monotonic() + AWAY
            else:
                self._away_until = 0.0
                return result
        return instead()

    def _change(self, account: str, bucket: str, decide: Callable[[Window, float], tuple[Window, T]]) -> T:
        with self._pool.connection() as connection:
            while True:
                row = connection.execute(_READ, [account, bucket]).fetchone()
                # The database's clock is that of all processes.
                (clock,) = (row or connection.execute(_CLOCK).fetchone() or (time.time(),))[-1:]
                now = self._clock() if self._clock is not None else clock
                before = first(bucket, now) if row is None else Window(*row[:-1])
                after, result = decide(before, now)
                stored = after is before or self._store(connection, account, bucket, after, new=row is None)
                if stored:
                    self._memory.put(account, bucket, after)
                    return result

    def _store(
        self, connection: psycopg.Connection[TupleRow], account: str, bucket: str, window: Window, *, new: bool
    ) -> bool:
        """False where somebody else stored the first window in between."""
        values: list[Any] = [*(window.quota, window.seconds, window.remaining), *(window.ends, window.blocked_until)]
        return connection.execute(_INSERT if new else _UPDATE, [*values, account, bucket]).rowcount == 1

    def _count(self, rows: list[tuple[str, str, int]]) -> None:
        with self._pool.connection() as connection, connection.cursor() as cursor:
            cursor.executemany(_ADD, rows)


_CLOCK = "select extract(epoch from clock_timestamp())::float8"
_READ = """
select quota, seconds, remaining, extract(epoch from resets_at)::float8, extract(epoch from blocked_until)::float8,
    extract(epoch from clock_timestamp())::float8 from hub_windows where account = %s and bucket = %s for update
"""
_UPDATE = """
update hub_windows set quota = %s, seconds = %s, remaining = %s, resets_at = to_timestamp(%s),
    blocked_until = to_timestamp(%s) where account = %s and bucket = %s
"""
_INSERT = """
insert into hub_windows (quota, seconds, remaining, resets_at, blocked_until, account, bucket)
values (%s, %s, %s, to_timestamp(%s), to_timestamp(%s), %s, %s) on conflict do nothing
"""
_ADD = """
insert into totals (name, label, value) values (%s, %s, %s)
on conflict (name, label) do update set value = totals.value + excluded.value
"""
