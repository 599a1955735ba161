"""A program starts itself anew without its secrets: other processes of the same user may read its environment."""

import contextlib
import ctypes
import json
import os
import sys
from collections.abc import Mapping, Sequence

PIPE = "SCOREKEEPER_PIPE"
_SET_DUMPABLE = 4


def start_anew(arguments: Sequence[str], environment: Mapping[str, str], hidden: Mapping[str, str]) -> None:
    """Become this Python with these arguments and variables; `hidden` is for `received`. Does not return."""
    reader, writer = os.pipe()
    os.set_inheritable(reader, True)  # noqa: FBT003 - the standard library's own signature
    if os.fork() == 0:
        # A pipe holds 64 KB: a child writes, while the reader becomes the program.
        os.close(reader)
        with os.fdopen(writer, "w", encoding="utf-8") as pipe:
            json.dump(dict(hidden), pipe)
        os._exit(0)
    os.close(writer)
    variables = {**environment, PIPE: str(reader)}
    os.execve(sys.executable, [sys.executable, *arguments], variables)  # noqa: S606 - itself, no shell


def received() -> dict[str, str]:
    """What was hidden. From here on, the memory that holds it is closed to others of the same user, but not to root."""
    with contextlib.suppress(OSError, AttributeError):
        ctypes.CDLL(None).prctl(_SET_DUMPABLE, 0, 0, 0, 0)
    with os.fdopen(int(os.environ.pop(PIPE)), encoding="utf-8") as pipe:
        hidden: dict[str, str] = json.load(pipe)
    return hidden
