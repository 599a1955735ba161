"""The database is killed and comes back, sooner or later: workers go on by themselves, and nothing accepted is lost."""

import asyncio
import logging
import threading
import time
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from contextlib import asynccontextmanager
from typing import Any

import psycopg
import pytest

from bot import engine
from bot.hub_errors import HubUnavailable
from bot.hub_requests import stopping
from bot.intake import Pushed
from bot.queue import LOOK, MOVED, PULLS, Delivery, Queue, QueueUnavailable
from bot.records import Look, Records
from bot.worker import Worker
from tests.postgres import Server, postmaster, server

pytestmark = pytest.mark.timeout(90)


@pytest.fixture(scope="module")
def postgres_of_ours() -> Iterator[Server]:
    with server() as running:
        yield running


@pytest.fixture
def postgres(postgres_of_ours: Server) -> Server:
    postgres_of_ours.start()
    with psycopg.connect(postgres_of_ours.url) as connection:
        connection.execute("truncate procrastinate_jobs, procrastinate_workers, repos, looks, deliveries cascade")
    return postgres_of_ours


@pytest.fixture(autouse=True)
def _hurry(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Seconds instead of minutes: an outage of three of them is longer than everything that the engine waits for."""
    for name, seconds in {"HEARTBEAT": 0.2, "STALLED_AFTER": 1.0, "CALM": 0.6, "TEND": 0.2, "GRACE": 0.3}.items():
        monkeypatch.setattr(engine, name, seconds)
    yield
    stopping.clear()


class Hub:
    """Handlers that count, and wait where they are told to."""

    def __init__(self) -> None:
        self.gate = threading.Event()
        self.began: list[str] = []
        self.busy: set[str] = set()

    def __call__(self, arguments: Mapping[str, Any]) -> Look:
        repo_id = arguments["repo_id"]
        first = repo_id not in self.began
        self.began.append(repo_id)
        if first and arguments["name"] in self.busy:
            self.gate.wait(60)
        if first and arguments["name"] == "acme/unlucky":
            raise HubUnavailable("The Hub answered 503.", retry_after=0.1)
        return Look(repo_id, "unchanged", "Nothing to do.")


def repo_id(number: int) -> str:
    return f"{number:024x}"


def push(number: int, name: str) -> Delivery:
    return Delivery(f"delivery-{number}", Pushed(repo_id(number), name))


async def until(condition: Callable[[], bool], seconds: float = 40.0) -> None:
    async with asyncio.timeout(seconds):
        while not condition():  # noqa: ASYNC110 - what happens elsewhere tells nobody
            await asyncio.sleep(0.02)


def rows(url: str, query: str) -> list[tuple[Any, ...]]:
    with psycopg.connect(url) as connection:
        return connection.execute(query.encode()).fetchall()


def drained(url: str) -> bool:
    return rows(url, "select count(*) from procrastinate_jobs where args ? 'repo_id'") == [(0,)]


@asynccontextmanager
async def working(url: str, hub: Hub) -> AsyncIterator[Worker]:
    with Records(url) as records:
        async with Queue(url, size=8) as queue:
            worker = Worker(queue, records, dict.fromkeys((LOOK, PULLS, MOVED), hub))
            run = asyncio.create_task(worker.run(concurrency=4))
            try:
                yield worker
            finally:
                worker.stop()
                await asyncio.wait_for(run, 10)


def test_looks_under_way_and_waiting_get_over_a_long_outage(postgres: Server, caplog: pytest.LogCaptureFixture) -> None:
    names = [f"acme/model-{number}" for number in range(19)] + ["acme/unlucky"]
    hub = Hub()
    hub.busy = {*names[:3], "acme/unlucky"}

    async def story() -> float:
        async with Queue(postgres.url) as web:
            for number in (19, 0, 1, 2, *range(3, 19)):
                await web.accept(push(number, names[number]))
            async with working(postgres.url, hub):
                await until(lambda: len(hub.began) == 4)
                postgres.kill()
                # They end, and what they came to can be stored nowhere.
                hub.gate.set()
                with pytest.raises(QueueUnavailable):
                    await web.accept(push(99, "acme/late"))
                await until(lambda: "the job engine ended" in caplog.text or "Retrying" in caplog.text)
                await asyncio.sleep(3 * engine.STALLED_AFTER)  # the outage itself
                postgres.start()
                back = time.monotonic()
                await web.accept(push(20, "acme/after"))
                accepted = time.monotonic() - back
                await until(lambda: drained(postgres.url))
                print(f"accepted again after {accepted:.2f} s, drained after {time.monotonic() - back:.2f} s")  # noqa: T201
                return accepted

    caplog.set_level(logging.INFO)
    assert asyncio.run(story()) < 2.5
    looks = rows(postgres.url, "select repo_id, decision from looks order by id")
    assert {one for one, decision in looks if decision == "unchanged"} == {repo_id(number) for number in range(21)}
    assert (repo_id(19), "retry") in looks
    # No look was repeated but the one that the Hub failed: their ends were kept until they could be stored.
    assert sorted(hub.began) == sorted([repo_id(number) for number in range(21)] + [repo_id(19)])
    assert "a fault of ours" not in caplog.text.lower()


def test_a_worker_that_is_stopped_while_the_database_is_away_leaves_its_looks_to_the_next(postgres: Server) -> None:
    hub = Hub()
    hub.busy = {"acme/model-0"}

    async def story() -> float:
        async with Queue(postgres.url) as web:
            await web.accept(push(0, "acme/model-0"))
            await web.accept(push(1, "acme/model-1"))
            async with working(postgres.url, hub) as first:
                await until(lambda: repo_id(0) in hub.began and drained_but(postgres.url, 1))
                postgres.kill()
                told = time.monotonic()
                first.stop()
            took = time.monotonic() - told
            hub.gate.set()
            postgres.start()
            stopping.clear()
            async with working(postgres.url, hub):
                await until(lambda: drained(postgres.url))
            return took

    assert asyncio.run(story()) < 8.0
    assert sorted(rows(postgres.url, "select repo_id from looks")) == [(repo_id(0),), (repo_id(1),)]


def drained_but(url: str, left: int) -> bool:
    return rows(url, "select count(*) from procrastinate_jobs where args ? 'repo_id'") == [(left,)]


def test_a_connection_that_is_cut_stops_no_worker(postgres: Server) -> None:
    hub = Hub()

    async def story() -> None:
        async with Queue(postgres.url) as web, working(postgres.url, hub):
            for number in range(5):
                await web.accept(push(number, "acme/model"))
                rows(
                    postgres.url,
                    "select pg_terminate_backend(pid) from pg_stat_activity"
                    " where pid <> pg_backend_pid() and backend_type = 'client backend'",
                )
                await until(lambda: drained(postgres.url))

    asyncio.run(story())
    assert {one for (one,) in rows(postgres.url, "select repo_id from looks")} == {repo_id(n) for n in range(5)}


def test_a_database_that_is_frozen_is_told_to_the_hub_within_two_seconds(postgres: Server) -> None:
    async def story() -> tuple[float, str]:
        async with Queue(postgres.url) as web:
            await web.accept(push(0, "acme/model-0"))
            parent = postmaster(postgres.folder)
            everyone = [parent, *parent.children(recursive=True)]
            for process in everyone:
                process.suspend()
            began = time.monotonic()
            try:
                with pytest.raises(QueueUnavailable):
                    await web.accept(push(1, "acme/model-1"))
                took = time.monotonic() - began
                assert not await web.ready()
            finally:
                for process in everyone:
                    process.resume()
            return took, await web.accept(push(1, "acme/model-1"))

    took, outcome = asyncio.run(story())
    assert took < 2.5
    assert outcome == LOOK
