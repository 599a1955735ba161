"""The jobs: which follow from an event, how urgent they are, and which of them must not wait twice. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from bot.intake import Commented, Event, Ignored, Moved, PullChanged, Pushed

LOOK, PULLS, MOVED, DISCUSS, RUN = "look", "pulls", "moved", "discuss", "run"
# What may not be taken for a look at a repo: it says nothing of the card or of pull requests.
NO_LOOKS = (DISCUSS, RUN)
# A job that is to wait holds up all of its repo of the same or lower priority: a repo that moved is followed at once,
# and what is tried again later holds up nothing; a new event raises it. Within each band, `fair` makes room for other
# owners; a sweep stays below everything but the steps of runs that wait for later, which hold up not even that.
FIRST, LIVE, AGAIN, SWEPT, LATER = 20, 10, 0, -10, -20


@dataclass(frozen=True, slots=True)
class Delivery:
    """One webhook POST, as far as we keep it."""

    webhook_id: str | None
    event: Event


@dataclass(frozen=True, slots=True)
class Due:
    """What a sweep found in need of a job: a look at a repo, or (`number`) at one of its discussions.

    `kind` is LOOK, PULLS to compare with the Hub in any case, MOVED, or DISCUSS.
    """

    repo_id: str
    repo_name: str
    kind: str = LOOK
    number: int | None = None


@dataclass(frozen=True, slots=True)
class Following:
    """A job that follows from an event: its name, what it is told beside the repo, and how urgent it is.

    One that `settles` waits for the end of a burst of pushes; for what a person said nothing better comes later.
    """

    name: str
    arguments: Mapping[str, Any] = field(default_factory=dict)
    band: int = LIVE
    settles: bool = True


def following(event: Event) -> tuple[Following, ...]:
    """What is to be done after an event; the first gives the delivery its outcome."""
    match event:
        case Pushed():
            return (Following(LOOK),)
        case Moved(new_name=new_name):
            # Under another name, the card's tables may say something else of the model.
            return Following(MOVED, {"new_name": new_name}, FIRST, settles=False), Following(LOOK)
        case PullChanged(sha=sha, author=author, number=number):
            look = Following(PULLS, {"changes": [{"sha": sha, "author": author}]})
            return (look,) if number is None else (look, discuss(number))
        case Commented(number=number):
            return (discuss(number),)
        case Ignored():
            return ()


def discuss(number: int) -> Following:
    """A look at a discussion."""
    return Following(DISCUSS, {"number": number}, settles=False)


def owner(repo_name: str) -> str:
    """Whose jobs these are, for fairness; names on the Hub ignore case."""
    return repo_name.partition("/")[0].lower()


def lock(repo_id: str) -> str:
    """Of the jobs with the same lock, one runs at a time."""
    return f"repo:{repo_id}"


def queueing_lock(name: str, arguments: Mapping[str, Any]) -> str:
    """Of the jobs with the same queueing lock, one waits at a time: what they would do is the same."""
    if name == DISCUSS:
        return f"discussion:{arguments['repo_id']}:{arguments['number']}"
    if name == RUN:
        return f"run:{arguments['run']}"
    return f"{name}:{arguments['repo_id']}"
