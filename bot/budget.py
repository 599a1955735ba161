"""What evaluations from comments may cost: caps, what was used of them, and the one sentence of a refusal.

What a run may cost at most is reserved before it begins, and becomes what it did cost when it is over. Reservations
count in every day and month until then, so that neither the end of a day nor a late end of a run lets anybody exceed a
cap; what was spent counts on the day (UTC) on which the run was over.
"""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal

from bot.settings import Settings

# As in the database: sums of these are exact.
_UNIT = Decimal("0.0001")
_CENT = Decimal("0.01")
_NONE = Decimal(0)
# Failures in a row that a repo may have before it has to pause, and for how long; each further one makes it four times
# as long.
FAILURES = 2
FIRST_PAUSE = timedelta(hours=1)
LONGEST_PAUSE = timedelta(days=1)

LESS = "ask for fewer samples (limit=N) or smaller hardware"


def dollars(amount: float) -> Decimal:
    """US dollars to a hundredth of a cent, rounded up.

    Raises:
        ValueError: It is below zero, endless, or not a number.
    """
    if not 0 <= amount < float("inf"):
        raise ValueError(f"{amount} is no amount of dollars")
    return Decimal(str(amount)).quantize(_UNIT, ROUND_CEILING)


@dataclass(frozen=True, slots=True)
class Caps:
    """The most that may be: US dollars by run, by person and day, by repo and day, by day, by month; runs that wait."""

    run_usd: float = 5.0
    user_day_usd: float = 10.0
    repo_day_usd: float = 20.0
    day_usd: float = 50.0
    month_usd: float = 300.0
    waiting: int = 20
    # Requests of strangers that wait for approval.
    repo_unapproved: int = 3
    asker_unapproved: int = 1

    @classmethod
    def of(cls, settings: Settings) -> "Caps":
        """As the operator set them."""
        return cls(
            run_usd=settings.run_usd,
            user_day_usd=settings.user_day_usd,
            repo_day_usd=settings.repo_day_usd,
            day_usd=settings.day_usd,
            month_usd=settings.month_usd,
            waiting=settings.runs_waiting,
        )


@dataclass(frozen=True, slots=True)
class Used:
    """US dollars of runs that are over, and of those that are not."""

    spent: Decimal = _NONE
    reserved: Decimal = _NONE

    @property
    def total(self) -> Decimal:
        """What is not free."""
        return self.spent + self.reserved


@dataclass(frozen=True, slots=True)
class Spent:
    """What was used of the caps when a request came: by its payer, its repo, and everybody.

    `queued` are runs that wait for a slot; `unapproved`, `repo_unapproved` and `asker_unapproved` are requests that
    wait for approval: all, those of the repo, those of the person. `failures` are the repo's last runs that failed in a
    row.
    """

    stopped: bool = False
    user: Used = field(default_factory=Used)
    repo: Used = field(default_factory=Used)
    day: Used = field(default_factory=Used)
    month: Used = field(default_factory=Used)
    queued: int = 0
    unapproved: int = 0
    repo_unapproved: int = 0
    asker_unapproved: int = 0
    failures: int = 0
    last_failure: datetime | None = None


def begin_of_day(now: datetime) -> datetime:
    """When this day began (UTC)."""
    return now.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)


def begin_of_month(now: datetime) -> datetime:
    """When this month began (UTC)."""
    return begin_of_day(now).replace(day=1)


def pause(failures: int) -> timedelta:
    """How long a repo has to pause after so many failed runs in a row: 2 an hour, 3 four, ... at most a day."""
    if failures < FAILURES:
        return timedelta(0)
    # No number of failures is too large for a duration.
    return min(LONGEST_PAUSE, FIRST_PAUSE * int(4 ** min(failures - FAILURES, 8)))


def refusal(amount: float, caps: Caps, spent: Spent, now: datetime, *, needs_approval: bool = False) -> str | None:
    """Why a run that may cost so many US dollars may not be; None if it may.

    A request that needs approval first reserves nothing: it is held to the number of such requests, and to the cap of
    one run. Runs that wait for approval take no place from those of people who need none.
    """
    most = dollars(amount)
    if spent.stopped:
        return "The operator has stopped new evaluations for now: ask again later."
    one = dollars(caps.run_usd)
    if most > one:
        return f"This may cost up to {up(most)}, and one run may cost {up(one)} at most: {LESS}."
    return (
        _pausing(spent, now)
        or (_unapproved(caps, spent) if needs_approval else None)
        or _queue(caps, spent, needs_approval=needs_approval)
        or (None if needs_approval else _money(most, caps, spent, now))
    )


def _pausing(spent: Spent, now: datetime) -> str | None:
    until = None if spent.last_failure is None else spent.last_failure + pause(spent.failures)
    if until is None or until <= now:
        return None
    return (
        f"The last {spent.failures} runs of this repo failed, so no further one begins before {_time(until)}:"
        " see why they failed, and ask again then."
    )


def _unapproved(caps: Caps, spent: Spent) -> str | None:
    if spent.asker_unapproved >= caps.asker_unapproved:
        count = spent.asker_unapproved
        said = "A request of yours waits" if count == 1 else f"{count} requests of yours wait"
        return f"{said} for approval, and one person may have {caps.asker_unapproved}: ask again when that is settled."
    if spent.repo_unapproved >= caps.repo_unapproved:
        return (
            f"{spent.repo_unapproved} requests for this repo wait for approval, and there may be"
            f" {caps.repo_unapproved}: ask again when one of them is settled."
        )
    return None


def _queue(caps: Caps, spent: Spent, *, needs_approval: bool) -> str | None:
    waiting = spent.queued + (spent.unapproved if needs_approval else 0)
    if waiting < caps.waiting:
        return None
    return f"{waiting} runs wait already, and {caps.waiting} may: ask again when one of them has begun."


def _money(most: Decimal, caps: Caps, spent: Spent, now: datetime) -> str | None:
    tomorrow = begin_of_day(now) + timedelta(days=1)
    next_month = begin_of_month(begin_of_month(now) + timedelta(days=31))
    for cap, used, whose, anew in (
        (caps.user_day_usd, spent.user, "that one person may spend in a day", tomorrow),
        (caps.repo_day_usd, spent.repo, "for one repo in a day", tomorrow),
        (caps.day_usd, spent.day, "for all runs of a day", tomorrow),
        (caps.month_usd, spent.month, "for all runs of a month", next_month),
    ):
        allowed = dollars(cap)
        if used.total + most <= allowed or not most:
            continue
        if most > allowed:
            return f"This may cost up to {up(most)}, more than the {up(allowed)} {whose}: {LESS}."
        left = down(max(allowed - used.total, _NONE))
        # What is reserved stays so beyond the end of the day, until the runs are over.
        when = f"after {_time(anew)}" if used.reserved + most <= allowed else "when runs that are under way are over"
        return (
            f"This may cost up to {up(most)}, and of the {up(allowed)} {whose} {left} is left:"
            f" ask again {when}{', or for fewer samples (limit=N)' if left != down(_NONE) else ''}."
        )
    return None


def up(amount: Decimal) -> str:
    """Dollars for people, not less than they are."""
    return f"${amount.quantize(_CENT, ROUND_CEILING)}"


def down(amount: Decimal) -> str:
    """Dollars for people, not more than they are."""
    return f"${amount.quantize(_CENT, ROUND_FLOOR)}"


def _time(moment: datetime) -> str:
    # Rounded up: whoever comes then is not early.
    whole = moment.astimezone(UTC) + timedelta(minutes=1, microseconds=-1)
    return f"{whole:%Y-%m-%d %H:%M} UTC"
