"""When a look is tried again, and when it is given up."""

import asyncio
from collections.abc import Mapping
from typing import Any

import psycopg
import pytest

from bot.hub_errors import HubConflict, HubDenied, HubError, HubGone, HubRefused, HubUnavailable
from bot.intake import Pushed
from bot.queue import LOOK, Delivery, Queue
from bot.records import Look, Records
from bot.worker import CONFLICT_DELAY, LONGEST_DELAY, MAX_ATTEMPTS, Worker, delay


def test_the_pause_grows_and_ends() -> None:
    pauses = [delay(HubUnavailable("down"), attempt) for attempt in range(MAX_ATTEMPTS)]
    assert pauses[-1] is None
    waits = [pause for pause in pauses if pause is not None]
    assert waits == sorted(waits)
    assert waits[0] == 2.0
    assert waits[-1] <= LONGEST_DELAY


def test_what_the_hub_asks_for_is_kept() -> None:
    assert delay(HubUnavailable("limited", retry_after=55), 0) == 55
    assert delay(HubUnavailable("limited", retry_after=1), 3) == 16


def test_a_conflict_is_looked_at_again_at_once() -> None:
    assert delay(HubConflict("faster"), 0) == CONFLICT_DELAY


@pytest.mark.parametrize("error", [HubGone("x"), HubDenied("x"), HubRefused("x"), HubError("x")])
def test_what_another_try_would_not_change_is_not_tried_again(error: HubError) -> None:
    assert delay(error, 0) is None


def test_a_fault_of_ours_is_tried_again() -> None:
    assert delay(RuntimeError("bug"), 0) == 2.0


@pytest.mark.parametrize("unstorable", ["nul \x00", "half of a pair \ud83d"])
def test_a_look_that_cannot_be_recorded_is_not_tried_for_ever(database_url: str, unstorable: str) -> None:
    def look(arguments: Mapping[str, Any]) -> Look:
        return Look(arguments["repo_id"], "create", unstorable)

    async def story() -> list[tuple[str, int]]:
        with Records(database_url) as records:
            async with Queue(database_url) as queue:
                worker = Worker(queue, records, {LOOK: look, "pulls": look, "moved": look})
                await queue.accept(Delivery(None, Pushed("0" * 24, "acme/model")))
                for _ in range(MAX_ATTEMPTS + 2):
                    await worker.run(1, wait=False)
                    with psycopg.connect(database_url) as connection:
                        connection.execute("update procrastinate_jobs set scheduled_at = null")
                return [(one.decision, one.attempt) for one in records.looks()]

    looks = asyncio.run(story())
    assert [attempt for _, attempt in looks] == list(range(MAX_ATTEMPTS))
    assert looks[-1][0] == "failed"
