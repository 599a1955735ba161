"""The town of the chaos test: the Hub in a thread of ours, PostgreSQL and the service as real processes."""

import contextlib
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import httpx2
import psycopg

from localhub import Limits, LocalHub, Org, Seed, Switches, User
from tests.chaos.machines import Postgres, Process, ServiceManager

AUTHOR, STRANGER, BOT = "author", "stranger", "scorekeeper-bot"
OWNERS = ("heron-labs", "egret-works")
SECRET = "the town's secret"
START_TIMEOUT = 60.0
WEBHOOK_TIMEOUT = 5.0
LIMIT = 1_000_000


@dataclass(frozen=True)
class Town:
    """Everything that runs."""

    hub: LocalHub
    postgres: Postgres
    manager: ServiceManager
    environment: dict[str, str]
    folder: Path
    web: str

    def command(self, *arguments: str) -> str:
        """A command of ours, as the operator would give it. Returns what it printed.

        Raises:
            AssertionError: It failed.
        """
        done = subprocess.run(
            [sys.executable, "-P", "-m", "bot.cli", *arguments],
            env=self.environment,
            capture_output=True,
            text=True,
            cwd=self.folder,
            timeout=120,
            check=False,
        )
        assert done.returncode == 0, f"scorekeeper {' '.join(arguments)}: {done.stdout}{done.stderr}"
        return done.stdout

    def query(self, statement: str, *values: object) -> list[tuple[object, ...]]:
        """Ask our database."""
        with psycopg.connect(self.postgres.url, autocommit=True) as connection:
            cursor = connection.execute(statement.encode(), values)
            return cursor.fetchall() if cursor.description else []


def until(holds: Callable[[], bool], seconds: float, what: str) -> float:
    """Wait for something that other processes bring about. Returns how long it took, in seconds.

    Raises:
        AssertionError: It did not come about in time.
    """
    start = time.monotonic()
    while not holds():
        if time.monotonic() - start > seconds:
            raise AssertionError(f"within {seconds:.0f} s, not: {what}")
        time.sleep(0.05)
    return time.monotonic() - start


@contextlib.contextmanager
def town(seed: int, *, embedded: bool, keep: bool) -> Iterator[Town]:
    """Start it all, subscribe the bot, and stop it all at the end.

    `embedded`: `serve` brings its own PostgreSQL. `keep`: the folder with the logs and the data stays.
    """
    with _folder(keep=keep) as folder:
        (folder / "home").mkdir(mode=0o700)
        people = [User(name=one, token=f"hf_{one}", role="write") for one in (AUTHOR, STRANGER, BOT)]
        orgs = [Org(name=one, members={AUTHOR: "admin"}) for one in OWNERS]
        switches = Switches(
            webhook_retry_delays=(0.3, 1.0, 2.0, 4.0), webhook_timeout=WEBHOOK_TIMEOUT, webhook_concurrency=8
        )
        # The Hub announces them, and the bot keeps to what is announced.
        limits = Limits(api=LIMIT, resolvers=LIMIT, pages=LIMIT)
        seeded = Seed(users=people, orgs=orgs)
        with LocalHub(folder / "hub", seed=seeded, switches=switches, limits=limits) as hub:
            postgres = Postgres(folder / "home" / "pg" if embedded else folder / "pg", owned=embedded)
            web = f"http://127.0.0.1:{_free_port()}"
            environment = _environment(folder, hub.url, web, None if embedded else postgres.url)
            manager = ServiceManager(postgres, _processes(folder, environment, postgres, web), seed)
            running = Town(hub, postgres, manager, environment, folder, web)
            try:
                manager.start()
                until(manager.all_healthy, START_TIMEOUT, "all processes are healthy")
                running.command("webhooks", "install")
                yield running
            finally:
                manager.kill_all()
                postgres.kill()


@contextlib.contextmanager
def _folder(*, keep: bool) -> Iterator[Path]:
    # Short: a socket's path may only have about a hundred characters.
    folder = Path(tempfile.mkdtemp(prefix="skc-"))
    # PostgreSQL may run as another user.
    folder.chmod(0o755)
    try:
        yield folder
    finally:
        if not keep:
            shutil.rmtree(folder, ignore_errors=True)


def _environment(folder: Path, hub: str, web: str, database_url: str | None) -> dict[str, str]:
    inherited = {name: value for name, value in os.environ.items() if not name.startswith(("SCOREKEEPER_", "HF_"))}
    ours = {
        "SCOREKEEPER_WEBHOOK_SECRET": SECRET,
        "SCOREKEEPER_WATCH": ",".join(OWNERS),
        "SCOREKEEPER_PUBLIC_URL": web,
        "SCOREKEEPER_HOST": "127.0.0.1",
        "SCOREKEEPER_PORT": web.rpartition(":")[2],
        "SCOREKEEPER_HOME": str(folder / "home"),
        "SCOREKEEPER_WRITE": "pr",
        "SCOREKEEPER_SETTLE": "0.2",
        "HF_ENDPOINT": hub,
        "HF_TOKEN": f"hf_{BOT}",
        "HF_HOME": str(folder / "hf"),
    }
    return inherited | ours | ({"DATABASE_URL": database_url} if database_url else {})


def _processes(folder: Path, environment: dict[str, str], postgres: Postgres, web: str) -> list[Process]:
    def ready(_: str) -> bool:
        with contextlib.suppress(httpx2.HTTPError):
            return httpx2.get(f"{web}/readyz", timeout=3).status_code == 200
        return False

    def connected(alias: str) -> bool:
        with contextlib.suppress(psycopg.Error), psycopg.connect(postgres.url, connect_timeout=2) as connection:
            query = "select 1 from pg_stat_activity where application_name = %s"
            return connection.execute(query, [alias]).fetchone() is not None
        return False

    return [
        Process("serve", ["serve"], environment, folder / "serve.log", ready),
        Process("worker", ["worker"], environment, folder / "worker.log", connected),
    ]


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
