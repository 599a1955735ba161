"""Commits through the API: the NDJSON that asks for one, and what it does to a branch or pull request.

Everything between reading the head and moving it happens in one transaction of one thread, so of several commits
that name the same parent exactly one can succeed.
"""

import base64
import binascii
import re
from dataclasses import dataclass
from typing import Any

from localhub import cards, errors, happenings, lfs, pulls, refs, registry, repos, wire
from localhub.accounts import Caller
from localhub.core import Core
from localhub.errors import HubError
from localhub.refs import Ref
from localhub.repos import Repo

_PULL_REF = re.compile(r"refs/pr/(\d{1,9})")
_PARENT = re.compile(r"[0-9a-f]{7,40}")


@dataclass(frozen=True)
class Push:
    """What a commit request asks for: message, expected parent, new contents and paths to take away.

    A new content is bytes, or the sha256 of a large file that was uploaded before.
    """

    summary: str
    description: str
    parent: str | None
    additions: dict[str, bytes | str]
    deletions: tuple[str, ...]


@dataclass(frozen=True)
class Made:
    """A commit that was made, and the pull request it opened, if it did."""

    sha: str
    pull_num: int | None = None


def read_push(body: bytes) -> Push:
    """Read the lines of a commit request.

    Raises:
        HubError: it is not NDJSON of known keys (400), a path leads out of the repo (422), or a README's
            metadata is broken (400).
    """
    header: dict[str, Any] | None = None
    additions: dict[str, bytes | str] = {}
    deletions: list[str] = []
    for line in body.splitlines():
        if not line.strip():
            continue
        key, value = _read_line(line)
        if key == "header":
            header = value
        elif key == "file":
            additions[_path(value)] = _content(value)
        elif key == "lfsFile":
            additions[_path(value)] = str(value.get("oid"))
        elif key in ("deletedFile", "deletedFolder", "deletedEntry"):
            deletions.append(_path(value).rstrip("/"))
        else:
            raise errors.invalid(f"Unknown key {key!r} in the commit.")
    if header is None or not isinstance(header.get("summary"), str) or not header["summary"]:
        raise errors.invalid("The commit has no header with a summary.")
    parent = header.get("parentCommit")
    if parent is not None and not (isinstance(parent, str) and _PARENT.fullmatch(parent)):
        raise errors.invalid("parentCommit must be 7 to 40 hex digits.")
    return Push(header["summary"], str(header.get("description") or ""), parent, additions, tuple(deletions))


def make(core: Core, repo: Repo, caller: Caller | None, revision: str, push: Push, *, create_pr: bool) -> Made:
    """Commit `push` to a branch or pull request, or open a pull request with it.

    Raises:
        HubError: not allowed (401, 403), unknown revision or file (404), another commit is in progress (409), the
            branch moved on (412).
    """
    _lock(core, repo)
    pull = _PULL_REF.fullmatch(revision)
    if create_pr:
        return _propose(core, repo, repos.require_discuss(caller, repo), revision, push)
    if pull:
        caller = repos.require_contributor(caller, repo)
        row = pulls.require_push(core, repo, caller, int(pull.group(1)))
        sha = _commit_onto(core, caller, refs.resolve(core, repo, revision), push)
        pulls.pushed(core, repo, row, caller, sha)
        return Made(sha)
    caller = repos.require_write(core.db, caller, repo)
    ref = refs.full_name(revision)
    head = refs.get(core, repo, ref)
    if head is None:
        raise errors.revision_missing(revision)
    sha = _commit_onto(core, caller, head, push)
    happenings.refs_moved(core, repo, [refs.put(core, repo, ref, sha)])
    return Made(sha)


def _lock(core: Core, repo: Repo) -> None:
    seconds, moment = core.switches.commit_lock_seconds, core.clock.time()
    if not seconds:
        return
    row = core.db.one("SELECT until FROM commit_locks WHERE repo_id = ?", repo.id)
    if row is not None and row["until"] > moment:
        raise errors.commit_in_progress()
    core.db.run("INSERT OR REPLACE INTO commit_locks VALUES (?,?)", repo.id, moment + seconds)


def _propose(core: Core, repo: Repo, caller: Caller, revision: str, push: Push) -> Made:
    ref = refs.full_name(revision)
    head = refs.get(core, repo, ref)
    if head is None or not ref.startswith("refs/heads/"):
        raise errors.revision_missing(revision)
    base = refs.resolve(core, repo, push.parent) if push.parent else head
    sha = _write(core, caller, base, push)
    status = core.switches.commit_pr_status
    row = pulls.open_new(
        core, repo, caller, push.summary, push.description, sha=sha, status=status, base=Ref(ref, base)
    )
    return Made(sha, int(row["num"]))


def _commit_onto(core: Core, caller: Caller, head: str, push: Push) -> str:
    if push.parent is not None and not head.startswith(push.parent):
        raise errors.stale_parent()
    return _write(core, caller, head, push)


def _write(core: Core, caller: Caller, base: str, push: Push) -> str:
    tree = core.git.tree_of(base)
    for path in push.deletions:
        if core.git.entry(base, path) is None:
            raise errors.entry_missing(f"A file with this name doesn't exist: {path}", base)
    # Taking away comes first: "delete the folder, add new files to it" is one commit of the client.
    if push.deletions:
        tree = core.git.edit(tree, dict.fromkeys(push.deletions))
    if push.additions:
        blobs = {path: _blob(core, content) for path, content in push.additions.items()}
        tree = core.git.edit(tree, blobs)
    message = f"{push.summary}\n\n{push.description}" if push.description else push.summary
    return core.git.commit(tree, [base], registry.signature(caller.name), message)


def _blob(core: Core, content: bytes | str) -> str:
    return core.git.write(content) if isinstance(content, bytes) else lfs.write_pointer(core, content)


def _read_line(line: bytes) -> tuple[str, dict[str, Any]]:
    try:
        item = wire.parse_json(line)
        key, value = item["key"], item["value"]
    except (ValueError, KeyError, TypeError) as error:
        raise errors.invalid("The commit is not NDJSON of {key, value} objects.") from error
    if not isinstance(key, str) or not isinstance(value, dict):
        raise errors.invalid("The commit is not NDJSON of {key, value} objects.")
    return key, value


def _path(value: dict[str, Any]) -> str:
    path = value.get("path")
    if not isinstance(path, str) or not path.strip("/"):
        raise errors.invalid("A path is missing.")
    parts = path.rstrip("/").split("/")
    if path.startswith("..") or not path.isprintable() or {"", ".", "..", ".git"}.intersection(parts):
        raise HubError(422, f"Invalid path in repo: {path}")
    return path


def _content(value: dict[str, Any]) -> bytes:
    text = value.get("content")
    if not isinstance(text, str):
        raise errors.invalid(f"The file {value.get('path')} has no content.")
    if value.get("encoding", "utf-8") != "base64":
        content = text.encode()
    else:
        try:
            content = base64.b64decode(text, validate=True)
        except binascii.Error as error:
            raise errors.invalid(f"The content of {value.get('path')} is not base64.") from error
    if value.get("path") == "README.md":
        problem = cards.read(content.decode("utf-8", "replace")).error
        if problem:
            raise errors.invalid(problem)
    return content
