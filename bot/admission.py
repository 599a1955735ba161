"""Jobs begin only when enough is left of what the Hub allows, so that none stops half-way."""

import functools
from collections.abc import Callable, Mapping
from typing import Any

from bot.limiter import Limiter, in_background
from bot.queue_statements import SWEPT_MARK
from bot.records import Look

Handler = Callable[[Mapping[str, Any]], Look]


def admitted(handlers: Mapping[str, Handler], limiter: Limiter) -> dict[str, Handler]:
    """The same handlers, each behind the limiter; what a sweep asked for leaves a part of the window to live pushes.

    They raise `HubLimited` before they begin where too little is left.
    """
    return {name: functools.partial(_admitted, limiter, handler) for name, handler in handlers.items()}


def _admitted(limiter: Limiter, handler: Handler, arguments: Mapping[str, Any]) -> Look:
    with in_background(wanted=bool(arguments.get(SWEPT_MARK))):
        try:
            limiter.admit()
            return handler(arguments)
        finally:
            limiter.flush()
