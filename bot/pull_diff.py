"""What a pull request changes, from the diff that the Hub sends along with its details: one request saved.

Pure, and suspicious: a diff that is not understood whole is no diff (None), and the caller lists the files instead.
"""

import re
from dataclasses import dataclass

_HEADER = re.compile(r"diff --git (?P<old>a/\S+) b/(?P<path>\S+)")
_INDEX = re.compile(r"index (?P<old>[0-9a-f]{4,40})\.\.(?P<new>[0-9a-f]{4,40})(?: \d+)?")


@dataclass(frozen=True, slots=True)
class ChangedFile:
    """A file that a pull request adds, changes or deletes.

    `blob` is the beginning of its git blob id, empty where it is deleted; `text` is known only where it was added.
    """

    path: str
    blob: str
    text: str | None = None


def changed_files(diff: str) -> dict[str, ChangedFile] | None:
    """The files of a unified git diff by path; None where anything in it is not plainly an added or changed file."""
    files: dict[str, ChangedFile] = {}
    parts = re.split(r"(?m)^(?=diff --git )", diff)
    if parts[0].strip():
        return None
    for part in parts[1:]:
        file = _file(part.split("\n"))
        if file is None or file.path in files:
            return None
        files[file.path] = file
    return files


def _file(lines: list[str]) -> ChangedFile | None:
    header = _HEADER.fullmatch(lines[0])
    if header is None or header["old"] != f"a/{header['path']}":
        return None
    start = next((number for number, line in enumerate(lines) if line.startswith(("@@", "---"))), len(lines))
    head = lines[1:start]
    index = next((found for line in head if (found := _INDEX.fullmatch(line))), None)
    if index is None or any(line.startswith(("rename", "copy", "similarity", "old mode")) for line in head):
        return None
    if any(line.startswith("deleted file") for line in head):
        return ChangedFile(header["path"], "")
    added = any(line.startswith("new file") for line in head)
    return ChangedFile(header["path"], index["new"], _added_text(lines[start:]) if added else None)


def _added_text(lines: list[str]) -> str | None:
    """The text of a file that was added: all its lines stand in one hunk."""
    hunks = [number for number, line in enumerate(lines) if line.startswith("@@")]
    if len(hunks) != 1:
        return None
    body = lines[hunks[0] + 1 :]
    text = "".join(f"{line[1:]}\n" for line in body if line.startswith("+"))
    return text[:-1] if any(line.startswith("\\ No newline") for line in body) else text
