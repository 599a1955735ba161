"""Where runs happen: one protocol for this machine, HF Jobs and GitHub.

A launcher starts a plan, finds it again by its specification, and fetches what came of it. What it says of a run is
only how far it got; whether the run succeeded is for its result to say.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Protocol

from evaluators.runs.result import ErrorKind, RunResult
from evaluators.runs.runner.plan import Plan


class LaunchError(Exception):
    """A place does not do what it was asked for; the message is one sentence that says what to do."""

    kind = ErrorKind.LAUNCH_FAILED


class NoSuchRunError(LaunchError):
    """The place does not know the run."""


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
    """How far a run got; `words` is what the place or the runner says of it, one short line, perhaps empty."""

    stage: Stage
    words: str = ""


class Launcher(Protocol):
    """One place. Every method raises LaunchError where the place does not do it, NoSuchRunError for an unknown run."""

    @property
    def name(self) -> str:
        """The word for it: local, jobs or github."""
        ...

    def submit(self, order: Order) -> Submitted:
        """Start a run; where an attempt of the same specification waits or runs already, that one is returned."""
        ...

    def find(self, spec_id: str) -> Submitted | None:
        """The newest attempt of a specification, over or not; None where there is none."""
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
