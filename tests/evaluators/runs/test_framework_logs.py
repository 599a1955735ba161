"""What the frameworks' logs tell beside the numbers: the data with its commit, and answers that were cut or missing."""

import json
from pathlib import Path
from typing import Any

import pytest

from evaluators.runs.runner import inspect_facts, lighteval_log
from evaluators.runs.runner.findings import Findings

COMMIT = "cc7b047b6e5bb11b4f1af84efc572db110a51b3c"
GSM8K = f"openai/gsm8k@{COMMIT}?config=main&split=test&rows=1319"


def told(name: str, location: str | None, samples: int = 1319) -> dict[str, str | None]:
    return inspect_facts.data({"eval": {"dataset": {"name": name, "location": location, "samples": samples}}})


def test_the_data_of_inspect_has_its_commit_configuration_and_split() -> None:
    whole = {"id": "openai/gsm8k", "config": "main", "split": "test", "revision": COMMIT}
    assert told(GSM8K, "openai/gsm8k") == whole
    assert told(GSM8K, "openai/gsm8k", samples=5) == whole


def test_of_data_that_was_put_together_only_the_commit_is_told() -> None:
    joined = {"id": "openai/gsm8k", "config": None, "split": None, "revision": COMMIT}
    assert told(GSM8K, "openai/gsm8k", samples=1320) == joined


@pytest.mark.parametrize(
    ("name", "location", "known"),
    [
        ("openai/gsm8k", "openai/gsm8k", "openai/gsm8k"),
        (GSM8K, "acme/other", "acme/other"),
        ("gpqa_diamond", "/home/somebody/.cache/inspect_evals/gpqa/gpqa_diamond.csv", "gpqa_diamond.csv"),
        ("quiz", None, "quiz"),
        ("", None, "unknown"),
    ],
)
def test_what_is_not_known_of_the_data_is_not_told(name: str, location: str | None, known: str) -> None:
    assert told(name, location) == {"id": known, "config": None, "split": None, "revision": None}


def sample(reason: str, limit: int | None = None, *earlier: str) -> dict[str, Any]:
    events = [
        {"event": "model", "config": {"max_tokens": limit}, "output": {"choices": [{"stop_reason": one}]}}
        for one in (*earlier, reason)
    ]
    return {"events": [{"event": "state"}, *events]}


def log(*samples: dict[str, Any], ours: int | None = None, model: str = "vllm/acme/heron") -> dict[str, Any]:
    return {"eval": {"model": model, "model_generate_config": {"max_tokens": ours}}, "samples": samples}


@pytest.mark.parametrize(
    ("given", "cut"),
    [
        (log(sample("stop"), sample("max_tokens"), sample("model_length")), 2),
        (log(sample("max_tokens", 64, "stop"), sample("stop", 64, "max_tokens"), ours=64), 2),
        # The task's own limit is part of the benchmark, and the length of the model is not.
        (log(sample("max_tokens", 16), sample("model_length", 16)), 1),
        (log(sample("max_tokens", 2048), model="hf/acme/heron"), 1),
        (log(sample("max_tokens", 2048)), 0),
        (log(sample("stop"), sample("unknown")), None),
        (log(sample("stop"), {"events": []}), None),
        (log({"output": {"choices": [{"stop_reason": "max_tokens"}]}}), 1),
    ],
)
def test_answers_that_were_cut_are_counted_where_inspect_tells(given: dict[str, Any], cut: int | None) -> None:
    assert inspect_facts.cut(given) == cut


def lighteval(folder: Path, tasks: list[str], answers: dict[str, Any] | None) -> Findings:
    """What is read of a run of these tasks, with four questions each."""
    if answers is not None:
        (folder / "answers.json").write_text(json.dumps(answers))
    about = {"hf_repo": "lighteval/mmlu", "hf_revision": COMMIT, "evaluation_splits": ["test"], "num_fewshots": 5}
    results = {
        "config_tasks": {name: {**about, "hf_subset": name} for name in tasks if "_average" not in name},
        "results": {name: {"acc": 0.5} for name in tasks},
    }
    (folder / "results").mkdir()
    (folder / "results" / "results_1.json").write_text(json.dumps(results))
    (folder / "details").mkdir()
    for name in tasks:
        if "_average" not in name:
            (folder / "details" / f"details_{name}_1.parquet").touch()
    return lighteval_log.read(folder, "mmlu|5", lambda paths: {str(path): [4, 4] for path in paths})


PARTS = ["mmlu:anatomy|5", "mmlu:virology|5", "mmlu:_average|5"]


@pytest.mark.parametrize(("cut", "counts"), [(0, [0, 0, 0]), (3, [None, None, 3]), (None, [None] * 3)])
def test_answers_that_lighteval_cut_are_counted_over_all_parts(
    cut: int | None, counts: list[int | None], tmp_path: Path
) -> None:
    found = lighteval(tmp_path, PARTS, None if cut is None else {"cut": cut, "unanswered": 0, "error": ""})
    assert [one["samples_cut"] for one in found.tasks] == counts
    assert found.kind is None


def test_the_mean_of_parts_tells_what_their_data_has_in_common(tmp_path: Path) -> None:
    *_, mean = lighteval(tmp_path, PARTS, None).tasks
    assert mean["dataset"] == {"id": "lighteval/mmlu", "config": None, "split": "test", "revision": COMMIT}
    assert mean["fewshot"] == 5


def test_a_question_without_an_answer_fails_a_run_of_lighteval(tmp_path: Path) -> None:
    found = lighteval(tmp_path, PARTS[:1], {"cut": 0, "unanswered": 2, "error": "503 Service Unavailable"})
    assert (found.kind, found.detail) == ("samples_failed", "2 questions got no answer: 503 Service Unavailable")
