"""HF Jobs as this package needs them of the Hub: what is asked for, and what is seen."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from evaluators.runs.launcher import LaunchError
from evaluators.runs.result import ErrorKind


class PaymentRequiredError(LaunchError):
    """The account has no credit for jobs."""

    kind = ErrorKind.PAYMENT_REQUIRED


@dataclass(frozen=True, slots=True)
class JobOrder:
    """What the Hub is asked to run: `secrets` are variables that it shows to nobody, `timeout` is in seconds."""

    image: str
    command: tuple[str, ...]
    environment: Mapping[str, str] = field(repr=False)
    flavor: str
    timeout: int
    labels: Mapping[str, str]
    secrets: Mapping[str, str] = field(default_factory=dict, repr=False)


@dataclass(frozen=True, slots=True)
class JobSeen:
    """A job as the Hub shows it. `stage` and `message` are the Hub's words; `seconds` is how long it ran."""

    id: str
    stage: str
    message: str = ""
    url: str | None = None
    flavor: str = ""
    seconds: float | None = None
    labels: Mapping[str, str] = field(default_factory=dict)
    environment: Mapping[str, str] = field(default_factory=dict, repr=False)


class JobsHub(Protocol):
    """What this launcher needs of the Hub. Every method raises LaunchError, NoSuchRunError for an unknown job."""

    def run_job(self, order: JobOrder) -> JobSeen:
        """Start a job."""
        ...

    def job(self, job_id: str) -> JobSeen:
        """One job."""
        ...

    def jobs(self, labels: Mapping[str, str]) -> list[JobSeen]:
        """Jobs with these labels, the newest first."""
        ...

    def job_log(self, job_id: str, *, tail: int | None = None) -> list[str]:
        """What a job printed so far, or the last lines of it. It may end early."""
        ...

    def cancel_job(self, job_id: str) -> None:
        """Stop a job."""
        ...

    def job_hardware(self) -> list[dict[str, Any]]:
        """The machines and their prices."""
        ...
