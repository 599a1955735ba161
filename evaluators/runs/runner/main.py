"""The way in: `python runner.pyz FOLDER`, with the plan and the nonce in the environment.

The first thing it does is start itself anew with nothing but the usual in its environment, as every process of the
same user can read that; the nonce, the tokens and whatever else there was come through a pipe instead.
"""

import base64
import json
import os
import sys
import zlib
from pathlib import Path

from . import marked
from .children import surroundings
from .plan import Plan
from .run import Run

PLAN, NONCE, PIPE = "SCOREKEEPER_PLAN", "SCOREKEEPER_NONCE", "SCOREKEEPER_PIPE"
SECRETS = ("HF_TOKEN", "SCOREKEEPER_RESULTS_TOKEN")


def main(arguments: list[str]) -> int:
    """Run the plan in a folder. The exit code is 0 for success and 1 otherwise; only the printed result counts."""
    work = Path(arguments[0]).resolve()
    if NONCE in os.environ:
        _start_anew(arguments)
    with os.fdopen(int(os.environ.pop(PIPE)), encoding="utf-8") as pipe:
        hidden = json.load(pipe)
    work.mkdir(parents=True, exist_ok=True)
    plan = Plan.from_json(zlib.decompress(base64.b64decode(hidden[PLAN])).decode())
    nonce = hidden[NONCE]
    os.environ.update({name: hidden[name] for name in plan.keep if name in hidden})
    result = Run(plan, nonce, work, {name: hidden[name] for name in SECRETS if name in hidden}).execute()
    for line in marked.lines(json.dumps(result, sort_keys=True, separators=(",", ":")), nonce):
        sys.stdout.write(line + "\n")
    sys.stdout.flush()
    return 0 if result["state"] == "success" else 1


def _start_anew(arguments: list[str]) -> None:
    hidden = {name: value for name, value in os.environ.items() if value}
    reader, writer = os.pipe()
    os.set_inheritable(reader, True)  # noqa: FBT003 - the standard library's own signature
    if os.fork() == 0:
        # A pipe holds 64 KB: a child writes, while the reader becomes the runner.
        os.close(reader)
        with os.fdopen(writer, "w", encoding="utf-8") as pipe:
            json.dump(hidden, pipe)
        os._exit(0)
    os.close(writer)
    environment = {**surroundings(), PIPE: str(reader)}
    os.execve(sys.executable, [sys.executable, sys.argv[0], *arguments], environment)  # noqa: S606 - itself, no shell
