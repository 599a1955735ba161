"""Uploads of large files: the batch call of Git LFS, and the PUT it leads to."""

from localhub import lfs, repos
from localhub.core import Core
from localhub.router import WEB_REPO, Route, repo_of
from localhub.wire import Reply, Request, reply_json


def batch(core: Core, request: Request) -> Reply:
    """Where to put which object."""
    repos.require_contributor(request.caller, repo_of(core, request))
    return reply_json(lfs.batch(core, request.files("objects")))


def put(core: Core, request: Request) -> Reply:
    """The content of one object; the hash in the path is all the authority it needs, as with a signed URL."""
    lfs.keep(core, request.args["sha256"], request.body)
    return reply_json({})


def verify(core: Core, request: Request) -> Reply:
    """Whether an object arrived whole."""
    path = lfs.content_path(core, request.args["sha256"])
    whole = path.exists() and path.stat().st_size == request.json().get("size")
    return reply_json({}, 200 if whole else 404)


ROUTES = (
    Route("POST", rf"{WEB_REPO}\.git/info/lfs/objects/batch", batch),
    Route("PUT", "/lfs/(?P<sha256>[^/]+)", put),
    Route("POST", "/lfs/(?P<sha256>[^/]+)/verify", verify),
)
