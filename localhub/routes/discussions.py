"""Discussions over HTTP: list, open, read, comment, edit, hide, rename, pin, delete."""

import json

from localhub import discussions, errors, happenings, pulls, refs, repos
from localhub.accounts import Caller
from localhub.core import Core
from localhub.database import Row
from localhub.refs import Ref
from localhub.repos import Repo
from localhub.router import API_REPO, WEB_REPO, Route, repo_of
from localhub.wire import Reply, Request, reply_json, reply_text

MAX_TEXT = 65536


def listed(core: Core, request: Request) -> Reply:
    """One page of discussions and pull requests, newest first."""
    repo = repo_of(core, request)
    number = request.number("p", 0, 0, 10**9)
    filters = (request.first("type", "all"), request.first("status", "all"), request.first("author") or None)
    return reply_json(discussions.page(core, repo, number, *filters))


def create(core: Core, request: Request) -> Reply:
    """A new discussion, or a pull request that has no commit of its own yet."""
    repo = repo_of(core, request)
    caller = repos.require_discuss(request.caller, repo)
    body = request.json()
    title, description = _title(request, "title"), str(body.get("description") or "")
    _check_length(description)
    is_pull = bool(body.get("pullRequest"))
    if is_pull:
        base = Ref(refs.MAIN, refs.head(core, repo))
        row = pulls.open_new(
            core, repo, caller, title, description, sha=base.sha, status=core.switches.blank_pr_status, base=base
        )
    else:
        row = discussions.open_new(core, repo, caller, title, description)
        discussions.announce_new(core, repo, row)
    url = f"{core.base_url}/{repo.web_path}/discussions/{row['num']}"
    return reply_json({"url": url, "num": row["num"], "pullRequest": is_pull})


def details(core: Core, request: Request) -> Reply:
    """Everything about one discussion; with ``diff`` also a pull request's patch."""
    repo = repo_of(core, request)
    row = discussions.get(core, repo, int(request.args["num"]))
    body = discussions.details(core, repo, row)
    if row["is_pr"]:
        body |= pulls.details(core, repo, row, with_diff=request.flag("diff"))
    return reply_json(body)


def page(core: Core, request: Request) -> Reply:
    """A discussion for people, as plain text: what it says, and for a pull request what it changes."""
    repo = repo_of(core, request)
    row = discussions.get(core, repo, int(request.args["num"]))
    body = discussions.details(core, repo, row)
    what = "Discussion"
    if row["is_pr"]:
        what = "Pull request"
        body |= pulls.details(core, repo, row, with_diff=True)
    author = body.get("author", {}).get("name", "somebody who is gone")
    first = next((event["data"]["latest"]["raw"] for event in body["events"] if event["type"] == "comment"), "")
    parts = [
        f"{body['title']}\n{what} {row['num']} of {repo.name}, {body['status']}, by {author}",
        first.strip(),
        body.get("diff", "").strip(),
    ]
    return reply_text("\n\n".join(filter(None, parts)) + "\n")


def comment(core: Core, request: Request) -> Reply:
    """A new comment."""
    repo, caller, row = _writing(core, request)
    text = request.text_field("comment")
    _check_length(text)
    event = discussions.add_comment(core, row["id"], caller, text)
    happenings.comment_made(core, repo, discussions.by_id(core.db, row["id"]), event)
    return reply_json({"newMessage": discussions.event_json(core, repo, event)}, 201)


def edit(core: Core, request: Request) -> Reply:
    """A comment's new text; the old ones stay in its history."""
    repo, caller, row = _writing(core, request)
    event = discussions.get_comment(core, row, request.args["comment"])
    discussions.require_manage(core, caller, repo, event["author_id"])
    text = request.text_field("content")
    _check_length(text)
    data = json.loads(event["data"])
    data["history"].append({"raw": text, "updatedAt": core.clock.now(), "author": caller.name})
    changed = discussions.change_comment(core, repo, row, event, data)
    return reply_json({"updatedComment": discussions.event_json(core, repo, changed)})


def hide(core: Core, request: Request) -> Reply:
    """A comment hidden for good."""
    repo, caller, row = _writing(core, request)
    event = discussions.get_comment(core, row, request.args["comment"])
    discussions.require_manage(core, caller, repo, event["author_id"])
    data = json.loads(event["data"]) | {"hidden": True, "hiddenBy": caller.name}
    changed = discussions.change_comment(core, repo, row, event, data)
    return reply_json({"updatedComment": discussions.event_json(core, repo, changed)})


def rename(core: Core, request: Request) -> Reply:
    """A new title."""
    repo, caller, row = _writing(core, request)
    discussions.require_manage(core, caller, repo, row["author_id"])
    title = _title(request, "title")
    event = discussions.add_event(core, row["id"], caller, "title-change", {"from": row["title"], "to": title})
    happenings.discussion_changed(core, repo, discussions.set_field(core, row, "title", title))
    return reply_json({"newTitle": discussions.event_json(core, repo, event)})


def pin(core: Core, request: Request) -> Reply:
    """Pinned on top, or not any more."""
    repo, caller, row = _writing(core, request)
    repos.require_write(core.db, caller, repo)
    pinned = bool(request.json().get("pinned"))
    discussions.set_field(core, row, "pinned", int(pinned))
    discussions.add_event(core, row["id"], caller, "pinning-change", {"pinned": pinned})
    return reply_json({"pinned": pinned})


def delete(core: Core, request: Request) -> Reply:
    """A discussion, gone with all its comments."""
    repo, caller, row = _writing(core, request)
    repos.require_write(core.db, caller, repo)
    discussions.delete(core, repo, row)
    return reply_json({})


def _writing(core: Core, request: Request) -> tuple[Repo, Caller, Row]:
    repo = repo_of(core, request)
    caller = repos.require_discuss(request.caller, repo)
    return repo, caller, discussions.get(core, repo, int(request.args["num"]))


def _title(request: Request, name: str) -> str:
    title = request.text_field(name).strip()
    if not 3 <= len(title) <= 200:
        raise errors.invalid("The title must have 3 to 200 characters.")
    return title


def _check_length(text: str) -> None:
    if len(text) > MAX_TEXT:
        raise errors.invalid(f"The text must have at most {MAX_TEXT} characters.")


_ALL = f"{API_REPO}/discussions"
_ONE = rf"{_ALL}/(?P<num>\d{{1,9}})"
_COMMENT = f"{_ONE}/comment/(?P<comment>[^/]+)"

ROUTES = (
    Route("GET", _ALL, listed),
    Route("POST", _ALL, create),
    Route("GET", _ONE, details),
    Route("GET", rf"{WEB_REPO}/discussions/(?P<num>\d+)", page),
    Route("DELETE", _ONE, delete),
    Route("POST", f"{_ONE}/comment", comment),
    Route("POST", f"{_COMMENT}/edit", edit),
    Route("POST", f"{_COMMENT}/hide", hide),
    Route("POST", f"{_ONE}/title", rename),
    Route("POST", f"{_ONE}/pin", pin),
)
