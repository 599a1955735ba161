"""The steps of the GitHub Action, one by one: what they take from the environment, and what they refuse."""

import hashlib
import json
from pathlib import Path

import pytest
from huggingface_hub import HfApi

from bot.runs_action import annotation, outputs, summary
from evaluators.runs.result import Dataset
from localhub import LocalHub
from tests.actions.runner import pairs
from tests.bot.cli.conftest import Run
from tests.evaluators.runs.samples import TASK, result, spec

REPO = "heron-labs/Heron-8B"


@pytest.fixture
def inputs(hub: LocalHub, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """A model that is there, and the file for outputs."""
    author = HfApi(endpoint=hub.url, token="hf_author_token")
    author.create_repo(REPO, exist_ok=True)
    author.upload_file(path_or_fileobj=b"{}", path_in_repo="config.json", repo_id=REPO)
    monkeypatch.setenv("HF_ENDPOINT", hub.url)
    monkeypatch.setenv("GITHUB_OUTPUT", str(tmp_path / "output"))
    monkeypatch.setenv("SCOREKEEPER_INPUT_MODEL", REPO)
    monkeypatch.setenv("SCOREKEEPER_INPUT_TASKS", "gsm8k")
    return tmp_path / "output"


@pytest.mark.parametrize(
    ("name", "text", "sentence"),
    [
        ("OPTIONS", '{"remote_code":true}', "must be a JSON object with some of"),
        ("OPTIONS", '{"pickle":true}', "must be a JSON object with some of"),
        ("OPTIONS", "[]", "must be a JSON object with some of"),
        ("OPTIONS", '{"seed":"x"}', "`seed` cannot be"),
        ("LIMIT", "3; touch pwned", "must be a whole number"),
        ("REQUEST_ID", "../../etc", "must be a specification's id"),
        ("REQUEST_ID", f"{'0' * 16}-{'0' * 32}", "belongs to another specification"),
        ("FRAMEWORK", "inspect && true", "is no framework"),
        ("TASKS", "@/etc/passwd", "is no task of inspect"),
        ("SPEC", "{}", "is missing"),
    ],
)
def test_a_wrong_input_is_told_in_one_sentence(
    name: str, text: str, sentence: str, inputs: Path, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(f"SCOREKEEPER_INPUT_{name}", text)
    done = run("eval", "action", "prepare")
    assert done.exit_code == 2, done.output
    assert sentence in done.output
    assert not inputs.exists()


def test_the_specification_of_the_inputs_is_an_output(inputs: Path, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SCOREKEEPER_INPUT_OPTIONS", '{"max_length":2048,"generation":{"max_tokens":99}}')
    assert run("eval", "action", "prepare").exit_code == 1
    found = pairs(inputs.read_text())
    made = json.loads(found["spec"])
    assert (made["max_length"], made["generation"]["max_tokens"], made["remote_code"]) == (2048, 99, False)
    assert len(found["request-id"]) == 49


def test_strangers_code_in_a_whole_specification_needs_the_operator(
    inputs: Path, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SCOREKEEPER_INPUT_SPEC", spec(remote_code=True).json)
    done = run("eval", "action", "prepare")
    assert done.exit_code == 2
    assert "only an operator's setting turns it on" in done.output
    monkeypatch.setenv("SCOREKEEPER_REMOTE_CODE", "true")
    assert run("eval", "action", "prepare").exit_code == 1
    assert json.loads(pairs(inputs.read_text())["spec"])["remote_code"]


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ("", "The result belongs to another run."),
        ("symlink", "is not there, or not a file"),
        ("digest", "not the one that the run wrote"),
        ("broken", "not what a run writes"),
    ],
)
def test_what_a_run_hands_over_is_not_believed(
    change: str, sentence: str, tmp_path: Path, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = spec()
    path = tmp_path / "scorekeeper-logs" / "result.json"
    path.parent.mkdir()
    text = result(asked).json if change != "broken" else result(asked).json.replace("2026-11-21T09:30:00Z", "now")
    path.write_text(text)
    (path.parent / "log.txt").write_text("hello")
    nonce = "cd" * 16 if not change else "ab" * 16
    monkeypatch.setenv("SCOREKEEPER_INPUT_SPEC", asked.json)
    monkeypatch.setenv("SCOREKEEPER_INPUT_REQUEST_ID", f"{asked.id}-{nonce}")
    digest = hashlib.sha256(text.encode()).hexdigest()
    monkeypatch.setenv("SCOREKEEPER_INPUT_RESULT_SHA256", digest if change != "digest" else "0" * 64)
    if change == "symlink":
        path.rename(tmp_path / "elsewhere")
        path.symlink_to(tmp_path / "elsewhere")
    done = run("eval", "action", "publish")
    assert done.exit_code == 2, done.output
    assert sentence in done.output


def test_no_value_ends_its_output_or_annotation_early() -> None:
    hostile = "a\nstatus=complete\nEOF\n::error::b%0A"
    assert pairs(outputs({"one": hostile, "two": "x"})) == {"one": hostile, "two": "x"}
    assert annotation("error", hostile, "t,:") == ("::error title=t%2C%3A::a%0Astatus=complete%0AEOF%0A::error::b%250A")


def test_the_summary_shows_numbers_and_whether_they_count() -> None:
    shown = summary(spec(), result())
    assert "| gsm8k | accuracy | 0.8124 | 0.011 | 1319 of 1319 |" in shown
    assert "It is complete. inspect on vllm" in shown
    trial = spec(limit=5)
    assert "It does not count" in summary(trial, result(trial))
    assert TASK.dataset == Dataset(id="openai/gsm8k", config="main", split="test", revision="cc7b" * 10)
