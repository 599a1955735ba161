"""The life of a repo: made, moved, set, deleted."""

from localhub import errors, refs
from localhub.accounts import Account
from localhub.core import Core
from localhub.database import Database
from localhub.repos import Repo, by_id, by_name
from localhub.seed import Kind
from localhub.stamps import new_id

GIT_ATTRIBUTES = "".join(
    f"*.{extension} filter=lfs diff=lfs merge=lfs -text\n"
    for extension in ("bin", "gguf", "h5", "npz", "onnx", "parquet", "pt", "safetensors", "tar", "zip")
)


def create(core: Core, creator: Account, owner: Account, kind: Kind, name: str, *, private: bool) -> Repo:
    """Make the repo ``owner/name`` with the one commit every repo starts with.

    Raises:
        HubError: the name is in use (409).
    """
    full_name = f"{owner.name}/{name}"
    taken = by_name(core.db, kind, full_name)
    if taken is not None:
        url = f"{core.base_url}/{taken.web_path}"
        raise errors.taken(f"You already created this {kind} repo", {"url": url})
    repo_id, moment = new_id(), core.clock.now()
    core.db.run("DELETE FROM moves WHERE kind = ? AND name = ?", kind, full_name)
    core.db.run(
        "INSERT INTO repos (id, kind, name, owner_id, owner_type, creator_id, private, created_at, last_modified)"
        " VALUES (?,?,?,?,?,?,?,?,?)",
        *(repo_id, kind, full_name, owner.id, owner.type, creator.id, private, moment, moment),
    )
    repo = by_id(core.db, repo_id)
    files = {".gitattributes": GIT_ATTRIBUTES}
    if kind == "space":
        files["README.md"] = f"---\ntitle: {name}\nsdk: static\n---\n"
    tree = core.git.edit(None, {path: core.git.write(text.encode()) for path, text in files.items()})
    sha = core.git.commit(tree, [], signature(creator.name), "initial commit")
    refs.put(core, repo, "refs/heads/main", sha)
    return repo


def signature(user_name: str) -> tuple[str, str]:
    """Name and e-mail of a user as the author of a commit."""
    return user_name, f"{user_name}@users.noreply.localhub"


def delete(db: Database, repo: Repo) -> None:
    """Forget the repo with everything on it."""
    inner = "SELECT id FROM discussions WHERE repo_id = ?"
    for table in ("events", "notifications"):
        db.run(f"DELETE FROM {table} WHERE discussion_id IN ({inner})", repo.id)  # noqa: S608 - constants
    for table in ("discussions", "refs", "commits", "commit_locks", "results", "moves", "access_requests"):
        db.run(f"DELETE FROM {table} WHERE repo_id = ?", repo.id)  # noqa: S608 - names from the line above
    db.run("DELETE FROM repo_tags WHERE repo_seq = ?", repo.seq)
    db.run("DELETE FROM repos WHERE id = ?", repo.id)


def move(core: Core, repo: Repo, new_owner: Account, new_name: str) -> Repo:
    """Rename the repo or hand it to another owner; its old name leads to it from now on.

    Raises:
        HubError: the new name is in use (409).
    """
    full_name = f"{new_owner.name}/{new_name}"
    taken = by_name(core.db, repo.kind, full_name)
    if taken is not None and taken.id != repo.id:
        raise errors.taken(f"A {repo.kind} repository called {full_name} already exists")
    core.db.run("DELETE FROM moves WHERE kind = ? AND name = ?", repo.kind, full_name)
    core.db.run("INSERT OR REPLACE INTO moves VALUES (?,?,?)", repo.kind, repo.name, repo.id)
    core.db.run(
        "UPDATE repos SET name = ?, owner_id = ?, owner_type = ? WHERE id = ?",
        *(full_name, new_owner.id, new_owner.type, repo.id),
    )
    return by_id(core.db, repo.id)
