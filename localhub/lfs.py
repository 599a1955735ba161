"""Large files: which ones they are, their pointers in git, and their contents beside it."""

import fnmatch
import hashlib
import re
from dataclasses import dataclass
from pathlib import Path

from localhub import errors
from localhub.core import Core
from localhub.errors import JsonObject

REGULAR_LIMIT = 10 * 1024 * 1024
_SHA256 = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True)
class Pointer:
    """A large file as git sees it: the sha256 of its content and its size in bytes."""

    sha256: str
    size: int

    def text(self) -> bytes:
        """The pointer file of the Git LFS specification (v1)."""
        lines = ["version https://git-lfs.github.com/spec/v1", f"oid sha256:{self.sha256}", f"size {self.size}", ""]
        return "\n".join(lines).encode()


def upload_mode(attributes: str, path: str, size: int) -> str:
    """``lfs`` for files that ``.gitattributes`` tracks and for big ones, else ``regular``."""
    return "lfs" if size > REGULAR_LIMIT or (size and _is_tracked(attributes, path)) else "regular"


def _is_tracked(attributes: str, path: str) -> bool:
    tracked = False
    for line in attributes.splitlines():
        pattern, *settings = line.split() or [""]
        if pattern and (fnmatch.fnmatchcase(path, pattern) or fnmatch.fnmatchcase(path.rpartition("/")[2], pattern)):
            tracked = "filter=lfs" in settings if any("filter" in setting for setting in settings) else tracked
    return tracked


def write_pointer(core: Core, sha256: str) -> str:
    """Keep the pointer to an uploaded content as a blob, known as one from now on; returns the blob's sha.

    Raises:
        HubError: the content was never uploaded (404).
    """
    path = content_path(core, sha256)
    if not path.exists():
        raise errors.not_found(f"The large file {sha256} was not uploaded.")
    size = path.stat().st_size
    oid = core.git.write(Pointer(sha256, size).text())
    core.db.run("INSERT OR IGNORE INTO lfs_pointers VALUES (?,?,?)", oid, sha256, size)
    return oid


def pointer_of(core: Core, oid: str) -> Pointer | None:
    """The pointer that the blob `oid` is, None for an ordinary file."""
    row = core.db.one("SELECT sha256, size FROM lfs_pointers WHERE oid = ?", oid)
    return None if row is None else Pointer(row["sha256"], row["size"])


def content_path(core: Core, sha256: str) -> Path:
    """Where the content with this hash lies or will lie.

    Raises:
        HubError: that is no sha256 (422).
    """
    if not _SHA256.fullmatch(sha256):
        raise errors.HubError(422, "oid must be a sha256")
    return core.lfs_dir / sha256


def batch(core: Core, wanted: list[JsonObject]) -> JsonObject:
    """The answer to a batch request of the LFS API: where to upload what is not here yet."""
    objects = []
    for item in wanted:
        sha256, size = str(item.get("oid")), item.get("size", 0)
        answer: JsonObject = {"oid": sha256, "size": size}
        if not content_path(core, sha256).exists():
            href = f"{core.base_url}/lfs/{sha256}"
            answer["actions"] = {"upload": {"href": href}, "verify": {"href": f"{href}/verify"}}
        objects.append(answer)
    return {"transfer": "basic", "objects": objects}


def keep(core: Core, sha256: str, content: bytes) -> None:
    """Keep an uploaded content.

    Raises:
        HubError: it is not the content it claims to be (400).
    """
    if hashlib.sha256(content).hexdigest() != sha256:
        raise errors.invalid("The content does not match its sha256.")
    path = content_path(core, sha256)
    partial = path.with_suffix(".partial")
    partial.write_bytes(content)
    partial.replace(path)
