"""Branches and tags over HTTP."""

import re

from localhub import errors, happenings, refs, registry, repos
from localhub.core import Core
from localhub.refs import MAIN, Moved
from localhub.repos import Repo
from localhub.router import API_REPO, REVISION, Route, repo_of
from localhub.wire import Reply, Request, reply_json

_REF = re.compile(r"refs/[^\s~^:?*\[\\]+")  # what git-check-ref-format(1) allows, near enough
_GROUPS = {"heads": "branches", "tags": "tags", "convert": "converts", "pr": "pullRequests"}


def listed(core: Core, request: Request) -> Reply:
    """All refs, those of pull requests only when asked for."""
    repo = repo_of(core, request)
    groups: dict[str, list[dict[str, str]]] = {"branches": [], "tags": [], "converts": []}
    if request.flag("include_prs"):
        groups["pullRequests"] = []
    for ref in refs.every(core, repo):
        _, group, name = ref.name.split("/", 2)
        if _GROUPS[group] in groups:
            groups[_GROUPS[group]].append({"name": name, "ref": ref.name, "targetCommit": ref.sha})
    return reply_json(groups)


def create_branch(core: Core, request: Request) -> Reply:
    """A new branch at a starting point (default main)."""
    repo = _writable(core, request)
    name = request.args["rev"]
    if name.startswith("refs/") and not name.startswith("refs/convert/"):
        raise errors.invalid("Invalid reference for a branch")
    start = refs.resolve(core, repo, str(request.json().get("startingPoint") or "main"))
    return _make(core, repo, refs.full_name(name), start)


def delete_branch(core: Core, request: Request) -> Reply:
    """A branch, gone; never main."""
    repo = _writable(core, request)
    ref = refs.full_name(request.args["rev"])
    if ref == MAIN:
        raise errors.forbidden("Cannot delete refs/heads/main")
    return _remove(core, repo, ref, request.args["rev"])


def create_tag(core: Core, request: Request) -> Reply:
    """A new tag on a revision."""
    repo = _writable(core, request)
    target = refs.resolve(core, repo, request.args["rev"])
    return _make(core, repo, f"refs/tags/{request.text_field('tag')}", target)


def delete_tag(core: Core, request: Request) -> Reply:
    """A tag, gone."""
    repo = _writable(core, request)
    return _remove(core, repo, f"refs/tags/{request.args['rev']}", request.args["rev"])


def super_squash(core: Core, request: Request) -> Reply:
    """A branch's whole history as one commit."""
    repo = _writable(core, request)
    name = request.args["rev"]
    ref = refs.full_name(name)
    tree = core.git.tree_of(refs.resolve(core, repo, ref))
    author = registry.signature(request.user().name)
    message = str(request.json().get("message") or f"Super-squash branch '{name}'")
    moved = refs.put(core, repo, ref, core.git.commit(tree, [], author, message))
    happenings.refs_moved(core, repo, [moved])
    return reply_json({})


def _writable(core: Core, request: Request) -> Repo:
    repo = repo_of(core, request)
    repos.require_write(core.db, request.caller, repo)
    return repo


def _make(core: Core, repo: Repo, ref: str, sha: str) -> Reply:
    if not _REF.fullmatch(ref) or ".." in ref or ref.endswith((".lock", "/", ".")):
        raise errors.invalid(f"{ref} is not a name for a reference")
    if refs.get(core, repo, ref) is not None:
        raise errors.taken(f"Reference {ref} already exists")
    happenings.refs_moved(core, repo, [refs.put(core, repo, ref, sha)])
    return reply_json({})


def _remove(core: Core, repo: Repo, ref: str, shown: str) -> Reply:
    if refs.get(core, repo, ref) is None:
        raise errors.revision_missing(shown)
    moved: Moved = refs.remove(core, repo, ref)
    happenings.refs_moved(core, repo, [moved])
    return reply_json({})


# Branch names may hold slashes, sent as %2F or not.
_NAME = "(?P<rev>.+)"

ROUTES = (
    Route("GET", f"{API_REPO}/refs", listed),
    Route("POST", f"{API_REPO}/branch/{_NAME}", create_branch),
    Route("DELETE", f"{API_REPO}/branch/{_NAME}", delete_branch),
    Route("POST", f"{API_REPO}/tag/{REVISION}", create_tag),
    Route("DELETE", f"{API_REPO}/tag/{_NAME}", delete_tag),
    Route("POST", f"{API_REPO}/super-squash/{_NAME}", super_squash),
)
