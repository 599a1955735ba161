"""The git side of pull requests: opened on a branch point, pushed to, compared, merged."""

from localhub import discussions, errors, happenings, payloads, refs, registry
from localhub.accounts import Caller
from localhub.core import Core
from localhub.database import Row
from localhub.errors import JsonObject
from localhub.refs import Moved, Ref
from localhub.repos import Repo


def open_new(
    core: Core,
    repo: Repo,
    caller: Caller,
    title: str,
    description: str,
    *,
    sha: str,
    status: str,
    base: Ref,
) -> Row:
    """Open a pull request with the commit `sha`, and announce both.

    `base` is the branch it leads to and the commit it starts from; pushes never change where it started.
    """
    row = discussions.open_new(core, repo, caller, title, description, pull_status=status, base=base)
    moved = refs.put(core, repo, refs.pull_ref(row["num"]), sha)
    if sha != base.sha:
        _note_commit(core, row, caller, sha)
    row = discussions.by_id(core.db, row["id"])
    if core.switches.pr_events == "content-first":
        happenings.refs_moved(core, repo, [moved])
        discussions.announce_new(core, repo, row)
    else:
        discussions.announce_new(core, repo, row)
        happenings.refs_moved(core, repo, [moved])
    return row


def pushed(core: Core, repo: Repo, row: Row, caller: Caller, sha: str) -> None:
    """Move the pull request's ref to the new commit `sha`."""
    moved = refs.put(core, repo, refs.pull_ref(row["num"]), sha)
    _note_commit(core, row, caller, sha)
    happenings.refs_moved(core, repo, [moved])


def require_push(core: Core, repo: Repo, caller: Caller, num: int) -> Row:
    """The pull request, if the caller may push to it.

    Raises:
        HubError: it does not exist (404 RevisionNotFound), is closed or merged, or is not theirs (403).
    """
    row = core.db.one("SELECT * FROM discussions WHERE repo_id = ? AND num = ? AND is_pr", repo.id, num)
    if row is None or refs.get(core, repo, refs.pull_ref(num)) is None:
        raise errors.revision_missing(refs.pull_ref(num))
    discussions.require_manage(core, caller, repo, row["author_id"])
    if row["status"] in ("closed", "merged"):
        raise errors.HubError(core.switches.closed_pr_push_status, f"Pull request {num} is {row['status']}.")
    return row


def details(core: Core, repo: Repo, row: Row, *, with_diff: bool) -> JsonObject:
    """What a pull request's details have beyond a discussion's: conflicts, base, merge commit, diff."""
    body: JsonObject = {
        "changes": payloads.changes(row),
        "filesWithConflicts": [],
    }
    sha = refs.get(core, repo, refs.pull_ref(row["num"]))
    if sha is None:
        return body
    head = refs.get(core, repo, row["base_ref"])
    if row["status"] in ("open", "draft") and head is not None:
        body["filesWithConflicts"] = list(core.git.merge(row["base_sha"], head, sha).conflicts)
    if with_diff:
        body["diff"] = core.git.diff(row["base_sha"], sha)
        body["diffUrl"] = f"{core.base_url}/{repo.web_path}/discussions/{row['num']}/files.diff"
    return body


def merge(core: Core, repo: Repo, row: Row, caller: Caller, comment: str | None) -> Row:
    """Merge a pull request into its base as one new commit titled ``TITLE (#N)``.

    Raises:
        HubError: it is a discussion, a draft, closed or merged, has lost its ref, or conflicts with main.
    """
    num = row["num"]
    if not row["is_pr"]:
        raise errors.invalid("This is a discussion, not a pull request.")
    if row["status"] != "open":
        raise errors.HubError(
            core.switches.merge_refused_status, f"Pull request {num} is {row['status']} and cannot be merged."
        )
    head, sha = refs.resolve(core, repo, row["base_ref"]), refs.resolve(core, repo, refs.pull_ref(num))
    merged = core.git.merge(row["base_sha"], head, sha)
    if merged.tree is None:
        raise errors.HubError(
            core.switches.merge_conflict_status,
            f"Pull request {num} has conflicts with its base in {', '.join(merged.conflicts)}.",
            extra={"filesWithConflicts": list(merged.conflicts)},
        )
    if comment:
        event = discussions.add_comment(core, row["id"], caller, comment)
        happenings.comment_made(core, repo, discussions.by_id(core.db, row["id"]), event)
    parents = [head] if core.switches.merge_shape == "squash" else [head, sha]
    title = f"{row['title']} (#{num})"
    merge_sha = core.git.commit(merged.tree, parents, registry.signature(caller.name), title)
    moved = refs.put(core, repo, row["base_ref"], merge_sha)
    discussions.set_field(core, row, "merge_sha", merge_sha)
    row = discussions.set_field(core, row, "status", "merged")
    discussions.add_event(core, row["id"], caller, "status-change", {"status": "merged"})
    happenings.refs_moved(core, repo, [moved])
    happenings.discussion_changed(core, repo, row)
    return row


def close_or_open(core: Core, repo: Repo, row: Row, caller: Caller, status: str) -> Row:
    """Set the status ``open`` (which also publishes a draft) or ``closed``; returns the event's row.

    Raises:
        HubError: the pull request is merged (403).
    """
    if row["status"] == "merged":
        raise errors.forbidden("A merged pull request cannot change its status.")
    row = discussions.set_field(core, row, "status", status)
    event = discussions.add_event(core, row["id"], caller, "status-change", {"status": status})
    happenings.discussion_changed(core, repo, row)
    return event


def drop_ref(core: Core, repo: Repo, row: Row, caller: Caller) -> Moved:
    """Delete the ref of a closed or merged pull request.

    Raises:
        HubError: it is still open (403) or the ref is gone already (404).
    """
    if row["status"] in ("open", "draft"):
        raise errors.forbidden("Close or merge the pull request first.")
    moved = refs.remove(core, repo, refs.pull_ref(row["num"]))
    discussions.add_event(core, row["id"], caller, "ref-deleted", {})
    happenings.refs_moved(core, repo, [moved])
    return moved


def _note_commit(core: Core, row: Row, caller: Caller, sha: str) -> None:
    discussions.add_event(core, row["id"], caller, "commit", {"subject": core.git.title(sha), "oid": sha})
