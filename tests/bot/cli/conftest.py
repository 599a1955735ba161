"""Commands run in this process, with an environment of their own."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from bot.cli import app
from localhub import LocalHub, Org, Seed, Switches, User

Run = Callable[..., Result]


@pytest.fixture(autouse=True)
def _environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    for name in ("HF_TOKEN", "HF_ENDPOINT", "DATABASE_URL", "SCOREKEEPER_WEBHOOK_SECRET", "SCOREKEEPER_WATCH"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("SCOREKEEPER_HOME", str(tmp_path / "home"))


@pytest.fixture
def run() -> Run:
    def invoke(*arguments: str) -> Result:
        return CliRunner().invoke(app, list(arguments))

    return invoke


@pytest.fixture(scope="module")
def hub(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalHub]:
    users = [
        User(name="author", token="hf_author_token", role="write"),
        User(name="scorekeeper-bot", token="hf_bot_token", role="write"),
        User(name="reader", token="hf_reader_token", role="read"),
    ]
    seed = Seed(users=users, orgs=[Org(name="heron-labs", members={"author": "admin"})])
    with LocalHub(tmp_path_factory.mktemp("hub"), seed=seed, switches=Switches()) as running:
        yield running


@pytest.fixture
def service(hub: LocalHub, monkeypatch: pytest.MonkeyPatch, database_url: str) -> LocalHub:
    """Everything set as it should be."""
    for name, value in {
        "HF_ENDPOINT": hub.url,
        "HF_TOKEN": "hf_bot_token",
        "SCOREKEEPER_WEBHOOK_SECRET": "secret",
        "SCOREKEEPER_WATCH": "heron-labs",
        "SCOREKEEPER_PUBLIC_URL": "http://127.0.0.1:7860",
        "SCOREKEEPER_WRITE": "pr",
        "DATABASE_URL": database_url,
    }.items():
        monkeypatch.setenv(name, value)
    return hub
