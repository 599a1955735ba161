"""The database: what cannot be used is said in one sentence, and the password never."""

import asyncio
import tempfile
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import procrastinate
import psycopg
import pytest
import yoyo

from bot import database
from bot.database import DatabaseError
from bot.queue import LOOK, MOVED, PULLS, Queue
from bot.records import Look, Records
from bot.settings import Settings
from bot.worker import Worker
from tests import postgres as postgres_server


def sentence_for(url: str) -> str:
    with pytest.raises(DatabaseError) as caught:
        database.migrate(url)
    return str(caught.value)


def test_an_unreachable_database_is_told_with_what_the_driver_says_but_no_password() -> None:
    sentence = sentence_for("postgresql://bot:hunter2@127.0.0.1:1/nothing")
    assert sentence.startswith("The database cannot be used (connection failed")
    assert "Connection refused" in sentence
    assert sentence.endswith("): check DATABASE_URL.")
    assert "hunter2" not in sentence
    assert "\n" not in sentence


@pytest.mark.parametrize("url", ["postgresql://bot:hunter2%zz@host/db", "postgresql://bot:x@host/db?hunter2=1"])
def test_an_address_that_cannot_be_read_is_not_quoted(url: str) -> None:
    assert sentence_for(url) == "The database cannot be used (the address cannot be read): check DATABASE_URL."


def test_a_database_of_a_newer_version_is_left_alone(database_url: str) -> None:
    database.migrate(database_url)
    with psycopg.connect(database_url) as connection:
        connection.execute(
            "insert into _yoyo_migration (migration_hash, migration_id) values ('x', '9999_from_the_future')"
        )
    assert sentence_for(database_url) == (
        "The database is of a newer version of Scorekeeper than this one: update the program."
    )


def test_a_newer_job_engine_is_not_ours_to_judge(database_url: str) -> None:
    with psycopg.connect(database_url) as connection:
        connection.execute("insert into _yoyo_migration (migration_hash, migration_id) values ('x', '99.00.00_01_x')")
    database.migrate(database_url)


def home(path: Path) -> Settings:
    return Settings(home=path, database_url=None, _env_file=None)


def test_a_file_where_the_home_should_be_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(DatabaseError, match=r"^The folder .*/file cannot be used \(File exists\): set SCOREKEEPER_H"):
        database.running(home(tmp_path / "file")).__enter__()
    with pytest.raises(DatabaseError, match=r"^The folder .*/file/x cannot be used \(Not a directory\): set SCOREK"):
        database.running(home(tmp_path / "file" / "x")).__enter__()


@pytest.mark.parametrize("mode", [0o777, 0o1777])
def test_a_home_that_everyone_may_write_to_is_refused(mode: int, tmp_path: Path) -> None:
    folder = tmp_path / "open"
    folder.mkdir()
    folder.chmod(mode)
    with pytest.raises(DatabaseError, match=r"^Everyone may write to .*/open: set SCOREKEEPER_HOME to a folder"):
        database.running(home(folder)).__enter__()
    assert list(folder.iterdir()) == []


OLD = "old_schema"


@pytest.fixture
def old_database(postgres: str) -> Iterator[str]:
    """A database as the first version left it, with a repo, a look and a waiting job in it."""
    with psycopg.connect(postgres, autocommit=True) as connection:
        connection.execute(f"create database {OLD}")
        url = postgres.replace("/postgres?", f"/{OLD}?", 1)
        engines = yoyo.read_migrations(str(Path(procrastinate.__file__).parent / "sql" / "migrations"))
        ours = yoyo.read_migrations(str(Path(database.__file__).parent / "migrations"))
        backend = yoyo.get_backend(url.replace("postgresql://", "postgresql+psycopg://", 1))
        backend.apply_migrations(backend.to_apply(engines))
        backend.apply_migrations(backend.to_apply(ours.filter(lambda one: one.id == "0001_first_tables")))
        backend.connection.close()
        with psycopg.connect(url) as old:
            old.execute("insert into repos (id, name, commit_seen) values ('1', 'heron-labs/heron-8b', 'c')")
            old.execute("insert into looks (repo_id, decision, requests) values ('1', 'create', 6)")
            old.execute(
                "insert into procrastinate_jobs (queue_name, task_name, args, lock, queueing_lock)"
                " values ('default', 'look', '{\"repo_id\": \"1\"}', 'repo:1', 'look:1')"
            )
        yield url
        connection.execute(f"drop database {OLD} with (force)")


def test_processes_of_a_new_version_that_start_at_once_upgrade_an_old_database_once(old_database: str) -> None:
    together = threading.Barrier(4)

    def start(_: int) -> None:
        together.wait(10)
        database.migrate(old_database)

    with ThreadPoolExecutor(4) as processes:
        list(processes.map(start, range(4)))
    with psycopg.connect(old_database) as connection:
        applied = connection.execute(r"select migration_id from _yoyo_migration where migration_id ~ '^\d{4}_'")
        files = {path.stem for path in (Path(database.__file__).parent / "migrations").glob("*.sql")}
        assert sorted(name for (name,) in applied.fetchall()) == sorted(files)
        assert connection.execute("select name, commit_seen, failed_at from repos").fetchall() == [
            ("heron-labs/heron-8b", "c", None)
        ]
        assert connection.execute("select decision, requests, kind from looks").fetchall() == [("create", 6, None)]
        assert connection.execute("select task_name, status::text from procrastinate_jobs").fetchall() == [
            ("look", "todo")
        ]


def test_a_job_of_the_first_version_is_worked_off_by_this_one(old_database: str) -> None:
    database.migrate(old_database)

    async def story() -> None:
        with Records(old_database) as records:
            async with Queue(old_database) as queue:
                handler = dict.fromkeys(
                    (LOOK, PULLS, MOVED), lambda arguments: Look(arguments["repo_id"], "x", "Done.")
                )
                await Worker(queue, records, handler).run(wait=False)

    asyncio.run(story())
    with psycopg.connect(old_database) as connection:
        assert connection.execute("select decision from looks order by id").fetchall() == [("create",), ("x",)]


def test_an_embedded_server_that_is_killed_is_started_again_and_a_stopped_one_is_not() -> None:
    with tempfile.TemporaryDirectory(prefix="sk-") as name:
        folder = Path(name) / "pg"
        with database.embedded(folder) as url:
            before = postgres_server.postmaster(folder).pid
            postgres_server.kill(folder)
            deadline = time.monotonic() + 20
            while not answers(url):
                assert time.monotonic() < deadline
            assert postgres_server.postmaster(folder).pid != before
        assert not (folder / "postmaster.pid").exists()


def answers(url: str) -> bool:
    try:
        with psycopg.connect(url, connect_timeout=2):
            return True
    except psycopg.OperationalError:
        return False
