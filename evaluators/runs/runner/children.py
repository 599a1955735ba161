"""Child processes: each in a session of its own, its output passed on and kept, ended whole when time is up."""

import contextlib
import os
import signal
import subprocess
import threading
import time
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from types import FrameType

# What a process needs of its surroundings to find its programs, its GPU and its caches; no secret is among them.
USUAL = (
    *("PATH", "HOME", "LANG", "LC_ALL", "TZ", "TMPDIR", "USER", "LD_LIBRARY_PATH", "LD_PRELOAD", "SSL_CERT_FILE"),
    *("HF_ENDPOINT", "HF_HOME", "XDG_CACHE_HOME", "HF_HUB_DISABLE_XET", "UV_FIND_LINKS", "UV_CACHE_DIR"),
    *(
        "CUDA_VISIBLE_DEVICES",
        "CUDA_HOME",
        "NVIDIA_VISIBLE_DEVICES",
        "NVIDIA_DRIVER_CAPABILITIES",
        "REQUESTS_CA_BUNDLE",
        # By this, GitHub finds what a job left behind.
        "RUNNER_TRACKING_ID",
    ),
)
# By this, all that a run started can be found, even when the runner was killed.
RUN = "SCOREKEEPER_RUN"
GRACE = 10.0
# Each of eight GPUs may end with a traceback of its own; the cause stands in the first.
KEPT_LINES = 2000
LONGEST_LINE = 4000
MOST_BYTES = 50 * 1024 * 1024


class Stopped(Exception):  # noqa: N818 - the name says what is the case
    """The run has to end; `kind` is cancelled or time_limit."""

    def __init__(self, kind: str) -> None:
        super().__init__(kind)
        self.kind = kind


class Clock:
    """The time limit of the whole run, and whether somebody asked it to stop."""

    def __init__(self, seconds: float) -> None:
        self._end = time.monotonic() + seconds
        self._cancelled = threading.Event()

    def listen(self) -> None:
        """From now on, SIGTERM and SIGINT cancel the run."""

        def cancel(_number: int, _frame: FrameType | None) -> None:
            self._cancelled.set()

        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, cancel)

    def check(self) -> None:
        """Raises Stopped when time is up or the run was cancelled."""
        if self._cancelled.is_set():
            raise Stopped("cancelled")
        if time.monotonic() >= self._end:
            raise Stopped("time_limit")


class Log:
    """What children print: to our own output and to a file, line by line, without secrets, up to a size."""

    def __init__(self, path: Path, secrets: Sequence[str], say: Callable[[str], None]) -> None:
        self._file = path.open("a", encoding="utf-8")
        self._secrets = [one for one in secrets if one]
        self._say = say
        self._left = MOST_BYTES
        self._lock = threading.Lock()

    def line(self, text: str) -> str:
        """Pass one line on. Returns it as it was written."""
        for secret in self._secrets:
            text = text.replace(secret, "[redacted]")
        text = text[:LONGEST_LINE]
        with self._lock:
            self._left -= len(text) + 1
            if self._left > 0:
                self._say(text)
                self._file.write(text + "\n")
                self._file.flush()
        return text


class Child:
    """A running process; its last lines are kept."""

    def __init__(self, argv: Sequence[str], env: Mapping[str, str], folder: Path, log: Log) -> None:
        self._log = log
        self._tail: deque[str] = deque(maxlen=KEPT_LINES)
        # A command is a list, never a line for a shell.
        self._process = subprocess.Popen(  # noqa: S603 - the plan was made by us
            list(argv),
            env=dict(env),
            cwd=folder,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self) -> None:
        if self._process.stdout is not None:
            for raw in self._process.stdout:
                # A progress bar writes many states into one line; the last is the one to keep.
                text = raw.decode("utf-8", errors="replace").rstrip().rpartition("\r")[2]
                self._tail.append(self._log.line(text))

    @property
    def code(self) -> int | None:
        """The exit code, or None while it runs."""
        return self._process.poll()

    @property
    def tail(self) -> str:
        """The last lines that it printed."""
        return "\n".join(self._tail)

    def wait(self, clock: Clock, pause: float = 0.1) -> int:
        """Wait for the end; a run that has to stop takes the process along.

        Raises:
            Stopped: Time is up, or the run was cancelled.
        """
        try:
            while (code := self._process.poll()) is None:
                clock.check()
                with contextlib.suppress(subprocess.TimeoutExpired):
                    self._process.wait(pause)
            self._reader.join(GRACE)
        finally:
            self.end()
        return code

    def end(self) -> None:
        """End the process and everything it started: politely, then by force."""
        for number, patience in ((signal.SIGTERM, GRACE), (signal.SIGKILL, GRACE)):
            members = _session(self._process.pid)
            if not members and self._process.poll() is not None:
                break
            for pid in members or [self._process.pid]:
                with contextlib.suppress(ProcessLookupError, PermissionError):
                    os.kill(pid, number)
            end = time.monotonic() + patience
            while time.monotonic() < end and (self._process.poll() is None or _session(self._process.pid)):
                time.sleep(0.05)
        self._reader.join(GRACE)


def _session(leader: int) -> list[int]:
    """The living processes of a session: a child that made a process group of its own is still in it."""
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdecimal():
            with contextlib.suppress(OSError, IndexError, ValueError):
                # The name in parentheses may hold anything; state, parent, group and session follow it.
                state, _, _, session = (entry / "stat").read_text(errors="replace").rpartition(")")[2].split()[:4]
                if int(session) == leader and state != "Z":
                    found.append(int(entry.name))
    return found


def surroundings(keep: Sequence[str] = ()) -> dict[str, str]:
    """The environment that every child gets: what is usual and what is named, nothing else."""
    return {name: os.environ[name] for name in (*USUAL, *keep) if name in os.environ}
