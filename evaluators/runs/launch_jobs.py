"""Runs on HF Jobs: a throw-away container with a GPU, paid by the minute.

A job has no files to give back, only its log, so the runner travels in the job's environment and the result comes back
in the log. Everything that is needed to find a run again stands in the job: its labels name specification and attempt,
its environment holds the plan. To start a job is neither repeatable nor repeated by the client: what is there is
looked up first, and again after an error.
"""

import contextlib
import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from time import sleep

from evaluators.runs import handover
from evaluators.runs.environments import IMAGE, Environment, NoEnvironmentError, prepared
from evaluators.runs.flavors import current
from evaluators.runs.hardware import GRACE
from evaluators.runs.jobs_hub import JobOrder, JobSeen, JobsHub
from evaluators.runs.launcher import (
    LaunchError,
    NoSuchRunError,
    NotAnsweredError,
    NotTakenError,
    Order,
    Stage,
    Status,
    Submitted,
    attempt,
    look_again,
)
from evaluators.runs.result import ResultError, RunResult
from evaluators.runs.runner.main import PLAN
from evaluators.runs.spec import RunSpec
from evaluators.runs.spec import parse as parse_spec

SPEC_LABEL, ATTEMPT_LABEL = "scorekeeper-spec", "scorekeeper-attempt"
# The result is at the end of the log.
TAIL = 3000
PAUSE = 3.0
# How long a job whose start was not answered is looked for.
PATIENCE = 60.0
# Below the folder that the job begins in.
WORK = "scorekeeper"
TRIES = 3
_SPEC_ID, _NONCE = re.compile(r"[0-9a-f]{16}"), re.compile(r"[0-9a-f]{32}")
_STAGES = {
    "SCHEDULING": Stage.WAITING,
    "RUNNING": Stage.RUNNING,
    "COMPLETED": Stage.ENDED,
    "ERROR": Stage.ENDED,
    "CANCELED": Stage.CANCELLED,
    "DELETED": Stage.LOST,
}


@dataclass(frozen=True)
class JobsLauncher:
    """Runs as jobs of one account. `environment` is where in the image the framework is, or how it gets there."""

    hub: JobsHub
    environment: Environment
    image: str = IMAGE
    name: str = "jobs"
    patience: float | None = None

    @property
    def _patience(self) -> float:
        """Seconds. Who comes back by themselves need not wait here."""
        return PATIENCE if self.patience is None else self.patience

    def submit(self, order: Order) -> Submitted:
        """Start a job, or return the one of this attempt, or that of the same specification that waits or runs.

        Raises:
            LaunchError: The Hub did not take it; PaymentRequiredError where the account has no credit.
        """
        seen = self._attempts(order.plan.spec_id)
        mine = attempt(seen, order.nonce)
        if mine is None:
            before = _oldest_live(seen)
            if before is not None:
                return before
            mine = self._start(order)
            seen = self._attempts(order.plan.spec_id)
        # Somebody else may have asked for the same at the same moment: the first of both stays.
        first = _oldest_live(seen)
        if first is None or first.id == mine.id:
            return mine
        if any(run.id == mine.id and not stage.over for run, stage in seen):
            self.hub.cancel_job(mine.id)
        return first

    def order(self, order: Order) -> JobOrder:
        """What the Hub is asked for.

        Raises:
            LaunchError: No flavor is named, the plan is too large, or there is no environment for the framework.
        """
        if order.flavor is None:
            raise LaunchError("No flavor is named: a job needs one, such as l4x1.")
        try:
            plan = prepared(order.plan, self.environment)
            variables = handover.environment(plan, order.nonce)
        except (handover.TooLargeError, NoEnvironmentError) as error:
            raise LaunchError(str(error)) from error
        return JobOrder(
            image=self.image,
            command=tuple(handover.command()),
            environment={**variables, handover.OUT: WORK},
            # Only what reads; the bot's own token stays with the bot.
            secrets=order.secrets,
            flavor=order.flavor,
            timeout=int(plan.time_limit) + GRACE,
            labels={SPEC_LABEL: order.plan.spec_id, ATTEMPT_LABEL: order.nonce},
        )

    def _start(self, order: Order) -> Submitted:
        wanted = self.order(order)
        try:
            job = self.hub.run_job(wanted)
        except NotTakenError:
            raise
        except NotAnsweredError:
            found = look_again(lambda: self.find(order.plan.spec_id, order.nonce), self._patience, PAUSE)
            if found is None:
                raise
            return found
        return Submitted(job.id, order.plan.spec_id, order.nonce, job.url)

    def _attempts(self, spec_id: str) -> list[tuple[Submitted, Stage]]:
        jobs = self.hub.jobs({SPEC_LABEL: spec_id})
        return [(run, _stage(job)) for job in jobs if (run := _submitted(job)) is not None]

    def find(self, spec_id: str, nonce: str | None = None) -> Submitted | None:
        """An attempt of a specification: that of the nonce; without one, what waits or runs, else the newest."""
        return attempt(self._attempts(spec_id), nonce)

    def get(self, run: str) -> Submitted:
        """A run by the id of its job."""
        found = _submitted(self.hub.job(run))
        if found is None:
            raise NoSuchRunError(f"The job {run} is no evaluation of ours: `eval list` shows those there are.")
        return found

    def runs(self) -> list[Submitted]:
        """All runs that the account's list of jobs still has, the newest first."""
        return [run for job in self.hub.jobs({}) if (run := _submitted(job)) is not None]

    def spec(self, run: Submitted) -> RunSpec | None:
        """What the run was asked to do, as the job itself says; None where it does not."""
        with contextlib.suppress(ValueError, KeyError):
            plan = handover.unpacked(self.hub.job(run.id).environment[PLAN])
            spec = parse_spec(json.dumps(dict(plan.spec)))
            return spec if spec.id == run.spec_id else None
        return None

    def status(self, run: Submitted) -> Status:
        """How far it got, and what the Hub says of it."""
        job = self.hub.job(run.id)
        stage = _stage(job)
        lost = "The Hub deleted the job and its log." if stage is Stage.LOST else ""
        return Status(stage, job.message[:200] or lost, self._cost(job) if stage.over else None)

    def logs(self, run: Submitted, *, follow: bool = False) -> Iterator[str]:
        """The lines that were printed so far; with `follow`, until the job is over.

        The Hub's streams end when they like, so each is read whole and what was seen before is left out.
        """
        seen = 0
        while True:
            over = self.status(run).stage.over
            lines = self.hub.job_log(run.id)
            yield from lines[seen:]
            seen = max(seen, len(lines))
            if over or not follow:
                return
            sleep(PAUSE)

    def cancel(self, run: Submitted) -> None:
        """Stop the job; one that is over stays as it is."""
        if not self.status(run).stage.over:
            self.hub.cancel_job(run.id)

    def result(self, run: Submitted) -> RunResult | None:
        """What came of it, out of the log, with what the job cost; None where there is none.

        Raises:
            LaunchError: The log has a result of this run that is not what a runner writes.
        """
        job = self.hub.job(run.id)
        for number in range(TRIES):
            # A job that is over has its result in the log, if the stream did not end early.
            if number:
                sleep(PAUSE)
            found = self._read(run, TAIL) or self._read(run, None)
            if found is not None:
                return replace(found, cost_usd=self._cost(job))
            if not _stage(job).over:
                break
        return None

    def _read(self, run: Submitted, tail: int | None) -> RunResult | None:
        log = "\n".join(self.hub.job_log(run.id, tail=tail))
        try:
            return handover.read_log(log, run.spec_id, run.nonce)
        except (ResultError, ValueError) as error:
            raise LaunchError(f"The result in the log of the job {run.id} cannot be read: {error}") from error

    def _cost(self, job: JobSeen) -> float | None:
        if job.seconds is None:
            return None
        flavors = {one.name: one.usd for one in current(self.hub.job_hardware())}
        # It is billed by the minute, and the last one is a whole one.
        minutes = -(-int(job.seconds) // 60)
        return round(flavors[job.flavor] / 60 * minutes, 4) if job.flavor in flavors else None


def _oldest_live(seen: Iterable[tuple[Submitted, Stage]]) -> Submitted | None:
    return next((run for run, stage in reversed(list(seen)) if not stage.over), None)


def _stage(job: JobSeen) -> Stage:
    return _STAGES.get(job.stage, Stage.RUNNING)


def _submitted(job: JobSeen) -> Submitted | None:
    spec_id, nonce = job.labels.get(SPEC_LABEL, ""), job.labels.get(ATTEMPT_LABEL, "")
    if not _SPEC_ID.fullmatch(spec_id) or not _NONCE.fullmatch(nonce):
        return None
    return Submitted(job.id, spec_id, nonce, job.url)
