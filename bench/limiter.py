"""Measure what the limiter adds to a request to the Hub: alone, and to real requests against a local Hub.

usage: python -m bench.limiter [--requests N] [--json]

The database is the embedded one on this machine; elsewhere a request to the limiter costs four round trips to it.
"""

import argparse
import contextlib
import json
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import httpx2
from rich.console import Console
from rich.table import Table

from bot import database
from bot.hub import Hub
from bot.hub_requests import limited_by
from bot.limiter import Limiter
from bot.limiter_store import Shared
from localhub import LocalHub, Org, Repo, Seed, User

REPO, TOKEN = "acme/heron", "hf_bench"
TAKE, ADMIT, WITHOUT, WITH = "take one", "admit a look", "request without limiter", "request with limiter"


def main() -> None:
    """Run it and print the figures."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", maxsplit=1)[0])
    parser.add_argument("--requests", type=int, default=400)
    parser.add_argument("--json", action="store_true", help="print JSON")
    options = parser.parse_args()
    figures = measure(options.requests)
    if options.json:
        print(json.dumps(figures, indent=2))
        return
    table = Table("what", "p50 ms", "p99 ms", title=f"{options.requests} times each, one after the other")
    for name, (median, slow) in figures.items():
        table.add_row(name, f"{median:.2f}", f"{slow:.2f}")
    Console().print(table)


def measure(count: int) -> dict[str, tuple[float, float]]:
    """Median and 99th percentile in milliseconds, by what was measured."""
    seed = Seed(users=[User("bench", TOKEN)], orgs=[Org("acme", {"bench": "admin"})], repos=[Repo(REPO)])
    with contextlib.ExitStack() as stack:
        # Short: a socket's path may only have about a hundred characters.
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="sk-")))
        url = stack.enter_context(database.embedded(folder / "pg"))
        database.migrate(url)
        local = stack.enter_context(LocalHub(folder / "hub", seed=seed))
        windows = stack.enter_context(Shared(url))
        limiter = Limiter(windows, local.url, TOKEN)
        hub = Hub(local.url, TOKEN)
        figures = {WITHOUT: _times(lambda: hub.repo(REPO), count)}
        with limited_by(limiter):
            figures[WITH] = _times(lambda: hub.repo(REPO), count)
        headers = {"Authorization": f"Bearer {TOKEN}"}
        request = httpx2.Request("GET", f"{local.url}/{REPO}/resolve/main/README.md", headers=headers)
        figures[TAKE] = _times(lambda: limiter.take(request), count)
        figures[ADMIT] = _times(limiter.admit, count)
        return figures


def _times(work: Callable[[], object], count: int) -> tuple[float, float]:
    # What happens only once, such as a first connection, is not meant.
    work()
    times = []
    for _ in range(count):
        began = time.perf_counter()
        work()
        times.append((time.perf_counter() - began) * 1000)
    return round(statistics.median(times), 3), round(statistics.quantiles(times, n=100, method="inclusive")[98], 3)


if __name__ == "__main__":
    main()
