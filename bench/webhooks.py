"""Measure how many deliveries the service takes, and how fast it answers, beside a floor and a peer in the same run.

usage: python -m bench.webhooks [--seconds S] [--peer] [--json]

The service is `scorekeeper serve`, with a real PostgreSQL whose writes are durable. The floor is the same stack with
one INSERT and nothing else. The peer (`--peer`) is huggingface_hub's WebhooksServer, which stores nothing; it needs
gradio, which is installed into a throw-away environment for the run. The generator's ceiling is what it gets from a
server that does nothing. All of it, and PostgreSQL, share the cores of this machine; `cpu_ms` is the processor time of
the server alone for each delivery, which other work on the machine changes little. At a steady 30 a second, the
worker is busy with looks: at the repos of these deliveries, and at one of a local Hub that is pushed to again after
each look.
"""

import argparse
import contextlib
import itertools
import json
import os
import subprocess
import sys
import tempfile
import threading
import time
import urllib.error
import urllib.request
import venv
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psutil
from rich.console import Console
from rich.table import Table

from bench.http_load import OWNER
from bench.push import CARD
from bench.servers import PEER
from bot import database
from bot.cli.demo_stage import SECRET, free_port, stage

RATE = 30
COLUMNS = ("per_second", "p50_ms", "p99_ms", "max_ms", "cpu_ms", "rss_mb", "statuses")


def main() -> None:
    """Run it and print the figures."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", maxsplit=1)[0])
    parser.add_argument("--seconds", type=float, default=10.0, help="of each measurement")
    parser.add_argument("--peer", action="store_true", help="also WebhooksServer; installs gradio for the run")
    parser.add_argument("--json", action="store_true", help="print JSON")
    options = parser.parse_args()
    with contextlib.redirect_stdout(sys.stderr), tempfile.TemporaryDirectory(prefix="sk-") as name:
        found = measure(Path(name), options.seconds, peer=options.peer)
    if options.json:
        print(json.dumps(found, indent=2))
        return
    shown = Table("what", *COLUMNS, title=f"{os.cpu_count()} cores for the server, PostgreSQL and the generator")
    for what, figures in found.items():
        shown.add_row(what, *(str(figures.get(column, "-")) for column in COLUMNS))
    Console().print(shown)


def measure(folder: Path, seconds: float, *, peer: bool) -> dict[str, dict[str, Any]]:
    """The figures of each server at 16 and 64 connections, and of the service at a steady rate."""
    found: dict[str, dict[str, Any]] = {}
    with database.embedded(folder / "pg") as url:
        database.migrate(url)
        servers = {
            "service": ([sys.executable, "-P", "-m", "bot.cli", "serve", "--no-worker"], "/webhook"),
            "floor": ([sys.executable, "-m", "bench.servers", "floor"], "/webhook"),
            "ceiling of the generator": ([sys.executable, "-m", "bench.servers", "trivial"], "/webhook"),
        }
        if peer:
            servers["peer: WebhooksServer"] = ([*_peer(folder)], "/webhooks/push")
        for name, (command, path) in servers.items():
            with _server(folder, command, url) as (process, port):
                _load(port, path, 16, 1.0)
                for connections in (16, 64):
                    with _watched(process.pid) as used:
                        figures = _load(port, path, connections, seconds)
                    found[f"{name}, {connections} connections"] = used(figures)
    found[f"service, {RATE} a second, worker busy"] = _while_busy(seconds)
    return found


@contextlib.contextmanager
def _watched(pid: int) -> Iterator[Callable[[dict[str, Any]], dict[str, Any]]]:
    """What a process used while it was under load: its memory, and its processor time for each delivery."""
    process = psutil.Process(pid)
    before = process.cpu_times()

    def used(figures: dict[str, Any]) -> dict[str, Any]:
        after = process.cpu_times()
        milliseconds = (after.user + after.system - before.user - before.system) * 1000
        cpu = round(milliseconds / sum(figures["statuses"].values()), 2)
        return figures | {"rss_mb": round(process.memory_info().rss / 1e6), "cpu_ms": cpu}

    yield used


def _load(port: int, path: str, connections: int, seconds: float, *more: str, secret: str = SECRET) -> dict[str, Any]:
    command = [sys.executable, "-m", "bench.http_load", "--port", str(port), "--path", path, "--secret", secret]
    command += ["--connections", str(connections), "--seconds", str(seconds), *more]
    done = subprocess.run(command, check=True, capture_output=True, timeout=300)  # noqa: S603 - this module, as a list
    figures: dict[str, Any] = json.loads(done.stdout)
    return figures


@contextlib.contextmanager
def _server(folder: Path, command: list[str], url: str) -> Iterator[tuple[subprocess.Popen[bytes], int]]:
    port = free_port()
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("SCOREKEEPER_", "HF_"))}
    environment |= {
        "SCOREKEEPER_WEBHOOK_SECRET": SECRET,
        "SCOREKEEPER_WATCH": OWNER,
        "SCOREKEEPER_PORT": str(port),
        "SCOREKEEPER_HOME": str(folder),
        "DATABASE_URL": url,
        "HF_HUB_DISABLE_TELEMETRY": "1",
        "GRADIO_ANALYTICS_ENABLED": "False",
    }
    if command[1:] != ["-P", "-m", "bot.cli", "serve", "--no-worker"]:
        command = [*command, str(port), SECRET if "peer" in command[-1] else url]
    log = folder / f"{port}.log"
    with log.open("wb") as stream:
        process = subprocess.Popen(command, env=environment, stdout=stream, stderr=stream)  # noqa: S603 - a program of ours, as a list
    try:
        _wait_until_it_listens(process, port, log)
        yield process, port
    finally:
        process.terminate()
        process.wait(30)


def _wait_until_it_listens(process: subprocess.Popen[bytes], port: int, log: Path) -> None:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline and process.poll() is None:
        with contextlib.suppress(OSError):
            try:
                with urllib.request.urlopen(f"http://127.0.0.1:{port}/readyz", timeout=2):
                    return
            except urllib.error.HTTPError:
                return
        time.sleep(0.1)
    sys.exit(f"A server did not start:\n{log.read_text()}")


def _peer(folder: Path) -> list[str]:
    """The command of the peer, in an environment of its own."""
    from huggingface_hub import __version__  # noqa: PLC0415 - only the peer's version follows it

    home = folder / "peer"
    venv.create(home, with_pip=True)
    python = home / "bin" / "python"
    packages = [f"huggingface_hub=={__version__}", "gradio"]
    subprocess.run([python, "-m", "pip", "install", "--quiet", *packages], check=True, timeout=600)  # noqa: S603 - names of packages from here
    script = home / "peer.py"
    script.write_text(PEER)
    return [str(python), str(script)]


def _while_busy(seconds: float) -> dict[str, Any]:
    """Deliveries at a steady rate, while the worker looks at their repos and at one that is pushed to all the time."""
    with stage(OWNER, settle=0.0) as running:
        stop = threading.Event()

        def push() -> None:
            repo = f"{OWNER}/Busy-7B"
            running.author.create_repo(repo)
            for number in itertools.count():
                if stop.is_set():
                    return
                text = CARD.format(name="Busy-7B", prose="A model.", score=f"{number % 900 / 10}")
                commit = running.author.upload_file(
                    path_or_fileobj=text.encode(), path_in_repo="README.md", repo_id=repo
                )
                running.look_at(str(commit.oid))

        pusher = threading.Thread(target=push)
        pusher.start()
        try:
            port = int(running.bot_url.rpartition(":")[2])
            before = len(running.records.looks())
            with _watched(running.bot_process.pid) as used:
                figures = _load(
                    port,
                    "/webhook",
                    16,
                    max(seconds, 20.0),
                    "--rate",
                    str(RATE),
                    secret=SECRET,
                )
            figures["looks_meanwhile"] = len(running.records.looks()) - before
            figures = used(figures)
        finally:
            stop.set()
            pusher.join(60)
        return figures


if __name__ == "__main__":
    main()
