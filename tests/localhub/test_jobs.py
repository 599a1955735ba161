"""Jobs: put in line with the real client, run as processes of this machine, canceled, logged, and over with the Hub."""

import contextlib
import os
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx2
import psutil
import pytest
from huggingface_hub import HfApi, JobInfo
from huggingface_hub.errors import HfHubHTTPError, JobNotFoundError

from localhub import Fault, JobPolicy, LocalHub, RemoteBindError
from tests.localhub.conftest import SEED, StartHub, client

IMAGE = "python:3.12"
# Says who it is, then waits to be stopped; its child would outlive a plain kill of the process.
LASTING = """
import os, subprocess, sys, time
child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"], start_new_session=True)
print(os.getpid(), child.pid, flush=True)
time.sleep(600)
"""
# A Hub in a process of its own: where it keeps everything, where its jobs find programs.
SERVER = """
import sys, threading
from pathlib import Path
from localhub import LocalHub, Seed, User
folder, path = map(Path, sys.argv[1:])
with LocalHub(folder, Seed(users=[User("author", "hf_author")]), jobs=True, job_path=[path]) as hub:
    print(hub.url, flush=True)
    threading.Event().wait()
"""


@pytest.fixture(scope="module")
def jobs_hub(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalHub]:
    # The programs of this environment come first, as an image's own would.
    with LocalHub(tmp_path_factory.mktemp("hub"), SEED, jobs=True, job_path=[Path(sys.executable).parent]) as hub:
        yield hub


@pytest.fixture
def api(jobs_hub: LocalHub) -> Iterator[HfApi]:
    yield client(jobs_hub)
    jobs_hub.set_job_policy(JobPolicy())
    jobs_hub.clear_faults()


def run(api: HfApi, code: str, **options: Any) -> JobInfo:
    """Put a Python program in line."""
    return api.run_job(image=IMAGE, command=["python", "-c", code], namespace="author", **options)


def wait(api: HfApi, job: JobInfo, *stages: Any) -> JobInfo:
    return api.wait_for_job(job.id, namespace="author", timeout=20, poll_interval=0.02, stages=list(stages) or None)


def logs(api: HfApi, job: JobInfo, **options: Any) -> list[str]:
    return list(api.fetch_job_logs(job_id=job.id, namespace="author", **options))


def processes(api: HfApi, job: JobInfo) -> list[psutil.Process]:
    """Those of a LASTING job, once it said which they are."""
    for line in api.fetch_job_logs(job_id=job.id, namespace="author", follow=True):
        return [psutil.Process(int(pid)) for pid in line.split()]
    raise AssertionError("the job printed nothing")


def test_a_job_runs_its_command_and_ends(api: HfApi) -> None:
    job = run(api, "print('hello'); print('wörld')", flavor="t4-small", labels={"pr": "7"}, timeout="2m")
    assert job.status.stage == "SCHEDULING"
    done = wait(api, job)
    assert (done.status.stage, done.status.message) == ("COMPLETED", None)
    assert done.docker_image == IMAGE
    assert done.flavor == "t4-small"
    assert done.command == ["python", "-c", "print('hello'); print('wörld')"]
    assert done.labels == {"pr": "7", "name": done.labels["name"] if done.labels else ""}
    assert (done.owner.name, done.owner.type) == ("author", "user")
    assert done.initiator is not None
    assert (done.initiator.type, done.initiator.name) == ("user", "author")
    assert done.created_at is not None
    assert done.started_at is not None
    assert done.finished_at is not None
    assert done.created_at <= done.started_at <= done.finished_at
    assert done.durations is not None
    assert done.durations.total_secs is not None
    assert done.url.endswith(f"/jobs/author/{done.id}")
    assert logs(api, job) == ["hello", "wörld"]


def test_a_job_sees_its_own_folder_and_variables_and_nothing_else(
    api: HfApi, jobs_hub: LocalHub, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HF_TOKEN", "the_hubs_own")
    code = "import os; print(os.listdir(), sorted(os.environ), os.environ['HF_ENDPOINT'], os.environ['KEY'])"
    job = run(api, code, env={"LIMIT": "8"}, secrets={"KEY": "hf_hidden"})
    wait(api, job)
    (line,) = logs(api, job)
    expected = {"HF_ENDPOINT", "HOME", "KEY", "LIMIT", "PATH"}
    # Python itself sets LC_CTYPE where there is no locale.
    assert line.replace("'LC_CTYPE', ", "") == f"[] {sorted(expected)} {jobs_hub.url} hf_hidden"


def test_secrets_are_never_shown(api: HfApi, jobs_hub: LocalHub) -> None:
    job = run(api, "", secrets={"KEY": "hf_hidden"})
    shown = httpx2.get(f"{jobs_hub.url}/api/jobs/author/{job.id}", headers={"Authorization": "Bearer hf_author"})
    assert shown.json()["secrets"] == ["KEY"]
    assert "hf_hidden" not in shown.text


def test_python_is_that_of_the_folder_the_hub_was_given(api: HfApi) -> None:
    job = run(api, "import sys; print(sys.executable)")
    wait(api, job)
    assert logs(api, job) == [str(Path(sys.executable).parent / "python")]


def test_nothing_goes_through_a_shell(api: HfApi) -> None:
    job = api.run_job(image=IMAGE, command=["echo", "$HOME", ";", "exit", "3"], namespace="author")
    assert wait(api, job).status.stage == "COMPLETED"
    assert logs(api, job) == ["$HOME ; exit 3"]


@pytest.mark.parametrize(
    ("command", "code"), [(["sh", "-c", "exit 3"], 3), (["sh", "-c", "kill -9 $$"], 137), (["no-such-command"], 127)]
)
def test_a_failing_command_is_an_error_with_its_exit_code(api: HfApi, command: list[str], code: int) -> None:
    done = wait(api, api.run_job(image=IMAGE, command=command, namespace="author"))
    assert done.status.stage == "ERROR"
    assert done.status.message == f"Job failed with exit code: {code}. Reason: Error"


def test_a_job_with_attempts_is_tried_again(api: HfApi) -> None:
    job = run(api, "print('again'); raise SystemExit(1)", attempts=3)
    done = wait(api, job)
    assert done.status.stage == "ERROR"
    assert done.retry == 2
    assert logs(api, job) == ["again"] * 3


def test_a_job_that_takes_too_long_is_killed_with_all_its_processes(api: HfApi) -> None:
    job = run(api, LASTING, timeout=1)
    running = processes(api, job)
    done = wait(api, job)
    assert (done.status.stage, done.status.message) == ("ERROR", "Job timeout")
    assert psutil.wait_procs(running, timeout=10)[1] == []


def test_a_canceled_job_is_killed_with_all_its_processes(api: HfApi) -> None:
    job = run(api, LASTING)
    running = processes(api, job)
    assert len(running) == 2
    api.cancel_job(job_id=job.id, namespace="author")
    assert psutil.wait_procs(running, timeout=10)[1] == []
    assert wait(api, job).status.stage == "CANCELED"
    api.cancel_job(job_id=job.id, namespace="author")
    assert wait(api, job).status.stage == "CANCELED"


def test_a_job_that_prints_without_end_can_be_canceled(api: HfApi) -> None:
    job = api.run_job(image=IMAGE, command=["yes"], namespace="author")
    assert next(iter(api.fetch_job_logs(job_id=job.id, namespace="author", follow=True))) == "y"
    api.cancel_job(job_id=job.id, namespace="author")
    assert wait(api, job).status.stage == "CANCELED"


def test_logs_can_be_followed_while_the_job_runs(api: HfApi, tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    job = run(api, f"print('before', flush=True); print(open({str(pipe)!r}).read())")
    lines = iter(api.fetch_job_logs(job_id=job.id, namespace="author", follow=True))
    assert next(lines) == "before"
    assert api.inspect_job(job_id=job.id, namespace="author").status.stage == "RUNNING"
    pipe.write_text("after", encoding="utf-8")
    assert list(lines) == ["after"]
    assert logs(api, job, tail=1) == ["after"]
    assert logs(api, job, tail=2, follow=True) == ["before", "after"]


def test_a_log_stream_that_ends_early_is_followed_on(api: HfApi, jobs_hub: LocalHub) -> None:
    jobs_hub.set_job_policy(JobPolicy(log_lines=2))
    job = run(api, "print('one'); print('two')")
    wait(api, job)
    assert logs(api, job) == ["one"]
    jobs_hub.set_job_policy(JobPolicy())
    assert logs(api, job) == ["one", "two"]


def test_jobs_are_listed_by_stage_and_label(api: HfApi) -> None:
    first = run(api, "", labels={"repo": "acme.model", "sha": "a1"})
    second = run(api, "raise SystemExit(1)", labels={"repo": "acme.model", "sha": "b2"})
    for job in (first, second):
        wait(api, job)

    def listed(**filters: Any) -> list[str]:
        return [job.id for job in api.list_jobs(namespace="author", **filters)]

    assert listed(labels={"repo": "acme.model"}) == [second.id, first.id]
    assert listed(labels={"repo": "acme.model", "sha": "a1"}) == [first.id]
    assert listed(labels={"repo": "acme.model"}, status="error") == [second.id]
    assert listed(labels={"repo": "acme.model"}, status=["ERROR", "COMPLETED"]) == [second.id, first.id]
    assert listed(labels={"repo": "acme"}) == []


def test_a_long_list_comes_in_pages(api: HfApi, jobs_hub: LocalHub) -> None:
    jobs_hub.set_job_policy(JobPolicy(scheduling="fails"))
    made = [run(api, "", labels={"batch": "long"}).id for _ in range(51)]
    assert [job.id for job in api.list_jobs(namespace="author", labels={"batch": "long"})] == made[::-1]


def test_labels_are_replaced(api: HfApi) -> None:
    job = run(api, "", labels={"old": "1"})
    assert api.update_job_labels(job_id=job.id, labels={"new": "2"}, namespace="author").labels == {"new": "2"}
    assert api.inspect_job(job_id=job.id, namespace="author").labels == {"new": "2"}
    with pytest.raises(HfHubHTTPError, match="labels must"):
        api.update_job_labels(job_id=job.id, labels={"new": "two words"}, namespace="author")


def test_a_job_can_be_run_again_with_its_secrets(api: HfApi) -> None:
    job = run(api, "import os; print(os.environ['KEY'])", secrets={"KEY": "hf_hidden"}, labels={"a": "b"})
    wait(api, job)
    again = api.rerun_job(job_id=job.id, namespace="author")
    assert again.id != job.id
    assert again.initiator is not None
    assert (again.initiator.type, again.initiator.id) == ("duplicated-job", job.id)
    assert wait(api, again).status.stage == "COMPLETED"
    assert logs(api, again) == ["hf_hidden"]


def test_hardware_has_prices_and_memory(api: HfApi) -> None:
    found = {flavor.name: flavor for flavor in api.list_jobs_hardware()}
    assert found["cpu-basic"].accelerator is None
    large = found["l4x4"]
    assert large.accelerator is not None
    assert (large.accelerator.model, large.accelerator.quantity, large.accelerator.vram) == ("L4", "4", "96 GB")
    assert large.unit_label == "minute"
    assert large.unit_cost_usd * 60 == pytest.approx(3.80, rel=1e-3)
    assert large.unit_cost_micro_usd == 63333


def test_only_those_who_may_run_jobs_for_an_account_can(api: HfApi, jobs_hub: LocalHub) -> None:
    def start(token: str, namespace: str) -> JobInfo:
        return HfApi(endpoint=jobs_hub.url, token=token).run_job(image=IMAGE, command=["true"], namespace=namespace)

    assert start("hf_author", "acme").owner.type == "org"
    assert start("hf_contributor", "acme").owner.name == "acme"
    for token, namespace in [("hf_member", "acme"), ("hf_author_read", "author"), ("hf_bot", "author")]:
        with pytest.raises(HfHubHTTPError) as refused:
            start(token, namespace)
        assert refused.value.response.status_code == (404 if token == "hf_bot" else 403)
    job = start("hf_author", "acme")
    assert client(jobs_hub, "member").inspect_job(job_id=job.id, namespace="acme").id == job.id
    with pytest.raises(JobNotFoundError):
        api.inspect_job(job_id=job.id, namespace="author")


def test_a_job_that_cannot_be_scheduled_and_one_that_never_is(api: HfApi, jobs_hub: LocalHub) -> None:
    jobs_hub.set_job_policy(JobPolicy(scheduling="fails"))
    assert wait(api, run(api, "")).status.message == "Job failed to schedule."
    jobs_hub.set_job_policy(JobPolicy(scheduling="never"))
    waiting = run(api, "")
    with pytest.raises(TimeoutError):
        api.wait_for_job(waiting.id, namespace="author", timeout=0.2, poll_interval=0.05)
    assert api.inspect_job(job_id=waiting.id, namespace="author").status.stage == "SCHEDULING"
    jobs_hub.set_job_policy(JobPolicy())
    assert wait(api, waiting).status.stage == "COMPLETED"


def test_a_job_that_waits_can_be_canceled(api: HfApi, jobs_hub: LocalHub) -> None:
    jobs_hub.set_job_policy(JobPolicy(schedule_seconds=600))
    job = run(api, "print('ran')")
    api.cancel_job(job_id=job.id, namespace="author")
    assert wait(api, job).status.stage == "CANCELED"
    assert logs(api, job) == []


def test_payment_can_be_required_and_an_answer_lost_after_the_job_was_made(api: HfApi, jobs_hub: LocalHub) -> None:
    jobs_hub.add_fault(Fault(method="POST", path="/api/jobs/author", status=402, body="Payment required"))
    with pytest.raises(HfHubHTTPError) as refused:
        run(api, "", labels={"fault": "402"})
    assert refused.value.response.status_code == 402
    jobs_hub.add_fault(Fault(method="POST", path="/api/jobs/author", status=500, when="after"))
    with pytest.raises(HfHubHTTPError):
        run(api, "", labels={"fault": "500"})
    assert list(api.list_jobs(namespace="author", labels={"fault": "402"})) == []
    assert len(list(api.list_jobs(namespace="author", labels={"fault": "500"}))) == 1


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("command", []),
        ("command", "python"),
        ("flavor", "a-big-one"),
        ("dockerImage", None),
        ("environment", {"A=B": "c"}),
        ("secrets", {"A": 1}),
        ("timeoutSeconds", 0),
        ("volumes", [{"type": "model", "source": "a/b", "mountPath": "/m"}]),
    ],
)
def test_a_job_that_makes_no_sense_is_refused(jobs_hub: LocalHub, field: str, value: object) -> None:
    body = {"command": ["true"], "flavor": "cpu-basic", "dockerImage": IMAGE, field: value}
    answer = httpx2.post(f"{jobs_hub.url}/api/jobs/author", json=body, headers={"Authorization": "Bearer hf_author"})
    assert answer.status_code == 400


def test_jobs_are_off_unless_switched_on(author: HfApi) -> None:
    with pytest.raises(HfHubHTTPError, match="runs no jobs"):
        run(author, "")
    assert author.list_jobs_hardware()


def test_jobs_are_refused_where_others_could_reach_the_hub(tmp_path: Path) -> None:
    with pytest.raises(RemoteBindError, match="jobs"):
        LocalHub(tmp_path, host="0.0.0.0", allow_remote=True, jobs=True)  # noqa: S104 - the point


def test_a_restart_keeps_jobs_and_logs_and_ends_those_that_ran(start_hub: StartHub, tmp_path: Path) -> None:
    hub = start_hub(tmp_path / "hub", jobs=True, job_path=[Path(sys.executable).parent])
    api = client(hub)
    over = run(api, "print('kept')")
    wait(api, over)
    lasting = run(api, LASTING)
    running = processes(api, lasting)
    hub.stop()
    assert psutil.wait_procs(running, timeout=10)[1] == []
    hub.start()
    assert logs(api, over) == ["kept"]
    done = wait(api, lasting)
    assert (done.status.stage, done.status.message) == ("ERROR", "The Hub stopped while the job was running.")
    assert not list((tmp_path / "hub").glob("jobs/*"))


def test_going_back_to_a_snapshot_stops_what_was_not_there_and_ends_what_ran(
    start_hub: StartHub, tmp_path: Path
) -> None:
    hub = start_hub(jobs=True, job_path=[Path(sys.executable).parent])
    api = client(hub)
    old = run(api, LASTING)
    processes(api, old)
    hub.snapshot(tmp_path / "snapshot")
    api.cancel_job(job_id=old.id, namespace="author")
    running = processes(api, run(api, LASTING))
    hub.restore(tmp_path / "snapshot")
    assert psutil.wait_procs(running, timeout=10)[1] == []
    assert wait(api, old).status.message == "The Hub stopped while the job was running."
    assert [job.id for job in api.list_jobs(namespace="author")] == [old.id]


def test_a_hub_that_is_killed_leaves_no_process_of_a_job(tmp_path: Path) -> None:
    command = [sys.executable, "-c", SERVER, str(tmp_path), str(Path(sys.executable).parent)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as server:
        assert server.stdout is not None
        try:
            api = HfApi(endpoint=server.stdout.readline().strip(), token="hf_author")
            running = processes(api, run(api, LASTING))
        finally:
            server.kill()
    assert len(running) == 2
    assert psutil.wait_procs(running, timeout=10)[1] == []


def test_only_so_many_jobs_run_at_one_time(api: HfApi, jobs_hub: LocalHub) -> None:
    jobs_hub.set_job_policy(JobPolicy(places=1))
    first, second = run(api, "import time; time.sleep(600)"), run(api, "")
    wait(api, first, "RUNNING")
    assert api.inspect_job(job_id=second.id, namespace="author").status.stage == "SCHEDULING"
    api.cancel_job(job_id=first.id, namespace="author")
    assert wait(api, second).status.stage == "COMPLETED"


def test_a_client_that_leaves_a_log_does_not_keep_the_hub_from_stopping(start_hub: StartHub) -> None:
    hub = start_hub(jobs=True, job_path=[Path(sys.executable).parent])
    api = client(hub)
    job = run(api, LASTING)
    processes(api, job)
    reading = threading.Thread(target=_quietly, args=(lambda: logs(api, job, follow=True),), daemon=True)
    reading.start()
    hub.stop()


def _quietly(work: Callable[[], object]) -> None:
    # The Hub is gone: that is what the test does.
    with contextlib.suppress(Exception):
        work()
