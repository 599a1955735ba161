"""The four things that every request needs, handed from function to function."""

from dataclasses import dataclass
from pathlib import Path

from localhub.database import Database
from localhub.objects import Objects
from localhub.switches import Switches


@dataclass(frozen=True)
class Core:
    """The state of one Hub: its records, its git objects, its large files, its switches and its address."""

    db: Database
    git: Objects
    lfs_dir: Path
    switches: Switches
    base_url: str


def open_core(data_dir: Path, switches: Switches, base_url: str) -> Core:
    """Open, or make, the Hub kept in `data_dir`."""
    data_dir.mkdir(parents=True, exist_ok=True)
    lfs_dir = data_dir / "lfs"
    lfs_dir.mkdir(exist_ok=True)
    return Core(Database(data_dir / "hub.sqlite"), Objects(data_dir / "objects.git"), lfs_dir, switches, base_url)
