"""Evaluations that comments ask for, as values: what was asked, how far it got, and how an acceptance ends."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from evaluators.runs.spec import RunSpec


class RunStage(StrEnum):
    """How far a run that somebody asked for got."""

    # For somebody who may approve it; nothing is reserved yet.
    WAITING = "waiting"
    # For one of the slots of runs at once.
    QUEUED = "queued"
    # It has a slot: it is about to be started, or was.
    SUBMITTED = "submitted"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"
    # Nobody approved it in time, its approval died, or its place knows nothing of it any more.
    EXPIRED = "expired"

    @property
    def over(self) -> bool:
        """Whether nothing follows."""
        return self in {RunStage.DONE, RunStage.FAILED, RunStage.CANCELLED, RunStage.EXPIRED}


@dataclass(frozen=True, slots=True)
class Request:
    """What a line of a comment asks for, fixed when it is accepted.

    `asker` is a Hub user id and `role` a word of `bot.trust`; `ref` is how the commit was named (main, pr/3, a commit);
    `launcher` is jobs or github; dollars are US dollars, and `most_usd` is what is reserved.
    """

    repo_id: str
    repo_name: str
    discussion: int
    comment_id: str
    line: int
    asker: str
    role: str
    spec: RunSpec
    ref: str
    launcher: str
    flavor: str | None
    estimate_usd: float | None
    most_usd: float
    needs_approval: bool
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class AskedRun:
    """A row. `answer_id` and `result_id` are comments of ours, `shown` is a digest of what the answer says now.

    `told` is whether people have been told of its end. `place_id` and `url` are what the launcher calls the run;
    `nonce` was made at the acceptance, and names the attempt.
    """

    id: int
    request: Request
    stage: RunStage
    nonce: str
    place_id: str | None
    url: str | None
    answer_id: str | None
    result_id: str | None
    shown: str | None
    edits: int
    told: bool
    approved_by: str | None
    cancel_asked: bool
    cost_usd: float | None
    cause: str | None
    result: dict[str, Any] | None
    published: dict[str, Any] | None
    created_at: datetime
    submitted_at: datetime | None
    started_at: datetime | None
    ended_at: datetime | None
    stage_at: datetime


@dataclass(frozen=True, slots=True)
class Accepted:
    """The request has a row of its own, now or from an earlier try."""

    run: AskedRun


@dataclass(frozen=True, slots=True)
class Same:
    """The same was asked for before in this repo, and is under way or done: this is the run."""

    run: AskedRun


@dataclass(frozen=True, slots=True)
class Refused:
    """It may not be, and `sentence` says why and when it may."""

    sentence: str
