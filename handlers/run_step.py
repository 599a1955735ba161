"""The next step of a run that somebody asked for: start it, look how far it is, end it, or tell what came of it.

Every step reads the row first and may be repeated. Requests to the Hub are counted in `handlers.run_start`,
`handlers.run_watch` and `handlers.run_end`.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from bot.asked_run_values import AskedRun, RunStage
from bot.evaluations import Evaluations
from bot.hub_errors import WRITE_SETTLES, HubUnavailable
from bot.records import GONE, Look, NextRun
from bot.run_life import Do, next_step, pause
from bot.settings import Write
from evaluators.runs.launcher import NotAnsweredError, NotTakenError
from handlers.run_end import end
from handlers.run_over import ASKED_TO, ended, settled
from handlers.run_start import start
from handlers.run_watch import look, stop

NO_ANSWER = "Nobody approved this within seven days."
NO_TURN = "It waited two days for its turn, so it was given up: ask again."
NO_START = "Where it should run gave no answer for more than a day, so it was given up: ask again."


def stepped(evaluations: Evaluations, arguments: Mapping[str, Any]) -> Look:
    """Do what is to be done next with a run, until it waits for something or all is done.

    Raises:
        HubUnavailable: Try again later.
        HubConflict: The repo changed in between: try again at once.
    """
    repo_id, number = arguments["repo_id"], arguments["run"]
    repo, run = evaluations.context.records.repo(repo_id), evaluations.runs.run(number)
    if run is None or repo is None or run.request.repo_id != repo_id:
        return Look(repo_id, "no_run", f"There is no run {number} of this repo.")
    step = _Step(evaluations, repo.name, is_gone=repo.state == GONE)
    try:
        run, waits = step.on(run)
    except NotAnsweredError as error:
        # What was asked for may still happen: it is looked for when it must have shown, and asked for once only.
        starting = run.place_id is None and not isinstance(error, NotTakenError)
        settle = WRITE_SETTLES if starting else None
        raise HubUnavailable(str(error), settle, settles=starting) from error
    then = (NextRun(run.id, waits),) if waits is not None else ()
    return Look(repo_id, f"run_{run.stage.value}", f"The run {run.id} is {run.stage.value}.", then=then)


@dataclass(frozen=True, slots=True)
class _Step:
    evaluations: Evaluations
    repo: str
    is_gone: bool

    def on(self, run: AskedRun) -> tuple[AskedRun, float | None]:
        """The run afterwards, and the seconds until its next step, or None where something else has to happen."""
        while True:
            now = datetime.now(UTC)
            do = next_step(run, stopped=self.evaluations.stopped, now=now)
            if do is Do.TELL and self.evaluations.context.write is Write.OFF:
                # It is told when something may be said again.
                return run, None
            if do is Do.NOTHING or (do is Do.WAIT and run.stage is RunStage.WAITING):
                return run, None
            after = run if do is Do.WAIT else self._do(do, run)
            if after == run:
                return run, pause(run, now)
            run = after

    def _do(self, do: Do, run: AskedRun) -> AskedRun:
        match do:
            case Do.START:
                if self.is_gone:
                    return ended(self.evaluations, run, RunStage.EXPIRED, "The repo is gone.")
                return start(self.evaluations, self.repo, run)
            case Do.LOOK:
                return look(self.evaluations, self.repo, run)
            case Do.STOP:
                return stop(self.evaluations, self.repo, run)
            case Do.CANCEL:
                return ended(self.evaluations, run, RunStage.CANCELLED, ASKED_TO)
            case Do.EXPIRE if run.stage is RunStage.SUBMITTED:
                # Nobody knows whether it was started all the same: it counts in full.
                return settled(self.evaluations, run, RunStage.EXPIRED, NO_START, None, None)
            case Do.EXPIRE:
                return ended(
                    self.evaluations, run, RunStage.EXPIRED, NO_TURN if run.stage is RunStage.QUEUED else NO_ANSWER
                )
            case _:
                return end(self.evaluations, self.repo, run, is_gone=self.is_gone)
