"""Runs as jobs of the local Hub, which really runs them: with a framework that does as it is told."""

import json
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path

import pytest
from huggingface_hub import HfApi

from bot.hub import Hub
from bot.runs import without_result
from evaluators.runs import handover
from evaluators.runs.environments import Environment, prepared
from evaluators.runs.jobs_hub import JobSeen, PaymentRequiredError
from evaluators.runs.launch_jobs import SPEC_LABEL, JobsLauncher
from evaluators.runs.launcher import NoSuchRunError, NotAnsweredError, NotTakenError, Order, Stage, Submitted
from evaluators.runs.result import Complete, ErrorKind, State, verdict
from evaluators.runs.runner.plan import Command, Plan
from evaluators.runs.spec import Backend, Framework, RunSpec
from localhub import Fault, JobPolicy, LocalHub, Seed, User

FAKE = Path(__file__).with_name("fake_inspect.py")
BOT = "scorekeeper-bot"
# The process is killed between the start of the job and everything that would have followed.
START_AND_DIE = """
import os, sys
from bot.hub import Hub
from bot.runs import without_result
from evaluators.runs.environments import Environment
from evaluators.runs.launch_jobs import JobsLauncher
from evaluators.runs.launcher import Order
from evaluators.runs.runner.plan import Plan
class Dies(Hub):
    def run_job(self, order):
        super().run_job(order)
        os.kill(os.getpid(), 9)
url, plan, nonce = sys.argv[1:]
launcher = JobsLauncher(Dies(url, "hf_bot"), Environment(python=sys.executable))
launcher.submit(Order(Plan.from_json(plan), nonce, flavor="cpu-basic"))
"""


def spec(seed: int = 0) -> RunSpec:
    return RunSpec(
        model="acme/tiny",
        revision="a" * 40,
        tasks=("gsm8k",),
        framework=Framework.INSPECT,
        backend=Backend.PROVIDER,
        provider="here",
        seed=seed,
    )


def order(of: RunSpec, mode: str = "good", **secrets: str) -> Order:
    command = Command("gsm8k", ("{python}", str(FAKE), "{out}", mode), token=bool(secrets))
    plan = Plan(spec=json.loads(of.json), spec_id=of.id, reader="inspect", commands=(command,), time_limit=60)
    return Order(plan, handover.new_nonce(), secrets, "cpu-basic")


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalHub]:
    users = [User(name=BOT, token="hf_bot", role="write"), User(name="other", token="hf_other", role="write")]
    with LocalHub(tmp_path_factory.mktemp("hub"), seed=Seed(users=users), jobs=True) as hub:
        yield hub


@pytest.fixture
def hub(running: LocalHub) -> Iterator[LocalHub]:
    yield running
    running.clear_faults()
    running.set_job_policy(JobPolicy())
    api = HfApi(endpoint=running.url, token="hf_bot")
    for job in api.list_jobs(namespace=BOT):
        api.cancel_job(job_id=job.id, namespace=BOT)


@pytest.fixture
def launcher(hub: LocalHub) -> JobsLauncher:
    return JobsLauncher(Hub(hub.url, "hf_bot"), Environment(python=sys.executable))


def ended(launcher: JobsLauncher, run: Submitted) -> None:
    for _ in launcher.logs(run, follow=True):
        pass
    assert launcher.status(run).stage is Stage.ENDED


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("evaluators.runs.launch_jobs.PAUSE", 0.05)
    monkeypatch.setattr("evaluators.runs.launch_jobs.PATIENCE", 2.0)


def test_a_job_runs_and_its_result_comes_back_in_its_log(launcher: JobsLauncher) -> None:
    wanted = order(spec(1))
    run = launcher.submit(wanted)
    ended(launcher, run)
    result = launcher.result(run)
    assert result is not None
    assert verdict(spec(1), result) == Complete()
    assert (result.nonce, result.tasks[0].value) == (wanted.nonce, 0.25)
    assert result.cost_usd is not None
    assert 0 <= result.cost_usd < 0.01
    assert launcher.spec(run) == spec(1)


def test_a_run_is_found_again_by_whoever_asks_later(launcher: JobsLauncher, hub: LocalHub) -> None:
    run = launcher.submit(order(spec(2)))
    later = JobsLauncher(Hub(hub.url, "hf_bot"), Environment())
    assert later.find(spec(2).id) == run
    assert later.get(run.id) == run
    assert run in later.runs()
    assert later.find(spec(99).id) is None


def test_what_waits_or_runs_already_is_not_started_twice(launcher: JobsLauncher, hub: LocalHub) -> None:
    hub.set_job_policy(JobPolicy(scheduling="never"))
    first = launcher.submit(order(spec(3)))
    assert launcher.status(first).stage is Stage.WAITING
    assert launcher.submit(order(spec(3))) == first
    launcher.cancel(first)
    assert launcher.status(first).stage is Stage.CANCELLED
    assert launcher.submit(order(spec(3))) != first


def test_of_two_who_ask_at_the_same_moment_the_first_stays(
    launcher: JobsLauncher, hub: LocalHub, monkeypatch: pytest.MonkeyPatch
) -> None:
    hub.set_job_policy(JobPolicy(scheduling="never"))
    first = launcher.submit(order(spec(20)))
    second = Hub(hub.url, "hf_bot")
    listed, looks = second.jobs, 0

    def late(labels: Mapping[str, str]) -> list[JobSeen]:
        """Nothing is there when it looks for the first time."""
        nonlocal looks
        looks += 1
        return [] if looks == 1 else listed(labels)

    monkeypatch.setattr(second, "jobs", late)
    run = JobsLauncher(second, Environment(python=sys.executable)).submit(order(spec(20)))
    assert run == first
    live = [one for one in launcher.runs() if one.spec_id == first.spec_id and not launcher.status(one).stage.over]
    assert live == [first]


def test_a_start_whose_answer_is_lost_is_found(launcher: JobsLauncher, hub: LocalHub) -> None:
    before, wanted = len(launcher.runs()), order(spec(4))
    hub.add_fault(Fault(method="POST", path=f"/api/jobs/{BOT}$", status=502, when="after"))
    assert launcher.submit(wanted).nonce == wanted.nonce
    assert len(launcher.runs()) == before + 1


def test_a_start_whose_answer_is_lost_is_looked_for_until_the_hub_shows_it(
    launcher: JobsLauncher, hub: LocalHub
) -> None:
    before, wanted = len(launcher.runs()), order(spec(21))
    listed = f"/api/jobs/{BOT}.*label"
    hub.add_fault(Fault(method="POST", path=f"/api/jobs/{BOT}$", disconnect=True, when="after"))
    # The first look of all is answered.
    hub.add_fault(Fault(method="GET", path=listed, status=None))
    hub.add_fault(Fault(method="GET", path=listed, status=503, count=2))
    assert launcher.submit(wanted).nonce == wanted.nonce
    assert len(launcher.runs()) == before + 1


def test_a_start_that_is_refused_for_now_is_not_looked_for(launcher: JobsLauncher, hub: LocalHub) -> None:
    hub.add_fault(Fault(method="POST", path=f"/api/jobs/{BOT}$", status=429))
    with pytest.raises(NotTakenError, match="429"):
        launcher.submit(order(spec(22)))
    away = JobsLauncher(Hub("http://127.0.0.1:9", "hf_bot"), Environment(python=sys.executable))
    with pytest.raises(NotAnsweredError, match="could not be reached"):
        away.submit(order(spec(22)))


def test_whoever_is_killed_right_after_the_start_finds_the_run_again(launcher: JobsLauncher, hub: LocalHub) -> None:
    before, wanted = len(launcher.runs()), order(spec(23))
    words = [sys.executable, "-c", START_AND_DIE, hub.url, wanted.plan.to_json(), wanted.nonce]
    done = subprocess.run(words, capture_output=True, text=True, timeout=50, check=False)
    assert done.returncode == -signal.SIGKILL, done.stderr
    run = launcher.submit(wanted)
    assert run.nonce == wanted.nonce
    ended(launcher, run)
    # Also when it is over, it is not started again.
    assert launcher.submit(wanted) == run
    assert launcher.find(run.spec_id) == launcher.find(run.spec_id, wanted.nonce) == run
    assert len(launcher.runs()) == before + 1
    assert launcher.find(run.spec_id, handover.new_nonce()) is None
    again = order(spec(23))
    assert launcher.submit(again).nonce == again.nonce


def test_whoever_is_cut_off_before_the_second_of_two_is_ended_ends_it_the_next_time(
    launcher: JobsLauncher, hub: LocalHub
) -> None:
    hub.set_job_policy(JobPolicy(scheduling="never"))
    first, late = launcher.submit(order(spec(24))), order(spec(24))
    second = launcher.hub.run_job(launcher.order(late))
    assert launcher.find(first.spec_id) == first
    assert launcher.submit(late) == first
    assert launcher.status(launcher.get(second.id)).stage is Stage.CANCELLED
    assert launcher.submit(late) == first


def test_a_start_that_came_to_nothing_is_told(launcher: JobsLauncher, hub: LocalHub) -> None:
    before = len(launcher.runs())
    hub.add_fault(Fault(method="POST", path=f"/api/jobs/{BOT}$", status=503))
    with pytest.raises(NotAnsweredError, match="503"):
        launcher.submit(order(spec(5)))
    assert len(launcher.runs()) == before


def test_no_credit_is_an_error_of_its_own(launcher: JobsLauncher, hub: LocalHub) -> None:
    hub.add_fault(Fault(method="POST", path=f"/api/jobs/{BOT}$", status=402))
    with pytest.raises(PaymentRequiredError, match="no credit") as raised:
        launcher.submit(order(spec(6)))
    assert raised.value.kind is ErrorKind.PAYMENT_REQUIRED


def test_a_log_that_ends_early_is_read_again(
    launcher: JobsLauncher, hub: LocalHub, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = launcher.submit(order(spec(7)))
    ended(launcher, run)
    hub.set_job_policy(JobPolicy(log_lines=2))
    assert launcher.result(run) is None

    def later(_seconds: float) -> None:
        hub.set_job_policy(JobPolicy())

    monkeypatch.setattr("evaluators.runs.launch_jobs.sleep", later)
    assert launcher.result(run) is not None


def test_a_secret_is_neither_in_the_job_nor_in_its_log(launcher: JobsLauncher, hub: LocalHub) -> None:
    token = "hf_reads_only"
    run = launcher.submit(order(spec(8), HF_TOKEN=token))
    ended(launcher, run)
    assert not [line for line in launcher.logs(run) if token in line]
    shown = HfApi(endpoint=hub.url, token="hf_bot").inspect_job(job_id=run.id, namespace=BOT)
    assert token not in str(shown)
    assert "hf_bot" not in str(shown)
    assert (shown.labels or {})[SPEC_LABEL] == spec(8).id


def test_a_job_that_the_hub_ends_has_no_result(launcher: JobsLauncher, hub: LocalHub) -> None:
    hub.set_job_policy(JobPolicy(scheduling="fails"))
    run = launcher.submit(order(spec(9)))
    assert launcher.status(run).stage is Stage.ENDED
    assert "schedule" in launcher.status(run).words
    assert launcher.result(run) is None
    assert without_result(spec(9), run, launcher.status(run)).state is State.FAILED


def test_a_job_that_the_hub_deleted_is_lost_and_says_so(
    launcher: JobsLauncher, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = launcher.submit(order(spec(25)))
    ended(launcher, run)
    seen = launcher.hub.job(run.id)
    monkeypatch.setattr(launcher.hub, "job", lambda _: replace(seen, stage="DELETED", message=""))
    status = launcher.status(run)
    assert (status.stage, status.words) == (Stage.LOST, "The Hub deleted the job and its log.")
    expired = without_result(spec(25), run, status)
    assert expired.state is State.EXPIRED
    assert expired.error is not None
    assert expired.error.sentence == "The Hub deleted the job and its log: submit it again."


def test_a_failure_of_the_framework_comes_back_by_name(launcher: JobsLauncher) -> None:
    run = launcher.submit(order(spec(10), "error"))
    ended(launcher, run)
    result = launcher.result(run)
    assert result is not None
    assert result.state is State.FAILED
    assert result.error is not None
    assert result.error.kind is ErrorKind.OUT_OF_MEMORY


def test_somebody_elses_job_is_no_run_of_ours(launcher: JobsLauncher, hub: LocalHub) -> None:
    api = HfApi(endpoint=hub.url, token="hf_bot")
    job = api.run_job(image="python:3.12", command=["true"], flavor="cpu-basic", namespace=BOT)
    assert job.id not in {run.id for run in launcher.runs()}
    with pytest.raises(NoSuchRunError):
        launcher.get(job.id)
    with pytest.raises(NoSuchRunError):
        launcher.get("000000000000000000000000")


@pytest.mark.parametrize("framework", list(Framework))
def test_the_pinned_packages_travel_with_the_plan(framework: Framework) -> None:
    made = prepared(replace(order(spec()).plan, reader=framework.value), Environment())
    assert made.python == "{work}/environment/bin/python"
    assert [argv[:2] for argv in made.setup] == [("uv", "venv"), ("uv", "pip")]
    assert "--require-hashes" in made.setup[1]
    lines = made.files["requirements.txt"].splitlines()
    assert all("==" in line and "--hash=sha256:" in line for line in lines)
    assert handover.unpacked(handover.packed(made)) == made
