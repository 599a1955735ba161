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
from .anew import received, start_anew
from .children import surroundings
from .plan import Plan
from .run import Run

PLAN, NONCE = "SCOREKEEPER_PLAN", "SCOREKEEPER_NONCE"
SECRETS = ("HF_TOKEN", "SCOREKEEPER_RESULTS_TOKEN")


def main(arguments: list[str]) -> int:
    """Run the plan in a folder. The exit code is 0 for success and 1 otherwise; only the printed result counts."""
    work = Path(arguments[0]).resolve()
    if NONCE in os.environ:
        hidden = {name: value for name, value in os.environ.items() if value}
        start_anew([sys.argv[0], *arguments], surroundings(), hidden)
    hidden = received()
    work.mkdir(parents=True, exist_ok=True)
    plan = Plan.from_json(zlib.decompress(base64.b64decode(hidden[PLAN])).decode())
    nonce = hidden[NONCE]
    os.environ.update({name: hidden[name] for name in plan.keep if name in hidden})
    result = Run(plan, nonce, work, {name: hidden[name] for name in SECRETS if name in hidden}).execute()
    for line in marked.lines(json.dumps(result, sort_keys=True, separators=(",", ":")), nonce):
        sys.stdout.write(line + "\n")
    sys.stdout.flush()
    return 0 if result["state"] == "success" else 1
