"""Access to gated repos over HTTP, for those who may write to them."""

from localhub import access, repos
from localhub.core import Core
from localhub.repos import Repo
from localhub.router import API_REPO, Route, repo_of
from localhub.wire import Reply, Request, reply_json


def listed(core: Core, request: Request) -> Reply:
    """All requests with one status."""
    return reply_json(access.listed(core, _repo(core, request), request.args["status"]))


def grant(core: Core, request: Request) -> Reply:
    """Let somebody in who need not have asked."""
    access.grant(core, _repo(core, request), request.text_field("user"))
    return reply_json({})


def handle(core: Core, request: Request) -> Reply:
    """Accept or reject a request, or make it wait again."""
    repo, body = _repo(core, request), request.json()
    if "user" in body:
        row = access.find(core, repo, user=request.text_field("user"))
    else:
        row = access.find(core, repo, request_id=request.text_field("requestId"))
    access.decide(core, row, request.text_field("status"))
    return reply_json({})


def _repo(core: Core, request: Request) -> Repo:
    repo = repo_of(core, request)
    repos.require_write(core.db, request.caller, repo)
    return repo


_REQUESTS = f"{API_REPO}/user-access-request"

ROUTES = (
    Route("GET", f"{_REQUESTS}/(?P<status>{'|'.join(access.STATUSES)})", listed),
    Route("POST", f"{_REQUESTS}/grant", grant),
    Route("POST", f"{_REQUESTS}/handle", handle),
)
