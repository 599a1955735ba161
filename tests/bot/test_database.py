"""The database: what cannot be used is said in one sentence, and the password never."""

from pathlib import Path

import psycopg
import pytest

from bot import database
from bot.database import DatabaseError
from bot.settings import Settings


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
