"""Repos as records: how they are found, and who may do what to them."""

from dataclasses import dataclass

from localhub import accounts, errors
from localhub.accounts import Caller
from localhub.database import Database, Row
from localhub.seed import Kind

KINDS: dict[str, Kind] = {"models": "model", "datasets": "dataset", "spaces": "space"}
WRITER_ROLES = {"admin", "write"}


@dataclass(frozen=True)
class Repo:
    """A repo's record; `seq` orders repos by age, `name` is ``owner/name``."""

    seq: int
    id: str
    kind: Kind
    name: str
    owner_id: str
    owner_type: str
    creator_id: str
    private: bool
    gated: str | None
    disabled: bool
    discussions_disabled: bool

    @property
    def owner_name(self) -> str:
        """The part of the name before the slash."""
        return self.name.partition("/")[0]

    @property
    def web_path(self) -> str:
        """The path of its page: datasets and spaces have a prefix, models have none."""
        return self.name if self.kind == "model" else f"{self.kind}s/{self.name}"


def from_row(row: Row) -> Repo:
    """A record from a row of the table ``repos``."""
    return Repo(
        row["seq"],
        row["id"],
        row["kind"],
        row["name"],
        row["owner_id"],
        row["owner_type"],
        row["creator_id"],
        bool(row["private"]),
        row["gated"],
        bool(row["disabled"]),
        bool(row["discussions_disabled"]),
    )


def by_id(db: Database, repo_id: str) -> Repo:
    """The repo with this id, which must exist."""
    row = db.one("SELECT * FROM repos WHERE id = ?", repo_id)
    if row is None:
        raise errors.repo_missing(anonymous=False)
    return from_row(row)


def by_name(db: Database, kind: Kind, name: str) -> Repo | None:
    """The repo with this name now; names compare without case."""
    row = db.one("SELECT * FROM repos WHERE kind = ? AND name = ?", kind, name)
    return None if row is None else from_row(row)


def moved_to(db: Database, kind: Kind, name: str) -> Repo | None:
    """The repo that had this name before it was moved."""
    row = db.one("SELECT r.* FROM moves m JOIN repos r ON r.id = m.repo_id WHERE m.kind = ? AND m.name = ?", kind, name)
    return None if row is None else from_row(row)


def may_read(db: Database, caller: Caller | None, repo: Repo) -> bool:
    """Whether the caller may know that the repo exists."""
    if not repo.private:
        return True
    if caller is None or not caller.allows("repo.content.read", repo.owner_name, repo.name):
        return False
    return user_may_read(db, caller.id, repo)


def user_may_read(db: Database, user_id: str, repo: Repo) -> bool:
    """Whether the user, whatever their token, may read the repo."""
    if not repo.private or user_id == repo.owner_id:
        return True
    return accounts.role_in(db, repo.owner_id, user_id) not in (None, "no_access")


def may_write(db: Database, caller: Caller | None, repo: Repo) -> bool:
    """Whether the caller may change branches, settings and other people's discussions.

    Contributors of an organization may write to the repos they made (hub-docs, organizations-security).
    """
    if caller is None or not caller.allows("repo.write", repo.owner_name, repo.name):
        return False
    return user_may_write(db, caller.id, repo)


def user_may_write(db: Database, user_id: str, repo: Repo) -> bool:
    """Whether the user, whatever their token, may write to the repo."""
    if user_id == repo.owner_id:
        return True
    role = accounts.role_in(db, repo.owner_id, user_id)
    return role in WRITER_ROLES or (role == "contributor" and repo.creator_id == user_id)


def require_write(db: Database, caller: Caller | None, repo: Repo) -> Caller:
    """The caller, if they may write.

    Raises:
        HubError: anonymous (401) or not allowed (403).
    """
    if caller is None:
        raise errors.login_needed()
    if not may_write(db, caller, repo):
        raise errors.forbidden(f"You don't have write access to {repo.name}: check the role of your token.")
    return caller


def require_contributor(caller: Caller | None, repo: Repo) -> Caller:
    """The caller, if their token lets them contribute anything at all to a repo that they can read.

    Raises:
        HubError: anonymous (401) or a read-only token (403).
    """
    if caller is None:
        raise errors.login_needed()
    names = (repo.owner_name, repo.name)
    if not (caller.allows("discussion.write", *names) or caller.allows("repo.write", *names)):
        raise errors.forbidden("Your token is for reading only: use one with the role write.")
    return caller


def require_discuss(caller: Caller | None, repo: Repo) -> Caller:
    """The caller, if their token lets them open discussions, comment and propose.

    Raises:
        HubError: anonymous (401), a read-only token, or discussions are off (403).
    """
    if caller is None:
        raise errors.login_needed()
    if not caller.allows("discussion.write", repo.owner_name, repo.name):
        raise errors.forbidden("Your token may not write discussions: use one with the role write.")
    if repo.discussions_disabled:
        raise errors.forbidden(f"Discussions are disabled for {repo.name}.")
    return caller


def require_files(db: Database, caller: Caller | None, repo: Repo) -> None:
    """Refuse access to the files of a gated repo.

    Raises:
        HubError: the caller is not among those who may see them (403, anonymous 401).
    """
    if repo.gated and not (caller and user_may_write(db, caller.id, repo)):
        member = caller and accounts.role_in(db, repo.owner_id, caller.id)
        if not (member or (caller and _was_let_in(db, caller.id, repo))):
            raise errors.gated(repo.kind, repo.name, anonymous=caller is None)


def _was_let_in(db: Database, user_id: str, repo: Repo) -> bool:
    row = db.one("SELECT status FROM access_requests WHERE repo_id = ? AND user_id = ?", repo.id, user_id)
    return row is not None and row["status"] == "accepted"
