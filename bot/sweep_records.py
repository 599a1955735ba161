"""What sweeps remember, in our tables: which state of a repo a look covers, and when what was swept."""

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import LiteralString

from bot.hub_listing import ListedRepo
from bot.queue_jobs import NO_LOOKS
from bot.records import ACTIVE, Records
from bot.settings import Watch
from bot.sweep import Found, Known, Pass, Why

ALL = "*"
DAY = 24 * 3600.0


class SweepRecords:
    """The table `sweeps`, and the columns of `repos` that sweeps compare with."""

    def __init__(self, records: Records) -> None:
        self._records = records

    def claim(self, seconds: float) -> bool:
        """Whether a sweep is due, the last one having begun so many seconds ago. Of several askers one is told so."""
        with self._records.connection() as connection:
            return (
                connection.execute(
                    "insert into sweeps (subject, started_at) values (%s, now()) on conflict (subject) do update"
                    " set started_at = now() where sweeps.started_at is null"
                    " or sweeps.started_at <= now() - make_interval(secs => %s) returning 1",
                    [ALL, seconds],
                ).fetchone()
                is not None
            )

    def now(self) -> str:
        """The database's time."""
        with self._records.connection() as connection:
            row = connection.execute("select now()").fetchone()
        return row[0].isoformat() if row else ""

    def is_full_due(self, owner: str) -> bool:
        """Whether no pass over all repos of an owner ended that began within a day."""
        with self._records.connection() as connection:
            query = "select 1 from sweeps where subject = %s and full_at > now() - make_interval(secs => %s)"
            return connection.execute(query, [owner, DAY]).fetchone() is None

    def marks(self, subjects: Iterable[str]) -> dict[str, str]:
        """What was kept for these subjects, where anything was."""
        query = "select subject, mark from sweeps where subject = any(%s) and mark is not null"
        with self._records.connection() as connection:
            return dict(connection.execute(query, [list(subjects)]).fetchall())

    def mark(self, subject: str, text: str) -> None:
        """Keep something for a subject."""
        with self._records.connection() as connection:
            connection.execute(
                "insert into sweeps (subject, mark) values (%s, %s)"
                " on conflict (subject) do update set mark = excluded.mark",
                [subject, text],
            )

    def known(self, repo_ids: Iterable[str]) -> dict[str, Known]:
        """What we know of repos, by id."""
        return self._known("id = any(%s)", list(repo_ids))

    def known_as(self, name: str) -> dict[str, Known]:
        """The repos that we know under a name, by id; names on the Hub ignore case."""
        return self._known("state = 'active' and lower(name) = %s", name.lower())

    def known_of(self, owner: str) -> dict[str, Known]:
        """The repos that we know of an owner, by id."""
        return self._known("state = 'active' and split_part(lower(name), '/', 1) = %s", owner.lower())

    def _known(self, condition: LiteralString, value: str | list[str]) -> dict[str, Known]:
        query = f"select id, name, state, listed_sha, seen->>'name' from repos where {condition}"  # noqa: S608 - literals
        with self._records.connection() as connection:
            rows = connection.execute(query, [value]).fetchall()
        return {hub_id: Known(name, state == ACTIVE, sha, seen) for hub_id, name, state, sha, seen in rows}

    def renamed(self, listed: Iterable[ListedRepo]) -> None:
        """What the Hub lists is where it is now: take its name on, where we know the repo."""
        rows = [{"id": one.id, "name": one.name} for one in listed]
        with self._records.connection() as connection:
            connection.execute(
                "update repos set name = new.name, heard = new.name, listed_at = now()"
                " from jsonb_to_recordset(%s::jsonb) as new (id text, name text) where repos.id = new.id",
                [json.dumps(rows)],
            )

    def covered(self, found: Sequence[Found]) -> None:
        """Looks at these repos are queued: they will see the heads that were listed, or newer ones."""
        rows = [{"id": one.repo_id, "sha": one.sha} for one in found]
        with self._records.connection() as connection:
            connection.execute(
                "update repos set listed_sha = coalesce(new.sha, listed_sha), swept_at = now(),"
                " listed_at = case when new.sha is null then listed_at else now() end"
                " from jsonb_to_recordset(%s::jsonb) as new (id text, sha text) where repos.id = new.id",
                [json.dumps(rows)],
            )

    def missing(self, ended: Pass) -> tuple[Found, ...]:
        """Repos that we know of an owner and that a whole pass did not show: moved, deleted, or private now."""
        with self._records.connection() as connection:
            rows = connection.execute(
                "select id, name from repos where state = 'active' and split_part(lower(name), '/', 1) = %s"
                " and coalesce(listed_at, 'epoch') < %s::timestamptz order by id",
                [ended.owner, ended.began],
            ).fetchall()
        return tuple(Found(hub_id, name, Why.MISSING) for hub_id, name in rows)

    def passed(self, ended: Pass) -> None:
        """A pass over all repos of an owner has ended, and what it found is queued."""
        with self._records.connection() as connection:
            connection.execute(
                "insert into sweeps (subject, full_at) values (%s, %s::timestamptz)"
                " on conflict (subject) do update set full_at = excluded.full_at",
                [ended.owner, ended.began],
            )

    def owed(self, watch: Watch, write: str, catalog: str, no_looks: Sequence[str]) -> tuple[Found, ...]:
        """Repos that need a look whatever the Hub lists. No request is made for this.

        The last look failed after many tries, or a day ago at once, or was refused a day ago; one that a sweep queued
        a day ago came to nothing; or the last one was under another catalog of benchmarks (`catalog`) or another
        setting of how far we may go (`write`). Decisions in `no_looks` are of jobs that are no looks, as are all of
        some kinds (`bot.queue_jobs.NO_LOOKS`).
        """
        with self._records.connection() as connection:
            rows = connection.execute(
                _OWED,
                {
                    "owners": list(watch.owners),
                    "names": list(watch.repos),
                    "write": write,
                    "catalog": catalog,
                    "no_looks": list(no_looks),
                    "no_look_kinds": list(NO_LOOKS),
                },
            ).fetchall()
        return tuple(Found(hub_id, name, Why(why)) for hub_id, name, why in rows)

    def with_claims(self, watch: Watch) -> tuple[Found, ...]:
        """Repos where it matters what happens in pull requests: the card states scores, or one of ours is there.

        No list tells all of it: neither of a commit to our pull request nor of a stranger's that was closed.
        """
        with self._records.connection() as connection:
            rows = connection.execute(
                "select id, name from repos r where state = 'active'"
                " and (report->'scores' <> '[]' or exists (select from own_pulls p where p.repo_id = r.id))"
                " and (split_part(lower(name), '/', 1) = any(%s) or lower(name) = any(%s)) order by id",
                [list(watch.owners), list(watch.repos)],
            ).fetchall()
        return tuple(Found(hub_id, name, Why.FULL) for hub_id, name in rows)

    def with_runs(self, watch: Watch) -> tuple[Found, ...]:
        """Discussions in which an evaluation was asked for that is not over: an approval or a cancel may be lost."""
        with self._records.connection() as connection:
            rows = connection.execute(
                "select distinct a.repo_id, r.name, a.discussion from asked_runs a join repos r on r.id = a.repo_id"
                " where not a.over and r.state = 'active'"
                " and (split_part(lower(r.name), '/', 1) = any(%s) or lower(r.name) = any(%s)) order by 1, 3",
                [list(watch.owners), list(watch.repos)],
            ).fetchall()
        return tuple(Found(hub_id, name, Why.RUN_ACTIVE, number=number) for hub_id, name, number in rows)

    def count(self, name: str, numbers: Mapping[str, int]) -> None:
        """Add to the figures of the service: label to how many more."""
        with self._records.connection() as connection:
            connection.cursor().executemany(
                "insert into totals (name, label, value) values (%s, %s, %s)"
                " on conflict (name, label) do update set value = totals.value + excluded.value",
                [(name, label, number) for label, number in sorted(numbers.items())],
            )


_OWED = """
with judged as (
    select r.id, r.name, case
        when l.decision = 'failed' and (l.attempt > 0 or l.finished_at < now() - interval '1 day') then 'failed'
        when l.decision = 'not_for_us' and l.finished_at < now() - interval '1 day' then 'denied'
        when l.decision = 'retry' and l.finished_at < now() - interval '1 day' then 'unfinished'
        when l.decision in ('failed', 'not_for_us', 'no_repo', 'not_watched', 'retry') then null
        when coalesce(r.looked_at, 'epoch') < r.swept_at then 'unfinished'
        when r.seen->>'write' <> %(write)s or not r.seen ? 'catalog' or r.seen->>'catalog' <> %(catalog)s
            then 'outdated'
    end as why
    from repos r
    left join lateral (
        select decision, attempt, finished_at from looks
        where repo_id = r.id and not decision = any(%(no_looks)s)
        and not coalesce(kind = any(%(no_look_kinds)s), false) order by id desc limit 1
    ) l on true
    where r.state = 'active'
    -- The look that the last sweep queued may still wait for its turn.
    and (r.swept_at is null or r.swept_at < now() - interval '1 day' or r.looked_at >= r.swept_at)
    and (split_part(lower(r.name), '/', 1) = any(%(owners)s) or lower(r.name) = any(%(names)s))
)
select id, name, why from judged where why is not null order by id
"""
