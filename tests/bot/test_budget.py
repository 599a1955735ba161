"""The budget as values: no cap is exceeded, and a refusal says which one, what is left of it and when it frees."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.budget import Caps, Spent, Used, begin_of_month, dollars, pause, refusal
from bot.settings import Settings

NOW = datetime(2026, 12, 31, 21, 30, 15, tzinfo=UTC)
CAPS = Caps()


def used(spent: str = "0", reserved: str = "0") -> Used:
    return Used(Decimal(spent), Decimal(reserved))


@pytest.mark.parametrize(
    ("amount", "spent", "sentence"),
    [
        (1.0, Spent(), None),
        (5.0, Spent(user=used("3", "2"), repo=used("15"), day=used("45"), month=used("200", "95")), None),
        (1.0, Spent(stopped=True), "The operator has stopped new evaluations for now: ask again later."),
        (
            5.001,
            Spent(),
            (
                "This may cost up to $5.01, and one run may cost $5.00 at most: ask for fewer samples (limit=N) or"
                " smaller hardware."
            ),
        ),
        (
            4.0,
            Spent(user=used("5", "1.005")),
            (
                "This may cost up to $4.00, and of the $10.00 that one person may spend in a day $3.99 is left: ask"
                " again after 2027-01-01 00:00 UTC, or for fewer samples (limit=N)."
            ),
        ),
        (
            4.0,
            Spent(user=used("1", "7")),
            (
                "This may cost up to $4.00, and of the $10.00 that one person may spend in a day $2.00 is left: ask"
                " again when runs that are under way are over, or for fewer samples (limit=N)."
            ),
        ),
        (
            4.0,
            Spent(repo=used("17")),
            (
                "This may cost up to $4.00, and of the $20.00 for one repo in a day $3.00 is left: ask again after"
                " 2027-01-01 00:00 UTC, or for fewer samples (limit=N)."
            ),
        ),
        (
            4.0,
            Spent(day=used("51")),
            (
                "This may cost up to $4.00, and of the $50.00 for all runs of a day $0.00 is left: ask again after"
                " 2027-01-01 00:00 UTC."
            ),
        ),
        (
            4.0,
            Spent(month=used("299")),
            (
                "This may cost up to $4.00, and of the $300.00 for all runs of a month $1.00 is left: ask again after"
                " 2027-01-01 00:00 UTC, or for fewer samples (limit=N)."
            ),
        ),
        (1.0, Spent(queued=20), "20 runs wait already, and 20 may: ask again when one of them has begun."),
        (
            1.0,
            Spent(failures=3, last_failure=NOW - timedelta(hours=1)),
            (
                "The last 3 runs of this repo failed, so no further one begins before 2027-01-01 00:31 UTC: see why"
                " they failed, and ask again then."
            ),
        ),
        (1.0, Spent(failures=3, last_failure=NOW - timedelta(hours=4)), None),
        (1.0, Spent(failures=1, last_failure=NOW), None),
        (0.0, Spent(user=used("10"), repo=used("20"), day=used("50"), month=used("999")), None),
    ],
)
def test_a_refusal_is_one_sentence_with_the_cap_what_is_left_and_when_it_frees(
    amount: float, spent: Spent, sentence: str | None
) -> None:
    assert refusal(amount, CAPS, spent, NOW) == sentence


def test_what_exceeds_a_cap_by_itself_is_not_told_to_come_again() -> None:
    caps = replace(CAPS, user_day_usd=3)
    assert refusal(4, caps, Spent(), NOW) == (
        "This may cost up to $4.00, more than the $3.00 that one person may spend in a day: ask for fewer samples"
        " (limit=N) or smaller hardware."
    )


@pytest.mark.parametrize(
    ("spent", "sentence"),
    [
        (Spent(user=used("10"), repo=used("20"), day=used("50"), month=used("300")), None),
        (
            Spent(asker_unapproved=1),
            "A request of yours waits for approval, and one person may have 1: ask again when that is settled.",
        ),
        (
            Spent(repo_unapproved=3),
            "3 requests for this repo wait for approval, and there may be 3: ask again when one of them is settled.",
        ),
        (
            Spent(queued=5, unapproved=15),
            "20 runs wait already, and 20 may: ask again when one of them has begun.",
        ),
        (Spent(stopped=True), "The operator has stopped new evaluations for now: ask again later."),
    ],
)
def test_a_request_that_waits_for_approval_is_held_to_numbers_and_not_to_money(
    spent: Spent, sentence: str | None
) -> None:
    assert refusal(1.0, CAPS, spent, NOW, needs_approval=True) == sentence


def test_strangers_cannot_fill_the_queue_for_those_who_need_no_approval() -> None:
    assert refusal(1.0, CAPS, Spent(unapproved=20, repo_unapproved=3, asker_unapproved=1), NOW) is None


def test_a_repo_that_keeps_failing_pauses_longer_and_longer_and_at_most_a_day() -> None:
    hours = [pause(failures) / timedelta(hours=1) for failures in (0, 1, 2, 3, 4, 5, 10**9)]
    assert hours == [0, 0, 1, 4, 16, 24, 24]


def test_the_next_month_is_found_from_every_day() -> None:
    for day in range(366):
        now = datetime(2028, 1, 1, 12, tzinfo=UTC) + timedelta(days=day)
        said = refusal(1, CAPS, Spent(month=used("300")), now) or ""
        first = begin_of_month(now)
        following = f"{first.year + first.month // 12}-{first.month % 12 + 1:02}-01 00:00 UTC"
        assert f"ask again after {following}" in said


def test_days_are_those_of_utc_wherever_the_database_is() -> None:
    elsewhere = datetime.fromisoformat("2026-11-22T01:30:00+09:00")
    assert "after 2026-11-22 00:00 UTC" in (refusal(1, CAPS, Spent(day=used("50")), elsewhere) or "")


@pytest.mark.parametrize("amount", [-0.01, float("nan"), float("inf"), float("-inf")])
def test_what_is_no_amount_is_never_let_in(amount: float) -> None:
    with pytest.raises(ValueError, match="is no amount of dollars"):
        refusal(amount, CAPS, Spent(), NOW)


def test_an_amount_is_rounded_up_never_down() -> None:
    assert dollars(0.00001) == Decimal("0.0001")
    assert dollars(0.1) + dollars(0.2) == dollars(0.3)


def test_the_caps_are_those_of_the_settings() -> None:
    assert Caps.of(Settings(_env_file=None)) == Caps()
    more: dict[str, Any] = {"run_usd": 1.5, "user_day_usd": 2.5, "repo_day_usd": 3.5, "day_usd": 4.5, "month_usd": 5.5}
    assert Caps.of(Settings(_env_file=None, runs_waiting=6, **more)) == Caps(**more, waiting=6)


MONEY = st.decimals(0, 400, places=4)
USED = st.builds(Used, MONEY, MONEY)


@given(
    amount=MONEY.map(float),
    spent=st.builds(Spent, user=USED, repo=USED, day=USED, month=USED, queued=st.integers(0, 30)),
)
def test_whatever_is_let_in_stays_within_every_cap_and_whatever_fits_is_let_in(amount: float, spent: Spent) -> None:
    said = refusal(amount, CAPS, spent, NOW)
    sums = [(spent.user, 10), (spent.repo, 20), (spent.day, 50), (spent.month, 300)]
    exact = Decimal(str(amount))
    fits = (
        exact <= 5
        and spent.queued < 20
        and (not exact or all(one.spent + one.reserved + exact <= cap for one, cap in sums))
    )
    assert (said is None) == fits
    if said is not None:
        assert said.endswith(".")
        assert ". " not in said
        assert "$-" not in said
