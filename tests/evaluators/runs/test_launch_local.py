"""Runs on this machine: they outlive whoever started them, are started once, and end whole."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from threading import Event, Thread
from time import monotonic

import psutil
import pytest

from evaluators.runs import handover
from evaluators.runs.launch_local import LocalLauncher
from evaluators.runs.launcher import Launcher, LaunchError, NoSuchRunError, Order, Stage, Submitted
from evaluators.runs.result import Complete, ErrorKind, State, verdict
from evaluators.runs.runner.plan import Command, Plan
from evaluators.runs.spec import Backend, Framework, RunSpec

FAKE = Path(__file__).with_name("fake_inspect.py")
SPEC = RunSpec(
    model="acme/tiny",
    revision="a" * 40,
    tasks=("gsm8k",),
    framework=Framework.INSPECT,
    backend=Backend.PROVIDER,
    provider="here",
)
START_AND_DIE = """
import os, sys
from pathlib import Path
from evaluators.runs.launch_local import LocalLauncher
from evaluators.runs.launcher import Order
from evaluators.runs.runner.plan import Plan
launcher = LocalLauncher(Path(sys.argv[1]), {"inspect": sys.executable})
print(launcher.submit(Order(Plan.from_json(sys.argv[2]), sys.argv[3])).id, flush=True)
os.kill(os.getpid(), 9)
"""


def plan(mode: str) -> Plan:
    command = Command("gsm8k", ("{python}", str(FAKE), "{out}", mode))
    return Plan(spec=json.loads(SPEC.json), spec_id=SPEC.id, reader="inspect", commands=(command,), time_limit=60)


def order(mode: str) -> Order:
    return Order(plan(mode), handover.new_nonce(), {"HF_TOKEN": "hf_reads"})


@pytest.fixture
def launcher(tmp_path: Path) -> Iterator[LocalLauncher]:
    found = LocalLauncher(tmp_path / "runs", {"inspect": sys.executable})
    yield found
    for run in found.runs():
        found.cancel(run)


def until(condition: Callable[[], bool], seconds: float = 30) -> None:
    end = monotonic() + seconds
    while not condition():
        assert monotonic() < end, "it did not come about"
        Event().wait(0.05)


def running(launcher: LocalLauncher, run: Submitted) -> None:
    until(lambda: any("my token" in line for line in launcher.logs(run)))


def of_this(folder: Path) -> list[int]:
    return [one.pid for one in psutil.process_iter(["cmdline"]) if str(folder) in " ".join(one.info["cmdline"] or ())]


def test_a_run_goes_from_order_to_result(launcher: LocalLauncher) -> None:
    place: Launcher = launcher
    run = place.submit(order("good"))
    lines = list(place.logs(run, follow=True))
    assert place.status(run).stage is Stage.ENDED
    result = place.result(run)
    assert result is not None
    assert verdict(SPEC, result) == Complete()
    assert "scorekeeper: evaluating gsm8k" in lines
    assert lines[-1].startswith("-----END SCOREKEEPER RESULT")
    assert handover.read_log("\n".join(lines), SPEC.id, run.nonce) == result


def test_the_same_specification_runs_once_at_a_time(launcher: LocalLauncher) -> None:
    first = launcher.submit(order("hang"))
    found: list[Submitted] = []
    both = [Thread(target=lambda: found.append(launcher.submit(order("hang")))) for _ in range(2)]
    for one in both:
        one.start()
    for one in both:
        one.join(30)
    assert found == [first, first]
    launcher.cancel(first)
    again = launcher.submit(order("good"))
    assert again.id != first.id
    assert [run.id for run in launcher.runs()] == [again.id, first.id]
    assert launcher.find(SPEC.id) == again
    list(launcher.logs(again, follow=True))


def test_it_goes_on_when_the_command_that_started_it_is_killed(launcher: LocalLauncher) -> None:
    wanted = order("good")
    words = [sys.executable, "-c", START_AND_DIE, str(launcher.folder), wanted.plan.to_json(), wanted.nonce]
    done = subprocess.run(words, capture_output=True, text=True, timeout=30, check=False)
    assert done.returncode == -signal.SIGKILL, done.stderr
    run = launcher.get(done.stdout.strip())
    list(launcher.logs(run, follow=True))
    result = launcher.result(run)
    assert result is not None
    assert result.state is State.SUCCESS
    # Who asks for the same attempt again gets it, also when it is over.
    assert launcher.submit(wanted) == launcher.find(run.spec_id, wanted.nonce) == run
    assert launcher.find(run.spec_id, handover.new_nonce()) is None
    assert launcher.runs() == [run]


def test_while_it_runs_it_says_how_far_it_is(launcher: LocalLauncher) -> None:
    run = launcher.submit(order("hang"))
    running(launcher, run)
    status = launcher.status(run)
    assert (status.stage, status.words) == (Stage.RUNNING, "evaluating gsm8k")
    assert launcher.result(run) is None
    launcher.cancel(run)


def test_a_cancelled_run_leaves_nothing_behind(launcher: LocalLauncher) -> None:
    run = launcher.submit(order("hang"))
    running(launcher, run)
    launcher.cancel(run)
    assert launcher.status(run).stage is Stage.CANCELLED
    result = launcher.result(run)
    assert result is not None
    assert result.error is not None
    assert result.error.kind is ErrorKind.CANCELLED
    assert not of_this(launcher.folder)
    launcher.cancel(run)
    assert launcher.result(run) == result


def test_a_run_whose_runner_was_killed_is_lost_and_its_children_can_be_ended(launcher: LocalLauncher) -> None:
    run = launcher.submit(order("hang"))
    running(launcher, run)
    pid = json.loads((launcher.folder / run.id / "process.json").read_text())["pid"]
    os.kill(pid, signal.SIGKILL)
    until(lambda: launcher.status(run).stage is Stage.LOST)
    assert launcher.status(run).words
    assert launcher.result(run) is None
    assert of_this(launcher.folder)
    launcher.cancel(run)
    assert not of_this(launcher.folder)


def test_a_number_that_another_process_has_now_is_not_the_run(launcher: LocalLauncher) -> None:
    run = launcher.submit(order("hang"))
    running(launcher, run)
    path = launcher.folder / run.id / "process.json"
    true = json.loads(path.read_text())
    path.write_text(json.dumps({**true, "pid": os.getpid()}))
    assert launcher.status(run).stage is Stage.LOST
    path.write_text(json.dumps({**true, "boot": "another"}))
    assert launcher.status(run).stage is Stage.LOST
    path.write_text(json.dumps(true))
    launcher.cancel(run)


@pytest.mark.parametrize("given", [{}, {"HF_TOKEN": "hf_reads"}])
def test_a_token_of_ours_stays_here(
    given: dict[str, str], launcher: LocalLauncher, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HF_TOKEN", "hf_that_writes")
    made = plan("good")
    made = replace(made, commands=(replace(made.commands[0], token=True),))
    run = launcher.submit(Order(made, handover.new_nonce(), given))
    list(launcher.logs(run, follow=True))
    seen = (launcher.folder / run.id / "work" / "seen.json").read_text()
    assert ("hf_reads" in seen) is bool(given)
    assert "hf_that_writes" not in seen


def test_what_cannot_be_is_said_in_a_sentence(tmp_path: Path, launcher: LocalLauncher) -> None:
    with pytest.raises(LaunchError, match="SCOREKEEPER_ENV_INSPECT"):
        replace(launcher, pythons={}).submit(order("good"))
    with pytest.raises(NoSuchRunError, match="no name of a run"):
        launcher.get("../../etc")
    with pytest.raises(NoSuchRunError, match="There is no run"):
        launcher.get(f"{SPEC.id}-00000000")
    (tmp_path / "file").write_text("")
    with pytest.raises(LaunchError, match="cannot be started"):
        replace(launcher, folder=tmp_path / "file").submit(order("good"))


def test_a_result_that_no_runner_wrote_is_an_error(launcher: LocalLauncher) -> None:
    run = launcher.submit(order("good"))
    list(launcher.logs(run, follow=True))
    path = launcher.folder / run.id / "work" / "result.json"
    path.write_text(json.dumps({**json.loads(path.read_text()), "tasks": "none"}))
    with pytest.raises(LaunchError, match="cannot be read"):
        launcher.result(run)
