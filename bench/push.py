"""Measure the way from a push to a pull request, with the real service against a local Hub.

usage: python -m bench.push [--repos N] [--json]

For each repo: a push that opens the pull request, one that changes a score, one that changes only prose, and an event
that nobody wants; each once nothing else is under way. Times run from the moment the push was answered to the end of
the look. The floor is the same requests to the Hub, made back to back by the same client, without webhook, queue or
extraction.
"""

import argparse
import contextlib
import json
import statistics
import sys
import time
from collections import defaultdict
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import psycopg
from rich.console import Console
from rich.progress import track
from rich.table import Table

from bot.cli.demo_stage import BOT, BOT_TOKEN, Stage, stage
from bot.hub import Hub
from bot.hub_requests import counting

OWNER = "bench-labs"
UNWANTED, PROSE, FIRST, UPDATE = "unwanted event", "prose only", "first pull request", "update"
FLOOR = "floor of the first pull request"
KINDS = (UNWANTED, PROSE, FIRST, UPDATE, FLOOR)
CARD = """# {name}

{prose}

## Evaluation

Accuracy in percent.

| Benchmark | {name} | Egret-9B |
|---|---|---|
| MMLU-Pro | {score} | 50.1 |
| GSM8K | 86.3 | 70.2 |
"""


def main() -> None:
    """Run it and print the figures."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", maxsplit=1)[0])
    parser.add_argument("--repos", type=int, default=50)
    parser.add_argument("--json", action="store_true", help="print JSON")
    options = parser.parse_args()
    # Standard output is for the figures; what anything else says goes where the progress does.
    with contextlib.redirect_stdout(sys.stderr), stage(OWNER, settle=0.0) as running:
        figures = measure(running, options.repos)
    if options.json:
        print(json.dumps(figures, indent=2))
        return
    shown = Table(
        *("what", "decision", "n", "p50 ms", "p95 ms", "Hub requests"),
        title=f"{options.repos} repos, one push at a time\nSCOREKEEPER_SETTLE is 0 here; by default a look waits 5 s",
    )
    for name, one in figures.items():
        shown.add_row(name, *(_shown(one[key]) for key in ("decision", "n", "p50_ms", "p95_ms", "requests")))
    Console().print(shown)


def measure(running: Stage, repos: int) -> dict[str, dict[str, Any]]:
    """The figures of each kind of push, in the order of `KINDS`."""
    # What is asked once, such as whose the token is, belongs to no push.
    _one_repo(running, "Warmup-1B", Figures())
    figures = Figures()
    for number in track(range(repos), description="pushing", console=Console(stderr=True)):
        _one_repo(running, f"Model-{number}B", figures)
    return {
        kind: {
            "decision": ", ".join(sorted(figures.decisions[kind])),
            "n": repos,
            "p50_ms": _quantile(figures.times[kind], 50),
            "p95_ms": _quantile(figures.times[kind], 95),
            "requests": ", ".join(map(str, sorted(figures.requests[kind]))),
        }
        for kind in KINDS
    }


@dataclass
class Figures:
    """What was measured, by kind."""

    times: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    requests: dict[str, set[int]] = field(default_factory=lambda: defaultdict(set))
    decisions: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))


def _one_repo(running: Stage, name: str, figures: Figures) -> None:
    repo = f"{OWNER}/{name}"
    running.author.create_repo(repo)
    for kind, prose, score in ((FIRST, "A model.", "54.7"), (UPDATE, "A model.", "55.9"), (PROSE, "Better.", "55.9")):
        _wait_until_quiet(running)
        commit = running.author.upload_file(
            path_or_fileobj=CARD.format(name=name, prose=prose, score=score).encode(),
            path_in_repo="README.md",
            repo_id=repo,
        )
        pushed = time.time()
        look = running.look_at(commit.oid)
        figures.times[kind].append(_since(pushed, look.finished_at))
        figures.requests[kind].add(look.requests)
        figures.decisions[kind].add(look.decision)
    _wait_until_quiet(running)
    before = len(running.hub.requests(BOT))
    running.author.create_branch(repo, branch="side")
    _wait_until_quiet(running)
    figures.requests[UNWANTED].add(len(running.hub.requests(BOT)) - before)
    figures.decisions[UNWANTED].add("ignored")
    milliseconds, count = _floor(running, repo)
    figures.times[FLOOR].append(milliseconds)
    figures.requests[FLOOR].add(count)


def _wait_until_quiet(running: Stage) -> None:
    """Until what an earlier event started is done: our own pull requests are events, too."""
    running.hub.wait_idle(timeout=20)
    query = "select count(*) from procrastinate_jobs where status in ('todo', 'doing')"
    with psycopg.connect(running.database_url, autocommit=True) as connection:
        while connection.execute(query).fetchone() != (0,):
            time.sleep(0.02)


def _since(pushed: float, finished: datetime) -> float:
    return (finished.timestamp() - pushed) * 1000


def _floor(running: Stage, repo: str) -> tuple[float, int]:
    """The requests of a first pull request, by hand. Returns milliseconds, and how many requests there were."""
    hub = Hub(running.hub.url, BOT_TOKEN)
    hub.me()
    started = time.perf_counter()
    with counting() as requests:
        card = hub.card(repo)
        hub.repo(repo)
        hub.pulls_of(repo, BOT)
        hub.open_pull(repo, {"floor.txt": repo}, "Floor", "Floor", card.commit or "")
    return (time.perf_counter() - started) * 1000, len(requests)


def _shown(value: object) -> str:
    return "-" if value in {None, ""} else str(value)


def _quantile(values: list[float], percent: int) -> float | None:
    if not values:
        return None
    if len(values) == 1:
        return round(values[0], 1)
    return round(statistics.quantiles(values, n=100, method="inclusive")[percent - 1], 1)


if __name__ == "__main__":
    try:
        main()
    except psycopg.Error as error:
        sys.exit(f"The database failed: {type(error).__name__}.")
