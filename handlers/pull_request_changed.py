"""A pull request was opened, closed, reopened, merged, renamed or committed to: the repo needs a look all the same.

Requests to the Hub: none where it is our own echo (a commit or a pull request that we made), otherwise those of a look
that compares with the Hub: 5 where nothing is to be done.
"""

from collections.abc import Mapping
from typing import Any

from bot.context import Context
from bot.records import Look
from handlers.look import look

OWN_ECHO = "own_echo"


def changed(context: Context, arguments: Mapping[str, Any]) -> Look:
    """Look at the repo, whatever the last look saw.

    Raises:
        HubUnavailable: Try again later.
        HubConflict: The repo changed in between: try again at once.
    """
    repo_id, sha, author = (arguments.get(name) for name in ("repo_id", "sha", "author"))
    if sha is not None and context.records.is_own_commit(sha):
        return Look(str(repo_id), OWN_ECHO, "The commit is our own.")
    if author is not None and author == context.hub.me().id:
        return Look(str(repo_id), OWN_ECHO, "The pull request is our own.")
    return look(context, str(repo_id), force=True)
