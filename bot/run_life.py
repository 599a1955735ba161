"""What is to be done next with a run that somebody asked for in a comment. Pure: a row and the time in, one word out.

A run waits for an approval if a stranger asked, then in the queue, then in its place; when it is over, what came of it
is published and told. Every step may be repeated.
"""

from datetime import datetime, timedelta
from enum import StrEnum

from bot.asked_runs import AskedRun, RunStage

APPROVAL_LIVES = timedelta(days=7)
QUEUED_FOR_AT_MOST = timedelta(days=2)
# Beyond its time limit, a run may have waited for a machine.
PLACE_HAS = timedelta(days=1)
# Looked at often when it is young, as a mistake shows early; then as often as anybody would.
SOONEST, LATEST, PART = 10.0, 120.0, 20.0


class Do(StrEnum):
    """The next step."""

    NOTHING = "nothing"
    WAIT = "wait"
    START = "start"
    LOOK = "look"
    STOP = "stop"
    CANCEL = "cancel"
    EXPIRE = "expire"
    TELL = "tell"


def next_step(run: AskedRun, *, stopped: bool, now: datetime) -> Do:
    """What to do: `START` it in its place, `LOOK` how far it is, `STOP` it there, end it here, or `TELL` the end.

    `stopped` is the operator's global stop: nothing starts, what runs goes on.
    """
    match run.stage:
        case RunStage.WAITING:
            return _ended(run, now, APPROVAL_LIVES) or Do.WAIT
        case RunStage.QUEUED:
            return _ended(run, now, QUEUED_FOR_AT_MOST) or (Do.WAIT if stopped else Do.START)
        case RunStage.SUBMITTED | RunStage.RUNNING:
            # A crash came between the row and the place: whether it is there shows when it is started again.
            if run.place_id is None:
                return Do.EXPIRE if is_overdue(run, now) else Do.START
            return Do.STOP if run.cancel_asked or is_overdue(run, now) else Do.LOOK
        case _:
            return Do.NOTHING if run.told else Do.TELL


def is_overdue(run: AskedRun, now: datetime) -> bool:
    """Whether a run that has its slot should have come to an end by itself long ago."""
    limit = timedelta(seconds=run.request.spec.time_limit) + PLACE_HAS
    return now - (run.submitted_at or run.stage_at) > limit


def _ended(run: AskedRun, now: datetime, lives: timedelta) -> Do | None:
    if run.cancel_asked:
        return Do.CANCEL
    return Do.EXPIRE if now - run.stage_at > lives else None


def pause(run: AskedRun, now: datetime) -> float:
    """Seconds until the next look at a run that waits or runs."""
    age = (now - run.stage_at).total_seconds()
    return min(LATEST, max(SOONEST, age / PART))
