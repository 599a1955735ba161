"""A request of the API performed: the handler found and run, its effects made in one transaction or not at all."""

import logging
from collections.abc import Callable
from dataclasses import dataclass, replace

from localhub import outbox
from localhub.core import Core
from localhub.deliveries import Deliverer
from localhub.errors import HubError
from localhub.jobs_runner import JobRunner
from localhub.router import RepoMissingError, Router
from localhub.wire import Reply, Request, reply_error, reply_json

_LOGGER = logging.getLogger(__name__)


@dataclass(frozen=True)
class Dispatcher:
    """Performs requests on the server's thread, one at a time."""

    core: Core
    router: Router
    deliverer: Deliverer
    runner: JobRunner

    async def perform(self, request: Request, query: str) -> Reply:
        """The reply to a request whose caller is known; `query` is its query string as sent."""
        if request.method in ("GET", "HEAD"):
            return self._guarded(request, query, lambda: self._handle(request))
        before = outbox.newest(self.core)
        reply = self._guarded(request, query, lambda: self._change(request))
        if outbox.newest(self.core) > before:
            # Some answers come later than the webhooks that tell of the same thing.
            seconds = self.core.policies.webhook_first()
            if seconds:
                await self.deliverer.wait_sent(before, seconds)
        return reply

    def _change(self, request: Request) -> Reply:
        with self.core.db.transaction():
            reply = self._handle(request)
        self.deliverer.wake()
        self.runner.wake()
        return reply

    def _handle(self, request: Request) -> Reply:
        handler, args = self.router.find(request.method, request.path)
        return handler(self.core, replace(request, args=args))

    def _guarded(self, request: Request, query: str, handle: Callable[[], Reply]) -> Reply:
        try:
            return handle()
        except RepoMissingError as error:
            return reply_error(error) if error.moved is None else _redirect(request, query, error)
        except HubError as error:
            return reply_error(error)
        except Exception:
            _LOGGER.exception("%s %s failed", request.method, request.path)
            return reply_json({"error": "Internal Error"}, 500)


def _redirect(request: Request, query: str, error: RepoMissingError) -> Reply:
    new_name = error.moved.name if error.moved else ""
    path = request.path.replace(error.asked_for, new_name, 1)
    # Relative, as the Hub sends it: the client follows only such on its HEAD requests.
    return Reply(307, b"", {"Location": f"{path}?{query}" if query else path})
