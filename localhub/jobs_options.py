"""How jobs are run here: whether at all, with which programs, and what goes wrong with them."""

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from localhub import errors


@dataclass(frozen=True)
class JobPolicy:
    """What happens to jobs from now on.

    Attributes:
        scheduling: ``starts`` what is asked for, ``fails`` it (stage ERROR) or leaves it waiting for ``never``.
        schedule_seconds: how long a job waits before it starts.
        places: jobs that run at one time.
        log_lines: each log stream ends after so many lines, though the job goes on; None for when the job ends.
    """

    scheduling: Literal["starts", "fails", "never"] = "starts"
    schedule_seconds: float = 0.0
    places: int = 4
    log_lines: int | None = None

    @staticmethod
    def from_json(body: Mapping[str, Any]) -> "JobPolicy":
        """A policy from its fields.

        Raises:
            HubError: a field is unknown, or `scheduling` is another word (400).
        """
        try:
            policy = JobPolicy(**body)
        except TypeError as error:
            raise errors.invalid(f"That is no job policy: {error}") from error
        if policy.scheduling not in ("starts", "fails", "never"):
            raise errors.invalid("scheduling must be starts, fails or never")
        return policy


@dataclass
class JobOptions:
    """Whether jobs run at all, and how.

    Running jobs means that everybody with a token can run any command as the user whom this Hub runs as.

    Attributes:
        enabled: off, a request for a job is refused.
        path: folders searched for programs before those of ``PATH``: put the ``bin`` of a virtual environment here
            and a job's ``python`` is that environment's.
        policy: may be replaced at any time.
    """

    enabled: bool = False
    path: Sequence[Path] = ()
    policy: JobPolicy = field(default_factory=JobPolicy)

    def search_path(self) -> str:
        """``PATH`` as jobs get it."""
        return os.pathsep.join([*map(str, self.path), os.environ.get("PATH", os.defpath)])
