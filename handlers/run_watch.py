"""A run in its place: how far it is, stopped where that is asked for or it takes too long, and what came back.

Requests to the Hub: one to look; when it is over, one for the prices of machines and some for its result.
"""

import logging
from dataclasses import replace
from datetime import UTC, datetime

from bot.asked_run_values import AskedRun, RunStage
from bot.evaluations import Evaluations
from bot.run_life import is_overdue
from bot.runs import Where, without_result
from evaluators.runs.launcher import (
    Launcher,
    LaunchError,
    NoSuchRunError,
    NotAnsweredError,
    Stage,
    Status,
    Submitted,
)
from evaluators.runs.result import ErrorKind, Incomplete, RunError, RunResult, State, verdict
from handlers.run_end import show
from handlers.run_over import ended, settled

logger = logging.getLogger(__name__)

TOO_LONG = "It was over its time limit and did not end, so it was stopped."
_STAGES = {State.SUCCESS: RunStage.DONE, State.CANCELLED: RunStage.CANCELLED, State.EXPIRED: RunStage.EXPIRED}


def look(evaluations: Evaluations, repo: str, run: AskedRun) -> AskedRun:
    """How far it is; where it is over, with its result."""
    try:
        place = evaluations.launchers(Where(run.request.launcher))
        seen, status = _seen(place, run)
        if not status.stage.over:
            return _goes_on(evaluations, repo, run, status)
    except NotAnsweredError:
        raise
    except LaunchError as error:
        # A token was changed, or the place is confused: it goes on there, and will be stopped if that lasts.
        logger.warning("run %s: %s", run.id, error)
        return run
    try:
        result = None if status.stage is Stage.LOST else place.result(seen)
    except NotAnsweredError:
        raise
    except LaunchError as error:
        logger.warning("run %s: %s", run.id, error)
        result = None
    result = result or without_result(run.request.spec, seen, status)
    if run.cancel_asked and result.state is not State.SUCCESS:
        result = _cancelled(result)
    return _over(evaluations, run, result)


def _goes_on(evaluations: Evaluations, repo: str, run: AskedRun, status: Status) -> AskedRun:
    if status.stage is Stage.RUNNING and run.stage is RunStage.SUBMITTED:
        run = evaluations.runs.set(run.id, expect=[RunStage.SUBMITTED], stage=RunStage.RUNNING) or run
    # Also where it was not shown when it began, as the Hub was away.
    return show(evaluations, repo, run)


def stop(evaluations: Evaluations, repo: str, run: AskedRun) -> AskedRun:
    """End it in its place; what it came to by then counts."""
    overdue = is_overdue(run, datetime.now(UTC))
    try:
        place = evaluations.launchers(Where(run.request.launcher))
        place.cancel(Submitted(run.place_id or "", run.request.spec.id, run.nonce, run.url))
    except NotAnsweredError:
        raise
    except LaunchError as error:
        # Also where it does not know the run any more: a look tells.
        logger.warning("run %s: %s", run.id, error)
    return ended(evaluations, run, RunStage.EXPIRED, TOO_LONG) if overdue else look(evaluations, repo, run)


def _over(evaluations: Evaluations, run: AskedRun, result: RunResult) -> AskedRun:
    stage = _STAGES.get(result.state, RunStage.FAILED)
    cause = result.error.sentence if result.error else None
    judged = verdict(run.request.spec, result)
    if stage is RunStage.DONE and isinstance(judged, Incomplete) and not run.request.spec.limited:
        # What does not count may be asked for again.
        stage, cause = RunStage.FAILED, judged.reason
    return settled(evaluations, run, stage, cause, _cost(evaluations, run, result), result)


def _cost(evaluations: Evaluations, run: AskedRun, result: RunResult) -> float | None:
    """What it did cost, in US dollars. What a runner of one's own costs is for the operator's settings to say."""
    price = evaluations.settings.github_usd_per_hour
    if run.request.launcher != Where.GITHUB or result.cost_usd is not None:
        return result.cost_usd
    took = datetime.now(UTC) - (run.started_at or run.submitted_at or run.stage_at)
    return min(run.request.most_usd, price * took.total_seconds() / 3600)


def _seen(place: Launcher, run: AskedRun) -> tuple[Submitted, Status]:
    """The run in its place, and how far it is; one that its place does not know any more is lost."""
    found = Submitted(run.place_id or "", run.request.spec.id, run.nonce, run.url)
    try:
        return found, place.status(found)
    except NoSuchRunError as error:
        return found, Status(Stage.LOST, str(error))


def _cancelled(result: RunResult) -> RunResult:
    """It was ended because somebody asked for it, whatever the runner made of that."""
    return replace(result, state=State.CANCELLED, error=RunError.of(ErrorKind.CANCELLED))
