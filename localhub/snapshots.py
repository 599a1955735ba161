"""The whole Hub put aside, and taken back.

A snapshot is a data folder like any other: a Hub can be started on it. Git objects and large files never change once
written, so they are linked where the file system can, not copied; and taking a snapshot back leaves newer ones where
they are, since nothing points to them.
"""

import re
import shutil
from pathlib import Path

from localhub import errors
from localhub.core import GIT_DIR, LFS_DIR, RECORDS, Core
from localhub.database import DataError

_NAME = re.compile(r"[A-Za-z0-9_-]{1,64}")
_IMMUTABLE = (GIT_DIR, LFS_DIR)


def take(core: Core, folder: Path) -> None:
    """Put everything aside in `folder`, which must not exist or be empty.

    Raises:
        DataError: something is in the folder.
    """
    if folder.exists() and any(folder.iterdir()):
        raise DataError(f"{folder} is not empty: take the snapshot in another folder.")
    folder.mkdir(parents=True, exist_ok=True)
    for name in _IMMUTABLE:
        shutil.copytree(core.data_dir / name, folder / name, copy_function=_link)
    core.db.copy_to(folder / RECORDS)


def restore(core: Core, folder: Path) -> None:
    """Make everything as it was when the snapshot in `folder` was taken, the clock included.

    Raises:
        DataError: the folder holds no snapshot of this version.
    """
    if not (folder / RECORDS).is_file():
        raise DataError(f"There is no snapshot in {folder}.")
    core.db.become(folder / RECORDS)
    for name in _IMMUTABLE:
        shutil.copytree(folder / name, core.data_dir / name, copy_function=_link, dirs_exist_ok=True)
    core.set_clock()


def named(core: Core, name: str) -> Path:
    """The folder, below the Hub's own, of the snapshot with this name.

    Raises:
        HubError: that is no name (400).
    """
    if not _NAME.fullmatch(name):
        raise errors.invalid("The name of a snapshot has up to 64 letters, digits, - and _.")
    return core.data_dir / "snapshots" / name


def _link(source: str, target: str) -> None:
    if Path(target).exists():
        return
    try:
        Path(target).hardlink_to(source)
    except OSError:  # another file system, or one without links
        shutil.copyfile(source, target)
