"""Runs, from the bot's side: what has to be known before one starts, and the places where it can happen."""

import os
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from enum import StrEnum
from typing import Literal

from bot.hub import Hub
from bot.hub_errors import HubDenied, HubGone
from bot.settings import Settings
from evaluators.catalog import Catalog
from evaluators.catalog_refresh import read_eval_yaml, read_scorers
from evaluators.runs import commands, hardware, record
from evaluators.runs.environments import Environment
from evaluators.runs.finding import Access, EvalYaml, Finding, Known
from evaluators.runs.flavors import Flavor, current
from evaluators.runs.github_api import URL as GITHUB_URL
from evaluators.runs.launch_github import GitHubLauncher
from evaluators.runs.launch_jobs import JobsLauncher
from evaluators.runs.launch_local import LocalLauncher
from evaluators.runs.launcher import Launcher, LaunchError, Stage, Status, Submitted
from evaluators.runs.model_facts import ModelFacts
from evaluators.runs.place import KEYS, Place
from evaluators.runs.preflight import preflight, refused
from evaluators.runs.preflight_tasks import names_to_look_up
from evaluators.runs.result import ErrorKind, Model, RunError, RunResult, State
from evaluators.runs.runner.plan import Plan
from evaluators.runs.spec import Backend, RunSpec
from evaluators.runs.task_table import TaskError
from evaluators.runs.tasks import asked, runs_code
from evaluators.runs.workload import workload

Device = Literal["cuda", "cpu"]


class Where(StrEnum):
    """A place for runs."""

    LOCAL = "local"
    JOBS = "jobs"
    GITHUB = "github"


@dataclass(frozen=True, slots=True)
class Prepared:
    """A run that could start: what was found out, the hardware, and the exact commands; no plan where refused."""

    spec: RunSpec
    findings: tuple[Finding, ...]
    model: ModelFacts | None = None
    machine: hardware.Plan | hardware.NoPlan | None = None
    plan: Plan | None = None
    secrets: Mapping[str, str] | None = None

    @property
    def flavor(self) -> str | None:
        """The machine to rent, where one was chosen."""
        return self.machine.flavor.name if isinstance(self.machine, hardware.Plan) else None


def prepare(
    hub: Hub,
    settings: Settings,
    catalog: Catalog,
    spec: RunSpec,
    where: Where,
    *,
    flavor: str | None = None,
    device: Device = "cuda",
) -> Prepared:
    """Find out all that stands in the way, and make the commands. Nothing is downloaded but a few small files.

    Requests: up to six for the model, two for each data set that is looked up, one for that of the results, and for
    jobs the list of machines.

    Raises:
        HubUnavailable: The Hub could not be asked.
    """
    access, model = _model(hub, spec)
    data = {name: hub.data_access(name) for name in names_to_look_up(spec)}
    benchmarks = {name: _eval_yaml(hub.eval_yaml(name)) for name, reached in data.items() if reached is Access.READABLE}
    machine = None
    if where is Where.JOBS and model is not None:
        machine = _machine(spec, model, current(hub.job_hardware()), flavor)
    throw_away = where is Where.JOBS or (where is Where.GITHUB and settings.github_throw_away)
    known = Known(access, model, data, benchmarks, machine, throw_away=throw_away)
    findings = preflight(spec, known, catalog)
    if refused(findings) or model is None:
        return Prepared(spec, findings, model, machine)
    place = _place(spec, model, machine, device=device, throw_away=throw_away)
    plan = commands.plan(spec, place)
    if isinstance(machine, hardware.Plan):
        plan = replace(plan, time_limit=hardware.seconds_allowed(spec, machine))
    uploads_to = _uploads_to(hub, settings, spec)
    if uploads_to is not None:
        plan = replace(plan, results=(uploads_to, f"runs/{spec.model}/{spec.id}"))
    secrets = _secrets(hub, settings, spec, model, uploads=uploads_to is not None)
    return Prepared(spec, findings, model, machine, plan, secrets)


def with_month(plan: Plan, spec: RunSpec, nonce: str, month: str) -> Plan:
    """The plan with the folder for the framework's own logs, which belongs to one attempt."""
    if plan.results is None:
        return plan
    return replace(plan, results=(plan.results[0], f"{record.folder(spec, month, nonce)}/framework"))


def _uploads_to(hub: Hub, settings: Settings, spec: RunSpec) -> str | None:
    """The data set that the run itself uploads the framework's logs to, where it may.

    Code that the model writes could take the token along, and what a private model says is not for everybody.
    """
    repo = settings.results_repo
    if repo is None or settings.results_token is None or runs_code(spec):
        return None
    if hub.is_private(spec.model):
        with suppress(HubGone):
            return repo if hub.is_private(repo, "datasets") else None
        return None
    return repo


def launcher(hub: Hub, settings: Settings, where: Where, *, patience: float | None = None) -> Launcher:
    """One place, ready for use. A start that is not answered is looked for so many seconds, a minute if none are given.

    Raises:
        LaunchError: Its settings are missing.
    """
    if where is Where.JOBS:
        return JobsLauncher(hub, Environment(settings.jobs_python or ""), settings.jobs_image, patience=patience)
    if where is Where.GITHUB:
        if settings.github_repo is None or settings.github_token is None:
            raise LaunchError("SCOREKEEPER_GITHUB_REPO and GITHUB_TOKEN must be set for runs on GitHub.")
        token = settings.github_token.get_secret_value()
        return GitHubLauncher(
            settings.github_repo,
            token,
            settings.github_workflow,
            settings.github_runner,
            settings.github_api or GITHUB_URL,
            patience=patience,
        )
    pythons = {"inspect": settings.env_inspect, "lighteval": settings.env_lighteval}
    found = {name: python for name, python in pythons.items() if python}
    return LocalLauncher(settings.home / "runs", found, surroundings(settings))


def surroundings(settings: Settings) -> dict[str, str]:
    """What a runner on this machine may see: none of our secrets; it gets its own by name."""
    hidden = {field.alias for name, field in Settings.model_fields.items() if _is_secret(settings, name)}
    return {name: value for name, value in os.environ.items() if name not in hidden}


def _is_secret(settings: Settings, name: str) -> bool:
    return hasattr(getattr(settings, name), "get_secret_value")


def _model(hub: Hub, spec: RunSpec) -> tuple[Access, ModelFacts | None]:
    try:
        return Access.READABLE, hub.model_facts(spec.model, spec.revision)
    except HubGone:
        return Access.NOT_FOUND, None
    except HubDenied:
        return Access.GATED, None


def _eval_yaml(text: str | None) -> EvalYaml:
    framework, tasks = read_eval_yaml(text or "")
    return EvalYaml(framework, tuple(tasks), read_scorers(text or ""))


def _machine(
    spec: RunSpec, model: ModelFacts, flavors: tuple[Flavor, ...], name: str | None
) -> hardware.Plan | hardware.NoPlan:
    try:
        if name is None:
            return hardware.plan(spec, model, flavors)
        named = [one for one in flavors if one.name == name]
        if not named:
            return hardware.NoPlan(f"There is no flavor {name}: `eval hardware` lists those there are.")
        found = hardware.plan(spec, model, named)
        if isinstance(found, hardware.Plan):
            return found
        # Whoever names a machine knows what they do: the run says if it was too small.
        load = workload(spec, model)
        usd = named[0].usd * spec.time_limit / 3600
        line = f"{name} was asked for, at ${named[0].usd:.2f} an hour; whether the model fits is not known."
        return hardware.Plan(named[0], max(1, spec.tensor_parallel), load.max_length, 1, 0.0, usd, line)
    except TaskError as error:
        return hardware.NoPlan(str(error))


def _place(
    spec: RunSpec,
    model: ModelFacts,
    machine: hardware.Plan | hardware.NoPlan | None,
    *,
    device: Device,
    throw_away: bool,
) -> Place:
    chosen = machine if isinstance(machine, hardware.Plan) else None
    on_gpu = chosen is None or chosen.flavor.count > 0
    return Place(
        max_length=chosen.max_length if chosen else workload(spec, model).max_length,
        tensor_parallel=chosen.tensor_parallel if chosen and spec.backend is Backend.VLLM else 1,
        has_template=model.chat_template is not False,
        device=device if on_gpu else "cpu",
        throw_away=throw_away,
        has_key=KEYS[spec.framework] in os.environ,
        files=commands.files_to_load(spec, model),
    )


def _secrets(hub: Hub, settings: Settings, spec: RunSpec, model: ModelFacts, *, uploads: bool) -> dict[str, str]:
    """What the runner gets: a token that reads only where one is needed, one for the results' data set where set."""
    secrets = {}
    if settings.read_token is not None and _needs_token(hub, spec, model):
        secrets["HF_TOKEN"] = settings.read_token.get_secret_value()
    if uploads and settings.results_token is not None:
        secrets["SCOREKEEPER_RESULTS_TOKEN"] = settings.results_token.get_secret_value()
    key = KEYS[spec.framework]
    if spec.backend is Backend.OPENAI and key in os.environ:
        secrets[key] = os.environ[key]
    return secrets


def _needs_token(hub: Hub, spec: RunSpec, model: ModelFacts) -> bool:
    data = any(asked(task, spec.framework, spec.fewshot).gated_data for task in spec.tasks)
    return data or model.gated or spec.backend is Backend.PROVIDER or hub.is_private(spec.model)


def without_result(spec: RunSpec, run: Submitted, status: Status) -> RunResult:
    """What can be said of a run that is over and left no result."""
    now = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    words = status.words.lower()
    state, kind, sentence = State.FAILED, ErrorKind.NO_RESULT, ""
    if status.stage is Stage.CANCELLED:
        state, kind = State.CANCELLED, ErrorKind.CANCELLED
    elif status.stage is Stage.LOST:
        lost = status.words.rstrip(".") or "The run was lost"
        state, sentence = State.EXPIRED, f"{lost}: submit it again."
    elif "timeout" in words or "timed" in words:
        kind = ErrorKind.TIME_LIMIT
    elif "schedule" in words:
        kind = ErrorKind.LAUNCH_FAILED
    return RunResult(
        spec_id=spec.id,
        nonce=run.nonce,
        state=state,
        error=RunError.of(kind, status.words, sentence),
        model=Model(repo=spec.model),
        started=now,
        finished=now,
        cost_usd=status.cost_usd,
    )
