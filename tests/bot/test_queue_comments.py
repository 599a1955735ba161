"""Comments and runs in the queue: what waits once, what waits for nobody, and what holds up nothing."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import psycopg
from psycopg.rows import dict_row

from bot.intake import Commented, PullChanged, Pushed
from bot.queue import AGAIN, DISCUSS, LATER, LIVE, PULLS, RUN, SWEPT, Delivery, Due, Queue

HERON, NAME = "64aa00000000000000000001", "heron-labs/heron-8b"
KNOWN = {"repo_id": HERON, "name": NAME, "owner": "heron-labs"}


def jobs(url: str, what: Callable[[Queue], Awaitable[None]], settle: float = 0.0) -> list[dict[str, Any]]:
    """Do something with the queue. Returns what waits then, in the order in which it was queued."""

    async def story() -> None:
        async with Queue(url, settle=settle) as queue:
            await what(queue)

    asyncio.run(story())
    query = (
        "select task_name as name, args, lock, queueing_lock, priority,"
        " coalesce(scheduled_at > now(), false) as later from procrastinate_jobs where status = 'todo' order by id"
    )
    with psycopg.connect(url, row_factory=dict_row) as connection:
        return connection.execute(query).fetchall()


def comment(number: int, webhook_id: str = "d-1") -> Delivery:
    return Delivery(webhook_id, Commented(HERON, NAME, number))


def test_comments_of_a_discussion_make_one_job_that_does_not_wait_for_a_burst(database_url: str) -> None:
    outcomes = []

    async def what(queue: Queue) -> None:
        outcomes.extend([await queue.accept(one) for one in (comment(3), comment(3, "d-2"), comment(4))])

    first, second = jobs(database_url, what, settle=600.0)
    assert outcomes == [DISCUSS] * 3
    assert first == {
        "name": DISCUSS,
        "args": KNOWN | {"number": 3, "delivery": "d-2"},
        "lock": f"repo:{HERON}",
        "queueing_lock": f"discussion:{HERON}:3",
        "priority": LIVE,
        "later": False,
    }
    assert (second["queueing_lock"], second["later"]) == (f"discussion:{HERON}:4", False)


def test_a_pull_request_opened_with_a_command_is_looked_at_and_answered(database_url: str) -> None:
    async def what(queue: Queue) -> None:
        opened = PullChanged(HERON, NAME, author="61d2f90c3c2083e1c08af22d", number=5)
        assert await queue.accept(Delivery("d-1", opened)) == PULLS

    found = {job["name"]: job["args"] for job in jobs(database_url, what)}
    assert found == {
        PULLS: KNOWN | {"delivery": "d-1", "changes": [{"sha": None, "author": "61d2f90c3c2083e1c08af22d"}]},
        DISCUSS: KNOWN | {"delivery": "d-1", "number": 5},
    }


def test_what_failed_waits_once_and_a_new_comment_waits_no_longer(database_url: str) -> None:
    async def fails(queue: Queue) -> None:
        for _ in range(2):
            await queue.defer_again(DISCUSS, KNOWN | {"number": 3}, attempt=7, delay=3600)
            await queue.defer_again(RUN, KNOWN | {"run": 12}, attempt=7, delay=3600)

    waiting = {job["queueing_lock"]: job for job in jobs(database_url, fails)}
    assert set(waiting) == {f"discussion:{HERON}:3", "run:12"}
    assert all(job["later"] and job["priority"] <= AGAIN for job in waiting.values())

    async def goes_on(queue: Queue) -> None:
        await queue.accept(comment(3))
        await queue.defer_run(HERON, NAME, 12)

    for job in jobs(database_url, goes_on):
        assert (job["later"], job["args"].get("attempt")) == (False, None)
        assert AGAIN < job["priority"] <= LIVE


def test_a_run_that_is_looked_at_later_holds_up_nothing_of_its_repo(database_url: str) -> None:
    async def later(queue: Queue) -> None:
        await queue.defer_run(HERON, NAME, 12, 3600)
        # Asked for later once more, it keeps its time.
        await queue.defer_run(HERON, NAME, 12, 7200)

    (run,) = jobs(database_url, later)
    assert run == {
        "name": RUN,
        "args": KNOWN | {"run": 12},
        "lock": f"repo:{HERON}",
        "queueing_lock": "run:12",
        "priority": LATER,
        "later": True,
    }
    done: list[str] = []

    async def work(queue: Queue) -> None:
        async def note(arguments: dict[str, Any], *_: int) -> None:
            done.append(arguments.get("delivery", ""))

        for name in ("look", DISCUSS, RUN):
            queue.register(name, note)
        await queue.accept(Delivery("push", Pushed(HERON, NAME)))
        await queue.accept(comment(3, "comment"))
        await queue.engine.run_until_empty(1)

    (left,) = jobs(database_url, work)
    assert (done, left["name"]) == (["push", "comment"], RUN)


def test_a_discussion_that_a_sweep_found_waits_behind_everything(database_url: str) -> None:
    async def what(queue: Queue) -> None:
        await queue.defer_due([Due(HERON, NAME, DISCUSS, 3), Due(HERON, NAME)])

    talk, look = jobs(database_url, what)
    assert talk["args"] == KNOWN | {"number": 3, "swept": True}
    assert (talk["queueing_lock"], talk["priority"], look["name"]) == (f"discussion:{HERON}:3", SWEPT, "look")

    async def heard(queue: Queue) -> None:
        await queue.accept(comment(3))

    talk, _ = jobs(database_url, heard)
    assert (talk["args"], talk["priority"] > AGAIN) == (KNOWN | {"number": 3, "delivery": "d-1"}, True)
