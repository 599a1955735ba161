"""Who was let into a gated repo, who asked, and who was turned away."""

from localhub import accounts, errors
from localhub.core import Core
from localhub.database import Row
from localhub.errors import JsonObject
from localhub.repos import Repo
from localhub.stamps import new_id

STATUSES = ("pending", "accepted", "rejected")


def listed(core: Core, repo: Repo, status: str) -> list[JsonObject]:
    """The requests that stand there, newest first; without e-mail addresses, which no repo here asks for."""
    rows = core.db.rows(
        "SELECT * FROM access_requests WHERE repo_id = ? AND status = ? ORDER BY seq DESC", repo.id, status
    )
    return [_to_json(core, row) for row in rows]


def grant(core: Core, repo: Repo, user: str) -> None:
    """Let a user in who need not have asked.

    Raises:
        HubError: the repo is not gated or the user is in already (400); there is no such user (404).
    """
    if not repo.gated:
        raise errors.invalid("The repo is not gated.")
    account = accounts.find_user(core.db, user)
    if account is None:
        raise errors.not_found("This user does not exist")
    row = core.db.one("SELECT * FROM access_requests WHERE repo_id = ? AND user_id = ?", repo.id, account.id)
    if row is not None and row["status"] == "accepted":
        raise errors.invalid("The user has access already.")
    core.db.run("DELETE FROM access_requests WHERE repo_id = ? AND user_id = ?", repo.id, account.id)
    core.db.run(
        "INSERT INTO access_requests (id, repo_id, user_id, status, at) VALUES (?,?,?,'accepted',?)",
        *(new_id(), repo.id, account.id, core.clock.now()),
    )


def decide(core: Core, row: Row, status: str) -> None:
    """Move a request to another status.

    Raises:
        HubError: there is no such status (400), or it has that one (404, as on the Hub).
    """
    if status not in STATUSES:
        raise errors.invalid(f"status must be one of {', '.join(STATUSES)}")
    if row["status"] == status:
        raise errors.not_found(f"The request is {status} already.")
    core.db.run("UPDATE access_requests SET status = ? WHERE id = ?", status, row["id"])


def find(core: Core, repo: Repo, *, user: str | None = None, request_id: str | None = None) -> Row:
    """The request of a user, or the one with this id.

    Raises:
        HubError: there is none (404).
    """
    account = accounts.find_user(core.db, user) if user is not None else None
    row = core.db.one(
        "SELECT * FROM access_requests WHERE repo_id = ? AND (user_id = ? OR id = ?)",
        *(repo.id, account.id if account else None, request_id),
    )
    if row is None:
        raise errors.not_found("This user has not asked for access to the repo.")
    return row


def _to_json(core: Core, row: Row) -> JsonObject:
    body: JsonObject = {"requestId": row["id"], "status": row["status"], "timestamp": row["at"]}
    user = accounts.by_id(core.db, row["user_id"])
    if user is not None:
        body["user"] = {
            "_id": user.id,
            "user": user.name,
            "fullname": user.fullname,
            "avatarUrl": accounts.avatar(core.base_url, user.name),
            "isPro": user.is_pro,
            "type": "user",
            "verifiedOrgNames": [],
        }
    return body
