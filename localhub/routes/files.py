"""Downloads: the content of one file at a revision, whole or in part."""

import re
from urllib.parse import quote

from localhub import errors, lfs, refs, repos
from localhub.core import Core
from localhub.router import REVISION, WEB_REPO, Route, repo_of
from localhub.wire import Reply, Request

_RANGE = re.compile(r"bytes=(\d*)-(\d*)")


def resolve(core: Core, request: Request) -> Reply:
    """A file's content with the commit it came from.

    Large files are answered at once with ``X-Linked-*`` headers: a redirect to the same origin would make the client
    lose ``X-Repo-Commit`` on its HEAD request.
    """
    repo = repo_of(core, request)
    repos.require_files(core.db, request.caller, repo)
    sha = refs.resolve(core, repo, request.args["rev"])
    path = request.args["path"]
    if path.startswith(".."):
        raise errors.HubError(422, "Invalid path")
    entry = core.git.entry(sha, path)
    if entry is None or entry.kind != "file":
        raise errors.entry_missing("Entry not found", sha)
    pointer = lfs.pointer_of(core, entry.oid)
    size = pointer.size if pointer else entry.size
    name = path.rpartition("/")[2]
    headers = {
        "X-Repo-Commit": sha,
        "ETag": f'"{pointer.sha256 if pointer else entry.oid}"',
        "Accept-Ranges": "bytes",
        "Content-Type": "application/octet-stream" if pointer else "text/plain; charset=utf-8",
        "Content-Disposition": f"inline; filename*=UTF-8''{quote(name)}",
        "Content-Length": str(size),
    }
    if pointer:
        headers |= {"X-Linked-Etag": f'"{pointer.sha256}"', "X-Linked-Size": str(size)}
    if request.method == "HEAD":
        return Reply(200, b"", headers)
    content = lfs.content_path(core, pointer.sha256).read_bytes() if pointer else core.git.read(entry.oid)
    return _part(content, request.headers.get("range"), headers)


def _part(content: bytes, wanted: str | None, headers: dict[str, str]) -> Reply:
    match = _RANGE.fullmatch(wanted.strip()) if wanted else None
    if match is None or match.group(0) == "bytes=-":
        return Reply(200, content, headers)
    first, last = match.groups()
    size = len(content)
    start = int(first) if first else max(size - int(last), 0)
    end = min(int(last), size - 1) if first and last else size - 1
    if start > end:
        return Reply(416, b"", {**headers, "Content-Length": "0", "Content-Range": f"bytes */{size}"})
    part = content[start : end + 1]
    return Reply(
        206, part, {**headers, "Content-Length": str(len(part)), "Content-Range": f"bytes {start}-{end}/{size}"}
    )


ROUTES = (Route("GET", rf"{WEB_REPO}/(?:resolve|raw)/{REVISION}/(?P<path>.+)", resolve),)
