"""What tests of runs that comments ask for share: requests, and what is there in the database."""

import itertools
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from bot.asked_runs import Accepted, AskedRun, AskedRuns, Refused, Request, RunStage, Same
from bot.records import Records
from evaluators.runs.spec import Backend, Framework, RunSpec

ANY = frozenset(RunStage)
OWNER, OPERATOR, STRANGER = "a" * 24, "b" * 24, "c" * 24
_numbers = itertools.count(1)


def spec(**more: Any) -> RunSpec:
    """A specification that no other call gives, unless a seed is named."""
    values: dict[str, Any] = {
        "model": "heron-labs/heron-8b",
        "revision": "1" * 40,
        "tasks": ("gsm8k",),
        "seed": next(_numbers),
    }
    return RunSpec(framework=Framework.INSPECT, backend=Backend.VLLM, **(values | more))


def request(**more: Any) -> Request:
    """A request of an owner, in a comment of its own."""
    values: dict[str, Any] = {
        "repo_id": "r1",
        "repo_name": "heron-labs/heron-8b",
        "discussion": 3,
        "comment_id": f"{next(_numbers):024x}",
        "line": 1,
        "asker": OWNER,
        "role": "owner",
        "spec": spec(),
        "ref": "main",
        "launcher": "jobs",
        "flavor": "l4x1",
        "estimate_usd": 0.4,
        "most_usd": 1.0,
        "needs_approval": False,
        "notes": ("The number of examples is 8.",),
    }
    return Request(**(values | more))


def unapproved(**more: Any) -> Request:
    """A request of a stranger."""
    return request(**({"asker": STRANGER, "role": "stranger", "needs_approval": True} | more))


@contextmanager
def asked_runs(url: str, size: int = 2) -> Iterator[AskedRuns]:
    """The rows, with connections of their own."""
    with Records(url, size) as records:
        yield AskedRuns(records)


def let_in(outcome: Accepted | Same | Refused) -> AskedRun:
    """The run of an acceptance."""
    assert isinstance(outcome, Accepted), outcome
    return outcome.run


def why_not(outcome: Accepted | Same | Refused) -> str:
    """The sentence of a refusal."""
    assert isinstance(outcome, Refused), outcome
    return outcome.sentence


def settle(runs: AskedRuns, run_id: int, cost_usd: float | None) -> AskedRun | None:
    """What a run did cost becomes known, or not."""
    if cost_usd is None:
        return runs.run(run_id)
    return runs.set(run_id, expect=ANY, cost_usd=cost_usd)
