"""A push to main: the repo needs a look. What it costs is said in `handlers.look`."""

from collections.abc import Mapping
from typing import Any

from bot.context import Context
from bot.records import Look
from handlers.look import look


def pushed(context: Context, arguments: Mapping[str, Any]) -> Look:
    """Look at the repo; nothing is done where card and results are those of the last look.

    Raises:
        HubUnavailable: Try again later.
        HubConflict: The repo changed in between: try again at once.
    """
    return look(context, arguments["repo_id"])
