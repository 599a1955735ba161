"""Git objects of all repos in one bare store: true blob, tree and commit ids, diffs and merges.

No refs here: those are rows (see `localhub.refs`), so an object that nothing points to is harmless.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path
from typing import Literal

import pygit2
from pygit2.enums import FileMode, SortMode

from localhub.clock import Clock

# A path's new content: a blob's sha, or None to take the path (file or whole folder) away.
Changes = Mapping[str, str | None]
_Node = dict[str, "str | _Node | None"]


@dataclass(frozen=True)
class Entry:
    """A file or folder in a tree; `size` is the blob's, 0 for a folder."""

    path: str
    kind: Literal["file", "directory"]
    oid: str
    size: int


@dataclass(frozen=True)
class LoggedCommit:
    """A commit as history shows it; `author` is an account name."""

    sha: str
    title: str
    message: str
    author: str
    date: datetime


@dataclass(frozen=True)
class Merge:
    """A three-way merge: the merged tree, or the paths that conflict."""

    tree: str | None
    conflicts: tuple[str, ...]


class Objects:
    """The store at `path`, made when missing; `clock` dates the commits."""

    def __init__(self, path: Path, clock: Clock) -> None:
        if not path.exists():
            pygit2.init_repository(path, bare=True)
        self._repo, self._clock = pygit2.Repository(path), clock
        self._merge = lru_cache(maxsize=512)(self._merge_uncached)

    def close(self) -> None:
        """Let go of open files."""
        self._repo.free()

    def write(self, data: bytes) -> str:
        """Keep `data` as a blob; returns its sha."""
        return str(self._repo.create_blob(data))

    def read(self, oid: str) -> bytes:
        """The content of the blob `oid`."""
        return self._blob(oid).data

    def edit(self, tree: str | None, changes: Changes) -> str:
        """The sha of `tree` (None: empty) with `changes` applied; untouched folders are not even read."""
        nested: _Node = {}
        for path, oid in changes.items():
            *folders, name = path.split("/")
            node = nested
            for folder in folders:
                child = node.get(folder)
                if not isinstance(child, dict):
                    child = node[folder] = {}
                node = child
            node[name] = oid
        edited = self._edit(self._tree(tree) if tree else None, nested)
        return edited or str(self._repo.TreeBuilder().write())

    def commit(self, tree: str, parents: list[str], author: tuple[str, str], message: str) -> str:
        """Write a commit by `author` (name, e-mail) and return its sha."""
        signature = pygit2.Signature(*author, int(self._clock.time()), 0)
        return str(self._repo.create_commit(None, signature, signature, message, tree, list(parents)))

    def tree_of(self, commit: str) -> str:
        """The sha of the commit's root tree."""
        return str(self._commit(commit).tree_id)

    def entry(self, commit: str, path: str) -> Entry | None:
        """What lies at `path` ('' is the root), or None."""
        tree = self._commit(commit).tree
        if not path:
            return Entry("", "directory", str(tree.id), 0)
        try:
            return self._entry(path, tree[path])
        except KeyError:
            return None

    def entries(self, tree: str, prefix: str, *, recursive: bool) -> Iterator[Entry]:
        """Files and folders of the tree `tree` in git's order; their paths start with `prefix`."""
        for item in self._tree(tree):
            entry = self._entry(f"{prefix}{item.name}", item)
            yield entry
            if recursive and entry.kind == "directory":
                yield from self.entries(entry.oid, f"{entry.path}/", recursive=True)

    def log(self, commit: str) -> Iterator[LoggedCommit]:
        """The history of `commit`, newest first."""
        for found in self._repo.walk(pygit2.Oid(hex=commit), SortMode.TOPOLOGICAL | SortMode.TIME):
            title, _, rest = found.message.partition("\n")
            date = datetime.fromtimestamp(found.commit_time, UTC)
            yield LoggedCommit(str(found.id), title, rest.strip("\n"), found.author.name, date)

    def title(self, commit: str) -> str:
        """The first line of the commit's message."""
        return self._commit(commit).message.partition("\n")[0]

    def merge(self, base: str, ours: str, theirs: str) -> Merge:
        """Merge two commits that both come from `base`, in memory; the answer is remembered."""
        return self._merge(base, ours, theirs)

    def diff(self, old: str, new: str) -> str:
        """The patch that leads from the commit `old` to `new`."""
        return self._repo.diff(self._commit(old), self._commit(new)).patch or ""

    def _merge_uncached(self, base: str, ours: str, theirs: str) -> Merge:
        # Naming the base saves libgit2 a walk through the history, which grows with every commit.
        index = self._repo.merge_trees(self._commit(base).tree, self._commit(ours).tree, self._commit(theirs).tree)
        if index.conflicts is None:
            return Merge(str(index.write_tree(self._repo)), ())
        paths = {side.path for conflict in index.conflicts for side in conflict if side is not None}
        return Merge(None, tuple(sorted(paths)))

    def _edit(self, tree: pygit2.Tree | None, changes: _Node) -> str | None:
        builder = self._repo.TreeBuilder(tree) if tree is not None else self._repo.TreeBuilder()
        for name, change in changes.items():
            present = tree is not None and name in tree
            mode = FileMode.BLOB
            oid: str | None
            if isinstance(change, dict):
                below = tree[name] if tree is not None and present else None
                oid = self._edit(below if isinstance(below, pygit2.Tree) else None, change)
                mode = FileMode.TREE
            else:
                oid = change
            if oid is not None:
                builder.insert(name, oid, mode)
            elif present:
                builder.remove(name)
        return str(builder.write()) if len(builder) else None

    def _entry(self, path: str, item: pygit2.Object) -> Entry:
        if isinstance(item, pygit2.Tree):
            return Entry(path, "directory", str(item.id), 0)
        # The header alone says the size; reading the blob would unpack it.
        _, size = self._repo.odb.read_header(item.id)
        return Entry(path, "file", str(item.id), size)

    def _blob(self, oid: str) -> pygit2.Blob:
        return self._repo[oid].peel(pygit2.Blob)

    def _tree(self, oid: str) -> pygit2.Tree:
        return self._repo[oid].peel(pygit2.Tree)

    def _commit(self, oid: str) -> pygit2.Commit:
        return self._repo[oid].peel(pygit2.Commit)
