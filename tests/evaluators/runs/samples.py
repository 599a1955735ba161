"""A specification and the result that completes it, to be varied by tests."""

from dataclasses import replace
from typing import Any

from evaluators.runs.result import Dataset, Log, Model, RunResult, State, TaskResult, Tokens, Versions
from evaluators.runs.spec import Backend, Framework, RunSpec

SPEC = RunSpec(
    model="acme/heron-8b",
    revision="5ac1" * 10,
    tasks=("gsm8k",),
    framework=Framework.INSPECT,
    backend=Backend.VLLM,
    max_length=4096,
)


def spec(**changes: Any) -> RunSpec:
    """A specification that differs from the usual one in what is named."""
    return replace(SPEC, **changes)


TASK = TaskResult(
    task="gsm8k",
    framework_task="inspect_evals/gsm8k",
    metric="accuracy",
    value=0.8124,
    stderr=0.0107,
    samples_asked=1319,
    samples_completed=1319,
    samples_scored=1319,
    dataset=Dataset(id="openai/gsm8k", config="main", split="test", revision="cc7b" * 10),
    fewshot=8,
    status="success",
)


def result(of: RunSpec = SPEC, *, tasks: tuple[TaskResult, ...] | None = None, **changes: Any) -> RunResult:
    """A complete result of a specification, save for what is named."""
    usual = RunResult(
        spec_id=of.id,
        nonce="ab" * 16,
        state=State.SUCCESS,
        tasks=tuple(replace(TASK, task=name) for name in of.tasks) if tasks is None else tasks,
        model=Model(repo=of.model, revision=of.revision),
        versions=Versions(framework="inspect-ai", framework_version="0.3.285", vllm="0.32.0"),
        started="2026-11-21T09:30:00Z",
        finished="2026-11-21T10:30:00Z",
        tokens=Tokens(input=1_200_000, output=310_000),
        cost_usd=1.8,
        log=Log(sha256="0f" * 32, url="https://huggingface.co/datasets/acme/runs"),
    )
    return replace(usual, **changes)
