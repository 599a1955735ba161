"""The arithmetic of a window, against a model of the Hub that counts for itself."""

import math
import random
from dataclasses import dataclass

from hypothesis import given, settings
from hypothesis import strategies as st

from bot.window import LONGEST, SLACK, UNDER_WAY, Told, Window

START = 1_000_000.0


@dataclass
class Hub:
    """A fixed window that begins at the first request, or at times of its own (`phase` seconds from the start)."""

    quota: int
    seconds: float = 300.0
    phase: float | None = None
    began: float = -math.inf
    count: int = 0
    refused: int = 0

    def ask(self, now: float) -> Told:
        """Count a request; what the answer says."""
        if now >= self.began + self.seconds:
            self.count = 0
            if self.phase is None:
                self.began = now
            else:
                self.began = now - (now - START - self.phase) % self.seconds
        self.count += 1
        self.refused += self.count > self.quota
        left = max(self.quota - self.count, 0)
        return Told(left, math.ceil(self.began + self.seconds - now), self.quota, self.seconds)


PHASES = st.none() | st.floats(0, 299)
PAUSES = st.lists(st.sampled_from([0.0, 0.1, 1.0, 30.0, 250.0, 299.0, 301.0]), min_size=1, max_size=60)


@given(st.integers(1, 40), PHASES, PAUSES, st.floats(0, 0.9))
def test_one_who_asks_alone_is_never_refused(quota: int, phase: float | None, pauses: list[float], way: float) -> None:
    hub, now = Hub(quota, phase=phase), START
    window = Window.opened(quota, 300.0, now)
    for pause in pauses:
        now += pause
        # A burst: until nothing is left.
        for _ in range(quota + 1):
            if window.wait(now):
                break
            window = window.taken(now)
            told, asked = hub.ask(now + way), now
            now += 2 * way
            window = window.learned(told, now, asked)
    assert hub.refused == 0


@settings(max_examples=60)
@given(st.sampled_from([100, 150]), PHASES, st.integers(0, 2**32), st.floats(0.001, 0.3))
def test_several_at_once_are_not_refused_either(quota: int, phase: float | None, seed: int, pace: float) -> None:
    """Requests arrive in any order and their answers come in any order, across the ends of windows."""
    hub, now = Hub(quota, phase=phase), START
    window = Window.opened(quota, 300.0, now)
    chance = random.Random(seed)  # noqa: S311 - nothing secret
    sent: list[float] = []
    answered: list[tuple[Told, float]] = []
    for _ in range(6000):
        now += pace
        step = chance.choice("ssssaaww")
        until_end = window.at(now).ends - now
        if chance.random() < 0.002 and until_end > 5.0:
            # Ends of windows are where it gets difficult.
            now += until_end - chance.uniform(1.0, 5.0)
        elif window.wait(now) and not sent and not answered:
            now += window.wait(now)
        elif step == "s" and len(sent) + len(answered) < quota * UNDER_WAY and not window.wait(now):
            window = window.taken(now)
            sent.append(now)
        elif step == "a" and sent:
            asked = sent.pop(chance.randrange(len(sent)))
            answered.append((hub.ask(now), asked))
        elif step == "w" and answered:
            told, asked = answered.pop(chance.randrange(len(answered)))
            window = window.learned(told, now, asked)
    assert hub.refused == 0


@given(st.integers(2, 1000), st.integers(0, 1000), st.floats(0, 300), st.integers(0, 300))
def test_what_others_made_is_noticed_with_the_next_answer(quota: int, left: int, passed: float, resets: int) -> None:
    window = Window.opened(quota, 300.0, START).taken(START)
    after = window.learned(Told(min(left, quota), resets, quota, 300.0), START + passed, START)
    assert after.remaining <= left


@given(st.integers(1, 5000), st.integers(0, 5000), st.integers(0, 400), st.integers(1, 400), st.floats(0, 700))
def test_nobody_waits_longer_than_a_window(quota: int, used: int, keep: int, need: int, passed: float) -> None:
    window = Window(quota, 300.0, max(quota - used, 0), START + 300.0 + SLACK)
    wait = window.wait(START + passed, keep, need)
    assert 0 <= wait <= 300.0 + SLACK
    # Whoever waited so long is let through, whatever is kept for others.
    assert window.wait(START + passed + wait, keep, need) == 0


def test_what_is_kept_for_others_is_not_taken() -> None:
    window = Window(100, 300.0, 41, START + 300.0)
    assert window.wait(START, keep=40) == 0
    assert window.taken(START).wait(START, keep=40) == 300.0
    assert window.taken(START).wait(START) == 0


def test_a_larger_quota_is_used_as_soon_as_the_hub_tells_of_it() -> None:
    window = Window(1000, 300.0, 0, START + 300.0)
    assert window.learned(Told(2400, 299, 2500, 300.0), START, START).wait(START) == 0


def test_a_block_outlasts_the_window() -> None:
    window = Window.opened(100, 300.0, START).blocked(500.0, START)
    assert window.wait(START) == 500.0
    assert window.wait(START + 400.0) == 100.0
    assert window.wait(START + 500.0) == 0
    # A shorter one that comes later changes nothing.
    assert window.blocked(1.0, START).wait(START) == 500.0


@given(st.integers(0, 10**12), st.integers(1, 10**12), st.floats(0, 10**6))
def test_no_answer_of_the_hub_makes_us_wait_longer_than_an_hour(resets: int, seconds: int, passed: float) -> None:
    window = Window.opened(1000, 300.0, START).taken(START)
    after = window.learned(Told(0, resets, 1000, seconds), START + 0.1, START)
    assert after.wait(START + passed) <= LONGEST + 2 * SLACK
    assert after.wait(START + LONGEST + 2 * SLACK) == 0


def test_a_clock_that_is_set_back_makes_nobody_wait_for_it() -> None:
    used_up = Window(1000, 300.0, 0, START + 200.0, START + 250.0)
    assert used_up.wait(START - 86_400.0) == 0
    assert used_up.wait(START - 600.0) == 850.0
