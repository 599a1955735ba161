"""Results: what comes back from a run, and when it counts."""

import json
from dataclasses import replace
from typing import Any

import pytest

from evaluators.runs.result import (
    Complete,
    ErrorKind,
    Incomplete,
    Model,
    ResultError,
    RunError,
    RunResult,
    State,
    TaskResult,
    parse,
    verdict,
)
from evaluators.runs.spec import Backend, RunSpec
from tests.evaluators.runs.samples import SPEC, TASK, result, spec


def test_a_result_survives_the_way_through_json() -> None:
    assert parse(result().json) == result()


def test_a_complete_result_counts() -> None:
    assert verdict(SPEC, result()) == Complete()


def test_every_kind_of_error_says_in_one_sentence_what_to_try() -> None:
    for kind in ErrorKind:
        assert kind.sentence.count(".") == kind.sentence.endswith("."), kind
        assert ": " in kind.sentence, kind


def test_an_error_keeps_the_end_of_what_was_printed() -> None:
    error = RunError.of(ErrorKind.BROKEN_MODEL, "x" * 9000 + "KeyError")
    assert error.detail.endswith("KeyError")
    assert len(error.detail) == 4000
    failed = result(state=State.FAILED, error=error, tasks=())
    assert parse(failed.json) == failed
    assert verdict(SPEC, failed) == Incomplete(ErrorKind.BROKEN_MODEL.sentence)


TRIAL = spec(limit=10)
OPEN = spec(backend=Backend.OPENAI, base_url="http://127.0.0.1:1/v1")


@pytest.mark.parametrize(
    ("asked", "found", "reason"),
    [
        (SPEC, result(spec(seed=1)), "another specification"),
        (TRIAL, result(TRIAL), "a run with a limit is a trial"),
        (SPEC, result(tasks=(replace(TASK, limit=1319),)), "a run with a limit is a trial"),
        (SPEC, result(model=Model(repo="acme/egret", revision=SPEC.revision)), "answered is acme/egret"),
        (SPEC, result(model=Model(repo=SPEC.model, revision="0" * 40)), "not loaded at the commit"),
        (SPEC, result(model=Model(repo=SPEC.model)), "not loaded at the commit"),
        (OPEN, result(OPEN, model=Model(repo=SPEC.model, revision="0" * 40)), "not loaded at the commit"),
        (SPEC, result(tasks=()), "no result of gsm8k"),
        (SPEC, result(tasks=(TASK, replace(TASK, task="hle"))), "hle, which was not asked for"),
        (SPEC, result(tasks=(TASK, TASK)), "which metric gsm8k is known by"),
        (SPEC, result(tasks=(replace(TASK, headline=False),)), "which metric gsm8k is known by"),
        (SPEC, result(tasks=(replace(TASK, status="error"),)), "the status error, not success"),
        (
            SPEC,
            result(tasks=(replace(TASK, samples_completed=700),)),
            "Only 700 of 1319 samples",
        ),
        (SPEC, result(tasks=(replace(TASK, samples_scored=1318),)), "Only 1318 of 1319 answers of gsm8k got a mark"),
        (
            SPEC,
            result(tasks=(replace(TASK, samples_asked=0, samples_completed=0, samples_scored=0),)),
            "No sample of gsm8k",
        ),
    ],
)
def test_an_incomplete_result_does_not_count(asked: RunSpec, found: RunResult, reason: str) -> None:
    judged = verdict(asked, found)
    assert isinstance(judged, Incomplete)
    assert reason in judged.reason


def test_a_task_may_come_back_as_several_with_several_metrics() -> None:
    parts: tuple[TaskResult, ...] = tuple(
        replace(TASK, framework_task=f"mmlu:{name}", metric=metric, headline=metric == "acc", task="mmlu|5")
        for name in ("anatomy", "virology")
        for metric in ("acc", "acc_norm")
    )
    asked = spec(tasks=("mmlu|5",))
    assert verdict(asked, result(asked, tasks=parts)) == Complete()


def test_a_server_that_names_no_commit_is_complete_all_the_same() -> None:
    assert verdict(OPEN, result(OPEN, model=Model(repo=OPEN.model))) == Complete()


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"state": "fine"}, "`state` cannot be 'fine': it is one of success, failed, cancelled, expired."),
        ({"state": "failed"}, "`error` belongs to every state but success"),
        ({"finished": "2026-11-21T09:00:00Z"}, "`finished` must not be before"),
        ({"started": "2026-13-41T09:00:00Z"}, "`started`: month must be in 1..12"),
        ({"started": "yesterday"}, "`started` cannot be 'yesterday': it is when it began"),
        ({"nonce": "x"}, "`nonce` cannot be 'x'"),
        ({"cost_usd": -1}, "`cost_usd` cannot be -1"),
        ({"tasks": [{}]}, "`tasks.0.task` is missing"),
        ({"model": {"repo": "acme/heron-8b", "sha": 1}}, "There is no field `model.sha`"),
        ({"log": {"sha256": "0f" * 32, "url": "javascript:alert(1)"}}, "`log.url` cannot be 'javascript:alert(1)'"),
        ({"score": 1}, "There is no field `score`"),
    ],
)
def test_what_is_no_result_is_refused_with_a_sentence(changes: dict[str, Any], sentence: str) -> None:
    with pytest.raises(ResultError) as caught:
        parse(json.dumps({**json.loads(result().json), **changes}))
    assert caught.value.problems[0].startswith(sentence)


def test_a_score_that_is_no_number_is_refused() -> None:
    with pytest.raises(ResultError, match=r"tasks\.0\.value"):
        parse(result().json.replace("0.8124", "NaN"))
