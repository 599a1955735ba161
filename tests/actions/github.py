"""GitHub's API for workflows on a port of this machine; a dispatch is really executed, in a thread.

`details`: whether a dispatch answers with the run (200), says nothing (204), or does not know the question (400).
`hide_newest`: how many lists do not have the newest run yet.
"""

import json
import re
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, Literal
from urllib.parse import parse_qsl, urlsplit

import yaml

from tests.actions.expressions import filled
from tests.actions.runner import PROJECT, Runner

REPO, BRANCH = "heron-labs/evaluations", "main"
WRITE, READ = "ghp_may_start_workflows", "ghp_reads_only"
Answer = tuple[int, object, Mapping[str, str]]


@dataclass
class Run:
    """One run of a workflow."""

    number: int
    title: str
    runner: Runner
    status: str = "queued"
    event: str = "workflow_dispatch"
    conclusion: str | None = None
    created: datetime = field(default_factory=lambda: datetime.now(UTC))
    done: threading.Event = field(default_factory=threading.Event)


@dataclass
class GitHub:
    """The server and what it holds. `secrets` and `variables` are those of the repo; `surroundings` of its runners."""

    folder: Path
    url: str = ""
    secrets: Mapping[str, str] = field(default_factory=dict)
    variables: Mapping[str, str] = field(default_factory=dict)
    surroundings: Mapping[str, str] = field(default_factory=dict)
    details: Literal["told", "silent", "unknown"] = "told"
    held: bool = False
    lose_answers: int = 0
    hide_newest: int = 0
    runs: list[Run] = field(default_factory=list)
    storage_headers: list[Mapping[str, str]] = field(default_factory=list)
    replaced: bytes | None = None
    requests: list[str] = field(default_factory=list)

    def answer(self, method: str, target: str, headers: Mapping[str, str], body: Any) -> Answer:
        """One request."""
        path, query = urlsplit(target).path, dict(parse_qsl(urlsplit(target).query))
        self.requests.append(f"{method} {target}")
        if path.startswith("/storage/"):
            self.storage_headers.append(dict(headers))
            return 200, self.replaced or self._run(path.rpartition("/")[2]).runner.artifacts["evaluation"], {}
        token = headers.get("Authorization", "").removeprefix("Bearer ")
        if token not in {WRITE, READ}:
            return 401, {"message": "Bad credentials"}, {}
        if method == "POST" and token == READ:
            return 403, {"message": "Resource not accessible by personal access token"}, {}
        for pattern, handler in self._routes():
            found = re.fullmatch(f"{method} /repos/{REPO}{pattern}", f"{method} {path}")
            if found:
                return handler(query if method == "GET" else body, *found.groups())
        return 404, {"message": "Not Found"}, {}

    def _routes(self) -> list[tuple[str, Callable[..., Answer]]]:
        return [
            ("", lambda _: (200, {"default_branch": BRANCH}, {})),
            (r"/actions/workflows/(evaluate\.yml)/dispatches", self._dispatch),
            (r"/actions/workflows/evaluate\.yml/runs", self._list),
            (r"/actions/runs/(\d+)", lambda _, number: (200, self._shown(self._run(number)), {})),
            (r"/actions/runs/(\d+)/cancel", self._cancel),
            (r"/actions/runs/(\d+)/artifacts", self._artifacts),
            (r"/actions/artifacts/(\d+)/zip", lambda _, number: (302, {}, {"Location": self._storage(number)})),
        ]

    def _dispatch(self, body: Any, name: str) -> Answer:
        path = PROJECT / ".github" / "workflows" / name
        workflow = yaml.safe_load(path.read_text())
        # YAML reads the key `on` as a truth value.
        known = workflow[True]["workflow_dispatch"]["inputs"]
        if body["ref"] != BRANCH or not set(body["inputs"]) <= set(known):
            return 422, {"message": "Unexpected inputs provided"}, {}
        if not all(isinstance(text, str) for text in body["inputs"].values()):
            return 422, {"message": "inputs must be strings"}, {}
        if "return_run_details" in body and self.details == "unknown":
            return 400, {"message": "return_run_details is not a permitted key"}, {}
        given = {key: body["inputs"].get(key, about.get("default", "")) for key, about in known.items()}
        inputs = {key: text == "true" if known[key].get("type") == "boolean" else text for key, text in given.items()}
        contexts = {
            "inputs": inputs,
            "secrets": dict(self.secrets),
            "vars": dict(self.variables),
            "github": {"run_id": str(len(self.runs) + 1), "repository": REPO},
        }
        number = 1000 + len(self.runs)
        runner = Runner(self.folder / str(number), self.surroundings, contexts)
        run = Run(number, filled(workflow["run-name"], contexts), runner)
        self.runs.append(run)
        if not self.held:
            threading.Thread(target=self._execute, args=(run, path), daemon=True).start()
        if self.lose_answers:
            self.lose_answers -= 1
            return 502, {"message": "Server Error"}, {}
        if self.details == "told" and body.get("return_run_details"):
            return 200, {"workflow_run_id": number, "run_url": "", "html_url": self._page(run)}, {}
        return 204, None, {}

    def _execute(self, run: Run, path: Path) -> None:
        run.status = "in_progress"
        good = False
        try:
            good = run.runner.workflow(path)
        finally:
            run.conclusion = "success" if good else "failure"
            run.status = "completed"
            run.done.set()

    def _list(self, query: Mapping[str, str]) -> Answer:
        runs, size, page = self.runs[::-1], int(query.get("per_page", 30)), int(query.get("page", 1))
        if self.hide_newest:
            self.hide_newest -= 1
            runs = runs[1:]
        shown = runs[:1000][size * (page - 1) : size * page]
        return 200, {"total_count": len(runs), "workflow_runs": [self._shown(run) for run in shown]}, {}

    def _cancel(self, _: Any, number: str) -> Answer:
        run = self._run(number)
        if run.status == "completed":
            return 409, {"message": "Cannot cancel a workflow run that is completed."}, {}
        run.status, run.conclusion = "completed", "cancelled"
        return 202, {}, {}

    def _artifacts(self, _: Any, number: str) -> Answer:
        names = self._run(number).runner.artifacts
        return 200, {"artifacts": [{"id": int(number), "name": name, "expired": False} for name in names]}, {}

    def _run(self, number: str) -> Run:
        return next(run for run in self.runs if run.number == int(number))

    def _storage(self, number: str) -> str:
        # Another origin, as GitHub's storage is.
        return f"{self.url.replace('127.0.0.1', 'localhost')}/storage/{number}"

    def _page(self, run: Run) -> str:
        return f"https://github.example/{REPO}/actions/runs/{run.number}"

    def _shown(self, run: Run) -> dict[str, Any]:
        return {
            "id": run.number,
            "display_title": run.title,
            "event": run.event,
            "status": run.status,
            "conclusion": run.conclusion,
            "html_url": self._page(run),
            "created_at": run.created.strftime("%Y-%m-%dT%H:%M:%SZ"),
        }


@contextmanager
def github(folder: Path) -> Iterator[GitHub]:
    """GitHub, listening."""
    hub = GitHub(folder)

    class Handler(BaseHTTPRequestHandler):
        def _answer(self) -> None:
            length = int(self.headers.get("Content-Length") or 0)
            body = json.loads(self.rfile.read(length) or "null")
            try:
                status, content, headers = hub.answer(self.command, self.path, dict(self.headers), body)
            except StopIteration:
                status, content, headers = 404, {"message": "Not Found"}, {}
            data = content if isinstance(content, bytes) else b"" if content is None else json.dumps(content).encode()
            self.send_response(status)
            for name, value in {**headers, "Content-Length": str(len(data))}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(data)

        do_GET = do_POST = _answer  # noqa: N815 - the names of the standard library

        def log_message(self, *_arguments: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        hub.url = f"http://127.0.0.1:{server.server_port}"
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        try:
            yield hub
        finally:
            server.shutdown()
            thread.join()
