"""The end of a run in its row: over, with its cause, what it cost and what came back."""

import json
import logging
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from bot.asked_run_values import AskedRun, RunStage
from bot.evaluations import Evaluations
from bot.run_advice import advice
from evaluators.runs.launcher import LaunchError
from evaluators.runs.result import RunResult

if TYPE_CHECKING:
    from bot.asked_runs import Columns

logger = logging.getLogger(__name__)

ASKED_TO = "It was cancelled."
# After that, an earlier try may have started it without an answer.
FIRST_TRY = timedelta(seconds=30)


def ended(evaluations: Evaluations, run: AskedRun, stage: RunStage, cause: str) -> AskedRun:
    """Over without a result. What was not started cost nothing; what may have been counts in full."""
    unsure = run.place_id or (run.submitted_at and datetime.now(UTC) - run.submitted_at > FIRST_TRY)
    return settled(evaluations, run, stage, cause, None if unsure else 0.0, None)


def settled(
    evaluations: Evaluations,
    run: AskedRun,
    stage: RunStage,
    cause: str | None,
    cost: float | None,
    result: RunResult | None,
) -> AskedRun:
    """Over: `cost` in US dollars, None where nobody knows it, so that all that was reserved counts."""
    changes: Columns = {"cause": cause, "result": json.loads(result.json) if result else None}
    if cost is not None:
        changes["cost_usd"] = cost
    return evaluations.runs.set(run.id, expect=[run.stage], stage=stage, **changes) or again(evaluations, run)


def not_done(evaluations: Evaluations, run: AskedRun, error: LaunchError) -> AskedRun:
    """The place does not do it. Its own words are for the operator."""
    logger.warning("run %s: %s", run.id, error)
    return ended(evaluations, run, RunStage.FAILED, advice(error.kind, run.request).sentence)


def again(evaluations: Evaluations, run: AskedRun) -> AskedRun:
    """Somebody else was faster: as it is now."""
    return evaluations.runs.run(run.id) or run
