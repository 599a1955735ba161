"""One run from its plan to its result, whatever happens on the way."""

import json
import os
import socket
import sys
import time
import traceback
import urllib.error
import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

from . import facts, inspect_log, lighteval_log
from .causes import cause, lines_about
from .children import RUN, Child, Clock, Log, Stopped, surroundings
from .findings import Findings
from .plan import INSPECT, Command, Plan, Server, filled

DOWNLOAD = """
import json, os, sys
from huggingface_hub import snapshot_download
repo, revision, folder = sys.argv[1:4]
print(snapshot_download(repo, revision=revision, local_dir=folder, allow_patterns=json.loads(sys.argv[4])))
"""
UPLOAD = """
import sys
from huggingface_hub import HfApi
repo, path, folder = sys.argv[1:4]
HfApi().upload_folder(repo_id=repo, repo_type="dataset", folder_path=folder, path_in_repo=path)
"""
LOG, RESULT, STATE = "log.txt", "result.json", "state.json"
TOKEN = "HF_TOKEN"  # noqa: S105 - the name of a variable
# Where the Hub's client looks for the token of whoever logged in on this machine; it finds none.
LOGIN = "HF_TOKEN_PATH"
MAX_DETAIL = 4000
# The result is printed after the upload, and a job has five minutes after its time limit for both.
UPLOAD_LIMIT = 150


class Failed(Exception):  # noqa: N818 - the name says what is the case
    """The run cannot go on; `kind` is one of the kinds of `evaluators.runs.result.ErrorKind`."""

    def __init__(self, kind: str, detail: str) -> None:
        super().__init__(kind)
        self.kind, self.detail = kind, detail


@dataclass
class Run:
    """One run: where it is and how far it got."""

    plan: Plan
    nonce: str
    work: Path
    tokens: Mapping[str, str]
    places: dict[str, str] = field(default_factory=dict)
    findings: Findings = field(default_factory=Findings)
    config_sha: str | None = None
    revision: str | None = None
    log_url: str | None = None

    def __post_init__(self) -> None:
        self.clock = Clock(self.plan.time_limit)
        self.log = Log(self.work / LOG, [*self.tokens.values(), self.nonce], _say)
        self.started = _now()

    def execute(self) -> dict[str, Any]:
        """Do it all. Returns the result, which is also written into the folder; never raises."""
        kind, detail = None, ""
        try:
            self.clock.listen()
            self._prepare()
            self._evaluate()
            kind, detail = self.findings.kind, self.findings.detail
        except Stopped as stopped:
            kind = stopped.kind
        except Failed as failed:
            kind, detail = failed.kind, failed.detail
        except Exception:  # noqa: BLE001 - whatever it is, the result has to say so
            kind, detail = "internal", traceback.format_exc()
        result = self._result(kind, detail)
        _write(self.work / RESULT, json.dumps(result, sort_keys=True))
        self._stage("done")
        return result

    def _prepare(self) -> None:
        for name, text in self.plan.files.items():
            (self.work / Path(name).name).write_text(text, encoding="utf-8")
        self.places = {"work": str(self.work), "model": str(self.work / "model"), "port": str(_free_port())}
        self.places["python"] = filled(self.plan.python, self.places) or sys.executable
        for argv in self.plan.setup:
            self._stage("installing")
            self._run(argv, {}, "launch_failed")
        snapshot = self.plan.snapshot
        if snapshot is not None:
            self._stage("downloading the model")
            wanted = (snapshot.repo, snapshot.revision, self.places["model"], json.dumps(snapshot.patterns))
            self._run((self.places["python"], "-c", DOWNLOAD, *wanted), self._token(), "not_found")
            config = self.work / "model" / "config.json"
            self.config_sha = facts.sha256(config) if config.is_file() else None
            self.revision = snapshot.revision

    def _evaluate(self) -> None:
        if self.plan.server is None:
            self._commands()
            return
        server = self._start(self.plan.server)
        try:
            self._commands()
            if server.code is not None:
                # Whatever the framework says then, this is why.
                self.findings.kind = cause(server.tail, server.code) or self.findings.kind or "no_result"
                self.findings.detail = f"The server ended.\n{lines_about(server.tail)}"
        finally:
            server.end()

    def _commands(self) -> None:
        for number, command in enumerate(self.plan.commands):
            self._stage(f"evaluating {command.task}")
            out = self.work / "logs" / str(number)
            out.mkdir(parents=True)
            self.places["out"] = str(out)
            # Setting up may fail with a code; that it went well is for the log to say.
            child = self._child(command.argv, {**command.env, **(self._token() if command.token else {})})
            code = child.wait(self.clock)
            found = self._read(out, command)
            if found.kind is not None or not found.tasks:
                found.problem(cause(child.tail, code) or found.kind, lines_about(child.tail))
            self.findings.add(found)

    def _read(self, out: Path, command: Command) -> Findings:
        if self.plan.reader == INSPECT:
            return inspect_log.read(out, command.task)
        return lighteval_log.read(out, command.task, self._count)

    def _count(self, paths: list[Path]) -> Mapping[str, list[int]]:
        child = self._child((self.places["python"], "-c", lighteval_log.COUNT, *map(str, paths)), {})
        if child.wait(self.clock) != 0:
            raise Failed("no_result", child.tail)
        counts: Mapping[str, list[int]] = json.loads(child.tail.rpartition("COUNTS ")[2])
        return counts

    def _start(self, server: Server) -> Child:
        self._stage("starting the server")
        child = self._child(server.argv, dict(server.env))
        try:
            self._until_ready(child, filled(server.health, self.places), server.start_limit)
        except BaseException:
            child.end()
            raise
        return child

    def _until_ready(self, child: Child, url: str, seconds: float) -> None:
        end = time.monotonic() + seconds
        while not _answers(url):
            self.clock.check()
            if child.code is not None:
                raise Failed(cause(child.tail, child.code) or "broken_model", lines_about(child.tail))
            if time.monotonic() > end:
                raise Failed("time_limit", f"The server was not ready after {seconds:.0f} seconds.")
            time.sleep(0.5)

    def _run(self, argv: tuple[str, ...], env: Mapping[str, str], otherwise: str) -> None:
        child = self._child(argv, env)
        if child.wait(self.clock) != 0:
            raise Failed(cause(child.tail, child.code) or otherwise, lines_about(child.tail))

    def _child(self, argv: tuple[str, ...], env: Mapping[str, str]) -> Child:
        words = [filled(word, self.places) for word in argv]
        given = {name: filled(value, self.places) for name, value in env.items()}
        env = {**surroundings(self.plan.keep), **given, RUN: str(self.work), LOGIN: str(self.work / "login" / "token")}
        return Child(words, env, self.work, self.log)

    def _token(self) -> dict[str, str]:
        return {TOKEN: self.tokens[TOKEN]} if TOKEN in self.tokens else {}

    def _upload(self) -> None:
        """The framework's whole logs go to the results' data set, where the token for it was given."""
        token = self.tokens.get("SCOREKEEPER_RESULTS_TOKEN")
        if self.plan.results is None or token is None or not (self.work / "logs").is_dir():
            return
        repo, path = self.plan.results
        argv = (self.places["python"], "-c", UPLOAD, repo, path, str(self.work / "logs"))
        # A run that was cancelled or ran out of time may still hand in its logs.
        if Child(argv, {**surroundings(), TOKEN: token}, self.work, self.log).wait(Clock(UPLOAD_LIMIT)) == 0:
            self.log_url = f"{os.environ.get('HF_ENDPOINT', 'https://huggingface.co')}/datasets/{repo}/tree/main/{path}"

    def _result(self, kind: str | None, detail: str) -> dict[str, Any]:
        try:
            self._upload()
        except Exception:  # noqa: BLE001 - the numbers matter more than their long form
            self.log.line(traceback.format_exc())
        python = self.places.get("python", sys.executable)
        logs = self.findings.logs
        state = "success" if kind is None else "cancelled" if kind == "cancelled" else "failed"
        for secret in (*self.tokens.values(), self.nonce):
            detail = detail.replace(secret, "[redacted]")
        return {
            "version": 1,
            "spec_id": self.plan.spec_id,
            "nonce": self.nonce,
            "state": state,
            "error": None if kind is None else {"kind": kind, "sentence": "", "detail": detail[-MAX_DETAIL:]},
            "tasks": self.findings.tasks,
            "model": {"repo": self.plan.spec["model"], "revision": self.revision, "config_sha": self.config_sha},
            "versions": facts.versions(python, self.plan.reader, surroundings(self.plan.keep)),
            "hardware": facts.hardware(),
            "started": self.started,
            "finished": _now(),
            "tokens": self.findings.tokens,
            "cost_usd": None,
            "log": {"sha256": facts.sha256(*logs), "url": self.log_url} if logs else None,
        }

    def _stage(self, stage: str) -> None:
        _say(f"scorekeeper: {stage}")
        _write(self.work / STATE, json.dumps({"stage": stage, "at": _now()}))


def _say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


def _write(path: Path, text: str) -> None:
    """All or nothing: somebody may be reading."""
    part = path.with_suffix(".part")
    part.write_text(text, encoding="utf-8")
    part.replace(path)


def _now() -> str:
    return datetime.now(timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")  # noqa: UP017 - Python 3.10 has no datetime.UTC


def _free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        port: int = found.getsockname()[1]
        return port


def _answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=5) as answer:  # noqa: S310 - our own server on the loopback interface
            return bool(answer.status == 200)
    except (OSError, urllib.error.URLError):
        return False
