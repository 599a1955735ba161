"""The worker is killed in the middle of an evaluation that somebody asked for; every comment appears once."""

import asyncio
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest

from bot.asked_run_values import RunStage
from bot.queue import Queue
from localhub import Fault
from tests.fake_frameworks.environment import make_environment
from tests.stories.runs import RUNS, a_town, model
from tests.stories.talk import Talk, it_was_quiet
from tests.stories.town import BOT, OWNER, SECRET, Town

# The client's own upload of large files.
pytestmark = pytest.mark.filterwarnings("ignore:Use 'content=:DeprecationWarning")


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory, postgres: str) -> Iterator[Town]:
    """A town whose bot works in a process of its own."""
    with a_town(tmp_path_factory.mktemp("town"), postgres, "stories_of_the_killed", jobs=True) as running:
        yield running
        it_was_quiet(running)


@pytest.fixture(scope="module")
def environment(place: Town, tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """What the worker is given."""
    folder = tmp_path_factory.mktemp("environment")
    ours = {
        "HF_ENDPOINT": place.hub.url,
        "HF_TOKEN": f"hf_{BOT}",
        "HF_HUB_DISABLE_XET": "1",
        "DATABASE_URL": place.database_url,
        "SCOREKEEPER_HOME": str(folder / "home"),
        "SCOREKEEPER_WEBHOOK_SECRET": SECRET,
        "SCOREKEEPER_WATCH": OWNER,
        "SCOREKEEPER_WRITE": "pr",
        "SCOREKEEPER_RUNS": "on",
        "SCOREKEEPER_SETTLE": "0",
        "SCOREKEEPER_SWEEP": "0",
        "SCOREKEEPER_RESULTS_REPO": RUNS,
        "SCOREKEEPER_JOBS_PYTHON": make_environment(folder / "venv"),
        "SCOREKEEPER_DAY_USD": "1000",
        "SCOREKEEPER_REPO_DAY_USD": "1000",
        "SCOREKEEPER_USER_DAY_USD": "1000",
    }
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("SCOREKEEPER_", "HF_"))}
    return kept | ours


@contextmanager
def worker(environment: dict[str, str]) -> Iterator[subprocess.Popen[bytes]]:
    """A worker process; killed at the end, whatever it does."""
    command = [sys.executable, "-c", "from bot.cli import app; app()", "worker"]
    project = Path(__file__).parents[2]
    with subprocess.Popen(command, env=environment, cwd=project, stderr=subprocess.DEVNULL) as process:
        try:
            yield process
        finally:
            process.send_signal(signal.SIGKILL)


def until(happened: Callable[[], bool], seconds: float = 40.0) -> None:
    deadline = time.monotonic() + seconds
    while not happened():
        assert time.monotonic() < deadline, "it did not come about in time"
        time.sleep(0.05)


def bury(place: Town) -> None:
    """What a worker does by itself once the last heartbeat of another is old enough; here it is made old."""

    async def work() -> None:
        async with Queue(place.database_url) as queue:
            await queue.engine.revive()

    with psycopg.connect(place.database_url) as connection:
        connection.execute("update procrastinate_workers set last_heartbeat = last_heartbeat - interval '1 hour'")
    asyncio.run(work())
    hurry(place)


def hurry(place: Town) -> bool:
    """What waits for later may run now. Not what is waited for."""
    with psycopg.connect(place.database_url) as connection:
        connection.execute("update procrastinate_jobs set scheduled_at = null where status = 'todo'")
    return False


@pytest.mark.parametrize("path", ["/comment$", "/edit$", f"/api/jobs/{BOT}$", r"/commit/main\?create_pr"])
def test_a_worker_that_is_killed_right_after_a_write_says_nothing_twice(
    place: Town, environment: dict[str, str], path: str
) -> None:
    repo = model(place)
    jobs = len(list(place.bot.list_jobs(namespace=BOT)))
    place.hub.add_fault(Fault(user=BOT, method="POST", path=path, hang=True, when="after", count=1))
    opened = place.author.create_discussion(repo.id, "Evaluation", description="/eval gsm8k")
    place.hub.wait_idle(timeout=20)
    talk = Talk(repo, opened.num)
    with worker(environment):
        until(lambda: not place.hub.faults() or hurry(place))
    bury(place)
    with worker(environment):
        until(lambda: _told(talk) or hurry(place))
    # It is killed as soon as people are told, while the last job may be under way.
    bury(place)
    (run,) = talk.runs()
    assert run.stage is RunStage.DONE
    assert len(talk.answers()) == 2
    assert [one.decision for one in repo.looks() if one.decision == "failed"] == []
    assert len(list(place.bot.list_jobs(namespace=BOT))) == jobs + 1
    assert list(repo.bot_pulls().values()) == ["open"]


def _told(talk: Talk) -> bool:
    runs = talk.runs()
    return bool(runs) and runs[0].told
