"""What all tests share: one PostgreSQL for the whole run, and a fresh, migrated database for each test."""

import itertools
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from hypothesis import HealthCheck, settings

from bot import database

# A loaded machine is no failure; in CI the same examples run every time.
settings.register_profile(
    "scorekeeper", deadline=None, suppress_health_check=[HealthCheck.too_slow], derandomize=bool(os.environ.get("CI"))
)
settings.load_profile("scorekeeper")

_TEMPLATE = "scorekeeper_template"
_numbers = itertools.count(1)


@pytest.fixture(scope="session")
def postgres() -> Iterator[str]:
    """The address of a running server, with a migrated database to copy from."""
    # Short: a socket's path may only have about a hundred characters.
    with tempfile.TemporaryDirectory(prefix="sk-") as folder, database.embedded(Path(folder) / "pg") as url:
        with psycopg.connect(url, autocommit=True) as connection:
            connection.execute(f"create database {_TEMPLATE}")
        database.migrate(_named(url, _TEMPLATE))
        yield url


@pytest.fixture
def database_url(postgres: str) -> Iterator[str]:
    """A database of its own for one test."""
    name = f"test_{next(_numbers)}"
    with psycopg.connect(postgres, autocommit=True) as connection:
        connection.execute(f"create database {name} template {_TEMPLATE}")
        yield _named(postgres, name)
        connection.execute(f"drop database {name} with (force)")


def _named(url: str, database_name: str) -> str:
    return url.replace("/postgres?", f"/{database_name}?", 1)
