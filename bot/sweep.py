"""What a sweep makes of what the Hub lists: which repos need a look that no delivery asked for. Pure."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from bot.hub_listing import ListedRepo, PullMark
from bot.queue import DISCUSS, LOOK, MOVED, PULLS

# A pull request begins with one comment, its description.
JUST_OPENED = 1


class Why(StrEnum):
    """Why a sweep asks for a look; the log and the command line use these words."""

    NEW = "new"
    PUSHED = "pushed"
    RENAMED = "renamed"
    BACK = "back"
    MISSING = "missing"
    PULL_CHANGED = "pull_changed"
    COMMENTED = "commented"
    RUN_ACTIVE = "run_active"
    FAILED = "failed"
    UNFINISHED = "unfinished"
    DENIED = "denied"
    OUTDATED = "outdated"
    FULL = "full"


_KINDS = {
    Why.MISSING: MOVED,
    Why.PULL_CHANGED: PULLS,
    Why.COMMENTED: DISCUSS,
    Why.RUN_ACTIVE: DISCUSS,
    Why.FAILED: PULLS,
    Why.UNFINISHED: PULLS,
    Why.FULL: PULLS,
}


@dataclass(frozen=True, slots=True)
class Found:
    """A repo in need of a look, and why. `sha` is the head that the look will cover, where it is known.

    With `number` it is one of its discussions.
    """

    repo_id: str
    repo_name: str
    why: Why
    sha: str | None = None
    number: int | None = None

    @property
    def kind(self) -> str:
        """The job that is to be done. What a look that came to no end has seen is not relied on."""
        return _KINDS.get(self.why, LOOK)


@dataclass(frozen=True, slots=True)
class Known:
    """A repo as we know it: the head that a look covers, and the name under which the last look read its card."""

    name: str
    active: bool
    sha: str | None
    seen_name: str | None


@dataclass(frozen=True, slots=True)
class Pass:
    """A pass over all repos of an owner, which began at a time of our database's clock (ISO 8601)."""

    owner: str
    began: str


@dataclass(frozen=True, slots=True)
class Step:
    """What one job of a sweep came to, and what is to be remembered and done because of it.

    `subject` names what was examined; `listed` are the repos that a list showed; `comments` counts them by repo and
    pull request; `ended` is the pass of which this was the last page; `marks` are kept by subject; `then` are the
    arguments of the jobs that follow, `delay` the seconds until then; `problems` is for people.
    """

    subject: str
    examined: int = 0
    found: tuple[Found, ...] = ()
    listed: tuple[ListedRepo, ...] = ()
    comments: Mapping[str, Mapping[int, int]] = field(default_factory=dict)
    ended: Pass | None = None
    marks: Mapping[str, str] = field(default_factory=dict)
    then: tuple[Mapping[str, Any], ...] = ()
    delay: float = 0.0
    problems: tuple[str, ...] = ()


def differing(listed: Iterable[ListedRepo], known: Mapping[str, Known]) -> tuple[Found, ...]:
    """Repos in a list whose state is not the one that a look covers."""
    found = []
    for one in listed:
        why = _difference(one, known.get(one.id))
        if why is not None:
            found.append(Found(one.id, one.name, why, one.sha))
    return tuple(found)


def _difference(one: ListedRepo, known: Known | None) -> Why | None:
    if known is None:
        return Why.NEW
    if not known.active:
        return Why.BACK
    if known.sha != one.sha:
        return Why.PUSHED
    # Compared with what was read, not with what we call it: the name may have been taken on without a look.
    if known.seen_name is not None and known.seen_name != one.name:
        return Why.RENAMED
    return None


def any_changed(listed: Iterable[PullMark], statuses: Mapping[int, str]) -> bool:
    """Whether one of our own pull requests is in another state than the last look left it, or is new to us."""
    return any(statuses.get(one.number) != one.status for one in listed)


def commented(listed: Iterable[PullMark], counted: Mapping[int, int]) -> tuple[int, ...]:
    """The pull requests of ours with more comments than the last sweep counted. Our own make one look for nothing."""
    return tuple(one.number for one in listed if one.comments > counted.get(one.number, JUST_OPENED))
