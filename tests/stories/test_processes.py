"""The real processes: `scorekeeper serve` and its worker, killed and stopped. Nothing is lost, nothing said twice."""

import asyncio
import contextlib
import functools
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TypeVar

import httpx2
import psutil
import psycopg
import pytest

from bot.cli.demo_stage import BOT, BOT_TOKEN, Stage, stage
from bot.intake import Pushed
from bot.queue import Delivery, Queue
from bot.supervisor import NICENESS
from localhub import Fault
from tests import postgres
from tests.stories.town import card

OWNER = "heron-labs"
T = TypeVar("T")


@pytest.fixture(scope="module")
def running() -> Iterator[Stage]:
    with stage(OWNER, settle=0.0) as everything:
        yield everything


def push(running: Stage, name: str, score: str) -> str:
    repo = f"{OWNER}/{name}"
    running.author.create_repo(repo, exist_ok=True)
    text = card(model=name, mmlu_pro=score)
    return str(running.author.upload_file(path_or_fileobj=text.encode(), path_in_repo="README.md", repo_id=repo).oid)


def pulls(running: Stage, name: str) -> list[str]:
    discussions = running.author.get_repo_discussions(f"{OWNER}/{name}")
    return [one.status for one in discussions if one.is_pull_request and one.author == BOT]


def worker(running: Stage) -> psutil.Process | None:
    """The worker process that the service has started."""
    return _worker_of(running.bot_process.pid)


def _worker_of(pid: int) -> psutil.Process | None:
    for child in psutil.Process(pid).children():
        # One that was killed has no command line for a moment.
        with contextlib.suppress(psutil.NoSuchProcess):
            if "worker" in child.cmdline():
                return child
    return None


def until(fetch: Callable[[], T | None], seconds: float = 30.0) -> T:
    """What another process brings about, as soon as it is there."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        found = fetch()
        if found:
            return found
        time.sleep(0.02)
    raise AssertionError("it did not come about in time")


def count(running: Stage, query: str) -> int:
    with psycopg.connect(running.database_url) as connection:
        row = connection.execute(query.encode()).fetchone()
    assert row is not None
    return int(row[0])


def workers(running: Stage) -> list[int]:
    """The ids under which the job engine knows the workers."""
    with psycopg.connect(running.database_url) as connection:
        return [number for (number,) in connection.execute("select id from procrastinate_workers").fetchall()]


def revive_jobs_of(dead: list[int], running: Stage) -> None:
    """What a worker does by itself once the last heartbeat of another is old enough; here it is made old."""
    with psycopg.connect(running.database_url) as connection:
        connection.execute(
            "update procrastinate_workers set last_heartbeat = last_heartbeat - interval '1 hour' where id = any(%s)",
            [dead],
        )

    async def work() -> None:
        async with Queue(running.database_url) as queue:
            await queue.engine.revive()

    asyncio.run(work())


def test_a_worker_killed_in_the_middle_of_a_write_is_replaced_and_the_look_done_again(running: Stage) -> None:
    running.hub.add_fault(Fault(user=BOT, path=r"/commit/main\?create_pr=1", hang=True))
    commit = push(running, "Killed-7B", "54.7")
    until(lambda: count(running, "select count(*) from procrastinate_jobs where status = 'doing'"))
    known = workers(running)
    first = until(lambda: worker(running))
    first.kill()
    first.wait(10)
    second = until(lambda: worker(running))
    assert second.pid != first.pid
    running.hub.clear_faults()
    revive_jobs_of(known, running)
    assert running.look_at(commit).decision == "create"
    assert pulls(running, "Killed-7B") == ["open"]


def test_a_push_while_no_worker_runs_is_looked_at_by_the_next_one(running: Stage) -> None:
    process = until(lambda: worker(running))
    process.kill()
    commit = push(running, "Waiting-7B", "54.7")
    assert running.look_at(commit).decision == "create"
    assert pulls(running, "Waiting-7B") == ["open"]


def test_the_worker_gives_way_to_the_web_side(running: Stage) -> None:
    web = psutil.Process(running.bot_process.pid)
    assert until(lambda: (one := worker(running)) and one.nice() - web.nice()) == NICENESS


def test_the_web_side_answers_while_the_worker_is_down(running: Stage) -> None:
    until(lambda: worker(running)).kill()
    assert httpx2.get(f"{running.bot_url}/readyz").status_code == 200
    until(lambda: worker(running))


def test_a_package_of_our_name_where_the_service_runs_is_not_ours(running: Stage) -> None:
    other = running.folder / "bot"
    other.mkdir()
    (other / "__init__.py").write_text("raise SystemExit('the wrong one')")
    try:
        until(lambda: worker(running)).kill()
        assert running.look_at(push(running, "Shadowed-7B", "54.7")).decision == "create"
    finally:
        shutil.rmtree(other)


def test_the_service_stops_cleanly_and_takes_its_worker_along(running: Stage) -> None:
    process = until(lambda: worker(running))
    running.bot_process.terminate()
    assert running.bot_process.wait(30) == 0
    assert not process.is_running()
    log = (running.folder / "bot.log").read_text()
    assert "Traceback" not in log
    assert "hf_demo_bot" not in log


@pytest.mark.timeout(120)
def test_a_worker_whose_service_was_killed_stops_by_itself() -> None:
    with stage(OWNER, settle=0.0) as alone:
        process = until(lambda: worker(alone))
        assert alone.look_at(push(alone, "Orphan-7B", "54.7")).decision == "create"
        alone.bot_process.kill()
        alone.bot_process.wait(10)
        process.wait(20)


@contextlib.contextmanager
def command(folder: Path, *arguments: str, **settings: str) -> Iterator[subprocess.Popen[bytes]]:
    """A process of ours, with these settings and no others; killed at the end if it still runs."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("SCOREKEEPER_", "HF_"))}
    environment |= {"SCOREKEEPER_WATCH": OWNER, "SCOREKEEPER_HOME": str(folder / "home"), "SCOREKEEPER_SETTLE": "0"}
    with (folder / "command.log").open("ab") as log:
        process = subprocess.Popen(
            [sys.executable, "-P", "-m", "bot.cli", *arguments],
            env=environment | settings,
            stdout=log,
            stderr=log,
            cwd=folder,
        )
        try:
            yield process
        finally:
            process.kill()
            process.wait()


def seconds_to_stop(process: subprocess.Popen[bytes]) -> float:
    began = time.monotonic()
    process.terminate()
    assert process.wait(30) == 0
    return time.monotonic() - began


def answers(url: str, status: int = 200) -> bool:
    try:
        return httpx2.get(f"{url}/readyz", timeout=5).status_code == status
    except httpx2.HTTPError:
        return False


SILENT = {
    "a read": Fault(user=BOT, path=r"/paths-info/", hang=True, count=None),
    "a write": Fault(user=BOT, path=r"/commit/main\?create_pr=1", hang=True, count=None),
}


@pytest.mark.timeout(120)
@pytest.mark.parametrize("what", SILENT)
def test_a_service_whose_looks_hang_on_a_silent_hub_stops_within_ten_seconds_and_loses_nothing(what: str) -> None:
    with stage(OWNER, settle=0.0) as running:
        running.hub.add_fault(SILENT[what])
        commits = [push(running, f"Silent-{number}B", "54.7") for number in range(1, 5)]
        asked = SILENT[what].path.partition("\\?")[0]
        until(lambda: sum(asked in one.path for one in running.hub.requests(BOT)) == 4)
        took = seconds_to_stop(running.bot_process)
        print(f"serve, hanging on {what}: stopped in {took:.1f} s")  # noqa: T201 - a figure
        assert took < 10
        # Nothing is left under way, and each waits for the next worker.
        assert count(running, "select count(*) from procrastinate_jobs where status = 'doing'") == 0
        assert count(running, "select count(*) from procrastinate_jobs where status = 'todo' and args ? 'repo_id'") == 4
        running.hub.clear_faults()
        with psycopg.connect(running.database_url) as connection:
            connection.execute("update procrastinate_jobs set scheduled_at = null")
        with worker_alone(running) as alone:
            for commit in commits:
                assert running.look_at(commit).decision == "create"
            took = seconds_to_stop(alone)
        print(f"worker, idle: stopped in {took:.1f} s")  # noqa: T201 - a figure


@contextlib.contextmanager
def worker_alone(running: Stage, url: str | None = None) -> Iterator[subprocess.Popen[bytes]]:
    """`scorekeeper worker` without a `serve` above it."""
    settings = {
        "DATABASE_URL": url or running.database_url,
        "HF_ENDPOINT": running.hub.url,
        "HF_TOKEN": BOT_TOKEN,
        "HF_HOME": str(running.folder / "hf"),
        "SCOREKEEPER_WRITE": "pr",
        # The looks that are counted are those of pushes.
        "SCOREKEEPER_SWEEP": "0",
    }
    with command(running.folder, "worker", **settings) as process:
        yield process


@pytest.mark.timeout(120)
def test_a_worker_alone_waits_for_its_database_at_the_start_and_in_between() -> None:
    with stage(OWNER, settle=0.0) as running, postgres.server() as other:
        running.bot_process.terminate()
        running.bot_process.wait(30)
        other.kill()
        repo = "Alone-7B"
        push(running, repo, "54.7")
        hub_id = running.author.model_info(f"{OWNER}/{repo}").id
        assert hub_id
        log = running.folder / "command.log"
        with worker_alone(running, other.url) as alone:
            until(lambda: log.exists() and "waiting for the database" in log.read_text())
            other.start()
            until(lambda: rows_of(other.url, "select count(*) from procrastinate_workers"))
            for number in range(2):
                store_push(other.url, f"{number:024x}", f"{OWNER}/{repo}")
                until(functools.partial(has_looks, other.url, number + 1))
                until(functools.partial(nothing_runs, other.url))
                other.kill()
                until(functools.partial(says, log, "waiting for it", number + 1))
                other.start()
            assert alone.poll() is None
            store_push(other.url, "f" * 24, f"{OWNER}/{repo}")
            until(functools.partial(has_looks, other.url, 3))
            assert seconds_to_stop(alone) < 10


def rows_of(url: str, query: str) -> int:
    with psycopg.connect(url) as connection:
        row = connection.execute(query.encode()).fetchone()
    assert row is not None
    return int(row[0])


def has_looks(url: str, number: int) -> bool:
    return rows_of(url, "select count(*) from looks") == number


def nothing_runs(url: str) -> bool:
    return rows_of(url, "select count(*) from procrastinate_jobs where status = 'doing'") == 0


def says(log: Path, words: str, times: int) -> bool:
    return log.read_text().count(words) >= times


def store_push(url: str, repo_id: str, name: str) -> None:
    async def store() -> None:
        async with Queue(url) as queue:
            await queue.accept(Delivery(None, Pushed(repo_id, name)))

    asyncio.run(store())


@pytest.mark.timeout(120)
def test_an_embedded_database_that_is_killed_is_started_again_by_the_service_that_owns_it() -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    url = f"http://127.0.0.1:{port}"
    # Short: a socket's path may only have about a hundred characters.
    with tempfile.TemporaryDirectory(prefix="sk-") as name:
        folder = Path(name)
        settings = {
            "SCOREKEEPER_WEBHOOK_SECRET": "secret",
            "SCOREKEEPER_PORT": str(port),
            "HF_ENDPOINT": "http://127.0.0.1:9",
        }
        with command(folder, "serve", **settings) as process:
            until(lambda: answers(url))
            until(lambda: _worker_of(process.pid))
            for number in range(2):
                postgres.kill(folder / "home" / "pg")
                began = time.monotonic()
                assert until(lambda: deliver(url)) in {202, 503}
                until(lambda: deliver(url) == 202)
                print(f"kill {number}: stored again after {time.monotonic() - began:.1f} s")  # noqa: T201 - a figure
            # The command line reaches the same server, and leaves it running.
            answer = subprocess.run(
                [sys.executable, "-P", "-m", "bot.cli", "queue", "--json"],
                env=os.environ | {"SCOREKEEPER_HOME": str(folder / "home")},
                cwd=folder,
                capture_output=True,
                check=True,
                timeout=30,
            )
            assert b"heron-labs/heron-8b" in answer.stdout
            assert deliver(url) == 202
            took = seconds_to_stop(process)
        print(f"serve with an embedded database: stopped in {took:.1f} s")  # noqa: T201 - a figure
        assert took < 10
        assert not (folder / "home" / "pg" / "postmaster.pid").exists()


def deliver(url: str) -> int:
    """A delivery that tells of a push. Returns the status of the answer, or 0 for none."""
    payload = {
        "event": {"action": "update", "scope": "repo.content"},
        "repo": {"type": "model", "name": "heron-labs/heron-8b", "id": "64aa00000000000000000001"},
        "updatedRefs": [{"ref": "refs/heads/main", "oldSha": "a" * 40, "newSha": "b" * 40}],
    }
    try:
        return httpx2.post(f"{url}/webhook", json=payload, headers={"X-Webhook-Secret": "secret"}).status_code
    except httpx2.HTTPError:
        return 0
