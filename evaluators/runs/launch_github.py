"""Runs on GitHub: the companion workflow, started by hand or by us, on a runner with a GPU.

A run is known by its request id, `<specification>-<nonce>`, which the workflow puts into the run's name; so it is found
again whatever GitHub answered to the start. The workflow makes its own commands from the specification, and hands back
an artifact. What is in it was written on a machine that ran the model: only two names are read, up to a size.
"""

import io
import json
import re
import zipfile
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from time import monotonic, sleep
from typing import Any
from urllib.parse import quote

import httpx2

from evaluators.runs import handover
from evaluators.runs.launch_jobs import NotAnsweredError
from evaluators.runs.launcher import LaunchError, NoSuchRunError, Order, Stage, Status, Submitted
from evaluators.runs.result import ResultError, RunResult

API, VERSION = "https://api.github.com", "2022-11-28"
WORKFLOW, ARTIFACT, RESULT, LOG = "evaluate.yml", "evaluation", "result.json", "log.txt"
RUNNER = '["self-hosted", "linux", "x64", "gpu"]'
TIMEOUT = 30.0
# How long a run that was just started may take to be listed.
PATIENCE = 60.0
PAUSE = 2.0
MOST_RUNS = 100
MAX_ARCHIVE, MAX_FILE = 20 * 1024 * 1024, 8 * 1024 * 1024
PACKED = {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED}
_TITLE = re.compile(r"eval ([0-9a-f]{16})-([0-9a-f]{32})")
# Inputs of the workflow of their own; everything else of a specification travels in `options`.
_INPUTS = ("model", "revision", "framework", "backend")
_OPERATORS = ("remote_code", "pickle")
_EXPLAINED = {
    401: "GitHub does not accept GITHUB_TOKEN: it is wrong or has expired.",
    403: "GITHUB_TOKEN may not start workflows there: it needs the permission Actions, read and write.",
    404: "GitHub shows no such workflow: check SCOREKEEPER_GITHUB_REPO, and that its default branch has the workflow.",
    422: "GitHub refused the inputs: the workflow there is of another version than this program.",
}


@dataclass(frozen=True)
class GitHubLauncher:
    """Runs of one repo's workflow. `runs_on` is a runner's label, or a JSON list of labels."""

    repo: str
    token: str = field(repr=False)
    workflow: str = WORKFLOW
    runs_on: str = RUNNER
    api: str = API
    name: str = "github"

    def submit(self, order: Order) -> Submitted:
        """Start a run, or return the one of the same specification that waits or runs.

        Raises:
            LaunchError: GitHub did not take it, or nobody knows whether it did.
        """
        live = (run for run, status in self._listed() if run.spec_id == order.plan.spec_id and not status.stage.over)
        before = next(live, None)
        if before is not None:
            return before
        branch = str(self._json("GET", "")["default_branch"])
        body = {"ref": branch, "inputs": self._inputs(order), "return_run_details": True}
        path = f"/actions/workflows/{quote(self.workflow)}/dispatches"
        try:
            answer = self._ask("POST", path, json=body)
            if answer.status_code == 400:
                # Older servers do not know the flag.
                del body["return_run_details"]
                answer = self._ask("POST", path, json=body)
        except NotAnsweredError:
            found = self._by_nonce(order, 0.0)
            if found is None:
                raise
            return found
        self._explain(answer)
        if answer.status_code == 200 and (number := _mapping(answer).get("workflow_run_id")):
            url = _mapping(answer).get("html_url")
            return Submitted(str(number), order.plan.spec_id, order.nonce, str(url) if url else None)
        found = self._by_nonce(order, PATIENCE)
        if found is None:
            raise NotAnsweredError("GitHub took the run and does not list it yet: look again with eval list.")
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

    def _by_nonce(self, order: Order, patience: float) -> Submitted | None:
        """A run that was just started, as soon as it is listed."""
        end = monotonic() + patience
        while True:
            found = next((run for run, _ in self._listed() if run.nonce == order.nonce), None)
            if found is not None or monotonic() >= end:
                return found
            sleep(PAUSE)

    def find(self, spec_id: str) -> Submitted | None:
        """The newest attempt of a specification, over or not; None where there is none."""
        return next((run for run in self.runs() if run.spec_id == spec_id), None)

    def get(self, run: str) -> Submitted:
        """A run by its number."""
        found = _submitted(self._run(run))
        if found is None:
            raise NoSuchRunError(f"The run {run} of {self.repo} is no evaluation with a request id of ours.")
        return found

    def runs(self) -> list[Submitted]:
        """The last hundred runs, the newest first."""
        return [run for run, _ in self._listed()]

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
        answer = self._ask("POST", f"/actions/runs/{run.id}/cancel")
        if answer.status_code != 409:
            self._explain(answer)

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
        listed = self._json("GET", f"/actions/runs/{run.id}/artifacts").get("artifacts")
        for one in listed if isinstance(listed, list) else []:
            if one.get("name") == ARTIFACT and not one.get("expired"):
                return _unpacked(self._download(f"/actions/artifacts/{int(one['id'])}/zip"))
        return {}

    def _download(self, path: str) -> bytes:
        data = bytearray()
        try:
            # GitHub sends on to a storage of its own, which must not see the token: the client drops it there.
            with self._client() as client, client.stream("GET", self._url(path), follow_redirects=True) as answer:
                if answer.is_error:
                    answer.read()
                    self._explain(answer)
                for chunk in answer.iter_bytes():
                    data += chunk
                    if len(data) > MAX_ARCHIVE:
                        raise LaunchError(f"The artifact has more than {MAX_ARCHIVE // 1024**2} MB, so it is not read.")
        except httpx2.HTTPError as error:
            raise NotAnsweredError("GitHub did not send the artifact. Try again later.") from error
        return bytes(data)

    def _run(self, run: str) -> Mapping[str, Any]:
        answer = self._ask("GET", f"/actions/runs/{quote(run, safe='')}")
        if answer.status_code == 404:
            raise NoSuchRunError(f"There is no run {run} in {self.repo}, or GITHUB_TOKEN may not see it.")
        self._explain(answer)
        return _mapping(answer)

    def _listed(self) -> Iterator[tuple[Submitted, Status]]:
        path = f"/actions/workflows/{quote(self.workflow)}/runs?event=workflow_dispatch&per_page={MOST_RUNS}"
        listed = self._json("GET", path).get("workflow_runs")
        for one in listed if isinstance(listed, list) else []:
            found = _submitted(one)
            if found is not None:
                yield found, _status(one)

    def _json(self, method: str, path: str) -> Mapping[str, Any]:
        answer = self._ask(method, path)
        self._explain(answer)
        return _mapping(answer)

    def _ask(self, method: str, path: str, json: object = None) -> httpx2.Response:
        try:
            with self._client() as client:
                answer = client.request(method, self._url(path), json=json)
        except httpx2.HTTPError as error:
            raise NotAnsweredError("GitHub could not be reached. Try again later.") from error
        if answer.status_code >= 500 or answer.status_code == 429:
            raise NotAnsweredError(f"GitHub answered {answer.status_code}. Try again later.")
        return answer

    def _client(self) -> httpx2.Client:
        headers = {
            "Accept": "application/vnd.github+json",
            "Authorization": f"Bearer {self.token}",
            "X-GitHub-Api-Version": VERSION,
            "User-Agent": "scorekeeper",
        }
        return httpx2.Client(headers=headers, timeout=TIMEOUT)

    def _url(self, path: str) -> str:
        return f"{self.api}/repos/{self.repo}{path}"

    def _explain(self, answer: httpx2.Response) -> None:
        if answer.is_error:
            status = answer.status_code
            raise LaunchError(_EXPLAINED.get(status, f"GitHub answered {status}, which is not known to happen."))


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


def _mapping(answer: httpx2.Response) -> Mapping[str, Any]:
    try:
        data = answer.json()
    except ValueError:
        data = None
    if not isinstance(data, dict):
        raise LaunchError("GitHub's answer was not understood: check GITHUB_API_URL.")
    return data


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
