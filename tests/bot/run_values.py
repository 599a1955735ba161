"""Runs that somebody asked for, as values for tests of what is decided and said about them."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from bot.asked_run_values import AskedRun, Request, RunStage
from evaluators.runs.result import Dataset, Hardware, Model, RunError, RunResult, State, TaskResult, Versions
from evaluators.runs.spec import Backend, Framework, RunSpec

COMMIT = "5ac1" * 10
SPEC = RunSpec(
    model="heron-labs/heron-8b",
    revision=COMMIT,
    tasks=("gsm8k", "mmlu"),
    framework=Framework.INSPECT,
    backend=Backend.VLLM,
    time_limit=14_400,
    money_limit=5.0,
)
REQUEST = Request(
    repo_id="64a000000000000000000001",
    repo_name=SPEC.model,
    discussion=7,
    comment_id="65b000000000000000000001",
    line=1,
    asker="64a0000000000000000000aa",
    role="owner",
    spec=SPEC,
    ref="main",
    launcher="jobs",
    flavor="l4x1",
    estimate_usd=0.58,
    most_usd=3.2,
    needs_approval=False,
)
RUN = AskedRun(
    id=12,
    request=REQUEST,
    stage=RunStage.QUEUED,
    nonce="0" * 32,
    place_id=None,
    url=None,
    answer_id="65b000000000000000000002",
    result_id=None,
    shown=None,
    told=False,
    edits=0,
    approved_by=None,
    cancel_asked=False,
    cost_usd=None,
    cause=None,
    result=None,
    published=None,
    created_at=datetime(2026, 11, 21, 9, 0, tzinfo=UTC),
    submitted_at=None,
    started_at=None,
    ended_at=None,
    stage_at=datetime(2026, 11, 21, 9, 0, tzinfo=UTC),
)
GSM8K = TaskResult(
    task="gsm8k",
    framework_task="inspect_evals/gsm8k",
    metric="accuracy",
    value=0.712661,
    stderr=0.012468,
    samples_asked=1319,
    samples_completed=1319,
    samples_scored=1319,
    status="success",
    dataset=Dataset(id="openai/gsm8k", revision="e53f048856ff4f594e959d75785d2c2d37b678ee"),
)
MMLU = replace(
    GSM8K, task="mmlu", framework_task="inspect_evals/mmlu_0_shot", value=0.65, samples_asked=14042, dataset=None
)
MMLU = replace(MMLU, samples_completed=14042, samples_scored=14042, stderr=None)
RESULT = RunResult(
    spec_id=SPEC.id,
    nonce="0" * 32,
    state=State.SUCCESS,
    model=Model(repo=SPEC.model, revision=COMMIT),
    started="2026-11-21T09:30:00Z",
    finished="2026-11-21T10:14:10Z",
    tasks=(GSM8K, MMLU),
    versions=Versions(framework="inspect_ai", framework_version="0.3.239", vllm="0.32.0"),
    hardware=Hardware(gpu="NVIDIA L4", count=1),
)


def asked_run(stage: RunStage = RunStage.QUEUED, **changes: Any) -> AskedRun:
    """A run at a stage, with what belongs to it by then."""
    times: dict[str, Any] = {}
    if stage in {RunStage.SUBMITTED, RunStage.RUNNING, RunStage.DONE, RunStage.FAILED}:
        times["submitted_at"] = datetime(2026, 11, 21, 9, 20, tzinfo=UTC)
        times["url"] = "https://hub.example/jobs/bot/671"
    if stage in {RunStage.RUNNING, RunStage.DONE, RunStage.FAILED}:
        times["started_at"] = datetime(2026, 11, 21, 9, 30, tzinfo=UTC)
    if stage.over:
        times["ended_at"] = datetime(2026, 11, 21, 10, 15, tzinfo=UTC)
    return replace(RUN, stage=stage, **(times | changes))


def request(**changes: Any) -> Request:
    """A request with some fields of its specification or of its own changed."""
    spec = {name: value for name, value in changes.items() if hasattr(SPEC, name)}
    own = {name: value for name, value in changes.items() if name not in spec}
    return replace(REQUEST, spec=replace(SPEC, **spec), **own)


def failed(error: RunError) -> RunResult:
    """A result without numbers."""
    return replace(RESULT, state=State.FAILED, error=error, tasks=())
