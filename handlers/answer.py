"""What is done about one command, and what is said of it. A part of the answer for each command, or none.

Requests to the Hub: for `/eval` one for the commit and those of `bot.runs.prepare`; for `/approve` one; for `/extract`,
`/ignore` and `/unignore` those of a look; for the others none.
"""

from dataclasses import dataclass, field

from bot import run_advice, words_results, words_runs
from bot.asked_run_values import AskedRun, Refused, Request, RunStage, Same
from bot.budget import Caps
from bot.commands import (
    Approve,
    Cancel,
    Command,
    Eval,
    Help,
    Ignore,
    Mistake,
    Said,
    Status,
    Unignore,
    help_text,
)
from bot.evaluations import Evaluations
from bot.hub_errors import HubGone
from bot.ignoring import keep_ignored
from bot.own_pulls import OPEN, OwnPulls
from bot.records import Repo
from bot.repo_config import RepoConfig
from bot.run_request import Limits, spec_of
from bot.runs import Prepared, Where, prepare
from bot.trust import Role, may_approve, may_change
from bot.words_parts import Place
from evaluators.runs import hardware
from evaluators.runs.preflight import refused
from evaluators.runs.spec import RunSpec
from handlers.look import look
from handlers.run_end import show

KEEPERS = "the repo's owners and members, and for operators"
OFF = "Evaluations on request are turned off here."
STATUS_ROWS = 10


@dataclass(slots=True)
class Answering:
    """The commands of one comment. `runs` are those that have a next step."""

    evaluations: Evaluations
    repo: Repo
    config: RepoConfig
    discussion: int
    comment_id: str
    author: str
    role: Role
    runs: list[int] = field(default_factory=list)

    @property
    def place(self) -> Place:
        """Where it is spoken."""
        return self.evaluations.place(self.repo.name)

    def part(self, said: Said) -> str | None:
        """Do what a line asks for. Returns what is to be said of it."""
        match said.command:
            case Mistake() as found:
                return words_runs.mistake(found)
            case Eval() as command:
                return self._eval(command, said.line)
            case Help():
                return help_text()
            case Status():
                return words_runs.status(self.evaluations.runs.of_repo(self.repo.id, STATUS_ROWS), self.place)
            case Cancel() as command:
                return self._cancel(command)
            case Approve() as command:
                return self._approve(command)
            case command:
                return self._change(command)

    def _eval(self, command: Eval, line: int) -> str:
        asked = self.evaluations.runs
        earlier = next((one for one in asked.of_comment(self.comment_id) if one.request.line == line), None)
        if earlier is not None:
            return self._taken(earlier)
        context, settings = self.evaluations.context, self.evaluations.settings
        if not settings.runs:
            return words_runs.refused([OFF])
        if command.launcher not in {None, *settings.runs_on}:
            return words_runs.refused([f"Evaluations run on {' or '.join(settings.runs_on)} here."])
        # What will be refused anyway must cost no requests.
        caps = Caps.of(settings)
        why_not = asked.why_not(self.repo.id, self.author, caps, needs_approval=not self.role.trusted)
        if why_not is not None:
            return words_runs.refused([why_not])
        hub, ref = context.hub, command.revision or "main"
        try:
            commit = hub.commit_of(self.repo.name, ref)
        except HubGone:
            return words_runs.refused([f"{self.repo.name} has no {ref}."])
        where = Where(command.launcher or settings.runs_on[0].value)
        found = spec_of(
            command,
            model=self.repo.name,
            revision=commit,
            catalog=context.catalog,
            limits=self._limits(where),
        )
        if isinstance(found, str):
            return words_runs.refused([found])
        spec, notes = found
        prepared = prepare(hub, settings, context.catalog, spec, where, flavor=command.hardware)
        if refused(prepared.findings):
            return words_runs.refused([one.sentence for one in prepared.findings if refused([one])])
        request = self._request(spec, prepared, line=line, ref=ref, where=where, notes=notes)
        accepted = asked.accept(request, caps)
        if isinstance(accepted, Refused):
            return words_runs.refused([accepted.sentence])
        if isinstance(accepted, Same):
            return words_runs.same(accepted.run, self.place)
        if not request.needs_approval:
            self._supersede(accepted.run)
        return self._taken(accepted.run, _seconds(prepared))

    def _supersede(self, run: AskedRun) -> None:
        """Requests of strangers for the same need no approval any more."""
        cause = f"Run {run.id} is the same, and was asked for by somebody who needs no approval."
        for one in self.evaluations.runs.of_repo(self.repo.id, STATUS_ROWS):
            if one.stage is RunStage.WAITING and one.request.spec.id == run.request.spec.id:
                self.evaluations.runs.set(one.id, expect=[RunStage.WAITING], stage=RunStage.EXPIRED, cause=cause)
                self.runs.append(one.id)

    def _taken(self, run: AskedRun, seconds: float | None = None) -> str:
        self.runs.append(run.id)
        say = words_runs.waiting if run.stage is RunStage.WAITING else words_runs.accepted
        return say(run, self.place, seconds=seconds)

    def _limits(self, where: Where) -> Limits:
        settings = self.evaluations.settings
        seconds, price = settings.run_hours * 3600, settings.github_usd_per_hour
        if where is Where.JOBS:
            return Limits(int(seconds), settings.run_usd)
        # The price of a machine of one's own is known here only.
        affordable = settings.run_usd / price * 3600 - hardware.GRACE if price else seconds
        return Limits(int(max(hardware.LEAST_SECONDS, min(seconds, affordable))), None)

    def _request(
        self, spec: RunSpec, prepared: Prepared, *, line: int, ref: str, where: Where, notes: tuple[str, ...]
    ) -> Request:
        machine, price = prepared.machine, self.evaluations.settings.github_usd_per_hour
        estimate, most = None, price * (spec.time_limit + hardware.GRACE) / 3600
        if isinstance(machine, hardware.Plan):
            estimate, most = machine.usd, hardware.most_usd(spec, machine)
        context = self.evaluations.context
        goes = words_results.destinations(spec, context.catalog, self.config.formats, self.place)
        return Request(
            repo_id=self.repo.id,
            repo_name=self.repo.name,
            discussion=self.discussion,
            comment_id=self.comment_id,
            line=line,
            asker=self.author,
            role=self.role.value,
            spec=spec,
            ref=ref,
            launcher=where.value,
            flavor=prepared.flavor,
            estimate_usd=estimate,
            most_usd=most,
            needs_approval=not self.role.trusted,
            notes=(*notes, *goes),
        )

    def _approve(self, command: Approve) -> str | None:
        """Let a stranger's request in. Where that goes well, its own answer tells so."""
        if not may_approve(self.role):
            return words_runs.not_allowed("/approve", KEEPERS)
        run = self._of_this_repo(command.run)
        if run is None:
            return words_runs.not_under_way(None, self.place)
        if run.stage is not RunStage.WAITING and run.approved_by != self.author:
            return words_runs.not_under_way(run, self.place)
        if not run.request.spec.revision.startswith(command.sha):
            return words_runs.wrong_commit(run)
        commit = self.evaluations.context.hub.commit_of(self.repo.name, run.request.ref)
        if run.stage is RunStage.WAITING and commit != run.request.spec.revision:
            self.runs.append(run.id)
            cause = "The model changed before anybody approved this."
            changed = self.evaluations.runs.set(run.id, expect=[RunStage.WAITING], stage=RunStage.EXPIRED, cause=cause)
            return words_runs.void(changed or run, commit, run_advice.line(run.request))
        approved = self.evaluations.runs.approve(run.id, self.author, Caps.of(self.evaluations.settings))
        if isinstance(approved, Refused):
            return words_runs.refused([approved.sentence])
        if isinstance(approved, Same):
            return words_runs.same(approved.run, self.place)
        self.runs.append(run.id)
        show(self.evaluations, self.repo.name, approved.run)
        return None

    def _cancel(self, command: Cancel) -> str | None:
        """End a run. Its own answer tells so, in the same discussion."""
        run = self._of_this_repo(command.run) if command.run is not None else self._only_one()
        if run is None or run.stage.over:
            return words_runs.not_under_way(run, self.place)
        if not may_change(self.role) and self.author not in {run.request.asker, run.approved_by}:
            return words_runs.not_allowed("/eval cancel", f"whoever asked for the run, {KEEPERS}")
        asked = self.evaluations.runs.ask_cancel(run.id)
        self.runs.append(run.id)
        return words_runs.cancelled(asked or run) if run.request.discussion != self.discussion else None

    def _of_this_repo(self, number: int) -> AskedRun | None:
        run = self.evaluations.runs.run(number)
        return run if run is not None and run.request.repo_id == self.repo.id else None

    def _only_one(self) -> AskedRun | None:
        """The run that is meant where none is named: the newest in this discussion that is not over."""
        runs = self.evaluations.runs.of_repo(self.repo.id, 100)
        return next((one for one in runs if one.request.discussion == self.discussion and not one.stage.over), None)

    def _change(self, command: Command) -> str | None:
        """What a push or a change of the repo's settings would bring about."""
        if not may_change(self.role):
            return words_runs.not_allowed(_name(command), KEEPERS)
        match command:
            case Ignore(dataset=dataset) | Unignore(dataset=dataset):
                now = isinstance(command, Ignore)
                done = keep_ignored(self.evaluations.context.hub, self.repo.name, dataset, add=now)
                self._look()
                if done.problem is not None:
                    return words_runs.refused([done.problem])
                if done.config is not None:
                    return words_runs.left_out_in_file(dataset, done.config, now=now)
                if done.pull is None:
                    return words_runs.left_as_it_is(dataset, now=now)
                return words_runs.left_out(dataset, self.place, done.pull, now=now)
            case _:
                pull, sentence = self._look()
                return words_runs.extracted(sentence, self.place, pull)

    def _look(self) -> tuple[int | None, str]:
        """Look at the repo now. Returns the open pull request of ours, if any, and what the look came to."""
        records = self.evaluations.context.records
        found = look(self.evaluations.context, self.repo.id, force=True)
        records.remember(found)
        statuses = OwnPulls(records).statuses(self.repo.id)
        return next((number for number, status in sorted(statuses.items()) if status == OPEN), None), found.detail


def _name(command: Command) -> str:
    return f"/{type(command).__name__.lower()}"


def _seconds(prepared: Prepared) -> float | None:
    return prepared.machine.seconds if isinstance(prepared.machine, hardware.Plan) else None
