"""Commits over HTTP: how a file is to be uploaded, the commit itself, and the history."""

from urllib.parse import urlencode

from localhub import commits, errors, ignoring, lfs, refs, repos
from localhub.core import Core
from localhub.errors import JsonObject
from localhub.objects import LoggedCommit
from localhub.router import API_REPO, REVISION, Route, repo_of
from localhub.stamps import stamp
from localhub.wire import Reply, Request, reply_json

MAX_FILES = 256


def preupload(core: Core, request: Request) -> Reply:
    """For each file: regular or LFS, and what lies at its path now, so that the client leaves out what is unchanged."""
    repo = repo_of(core, request)
    repos.require_contributor(request.caller, repo)
    sha = refs.resolve(core, repo, request.args["rev"])
    body = request.json()
    files = request.files("files")
    if len(files) > MAX_FILES:
        raise errors.invalid(f"files must be a list of at most {MAX_FILES}")
    attributes = _rules(core, sha, ".gitattributes", body.get("gitAttributes"))
    ignore = _rules(core, sha, ".gitignore", body.get("gitIgnore"))
    return reply_json({"files": [_upload(core, sha, attributes, ignore, file) for file in files], "commitOid": sha})


def _rules(core: Core, sha: str, path: str, sent: object) -> str:
    """The text of a rules file: the one in the upload itself, else the one at the commit."""
    if isinstance(sent, str):
        return sent
    entry = core.git.entry(sha, path)
    return core.git.read(entry.oid).decode("utf-8", "replace") if entry and entry.kind == "file" else ""


def _upload(core: Core, sha: str, attributes: str, ignore: str, file: JsonObject) -> JsonObject:
    path = str(file.get("path"))
    mode = lfs.upload_mode(attributes, path, file.get("size", 0))
    answer = {"path": path, "uploadMode": mode, "shouldIgnore": ignoring.is_ignored(ignore, path)}
    entry = core.git.entry(sha, path)
    if entry is None or entry.kind != "file":
        return answer
    pointer = lfs.pointer_of(core, entry.oid)
    return {**answer, "oid": pointer.sha256 if pointer else entry.oid}


def commit(core: Core, request: Request) -> Reply:
    """One commit to a branch or pull request, or with ``create_pr`` in a new pull request."""
    repo = repo_of(core, request)
    repos.require_contributor(request.caller, repo)
    push = commits.read_push(request.body)
    made = commits.make(core, repo, request.caller, request.args["rev"], push, create_pr=request.flag("create_pr"))
    page = f"{core.base_url}/{repo.web_path}"
    body = {"success": True, "commitOid": made.sha, "commitUrl": f"{page}/commit/{made.sha}", "hookOutput": ""}
    if made.pull_num is not None:
        body["pullRequestUrl"] = f"{page}/discussions/{made.pull_num}"
    return reply_json(body)


def history(core: Core, request: Request) -> Reply:
    """The commits behind a revision, newest first."""
    repo = repo_of(core, request)
    found = list(core.git.log(refs.resolve(core, repo, request.args["rev"])))
    page, limit = request.number("p", 0, 0, 10**9), request.number("limit", 50, 1, 1000)
    formatted = "formatted" in request.every("expand")
    items = [_logged(logged, formatted=formatted) for logged in found[page * limit : (page + 1) * limit]]
    headers = {"X-Total-Count": str(len(found))}
    if (page + 1) * limit < len(found):
        query = [("p", page + 1), ("limit", limit), *([("expand[]", "formatted")] if formatted else [])]
        headers["Link"] = f'<{core.base_url}{request.path}?{urlencode(query)}>; rel="next"'
    return reply_json(items, headers=headers)


def _logged(logged: LoggedCommit, *, formatted: bool) -> JsonObject:
    item: JsonObject = {
        "id": logged.sha,
        "title": logged.title,
        "message": logged.message,
        "authors": [{"user": logged.author}],
        "date": stamp(logged.date),
    }
    return {**item, "formatted": {"title": logged.title, "message": logged.message}} if formatted else item


ROUTES = (
    Route("POST", f"{API_REPO}/preupload/{REVISION}", preupload),
    Route("POST", f"{API_REPO}/commit/{REVISION}", commit),
    Route("GET", f"{API_REPO}/commits/{REVISION}", history),
)
