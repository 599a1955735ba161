"""The caller's notifications: listed, marked as read, deleted."""

from localhub import errors, notifications
from localhub.accounts import Caller
from localhub.core import Core
from localhub.notifications import Wanted
from localhub.router import Route
from localhub.wire import Reply, Request, reply_json


def listed(core: Core, request: Request) -> Reply:
    """One page, newest first."""
    number = request.number("p", 0, 0, 10**9)
    return reply_json(notifications.page(core, request.user().id, _wanted(request), number))


def mark(core: Core, request: Request) -> Reply:
    """Mark discussions as read or unread."""
    read = request.json().get("read", True)
    notifications.mark(core, _changer(request).id, _chosen(request), read=bool(read))
    return reply_json({})


def delete(core: Core, request: Request) -> Reply:
    """Forget notifications."""
    notifications.remove(core, _changer(request).id, _chosen(request))
    return reply_json({})


def _wanted(request: Request) -> Wanted:
    return Wanted(
        unread=request.first("readStatus") == "unread",
        kind=request.first("repoType"),
        repo=request.first("repoName"),
        mention=request.first("mention"),
        last_update=request.first("lastUpdate"),
        nothing=any(request.first(name) for name in ("postAuthor", "paperId", "articleId")),
    )


def _chosen(request: Request) -> Wanted | list[str]:
    if request.flag("applyToAll"):
        return _wanted(request)
    ids = request.json().get("discussionIds")
    if not isinstance(ids, list) or not ids or not all(isinstance(item, str) for item in ids):
        raise errors.invalid("discussionIds must be a list of ids, or applyToAll be true")
    return ids


def _changer(request: Request) -> Caller:
    caller = request.user()
    if caller.role == "read":
        raise errors.forbidden("Your token is for reading only: use one with the role write.")
    return caller


_ALL = "/api/notifications"

ROUTES = (
    Route("GET", _ALL, listed),
    Route("POST", f"{_ALL}/mark-as-read", mark),
    Route("DELETE", _ALL, delete),
)
