"""A pull request was opened, closed, reopened, merged, renamed or committed to: the repo needs a look all the same.

Requests to the Hub: none where it is our own echo (a commit or a pull request that we made), otherwise those of a look
that compares with the Hub: 5 where nothing is to be done.
"""

from collections.abc import Mapping
from typing import Any

from bot.context import Context
from bot.records import OWN_ECHO, Look
from handlers.look import look


def changed(context: Context, arguments: Mapping[str, Any]) -> Look:
    """Look at the repo, whatever the last look saw.

    Raises:
        HubUnavailable: Try again later.
        HubConflict: The repo changed in between: try again at once.
    """
    repo_id, changes = arguments["repo_id"], arguments.get("changes") or []
    if changes and all(_is_own(context, change) for change in changes):
        return Look(repo_id, OWN_ECHO, "The change is our own.")
    return look(context, repo_id, force=True)


def _is_own(context: Context, change: Mapping[str, Any]) -> bool:
    """Whether a change is a commit that we made or a pull request that we opened."""
    sha, author = change.get("sha"), change.get("author")
    if sha is not None:
        return context.records.is_own_commit(sha)
    return author is not None and author == context.hub.me().id
