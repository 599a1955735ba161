"""Measure the way from a push to a pull request, with the real service against a local Hub.

usage: python -m bench.push [--repos N] [--json]

For each repo: a push that opens the pull request, one that changes a score, one that changes only prose, and an event
that nobody wants. Times run from the moment the push was answered to the end of the look. The floor is the same
requests to the Hub, made back to back by the same client, without webhook, queue or extraction.
"""

import argparse
import json
import statistics
import sys
import time
from collections import defaultdict
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
    with stage(OWNER, settle=0.0) as running:
        figures = measure(running, options.repos)
    if options.json:
        print(json.dumps(figures, indent=2))
        return
    shown = Table(
        "what", "decision", "n", "p50 ms", "p95 ms", "Hub requests", title=f"{options.repos} repos, one push at a time"
    )
    for name, one in figures.items():
        shown.add_row(name, *(str(one[key]) for key in ("decision", "n", "p50_ms", "p95_ms", "requests")))
    Console().print(shown)


def measure(running: Stage, repos: int) -> dict[str, dict[str, Any]]:
    """The figures of each kind of push."""
    times: dict[str, list[float]] = defaultdict(list)
    requests: dict[str, set[int]] = defaultdict(set)
    decisions: dict[str, set[str]] = defaultdict(set)
    for number in track(range(repos), description="pushing", console=Console(stderr=True)):
        name = f"Model-{number}B"
        repo = f"{OWNER}/{name}"
        running.author.create_repo(repo)
        for kind, prose, score in (
            ("first pull request", "A model.", "54.7"),
            ("update", "A model.", "55.9"),
            ("prose only", "A better model.", "55.9"),
        ):
            commit = running.author.upload_file(
                path_or_fileobj=CARD.format(name=name, prose=prose, score=score).encode(),
                path_in_repo="README.md",
                repo_id=repo,
            )
            pushed = time.time()
            look = running.look_at(commit.oid)
            times[kind].append(_since(pushed, look.finished_at))
            requests[kind].add(look.requests)
            decisions[kind].add(look.decision)
        times["floor of the first pull request"].append(_floor(running, repo))
        before = len(running.hub.requests(BOT))
        running.author.create_branch(repo, branch="side")
        running.hub.wait_idle(timeout=20)
        requests["unwanted event"].add(len(running.hub.requests(BOT)) - before)
        decisions["unwanted event"].add("ignored")
    return {
        kind: {
            "decision": ", ".join(sorted(decisions[kind])),
            "n": repos,
            "p50_ms": _quantile(times[kind], 50),
            "p95_ms": _quantile(times[kind], 95),
            "requests": ", ".join(map(str, sorted(requests[kind]))),
        }
        for kind in requests.keys() | times.keys()
    }


def _since(pushed: float, finished: datetime) -> float:
    return (finished.timestamp() - pushed) * 1000


def _floor(running: Stage, repo: str) -> float:
    """The requests of a first pull request, by hand. Returns milliseconds."""
    hub = Hub(running.hub.url, BOT_TOKEN)
    hub.me()
    started = time.perf_counter()
    with counting():
        card = hub.card(repo)
        hub.repo(repo)
        hub.pulls_of(repo, BOT)
        hub.open_pull(repo, {"floor.txt": repo}, "Floor", "Floor", card.commit or "")
    return (time.perf_counter() - started) * 1000


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
