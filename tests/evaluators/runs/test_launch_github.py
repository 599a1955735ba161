"""The launcher for GitHub against a stand-in for its API: how a run is found, and what is said when it is not."""

import io
import json
import signal
import subprocess
import sys
import zipfile
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from evaluators.runs import handover, launch_github
from evaluators.runs.launch_github import GitHubLauncher
from evaluators.runs.launcher import LaunchError, NoSuchRunError, NotAnsweredError, NotTakenError, Order, Stage
from evaluators.runs.runner.plan import Plan
from tests.actions.github import READ, REPO, WRITE, Answer, GitHub, github
from tests.evaluators.runs.samples import SPEC, result, spec

# The process is killed between the start of the run and everything that would have followed.
START_AND_DIE = """
import os, sys
from evaluators.runs.github_api import GitHubApi
from evaluators.runs.launch_github import GitHubLauncher
from evaluators.runs.launcher import Order
from evaluators.runs.runner.plan import Plan
from tests.actions.github import REPO, WRITE
ask = GitHubApi.ask
def dies(self, method, path, json=None):
    answer = ask(self, method, path, json)
    if method == "POST":
        os.kill(os.getpid(), 9)
    return answer
GitHubApi.ask = dies
url, plan, nonce = sys.argv[1:]
GitHubLauncher(REPO, WRITE, api=url).submit(Order(Plan.from_json(plan), nonce))
"""


@pytest.fixture
def hub(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[GitHub]:
    """GitHub, where runs wait for a runner for ever."""
    monkeypatch.setattr(launch_github, "PAUSE", 0.02)
    monkeypatch.setattr(launch_github, "PATIENCE", 1.0)
    with github(tmp_path) as running:
        running.held = True
        yield running


@pytest.fixture
def launcher(hub: GitHub) -> GitHubLauncher:
    return GitHubLauncher(REPO, WRITE, api=hub.url)


def order(seed: int = 0) -> Order:
    of = spec(seed=seed)
    plan = Plan(spec=json.loads(of.json), spec_id=of.id, reader="inspect", commands=(), time_limit=60)
    return Order(plan, handover.new_nonce())


@pytest.mark.parametrize("details", ["told", "silent", "unknown"])
def test_a_run_is_known_whatever_github_answers(details: str, hub: GitHub, launcher: GitHubLauncher) -> None:
    hub.details = details  # type: ignore[assignment] # one of the three
    wanted = order()
    run = launcher.submit(wanted)
    assert (run.spec_id, run.nonce) == (wanted.plan.spec_id, wanted.nonce)
    assert launcher.get(run.id) == run
    assert launcher.find(run.spec_id) == run
    assert launcher.status(run).stage is Stage.WAITING


def test_the_specification_travels_in_ten_inputs_at_most(hub: GitHub, launcher: GitHubLauncher) -> None:
    launcher.submit(order(3))
    inputs = hub.runs[0].runner.contexts["inputs"]
    assert (inputs["model"], inputs["tasks"], inputs["limit"]) == (SPEC.model, "gsm8k", "")
    assert json.loads(inputs["options"])["seed"] == 3
    assert "remote_code" not in inputs["options"]
    assert len(inputs) <= 10


def test_what_waits_is_not_started_twice_until_it_is_cancelled(hub: GitHub, launcher: GitHubLauncher) -> None:
    first = launcher.submit(order())
    assert launcher.submit(order()) == first
    launcher.cancel(first)
    assert launcher.status(first).stage is Stage.CANCELLED
    launcher.cancel(first)
    assert launcher.submit(order()) != first
    assert len(hub.runs) == 2


def test_a_start_whose_answer_is_lost_is_found(hub: GitHub, launcher: GitHubLauncher) -> None:
    hub.lose_answers = 1
    wanted = order()
    assert launcher.submit(wanted).nonce == wanted.nonce
    assert len(hub.runs) == 1


@pytest.mark.parametrize("lose_answers", [0, 1])
def test_a_run_that_is_not_listed_yet_is_looked_for_and_not_started_again(
    lose_answers: int, hub: GitHub, launcher: GitHubLauncher
) -> None:
    hub.details, hub.lose_answers = "silent", lose_answers
    wanted = order()
    hub.hide_newest = 4
    assert launcher.submit(wanted).nonce == wanted.nonce
    assert hub.hide_newest == 0
    assert len(hub.runs) == 1


def test_a_start_that_github_never_lists_is_told_and_found_by_whoever_asks_again(
    hub: GitHub, launcher: GitHubLauncher, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(launch_github, "PATIENCE", 0.1)
    hub.lose_answers, hub.hide_newest = 1, 1000
    wanted = order()
    with pytest.raises(NotAnsweredError, match="eval list --on github before you ask again"):
        launcher.submit(wanted)
    hub.hide_newest = 0
    assert launcher.submit(wanted).nonce == wanted.nonce
    assert len(hub.runs) == 1


def test_whoever_is_killed_right_after_the_start_finds_the_run_again(hub: GitHub, launcher: GitHubLauncher) -> None:
    wanted = order()
    words = [sys.executable, "-c", START_AND_DIE, hub.url, wanted.plan.to_json(), wanted.nonce]
    done = subprocess.run(words, capture_output=True, text=True, timeout=50, check=False)
    assert done.returncode == -signal.SIGKILL, done.stderr
    run = launcher.submit(wanted)
    assert run.nonce == wanted.nonce
    hub.runs[0].status, hub.runs[0].conclusion = "completed", "success"
    # Also when it is over, it is not started again.
    assert launcher.submit(wanted) == run
    assert launcher.find(run.spec_id) == launcher.find(run.spec_id, wanted.nonce) == run
    assert len(hub.runs) == 1
    assert launcher.submit(order()) != run


def test_a_run_is_found_behind_hundreds_of_others(hub: GitHub, launcher: GitHubLauncher) -> None:
    first = launcher.submit(order())
    one = hub.runs[0]
    others = [replace(one, number=2000 + number, title=f"eval {number:016x}-{number:032x}") for number in range(250)]
    hub.runs.extend(others)
    assert launcher.find(first.spec_id) == first
    assert launcher.submit(order()) == first
    assert len(launcher.runs()) == 251
    # Older ones than those whose artifacts GitHub keeps are not asked for.
    hub.runs[0].created -= timedelta(days=91)
    for other in others[:120]:
        other.created -= timedelta(days=91)
    hub.requests.clear()
    assert launcher.find(first.spec_id) is None
    assert len(launcher.runs()) == 130
    assert [request.rpartition("=")[2] for request in hub.requests] == ["1", "2", "1", "2"]


def test_asked_too_often_is_told_and_not_looked_for(
    hub: GitHub, launcher: GitHubLauncher, monkeypatch: pytest.MonkeyPatch
) -> None:
    answer = hub.answer
    busy: Answer = (403, {"message": "You have exceeded a secondary rate limit."}, {"Retry-After": "60"})

    def limited(method: str, target: str, headers: Mapping[str, str], body: object) -> Answer:
        return busy if method == "POST" else answer(method, target, headers, body)

    monkeypatch.setattr(hub, "answer", limited)
    with pytest.raises(NotTakenError, match="too often"):
        launcher.submit(order())
    assert hub.runs == []


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"token": "wrong"}, "does not accept GITHUB_TOKEN"),
        ({"token": READ}, "needs the permission Actions"),
        ({"repo": "heron-labs/other"}, "check SCOREKEEPER_GITHUB_REPO"),
        ({"api": "http://127.0.0.1:9"}, "could not be reached"),
    ],
)
def test_a_refusal_says_what_to_do(changes: dict[str, str], sentence: str, hub: GitHub) -> None:
    settings: dict[str, Any] = {"repo": REPO, "token": WRITE, "api": hub.url} | changes
    with pytest.raises(LaunchError, match=sentence):
        GitHubLauncher(**settings).submit(order())
    assert hub.runs == []


def test_a_workflow_of_another_version_is_told(
    hub: GitHub, launcher: GitHubLauncher, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(launch_github, "_INPUTS", (*launch_github._INPUTS, "dtype"))
    with pytest.raises(LaunchError, match="of another version"):
        launcher.submit(order())
    assert hub.runs == []


def artifact(**files: bytes) -> bytes:
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name.replace("_", "."), content)
    return data.getvalue()


def damaged(archive: bytes) -> bytes:
    """An archive whose compressed bytes are wrong, behind a header of 41 bytes."""
    return archive[:41] + bytes(byte ^ 0xFF for byte in archive[41:50]) + archive[50:]


def test_the_result_is_taken_out_of_the_artifact_without_the_token(hub: GitHub, launcher: GitHubLauncher) -> None:
    wanted = order()
    run = launcher.submit(wanted)
    assert launcher.result(run) is None
    came_back = result(spec(seed=0), nonce=wanted.nonce)
    hub.runs[0].runner.artifacts["evaluation"] = artifact(result_json=came_back.json.encode(), log_txt=b"one\ntwo\n")
    hub.runs[0].status = "completed"
    assert launcher.result(run) == came_back
    assert list(launcher.logs(run)) == ["one", "two"]
    assert all("Authorization" not in headers for headers in hub.storage_headers)


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        (b"no archive", "no archive"),
        (bytes(launch_github.MAX_ARCHIVE + 1), "more than 20 MB"),
        (artifact(result_json=b"{"), "cannot be read"),
        (damaged(artifact(result_json=b"hello world " * 500)), "no archive"),
    ],
)
def test_a_hostile_artifact_is_refused(data: bytes, sentence: str, hub: GitHub, launcher: GitHubLauncher) -> None:
    run = launcher.submit(order())
    hub.runs[0].runner.artifacts["evaluation"] = data
    with pytest.raises(LaunchError, match=sentence):
        launcher.result(run)


def test_a_bomb_in_an_artifact_is_no_result(hub: GitHub, launcher: GitHubLauncher) -> None:
    run = launcher.submit(order())
    hub.runs[0].runner.artifacts["evaluation"] = artifact(result_json=bytes(launch_github.MAX_FILE + 1))
    assert launcher.result(run) is None


def test_the_result_of_another_run_is_none(hub: GitHub, launcher: GitHubLauncher) -> None:
    run = launcher.submit(order())
    hub.runs[0].runner.artifacts["evaluation"] = artifact(result_json=result(spec(seed=0)).json.encode())
    assert launcher.result(run) is None


def test_a_run_of_somebody_else_is_no_run_of_ours(hub: GitHub, launcher: GitHubLauncher) -> None:
    launcher.submit(order())
    hub.runs[0].event = "pull_request"
    assert launcher.runs() == []
    with pytest.raises(NoSuchRunError):
        launcher.get(str(hub.runs[0].number))
    hub.runs[0].event, hub.runs[0].title = "workflow_dispatch", "eval by hand"
    assert launcher.runs() == []
    with pytest.raises(NoSuchRunError):
        launcher.get(str(hub.runs[0].number))
    with pytest.raises(NoSuchRunError):
        launcher.get("1")


def test_no_answer_is_told_apart_from_a_refusal() -> None:
    with pytest.raises(NotAnsweredError):
        GitHubLauncher(REPO, WRITE, api="http://127.0.0.1:9").runs()
