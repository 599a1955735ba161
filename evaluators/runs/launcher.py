"""Where runs happen: one protocol for this machine, HF Jobs and GitHub.

A launcher starts a plan, finds it again by its specification, and fetches what came of it. What it says of a run is
only how far it got; whether the run succeeded is for its result to say.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from enum import StrEnum
from time import monotonic, sleep
from typing import Protocol, TypeVar

from evaluators.runs.result import ErrorKind, RunResult
from evaluators.runs.runner.plan import Plan

# Between two looks, in seconds, at most.
LONGEST_PAUSE = 10.0


class LaunchError(Exception):
    """A place does not do what it was asked for; the message is one sentence that says what to do."""

    kind = ErrorKind.LAUNCH_FAILED


class NoSuchRunError(LaunchError):
    """The place does not know the run."""


class NotAnsweredError(LaunchError):
    """Nobody knows whether it happened: there was no answer, or one that says nothing of it."""


class NotTakenError(NotAnsweredError):
    """It did not happen, and may later: the place was not reached, or is busy."""


class Stage(StrEnum):
    """How far a run got."""

    WAITING = "waiting"
    RUNNING = "running"
    ENDED = "ended"
    CANCELLED = "cancelled"
    LOST = "lost"

    @property
    def over(self) -> bool:
        """Whether nothing more will come."""
        return self not in {Stage.WAITING, Stage.RUNNING}


@dataclass(frozen=True, slots=True)
class Order:
    """What is to be started.

    `nonce` is the number of this attempt (`evaluators.runs.handover.new_nonce`). `secrets` are variables for the
    runner alone (`HF_TOKEN` that only reads, `SCOREKEEPER_RESULTS_TOKEN`, keys that the plan keeps). `flavor` is the
    hardware, where the place has a choice; `title` is for people.
    """

    plan: Plan
    nonce: str
    secrets: Mapping[str, str] = field(default_factory=dict, repr=False)
    flavor: str | None = None
    title: str = ""


@dataclass(frozen=True, slots=True)
class Submitted:
    """A run in its place. `id` is the place's own name for it, enough to find it again with everything else."""

    id: str
    spec_id: str
    nonce: str
    url: str | None = None


@dataclass(frozen=True, slots=True)
class Status:
    """How far a run got; `words` is what the place or the runner says of it, one short line, perhaps empty.

    `cost_usd` is what it cost, once it is over and where the place tells.
    """

    stage: Stage
    words: str = ""
    cost_usd: float | None = None


class Launcher(Protocol):
    """One place. Every method raises LaunchError where the place does not do it, NoSuchRunError for an unknown run."""

    @property
    def name(self) -> str:
        """The word for it: local, jobs or github."""
        ...

    def submit(self, order: Order) -> Submitted:
        """Start a run, at most once for its specification and nonce, however often this is called.

        The attempt of this nonce is returned where there is one, over or not; else one of the same specification that
        waits or runs already. After NotAnsweredError, call it again with the same order.
        """
        ...

    def find(self, spec_id: str, nonce: str | None = None) -> Submitted | None:
        """An attempt of a specification: that of the nonce; without one, what waits or runs, else the newest.

        None where there is none.
        """
        ...

    def get(self, run: str) -> Submitted:
        """A run by the place's name for it."""
        ...

    def runs(self) -> list[Submitted]:
        """All runs that the place knows, the newest first."""
        ...

    def status(self, run: Submitted) -> Status:
        """How far it got."""
        ...

    def logs(self, run: Submitted, *, follow: bool = False) -> Iterator[str]:
        """The lines that were printed so far; with `follow`, until the run is over."""
        ...

    def cancel(self, run: Submitted) -> None:
        """End it; a run that is over stays as it is."""
        ...

    def result(self, run: Submitted) -> RunResult | None:
        """What came of it; None while there is none, and where the place lost it (see `status`)."""
        ...


Found = TypeVar("Found")


def attempt(seen: Iterable[tuple[Submitted, Stage]], nonce: str | None) -> Submitted | None:
    """One of the attempts of a specification, which come the newest first: see `Launcher.find`."""
    newest, live = None, None
    for run, stage in seen:
        if nonce is not None:
            if run.nonce == nonce:
                return run
            continue
        newest = newest or run
        # Of two that were started at the same moment, the first stays.
        live = live if stage.over else run
    return live or newest


def look_again(look: Callable[[], Found | None], patience: float, pause: float) -> Found | None:
    """What is seen in the end: looks again until there is something, for so many seconds, even without an answer.

    A place may show what it took only after a while. The pauses grow.
    """
    end = monotonic() + patience
    while True:
        with suppress(NotAnsweredError):
            found = look()
            if found is not None:
                return found
        if monotonic() >= end:
            return None
        sleep(pause)
        pause = min(2 * pause, LONGEST_PAUSE)
