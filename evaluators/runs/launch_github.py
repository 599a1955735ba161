"""Runs on GitHub: the companion workflow, started by hand or by us, on a runner with a GPU.

A run is known by its request id, `<specification>-<nonce>`, which the workflow puts into the run's name; so it is found
again whatever GitHub answered to the start, which is asked for once. The workflow makes its own commands from the
specification, and hands back an artifact. What is in it was written on a machine that ran the model: only two names are
read, up to a size.
"""

import io
import json
import re
import zipfile
import zlib
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cached_property
from time import sleep
from typing import Any
from urllib.parse import quote, urlencode

from evaluators.runs import github_api, handover
from evaluators.runs.github_api import GitHubApi, explain, mapping
from evaluators.runs.launcher import (
    LaunchError,
    NoSuchRunError,
    NotAnsweredError,
    NotTakenError,
    Order,
    Stage,
    Status,
    Submitted,
    attempt,
    look_again,
)
from evaluators.runs.result import ResultError, RunResult

WORKFLOW, ARTIFACT, RESULT, LOG = "evaluate.yml", "evaluation", "result.json", "log.txt"
RUNNER = '["self-hosted", "linux", "x64", "gpu"]'
# How long a run that was just started may take to be listed.
PATIENCE = 60.0
PAUSE = 2.0
# GitHub lists so many at a time, and no more than a thousand in all.
PAGE, MOST_PAGES = 100, 10
# A run waits a day for a machine for each of its jobs, and the longest job has a day. Artifacts are kept for 90 days.
LIVES, REMEMBERED = timedelta(days=4), timedelta(days=90)
MAX_ARCHIVE, MAX_FILE = 20 * 1024 * 1024, 8 * 1024 * 1024
PACKED = {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED}
_TITLE = re.compile(r"eval ([0-9a-f]{16})-([0-9a-f]{32})")
# Inputs of the workflow of their own; everything else of a specification travels in `options`.
_INPUTS = ("model", "revision", "framework", "backend")
_OPERATORS = ("remote_code", "pickle")


@dataclass(frozen=True)
class GitHubLauncher:
    """Runs of one repo's workflow. `runs_on` is a runner's label, or a JSON list of labels."""

    repo: str
    token: str = field(repr=False)
    workflow: str = WORKFLOW
    runs_on: str = RUNNER
    api: str = github_api.URL
    name: str = "github"
    patience: float | None = None

    @property
    def _patience(self) -> float:
        """Seconds. Who comes back by themselves need not wait here."""
        return PATIENCE if self.patience is None else self.patience

    @cached_property
    def _api(self) -> GitHubApi:
        return GitHubApi(self.repo, self.token, self.api)

    def submit(self, order: Order) -> Submitted:
        """Start a run, or return the one of this attempt, or that of the same specification that waits or runs.

        Raises:
            LaunchError: GitHub did not take it; NotAnsweredError where nobody knows whether it did.
        """
        before = self._look(order)
        if before is not None:
            return before
        branch = str(self._api.json("GET", "")["default_branch"])
        body = {"ref": branch, "inputs": self._inputs(order), "return_run_details": True}
        path = f"/actions/workflows/{quote(self.workflow)}/dispatches"
        try:
            answer = self._api.ask("POST", path, json=body)
            if answer.status_code == 400:
                # Older servers do not know the flag.
                del body["return_run_details"]
                answer = self._api.ask("POST", path, json=body)
        except NotTakenError:
            raise
        except NotAnsweredError:
            # It is never asked for twice: what was taken shows in the list, in the end.
            return self._listed_in_the_end(order, "GitHub did not answer, and lists no such run")
        explain(answer)
        # An answer that cannot be read is that of a run all the same.
        with suppress(LaunchError):
            told = mapping(answer) if answer.status_code == 200 else {}
            if number := told.get("workflow_run_id"):
                url = told.get("html_url")
                return Submitted(str(number), order.plan.spec_id, order.nonce, str(url) if url else None)
        return self._listed_in_the_end(order, "GitHub took the run and does not list it yet")

    def _look(self, order: Order) -> Submitted | None:
        """The attempt of this nonce, or one of the same specification that waits or runs."""
        seen = list(self._attempts(order.plan.spec_id, LIVES))
        live = [(run, stage) for run, stage in seen if not stage.over]
        return attempt(seen, order.nonce) or attempt(live, None)

    def _listed_in_the_end(self, order: Order, otherwise: str) -> Submitted:
        found = look_again(lambda: self.find(order.plan.spec_id, order.nonce), self._patience, PAUSE)
        if found is None:
            raise NotAnsweredError(f"{otherwise}: look with scorekeeper eval list --on github before you ask again.")
        return found

    def _inputs(self, order: Order) -> dict[str, str]:
        spec = order.plan.spec
        own = {name: str(spec[name]) for name in _INPUTS}
        others = {*_INPUTS, *_OPERATORS, "tasks", "limit", "version"}
        options = {name: value for name, value in spec.items() if name not in others and value is not None}
        return own | {
            "tasks": ",".join(spec["tasks"]),
            "limit": "" if spec["limit"] is None else str(spec["limit"]),
            "options": json.dumps(options, sort_keys=True, separators=(",", ":")),
            "runs-on": self.runs_on,
            "request-id": f"{order.plan.spec_id}-{order.nonce}",
        }

    def find(self, spec_id: str, nonce: str | None = None) -> Submitted | None:
        """An attempt of the last 90 days: that of the nonce; without one, what waits or runs, else the newest."""
        return attempt(self._attempts(spec_id, REMEMBERED), nonce)

    def _attempts(self, spec_id: str, age: timedelta) -> Iterator[tuple[Submitted, Stage]]:
        return ((run, status.stage) for run, status in self._listed(age) if run.spec_id == spec_id)

    def get(self, run: str) -> Submitted:
        """A run by its number."""
        found = _submitted(self._run(run))
        if found is None:
            raise NoSuchRunError(f"The run {run} of {self.repo} is no evaluation with a request id of ours.")
        return found

    def runs(self) -> list[Submitted]:
        """The runs of the last 90 days, the newest first, at most a thousand."""
        return [run for run, _ in self._listed(REMEMBERED)]

    def status(self, run: Submitted) -> Status:
        """How far it got, and GitHub's word for it."""
        return _status(self._run(run.id))

    def logs(self, run: Submitted, *, follow: bool = False) -> Iterator[str]:
        """The log in the artifact; before there is one, how far the run got."""
        said = ""
        while not (status := self.status(run)).stage.over:
            if status.words != said:
                said = status.words
                yield f"[{said}]"
            if not follow:
                return
            sleep(PAUSE)
        yield from (self._artifact(run).get(LOG) or "").splitlines()

    def cancel(self, run: Submitted) -> None:
        """End it; a run that is over stays as it is."""
        answer = self._api.ask("POST", f"/actions/runs/{run.id}/cancel")
        if answer.status_code != 409:
            explain(answer)

    def result(self, run: Submitted) -> RunResult | None:
        """What came of it, out of the artifact; None where there is none.

        Raises:
            LaunchError: The artifact is too large, or its result is not what a runner writes.
        """
        text = self._artifact(run).get(RESULT)
        try:
            return handover.read_result(text, run.spec_id, run.nonce) if text is not None else None
        except (ResultError, ValueError) as error:
            raise LaunchError(f"The result in the artifact of run {run.id} cannot be read: {error}") from error

    def _artifact(self, run: Submitted) -> dict[str, str]:
        """The files of ours in the run's artifact, by name."""
        listed = self._api.json("GET", f"/actions/runs/{run.id}/artifacts").get("artifacts")
        for one in listed if isinstance(listed, list) else []:
            if one.get("name") == ARTIFACT and not one.get("expired"):
                return _unpacked(self._api.download(f"/actions/artifacts/{int(one['id'])}/zip", MAX_ARCHIVE))
        return {}

    def _run(self, run: str) -> Mapping[str, Any]:
        answer = self._api.ask("GET", f"/actions/runs/{quote(run, safe='')}")
        if answer.status_code == 404:
            raise NoSuchRunError(f"There is no run {run} in {self.repo}, or GITHUB_TOKEN may not see it.")
        explain(answer)
        return mapping(answer)

    def _listed(self, age: timedelta) -> Iterator[tuple[Submitted, Status]]:
        """The runs that are not older, the newest first. One request for each hundred, made when it is needed."""
        since = (datetime.now(UTC) - age).strftime("%Y-%m-%dT%H:%M:%SZ")
        seen: set[str] = set()
        for page in range(1, MOST_PAGES + 1):
            query = urlencode({"event": "workflow_dispatch", "per_page": PAGE, "page": page})
            rows = self._api.json("GET", f"/actions/workflows/{quote(self.workflow)}/runs?{query}").get("workflow_runs")
            rows = rows if isinstance(rows, list) else []
            for one in rows:
                if str(one.get("created_at") or since) < since:
                    return
                found = _submitted(one)
                # A run that starts in between moves the others on, and one of them to the next page.
                if found is not None and found.id not in seen:
                    seen.add(found.id)
                    yield found, _status(one)
            if len(rows) < PAGE:
                return


def _status(run: Mapping[str, Any]) -> Status:
    state, conclusion = str(run.get("status")), str(run.get("conclusion") or "")
    if state == "completed":
        return Status(Stage.CANCELLED if conclusion == "cancelled" else Stage.ENDED, conclusion[:100])
    return Status(Stage.RUNNING if state == "in_progress" else Stage.WAITING, state.replace("_", " ")[:100])


def _submitted(run: Mapping[str, Any]) -> Submitted | None:
    # The title of a run for a pull request is for its author to choose, and so is what it hands over.
    ours = run.get("event") == "workflow_dispatch"
    named = _TITLE.fullmatch(str(run.get("display_title") or "")) if ours else None
    url = run.get("html_url")
    return Submitted(str(run["id"]), named[1], named[2], str(url) if url else None) if named else None


def _unpacked(data: bytes) -> dict[str, str]:
    """The two files that are ours. What an archive says of its sizes is not believed."""
    found = {}
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            for name in (RESULT, LOG):
                # A program that packs in any other way is not the one that hands over artifacts.
                if name in archive.namelist() and archive.getinfo(name).compress_type in PACKED:
                    with archive.open(name) as file:
                        text = file.read(MAX_FILE + 1)
                    if len(text) <= MAX_FILE:
                        found[name] = text.decode("utf-8", errors="replace")
    except (zipfile.BadZipFile, zlib.error, RuntimeError, OSError, ValueError, EOFError) as error:
        raise LaunchError("The artifact is no archive that can be read.") from error
    return found
