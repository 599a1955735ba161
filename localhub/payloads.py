"""The bodies of webhook deliveries (version 3), part by part, as hub-docs' webhooks page shows them."""

import json
from typing import Any

from localhub import refs
from localhub.core import Core
from localhub.database import Row
from localhub.errors import JsonObject
from localhub.refs import MAIN, Moved
from localhub.repos import Repo


def event(action: str, scope: str) -> JsonObject:
    """What happened: ``create``, ``update``, ``delete`` or ``move`` of a scope."""
    return {"action": action, "scope": scope}


def repo(core: Core, record: Repo, *, head_sha: bool) -> JsonObject:
    """The repo; `head_sha` (main's head, whichever ref moved) belongs to events of repo scopes only."""
    body: JsonObject = {
        "type": record.kind,
        "name": record.name,
        "id": record.id,
        "private": record.private,
        "url": {
            "web": f"{core.base_url}/{record.web_path}",
            "api": f"{core.base_url}/api/{record.kind}s/{record.name}",
        },
        "owner": {"id": record.owner_id},
    }
    sha = refs.get(core, record, MAIN) if head_sha else None
    return body if sha is None else {**body, "headSha": sha}


def discussion(core: Core, record: Repo, row: Row) -> JsonObject:
    """A discussion or pull request, from its row."""
    path = f"{record.name}/discussions/{row['num']}"
    body: JsonObject = {
        "id": row["id"],
        "title": row["title"],
        "url": {
            "web": f"{core.base_url}/{record.web_path}/discussions/{row['num']}",
            "api": f"{core.base_url}/api/{record.kind}s/{path}",
        },
        "status": row["status"],
        "author": {"id": row["author_id"]},
        "num": row["num"],
        "isPullRequest": bool(row["is_pr"]),
    }
    if row["is_pr"]:
        body["changes"] = changes(row)
    return body


def changes(row: Row) -> JsonObject:
    """Where a pull request leads, and how it was merged."""
    return {"base": row["base_ref"], **({"mergeCommitId": row["merge_sha"]} if row["merge_sha"] else {})}


def comment(core: Core, record: Repo, num: int, row: Row) -> JsonObject:
    """A comment, from its event's row; a hidden one goes without its text."""
    data: dict[str, Any] = json.loads(row["data"])
    body: JsonObject = {"id": row["id"], "author": {"id": row["author_id"]}}
    if not data["hidden"]:
        body["content"] = data["history"][-1]["raw"]
    body["hidden"] = data["hidden"]
    body["url"] = {"web": f"{core.base_url}/{record.web_path}/discussions/{num}#{row['id']}"}
    return body


def updated_refs(moved: list[Moved]) -> list[JsonObject]:
    """The refs of one push."""
    return [{"ref": move.ref, "oldSha": move.old, "newSha": move.new} for move in moved]
