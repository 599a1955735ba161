"""The control plane: what tests and the demo may ask of the server itself, over HTTP, with a token of its own."""

import secrets
from collections.abc import Awaitable, Callable
from dataclasses import asdict, dataclass

from localhub import errors, outbox, repos
from localhub.core import Core
from localhub.deliveries import Deliverer
from localhub.faults import Fault, FaultBook
from localhub.limits import Limits, Windows
from localhub.repos import KINDS
from localhub.requestlog import RequestLog
from localhub.wire import Reply, Request, reply_json

PREFIX = "/_localhub/"
_Action = Callable[[Request], Awaitable[Reply]]


@dataclass(frozen=True)
class Control:
    """The control plane of one server; every request needs the header ``X-Localhub-Control: <token>``."""

    core: Core
    token: str
    faults: FaultBook
    log: RequestLog
    windows: Windows
    deliverer: Deliverer

    async def handle(self, request: Request) -> Reply:
        """Answer a request below ``/_localhub/``.

        Raises:
            HubError: the token is wrong (403), or there is no such action (404).
        """
        given = request.headers.get("x-localhub-control", "")
        if not secrets.compare_digest(given.encode(), self.token.encode()):
            raise errors.forbidden("The control plane needs its token in X-Localhub-Control.")
        actions: dict[tuple[str, str], _Action] = {
            ("GET", "requests"): self._requests,
            ("DELETE", "requests"): self._clear_requests,
            ("GET", "faults"): self._faults,
            ("POST", "faults"): self._add_fault,
            ("DELETE", "faults"): self._clear_faults,
            ("GET", "deliveries"): self._deliveries,
            ("POST", "wait-idle"): self._wait_idle,
            ("PUT", "limits"): self._set_limits,
            ("PUT", "disabled"): self._set_disabled,
        }
        action = actions.get((request.method, request.path.removeprefix(PREFIX)))
        if action is None:
            raise errors.not_found(f"The control plane has no {request.method} {request.path}.")
        return await action(request)

    async def _requests(self, request: Request) -> Reply:
        return reply_json([asdict(logged) for logged in self.log.listed(request.first("user") or None)])

    async def _clear_requests(self, _request: Request) -> Reply:
        self.log.clear()
        return reply_json({})

    async def _faults(self, _request: Request) -> Reply:
        return reply_json([{**asdict(fault), "left": left} for fault, left in self.faults.listed()])

    async def _add_fault(self, request: Request) -> Reply:
        self.faults.add(Fault.from_json(request.json()))
        return reply_json({}, 201)

    async def _clear_faults(self, _request: Request) -> Reply:
        self.faults.clear()
        return reply_json({})

    async def _deliveries(self, request: Request) -> Reply:
        return reply_json([delivery.to_json() for delivery in outbox.listed(self.core, request.first("state") or None)])

    async def _wait_idle(self, request: Request) -> Reply:
        seconds = request.number("timeout", 10, 0, 600)
        return reply_json({"idle": await self.deliverer.wait_idle(seconds)})

    async def _set_limits(self, request: Request) -> Reply:
        try:
            limits = Limits(**request.json())
        except (TypeError, ValueError) as error:
            raise errors.invalid(f"Those are no limits: {error}") from error
        self.windows.set(limits)
        return reply_json(asdict(limits))

    async def _set_disabled(self, request: Request) -> Reply:
        body = request.json()
        set_disabled(self.core, str(body.get("kind", "models")), request.text_field("repo"), bool(body.get("disabled")))
        return reply_json({})


def set_disabled(core: Core, kind: str, name: str, value: bool) -> None:  # noqa: FBT001 - it sets a boolean
    """Disable a repo as the Hub's staff would, or enable it again; `kind` is ``models``, ``datasets`` or ``spaces``.

    Raises:
        HubError: there is no such repo (404).
    """
    repo = repos.by_name(core.db, KINDS[kind], name) if kind in KINDS else None
    if repo is None:
        raise errors.repo_missing(anonymous=False)
    core.db.run("UPDATE repos SET disabled = ? WHERE seq = ?", value, repo.seq)
