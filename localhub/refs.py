"""Branches, tags and pull request refs: what a revision means, and what follows when a ref moves."""

from dataclasses import dataclass

from localhub import errors, profile
from localhub.core import Core
from localhub.repos import Repo

MAIN = "refs/heads/main"
_HEX = frozenset("0123456789abcdef")


@dataclass(frozen=True)
class Ref:
    """A full ref name and the commit it points to."""

    name: str
    sha: str


@dataclass(frozen=True)
class Moved:
    """A ref that was moved, made (no `old`) or deleted (no `new`)."""

    ref: str
    old: str | None
    new: str | None


def pull_ref(num: int) -> str:
    """The ref that holds the commits of pull request `num`."""
    return f"refs/pr/{num}"


def full_name(revision: str) -> str:
    """The ref a commit to `revision` goes to: ``refs/...`` as it is, anything else a branch."""
    return revision if revision.startswith("refs/") else f"refs/heads/{revision}"


def get(core: Core, repo: Repo, ref: str) -> str | None:
    """The commit `ref` (a full name) points to."""
    row = core.db.one("SELECT sha FROM refs WHERE repo_id = ? AND name = ?", repo.id, ref)
    return None if row is None else str(row["sha"])


def head(core: Core, repo: Repo) -> str:
    """The commit of main."""
    return resolve(core, repo, MAIN)


def resolve(core: Core, repo: Repo, revision: str) -> str:
    """The commit of a branch, tag, full ref or (abbreviated) commit id.

    Raises:
        HubError: there is none in this repo (404 RevisionNotFound).
    """
    names = [revision] if revision.startswith("refs/") else [f"refs/heads/{revision}", f"refs/tags/{revision}"]
    for name in names:
        sha = get(core, repo, name)
        if sha is not None:
            return sha
    if 7 <= len(revision) <= 40 and _HEX.issuperset(revision):
        # Only this repo's commits: the object store holds those of all repos.
        row = core.db.one(
            "SELECT sha FROM commits WHERE repo_id = ? AND sha >= ? AND sha < ? ORDER BY sha LIMIT 1",
            *(repo.id, revision, revision + "g"),
        )
        if row is not None:
            return str(row["sha"])
    raise errors.revision_missing(revision)


def every(core: Core, repo: Repo) -> list[Ref]:
    """All refs of the repo by name."""
    found = core.db.rows("SELECT name, sha FROM refs WHERE repo_id = ? ORDER BY name", repo.id)
    return [Ref(row["name"], row["sha"]) for row in found]


def put(core: Core, repo: Repo, ref: str, sha: str) -> Moved:
    """Make `ref` point to `sha` and bring what is derived from it up to date."""
    old = get(core, repo, ref)
    core.db.run(
        "INSERT INTO refs (repo_id, name, sha) VALUES (?,?,?)"
        " ON CONFLICT (repo_id, name) DO UPDATE SET sha = excluded.sha",
        *(repo.id, ref, sha),
    )
    core.db.run("INSERT OR IGNORE INTO commits VALUES (?,?)", repo.id, sha)
    profile.follow(core, repo, ref, sha)
    return Moved(ref, old, sha)


def remove(core: Core, repo: Repo, ref: str) -> Moved:
    """Delete `ref`.

    Raises:
        HubError: it does not exist (404).
    """
    old = get(core, repo, ref)
    if old is None:
        raise errors.revision_missing(ref)
    core.db.run("DELETE FROM refs WHERE repo_id = ? AND name = ?", repo.id, ref)
    core.db.run("DELETE FROM results WHERE repo_id = ? AND ref = ?", repo.id, ref)
    return Moved(ref, old, None)
