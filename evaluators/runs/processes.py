"""Processes that outlive whoever started them (Linux): known by number and start, ended with all they started."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

PAUSE = 0.05
START_LIMIT = 30
# Between the process and us, so that nobody has to wait for it: its parent is the first process of the machine.
# It notes its number before it becomes the command.
_DETACH = """
import json, os, sys
output, note, *command = sys.argv[1:]
reader, writer = os.pipe()
if os.fork():
    os.close(writer)
    sys.exit(not os.read(reader, 1))
os.setsid()
with open(os.devnull, "rb") as empty, open(output, "ab") as lines:
    os.dup2(empty.fileno(), 0)
    os.dup2(lines.fileno(), 1)
    os.dup2(lines.fileno(), 2)
with open("/proc/self/stat") as stat, open("/proc/sys/kernel/random/boot_id") as boot:
    started = int(stat.read().rpartition(")")[2].split()[19])
    found = {"pid": os.getpid(), "started": started, "boot": boot.read().strip()}
with open(note + ".part", "w") as file:
    json.dump(found, file)
os.replace(note + ".part", note)
os.write(writer, b"1")
os.execv(command[0], command)
"""


@dataclass(frozen=True, slots=True)
class Process:
    """A process of this machine: numbers are used again, so its start (in ticks since the machine's) belongs to it."""

    pid: int
    started: int
    boot: str

    @property
    def alive(self) -> bool:
        """Whether it runs; one that ended and nobody asked after does not."""
        with suppress(OSError, ValueError, IndexError):
            # The name in parentheses may hold anything; the state is the first field after it, the start the 20th.
            fields = Path(f"/proc/{self.pid}/stat").read_text(errors="replace").rpartition(")")[2].split()
            same = int(fields[19]) == self.started and _boot() == self.boot
            return same and fields[0] not in "ZX"
        return False

    def end(self, patience: float) -> None:
        """Ask it to end, and make it after so many seconds."""
        for number in (signal.SIGTERM, signal.SIGKILL):
            with suppress(ProcessLookupError):
                if self.alive:
                    os.kill(self.pid, number)
            end = time.monotonic() + patience
            while self.alive and time.monotonic() < end:
                time.sleep(PAUSE)


def detach(argv: Sequence[str], env: Mapping[str, str], output: Path, note: Path) -> None:
    """Start a process in a session of its own; `argv` begins with a path. Its number stands in `note` afterwards.

    Raises:
        OSError: It cannot be started.
    """
    words = [sys.executable, "-c", _DETACH, str(output), str(note), *argv]
    try:
        # A command is a list, never a line for a shell.
        subprocess.run(words, env=dict(env), check=True, timeout=START_LIMIT, capture_output=True)  # noqa: S603
    except subprocess.SubprocessError as error:
        raise OSError(f"{argv[0]} did not start") from error


def end_all(name: str, value: str) -> None:
    """Kill every process that has a variable of this name and value in its environment."""
    end = time.monotonic() + START_LIMIT
    while (found := list(_with(name, value))) and time.monotonic() < end:
        for pid in found:
            with suppress(ProcessLookupError, PermissionError):
                os.kill(pid, signal.SIGKILL)
        time.sleep(PAUSE)


def _with(name: str, value: str) -> Iterator[int]:
    entry = f"{name}={value}".encode()
    for path in Path("/proc").iterdir():
        # Of one that ended, and of those of others, there is nothing to read.
        with suppress(OSError):
            if path.name.isdecimal() and entry in (path / "environ").read_bytes().split(b"\0"):
                yield int(path.name)


def _boot() -> str:
    return Path("/proc/sys/kernel/random/boot_id").read_text().strip()
