"""Notifications: which discussions have news for whom.

One record for each user and discussion: its newest event, and whether it was read. Told are those who take part (they
opened it, commented, or were mentioned) and those who look after the repo: its owner, or the admins and writers of
the organization that owns it. Nobody is told of what they did themselves. Who is told is documented nowhere, and
neither is the answer to a change.
"""

import re
from dataclasses import dataclass

from localhub import accounts, repos
from localhub.accounts import Caller
from localhub.core import Core
from localhub.database import Row
from localhub.errors import JsonObject
from localhub.repos import Repo

_TELLING = ("comment", "status-change")
_FROM = "FROM notifications n JOIN discussions d ON d.id = n.discussion_id JOIN repos r ON r.id = d.repo_id"
_MENTION = re.compile(r"(?<![\w/@.-])@([A-Za-z0-9][\w-]{0,95})")


@dataclass(frozen=True)
class Wanted:
    """Which notifications a request is about; an empty text means no such condition.

    Attributes:
        unread: only what was not read yet.
        kind: repos of this kind only.
        repo: this repo only.
        mention: ``participating`` for discussions the user takes part in, ``mentions`` for those that name them.
        last_update: a moment as the Hub writes it; which side of it is a switch.
        nothing: what the request asks for are papers, posts or articles, which this Hub does not have.
    """

    unread: bool = False
    kind: str = ""
    repo: str = ""
    mention: str = ""
    last_update: str = ""
    nothing: bool = False


def tell(core: Core, event: Row, author: Caller, text: str) -> None:
    """Note an event of a discussion for everybody but its `author`; `text` is a comment's, with its mentions."""
    if event["type"] not in _TELLING:
        return
    discussion_id = event["discussion_id"]
    row = core.db.one("SELECT r.* FROM discussions d JOIN repos r ON r.id = d.repo_id WHERE d.id = ?", discussion_id)
    if row is None:
        return
    repo = repos.from_row(row)
    mentioned = {user.id for name in _MENTION.findall(text) if (user := accounts.find_user(core.db, name))}
    speakers = _ids(core, "SELECT DISTINCT author_id FROM events WHERE discussion_id = ? AND type = 'comment'", event)
    before = _ids(core, "SELECT user_id FROM notifications WHERE discussion_id = ?", event)
    for user_id in (mentioned | speakers | before | _keepers(core, repo)) - {author.id}:
        if repos.user_may_read(core.db, user_id, repo):
            named = user_id in mentioned
            core.db.run(
                "INSERT INTO notifications VALUES (?,?,?,0,?,?) ON CONFLICT (user_id, discussion_id) DO UPDATE SET"
                " event_seq = excluded.event_seq, read = 0, participating = participating OR excluded.participating,"
                " mentioned = mentioned OR excluded.mentioned",
                *(user_id, discussion_id, event["seq"], named or user_id in speakers, named),
            )


def page(core: Core, user_id: str, wanted: Wanted, number: int) -> JsonObject:
    """One page of a user's notifications, newest first: ``{notifications, count: {view, unread, all}, start}``."""
    size = core.switches.page_size
    where, values = _conditions(core, user_id, wanted)
    found = core.db.rows(
        "SELECT d.*, n.read, e.id AS event_id, e.created_at AS updated_at, r.kind, r.name AS repo_name"
        f" {_FROM} JOIN events e ON e.seq = n.event_seq WHERE {where} ORDER BY n.event_seq DESC LIMIT ? OFFSET ?",
        *(*values, size, number * size),
    )
    return {
        "notifications": [_item(core, row) for row in found],
        "count": {
            "view": _count(core, user_id, wanted),
            "unread": _count(core, user_id, Wanted(unread=True)),
            "all": _count(core, user_id, Wanted()),
        },
        "start": number * size,
    }


def mark(core: Core, user_id: str, chosen: Wanted | list[str], *, read: bool) -> None:
    """Mark as read or unread what matches, or the discussions with these ids."""
    for discussion_id in _chosen(core, user_id, chosen):
        statement = "UPDATE notifications SET read = ? WHERE user_id = ? AND discussion_id = ?"
        core.db.run(statement, read, user_id, discussion_id)


def remove(core: Core, user_id: str, chosen: Wanted | list[str]) -> None:
    """Forget what matches, or the discussions with these ids, until something happens there again."""
    for discussion_id in _chosen(core, user_id, chosen):
        core.db.run("DELETE FROM notifications WHERE user_id = ? AND discussion_id = ?", user_id, discussion_id)


def _conditions(core: Core, user_id: str, wanted: Wanted) -> tuple[str, list[str]]:
    # A repo may have become private since.
    owners = "r.owner_id = ? OR r.owner_id IN (SELECT org_id FROM members WHERE user_id = ?)"
    where, values = ["n.user_id = ?", f"(NOT r.private OR {owners})"], [user_id] * 3
    if wanted.nothing:
        where.append("false")
    if wanted.unread:
        where.append("NOT n.read")
    if wanted.mention in ("participating", "mentions"):
        where.append("n.participating" if wanted.mention == "participating" else "n.mentioned")
    for column, value in (("r.kind", wanted.kind), ("r.name", wanted.repo)):
        if value:
            where.append(f"{column} = ?")
            values.append(value)
    if wanted.last_update:
        updated = "(SELECT created_at FROM events WHERE seq = n.event_seq)"
        where.append(f"{updated} >= ?" if core.switches.notifications_last_update == "since" else f"{updated} <= ?")
        values.append(wanted.last_update)
    return " AND ".join(where), values


def _count(core: Core, user_id: str, wanted: Wanted) -> int:
    where, values = _conditions(core, user_id, wanted)
    row = core.db.one(f"SELECT count(*) AS n {_FROM} WHERE {where}", *values)
    return row["n"] if row else 0


def _chosen(core: Core, user_id: str, chosen: Wanted | list[str]) -> list[str]:
    if isinstance(chosen, list):
        return chosen
    where, values = _conditions(core, user_id, chosen)
    return [row["id"] for row in core.db.rows(f"SELECT d.id {_FROM} WHERE {where}", *values)]


def _item(core: Core, row: Row) -> JsonObject:
    return {
        "type": "repo",
        "updatedAt": row["updated_at"],
        "read": bool(row["read"]),
        "discussionEventId": row["event_id"],
        "repo": {"type": row["kind"], "name": row["repo_name"]},
        "discussion": {
            "num": row["num"],
            "title": row["title"],
            "status": row["status"],
            "id": row["id"],
            "isPullRequest": bool(row["is_pr"]),
            "participating": _participating(core, row["id"]),
        },
    }


def _participating(core: Core, discussion_id: str) -> list[JsonObject]:
    users = core.db.rows(
        "SELECT DISTINCT u.id, u.name FROM events e JOIN users u ON u.id = e.author_id"
        " WHERE e.discussion_id = ? AND e.type = 'comment' ORDER BY e.seq",
        discussion_id,
    )
    return [
        {"_id": user["id"], "avatar": accounts.avatar(core.base_url, user["name"]), "user": user["name"]}
        for user in users
    ]


def _keepers(core: Core, repo: Repo) -> set[str]:
    if repo.owner_type == "user":
        return {repo.owner_id}
    rows = core.db.rows("SELECT user_id FROM members WHERE org_id = ? AND role IN ('admin','write')", repo.owner_id)
    return {row["user_id"] for row in rows}


def _ids(core: Core, statement: str, event: Row) -> set[str]:
    return {row[0] for row in core.db.rows(statement, event["discussion_id"])}
