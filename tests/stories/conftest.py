"""Stories share one town; each tells of repos of its own."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

import psycopg
import pytest

from bot import database
from tests.stories.town import Town, town

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(scope="session")
def shared_database(postgres: str) -> str:
    with psycopg.connect(postgres, autocommit=True) as connection:
        connection.execute("create database stories")
    url = postgres.replace("/postgres?", "/stories?", 1)
    database.migrate(url)
    return url


@pytest.fixture(scope="session")
def chat(tmp_path_factory: pytest.TempPathFactory, shared_database: str) -> Iterator[Town]:
    """The town in which the stories happen."""
    folder: Path = tmp_path_factory.mktemp("town")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("HF_HOME", str(folder / "hf"))
        patch.setenv("HF_HUB_DISABLE_XET", "1")
        with town(folder, shared_database) as running:
            yield running
