"""Pull requests over HTTP: opened and closed, merged, their refs deleted."""

from localhub import discussions, errors, happenings, pulls, repos
from localhub.core import Core
from localhub.router import API_REPO, Route, repo_of
from localhub.wire import Reply, Request, reply_json


def status(core: Core, request: Request) -> Reply:
    """Open or close a discussion or pull request; opening a draft publishes it."""
    repo = repo_of(core, request)
    caller = repos.require_discuss(request.caller, repo)
    row = discussions.get(core, repo, int(request.args["num"]))
    discussions.require_manage(core, caller, repo, row["author_id"])
    body = request.json()
    if body.get("status") not in ("open", "closed"):
        raise errors.invalid("status must be open or closed")
    if body.get("comment"):
        event = discussions.add_comment(core, row["id"], caller, str(body["comment"]))
        happenings.comment_made(core, repo, discussions.by_id(core.db, row["id"]), event)
    event = pulls.close_or_open(core, repo, row, caller, body["status"])
    return reply_json({"newStatus": discussions.event_json(core, repo, event)})


def merge(core: Core, request: Request) -> Reply:
    """Merge into main."""
    repo = repo_of(core, request)
    caller = repos.require_write(core.db, request.caller, repo)
    row = discussions.get(core, repo, int(request.args["num"]))
    merged = pulls.merge(core, repo, row, caller, str(request.json().get("comment") or "") or None)
    return reply_json({"mergeCommitId": merged["merge_sha"]})


def drop_ref(core: Core, request: Request) -> Reply:
    """Delete the ref of a pull request that is done with."""
    repo = repo_of(core, request)
    caller = repos.require_write(core.db, request.caller, repo)
    pulls.drop_ref(core, repo, discussions.get(core, repo, int(request.args["num"])), caller)
    return reply_json({})


_ONE = rf"{API_REPO}/discussions/(?P<num>\d{{1,9}})"

ROUTES = (
    Route("POST", f"{_ONE}/status", status),
    Route("POST", f"{_ONE}/merge", merge),
    Route("DELETE", f"{_ONE}/ref", drop_ref),
)
