"""`scorekeeper queue`: what an operator sees at night, and what helps."""

import asyncio
import json
from collections.abc import Callable
from typing import Any

import psycopg
import pytest
from typer.testing import CliRunner

from bot.cli import app
from bot.intake import Commented, Moved, Pushed
from bot.queue import DISCUSS, LOOK, Delivery, Queue
from bot.records import Look, Records

HERON, EGRET = "64aa00000000000000000001", "64aa00000000000000000002"
Command = Callable[..., Any]


@pytest.fixture
def queue(database_url: str, monkeypatch: pytest.MonkeyPatch) -> Command:
    monkeypatch.setenv("DATABASE_URL", database_url)

    def call(*arguments: str, code: int = 0) -> Any:
        result = CliRunner().invoke(app, ["queue", *arguments])
        assert result.exit_code == code, result.output
        return json.loads(result.stdout) if "--json" in arguments else result.output

    return call


def push(url: str, repo_id: str, name: str) -> None:
    async def story() -> None:
        async with Queue(url) as web:
            await web.accept(Delivery(f"d-{name}", Pushed(repo_id, name)))

    asyncio.run(story())


def change(url: str, query: str) -> None:
    with psycopg.connect(url) as connection:
        connection.execute(query.encode())


def fail(url: str, repo_id: str, sentence: str) -> None:
    with Records(url) as records:
        records.remember(Look(repo_id, "failed", sentence, kind=LOOK, job_id=7, delivery="d-7", attempt=15))


def test_an_empty_queue_is_one_line(queue: Command) -> None:
    assert queue() == "0 waiting (0 due), 0 running, 0 failed.\n"
    assert queue("--json") == {
        "totals": {"waiting": 0, "due": 0, "running": 0, "failed": 0},
        "running": [],
        "waiting": [],
        "failed": [],
    }


def test_what_waits_is_told_with_its_repo_its_time_and_its_delivery(queue: Command, database_url: str) -> None:
    push(database_url, HERON, "heron-labs/Heron-8B")
    found = queue("--json", "--waiting")
    (one,) = found["waiting"]
    assert set(found) == {"totals", "waiting"}
    assert (one["kind"], one["repo"], one["repo_id"]) == (LOOK, "heron-labs/Heron-8B", HERON)
    assert (one["attempt"], one["priority"], one["delivery"]) == (0, 10, "d-heron-labs/Heron-8B")
    assert one["since"] is not None
    assert "heron-labs/Heron-8B" in queue()
    assert queue("--failed").endswith("Nothing.\n")


def test_a_job_whose_worker_is_gone_shows(queue: Command, database_url: str) -> None:
    push(database_url, HERON, "heron-labs/Heron-8B")
    change(database_url, "update procrastinate_jobs set status = 'doing'")
    found = queue("--json")
    assert found["totals"] == {"waiting": 0, "due": 0, "running": 1, "failed": 0}
    assert found["running"][0]["worker_alive"] is False
    assert "gone: taken up again soon" in queue("--running")


def test_a_failure_is_listed_with_its_reason_until_a_later_look_succeeds(queue: Command, database_url: str) -> None:
    push(database_url, HERON, "heron-labs/Heron-8B")
    change(database_url, "delete from procrastinate_jobs")
    fail(database_url, HERON, "The Hub does not show it: the repo is gated.")
    (one,) = queue("--json", "--failed")["failed"]
    assert one["reason"] == "The Hub does not show it: the repo is gated."
    assert (one["repo"], one["kind"], one["attempt"], one["job"]) == ("heron-labs/Heron-8B", LOOK, 15, 7)
    with Records(database_url) as records:
        records.forget(0)
        assert len(queue("--json")["failed"]) == 1
        records.remember(Look(HERON, "retry", "The Hub answered 503."))
        records.remember(Look(HERON, "own_echo", "The change is our own."))
        assert len(queue("--json")["failed"]) == 1
        records.remember(Look(HERON, "unchanged", "Nothing to do."))
    assert queue("--json")["failed"] == []


def test_a_look_that_failed_for_good_compares_with_the_hub_the_next_time(database_url: str) -> None:
    push(database_url, HERON, "heron-labs/Heron-8B")
    with Records(database_url) as records:
        records.remember(Look(HERON, "create", "Opened.", commit_seen="a" * 40, seen={"README.md": "1"}))
        fail(database_url, HERON, "A fault of ours: KeyError.")
        repo = records.repo(HERON)
    assert repo is not None
    assert repo.seen is None


def test_retry_queues_one_again_at_once(queue: Command, database_url: str) -> None:
    push(database_url, HERON, "heron-labs/Heron-8B")
    change(
        database_url,
        "update procrastinate_jobs set scheduled_at = now() + interval '1 hour', priority = -3,"
        " args = args || '{\"attempt\": 9}'",
    )
    (before,) = queue("--json")["waiting"]
    assert (before["attempt"], before["priority"]) == (9, -3)
    assert "in 60 min" in queue()
    assert queue("retry", "HERON-labs/heron-8b") == "1 queued.\n"
    (after,) = queue("--json")["waiting"]
    assert (after["attempt"], after["priority"], after["due"]) == (0, 10, None)
    change(database_url, "update procrastinate_jobs set scheduled_at = now() + interval '1 hour'")
    assert queue("retry", str(after["job"])) == "1 queued.\n"
    assert queue("--json")["totals"]["due"] == 1


def test_retry_failed_queues_all_that_failed_and_nothing_else(queue: Command, database_url: str) -> None:
    for repo_id, name in ((HERON, "heron-labs/Heron-8B"), (EGRET, "heron-labs/Egret-9B")):
        push(database_url, repo_id, name)
    change(database_url, "delete from procrastinate_jobs")
    fail(database_url, HERON, "It failed.")

    async def page() -> None:
        async with Queue(database_url) as line:
            await line.defer_page("sweep", {"owner": "heron-labs"}, key="heron-labs")

    asyncio.run(page())
    change(database_url, "update procrastinate_jobs set status = 'doing'")
    change(database_url, "update procrastinate_jobs set status = 'failed'")
    assert {one["kind"] for one in queue("--json")["failed"]} == {LOOK, "sweep"}
    assert "the log of the worker says how" in queue("--failed")
    assert queue("retry", "--failed") == "2 queued.\n"
    found = queue("--json")
    assert {(one["kind"], one["repo_id"]) for one in found["waiting"]} == {(LOOK, HERON), ("sweep", None)}
    assert found["totals"]["failed"] == 1  # the repo, until its look has succeeded


def test_a_repo_or_job_that_nobody_knows_is_one_sentence(queue: Command) -> None:
    for name in ("nobody/nothing", "12345"):
        assert queue("retry", name, code=1).endswith(f"no repo or failed job {name} that this service knows.\n")
    assert "no repo nobody/nothing" in queue("show", "nobody/nothing", code=1)
    assert "Name a repo or a job, or say --failed." in queue("retry", code=2)


def test_show_tells_what_the_last_looks_came_to(queue: Command, database_url: str) -> None:
    push(database_url, HERON, "heron-labs/Heron-8B")
    fail(database_url, HERON, "The Hub answered 503.")
    with Records(database_url) as records:
        records.remember(Look(HERON, "create", "Opened #1.", "c" * 40, requests=6, kind=LOOK))
    first, second = queue("show", "heron-labs/heron-8b", "--json")["looks"]
    assert (first["decision"], first["requests"], first["commit"]) == ("create", 6, "c" * 40)
    assert (second["decision"], second["delivery"]) == ("failed", "d-7")
    assert "Opened #1." in queue("show", "heron-labs/heron-8b")


def test_lists_are_cut_and_totals_are_not(queue: Command, database_url: str) -> None:
    async def story() -> None:
        async with Queue(database_url) as web:
            for number in range(5):
                await web.accept(Delivery(None, Pushed(f"{number:024x}", f"acme/model-{number}")))
                await web.accept(Delivery(None, Moved(f"{number:024x}", f"acme/model-{number}", f"acme/m-{number}")))

    asyncio.run(story())
    found = queue("--json", "--limit", "3")
    assert (len(found["waiting"]), found["totals"]["waiting"]) == (3, 10)
    assert "7 more: --limit 10" in queue("--limit", "3")


def test_a_database_that_is_away_is_one_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgresql://bot:hunter2@127.0.0.1:1/nothing")
    for arguments in ((), ("--json",), ("retry", "a/b"), ("show", "a/b")):
        result = CliRunner().invoke(app, ["queue", *arguments])
        assert result.exit_code == 3
        assert result.output.startswith("scorekeeper: The database cannot be used (connection failed")
        assert result.output.count("\n") == 1
        assert "hunter2" not in result.output


def test_discussions_and_runs_are_shown_by_their_number(queue: Command, database_url: str) -> None:
    async def story() -> None:
        async with Queue(database_url) as web:
            await web.accept(Delivery("d-1", Commented(HERON, "acme/heron", 3)))
            await web.defer_run(HERON, "acme/heron", 12, 3600)

    asyncio.run(story())
    shown = queue("--waiting")
    assert "acme/heron#3" in shown
    assert "acme/heron run 12" in shown
    waiting = queue("--json")["waiting"]
    assert [(one["kind"], one["discussion"], one["run"]) for one in waiting] == [
        ("discuss", 3, None),
        ("run", None, 12),
    ]


def test_a_discussion_that_could_not_be_read_is_listed_until_one_can(queue: Command, database_url: str) -> None:
    push(database_url, HERON, "acme/heron")
    with Records(database_url) as records:
        records.remember(Look(HERON, "failed", "No answer about it.", kind=DISCUSS, job_id=7, attempt=15))
    change(database_url, "update repos set failed_at = null, failure = null")
    (failed,) = queue("--json", "--failed")["failed"]
    assert (failed["kind"], failed["repo"], failed["reason"]) == (
        DISCUSS,
        "acme/heron",
        "No answer about it.",
    )
    assert queue("--json")["totals"]["failed"] == 1
    with Records(database_url) as records:
        records.remember(Look(HERON, "answered", "Discussion 3.", kind=DISCUSS, job_id=8))
    assert queue("--json")["totals"]["failed"] == 0
