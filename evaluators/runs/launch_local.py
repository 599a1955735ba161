"""Runs on this machine (Linux): each in a folder of its own, going on when the command that started it ends.

All that is known of a run stands in its folder, `<specification>-<nonce's first 8 digits>`: the order, the process, its
output, and in `work` what the runner writes. Another process, hours later, reads the same and can end it.
"""

import fcntl
import json
import os
import re
import shutil
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from pathlib import Path

from evaluators.runs import handover, processes
from evaluators.runs.launcher import LaunchError, NoSuchRunError, Order, Stage, Status, Submitted, attempt
from evaluators.runs.processes import Process
from evaluators.runs.result import ResultError, RunResult, State
from evaluators.runs.runner.children import RUN, surroundings
from evaluators.runs.runner.run import RESULT, STATE

ORDER, PROCESS, OUTPUT, WORK = "order.json", "process.json", "output.txt", "work"
LIST = "scorekeeper eval list --on local shows those there are"
# The runner ends its children within 20 seconds each.
PATIENCE = 45.0
PAUSE = 0.2
MOST_BYTES = 1_000_000
_ID = re.compile(r"[0-9a-f]{16}-[0-9a-f]{8}")


@dataclass(frozen=True)
class LocalLauncher:
    """Runs below a folder. `pythons` are the interpreters of the frameworks' environments, by framework.

    `variables` are set for the frameworks beside the usual ones of this process (`evaluators.runs.runner.children`),
    such as HF_ENDPOINT. No token of this process is handed on, only those of the order.
    """

    folder: Path
    pythons: Mapping[str, str]
    variables: Mapping[str, str] = field(default_factory=dict)
    name: str = "local"

    def submit(self, order: Order) -> Submitted:
        """Start a run, or return the one of this attempt, or that of the same specification that is not over.

        Raises:
            LaunchError: There is no environment for the framework, or the folder cannot be written to.
        """
        python = self.pythons.get(order.plan.reader)
        if python is None or shutil.which(python) is None:
            raise LaunchError(
                f"There is no environment for {order.plan.reader}{f' at {python}' if python else ''}: set "
                f"SCOREKEEPER_ENV_{order.plan.reader.upper()} to the Python of one."
            )
        try:
            with self._lock():
                seen = list(self._attempts(order.plan.spec_id))
                before = attempt(seen, order.nonce) or attempt([one for one in seen if not one[1].over], None)
                return before or self._start(order, python)
        except handover.TooLargeError as error:
            raise LaunchError(str(error)) from error
        except OSError as error:
            raise LaunchError(f"The run cannot be started in {self.folder}: {error}.") from error

    def _start(self, order: Order, python: str) -> Submitted:
        run = Submitted(f"{order.plan.spec_id}-{order.nonce[:8]}", order.plan.spec_id, order.nonce)
        home = self.folder / run.id
        # A start that was cut off before the order was written left an empty folder.
        home.mkdir(mode=0o700, exist_ok=True)
        text = {"spec_id": run.spec_id, "nonce": run.nonce, "title": order.title, "at": time.time()}
        part = home / f"{ORDER}.part"
        part.write_text(json.dumps(text), encoding="utf-8")
        part.replace(home / ORDER)
        plan = replace(order.plan, python=order.plan.python or os.path.abspath(python))  # noqa: PTH100 - a link stays one
        processes.detach(
            handover.command(sys.executable),
            {
                **surroundings(plan.keep),
                **self.variables,
                **order.secrets,
                **handover.environment(plan, order.nonce),
                handover.OUT: str((home / WORK).absolute()),
            },
            home / OUTPUT,
            home / PROCESS,
        )
        return run

    def find(self, spec_id: str, nonce: str | None = None) -> Submitted | None:
        """An attempt of a specification: that of the nonce; without one, what waits or runs, else the newest."""
        return attempt(self._attempts(spec_id), nonce)

    def _attempts(self, spec_id: str) -> Iterator[tuple[Submitted, Stage]]:
        return ((run, self._stage(run.id)) for run in self.runs() if run.spec_id == spec_id)

    def get(self, run: str) -> Submitted:
        """A run by its name.

        Raises:
            NoSuchRunError: There is none.
        """
        return self._read(run)[1]

    def runs(self) -> list[Submitted]:
        """All runs, the newest first."""
        found: list[tuple[float, Submitted]] = []
        for home in self.folder.iterdir() if self.folder.is_dir() else ():
            with suppress(NoSuchRunError):
                found.append(self._read(home.name))
        return [run for _, run in sorted(found, key=lambda one: one[0], reverse=True)]

    def status(self, run: Submitted) -> Status:
        """How far it got: running with what the runner says it does, ended, cancelled, or lost with its process."""
        stage = self._stage(run.id)
        if stage is Stage.RUNNING:
            with suppress(OSError, ValueError):
                return Status(stage, str(json.loads((self._home(run.id) / WORK / STATE).read_text())["stage"])[:200])
        if stage is Stage.LOST:
            return Status(stage, "The process of the run ended without a result, as after a restart of the machine.")
        return Status(stage)

    def _stage(self, run: str) -> Stage:
        process = self._process(run)
        alive = process is not None and process.alive
        # Looked at second: a runner writes its result before it ends.
        state = self._state(run)
        if state is not None:
            return Stage.CANCELLED if state == State.CANCELLED else Stage.ENDED
        if alive:
            return Stage.RUNNING
        return Stage.WAITING if process is None and self._is_starting() else Stage.LOST

    def logs(self, run: Submitted, *, follow: bool = False) -> Iterator[str]:
        """The lines that were printed so far; with `follow`, until the run is over."""
        path = self._home(run.id) / OUTPUT
        rest = b""
        position = 0
        while True:
            over = not follow or self._is_over(run.id)
            if path.is_file():
                with path.open("rb") as file:
                    file.seek(position)
                    *lines, rest = (rest + file.read()).split(b"\n")
                    position = file.tell()
                for line in lines:
                    yield line.decode("utf-8", errors="replace")
            if over:
                break
            time.sleep(PAUSE)
        if rest:
            yield rest.decode("utf-8", errors="replace")

    def cancel(self, run: Submitted) -> None:
        """End it: politely first, so that the runner says what came of it; then everything that it started."""
        process = self._process(run.id)
        if process is not None and not self._stage(run.id).over:
            process.end(PATIENCE)
        # A runner that was killed could not end its children.
        processes.end_all(RUN, str((self._home(run.id) / WORK).absolute()))

    def result(self, run: Submitted) -> RunResult | None:
        """What came of it; None while there is none.

        Raises:
            LaunchError: The file with the result is not what a runner writes.
        """
        text = self._result_text(run.id)
        if text is None:
            return None
        try:
            return handover.read_result(text, run.spec_id, run.nonce)
        except (ResultError, ValueError) as error:
            raise LaunchError(f"The result of the run {run.id} cannot be read: {error}.") from error

    def _is_over(self, run: str) -> bool:
        process = self._process(run)
        # The output goes on after the result is written: its end is the end of the process.
        return self._stage(run).over and (process is None or not process.alive)

    def _state(self, run: str) -> str | None:
        with suppress(ValueError, AttributeError):
            return str(json.loads(self._result_text(run) or "").get("state"))
        return None

    def _result_text(self, run: str) -> str | None:
        path = self._home(run) / WORK / RESULT
        with suppress(OSError), path.open(encoding="utf-8", errors="replace") as file:
            return file.read(MOST_BYTES)
        return None

    def _process(self, run: str) -> Process | None:
        with suppress(OSError, ValueError, KeyError):
            return Process(**json.loads((self._home(run) / PROCESS).read_text()))
        return None

    def _read(self, run: str) -> tuple[float, Submitted]:
        try:
            data = json.loads((self._home(run) / ORDER).read_text())
            return float(data["at"]), Submitted(run, str(data["spec_id"]), str(data["nonce"]))
        except (OSError, ValueError, KeyError) as error:
            raise NoSuchRunError(
                f"There is no run {run} in {self.folder}: `eval list --on local` shows those there are."
            ) from error

    def _home(self, run: str) -> Path:
        if not _ID.fullmatch(run):
            raise NoSuchRunError(f"{run[:60]!r} is no name of a run: {LIST}.")
        return self.folder / run

    @contextmanager
    def _lock(self) -> Iterator[None]:
        self.folder.mkdir(parents=True, exist_ok=True)
        with (self.folder / ".lock").open("w") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            yield

    def _is_starting(self) -> bool:
        with suppress(OSError), (self.folder / ".lock").open() as file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                return True
        return False
