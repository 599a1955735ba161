"""Evaluations that comments asked for: one row for each, from the acceptance to its end, exact with many processes.

Whatever lets a run in or lets it begin is decided one at a time, under one lock of the database, so that no two
decisions spend the same dollar or take the same slot. All other changes name the stage that they expect.
"""

from collections.abc import Collection
from datetime import datetime
from typing import Any, LiteralString, TypedDict, Unpack

from psycopg import Connection, sql
from psycopg.rows import DictRow, dict_row
from psycopg.types.json import Jsonb

from bot.asked_run_values import Accepted, AskedRun, Refused, Request, RunStage, Same
from bot.budget import Caps, dollars, refusal
from bot.budget_records import begin_deciding, is_stopped, spent
from bot.records import Records
from evaluators.runs import spec as specs
from evaluators.runs.handover import new_nonce

__all__ = ["Accepted", "AskedRun", "AskedRuns", "Columns", "Refused", "Request", "RunStage", "Same"]

# How a run may go on by `AskedRuns.set`. Out of the queue leads only `may_start`, as it counts the slots, and into it
# only an approval, as it costs; a run that is back in the queue was not started.
_AFTER = {
    RunStage.WAITING: {RunStage.FAILED, RunStage.CANCELLED, RunStage.EXPIRED},
    RunStage.QUEUED: {RunStage.FAILED, RunStage.CANCELLED, RunStage.EXPIRED},
    RunStage.SUBMITTED: {RunStage.QUEUED, RunStage.RUNNING, *(one for one in RunStage if one.over)},
    RunStage.RUNNING: {one for one in RunStage if one.over},
}

# A decision locks its row, too: `set` does not wait for decisions, and must not cancel a run in the middle of one.
_LOCKED: LiteralString = "id = %s for update"


class Columns(TypedDict, total=False):
    """What may change beside the stage."""

    nonce: str
    place_id: str | None
    url: str | None
    answer_id: str | None
    result_id: str | None
    shown: str | None
    edits: int
    told: bool
    cancel_asked: bool
    cost_usd: float | None
    cause: str | None
    result: dict[str, Any] | None
    published: dict[str, Any] | None
    started_at: datetime | None


class AskedRuns:
    """The table `asked_runs`, and what was answered. For code that runs in threads."""

    def __init__(self, records: Records) -> None:
        self._records = records

    def accept(self, request: Request, caps: Caps) -> Accepted | Same | Refused:
        """Let a request in, and reserve what it may cost, or have it wait for approval. Repeating it changes nothing.

        The same that is under way or done in this repo is answered with that run. For somebody who needs no approval,
        one that waits for it is not under way.

        Raises:
            ValueError: `most_usd` is no amount of dollars.
        """
        with self._records.connection() as connection:
            now = begin_deciding(connection)
            earlier = _one(connection, "comment_id = %s and line = %s", request.comment_id, request.line)
            if earlier is not None:
                return Accepted(earlier)
            same = _same(connection, request, unapproved=request.needs_approval)
            if same is not None:
                return Same(same)
            used = spent(connection, now, request.repo_id, payer=request.asker)
            why_not = refusal(request.most_usd, caps, used, now, needs_approval=request.needs_approval)
            if why_not is not None:
                return Refused(why_not)
            return Accepted(_insert(connection, request))

    def why_not(self, repo_id: str, asker: str, caps: Caps, *, needs_approval: bool) -> str | None:
        """Why a request would be refused whatever it costs, before anything is looked up for it; None if it may be."""
        with self._records.connection() as connection:
            now = begin_deciding(connection)
            return refusal(0.0, caps, spent(connection, now, repo_id, payer=asker), now, needs_approval=needs_approval)

    def approve(self, run_id: int, by: str, caps: Caps) -> Accepted | Same | Refused:
        """Let a request in that waits for approval; from now on it counts for `by`, a Hub user id.

        Whether this person may approve, and of which commit, is the caller's to know. Repeating it changes nothing.
        """
        with self._records.connection() as connection:
            now = begin_deciding(connection)
            run = _one(connection, _LOCKED, run_id)
            if run is None:
                return Refused(f"There is no run {run_id}: /eval status lists those there are.")
            if run.approved_by == by:
                return Accepted(run)
            if run.cancel_asked:
                return Refused(f"Run {run_id} was cancelled.")
            if run.stage is not RunStage.WAITING:
                return Refused(f"Run {run_id} does not wait for approval, it is {run.stage.value}.")
            same = _same(connection, run.request, unapproved=False)
            if same is not None:
                return Same(same)
            why_not = refusal(run.request.most_usd, caps, spent(connection, now, run.request.repo_id, payer=by), now)
            if why_not is not None:
                return Refused(why_not)
            approved = _changed(
                connection, "stage = 'queued', stage_at = now(), approved_by = %s", "id = %s", [by, run_id]
            )
            return Accepted(approved or run)

    def may_start(self, run_id: int, at_once: int) -> bool:
        """Whether a queued run may begin now; if so it is submitted from here on, and has one of so many slots.

        True again for one that has its slot and no place yet: whoever took it may have died. Never while all is
        stopped, nor for a run that is to be cancelled.
        """
        with self._records.connection() as connection:
            begin_deciding(connection)
            if is_stopped(connection):
                return False
            run = _one(connection, _LOCKED, run_id)
            if run is None or run.cancel_asked:
                return False
            if run.stage is not RunStage.QUEUED:
                return run.stage is RunStage.SUBMITTED and run.place_id is None
            row = connection.execute(
                "select count(*) < %s from asked_runs where stage in ('submitted', 'running')", [at_once]
            ).fetchone()
            if row != (True,):
                return False
            connection.execute(
                "update asked_runs set stage = 'submitted', submitted_at = now(), stage_at = now() where id = %s",
                [run_id],
            )
            return True

    def set(
        self,
        run_id: int,
        *,
        expect: Collection[RunStage],
        stage: RunStage | None = None,
        **columns: Unpack[Columns],
    ) -> AskedRun | None:
        """Change a run that is in one of the expected stages; None where it is in another, or is not there.

        The times of a stage are set with it. A run goes back to the queue only if nothing was started.

        Raises:
            ValueError: From none of the expected stages a run gets to `stage` this way.
        """
        before = [one for one in expect if stage is None or stage in _AFTER.get(one, ())]
        if not before:
            raise ValueError(f"no run gets from {', '.join(sorted(expect))} to {stage} by being set")
        changes: list[sql.Composable] = [sql.SQL("{} = %s").format(sql.Identifier(name)) for name in columns]
        values = [_plain(name, value) for name, value in columns.items()]
        if stage is not None:
            changes.append(sql.SQL("stage = %s, stage_at = now()"))
            values.append(stage.value)
            if stage.over:
                changes.append(sql.SQL("ended_at = now()"))
            elif stage is RunStage.QUEUED:
                changes.append(sql.SQL("submitted_at = null"))
            elif "started_at" not in columns:
                changes.append(sql.SQL("started_at = coalesce(started_at, now())"))
        with self._records.connection() as connection:
            condition = "id = %s and stage = any(%s)"
            values += [run_id, [one.value for one in before]]
            if not changes:
                return _one(connection, condition, *values)
            return _changed(connection, sql.SQL(", ").join(changes), condition, values)

    def ask_cancel(self, run_id: int) -> AskedRun | None:
        """A run is to be cancelled; None where it is over or not there. It does not begin any more."""
        with self._records.connection() as connection:
            return _changed(connection, "cancel_asked = true", "id = %s and not over", [run_id])

    def run(self, run_id: int) -> AskedRun | None:
        """A run by its number."""
        with self._records.connection() as connection:
            return _one(connection, "id = %s", run_id)

    def of_comment(self, comment_id: str) -> list[AskedRun]:
        """The runs that a comment asked for, by line."""
        return self._all("comment_id = %s order by line", comment_id)

    def of_repo(self, repo_id: str, limit: int) -> list[AskedRun]:
        """The last runs of a repo, newest first."""
        return self._all("repo_id = %s order by id desc limit %s", repo_id, limit)

    def active(self) -> list[AskedRun]:
        """The runs that need a further step, oldest first: those that are not over, or of whose end nobody was told."""
        return self._all("not over or not told order by id")

    def stopped(self) -> bool:
        """Whether the operator has stopped all: no run is accepted or begins; what runs goes on."""
        with self._records.connection() as connection:
            return is_stopped(connection)

    def answered(self, comment_id: str, repo_id: str, discussion: int, author: str, answer_id: str | None) -> None:
        """We dealt with a comment of this author, a Hub user id, with a comment of ours or without a word."""
        with self._records.connection() as connection:
            connection.execute(
                "insert into answered_comments (comment_id, repo_id, discussion, author, answer_id)"
                " values (%s, %s, %s, %s, %s) on conflict (comment_id) do update"
                " set answer_id = coalesce(excluded.answer_id, answered_comments.answer_id)",
                [comment_id, repo_id, discussion, author, answer_id],
            )

    def is_answered(self, comment_id: str) -> bool:
        """Whether we have dealt with a comment, be it without a word."""
        with self._records.connection() as connection:
            query = "select 1 from answered_comments where comment_id = %s"
            return connection.execute(query, [comment_id]).fetchone() is not None

    def answers_today(self, author: str) -> int:
        """How many comments of this author, a Hub user id, got an answer of ours on this day (UTC)."""
        with self._records.connection() as connection:
            row = connection.execute(
                "select count(*) from answered_comments where author = %s and answer_id is not null"
                " and answered_at >= date_trunc('day', now() at time zone 'UTC') at time zone 'UTC'",
                [author],
            ).fetchone()
            return int(row[0]) if row else 0

    def _all(self, condition: LiteralString, *values: object) -> list[AskedRun]:
        with self._records.connection() as connection:
            return _rows(connection, condition, values)


def _rows(connection: Connection[Any], condition: LiteralString, values: Collection[object]) -> list[AskedRun]:
    with connection.cursor(row_factory=dict_row) as cursor:
        query = f"select * from asked_runs where {condition}"  # noqa: S608 - conditions are literals
        return [_run(row) for row in cursor.execute(query, list(values))]


def _one(connection: Connection[Any], condition: LiteralString, *values: object) -> AskedRun | None:
    return next(iter(_rows(connection, condition, values)), None)


def _same(connection: Connection[Any], request: Request, *, unapproved: bool) -> AskedRun | None:
    """The run of this specification in this repo that is under way or done; `unapproved` ones count only if asked."""
    condition: LiteralString = (
        "repo_id = %s and spec_id = %s and (stage = 'done' or not over and (stage <> 'waiting' or %s))"
        " order by over, id desc limit 1"
    )
    return _one(connection, condition, request.repo_id, request.spec.id, unapproved)


def _insert(connection: Connection[Any], request: Request) -> AskedRun:
    values = {
        **{name: getattr(request, name) for name in _AS_THEY_ARE},
        "estimate_usd": None if request.estimate_usd is None else dollars(request.estimate_usd),
        "most_usd": dollars(request.most_usd),
        "spec": request.spec.json,
        "spec_id": request.spec.id,
        "notes": list(request.notes),
        "stage": RunStage.WAITING.value if request.needs_approval else RunStage.QUEUED.value,
        "nonce": new_nonce(),
    }
    query = sql.SQL("insert into asked_runs ({}) values ({}) returning *").format(
        sql.SQL(", ").join(map(sql.Identifier, values)), sql.SQL(", ").join(map(sql.Placeholder, values))
    )
    with connection.cursor(row_factory=dict_row) as cursor:
        (row,) = cursor.execute(query, values)
        return _run(row)


def _changed(
    connection: Connection[Any], changes: LiteralString | sql.Composable, condition: LiteralString, values: list[Any]
) -> AskedRun | None:
    what = changes if isinstance(changes, sql.Composable) else sql.SQL(changes)
    query = sql.SQL("update asked_runs set {} where {} returning *").format(what, sql.SQL(condition))
    with connection.cursor(row_factory=dict_row) as cursor:
        row = cursor.execute(query, values).fetchone()
        return _run(row) if row else None


_AS_THEY_ARE = (
    *("repo_id", "repo_name", "discussion", "comment_id", "line", "asker", "role"),
    *("ref", "launcher", "flavor", "needs_approval"),
)
_OF_RUN = (
    *("id", "nonce", "place_id", "url", "answer_id", "result_id", "shown", "edits", "told", "approved_by"),
    *("cancel_asked", "cause", "result", "published"),
    *("created_at", "submitted_at", "started_at", "ended_at", "stage_at"),
)


def _run(row: DictRow) -> AskedRun:
    request = Request(
        **{name: row[name] for name in _AS_THEY_ARE},
        spec=specs.parse(row["spec"]),
        estimate_usd=None if row["estimate_usd"] is None else float(row["estimate_usd"]),
        most_usd=float(row["most_usd"]),
        notes=tuple(row["notes"]),
    )
    cost = None if row["cost_usd"] is None else float(row["cost_usd"])
    return AskedRun(
        request=request, stage=RunStage(row["stage"]), cost_usd=cost, **{name: row[name] for name in _OF_RUN}
    )


def _plain(name: str, value: object) -> object:
    if name in {"result", "published"} and value is not None:
        return Jsonb(value)
    if name == "cost_usd" and isinstance(value, float | int):
        return dollars(value)
    return value
