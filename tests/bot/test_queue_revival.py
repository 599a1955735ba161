"""Jobs that are left over: taken up again, merged into their successor, or given up where everybody sees it."""

import asyncio
import threading
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

import psycopg
import pytest
import structlog

from bot import engine, queue_statements, revival
from bot.hub_requests import stopping
from bot.intake import PullChanged, Pushed
from bot.queue import LOOK, MOVED, PULLS, Delivery, Queue
from bot.records import Look, Records
from bot.worker import Worker

UPDATE = "update procrastinate_jobs set "
HERON, EGRET = "64aa00000000000000000001", "64aa00000000000000000002"


def rows(url: str, query: str) -> list[tuple[Any, ...]]:
    with psycopg.connect(url) as connection:
        return connection.execute(query.encode()).fetchall()


def change(url: str, query: str) -> None:
    with psycopg.connect(url) as connection:
        connection.execute(query.encode())


def with_queue(url: str, story: Callable[[Queue], Awaitable[None]]) -> None:
    async def run() -> None:
        async with Queue(url) as queue:
            await story(queue)

    asyncio.run(run())


def push(repo_id: str = HERON) -> Delivery:
    return Delivery("d-1", Pushed(repo_id, "heron-labs/heron-8b"))


def dies(url: str) -> None:
    """A worker begins with everything that waits, and is killed."""
    with psycopg.connect(url) as connection:
        row = connection.execute(
            "insert into procrastinate_workers (last_heartbeat) values (now() - interval '1 hour') returning id"
        ).fetchone()
        assert row is not None
        connection.execute(
            "update procrastinate_jobs set status = 'doing', worker_id = %s where status = 'todo'", [row[0]]
        )


def test_jobs_of_a_dead_worker_are_taken_up_and_those_of_a_living_one_are_not(database_url: str) -> None:
    async def story(queue: Queue) -> None:
        await queue.accept(push())
        dies(database_url)
        await queue.accept(push(EGRET))
        change(
            database_url,
            "with alive as (insert into procrastinate_workers default values returning id)"
            " update procrastinate_jobs set status = 'doing', worker_id = alive.id from alive where status = 'todo'",
        )
        assert await queue.engine.revive() == 1

    with_queue(database_url, story)
    assert rows(database_url, "select args->>'repo_id', status::text from procrastinate_jobs order by id") == [
        (HERON, "todo"),
        (EGRET, "doing"),
    ]


@pytest.mark.parametrize("left", [UPDATE + "status = 'aborted'", UPDATE + "worker_id = null"])
def test_a_job_that_was_cut_short_is_taken_up_without_judging_any_worker(left: str, database_url: str) -> None:
    async def story(queue: Queue) -> None:
        await queue.accept(push())
        change(database_url, "update procrastinate_jobs set status = 'doing'")
        change(database_url, left)
        assert await queue.engine.revive(None) == 1

    with_queue(database_url, story)
    assert rows(database_url, "select status::text from procrastinate_jobs") == [("todo",)]


def test_two_that_take_up_at_once_do_not_undo_each_others_work(database_url: str) -> None:
    async def story(queue: Queue) -> None:
        for number in range(50):
            await queue.accept(push(f"{number:024x}"))
        dies(database_url)
        async with Queue(database_url) as other:
            found = await asyncio.gather(*(one.engine.revive() for one in (queue, other) * 5))
        assert sum(found) == 50

    with_queue(database_url, story)
    assert rows(database_url, "select distinct status::text, attempts from procrastinate_jobs") == [("todo", 1)]


def test_a_job_whose_successor_waits_is_covered_and_hands_on_what_that_one_must_know(database_url: str) -> None:
    async def story(queue: Queue) -> None:
        await queue.accept(Delivery(None, PullChanged(HERON, "heron-labs/heron-8b", author="a" * 24)))
        dies(database_url)
        # Our own echo: alone it would be for nothing.
        await queue.accept(Delivery(None, PullChanged(HERON, "heron-labs/heron-8b", sha="c" * 40)))
        assert await queue.engine.revive() == 1

    with_queue(database_url, story)
    ((status, args),) = rows(database_url, "select status::text, args from procrastinate_jobs")
    assert status == "todo"
    assert {one["author"] or one["sha"] for one in args["changes"]} == {"a" * 24, "c" * 40}


def test_one_bad_row_does_not_hold_up_the_others(database_url: str) -> None:
    async def story(queue: Queue) -> None:
        for number in range(3):
            await queue.accept(push(f"{number:024x}"))
        dies(database_url)
        change(
            database_url,
            "create function refuse() returns trigger language plpgsql as $$ begin raise 'bad row'; end $$;"
            "create trigger refuse before update on procrastinate_jobs for each row"
            f" when (old.args->>'repo_id' = '{1:024x}') execute function refuse()",
        )
        await queue.engine.revive()

    with_queue(database_url, story)
    assert rows(database_url, "select status::text from procrastinate_jobs order by id") == [
        ("todo",),
        ("doing",),
        ("todo",),
    ]


def test_a_job_that_kills_its_worker_again_and_again_is_given_up_where_everybody_sees_it(database_url: str) -> None:
    async def story(queue: Queue) -> None:
        await queue.accept(push())
        change(database_url, "update repos set seen = '{}'")
        for _ in range(revival.MAX_REVIVALS + 1):
            assert rows(database_url, "select status::text from procrastinate_jobs") == [("todo",)]
            dies(database_url)
            await queue.engine.revive()
        await queue.engine.revive()

    with_queue(database_url, story)
    sentence = "Its worker died 6 times while it ran: given up, as it may be what kills the workers."
    assert rows(database_url, "select status::text from procrastinate_jobs") == [("failed",)]
    assert rows(database_url, "select decision, detail, kind, delivery from looks") == [
        ("failed", sentence, LOOK, "d-1")
    ]
    assert rows(database_url, "select failure, seen from repos where failed_at is not null") == [(sentence, None)]
    assert rows(database_url, "select label, value from totals where name = 'given_up'") == [(LOOK, 1)]


FETCHED_BY_US = (
    "insert into procrastinate_jobs (queue_name, task_name, args, status, worker_id, lock)"
    " select queue_name, task_name, jsonb_set(args, '{repo_id}', '\"64aa00000000000000000002\"'), 'doing', worker_id,"
    " 'repo:64aa00000000000000000002' from procrastinate_jobs where status = 'doing'"
)


class Handler:
    """Looks at nothing, and waits where it is told to."""

    def __init__(self) -> None:
        self.gate = threading.Event()
        self.began = threading.Event()
        self.bound: dict[str, Any] = {}

    def __call__(self, arguments: Mapping[str, Any]) -> Look:
        self.bound = structlog.contextvars.get_contextvars()
        self.began.set()
        self.gate.wait(30)
        return Look(arguments["repo_id"], "unchanged", "Nothing to do.")


def test_what_runs_here_is_not_taken_up_whatever_its_worker_row_says_and_what_does_not_is(
    database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(engine, "TEND", 0.05)
    handler = Handler()

    async def story() -> None:
        with Records(database_url) as records:
            async with Queue(database_url) as queue:
                worker = Worker(queue, records, dict.fromkeys((LOOK, PULLS, MOVED), handler))
                run = asyncio.create_task(worker.run(concurrency=2))
                await queue.accept(push())
                async with asyncio.timeout(20):
                    while not handler.began.is_set():  # noqa: ASYNC110 - another thread
                        await asyncio.sleep(0.01)
                    # The answer to a fetch was lost: the engine counts this one as ours.
                    change(database_url, FETCHED_BY_US)
                    while not rows(database_url, "select 1 from procrastinate_jobs where attempts = 1"):  # noqa: ASYNC110 - a table
                        await asyncio.sleep(0.05)
                    assert await queue.engine.revive(-60) == 0
                    handler.gate.set()
                    while len(rows(database_url, "select 1 from looks")) < 2:  # noqa: ASYNC110 - a table
                        await asyncio.sleep(0.05)
                worker.stop()
                await asyncio.wait_for(run, 10)
                stopping.clear()

    asyncio.run(story())
    assert sorted(rows(database_url, "select repo_id from looks")) == [(HERON,), (EGRET,)]
    assert handler.bound.keys() >= {"job", "kind", "repo", "delivery"}
    assert (handler.bound["kind"], handler.bound["delivery"]) == (LOOK, "d-1")
    assert handler.bound["repo"] == "heron-labs/heron-8b"
    assert rows(database_url, "select label, value from totals where name = 'looks'") == [("unchanged", 2)]


def test_after_many_new_jobs_the_planner_learns_of_them(database_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engine, "TEND", 0.05)
    handler = Handler()
    handler.gate.set()

    async def story() -> None:
        with Records(database_url) as records:
            async with Queue(database_url) as queue:
                for number in range(600):
                    await queue.accept(push(f"{number:024x}"))
                change(database_url, "update procrastinate_jobs set scheduled_at = now() + interval '1 hour'")
                change(database_url, "select pg_stat_force_next_flush()")
                worker = Worker(queue, records, dict.fromkeys((LOOK, PULLS, MOVED), handler))
                run = asyncio.create_task(worker.run())
                query = "select 1 from pg_class where relname = 'procrastinate_jobs' and reltuples >= 600"
                async with asyncio.timeout(20):
                    while not rows(database_url, query):  # noqa: ASYNC110 - a table
                        await asyncio.sleep(0.05)
                worker.stop()
                await asyncio.wait_for(run, 10)
                stopping.clear()

    asyncio.run(story())


def test_a_change_that_comes_as_the_waiting_job_begins_gets_a_job_of_its_own(
    database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The running job was fetched without it, and might take itself for our own echo."""

    async def fetched_in_between(*arguments: Any, **options: Any) -> bool:
        change(database_url, "update procrastinate_jobs set status = 'doing' where status = 'todo'")
        return await queue_statements.add(*arguments, **options)

    async def story(queue: Queue) -> None:
        await queue.accept(Delivery(None, PullChanged(HERON, "heron-labs/heron-8b", sha="c" * 40)))
        monkeypatch.setattr("bot.queue.add", fetched_in_between)
        await queue.accept(Delivery(None, PullChanged(HERON, "heron-labs/heron-8b", author="a" * 24)))

    with_queue(database_url, story)
    query = "select status::text, args->'changes'->0->>'author' from procrastinate_jobs order by id"
    assert rows(database_url, query) == [("doing", None), ("todo", "a" * 24)]
