"""Whose look comes first: owners share the queue, and no order breaks what must stay in order within a repo."""

import asyncio
from collections.abc import Mapping
from typing import Any

import psycopg
import pytest

from bot.intake import Moved, PullChanged, Pushed
from bot.queue import AGAIN, FIRST, LIVE, LOOK, MOVED, PULLS, SWEPT, Delivery, Due, Queue
from bot.queue_statements import MOST_COUNTED, fair
from bot.records import Look, Records
from bot.worker import Worker


def repo_id(number: int) -> str:
    return f"{number:024x}"


def push(number: int, name: str) -> Delivery:
    return Delivery(f"d-{number}", Pushed(repo_id(number), name))


def jobs(url: str) -> list[tuple[str, str, int]]:
    with psycopg.connect(url) as connection:
        query = "select task_name, args->>'repo_id', priority from procrastinate_jobs where status = 'todo' order by id"
        return connection.execute(query).fetchall()


def order_of_looks(url: str) -> list[str]:
    """Work everything off, one after the other; returns the repos in the order of their looks."""
    order: list[str] = []

    def look(arguments: Mapping[str, Any]) -> Look:
        order.append(arguments["repo_id"])
        return Look(arguments["repo_id"], "unchanged", "Nothing to do.")

    async def story() -> None:
        with Records(url) as records:
            async with Queue(url) as queue:
                await Worker(queue, records, dict.fromkeys((LOOK, PULLS, MOVED), look)).run(1, wait=False)

    asyncio.run(story())
    return order


def test_an_owner_with_five_hundred_waiting_looks_does_not_hold_up_the_first_of_another(database_url: str) -> None:
    async def story() -> None:
        async with Queue(database_url) as queue:
            for number in range(500):
                await queue.accept(push(number, f"Acme/model-{number}"))
            for number in range(500, 503):
                await queue.accept(push(number, f"small/model-{number}"))

    asyncio.run(story())
    order = order_of_looks(database_url)
    assert len(order) == 503
    assert order.index(repo_id(500)) <= 1
    assert order.index(repo_id(502)) <= 5


@pytest.mark.parametrize("band", [FIRST, LIVE, AGAIN])
def test_each_doubling_of_what_waits_costs_one_and_bands_do_not_overlap(band: int) -> None:
    assert [fair(band, waiting) - band for waiting in (0, 1, 2, 3, 6, 7, 500, MOST_COUNTED, 10**6)] == [
        *(0, -1, -1, -2, -2, -3, -8, -9, -9)
    ]
    assert fair(FIRST, 10**6) > LIVE
    assert fair(LIVE, 10**6) > AGAIN
    assert fair(AGAIN, 10**6) > SWEPT


def test_tries_again_share_too_and_what_a_sweep_found_counts_for_nobody(database_url: str) -> None:
    async def story() -> None:
        async with Queue(database_url) as queue:
            await queue.defer_due([Due(repo_id(number), f"acme/model-{number}") for number in range(20)])
            await queue.accept(push(20, "acme/model-20"))
            await queue.defer_again(LOOK, {"repo_id": repo_id(21), "owner": "acme"}, attempt=1, delay=60)
            await queue.defer_again(LOOK, {"repo_id": repo_id(22), "owner": "small"}, attempt=1, delay=60)

    asyncio.run(story())
    assert [priority for *_, priority in jobs(database_url)] == [SWEPT] * 20 + [LIVE, AGAIN - 1, AGAIN]


def test_names_of_owners_ignore_case(database_url: str) -> None:
    async def story() -> None:
        async with Queue(database_url) as queue:
            await queue.accept(push(0, "Acme/a"))
            await queue.accept(push(1, "aCME/b"))

    asyncio.run(story())
    assert [priority for *_, priority in jobs(database_url)] == [LIVE, LIVE - 1]


def test_a_repo_that_moved_is_followed_before_it_is_looked_at_however_many_wait(database_url: str) -> None:
    async def story() -> None:
        async with Queue(database_url) as queue:
            for number in range(600):
                await queue.accept(push(number, f"acme/model-{number}"))
            await queue.accept(Delivery("m", Moved(repo_id(0), "acme/model-0", "acme/new")))
            await queue.accept(Delivery("p", PullChanged(repo_id(1), "acme/model-1", author="a" * 24)))

    asyncio.run(story())
    moved = next(priority for kind, _, priority in jobs(database_url) if kind == MOVED)
    assert moved == FIRST - 9
    order = order_of_looks(database_url)
    assert order[0] == repo_id(0)
    assert (order.count(repo_id(0)), order.count(repo_id(1))) == (2, 2)


def test_a_look_that_waits_for_later_holds_up_nothing_that_happens_to_its_repo(database_url: str) -> None:
    async def story() -> None:
        async with Queue(database_url) as queue:
            arguments = {"repo_id": repo_id(0), "owner": "acme"}
            await queue.defer_again(PULLS, arguments, attempt=1, delay=3600)
            for number in range(1, 600):
                await queue.accept(push(number, f"acme/model-{number}"))
            await queue.accept(push(0, "acme/model-0"))

    asyncio.run(story())
    assert repo_id(0) in order_of_looks(database_url)


def test_a_push_raises_the_look_that_a_sweep_or_a_failure_left_waiting(database_url: str) -> None:
    async def story() -> None:
        async with Queue(database_url) as queue:
            await queue.defer_again(LOOK, {"repo_id": repo_id(0), "owner": "acme"}, attempt=7, delay=3600)
            await queue.defer_due([Due(repo_id(0), "acme/a"), Due(repo_id(1), "acme/b")])
            assert await due(queue) == 1
            await queue.accept(push(0, "acme/a"))
            await queue.accept(push(1, "acme/b"))
            assert await due(queue) == 2

    async def due(queue: Queue) -> int:
        async with queue._pool.connection() as connection:
            cursor = await connection.execute(
                "select count(*) from procrastinate_jobs where scheduled_at is null or scheduled_at <= now()"
            )
            row = await cursor.fetchone()
        assert row is not None
        return int(row[0])

    asyncio.run(story())
    assert all(priority > AGAIN for *_, priority in jobs(database_url))
    with psycopg.connect(database_url) as connection:
        rows = connection.execute("select args from procrastinate_jobs order by id").fetchall()
    assert [(args.get("attempt"), args.get("delivery")) for (args,) in rows] == [(None, "d-0"), (None, "d-1")]


def test_a_sweep_that_wants_the_pull_requests_compared_is_not_taken_for_our_own_echo(database_url: str) -> None:
    async def story() -> None:
        async with Queue(database_url) as queue:
            await queue.accept(Delivery(None, PullChanged(repo_id(0), "acme/a", sha="c" * 40)))
            await queue.accept(Delivery(None, PullChanged(repo_id(0), "acme/a", sha="d" * 40)))
            assert len((await arguments(queue))["changes"]) == 2
            await queue.defer_due([Due(repo_id(0), "acme/a", PULLS)])
            assert "changes" not in await arguments(queue)
            # What is compared in any case is so after a further change, too.
            await queue.accept(Delivery(None, PullChanged(repo_id(0), "acme/a", sha="e" * 40)))
            assert "changes" not in await arguments(queue)

    async def arguments(queue: Queue) -> dict[str, Any]:
        async with queue._pool.connection() as connection:
            (row,) = await (await connection.execute("select args from procrastinate_jobs")).fetchall()
        return dict(row[0])

    asyncio.run(story())
