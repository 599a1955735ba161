"""What came of a run, and whether it counts: only a complete run does, whatever exit code the framework gave."""

from collections.abc import Iterable
from dataclasses import dataclass as plain_dataclass
from datetime import datetime
from enum import StrEnum
from functools import cache
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, Field, TypeAdapter, model_validator
from pydantic.dataclasses import dataclass

from evaluators.runs import strict_json
from evaluators.runs.spec import CONFIG, MODEL, REVISION, TASK, RunSpec
from evaluators.runs.strict_json import InvalidJsonError

MAX_DETAIL = 4000


class ResultError(InvalidJsonError):
    """A result cannot be: `problems` has one sentence for each mistake, and names the field."""


class State(StrEnum):
    """How a run ended; `expired` is a run whose launcher lost it or forgot its log."""

    SUCCESS = "success"
    FAILED = "failed"
    CANCELLED = "cancelled"
    EXPIRED = "expired"


class ErrorKind(StrEnum):
    """Why a run did not succeed: a closed list, each with a sentence on what to try."""

    OUT_OF_MEMORY = "out_of_memory"
    UNSUPPORTED_ARCHITECTURE = "unsupported_architecture"
    CHAT_TEMPLATE_MISSING = "chat_template_missing"
    GATED = "gated"
    NOT_FOUND = "not_found"
    UNKNOWN_TASK = "unknown_task"
    NEEDS_SANDBOX = "needs_sandbox"
    NEEDS_JUDGE = "needs_judge"
    NEEDS_PACKAGE = "needs_package"
    TIME_LIMIT = "time_limit"
    CANCELLED = "cancelled"
    SAMPLES_FAILED = "samples_failed"
    NO_RESULT = "no_result"
    BROKEN_MODEL = "broken_model"
    PAYMENT_REQUIRED = "payment_required"
    LAUNCH_FAILED = "launch_failed"
    INTERNAL = "internal"

    @property
    def sentence(self) -> str:
        """What happened and what to try, for anybody."""
        return _SENTENCES[self]


_SENTENCES = {
    ErrorKind.OUT_OF_MEMORY: "The GPU's memory was not enough: take a larger flavor, or set a smaller max_length.",
    ErrorKind.UNSUPPORTED_ARCHITECTURE: "vLLM does not know this model's architecture: try the backend hf.",
    ErrorKind.CHAT_TEMPLATE_MISSING: "The model has no chat template, which this task needs: evaluate its "
    "instruction-tuned version, or set chat_template to no.",
    ErrorKind.GATED: "The model or a data set is gated: ask for access on its page, and give a token that may read it.",
    ErrorKind.NOT_FOUND: "The model, its commit or a data set is not there: check the names and the commit.",
    ErrorKind.UNKNOWN_TASK: "The framework does not know a task: compare its name with the table of tasks.",
    ErrorKind.NEEDS_SANDBOX: "A task runs code that the model writes: run it as a throw-away job.",
    ErrorKind.NEEDS_JUDGE: "A task is marked by a second model, which is not set up: choose a task without a judge.",
    ErrorKind.NEEDS_PACKAGE: "A task needs a package that is not installed: choose another task or framework.",
    ErrorKind.TIME_LIMIT: "The time limit was reached: raise time_limit, or try a limit of a few samples first.",
    ErrorKind.CANCELLED: "The run was cancelled: submit it again if that was not meant.",
    ErrorKind.SAMPLES_FAILED: "Some samples got no answer or no mark, so there is no score: see the log for the cause.",
    ErrorKind.NO_RESULT: "The framework ended without a result: see the end of its log.",
    ErrorKind.BROKEN_MODEL: "The model cannot be loaded: check that its files are complete and belong together.",
    ErrorKind.PAYMENT_REQUIRED: "The account has no credit for this: add some, or choose another account.",
    ErrorKind.LAUNCH_FAILED: "The run could not be started: check the settings of the place where it should run.",
    ErrorKind.INTERNAL: "Something went wrong that is not the model's fault: run it again, and report it if it stays.",
}


def _utc(text: str) -> str:
    datetime.fromisoformat(text)
    return text


Text = Annotated[str, Field(max_length=300)]
Count = Annotated[int, Field(ge=0, le=10**12)]
Moment = Annotated[str, Field(pattern=r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$"), AfterValidator(_utc)]
Sha256 = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]


@dataclass(frozen=True, slots=True, kw_only=True, config=CONFIG)
class RunError:
    """Why a run did not succeed."""

    kind: ErrorKind = Field(description="One of the known kinds.")
    sentence: str = Field(max_length=500, description="What happened and what to try, in one sentence.")
    detail: str = Field(
        default="", max_length=MAX_DETAIL, description="The end of what was printed, at most 4,000 characters."
    )

    @classmethod
    def of(cls, kind: ErrorKind, detail: str = "", sentence: str = "") -> "RunError":
        """The error with its usual sentence, and the last part of the detail."""
        return cls(kind=kind, sentence=(sentence or kind.sentence)[:500], detail=detail[-MAX_DETAIL:])


@dataclass(frozen=True, slots=True, kw_only=True, config=CONFIG)
class Dataset:
    """The questions: a data set of the Hub, or its name alone where it comes from elsewhere."""

    id: Text = Field(description="The data set, as owner/name, or where else it comes from.")
    config: Text | None = Field(default=None, description="The name of its configuration.")
    split: Text | None = Field(default=None, description="The name of its split.")
    revision: Text | None = Field(default=None, description="Its commit, where that is known.")


@dataclass(frozen=True, slots=True, kw_only=True, config=CONFIG)
class TaskResult:
    """One number: a metric of one task as the framework ran it.

    A task of the specification may be several of the framework (`mmlu` of lighteval is 57), and each may have several
    metrics; `headline` is the one that the task is known by. Samples are counted once for each epoch.
    """

    task: str = Field(pattern=TASK, max_length=200, description="The task as it stands in the specification.")
    framework_task: Text = Field(description="The task as the framework names it.")
    metric: Text = Field(description="The name of the metric.")
    value: float = Field(description="The number, in the framework's own scale.")
    samples_asked: Count = Field(description="The number of samples that the framework set out to ask.")
    samples_completed: Count = Field(description="The number of samples that got an answer.")
    samples_scored: Count = Field(description="The number of answers that got a mark.")
    status: Text = Field(description="The status in the framework's log; only success counts.")
    headline: bool = Field(default=True, description="Whether the task is known by this metric.")
    stderr: float | None = Field(default=None, ge=0, description="The standard error of the number.")
    dataset: Dataset | None = Field(
        default=None, description="A mapping: the data set with config, split and revision."
    )
    epochs: int = Field(default=1, ge=1, le=10_000, description="The number of times each question is asked.")
    fewshot: int | None = Field(default=None, ge=0, le=1000, description="The number of examples before each question.")
    limit: Count | None = Field(
        default=None, description="The number of samples that the framework was told to stop after."
    )
    samples_cut: Count | None = Field(
        default=None,
        description="The number of answers that ended at a limit of tokens which is not the task's own, where known.",
    )


@dataclass(frozen=True, slots=True, kw_only=True, config=CONFIG)
class Model:
    """What answered. The commit is empty where the run did not load the files itself."""

    repo: str = Field(pattern=MODEL, max_length=96, description="The model repo on the Hub, as owner/name.")
    revision: str | None = Field(default=None, pattern=REVISION, description="The commit whose files were loaded.")
    config_sha: Sha256 | None = Field(default=None, description="The SHA-256 of its config.json.")


@dataclass(frozen=True, slots=True, kw_only=True, config=CONFIG)
class Versions:
    """The programs that took part."""

    framework: Text = Field(description="The name of the framework.")
    framework_version: Text = Field(description="The version of the framework.")
    vllm: Text | None = Field(default=None, description="The version of vLLM.")
    torch: Text | None = Field(default=None, description="The version of PyTorch.")
    transformers: Text | None = Field(default=None, description="The version of transformers.")
    cuda: Text | None = Field(default=None, description="The version of CUDA.")
    python: Text | None = Field(default=None, description="The version of Python.")


@dataclass(frozen=True, slots=True, kw_only=True, config=CONFIG)
class Hardware:
    """What it ran on."""

    gpu: Text = Field(description="The name of the GPU.")
    count: int = Field(ge=1, le=1000, description="The number of GPUs.")
    driver: Text | None = Field(default=None, description="The version of the driver.")


@dataclass(frozen=True, slots=True, kw_only=True, config=CONFIG)
class Tokens:
    """What went in and came out, as the framework counted."""

    input: Count = Field(description="The number of tokens that went in.")
    output: Count = Field(description="The number of tokens that came out.")


@dataclass(frozen=True, slots=True, kw_only=True, config=CONFIG)
class Log:
    """The framework's own log."""

    sha256: Sha256 = Field(description="The SHA-256 of the log, 64 lower-case hexadecimal digits.")
    url: Annotated[str, Field(pattern=r"^https?://", max_length=1000)] | None = Field(
        default=None, description="The address of the log."
    )


@dataclass(frozen=True, slots=True, kw_only=True, config=CONFIG)
class RunResult:
    """The complete record of one run."""

    spec_id: str = Field(pattern=r"^[0-9a-f]{16}$", description="The id of the specification, 16 hexadecimal digits.")
    nonce: str = Field(pattern=r"^[0-9a-f]{32}$", description="The number of the attempt, 32 hexadecimal digits.")
    state: State = Field(description="One of success, failed, cancelled, expired.")
    model: Model = Field(description="A mapping: what answered.")
    started: Moment = Field(description="When it began, such as 2026-11-21T09:30:00Z.")
    finished: Moment = Field(description="When it ended, such as 2026-11-21T10:30:00Z.")
    version: Literal[1] = Field(default=1, description="The version of this format, 1.")
    error: RunError | None = Field(default=None, description="A mapping: why it did not succeed.")
    tasks: tuple[TaskResult, ...] = Field(
        default=(), max_length=2000, description="A list of the results of each task."
    )
    versions: Versions | None = Field(default=None, description="A mapping: the programs that took part.")
    hardware: Hardware | None = Field(default=None, description="A mapping: what it ran on.")
    tokens: Tokens | None = Field(default=None, description="A mapping: how many tokens went in and came out.")
    cost_usd: float | None = Field(default=None, ge=0, description="What it cost, in US dollars.")
    log: Log | None = Field(default=None, description="A mapping: the framework's own log.")

    @model_validator(mode="after")
    def _agree(self) -> "RunResult":
        if (self.state is State.SUCCESS) is not (self.error is None):
            raise ValueError("`error` belongs to every state but success, and only to those.")
        if self.finished < self.started:
            raise ValueError("`finished` must not be before `started`.")
        return self

    @property
    def json(self) -> str:
        """The canonical text: every field, keys sorted."""
        return strict_json.write(_adapter(), self)


@plain_dataclass(frozen=True, slots=True)
class Complete:
    """The run counts."""


@plain_dataclass(frozen=True, slots=True)
class Incomplete:
    """The run does not count; `reason` is one sentence."""

    reason: str


Verdict = Complete | Incomplete


def verdict(spec: RunSpec, result: RunResult) -> Verdict:
    """Whether a result is the whole answer to a specification: only then may it be published."""
    if result.spec_id != spec.id:
        return Incomplete("The result belongs to another specification.")
    if result.error is not None:
        return Incomplete(result.error.sentence)
    if spec.limited or any(one.limit is not None for one in result.tasks):
        return Incomplete("Only a part of the samples was asked: a run with a limit is a trial.")
    if result.model.repo != spec.model:
        return Incomplete(f"The model that answered is {result.model.repo}, not {spec.model}.")
    # What a provider or a server loads is not ours to know; publishing judges that.
    if result.model.revision != spec.revision and (spec.backend.loads_weights or result.model.revision is not None):
        return Incomplete(f"The model was not loaded at the commit {spec.revision[:12]} that was asked for.")
    present = {one.task for one in result.tasks}
    if strange := sorted(present - set(spec.tasks)):
        return Incomplete(f"There is a result of {strange[0]}, which was not asked for.")
    for task in spec.tasks:
        if problem := _task_problem(task, [one for one in result.tasks if one.task == task]):
            return Incomplete(problem)
    return Complete()


def _task_problem(task: str, results: Iterable[TaskResult]) -> str | None:
    headlines: dict[str, int] = {}
    for one in results:
        headlines[one.framework_task] = headlines.get(one.framework_task, 0) + one.headline
        if one.status != "success":
            return f"The framework ended {task} with the status {one.status[:40] or 'unknown'}, not success."
        if one.samples_asked < 1:
            return f"No sample of {task} was asked."
        if one.samples_completed != one.samples_asked:
            return f"Only {one.samples_completed} of {one.samples_asked} samples of {task} got an answer."
        if one.samples_scored != one.samples_asked:
            return f"Only {one.samples_scored} of {one.samples_asked} answers of {task} got a mark."
    if not headlines:
        return f"There is no result of {task}."
    if set(headlines.values()) != {1}:
        return f"It is not clear which metric {task} is known by."
    return None


def parse(text: str | bytes) -> RunResult:
    """Read a result from JSON.

    Raises:
        ResultError: It is not JSON, has an unknown field, or a value that cannot be.
    """
    try:
        return strict_json.read(_adapter(), text, schema())
    except InvalidJsonError as error:
        raise ResultError(error.problems) from None


@cache
def schema() -> dict[str, Any]:
    """The JSON Schema, as published in `docs/schemas/run-result.schema.json`."""
    title = {"title": "Scorekeeper: result of a run"}
    return {"$schema": strict_json.DRAFT} | _adapter().json_schema() | title


@cache
def _adapter() -> TypeAdapter[RunResult]:
    return TypeAdapter(RunResult)
