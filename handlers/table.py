"""Which handler does which job: the one place that a composition root needs."""

import functools
from collections.abc import Callable, Mapping
from typing import Any

from bot.evaluations import Evaluations
from bot.queue_jobs import DISCUSS, LOOK, MOVED, PULLS, RUN
from bot.records import Look
from handlers import commented, pull_request_changed, readme_pushed, repo_moved, run_step

Handler = Callable[[Mapping[str, Any]], Look]


def handlers(evaluations: Evaluations) -> dict[str, Handler]:
    """The handlers of all jobs, with what they need."""
    context = evaluations.context
    return {
        LOOK: functools.partial(readme_pushed.pushed, context),
        PULLS: functools.partial(pull_request_changed.changed, context),
        MOVED: functools.partial(repo_moved.moved, context),
        DISCUSS: functools.partial(commented.commented, evaluations),
        RUN: functools.partial(run_step.stepped, evaluations),
    }
