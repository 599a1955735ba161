"""Repos made, moved, set and deleted; who may access them; cards checked before a commit."""

import re

from localhub import accounts, cards, errors, happenings, registry, repos
from localhub.accounts import Account
from localhub.core import Core
from localhub.errors import JsonObject
from localhub.router import API_REPO, Route, repo_of
from localhub.seed import Kind
from localhub.wire import Reply, Request, reply_json, reply_text

_NAME = re.compile(r"[A-Za-z0-9][\w.\-]{0,95}")
_KINDS: dict[str, Kind] = {"model": "model", "dataset": "dataset", "space": "space"}


def create(core: Core, request: Request) -> Reply:
    """A new repo of the caller or of an organization they may write to."""
    body = request.json()
    caller = request.user()
    namespace, _, tail = request.text_field("name").rpartition("/")
    name = _repo_name(tail)
    owner = _owner(core, request, str(body.get("organization") or namespace or caller.name), name)
    private = body.get("private")
    if body.get("visibility"):
        private = body["visibility"] == "private"
    elif private is None:
        row = core.db.one("SELECT private_by_default AS p FROM orgs WHERE id = ?", owner.id)
        private = bool(row and row["p"])
    creator = Account(caller.id, caller.name, caller.name, "user")
    repo = registry.create(core, creator, owner, _kind(body), name, private=bool(private))
    happenings.repo_made(core, repo)
    return reply_json({"url": f"{core.base_url}/{repo.web_path}", "name": repo.name, "id": repo.id})


def delete(core: Core, request: Request) -> Reply:
    """A repo and everything on it, gone."""
    body = request.json()
    owner = str(body.get("organization") or request.user().name)
    name = request.text_field("name")
    repo = repos.by_name(core.db, _kind(body), name if "/" in name else f"{owner}/{name}")
    if repo is None or not repos.may_read(core.db, request.caller, repo):
        raise errors.repo_missing(anonymous=False)
    repos.require_write(core.db, request.caller, repo)
    happenings.repo_deleted(core, repo)
    registry.delete(core.db, repo)
    return reply_json({})


def move(core: Core, request: Request) -> Reply:
    """A repo renamed, or handed to an owner for whom the caller may create repos."""
    repo = repos.by_name(core.db, _kind(request.json()), request.text_field("fromRepo"))
    if repo is None or not repos.may_read(core.db, request.caller, repo):
        raise errors.repo_missing(anonymous=request.caller is None)
    repos.require_write(core.db, request.caller, repo)
    namespace, _, tail = request.text_field("toRepo").partition("/")
    name = _repo_name(tail)
    moved = registry.move(core, repo, _owner(core, request, namespace, name), name)
    happenings.repo_moved(core, repo, moved)
    return reply_json({})


def settings(core: Core, request: Request) -> Reply:
    """Visibility, gating, discussions on or off; only ``private`` is part of what webhooks hear."""
    repo = repo_of(core, request)
    repos.require_write(core.db, request.caller, repo)
    body = request.json()
    changed: JsonObject = {}
    if "visibility" in body or "private" in body:
        changed["private"] = body["visibility"] == "private" if "visibility" in body else bool(body["private"])
        core.db.run("UPDATE repos SET private = ? WHERE seq = ?", changed["private"], repo.seq)
    if "gated" in body:
        if body["gated"] not in (False, "auto", "manual"):
            raise errors.invalid('gated must be false, "auto" or "manual"')
        core.db.run("UPDATE repos SET gated = ? WHERE seq = ?", body["gated"] or None, repo.seq)
    if "discussionsDisabled" in body:
        core.db.run(
            "UPDATE repos SET discussions_disabled = ? WHERE seq = ?", bool(body["discussionsDisabled"]), repo.seq
        )
    happenings.settings_changed(core, repos.by_id(core.db, repo.id), changed)
    known = ("private", "visibility", "gated", "discussionsDisabled")
    return reply_json({key: body[key] for key in known if key in body})


def auth_check(core: Core, request: Request) -> Reply:
    """Whether the caller may read the repo's files, or with ``/write`` change them."""
    repo = repo_of(core, request)
    if request.args.get("right") == "write":
        repos.require_write(core.db, request.caller, repo)
    repos.require_files(core.db, request.caller, repo)
    return reply_json({})


def validate_yaml(_core: Core, request: Request) -> Reply:
    """What is wrong with a card's metadata; the client asks before every commit of a README."""
    content = request.json().get("content")
    problems = cards.check(content if isinstance(content, str) else "")
    status = 400 if problems["errors"] else 200
    if request.headers.get("accept") == "text/plain":
        # So asks a card that checks itself, and shows people the answer.
        lines = [f"- Error: {problem['message']}" for problem in problems["errors"]]
        lines += [f"- Warning: {problem['message']}" for problem in problems["warnings"]]
        return reply_text("\n".join(lines), status)
    return reply_json(problems, status)


def _kind(body: JsonObject) -> Kind:
    kind = _KINDS.get(str(body.get("type") or "model"))
    if kind is None:
        raise errors.invalid("type must be model, dataset or space")
    return kind


def _repo_name(name: str) -> str:
    if not _NAME.fullmatch(name) or "--" in name or ".." in name or name.endswith((".git", ".", "-")):
        raise errors.invalid(f"{name!r} is not a name for a repo")
    return name


def _owner(core: Core, request: Request, namespace: str, name: str) -> Account:
    caller = request.user()
    owner = accounts.find_owner(core.db, namespace)
    role = accounts.role_in(core.db, owner.id, caller.id) if owner else None
    allowed = owner is not None and (owner.id == caller.id or role in ("admin", "write", "contributor"))
    if owner is None or not allowed or not caller.allows("repo.write", owner.name, f"{owner.name}/{name}"):
        raise errors.forbidden(f"You don't have the rights to create a repo under the namespace {namespace!r}.")
    return owner


ROUTES = (
    Route("POST", "/api/repos/create", create),
    Route("DELETE", "/api/repos/delete", delete),
    Route("POST", "/api/repos/move", move),
    Route("POST", "/api/validate-yaml", validate_yaml),
    Route("PUT", f"{API_REPO}/settings", settings),
    Route("GET", f"{API_REPO}/auth-check(?:/(?P<right>[a-z]+))?", auth_check),
)
