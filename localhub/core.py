"""The few things that every request needs, handed from function to function."""

from dataclasses import dataclass
from pathlib import Path

from localhub.clock import Clock
from localhub.database import Database
from localhub.jobs_options import JobOptions
from localhub.objects import Objects
from localhub.policy import PolicyBook
from localhub.switches import Switches

RECORDS, GIT_DIR, LFS_DIR = "hub.sqlite", "objects.git", "lfs"
_CENTURY = 100 * 365 * 86400.0


@dataclass(frozen=True)
class Core:
    """The state of one Hub: its records, git objects, large files, switches, address, clock and policies."""

    db: Database
    git: Objects
    data_dir: Path
    switches: Switches
    base_url: str
    clock: Clock
    policies: PolicyBook
    jobs: JobOptions

    @property
    def lfs_dir(self) -> Path:
        """Where the contents of large files lie."""
        return self.data_dir / LFS_DIR

    def advance(self, seconds: float) -> None:
        """Move the clock forward, for good: a restart keeps it.

        Raises:
            ValueError: it would go back.
        """
        if not 0 <= seconds < _CENTURY:
            raise ValueError("The clock goes forward only, by less than a hundred years.")
        self.clock.ahead += seconds
        self.db.run("INSERT OR REPLACE INTO settings VALUES ('clock_ahead', ?)", self.clock.ahead)

    def set_clock(self) -> None:
        """Set the clock as the records say."""
        row = self.db.one("SELECT value FROM settings WHERE name = 'clock_ahead'")
        self.clock.ahead = float(row["value"]) if row else 0.0


def open_core(
    data_dir: Path, switches: Switches, base_url: str, clock: Clock, policies: PolicyBook, jobs: JobOptions
) -> Core:
    """Open, or make, the Hub kept in `data_dir`, and set `clock` as it was there."""
    data_dir.mkdir(parents=True, exist_ok=True)
    (data_dir / LFS_DIR).mkdir(exist_ok=True)
    db, git = Database(data_dir / RECORDS), Objects(data_dir / GIT_DIR, clock)
    core = Core(db, git, data_dir, switches, base_url, clock, policies, jobs)
    core.set_clock()
    return core
