"""Lists of repos, one repo, and the files at a revision."""

from collections.abc import Iterator
from itertools import islice

from localhub import counts, errors, history, infos, leaderboard, lfs, listing, refs, repos
from localhub.core import Core
from localhub.errors import JsonObject
from localhub.listing import MAX_LIMIT
from localhub.objects import Entry
from localhub.router import API_REPO, REPO_ID, REVISION, Route, kind_of, next_link, repo_of
from localhub.wire import Reply, Request, reply_json

_UNSCANNED: JsonObject = {
    "status": "unscanned",
    "avScan": {"status": "unscanned"},
    "pickleImportScan": {"status": "unscanned"},
}
_LISTS = "/api/(?P<kind>models|datasets|spaces)"


def listed(core: Core, request: Request) -> Reply:
    """The repos the caller may see, filtered, sorted and paged."""
    kind = kind_of(request)
    gated = request.first("gated")
    filters = [*request.every("filter"), *request.every("apps"), *request.every("tags")]
    wanted = listing.Wanted(
        kind=kind,
        author=request.first("author"),
        search=request.first("search"),
        filters=tuple(part for text in filters for part in text.split(",")),
        pipeline_tag=request.first("pipeline_tag"),
        gated=None if not gated else gated.lower() == "true",
        parameters=counts.read_range(request.first("num_parameters")),
        sort=request.first("sort"),
        limit=request.number("limit", MAX_LIMIT, 1, MAX_LIMIT),
        cursor=request.first("cursor"),
        full=request.flag("full"),
        card=request.flag("cardData") or request.flag("full"),
        expand=tuple(infos.check_expand(kind, request.every("expand"))),
    )
    items, cursor = listing.page(core, request.caller, wanted)
    return reply_json(items, headers=next_link(core, request, cursor))


def info(core: Core, request: Request) -> Reply:
    """One repo at a revision."""
    repo = repo_of(core, request)
    expand = infos.check_expand(repo.kind, request.every("expand"))
    revision = request.args.get("rev")
    return reply_json(infos.info(core, repo, revision, expand, blobs=request.flag("blobs")))


def benchmark(core: Core, request: Request) -> Reply:
    """The leaderboard of a dataset that is a registered benchmark."""
    dataset = repo_of(core, request)
    wanted = leaderboard.Wanted(
        task_id=request.first("task_id"),
        only_base=request.first("base_model", "true").lower() != "false",
        most_parameters=counts.read(request.first("max_params")),
    )
    rows = leaderboard.of_dataset(core, dataset, request.caller, wanted)
    if rows is None:
        raise errors.not_found("This dataset does not have a leaderboard")
    return reply_json(rows)


def tree(core: Core, request: Request) -> Reply:
    """Files and folders below a path, page by page."""
    repo = repo_of(core, request)
    repos.require_files(core.db, request.caller, repo)
    sha = refs.resolve(core, repo, request.args["rev"])
    path = request.args.get("path", "").strip("/")
    folder = core.git.entry(sha, path)
    if folder is None or folder.kind != "directory":
        raise errors.entry_missing(f'{path} does not exist on "{request.args["rev"]}"', sha)
    expand = request.flag("expand")
    limit = request.number("limit", 50 if expand else MAX_LIMIT, 1, MAX_LIMIT)
    start = request.number("cursor", 0, 0, 10**9)
    entries = core.git.entries(folder.oid, f"{path}/" if path else "", recursive=request.flag("recursive"))
    found = list(islice(entries, start, start + limit + 1))
    items = list(_items(core, sha, found[:limit], expand=expand))
    return reply_json(items, headers=next_link(core, request, str(start + limit) if len(found) > limit else None))


def paths_info(core: Core, request: Request) -> Reply:
    """What lies at each of some paths; those where nothing lies are left out."""
    repo = repo_of(core, request)
    repos.require_files(core.db, request.caller, repo)
    sha = refs.resolve(core, repo, request.args["rev"])
    is_json = request.headers.get("content-type", "").startswith("application/json")
    fields = request.json() if is_json else request.form()
    paths = fields.get("paths", [])
    expand = str((fields.get("expand") or ["false"])[0]).lower() == "true"
    found = [entry for path in paths if (entry := core.git.entry(sha, str(path).strip("/"))) and entry.path]
    return reply_json(list(_items(core, sha, found, expand=expand)))


def _items(core: Core, sha: str, entries: list[Entry], *, expand: bool) -> Iterator[JsonObject]:
    last = history.last_commits(core, sha, [entry.path for entry in entries]) if expand else {}
    for entry in entries:
        item: JsonObject = {"type": entry.kind, "oid": entry.oid, "size": entry.size, "path": entry.path}
        pointer = lfs.pointer_of(core, entry.oid) if entry.kind == "file" else None
        if pointer:
            item |= {"size": pointer.size, "lfs": {"oid": pointer.sha256, "size": pointer.size}}
            item["lfs"]["pointerSize"] = entry.size
        if expand:
            item["lastCommit"] = last[entry.path]
            if entry.kind == "file":
                item["securityFileStatus"] = _UNSCANNED
        yield item


ROUTES = (
    Route("GET", _LISTS, listed),
    Route("GET", rf"{API_REPO}/tree/{REVISION}(?:/(?P<path>.*))?", tree),
    Route("POST", f"{API_REPO}/paths-info/{REVISION}", paths_info),
    Route("GET", rf"/api/(?P<kind>datasets)/{REPO_ID}/leaderboard", benchmark),
    Route("GET", f"{API_REPO}/revision/{REVISION}", info),
    Route("GET", API_REPO, info),
)
