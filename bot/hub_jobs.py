"""HF Jobs: start, look, read, stop. What `evaluators.runs.jobs_hub` asks of the Hub.

A job is started at most once by a call: after an error it may run all the same, and who asked has to look.
"""

import contextlib
from collections.abc import Iterator, Mapping
from itertools import islice
from typing import Any

import httpx2
import huggingface_hub as hf
from huggingface_hub import get_session
from huggingface_hub.errors import HfHubHTTPError
from huggingface_hub.utils import hf_raise_for_status

from bot.hub_access import Access
from bot.hub_errors import HubDenied, HubError, HubGone, HubUnavailable
from evaluators.runs.jobs_hub import JobOrder, JobSeen, PaymentRequiredError
from evaluators.runs.launcher import LaunchError, NoSuchRunError, NotAnsweredError, NotTakenError

MOST_JOBS = 500
NO_CREDIT = "The account has no credit for jobs: add some in its billing settings, or name another account."


class Jobs(Access):
    """The jobs of one account: the token's own, or the organisation that `jobs_account` names."""

    jobs_account: str | None = None

    def run_job(self, order: JobOrder) -> JobSeen:
        """Start a job. One request, and one for the name of the account, once.

        Raises:
            NotAnsweredError: It may have been started or not; NotTakenError where it certainly was not.
            PaymentRequiredError: The account has no credit.
            LaunchError: The Hub did not take it.
        """
        with self._launching("a job", write=True):
            return _seen(
                self._api.run_job(
                    image=order.image,
                    command=list(order.command),
                    env=dict(order.environment),
                    secrets=dict(order.secrets) or None,
                    flavor=order.flavor,
                    timeout=order.timeout,
                    labels=dict(order.labels),
                    name="scorekeeper",
                    namespace=self._jobs_namespace(),
                )
            )

    def job(self, job_id: str) -> JobSeen:
        """One job. One request.

        Raises:
            NoSuchRunError: There is none.
            LaunchError: The Hub does not show it.
        """
        with self._launching(f"the job {job_id}"):
            return _seen(self._api.inspect_job(job_id=job_id, namespace=self._jobs_namespace()))

    def jobs(self, labels: Mapping[str, str]) -> list[JobSeen]:
        """Jobs with these labels, the newest first, at most 500. One request for each page.

        Raises:
            LaunchError: The Hub does not list them.
        """
        with self._launching("the jobs"):
            listed = self._api.list_jobs(labels=dict(labels) or None, namespace=self._jobs_namespace())
            return [_seen(one) for one in islice(listed, MOST_JOBS)]

    def job_log(self, job_id: str, *, tail: int | None = None) -> list[str]:
        """What a job printed so far, or the last lines of it; it may end early. One request.

        Raises:
            NoSuchRunError: There is no such job.
            LaunchError: The Hub does not show it.
        """
        with self._launching(f"the log of the job {job_id}"):
            lines: list[str] = []
            # A stream that breaks off has told us something all the same.
            with contextlib.suppress(httpx2.TransportError):
                for line in self._api.fetch_job_logs(job_id=job_id, tail=tail, namespace=self._jobs_namespace()):
                    lines.append(line.removesuffix("\n"))  # noqa: PERF401 - what came before a break is kept
            return lines

    def cancel_job(self, job_id: str) -> None:
        """Stop a job. One request.

        Raises:
            NoSuchRunError: There is none.
            LaunchError: The Hub did not do it.
        """
        with self._launching(f"the job {job_id}", write=True):
            self._api.cancel_job(job_id=job_id, namespace=self._jobs_namespace())

    def job_hardware(self) -> list[dict[str, Any]]:
        """The machines and their prices, as the Hub lists them; empty where it does not. One request."""
        with contextlib.suppress(HubError), self._asking("the machines for jobs"):
            # The client's own values drop the form that `evaluators.runs.flavors` reads.
            response = get_session().get(f"{self.endpoint}/api/jobs/hardware", headers=self._headers())
            hf_raise_for_status(response)
            listed = response.json()
            return [row for row in listed if isinstance(row, dict)] if isinstance(listed, list) else []
        return []

    def _jobs_namespace(self) -> str:
        return self.jobs_account or self.me().name

    @contextlib.contextmanager
    def _launching(self, what: str, *, write: bool = False) -> Iterator[None]:
        """Around every call of the client: what it raises, as a launcher says it."""
        try:
            with self._asking(what, write=write):
                yield
        except HubUnavailable as error:
            kind = NotTakenError if error.not_taken else NotAnsweredError
            raise kind(f"{error} Try again later.") from error
        except HubGone as error:
            raise NoSuchRunError(f"The Hub does not show {what}: it is not there, or not for this token.") from error
        except HubDenied as error:
            raise LaunchError(f"The token may not use jobs ({what}): give one that may, with credit.") from error
        except HubError as error:
            cause = error.__cause__
            if isinstance(cause, HfHubHTTPError) and cause.response.status_code == 402:
                raise PaymentRequiredError(NO_CREDIT) from error
            raise LaunchError(str(error)) from error


def _seen(job: hf.JobInfo) -> JobSeen:
    durations = job.durations
    seconds = durations.running_secs if durations else None
    if job.finished_at is not None and job.started_at is None:
        # It never got its machine.
        seconds = 0
    return JobSeen(
        id=job.id,
        stage=str(getattr(job.status.stage, "value", job.status.stage)),
        message=job.status.message or "",
        url=job.url,
        flavor=str(getattr(job.flavor, "value", job.flavor) or ""),
        seconds=seconds,
        labels=dict(job.labels or {}),
        environment={name: str(value) for name, value in (job.environment or {}).items()},
    )
