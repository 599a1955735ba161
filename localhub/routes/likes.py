"""Likes, of which there are none: the API takes them back but gives none (hub-docs), and this Hub has no buttons."""

from localhub import accounts, errors
from localhub.core import Core
from localhub.router import API_REPO, Route, repo_of
from localhub.wire import Reply, Request, reply_json


def of_user(core: Core, request: Request) -> Reply:
    """What a user likes."""
    if accounts.find_user(core.db, request.args["user"]) is None:
        raise errors.not_found("This user does not exist")
    return reply_json([])


def unlike(core: Core, request: Request) -> Reply:
    """Take back a like that was not given."""
    request.user()
    repo_of(core, request)
    return reply_json({})


ROUTES = (
    Route("GET", "/api/users/(?P<user>[^/]+)/likes", of_user),
    Route("DELETE", f"{API_REPO}/like", unlike),
)
