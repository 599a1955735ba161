"""Which data a framework loaded; used by the launchers beside it, in the framework's own environment.

`datasets` resolves a branch or tag to a commit before it reads anything, and keeps each commit in a folder of its name.
"""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

COMMIT = re.compile(r"[0-9a-f]{40}")


def commit(data: Any) -> str | None:
    """The commit of what `datasets.load_dataset` returned; None where it is not a data set of the Hub."""
    tables = data.values() if isinstance(data, Mapping) else [data]
    folders = {Path(file["filename"]).parent.name for table in tables for file in table.cache_files}
    found = folders.pop() if len(folders) == 1 else ""
    return found if COMMIT.fullmatch(found) else None
