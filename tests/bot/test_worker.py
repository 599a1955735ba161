"""When a look is tried again, and when it is given up."""

import pytest

from bot.hub_errors import HubConflict, HubDenied, HubError, HubGone, HubRefused, HubUnavailable
from bot.worker import CONFLICT_DELAY, LONGEST_DELAY, MAX_ATTEMPTS, delay


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
