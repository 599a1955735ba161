"""An evaluation on GitHub, from its request to the pull request: a stand-in for GitHub executes the workflow's steps.

The steps are those of `.github/workflows/evaluate.yml` and `action.yml`, run with bash; only the frameworks are others.
"""

import io
import os
import signal
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import httpx2
import pytest
import yaml

from tests.actions.github import REPO, WRITE, GitHub, Run, github
from tests.actions.runner import PROJECT, Runner
from tests.fake_frameworks.environment import make_environment
from tests.stories.runs import RUNS, Command, a_town, command_line, model, told
from tests.stories.town import BOT, Town

# The client's own upload of large files.
pytestmark = pytest.mark.filterwarnings("ignore:Use 'content=:DeprecationWarning")

GSM8K = "openai/gsm8k"
READER = "hf_stranger"


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory, postgres: str) -> Iterator[Town]:
    with a_town(tmp_path_factory.mktemp("town"), postgres, "stories_on_github") as running:
        yield running


@pytest.fixture(scope="module")
def remote(place: Town, tmp_path_factory: pytest.TempPathFactory) -> Iterator[GitHub]:
    """GitHub, with a repo that has the workflow, and a runner without network beyond the Hub."""
    python = make_environment(tmp_path_factory.mktemp("environment") / "venv")
    with github(tmp_path_factory.mktemp("github")) as hub:
        hub.secrets = {"HF_READ_TOKEN": READER, "HF_TOKEN": f"hf_{BOT}"}
        hub.variables = {
            "SCOREKEEPER_PYTHON": sys.executable,
            "SCOREKEEPER_ENVIRONMENT": python,
            "SCOREKEEPER_DEVICE": "cpu",
            "SCOREKEEPER_RESULTS_REPO": RUNS,
        }
        hub.surroundings = {"HF_ENDPOINT": place.hub.url, "HF_HUB_DISABLE_XET": "1"}
        yield hub


@pytest.fixture
def scorekeeper(place: Town, remote: GitHub, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Command:
    monkeypatch.setattr("bot.cli.eval_start.PAUSES", {"github": 0.1})
    monkeypatch.setattr("evaluators.runs.launch_github.PAUSE", 0.05)
    settings = {"SCOREKEEPER_GITHUB_REPO": REPO, "GITHUB_TOKEN": WRITE, "GITHUB_API_URL": remote.url}
    return command_line(place, tmp_path, monkeypatch, **settings)


def start(remote: GitHub, **inputs: str) -> Run:
    """Somebody starts the workflow by hand, and it ends."""
    url = f"{remote.url}/repos/{REPO}/actions/workflows/evaluate.yml/dispatches"
    body = {"ref": "main", "inputs": {name.replace("_", "-"): value for name, value in inputs.items()}}
    httpx2.post(url, json=body, headers={"Authorization": f"Bearer {WRITE}"}).raise_for_status()
    run = remote.runs[-1]
    assert run.done.wait(50)
    return run


def test_a_run_on_github_becomes_a_pull_request(place: Town, remote: GitHub, scorekeeper: Command) -> None:
    repo = model(place)
    ended = told(scorekeeper("submit", "--on", "github", "--model", repo.id, "--tasks", "gsm8k", "--wait", "--json"))
    run = remote.runs[-1]
    assert ended["complete"], run.runner.printed
    assert run.title == f"eval {ended['result']['spec_id']}-{ended['result']['nonce']}"
    assert "| gsm8k | accuracy | 0.25 | 0.15 | 1319 of 1319 |" in run.runner.summary
    assert "accuracy 0.25 of 1319 samples" in scorekeeper("logs", ended["run"]).stdout

    published = told(scorekeeper("publish", ended["run"], "--create-pr", "--json"))
    place.settle()
    assert repo.the_pull().number == published["pull_request"]
    assert repo.the_pull().results() == {GSM8K: 25.0}
    assert published["log_url"] in repo.text(".eval_results/gsm8k.yaml", f"refs/pr/{repo.the_pull().number}")
    # What is asked a second time while nothing waits is a run of its own.
    assert told(scorekeeper("list", "--on", "github", "--json"))[0]["run"] == ended["run"]


def test_a_run_by_hand_publishes_in_a_job_of_its_own(place: Town, remote: GitHub) -> None:
    repo = model(place)
    run = start(remote, model=repo.id, tasks="gsm8k", publish="true")
    assert run.conclusion == "success", run.runner.printed
    place.settle()
    assert repo.the_pull().results() == {GSM8K: 25.0}
    assert f"[Pull request]({place.hub.url}/{repo.id}/discussions/{repo.the_pull().number})" in run.runner.summary


def test_what_runs_a_model_never_sees_what_writes(place: Town, remote: GitHub) -> None:
    repo = model(place)
    run = start(remote, model=repo.id, tasks="gsm8k", publish="true")
    seen = run.runner.environments
    assert set(seen) == {"prepare", "evaluate", "publish"}
    writing = {job for job, environment in seen.items() if f"hf_{BOT}" in environment.values()}
    assert writing == {"publish"}
    assert seen["evaluate"]["HF_TOKEN"] == READER
    assert not [line for line in run.runner.printed if "hf_" in line]


def test_a_trial_ends_well_and_is_not_published(place: Town, remote: GitHub) -> None:
    repo = model(place)
    run = start(remote, model=repo.id, tasks="gsm8k", limit="3", publish="true")
    assert run.conclusion == "success"
    assert [line for line in run.runner.printed if line.startswith("::notice title=") and "trial" in line]
    assert repo.bot_pulls() == {}


def test_what_stands_in_the_way_ends_it_before_a_gpu_is_taken(place: Town, remote: GitHub) -> None:
    repo = place.repo()
    repo.push_file("config.json", "{}")
    run = start(remote, model=repo.id, tasks="gsm8k")
    assert run.conclusion == "failure"
    assert set(run.runner.environments) == {"prepare"}
    assert [line for line in run.runner.printed if line.startswith("::error") and "safetensors" in line]


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("model", '"; touch pwned; "'),
        ("tasks", "$(touch pwned)"),
        ("revision", "main\nspec<<x\nhello\nx"),
        ("options", '{"remote_code":true}'),
    ],
)
def test_hostile_inputs_are_refused_and_run_nothing(name: str, text: str, remote: GitHub) -> None:
    inputs = {"model": "heron-labs/not-there", "tasks": "gsm8k"} | {name: text}
    run = start(remote, **inputs)
    assert run.conclusion == "failure"
    assert set(run.runner.environments) == {"prepare"}
    assert not list(run.runner.folder.rglob("pwned"))
    assert [line for line in run.runner.printed if line.startswith(("::error", "scorekeeper:"))]


def test_a_result_that_was_changed_on_its_way_is_not_published(place: Town, remote: GitHub, tmp_path: Path) -> None:
    repo = model(place)
    run = start(remote, model=repo.id, tasks="gsm8k")
    assert run.conclusion == "success"
    contexts = {**run.runner.contexts, "inputs": {**run.runner.contexts["inputs"], "publish": True}}
    stuck = Stuck(forged(run.runner.artifacts["evaluation"]))
    again = Runner(tmp_path / "again", run.runner.surroundings, contexts, artifacts=stuck)
    assert not again.workflow(PROJECT / ".github/workflows/evaluate.yml")
    assert "::error title=Scorekeeper::The result is not the one that the run wrote." in again.printed
    place.settle()
    assert repo.bot_pulls() == {}


@contextmanager
def a_step_that_never_ends(
    place: Town, remote: GitHub, folder: Path, **secrets: str
) -> Iterator["subprocess.Popen[str]"]:
    """The step of the Action with a framework that hangs; its number stands in the file `pid`."""
    repo = model(place)
    python = make_environment(folder / "venv")
    (packages,) = folder.glob("venv/lib/python3*/site-packages")
    (packages / "inspect_ai").mkdir()
    (packages / "inspect_ai" / "__init__.py").touch()
    # It never ends, and code in it tries to speak to GitHub as the next stage.
    (packages / "inspect_ai" / "__main__.py").write_text(
        "import json, os, pathlib, time\n"
        "pathlib.Path('state.json').write_text(json.dumps({'stage': '::error::forged'}))\n"
        f"pathlib.Path({str(folder / 'pid')!r}).write_text(str(os.getpid()))\n"
        "while True:\n    print('working', flush=True)\n    time.sleep(0.1)\n"
    )
    script = folder / "script.sh"
    script.write_text(yaml.safe_load((PROJECT / "action.yml").read_text())["runs"]["steps"][1]["run"])
    inputs = {"MODEL": repo.id, "TASKS": "gsm8k", "DEVICE": "cpu", "ENVIRONMENT": python, "LOG_DIR": "logs"}
    environment = {
        **remote.surroundings,
        **{f"SCOREKEEPER_INPUT_{name}": text for name, text in inputs.items()},
        **secrets,
        "PATH": os.environ["PATH"],
        "HOME": str(folder),
        "PYTHONPATH": str(PROJECT),
        "SCOREKEEPER_PYTHON": sys.executable,
    }
    words = ["bash", "--noprofile", "--norc", "-eo", "pipefail", str(script)]
    with subprocess.Popen(words, cwd=folder, env=environment, stdout=subprocess.PIPE, text=True) as step:
        assert step.stdout is not None
        assert "??error??forged\n" in iter(step.stdout.readline, "")
        try:
            yield step
        finally:
            # GitHub asks the process of the step alone.
            step.send_signal(signal.SIGINT)
            assert step.wait(50) != 0


def test_a_step_that_is_cancelled_leaves_nothing_on_the_gpu(place: Town, remote: GitHub, tmp_path: Path) -> None:
    with a_step_that_never_ends(place, remote, tmp_path):
        framework = Path("/proc", (tmp_path / "pid").read_text())
        assert framework.exists()
    assert not framework.exists()


def test_what_runs_beside_a_public_model_finds_no_token(place: Town, remote: GitHub, tmp_path: Path) -> None:
    with a_step_that_never_ends(place, remote, tmp_path, HF_TOKEN=READER, SCOREKEEPER_READ_TOKEN=READER) as step:
        seen = dict(environments(tmp_path))
        assert {step.pid, int((tmp_path / "pid").read_text())} <= seen.keys()
        assert not [pid for pid, text in seen.items() if READER.encode() in text]


def environments(home: Path) -> Iterator[tuple[int, bytes]]:
    """What can be read of the environments of processes that were started with this home."""
    for path in Path("/proc").iterdir():
        with suppress(OSError):
            if path.name.isdecimal() and f"HOME={home}".encode() in (text := (path / "environ").read_bytes()).split(
                b"\0"
            ):
                yield int(path.name), text


class Stuck(dict[str, bytes]):
    """Artifacts that somebody puts another in the place of."""

    def __init__(self, data: bytes) -> None:
        super().__init__(evaluation=data)

    def __setitem__(self, _name: str, _data: bytes) -> None:
        pass


def forged(archive: bytes) -> bytes:
    """The artifact with another number in its result."""
    data = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(archive)) as old, zipfile.ZipFile(data, "w") as new:
        for name in old.namelist():
            new.writestr(name, old.read(name).replace(b'"value":0.25', b'"value":0.99'))
    return data.getvalue()
