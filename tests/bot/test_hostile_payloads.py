"""Payloads that nobody should send: none raises, and what comes of them can be stored and logged as it is.

`python -m bench.fuzz_payloads --cases 1000000` runs more of the same.
"""

import asyncio
from collections import Counter
from dataclasses import fields

import psycopg
import pytest

from bot.intake import MAX_BYTES, Ignored, read
from bot.queue import Delivery, Queue
from bot.settings import Watch
from tests.bot.payload_mutations import case

WATCH = Watch.parse("heron-labs, wader-org")


def test_ten_thousand_mutated_payloads_mean_something_harmless_each() -> None:
    counts: Counter[str] = Counter()
    for number in range(10_000):
        event = read(case(1, number), WATCH)
        counts[event.reason if isinstance(event, Ignored) else type(event).__name__] += 1
        for field in fields(event):
            value = getattr(event, field.name)
            if isinstance(value, str):
                assert value.isascii() and value.isprintable() and len(value) <= 201, (number, value)  # noqa: PT018
    # All sorts come up: it is not the same refusal again and again.
    assert len(counts) >= 9, counts


@pytest.mark.parametrize(
    "body",
    [
        pytest.param(b"[" * MAX_BYTES, id="deep"),
        pytest.param(b'{"a":' * (MAX_BYTES // 5), id="deep objects"),
        pytest.param(b"1" * MAX_BYTES, id="a number of a million digits"),
        pytest.param(b'{"updatedRefs":[' + b'{"ref":"x"},' * 87_000 + b"1]}", id="many refs"),
        pytest.param(b"{" + b",".join(b'"%d":1' % one for one in range(90_000)) + b"}", id="many keys"),
    ],
)
@pytest.mark.timeout(5)
def test_the_largest_bodies_are_read_in_bounded_time(body: bytes) -> None:
    assert isinstance(read(body, WATCH), Ignored)


def test_whatever_is_understood_can_be_stored(database_url: str) -> None:
    events = [read(case(2, number), WATCH) for number in range(1_500)]

    async def store() -> None:
        async with Queue(database_url) as queue:
            for event in events:
                await queue.accept(Delivery("w", event))

    asyncio.run(store())
    with psycopg.connect(database_url) as connection:
        assert connection.execute("select count(*) from deliveries").fetchone() == (len(events),)
