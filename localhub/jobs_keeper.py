"""Keeps one job's processes together: run as a script between the Hub and the job's command.

Starts the command in a process group of its own. When the command ends, or standard input does, whatever is left of
its processes is killed: the group, and on Linux also those that left the group. The Hub holds the other end of
standard input, so nothing of a job outlives it, however the Hub is stopped.
Exits as the command did; 127 when there is no such command.
"""

import contextlib
import ctypes
import os
import signal
import subprocess
import sys
import threading
from pathlib import Path

NOT_FOUND = 127
# From linux/prctl.h: processes whose parent ends become children of this one.
_PR_SET_CHILD_SUBREAPER = 36


def main(command: list[str]) -> int:
    """Run the command; returns its exit code, 128 and the signal's number when one ended it."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
    try:
        child = subprocess.Popen(command, stdin=subprocess.DEVNULL, start_new_session=True)  # noqa: S603 - the purpose
    except OSError as error:
        sys.stderr.write(f"{command[0]}: {error.strerror}\n")
        return NOT_FOUND
    threading.Thread(target=_stop_with_input, args=(child.pid,), daemon=True).start()
    code = child.wait()
    _kill_group(child.pid)
    while strays := _children():
        for pid in strays:
            os.kill(pid, signal.SIGKILL)
            os.waitpid(pid, 0)
    return code if code >= 0 else 128 - code


def _stop_with_input(group: int) -> None:
    while os.read(sys.stdin.fileno(), 1024):
        pass
    _kill_group(group)


def _kill_group(group: int) -> None:
    # Nothing of it may be left; macOS says so with a permission error.
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(group, signal.SIGKILL)


def _children() -> list[int]:
    found = Path("/proc/self/task").glob("*/children")
    return [int(pid) for path in found for pid in path.read_text(encoding="ascii").split()]


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
