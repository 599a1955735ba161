"""The evaluation results of a model: those on main, and those that open pull requests would add.

An entry in an open pull request is shown as well, with the pull request's number (hub-docs, eval-results).
"""

import json

from localhub.core import Core
from localhub.errors import JsonObject
from localhub.refs import MAIN, pull_ref
from localhub.repos import Repo
from localhub.results import FOLDER


def of_repo(core: Core, repo: Repo) -> list[JsonObject]:
    """The ``evalResults`` of a model: rows of main, then those that open pull requests add or change."""
    on_main = _rows(core, repo, MAIN)
    files = {row["blob"] for row in on_main}
    shown = [_public(row) for row in on_main]
    statuses = ("open", "draft") if core.switches.draft_results_shown else ("open", "open")
    found = core.db.rows(
        "SELECT num FROM discussions WHERE repo_id = ? AND is_pr AND status IN (?,?) ORDER BY num", repo.id, *statuses
    )
    for pull in found:
        num = pull["num"]
        base = _base_blobs(core, repo, num)
        for row in _rows(core, repo, pull_ref(num)):
            # A file that the pull request did not touch is main's, even where main has moved on.
            if row["blob"] not in files and row["blob"] not in base and _public(row) not in shown:
                shown.append({**_public(row), "pullRequest": num})
    return shown


def _base_blobs(core: Core, repo: Repo, num: int) -> set[str]:
    found = {
        row["name"]: row["sha"]
        for row in core.db.rows(
            "SELECT name, sha FROM refs WHERE repo_id = ? AND name IN (?,?)", repo.id, MAIN, pull_ref(num)
        )
    }
    if len(found) < 2:
        return set()
    base = core.git.merge_base(found[MAIN], found[pull_ref(num)])
    folder = core.git.entry(base, FOLDER) if base else None
    if folder is None or folder.kind != "directory":
        return set()
    return {entry.oid for entry in core.git.entries(folder.oid, "", recursive=False)}


def _rows(core: Core, repo: Repo, ref: str) -> list[JsonObject]:
    found = core.db.rows("SELECT body FROM results WHERE repo_id = ? AND ref = ? ORDER BY position", repo.id, ref)
    return [json.loads(row["body"]) for row in found]


def _public(row: JsonObject) -> JsonObject:
    return {key: value for key, value in row.items() if key != "blob"}
