"""Measure how many looks the workers do, with one and with two processes, against a local Hub.

usage: python -m bench.looks [--repos N] [--drain N] [--json]

The first look at a repo reads its card and finds nothing to propose; those after it find that nothing changed, and cost
one request each: these are the empty looks. The workers are `scorekeeper worker` processes; the Hub runs in this one,
and announces a quota that no limiter ever reaches. All of it, and PostgreSQL, share the cores of this machine.
"""

import argparse
import asyncio
import contextlib
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import psycopg
from huggingface_hub import HfApi
from rich.console import Console
from rich.table import Table

from bot import database
from bot.queue import Due, Queue
from localhub import Limits, LocalHub, Org, Repo, Seed, User

OWNER, BOT = "bench-labs", "scorekeeper-bot"
TOKEN = "hf_bench_bot"  # noqa: S105 - of the local Hub
ENOUGH = Limits(api=10**9, resolvers=10**9)
CARD = "# {name}\n\nA model. It was measured by nobody.\n"


def main() -> None:
    """Run it and print the figures."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", maxsplit=1)[0])
    parser.add_argument("--repos", type=int, default=1000, help="looks of each measurement")
    parser.add_argument("--drain", type=int, default=10_000, help="empty looks to drain; 0 for none")
    parser.add_argument("--json", action="store_true", help="print JSON")
    options = parser.parse_args()
    with contextlib.redirect_stdout(sys.stderr), tempfile.TemporaryDirectory(prefix="sk-") as name:
        found = measure(Path(name), options.repos, options.drain)
    if options.json:
        print(json.dumps(found, indent=2))
        return
    shown = Table(
        "what", "looks", "seconds", "looks a second", "decisions", title=f"{os.cpu_count()} cores for all of it"
    )
    for what, one in found.items():
        shown.add_row(what, *map(str, one.values()))
    Console().print(shown)


def measure(folder: Path, repos: int, drain: int) -> dict[str, dict[str, object]]:
    """The figures of first and of empty looks by one and two workers, and of one long drain by two."""
    names = [f"{OWNER}/Bench-{number}B" for number in range(max(2 * repos, drain))]
    seed = Seed(
        users=[User(name=BOT, token=TOKEN), User(name="author", token="hf_author")],  # noqa: S106 - of the local Hub
        orgs=[Org(name=OWNER, members={"author": "admin"})],
        repos=[Repo(name, files={"README.md": CARD.format(name=name)}) for name in names],
    )
    with (
        database.embedded(folder / "pg") as url,
        LocalHub(folder / "hub", seed=seed, limits=ENOUGH) as hub,
    ):
        database.migrate(url)
        ids = _listed(hub)
        due = [Due(ids[name], name) for name in names]
        found: dict[str, dict[str, object]] = {}
        for workers, part in ((1, due[:repos]), (2, due[repos : 2 * repos])):
            for kind in ("first", "empty"):
                found[f"{kind} looks, {workers} worker processes"] = _drain(folder, url, hub.url, part, workers)
        if drain:
            if rest := due[2 * repos : drain]:
                _drain(folder, url, hub.url, rest, 2)
            found["empty looks drained by 2 worker processes"] = _drain(folder, url, hub.url, due[:drain], 2)
        return found


def _listed(hub: LocalHub) -> dict[str, str]:
    """The Hub's id of each repo by its name."""
    api = HfApi(endpoint=hub.url, token=TOKEN)
    return {one.id: one.__dict__["_id"] for one in api.list_models(author=OWNER)}


def _drain(folder: Path, url: str, endpoint: str, due: list[Due], workers: int) -> dict[str, object]:
    """Queue a look at each repo, then let so many workers do them: from the end of the first to that of the last."""
    asyncio.run(_queue(url, due))
    with psycopg.connect(url, autocommit=True) as connection:
        ((last,),) = connection.execute("select coalesce(max(id), 0) from looks").fetchall()
        with _workers(folder, url, endpoint, workers):
            deadline = time.monotonic() + 1800
            while connection.execute("select count(*) from looks where id > %s", [last]).fetchone() != (len(due),):
                if time.monotonic() > deadline:
                    sys.exit(f"The queue was not drained:\n{(folder / 'worker.log').read_text()[-5000:]}")
                time.sleep(0.2)
        query = (
            "select count(*), extract(epoch from max(finished_at) - min(finished_at)),"
            " string_agg(distinct decision, ', ') from looks where id > %s"
        )
        ((number, seconds, decisions),) = connection.execute(query, [last]).fetchall()
    return {
        "looks": number,
        "seconds": round(float(seconds), 1),
        "per_second": round(number / float(seconds), 1),
        "decisions": decisions,
    }


async def _queue(url: str, due: list[Due]) -> None:
    async with Queue(url) as queue:
        for start in range(0, len(due), 500):
            await queue.defer_due(due[start : start + 500])


@contextlib.contextmanager
def _workers(folder: Path, url: str, endpoint: str, number: int) -> Iterator[None]:
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("SCOREKEEPER_", "HF_"))}
    environment |= {
        "SCOREKEEPER_WATCH": OWNER,
        "SCOREKEEPER_WRITE": "pr",
        "SCOREKEEPER_HOME": str(folder),
        "SCOREKEEPER_SWEEP": "0",
        "DATABASE_URL": url,
        "HF_ENDPOINT": endpoint,
        "HF_TOKEN": TOKEN,
        "HF_HOME": str(folder / "hf"),
    }
    with (folder / "worker.log").open("wb") as log:
        command = [sys.executable, "-P", "-m", "bot.cli", "worker"]
        processes = [
            subprocess.Popen(command, env=environment, stdout=log, stderr=log)  # noqa: S603 - our worker, as a list
            for _ in range(number)
        ]
        try:
            yield
        finally:
            for process in processes:
                process.terminate()
            for process in processes:
                process.wait(30)


if __name__ == "__main__":
    main()
