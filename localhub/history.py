"""Which commit last touched a path."""

from localhub.core import Core
from localhub.errors import JsonObject
from localhub.stamps import stamp


def last_commits(core: Core, sha: str, paths: list[str]) -> dict[str, JsonObject]:
    """For each path of the commit `sha`, the newest commit that changed it: ``{id, title, date}``.

    Walks back from `sha` only as far as the oldest answer, comparing ids of what lies at the paths.
    """
    found: dict[str, JsonObject] = {}
    open_paths = {path: _oid(core, sha, path) for path in paths}
    newer: JsonObject | None = None
    for logged in core.git.log(sha):
        if newer is not None:
            changed = [path for path, oid in open_paths.items() if _oid(core, logged.sha, path) != oid]
            found |= dict.fromkeys(changed, newer)
            for path in changed:
                del open_paths[path]
            if not open_paths:
                return found
        newer = {"id": logged.sha, "title": logged.title, "date": stamp(logged.date)}
    oldest = newer or {"id": sha, "title": "", "date": core.clock.now()}
    return found | dict.fromkeys(open_paths, oldest)


def _oid(core: Core, sha: str, path: str) -> str | None:
    entry = core.git.entry(sha, path)
    return None if entry is None else entry.oid
