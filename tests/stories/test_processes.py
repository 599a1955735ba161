"""The real processes: `scorekeeper serve` and its worker, killed and stopped. Nothing is lost, nothing said twice."""

import asyncio
import shutil
import time
from collections.abc import Callable, Iterator
from typing import TypeVar

import httpx2
import psutil
import psycopg
import pytest

from bot.cli.demo_stage import BOT, Stage, stage
from bot.queue import Queue
from localhub import Fault
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
    children = psutil.Process(running.bot_process.pid).children()
    return next((child for child in children if "worker" in child.cmdline()), None)


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
