"""The runner as it is handed over, started as a launcher would, with a framework that does as it is told."""

import contextlib
import json
import os
import signal
import subprocess
import sys
from dataclasses import dataclass, replace
from pathlib import Path

import psutil
import pytest
from hypothesis import given
from hypothesis import strategies as st

from evaluators.runs import handover
from evaluators.runs.result import Complete, ErrorKind, Incomplete, ResultError, RunResult, State, verdict
from evaluators.runs.runner import marked
from evaluators.runs.runner.plan import Command, Plan, Server
from evaluators.runs.spec import Backend, Framework, RunSpec

FAKE = Path(__file__).with_name("fake_inspect.py")
TOKEN = "hf_a_token_for_reading"
SPEC = RunSpec(
    model="acme/tiny",
    revision="a" * 40,
    tasks=("gsm8k",),
    framework=Framework.INSPECT,
    backend=Backend.PROVIDER,
    provider="here",
)


def plan(mode: str, *, token: bool = False) -> Plan:
    command = Command("gsm8k", ("{python}", str(FAKE), "{out}", mode), token=token)
    return Plan(
        spec=json.loads(SPEC.json), spec_id=SPEC.id, reader="inspect", commands=(command,), time_limit=60, python=""
    )


@dataclass
class Attempt:
    plan: Plan
    folder: Path
    nonce: str
    process: "subprocess.Popen[str]"

    def end(self) -> tuple[RunResult, str]:
        output, _ = self.process.communicate(timeout=40)
        result = handover.read_log(output, self.plan.spec_id, self.nonce)
        assert result is not None, output
        return result, output


def start(plan: Plan, folder: Path) -> Attempt:
    nonce = handover.new_nonce()
    environment = {"PATH": os.environ["PATH"], "HOME": str(folder), "HF_TOKEN": TOKEN, "SECRET_OF_OURS": "s3cret"}
    process = subprocess.Popen(
        handover.command(sys.executable),
        env={**environment, "SCOREKEEPER_OUT": str(folder / "run"), **handover.environment(plan, nonce)},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    return Attempt(plan, folder / "run", nonce, process)


def test_a_whole_log_is_a_result_whatever_the_exit_code(tmp_path: Path) -> None:
    attempt = start(plan("good"), tmp_path)
    result, output = attempt.end()
    assert result.state is State.SUCCESS, output
    (task,) = result.tasks
    assert (task.value, task.stderr, task.samples_asked, task.samples_scored) == (0.25, 0.1, 4, 4)
    assert result.tokens is not None
    assert result.tokens.input == 10
    assert verdict(SPEC, result) == Complete()
    assert json.loads((attempt.folder / "result.json").read_text())["state"] == "success"


def test_a_range_of_samples_is_a_limit(tmp_path: Path) -> None:
    result, _ = start(plan("range"), tmp_path).end()
    assert [task.limit for task in result.tasks] == [4]
    assert isinstance(verdict(SPEC, result), Incomplete)


def test_what_the_run_starts_knows_neither_the_nonce_nor_a_token(tmp_path: Path) -> None:
    attempt = start(plan("good"), tmp_path)
    _, output = attempt.end()
    seen = (attempt.folder / "seen.json").read_text()
    for secret in (attempt.nonce, TOKEN, "s3cret"):
        assert secret not in seen
    assert output.count(attempt.nonce) == 1
    assert TOKEN not in output


def test_a_command_that_needs_the_token_gets_it_and_cannot_print_it(tmp_path: Path) -> None:
    attempt = start(plan("good", token=True), tmp_path)
    _, output = attempt.end()
    assert TOKEN in (attempt.folder / "seen.json").read_text()
    assert TOKEN not in output
    assert "my token is [redacted]" in output
    assert TOKEN not in (attempt.folder / "log.txt").read_text()


@pytest.mark.parametrize(
    ("mode", "kind"),
    [
        ("error", ErrorKind.OUT_OF_MEMORY),
        ("half", ErrorKind.SAMPLES_FAILED),
        ("silent", ErrorKind.NO_RESULT),
        ("crash", ErrorKind.UNSUPPORTED_ARCHITECTURE),
    ],
)
def test_what_went_wrong_is_named(mode: str, kind: ErrorKind, tmp_path: Path) -> None:
    result, _ = start(plan(mode), tmp_path).end()
    assert result.state is State.FAILED
    assert result.error is not None
    assert result.error.kind is kind
    assert result.error.sentence == kind.sentence
    assert not isinstance(verdict(SPEC, result), Complete)


def test_time_is_up_for_all_that_the_run_started(tmp_path: Path) -> None:
    attempt = start(replace(plan("hang"), time_limit=2), tmp_path)
    result, _ = attempt.end()
    assert result.error is not None
    assert result.error.kind is ErrorKind.TIME_LIMIT
    assert not [one for one in psutil.process_iter(["cmdline"]) if str(tmp_path) in " ".join(one.info["cmdline"] or ())]


def test_a_cancelled_run_says_so(tmp_path: Path) -> None:
    attempt = start(plan("hang"), tmp_path)
    assert attempt.process.stdout is not None
    next(line for line in iter(attempt.process.stdout.readline, "") if "my token" in line)
    attempt.process.send_signal(signal.SIGTERM)
    result, _ = attempt.end()
    assert result.state is State.CANCELLED


def test_a_server_that_ends_is_the_reason(tmp_path: Path) -> None:
    server = Server(("{python}", "-c", "raise SystemExit('RuntimeError: CUDA out of memory.')"))
    result, _ = start(replace(plan("good"), server=server), tmp_path).end()
    assert result.error is not None
    assert result.error.kind is ErrorKind.OUT_OF_MEMORY


def test_a_program_that_is_not_there_fails_the_run_and_not_the_runner(tmp_path: Path) -> None:
    command = Command("gsm8k", ("/nowhere/python",))
    result, _ = start(replace(plan("good"), commands=(command,)), tmp_path).end()
    assert result.error is not None
    assert result.error.kind is ErrorKind.INTERNAL


def test_a_result_of_another_attempt_is_none_of_this(tmp_path: Path) -> None:
    attempt = start(plan("good"), tmp_path)
    _, output = attempt.end()
    assert handover.read_log(output, attempt.plan.spec_id, handover.new_nonce()) is None
    assert handover.read_log(output, "0" * 16, attempt.nonce) is None


def test_a_plan_is_the_same_after_the_journey() -> None:
    full = replace(plan("good"), server=Server(("a", "{port}"), {"B": "c"}), results=("acme/results", "runs/x"))
    assert Plan.from_json(full.to_json()) == full


def test_the_runner_is_small_and_the_same_every_time() -> None:
    assert len(handover.environment(plan("good"), "0" * 32)[handover.RUNNER]) < handover.LONGEST_VARIABLE
    packed = handover.runner()
    handover.runner.cache_clear()
    assert handover.runner() == packed


def test_a_plan_that_does_not_fit_is_refused() -> None:
    noise = {f"{number}.txt": os.urandom(20_000).hex() for number in range(5)}
    with pytest.raises(handover.TooLargeError):
        handover.packed(replace(plan("good"), files=noise))


@pytest.mark.parametrize("text", ["", "{", "[" * 100_000, "NaN", '{"spec_id": 1}'])
def test_what_is_no_result_is_refused_or_none(text: str) -> None:
    with contextlib.suppress(ResultError):
        assert handover.read_result(text, SPEC.id, "0" * 32) is None


@pytest.mark.parametrize("error", [{"kind": ["gated"]}, {"kind": "unheard of"}, {}, {"kind": "gated", "detail": 7}])
def test_an_error_that_nobody_knows_is_an_internal_one(error: dict[str, object], tmp_path: Path) -> None:
    attempt = start(plan("silent"), tmp_path)
    attempt.end()
    data = json.loads((attempt.folder / "result.json").read_text())
    result = handover.read_result(json.dumps({**data, "error": error}), SPEC.id, attempt.nonce)
    assert result is not None
    assert result.error is not None
    assert result.error.kind is (ErrorKind.GATED if error.get("kind") == "gated" else ErrorKind.INTERNAL)


NONCE = "5" * 32
JUNK = st.lists(
    st.sampled_from(
        [marked.BEGIN.format(NONCE), marked.BEGIN.format("6" * 32), marked.END.format("0" * 64), "junk", ""]
    )
    | st.text(max_size=80),
    max_size=12,
)


@given(before=JUNK, after=JUNK, text=st.text(min_size=1, max_size=2000))
def test_a_result_is_found_among_anything(before: list[str], after: list[str], text: str) -> None:
    lines = [*before, *marked.lines(text, NONCE), *after]
    assert marked.find("\n".join(lines), NONCE) == text


@given(text=st.text(min_size=1, max_size=500), position=st.integers(0, 10**6), junk=JUNK)
def test_a_cut_or_changed_result_is_none(text: str, position: int, junk: list[str]) -> None:
    whole = "\n".join(marked.lines(text, NONCE))
    cut = whole[: position % len(whole)]
    assert marked.find(cut, NONCE) is None
    assert marked.find("\n".join([*junk, cut, *junk]), NONCE) in {None, text}


def test_a_login_on_this_machine_is_not_the_runs(tmp_path: Path) -> None:
    stored = tmp_path / ".cache" / "huggingface" / "token"
    stored.parent.mkdir(parents=True)
    stored.write_text("hf_of_somebody_here")
    ask = "import huggingface_hub; print('logged in as', huggingface_hub.get_token())"
    asks = replace(plan("good"), setup=(("{python}", "-c", ask),))
    _, output = start(asks, tmp_path).end()
    assert "logged in as None" in output
