"""Discussions and pull requests as conversations: opened, listed, commented, edited, renamed, closed.

Git side of pull requests: `localhub.pulls`.
"""

import json
from html import escape
from typing import Any

from localhub import accounts, errors, happenings, notifications, repos
from localhub.accounts import Caller
from localhub.core import Core
from localhub.database import Database, Row
from localhub.errors import JsonObject
from localhub.refs import Ref
from localhub.repos import Repo
from localhub.stamps import new_id

_LISTED_STATUS = {"open": ("open", "draft"), "closed": ("closed", "merged")}


def open_new(
    core: Core,
    repo: Repo,
    caller: Caller,
    title: str,
    description: str,
    *,
    pull_status: str | None = None,
    base: Ref | None = None,
) -> Row:
    """Open a discussion, or with `pull_status` a pull request from `base`, under the repo's next number.

    Nothing is announced yet: see `announce_new`.
    """
    core.db.run("UPDATE repos SET last_num = last_num + 1 WHERE seq = ?", repo.seq)
    discussion_id = new_id()
    core.db.run(
        "INSERT INTO discussions (id, repo_id, num, title, author_id, is_pr, status, created_at, base_ref,"
        " base_sha) SELECT ?, id, last_num, ?, ?, ?, ?, ?, ?, ? FROM repos WHERE seq = ?",
        *(discussion_id, title, caller.id, pull_status is not None, pull_status or "open", core.clock.now()),
        *(base.name if base else None, base.sha if base else None, repo.seq),
    )
    add_comment(core, discussion_id, caller, description)
    return by_id(core.db, discussion_id)


def announce_new(core: Core, repo: Repo, discussion: Row) -> None:
    """Tell webhooks about a discussion or pull request that was just opened."""
    first = core.db.one("SELECT * FROM events WHERE discussion_id = ? ORDER BY seq LIMIT 1", discussion["id"])
    if first is not None:
        happenings.discussion_made(core, repo, discussion, first)


def by_id(db: Database, discussion_id: str) -> Row:
    """The row of a discussion that exists."""
    row = db.one("SELECT * FROM discussions WHERE id = ?", discussion_id)
    if row is None:
        raise errors.not_found("Discussion not found")
    return row


def get(core: Core, repo: Repo, num: int) -> Row:
    """The discussion or pull request with this number.

    Raises:
        HubError: there is none (404).
    """
    row = core.db.one("SELECT * FROM discussions WHERE repo_id = ? AND num = ?", repo.id, num)
    if row is None:
        raise errors.not_found("Discussion not found")
    return row


def page(core: Core, repo: Repo, number: int, kind: str, status: str, author: str | None) -> JsonObject:
    """One page of the repo's discussions, newest first: ``{discussions, count, start, numClosedDiscussions}``."""
    where, values = "repo_id = ?", [repo.id]
    if kind in ("discussion", "pull_request"):
        where += " AND is_pr" if kind == "pull_request" else " AND NOT is_pr"
    closed = _count(core, f"{where} AND status IN ('closed','merged')", values)
    if status in _LISTED_STATUS:
        where += " AND status IN (?,?)"
        values += _LISTED_STATUS[status]
    if author:
        where += " AND author_id = (SELECT id FROM users WHERE name = ?)"
        values.append(author)
    size = core.switches.page_size
    found = core.db.rows(
        f"SELECT * FROM discussions WHERE {where} ORDER BY num DESC LIMIT ? OFFSET ?",  # noqa: S608 - constants
        *(*values, size, number * size),
    )
    return {
        "discussions": [_item(core, repo, row) for row in found],
        "count": _count(core, where, values),
        "start": number * size,
        "numClosedDiscussions": closed,
    }


def details(core: Core, repo: Repo, row: Row) -> JsonObject:
    """A discussion with all its events; what only pull requests have is added by `localhub.pulls`."""
    found = core.db.rows("SELECT * FROM events WHERE discussion_id = ? ORDER BY seq", row["id"])
    return {
        "_id": row["id"],
        "num": row["num"],
        **_author(core, row["author_id"]),
        "repo": {"name": repo.name, "type": repo.kind},
        "title": row["title"],
        "createdAt": row["created_at"],
        "status": row["status"],
        "events": [event_json(core, repo, event) for event in found],
        "pinned": bool(row["pinned"]),
        "locked": False,
        "collection": "discussions",
        "isPullRequest": bool(row["is_pr"]),
        "isReport": False,
    }


def may_manage(core: Core, caller: Caller, repo: Repo, author_id: str) -> bool:
    """Authors manage what they wrote, writers of the repo everything."""
    return caller.id == author_id or repos.may_write(core.db, caller, repo)


def require_manage(core: Core, caller: Caller, repo: Repo, author_id: str) -> None:
    """Refuse (403) who is neither the author nor a writer of the repo."""
    if not may_manage(core, caller, repo, author_id):
        raise errors.forbidden("Only the author and people with write access can do this.")


def add_comment(core: Core, discussion_id: str, caller: Caller, text: str) -> Row:
    """Append a comment; nothing is announced."""
    data = {"hidden": False, "history": [{"raw": text, "updatedAt": core.clock.now(), "author": caller.name}]}
    core.db.run("UPDATE discussions SET comments = comments + 1 WHERE id = ?", discussion_id)
    return add_event(core, discussion_id, caller, "comment", data)


def add_event(core: Core, discussion_id: str, caller: Caller, kind: str, data: JsonObject) -> Row:
    """Append an event to a discussion and notify those it concerns; nothing is announced to webhooks."""
    event_id = new_id()
    core.db.run(
        "INSERT INTO events (id, discussion_id, type, author_id, created_at, data, app) VALUES (?,?,?,?,?,?,?)",
        *(event_id, discussion_id, kind, caller.id, core.clock.now(), json.dumps(data), caller.app),
    )
    row = core.db.one("SELECT * FROM events WHERE id = ?", event_id)
    if row is None:
        raise RuntimeError("an event that was just written is gone")
    notifications.tell(core, row, caller, data["history"][0]["raw"] if kind == "comment" else "")
    return row


def get_comment(core: Core, discussion: Row, comment_id: str) -> Row:
    """The comment of the discussion with this id.

    Raises:
        HubError: there is none (404).
    """
    row = core.db.one(
        "SELECT * FROM events WHERE id = ? AND discussion_id = ? AND type = 'comment'", comment_id, discussion["id"]
    )
    if row is None:
        raise errors.not_found("Comment not found")
    return row


def change_comment(core: Core, repo: Repo, discussion: Row, comment: Row, data: JsonObject) -> Row:
    """Replace a comment's data and announce it."""
    core.db.run("UPDATE events SET data = ? WHERE seq = ?", json.dumps(data), comment["seq"])
    changed = get_comment(core, discussion, comment["id"])
    happenings.comment_made(core, repo, discussion, changed, action="update")
    return changed


def set_field(core: Core, discussion: Row, column: str, value: str | int) -> Row:
    """Change one of title, status, pinned, merge_sha; returns the new row."""
    if column not in ("title", "status", "pinned", "merge_sha"):
        raise ValueError(column)
    core.db.run(f"UPDATE discussions SET {column} = ? WHERE id = ?", value, discussion["id"])  # noqa: S608 - checked above
    return by_id(core.db, discussion["id"])


def delete(core: Core, repo: Repo, discussion: Row) -> None:
    """Remove a discussion with its events; its number is not used again."""
    happenings.discussion_deleted(core, repo, discussion)
    for table in ("events", "notifications"):
        core.db.run(f"DELETE FROM {table} WHERE discussion_id = ?", discussion["id"])  # noqa: S608 - names from above
    core.db.run("DELETE FROM discussions WHERE id = ?", discussion["id"])


def event_json(core: Core, repo: Repo, row: Row) -> JsonObject:
    """An event as the API shows it.

    Its ``author`` says whether they own the repo or belong to its owner, and which app acted for them if one did.
    """
    data: dict[str, Any] = json.loads(row["data"])
    author = _author(core, row["author_id"])
    if author:
        author["author"]["isOwner"] = row["author_id"] == repo.owner_id
        if repo.owner_type == "org":
            author["author"]["isOrgMember"] = accounts.role_in(core.db, repo.owner_id, row["author_id"]) is not None
        if row["app"]:
            author["author"]["oauthApp"] = {"name": row["app"]}
    return {
        "id": row["id"],
        **author,
        "createdAt": row["created_at"],
        "type": row["type"],
        "data": _comment_data(core, data) if row["type"] == "comment" else data,
    }


def _count(core: Core, where: str, values: list[str]) -> int:
    row = core.db.one(f"SELECT count(*) AS n FROM discussions WHERE {where}", *values)  # noqa: S608 - constants
    return row["n"] if row else 0


def _comment_data(core: Core, data: dict[str, Any]) -> JsonObject:
    history = data["history"]
    editors = list(dict.fromkeys(version["author"] for version in history))
    latest = history[-1]
    editor = accounts.find_user(core.db, latest["author"])
    raw = "This comment has been hidden" if data["hidden"] else latest["raw"]
    body: JsonObject = {
        "edited": len(history) > 1,
        "hidden": data["hidden"],
        "latest": {
            "raw": raw,
            "html": f"<p>{escape(raw)}</p>",
            "updatedAt": latest["updatedAt"],
            **({"author": accounts.author_json(editor, core.base_url)} if editor else {}),
        },
        "numEdits": len(history) - 1,
        "editors": editors,
        "editorAvatarUrls": [accounts.avatar(core.base_url, name) for name in editors],
        "reactions": [],
    }
    if data["hidden"]:
        return {**body, "hiddenBy": data.get("hiddenBy", "")}
    return {**body, "history": history} if core.switches.comment_history else body


def _author(core: Core, account_id: str) -> dict[str, JsonObject]:
    account = accounts.by_id(core.db, account_id)
    # A deleted author is left out: the client cannot read null here.
    return {} if account is None else {"author": accounts.author_json(account, core.base_url)}


def _item(core: Core, repo: Repo, row: Row) -> JsonObject:
    return {
        "num": row["num"],
        **_author(core, row["author_id"]),
        "repo": {"name": repo.name, "type": repo.kind},
        "title": row["title"],
        "createdAt": row["created_at"],
        "status": row["status"],
        "isPullRequest": bool(row["is_pr"]),
        "numComments": row["comments"],
        "pinned": bool(row["pinned"]),
        "topReactions": [],
        "numReactionUsers": 0,
    }
