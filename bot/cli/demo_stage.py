"""The stage of the demo: a local Hub, a database and the bot, each as real as in production, on one machine."""

import contextlib
import os
import secrets
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from huggingface_hub import HfApi

from bot import database
from bot.hub import Hub
from bot.records import PastLook, Records
from bot.settings import Watch
from bot.webhook_api import WEBHOOK_PATH
from bot.webhooks import plan
from localhub import Delivery, LocalHub, Org, Seed, User

AUTHOR, BOT = "author", "scorekeeper-bot"
AUTHOR_TOKEN, BOT_TOKEN = "hf_demo_author", "hf_demo_bot"
START_TIMEOUT = 60.0
STEP_TIMEOUT = 60.0
STOP_TIMEOUT = 30.0


class DemoFailed(Exception):  # noqa: N818 - the name says what is the case
    """A step did not end as it should; the message says what was expected."""


@dataclass(frozen=True)
class Stage:
    """Everything that runs."""

    hub: LocalHub
    author: HfApi
    bot_url: str
    bot_process: subprocess.Popen[bytes]
    records: Records
    database_url: str
    folder: Path

    def look_at(self, commit: str) -> PastLook:
        """Wait for the first look at a commit of main, and return it.

        Raises:
            DemoFailed: It did not come in time.
        """
        deadline = time.monotonic() + STEP_TIMEOUT
        while time.monotonic() < deadline:
            looks = [look for look in self.records.looks() if look.commit_seen == commit]
            if looks:
                return looks[0]
            time.sleep(0.02)
        log = (self.folder / "bot.log").read_text()
        raise DemoFailed(f"There was no look at {commit[:10]} within {STEP_TIMEOUT:.0f} s. The bot's log:\n{log}")

    def delivery_of(self, commit: str) -> Delivery:
        """The delivery that told the bot of a commit."""
        return next(
            one
            for one in self.hub.deliveries()
            if any(ref["newSha"] == commit for ref in one.payload.get("updatedRefs", ()))
        )


@contextlib.contextmanager
def stage(owner: str, *, settle: float = 0.2) -> Iterator[Stage]:
    """Start it all, subscribe the bot to the owner, and stop it all at the end."""
    with contextlib.ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="scorekeeper-")))
        url = stack.enter_context(database.embedded(folder / "pg"))
        database.migrate(url)
        hub = stack.enter_context(LocalHub(folder / "hub", seed=_seed(owner)))
        process, bot_url = stack.enter_context(_bot(folder, hub.url, url, owner, settle))
        of_bot = Hub(hub.url, BOT_TOKEN)
        plan(of_bot, f"{bot_url}{WEBHOOK_PATH}", Watch.parse(owner)).carry_out(of_bot, SECRET)
        records = stack.enter_context(Records(url))
        author = HfApi(endpoint=hub.url, token=AUTHOR_TOKEN)
        yield Stage(hub, author, bot_url, process, records, url, folder)


# Of the webhook; new in every process.
SECRET = secrets.token_urlsafe(24)


def _seed(owner: str) -> Seed:
    users = [User(name=AUTHOR, token=AUTHOR_TOKEN, role="write"), User(name=BOT, token=BOT_TOKEN, role="write")]
    orgs = [] if owner == AUTHOR else [Org(name=owner, members={AUTHOR: "admin"})]
    return Seed(users=users, orgs=orgs)


@contextlib.contextmanager
def _bot(
    folder: Path, hub_url: str, database_url: str, owner: str, settle: float
) -> Iterator[tuple[subprocess.Popen[bytes], str]]:
    """`scorekeeper serve` as a process of its own, as in production."""
    port = free_port()
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("SCOREKEEPER_", "HF_"))}
    environment |= {
        "SCOREKEEPER_WEBHOOK_SECRET": SECRET,
        "SCOREKEEPER_WATCH": owner,
        "SCOREKEEPER_HOST": "127.0.0.1",
        "SCOREKEEPER_PORT": str(port),
        "SCOREKEEPER_HOME": str(folder / "home"),
        "SCOREKEEPER_WRITE": "pr",
        "SCOREKEEPER_SETTLE": str(settle),
        "HF_ENDPOINT": hub_url,
        "HF_TOKEN": BOT_TOKEN,
        "HF_HOME": str(folder / "hf"),
        "DATABASE_URL": database_url,
    }
    url = f"http://127.0.0.1:{port}"
    with (folder / "bot.log").open("wb") as log:
        process = subprocess.Popen(
            [sys.executable, "-P", "-m", "bot.cli", "serve"], env=environment, stdout=log, stderr=log, cwd=folder
        )
        try:
            _wait_until_ready(process, url, folder / "bot.log")
            yield process, url
        finally:
            process.terminate()
            _wait_until_stopped(process)


def _wait_until_stopped(process: subprocess.Popen[bytes]) -> None:
    try:
        process.wait(STOP_TIMEOUT)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def _wait_until_ready(process: subprocess.Popen[bytes], url: str, log: Path) -> None:
    deadline = time.monotonic() + START_TIMEOUT
    while time.monotonic() < deadline:
        if process.poll() is not None:
            raise DemoFailed(f"The bot ended at its start:\n{log.read_text()}")
        with contextlib.suppress(OSError, urllib.error.URLError):
            urllib.request.urlopen(f"{url}/readyz", timeout=2).close()  # noqa: S310 - our own service, on loopback
            return
        time.sleep(0.05)
    raise DemoFailed(f"The bot was not ready within {START_TIMEOUT:.0f} s:\n{log.read_text()}")


def free_port() -> int:
    """A port of the loopback interface that nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
