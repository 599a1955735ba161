"""The next step of a run that somebody asked for: start it, look how far it is, end it, or tell what came of it.

Every step reads the row first and may be repeated: a run is looked for in its place before it is started there. What
its end leads to is in `handlers.run_end`.
Requests to the Hub: to start, those of `bot.runs.prepare`, one for the commit where somebody approved it, and three for
the job; to look, one; when it is over, one for the prices of machines, and some for its result.
"""

import json
import logging
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from bot.asked_run_values import AskedRun, RunStage
from bot.evaluations import Evaluations
from bot.hub_errors import WRITE_SETTLES, HubDenied, HubGone, HubRefused, HubUnavailable
from bot.records import GONE, Look, NextRun
from bot.run_advice import advice
from bot.run_life import Do, is_overdue, next_step, pause
from bot.runs import Prepared, Where, prepare, with_month, without_result
from bot.settings import Write
from evaluators.runs.hardware import Plan, most_usd
from evaluators.runs.launcher import (
    Launcher,
    LaunchError,
    NoSuchRunError,
    NotAnsweredError,
    NotTakenError,
    Order,
    Stage,
    Status,
    Submitted,
)
from evaluators.runs.preflight import refused
from evaluators.runs.result import ErrorKind, Incomplete, RunError, RunResult, State, verdict
from handlers.run_end import end, show

if TYPE_CHECKING:
    from bot.asked_runs import Columns

logger = logging.getLogger(__name__)

DEARER = "The machine costs more now than when this was asked for, so nothing was started: ask again."
APPROVAL_DIED = "The model has changed since this was approved, so nothing was started: ask again."
NO_ANSWER = "Nobody approved this within seven days."
NO_TURN = "It waited two days for its turn, so it was given up: ask again."
NO_START = "Where it should run gave no answer for more than a day, so it was given up: ask again."
TOO_LONG = "It was over its time limit and did not end, so it was stopped."
ASKED_TO = "It was cancelled."
# After that, an earlier try may have started it without an answer.
FIRST_TRY = timedelta(seconds=30)
_STAGES = {State.SUCCESS: RunStage.DONE, State.CANCELLED: RunStage.CANCELLED, State.EXPIRED: RunStage.EXPIRED}


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
                return self._start(run)
            case Do.LOOK:
                return self._look(run)
            case Do.STOP:
                return self._stop(run)
            case Do.CANCEL:
                return self._ended(run, RunStage.CANCELLED, ASKED_TO)
            case Do.EXPIRE if run.stage is RunStage.SUBMITTED:
                # Nobody knows whether it was started all the same: it counts in full.
                return self._settled(run, RunStage.EXPIRED, NO_START, None, None)
            case Do.EXPIRE:
                return self._ended(run, RunStage.EXPIRED, NO_TURN if run.stage is RunStage.QUEUED else NO_ANSWER)
            case _:
                return end(self.evaluations, self.repo, run, is_gone=self.is_gone)

    def _start(self, run: AskedRun) -> AskedRun:
        """Take a slot, look at everything again, and start it."""
        runs, request = self.evaluations.runs, run.request
        if self.is_gone:
            return self._ended(run, RunStage.EXPIRED, "The repo is gone.")
        if run.stage is RunStage.QUEUED and not runs.may_start(run.id, self.evaluations.settings.runs_at_once):
            return run
        run = runs.run(run.id) or run
        try:
            place = self.evaluations.launchers(Where(request.launcher))
            found = _found(place, run)
            if found is None:
                # It has its slot since an earlier step, and much may have been said in between.
                if run.cancel_asked:
                    return self._ended(run, RunStage.CANCELLED, ASKED_TO)
                if self.evaluations.stopped:
                    return run
                if self._approval_died(run):
                    return self._ended(run, RunStage.EXPIRED, APPROVAL_DIED)
                prepared = self._prepare(run)
                if refused(prepared.findings) or prepared.plan is None:
                    sentences = [one.sentence for one in prepared.findings if refused([one])]
                    return self._ended(run, RunStage.FAILED, " ".join(sentences) or "It cannot be run.")
                if _dearer(run, prepared):
                    return self._ended(run, RunStage.EXPIRED, DEARER)
                found = _submit(place, run, prepared)
        except NotAnsweredError:
            # Whether it was started shows when it is looked for the next time.
            raise
        except LaunchError as error:
            return self._not_done(run, error)
        except (HubGone, HubDenied, HubRefused) as error:
            return self._ended(run, RunStage.FAILED, str(error))
        # The same may have been started by somebody else, as an attempt of another number.
        changes: Columns = {"place_id": found.id, "url": found.url, "nonce": found.nonce}
        return runs.set(run.id, expect=[RunStage.SUBMITTED], **changes) or self._again(run)

    def _approval_died(self, run: AskedRun) -> bool:
        spec, ref = run.request.spec, run.request.ref
        return run.approved_by is not None and self.evaluations.context.hub.commit_of(self.repo, ref) != spec.revision

    def _prepare(self, run: AskedRun) -> Prepared:
        context, request = self.evaluations.context, run.request
        return prepare(
            context.hub,
            self.evaluations.settings,
            context.catalog,
            request.spec,
            Where(request.launcher),
            flavor=request.flavor,
        )

    def _look(self, run: AskedRun) -> AskedRun:
        """How far it is; where it is over, with its result."""
        try:
            place = self.evaluations.launchers(Where(run.request.launcher))
            seen, status = _seen(place, run)
            if not status.stage.over:
                return self._goes_on(run, status)
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
        return self._over(run, result)

    def _goes_on(self, run: AskedRun, status: Status) -> AskedRun:
        if status.stage is Stage.RUNNING and run.stage is RunStage.SUBMITTED:
            run = self.evaluations.runs.set(run.id, expect=[RunStage.SUBMITTED], stage=RunStage.RUNNING) or run
        # Also where it was not shown when it began, as the Hub was away.
        return show(self.evaluations, self.repo, run)

    def _stop(self, run: AskedRun) -> AskedRun:
        """End it in its place; what it came to by then counts."""
        overdue = is_overdue(run, datetime.now(UTC))
        try:
            place = self.evaluations.launchers(Where(run.request.launcher))
            place.cancel(Submitted(run.place_id or "", run.request.spec.id, run.nonce, run.url))
        except NotAnsweredError:
            raise
        except LaunchError as error:
            # Also where it does not know the run any more: a look tells.
            logger.warning("run %s: %s", run.id, error)
        return self._ended(run, RunStage.EXPIRED, TOO_LONG) if overdue else self._look(run)

    def _over(self, run: AskedRun, result: RunResult) -> AskedRun:
        stage = _STAGES.get(result.state, RunStage.FAILED)
        cause = result.error.sentence if result.error else None
        judged = verdict(run.request.spec, result)
        if stage is RunStage.DONE and isinstance(judged, Incomplete) and not run.request.spec.limited:
            # What does not count may be asked for again.
            stage, cause = RunStage.FAILED, judged.reason
        return self._settled(run, stage, cause, self._cost(run, result), result)

    def _cost(self, run: AskedRun, result: RunResult) -> float | None:
        """What it did cost, in US dollars. What a runner of one's own costs is for the operator's settings to say."""
        price = self.evaluations.settings.github_usd_per_hour
        if run.request.launcher != Where.GITHUB or result.cost_usd is not None:
            return result.cost_usd
        took = datetime.now(UTC) - (run.started_at or run.submitted_at or run.stage_at)
        return min(run.request.most_usd, price * took.total_seconds() / 3600)

    def _not_done(self, run: AskedRun, error: LaunchError) -> AskedRun:
        """The place does not do it. Its own words are for the operator."""
        logger.warning("run %s: %s", run.id, error)
        return self._ended(run, RunStage.FAILED, advice(error.kind, run.request).sentence)

    def _ended(self, run: AskedRun, stage: RunStage, cause: str) -> AskedRun:
        """Over without a result. What was not started cost nothing; what may have been counts in full."""
        unsure = run.place_id or (run.submitted_at and datetime.now(UTC) - run.submitted_at > FIRST_TRY)
        return self._settled(run, stage, cause, None if unsure else 0.0, None)

    def _settled(
        self, run: AskedRun, stage: RunStage, cause: str | None, cost: float | None, result: RunResult | None
    ) -> AskedRun:
        changes: Columns = {"cause": cause, "result": json.loads(result.json) if result else None}
        if cost is not None:
            changes["cost_usd"] = cost
        return self.evaluations.runs.set(run.id, expect=[run.stage], stage=stage, **changes) or self._again(run)

    def _again(self, run: AskedRun) -> AskedRun:
        """Somebody else was faster: as it is now."""
        return self.evaluations.runs.run(run.id) or run


def _found(place: Launcher, run: AskedRun) -> Submitted | None:
    """The run in its place, if it was started by an earlier step.

    Raises:
        NotTakenError: The place gave no answer; nothing was asked for.
    """
    try:
        return place.find(run.request.spec.id, run.nonce)
    except NotAnsweredError as error:
        raise NotTakenError(str(error)) from error


def _dearer(run: AskedRun, prepared: Prepared) -> bool:
    """Whether it may cost more than was reserved for it."""
    machine = prepared.machine
    most = most_usd(run.request.spec, machine) if isinstance(machine, Plan) else 0.0
    return most > run.request.most_usd + 0.005


def _submit(place: Launcher, run: AskedRun, prepared: Prepared) -> Submitted:
    """Start what was prepared. Where the same runs already, that is the run."""
    spec = run.request.spec
    if prepared.plan is None:
        raise RuntimeError("there is no plan")
    # The month of the request, so that a second try has the same folder.
    plan = with_month(prepared.plan, spec, run.nonce, run.created_at.strftime("%Y-%m"))
    return place.submit(Order(plan, run.nonce, prepared.secrets or {}, prepared.flavor, spec.model))


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
