"""A repo was renamed or deleted: follow it, or let go of it.

Requests to the Hub: 1, or 2 where the old name answers no more and a delivery or a list named a new one.
"""

from collections.abc import Mapping
from typing import Any

from bot.context import Context
from bot.hub_errors import HubDenied, HubGone
from bot.records import Look

RENAMED, GONE, NO_REPO, SAME = "renamed", "gone", "no_repo", "same_name"


def moved(context: Context, arguments: Mapping[str, Any]) -> Look:
    """Find the repo by its id under its old or its new name, and remember what is the case.

    Raises:
        HubUnavailable: Try again later.
    """
    repo = context.records.repo(arguments["repo_id"])
    if repo is None:
        return Look(arguments["repo_id"], NO_REPO, "The repo is not known.")
    hint = arguments.get("new_name")
    for name in dict.fromkeys(filter(None, (hint, repo.heard, repo.name))):
        try:
            state = context.hub.repo(name)
        except HubGone:
            continue
        except HubDenied as error:
            return Look(repo.id, "not_for_us", str(error))
        # Another repo may have taken the name since.
        if state.id == repo.id:
            context.records.rename(repo.id, state.name)
            changed = state.name != repo.name
            return Look(
                repo.id,
                RENAMED if changed else SAME,
                f"{repo.name} is {state.name} now." if changed else "The repo is where it was.",
            )
    context.records.gone(repo.id)
    return Look(repo.id, GONE, f"{repo.name} is not on the Hub any more.")
