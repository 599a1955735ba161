"""What goes wrong for real: each ends with a state and one sentence that helps."""

import pytest

from evaluators.runs.launch_local import LocalLauncher
from evaluators.runs.launcher import Stage
from evaluators.runs.result import Complete, ErrorKind, State, verdict
from tests.evals.asked import World
from tests.evals.pool import Pool

pytestmark = pytest.mark.timeout(900)
KINDS = {
    "unknown-task": ErrorKind.UNKNOWN_TASK,
    "no-data": ErrorKind.NOT_FOUND,
    "half": ErrorKind.SAMPLES_FAILED,
    "lighteval-half": ErrorKind.SAMPLES_FAILED,
    "paid": ErrorKind.PAYMENT_REQUIRED,
    "time-limit": ErrorKind.TIME_LIMIT,
    "cut": ErrorKind.BROKEN_MODEL,
    "lighteval-cut": ErrorKind.BROKEN_MODEL,
    "huge": ErrorKind.OUT_OF_MEMORY,
    "strange": ErrorKind.UNSUPPORTED_ARCHITECTURE,
    "gated": ErrorKind.GATED,
}


@pytest.mark.parametrize(
    ("name", "kind"), [pytest.param(name, kind, marks=pytest.mark.runs(name)) for name, kind in KINDS.items()]
)
def test_what_went_wrong_is_named(name: str, kind: ErrorKind, world: World, pool: Pool) -> None:
    outcome = pool.end(name)
    assert outcome.result.state is State.FAILED, outcome.output[-4000:]
    assert outcome.result.error is not None
    assert outcome.result.error.kind is kind, outcome.result.error.detail
    assert outcome.result.error.sentence == kind.sentence
    assert not isinstance(verdict(world.spec(name), outcome.result), Complete)


@pytest.mark.runs("cancelled")
def test_a_cancelled_run_says_so(world: World, pool: Pool, launcher: LocalLauncher) -> None:
    assert world.endpoint.asked("waits").wait(600)
    run = launcher.find(world.spec("cancelled").id)
    assert run is not None
    launcher.cancel(run)
    outcome = pool.end("cancelled")
    assert outcome.result.state is State.CANCELLED
    assert launcher.status(run).stage is Stage.CANCELLED
