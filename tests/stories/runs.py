"""What the stories of evaluations share: a town, a model with weights, and the command line of whoever runs the bot."""

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg
import pytest
from huggingface_hub import CommitOperationAdd
from typer.testing import CliRunner, Result

from bot import database
from bot.cli import app
from bot.settings import Settings
from tests.fake_frameworks.environment import model_files
from tests.stories.town import BOT, Repo, Town, town

RUNS = f"{BOT}/runs"
Command = Callable[..., Result]


@contextmanager
def a_town(folder: Path, postgres: str, name: str, *, jobs: bool = False, **settings: Any) -> Iterator[Town]:
    """A town with a database of its own; `settings` are those of the bot."""
    with psycopg.connect(postgres, autocommit=True) as connection:
        connection.execute(f"create database {name}".encode())
    url = postgres.replace("/postgres?", f"/{name}?", 1)
    database.migrate(url)
    with town(folder, url, jobs=jobs, **settings) as running:
        yield running


def command_line(place: Town, folder: Path, monkeypatch: pytest.MonkeyPatch, **settings: str) -> Command:
    """`scorekeeper eval`, with the bot's token and these settings."""
    for field in Settings.model_fields.values():
        monkeypatch.delenv(str(field.alias), raising=False)
    monkeypatch.chdir(folder)
    usual = {
        "HF_ENDPOINT": place.hub.url,
        "HF_TOKEN": f"hf_{BOT}",
        "SCOREKEEPER_HOME": str(folder / "home"),
        "SCOREKEEPER_RESULTS_REPO": RUNS,
    }
    for name, value in {**usual, **settings}.items():
        monkeypatch.setenv(name, value)

    def run(*arguments: str) -> Result:
        return CliRunner().invoke(app, ["eval", *arguments])

    return run


def model(place: Town, files: Mapping[str, bytes] | None = None) -> Repo:
    """A model repo with weights, or with these files."""
    repo = place.repo()
    added = [CommitOperationAdd(path, data) for path, data in (files or model_files()).items()]
    place.author.create_commit(repo.id, added, commit_message="Weights")
    place.settle()
    return repo


def told(result: Result, code: int = 0) -> Any:
    """What a command printed as JSON."""
    assert result.exit_code == code, result.output
    return json.loads(result.stdout)
