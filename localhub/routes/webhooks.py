"""The webhooks of the caller's settings."""

from localhub import hooks, outbox
from localhub.core import Core
from localhub.hooks import Hook
from localhub.router import Route
from localhub.wire import Reply, Request, reply_json


def listed(core: Core, request: Request) -> Reply:
    """All webhooks of the caller."""
    return reply_json([hooks.to_json(hook) for hook in hooks.of_user(core.db, request.user().id)])


def create(core: Core, request: Request) -> Reply:
    """A new webhook."""
    wish = hooks.read_wish(request.json(), creating=True)
    return _one(hooks.create(core, request.user().id, wish))


def get(core: Core, request: Request) -> Reply:
    """One webhook."""
    return _one(_find(core, request))


def change(core: Core, request: Request) -> Reply:
    """Replace a webhook's settings; an empty ``watched`` empties the list, as on the Hub."""
    return _one(hooks.change(core.db, _find(core, request), hooks.read_wish(request.json(), creating=False)))


def delete(core: Core, request: Request) -> Reply:
    """Remove a webhook."""
    hooks.delete(core.db, _find(core, request))
    return reply_json({})


def enable(core: Core, request: Request) -> Reply:
    """Switch a webhook on, also after it was suspended."""
    return _one(hooks.set_disabled(core.db, _find(core, request), ""))


def disable(core: Core, request: Request) -> Reply:
    """Switch a webhook off: what happens meanwhile is never sent."""
    return _one(hooks.set_disabled(core.db, _find(core, request), "true"))


def replay(core: Core, request: Request) -> Reply:
    """Send a delivery again, under the same id.

    The Hub answers with the receiver's status. Here the delivery goes through the outbox, so it is not known yet.
    """
    hook = _find(core, request)
    outbox.replay(core, hook.id, request.args["delivery"])
    return reply_json({"status": 200})


def _find(core: Core, request: Request) -> Hook:
    return hooks.get(core.db, request.user().id, request.args["id"])


def _one(hook: Hook) -> Reply:
    return reply_json({"webhook": hooks.to_json(hook)})


_ALL = "/api/settings/webhooks"
_ONE = f"{_ALL}/(?P<id>[^/]+)"

ROUTES = (
    Route("GET", _ALL, listed),
    Route("POST", _ALL, create),
    Route("GET", _ONE, get),
    Route("POST", _ONE, change),
    Route("DELETE", _ONE, delete),
    Route("POST", f"{_ONE}/enable", enable),
    Route("POST", f"{_ONE}/disable", disable),
    Route("POST", f"{_ONE}/replay/(?P<delivery>[^/]+)", replay),
)
