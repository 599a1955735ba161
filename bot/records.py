"""What we remember of repos and looks, in our own tables. All of it can be rebuilt from the Hub."""

from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Self

from psycopg import Connection
from psycopg.rows import class_row, scalar_row
from psycopg.types.json import Jsonb
from psycopg_pool import ConnectionPool

from bot import connections

POOL_TIMEOUT = 2.0
ACTIVE, GONE = "active", "gone"
# Decisions of looks that came to nothing: tried again later, or not any more.
RETRY, FAILED_FOR_GOOD = "retry", "failed"
# It was seen to be our own doing, and nothing was looked at.
OWN_ECHO = "own_echo"


@dataclass(frozen=True, slots=True)
class Repo:
    """A repo by its Hub id, under the name that the Hub last gave it.

    `heard` is the name in the latest delivery, which may be late; `seen` is what the last look saw, `config` the text
    of the repo's own settings.
    """

    id: str
    name: str
    state: str
    heard: str | None
    seen: dict[str, Any] | None
    config: str | None


@dataclass(frozen=True, slots=True)
class NextRun:
    """A run of an evaluation whose next step is due in so many seconds."""

    run: int
    delay: float = 0.0


@dataclass(frozen=True, slots=True)
class Look:
    """What one look came to, or one job of another kind.

    `decision` is one word, `detail` one sentence, `report` what people may want to see. With `seen`, the next look does
    nothing as long as it sees the same; without, it compares with the Hub again. What says nothing of the card is no
    look at it (`of_card`); `then` are runs with a further step.
    """

    repo_id: str
    decision: str
    detail: str
    commit_seen: str | None = None
    report: dict[str, Any] | None = None
    seen: dict[str, Any] | None = None
    config: str | None = None
    requests: int = 0
    attempt: int = 0
    job_id: int | None = None
    kind: str | None = None
    delivery: str | None = None
    of_card: bool = True
    then: tuple[NextRun, ...] = ()


@dataclass(frozen=True, slots=True)
class PastLook:
    """A row of the history of looks."""

    id: int
    repo_id: str
    finished_at: datetime
    commit_seen: str | None
    decision: str
    detail: str | None
    attempt: int
    requests: int
    kind: str | None = None


class Records:
    """Our tables, for code that runs in threads."""

    def __init__(self, url: str, size: int = 4) -> None:
        self._pool: ConnectionPool[Connection[Any]] = ConnectionPool(
            url,
            max_size=size,
            timeout=POOL_TIMEOUT,
            check=ConnectionPool.check_connection,
            kwargs=connections.arguments(),
            **connections.POOL,
        )

    def __enter__(self) -> Self:
        self._pool.open()
        return self

    def __exit__(self, *_: object) -> None:
        self._pool.close(timeout=1.0)

    def connection(self) -> AbstractContextManager[Connection[Any]]:
        """A connection for one transaction on tables that have a module of their own."""
        return self._pool.connection()

    def repo(self, repo_id: str) -> Repo | None:
        """A repo that a delivery named."""
        with self._pool.connection() as connection, connection.cursor(row_factory=class_row(Repo)) as cursor:
            return cursor.execute(
                "select id, name, state, heard, seen, config from repos where id = %s", [repo_id]
            ).fetchone()

    def report(self, repo_name: str) -> dict[str, Any] | None:
        """What the last look at a repo of this name found."""
        with self._pool.connection() as connection, connection.cursor(row_factory=scalar_row) as cursor:
            row: dict[str, Any] | None = cursor.execute(
                "select report from repos where lower(name) = lower(%s) and looked_at is not null"
                " order by looked_at desc limit 1",
                [repo_name],
            ).fetchone()
            return row

    def looks(self, repo_id: str | None = None, after: int = 0) -> list[PastLook]:
        """The looks after a given one, oldest first; of all repos or of one."""
        with self._pool.connection() as connection, connection.cursor(row_factory=class_row(PastLook)) as cursor:
            return cursor.execute(
                "select id, repo_id, finished_at, commit_seen, decision, detail, attempt, requests, kind from looks"
                " where id > %s and (%s::text is null or repo_id = %s) order by id",
                [after, repo_id, repo_id],
            ).fetchall()

    def remember(self, look: Look) -> None:
        """Keep what a look came to. A look without a report (unchanged, failed) keeps the last one.

        One that failed for good is listed until a later one does not, and that one compares with the Hub.
        """
        with self._pool.connection() as connection:
            connection.execute(
                "insert into looks"
                " (repo_id, job_id, kind, delivery, commit_seen, decision, detail, attempt, requests)"
                " values (%s, %s, %s, %s, %s, %s, %s, %s, %s)",
                [
                    *(look.repo_id, look.job_id, look.kind, look.delivery, look.commit_seen),
                    *(look.decision, look.detail, look.attempt, look.requests),
                ],
            )
            connection.execute(
                "insert into totals (name, label, value) values ('looks', %s, 1)"
                " on conflict (name, label) do update set value = totals.value + 1",
                [look.decision],
            )
            if not look.of_card:
                return
            if look.decision == FAILED_FOR_GOOD:
                connection.execute(
                    # No push takes it for done; when a sweep asks again is said in `bot.sweep_records`.
                    "update repos set looked_at = now(), failed_at = now(), failure = %s, seen = null where id = %s",
                    [look.detail, look.repo_id],
                )
                return
            connection.execute(
                # A head that was looked at is one that no sweep need ask for.
                "update repos set looked_at = now(), commit_seen = coalesce(%(sha)s, commit_seen),"
                " listed_sha = coalesce(%(sha)s, listed_sha), report = coalesce(%(report)s, report) where id = %(id)s",
                {
                    "sha": look.commit_seen,
                    "report": Jsonb(look.report) if look.report else None,
                    "id": look.repo_id,
                },
            )
            if look.decision not in {RETRY, OWN_ECHO}:
                connection.execute(
                    "update repos set failed_at = null, failure = null where id = %s and failed_at is not null",
                    [look.repo_id],
                )
            if look.seen is not None:
                connection.execute(
                    "update repos set seen = %s, config = %s where id = %s",
                    [Jsonb(look.seen), look.config, look.repo_id],
                )

    def unsettled(self, repo_id: str) -> None:
        """Something is about to be written there: until a look has ended well, each compares with the Hub."""
        with self._pool.connection() as connection:
            connection.execute("update repos set seen = null where id = %s", [repo_id])

    def committed(self, sha: str) -> None:
        """We made this commit."""
        with self._pool.connection() as connection:
            connection.execute("insert into own_commits (sha) values (%s) on conflict do nothing", [sha])

    def is_own_commit(self, sha: str) -> bool:
        """Whether we made this commit."""
        with self._pool.connection() as connection:
            return connection.execute("select 1 from own_commits where sha = %s", [sha]).fetchone() is not None

    def rename(self, repo_id: str, name: str) -> None:
        """The repo has a new name. What was remembered stays: it is the same repo."""
        with self._pool.connection() as connection:
            connection.execute("update repos set name = %s, state = %s where id = %s", [name, ACTIVE, repo_id])

    def gone(self, repo_id: str) -> None:
        """The repo was deleted, or is not for us any more."""
        with self._pool.connection() as connection:
            connection.execute("update repos set state = %s, seen = null where id = %s", [GONE, repo_id])

    def forget(self, days: int) -> int:
        """Delete deliveries, looks and commits older than so many days; returns how many."""
        with self._pool.connection() as connection:
            return sum(
                connection.execute(query, [days]).rowcount
                for query in (
                    "delete from deliveries where received_at < now() - make_interval(days => %s)",
                    "delete from looks where finished_at < now() - make_interval(days => %s)",
                    "delete from own_commits where made_at < now() - make_interval(days => %s)",
                )
            )
