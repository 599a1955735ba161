"""Runs as a launcher starts them, two at a time, with what each took."""

import json
import subprocess
import threading
from collections.abc import Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from time import monotonic
from types import TracebackType
from typing import Any, Self

import psutil

from evaluators.runs import handover
from evaluators.runs.launch_local import LocalLauncher
from evaluators.runs.launcher import Order, Submitted
from evaluators.runs.result import RunResult
from evaluators.runs.runner.plan import Plan

_ROWS = """
import json, sys
import pyarrow.parquet as parquet

rows = [row for path in sys.argv[1:] for row in parquet.read_table(path).to_pylist()]
asked = [(row["doc"]["task_name"], row["doc"]["query"], row["model_response"]) for row in rows]
best = lambda one: one["logprobs"].index(max(one["logprobs"])) if one["logprobs"] else None
print(json.dumps(sorted([task, query, (one["text"] or [""])[0], str(best(one))] for task, query, one in asked)))
"""
AT_ONCE = 2
LIMIT = 600


@dataclass(frozen=True)
class Outcome:
    """A run that is over. `peak` is the most memory that all its processes had, in GB."""

    run: Submitted
    result: RunResult
    output: str
    folder: Path
    seconds: float
    peak: float

    def answers(self, number: int) -> list[str]:
        """What the model wrote for each sample of a command, from inspect's log."""
        (path,) = (self.folder / "work" / "logs" / str(number)).glob("*.json")
        samples = sorted(json.loads(path.read_text())["samples"], key=_key)
        return [_whole(one["output"]["choices"][0]["message"]["content"]) for one in samples]

    def rows(self, python: str) -> list[list[str]]:
        """Task, question, and what the model wrote or which choice it took, from lighteval's details."""
        paths = sorted(map(str, (self.folder / "work" / "logs").rglob("details_*.parquet")))
        done = subprocess.run([python, "-c", _ROWS, *paths], check=True, capture_output=True, timeout=60)
        return [[_whole(text) for text in row] for row in json.loads(done.stdout)]


def _whole(text: str) -> str:
    # A letter whose last bytes were cut off is shown by some as a mark and left out by others.
    return text.rstrip("\ufffd")


def _key(sample: Mapping[str, Any]) -> str:
    return str(sample["input"])


class Pool:
    """Starts runs when there is a place for them."""

    def __init__(self, launcher: LocalLauncher) -> None:
        self._launcher = launcher
        self._places = ThreadPoolExecutor(AT_ONCE)
        self._started: dict[str, Future[Outcome]] = {}
        self._submitted: list[Submitted] = []
        self.took: dict[str, tuple[float, float]] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._places.shutdown(wait=False, cancel_futures=True)
        for run in self._submitted:
            self._launcher.cancel(run)
        self._places.shutdown()

    def start(self, name: str, plan: Plan, secrets: Mapping[str, str] | None = None) -> None:
        """Have a run done as soon as there is a place for it."""
        self._started[name] = self._places.submit(self._do, name, plan, secrets or {})

    def end(self, name: str) -> Outcome:
        """Wait until it is over."""
        return self._started[name].result(LIMIT)

    def _do(self, name: str, plan: Plan, secrets: Mapping[str, str]) -> Outcome:
        began = monotonic()
        run = self._launcher.submit(Order(plan, handover.new_nonce(), secrets))
        self._submitted.append(run)
        over = threading.Event()
        peak = [0.0]
        watch = threading.Thread(target=_watch, args=(self._launcher.folder / run.id, over, peak))
        watch.start()
        try:
            output = "\n".join(self._launcher.logs(run, follow=True))
        finally:
            over.set()
            watch.join()
        seconds = monotonic() - began
        self.took[name] = (seconds, peak[0])
        result = self._launcher.result(run)
        assert result is not None, output
        return Outcome(run, result, output, self._launcher.folder / run.id, seconds, peak[0])


def _watch(folder: Path, over: threading.Event, peak: list[float]) -> None:
    pid = json.loads((folder / "process.json").read_text())["pid"]
    while not over.wait(0.5):
        try:
            family = [psutil.Process(pid), *psutil.Process(pid).children(recursive=True)]
            peak[0] = max(peak[0], sum(_memory(one) for one in family) / 1e9)
        except psutil.NoSuchProcess:
            return


def _memory(process: psutil.Process) -> int:
    try:
        return int(process.memory_info().rss)
    except psutil.NoSuchProcess:
        return 0
