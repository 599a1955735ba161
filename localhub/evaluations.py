"""The evaluation results of a model: those on main, and those that open pull requests would add.

An entry in an open pull request is shown as well, with the pull request's number (hub-docs, eval-results).
"""

import json

from localhub.core import Core
from localhub.database import Row
from localhub.errors import JsonObject
from localhub.refs import MAIN
from localhub.repos import Repo


def of_repo(core: Core, repo: Repo) -> list[JsonObject]:
    """The ``evalResults`` of a model: rows of main, then those that open pull requests add or change."""
    shown: list[JsonObject] = [json.loads(row["body"]) for row in _rows_of_main(core, repo)]
    drafts = "draft" if core.switches.draft_results_shown else "open"
    proposed = core.db.rows(
        "SELECT d.num, r.body FROM results r JOIN discussions d ON d.repo_id = r.repo_id"
        " AND r.ref = 'refs/pr/' || d.num WHERE r.repo_id = ? AND d.status IN ('open', ?) ORDER BY d.num, r.position",
        *(repo.id, drafts),
    )
    on_main = list(shown)
    for row in proposed:
        body = json.loads(row["body"])
        if body not in on_main:
            shown.append({**body, "pullRequest": row["num"]})
    return shown


def _rows_of_main(core: Core, repo: Repo) -> list[Row]:
    return core.db.rows("SELECT body FROM results WHERE repo_id = ? AND ref = ? ORDER BY position", repo.id, MAIN)
