"""Which handler does which job: the one place that a composition root needs."""

import functools
from collections.abc import Callable, Mapping
from typing import Any

from bot.context import Context
from bot.queue import LOOK, MOVED, PULLS
from bot.records import Look
from handlers import pull_request_changed, readme_pushed, repo_moved

Handler = Callable[[Mapping[str, Any]], Look]


def handlers(context: Context) -> dict[str, Handler]:
    """The handlers of all jobs, with what they need."""
    return {
        LOOK: functools.partial(readme_pushed.pushed, context),
        PULLS: functools.partial(pull_request_changed.changed, context),
        MOVED: functools.partial(repo_moved.moved, context),
    }
