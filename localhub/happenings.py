"""What is announced to webhooks: one function for each thing that can happen on the Hub.

The table of actions and payloads is on hub-docs' webhooks page; what it leaves open is a switch.
"""

from localhub import accounts, hooks, outbox, payloads
from localhub.core import Core
from localhub.database import Row
from localhub.errors import JsonObject
from localhub.refs import Moved
from localhub.repos import Repo


def refs_moved(core: Core, repo: Repo, moved: list[Moved]) -> None:
    """Commits, branches, tags or pull request refs changed in one push."""
    _announce(core, repo, "update", "repo.content", {"updatedRefs": payloads.updated_refs(moved)})


def repo_made(core: Core, repo: Repo) -> None:
    """A repo was created."""
    _announce(core, repo, "create", "repo", {})


def repo_deleted(core: Core, repo: Repo) -> None:
    """A repo is about to be deleted."""
    _announce(core, repo, "delete", "repo", {})


def repo_moved(core: Core, old: Repo, new: Repo) -> None:
    """A repo was renamed or handed over; the payload names both."""
    moved_to = {"name": new.name, "owner": {"id": new.owner_id}}
    _announce(core, old, "move", "repo", {"movedTo": moved_to})


def settings_changed(core: Core, repo: Repo, changed: JsonObject) -> None:
    """A repo's settings changed."""
    _announce(core, repo, "update", "repo.config", {"updatedConfig": changed})


def discussion_made(core: Core, repo: Repo, discussion: Row, first: Row) -> None:
    """A discussion or pull request was opened with the comment `first`."""
    comment = payloads.comment(core, repo, discussion["num"], first)
    parts = {"discussion": payloads.discussion(core, repo, discussion), "comment": comment}
    _announce(core, repo, "create", "discussion", parts)


def discussion_changed(core: Core, repo: Repo, discussion: Row) -> None:
    """Title or status of a discussion or pull request changed, a merge included."""
    _announce(core, repo, "update", "discussion", {"discussion": payloads.discussion(core, repo, discussion)})


def discussion_deleted(core: Core, repo: Repo, discussion: Row) -> None:
    """A discussion is about to be deleted."""
    _announce(core, repo, "delete", "discussion", {"discussion": payloads.discussion(core, repo, discussion)})


def comment_made(core: Core, repo: Repo, discussion: Row, comment: Row, *, action: str = "create") -> None:
    """A comment was added; with `action` ``update``, edited or hidden."""
    parts = {
        "discussion": payloads.discussion(core, repo, discussion),
        "comment": payloads.comment(core, repo, discussion["num"], comment),
    }
    _announce(core, repo, action, "discussion.comment", parts)


def _announce(core: Core, repo: Repo, action: str, scope: str, parts: JsonObject) -> None:
    listening = [
        hook
        for hook in hooks.watching(core.db, repo, _owner_name(core, repo), scope.partition(".")[0])
        if hooks.may_hear(core.db, hook, repo)
    ]
    if not listening:
        return
    body: JsonObject = {
        "event": payloads.event(action, scope),
        "repo": payloads.repo(core, repo, head_sha=scope.startswith("repo")),
        **parts,
    }
    for hook in listening:
        outbox.put(core, hook.id, body)


def _owner_name(core: Core, repo: Repo) -> str:
    owner = accounts.by_id(core.db, repo.owner_id)
    return owner.name if owner else repo.owner_name
