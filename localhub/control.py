"""The control plane: what tests and the demo may ask of the server itself, over HTTP, with a token of its own."""

import json
import secrets
from collections.abc import Awaitable, Callable
from dataclasses import asdict, dataclass
from typing import Any
from urllib.parse import parse_qs

from localhub import accounts, errors, outbox, planting, repos, snapshots
from localhub.core import Core
from localhub.database import DataError
from localhub.deliveries import Deliverer
from localhub.dispatch import Dispatcher
from localhub.faults import Fault, FaultBook
from localhub.jobs_options import JobPolicy
from localhub.limits import Limits, Windows
from localhub.policy import Policy
from localhub.repos import KINDS
from localhub.requestlog import RequestLog
from localhub.seed import Seed, SeedError
from localhub.wire import Reply, Request, reply_json

PREFIX = "/_localhub/"


@dataclass(frozen=True)
class Control:
    """The control plane of one server; every request needs the header ``X-Localhub-Control: <token>``."""

    core: Core
    token: str
    faults: FaultBook
    log: RequestLog
    windows: Windows
    dispatcher: Dispatcher

    @property
    def deliverer(self) -> Deliverer:
        """What sends the deliveries."""
        return self.dispatcher.deliverer

    async def handle(self, request: Request) -> Reply:
        """Answer a request below ``/_localhub/``.

        Raises:
            HubError: the token is wrong (403), there is no such action (404), or its body is wrong (400).
        """
        given = request.headers.get("x-localhub-control", "")
        if not secrets.compare_digest(given.encode(), self.token.encode()):
            raise errors.forbidden("The control plane needs its token in X-Localhub-Control.")
        name = request.path.removeprefix(PREFIX)
        for action in ACTIONS:
            if (action.method, action.name) == (request.method, name):
                try:
                    result = await action.perform(self, request)
                except (DataError, SeedError) as error:
                    raise errors.invalid(str(error)) from error
                return result if isinstance(result, Reply) else reply_json(result)
        raise errors.not_found(f"The control plane has no {request.method} {request.path}.")


@dataclass(frozen=True)
class Action:
    """One thing the control plane does: method, path below the prefix, what it does, and how; gives JSON or a reply."""

    method: str
    name: str
    text: str
    perform: Callable[[Control, Request], Awaitable[Any]]


async def _help(_control: Control, _request: Request) -> Any:
    return [{"method": one.method, "path": f"{PREFIX}{one.name}", "does": one.text} for one in ACTIONS]


async def _seed(control: Control, request: Request) -> Any:
    planting.plant(control.core, Seed.from_json(request.json()))
    return {}


async def _act(control: Control, request: Request) -> Any:
    body = request.json()
    user = accounts.find_user(control.core.db, request.text_field("user"))
    if user is None:
        raise errors.not_found("There is no such user.")
    path, _, query = request.text_field("path").partition("?")
    content = body.get("body", "")
    performed = Request(
        str(body.get("method", "GET")).upper(),
        path,
        parse_qs(query, keep_blank_values=True),
        {"content-type": "application/json"},
        (content if isinstance(content, str) else json.dumps(content)).encode(),
        accounts.as_caller(control.core.db, user),
    )
    return await control.dispatcher.perform(performed, query)


async def _requests(control: Control, request: Request) -> Any:
    return [asdict(logged) for logged in control.log.listed(request.first("user") or None)]


async def _clear_requests(control: Control, _request: Request) -> Any:
    control.log.clear()
    return {}


async def _faults(control: Control, _request: Request) -> Any:
    return [{**asdict(fault), "left": left} for fault, left in control.faults.listed()]


async def _add_fault(control: Control, request: Request) -> Any:
    fault = Fault.from_json(request.json())
    control.faults.add(fault)
    return {**asdict(fault), "left": fault.count}


async def _clear_faults(control: Control, _request: Request) -> Any:
    control.faults.clear()
    return {}


async def _policy(control: Control, _request: Request) -> Any:
    return asdict(control.core.policies.policy)


async def _set_policy(control: Control, request: Request) -> Any:
    control.core.policies.set(Policy.from_json(request.json()))
    return asdict(control.core.policies.policy)


async def _deliveries(control: Control, request: Request) -> Any:
    return [delivery.to_json() for delivery in outbox.listed(control.core, request.first("state") or None)]


async def _delivery_counts(control: Control, _request: Request) -> Any:
    return outbox.counts(control.core)


async def _replay(control: Control, request: Request) -> Any:
    outbox.replay(control.core, None, request.text_field("id"))
    control.deliverer.wake()
    return {}


async def _wait_idle(control: Control, request: Request) -> Any:
    return {"idle": await control.deliverer.wait_idle(request.number("timeout", 10, 0, 600))}


async def _limits(control: Control, _request: Request) -> Any:
    return asdict(control.windows.limits)


async def _set_limits(control: Control, request: Request) -> Any:
    try:
        limits = Limits(**request.json())
    except (TypeError, ValueError) as error:
        raise errors.invalid(f"Those are no limits: {error}") from error
    control.windows.set(limits)
    return asdict(limits)


async def _clock(control: Control, _request: Request) -> Any:
    return {"now": control.core.clock.now(), "ahead": control.core.clock.ahead}


async def _advance(control: Control, request: Request) -> Any:
    seconds = request.json().get("seconds")
    if not isinstance(seconds, int | float) or isinstance(seconds, bool):
        raise errors.invalid("seconds must be a number")
    try:
        control.core.advance(seconds)
    except ValueError as error:
        raise errors.invalid(str(error)) from error
    control.deliverer.wake()
    return await _clock(control, request)


async def _switches(control: Control, _request: Request) -> Any:
    return asdict(control.core.switches)


async def _job_policy(control: Control, _request: Request) -> Any:
    return asdict(control.core.jobs.policy)


async def _set_job_policy(control: Control, request: Request) -> Any:
    control.dispatcher.runner.set_policy(JobPolicy.from_json(request.json()))
    return await _job_policy(control, request)


async def _set_disabled(control: Control, request: Request) -> Any:
    body = request.json()
    set_disabled(control.core, str(body.get("kind", "models")), request.text_field("repo"), bool(body.get("disabled")))
    return {}


async def _delete_user(control: Control, request: Request) -> Any:
    accounts.delete_user(control.core.db, request.text_field("user"))
    return {}


async def _snapshot(control: Control, request: Request) -> Any:
    folder = snapshots.named(control.core, request.text_field("name"))
    snapshots.take(control.core, folder)
    return {"folder": str(folder)}


async def _restore(control: Control, request: Request) -> Any:
    folder = snapshots.named(control.core, request.text_field("name"))
    async with control.deliverer.paused():
        snapshots.restore(control.core, folder)
    control.dispatcher.runner.wake()
    return {"folder": str(folder)}


async def _reset(control: Control, _request: Request) -> Any:
    control.faults.clear()
    control.log.clear()
    control.windows.set(Limits())
    control.core.policies.set(Policy())
    control.dispatcher.runner.set_policy(JobPolicy())
    return {}


ACTIONS = (
    Action("GET", "", "Lists these actions.", _help),
    Action("POST", "seed", "Adds users, orgs and repos, in the shape of a seed file.", _seed),
    Action("POST", "act", "Performs an API request as a `user`: `method`, `path`, `body` (JSON or a text).", _act),
    Action("GET", "requests", "Lists the requests served, with `?user=` those of one user.", _requests),
    Action("DELETE", "requests", "Starts the request log anew.", _clear_requests),
    Action("GET", "faults", "Lists the faults in force, with how many requests each will still hit.", _faults),
    Action("POST", "faults", "Puts a fault in force.", _add_fault),
    Action("DELETE", "faults", "Ends all faults.", _clear_faults),
    Action("GET", "delivery-policy", "Shows how webhook deliveries travel.", _policy),
    Action("PUT", "delivery-policy", "Sets it; what is not named is as usual.", _set_policy),
    Action("GET", "deliveries", "Lists them with their attempts, with `?state=` those in one state.", _deliveries),
    Action("GET", "deliveries/counts", "Counts them by state and by what the policy did to them.", _delivery_counts),
    Action("POST", "deliveries/replay", "Sends the delivery `id` again.", _replay),
    Action("POST", "wait-idle", "Waits until nothing is left to deliver, at most `?timeout=` seconds.", _wait_idle),
    Action("GET", "limits", "Shows the rate limits.", _limits),
    Action("PUT", "limits", "Sets them and starts all windows anew; what is not named is not limited.", _set_limits),
    Action("GET", "clock", "Tells the Hub's time and how many seconds it is ahead.", _clock),
    Action("POST", "clock", "Moves the clock forward by `seconds`.", _advance),
    Action("GET", "switches", "Shows the switches, which are set at the start.", _switches),
    Action("GET", "job-policy", "Shows what happens to jobs.", _job_policy),
    Action("PUT", "job-policy", "Sets it; what is not named is as usual.", _set_job_policy),
    Action("PUT", "disabled", "Disables or enables a `repo` of a `kind` (models, datasets, spaces).", _set_disabled),
    Action("POST", "delete-user", "Deletes a `user` who owns no repos; what they wrote stays.", _delete_user),
    Action("POST", "snapshot", "Puts everything aside under a `name`.", _snapshot),
    Action("POST", "restore", "Makes everything as it was in the snapshot `name`.", _restore),
    Action("POST", "reset", "Ends faults, limits and policies, and starts the request log anew.", _reset),
)


def set_disabled(core: Core, kind: str, name: str, value: bool) -> None:  # noqa: FBT001 - it sets a boolean
    """Disable a repo as the Hub's staff would, or enable it again; `kind` is ``models``, ``datasets`` or ``spaces``.

    Raises:
        HubError: there is no such repo (404).
    """
    repo = repos.by_name(core.db, KINDS[kind], name) if kind in KINDS else None
    if repo is None:
        raise errors.repo_missing(anonymous=False)
    core.db.run("UPDATE repos SET disabled = ? WHERE seq = ?", value, repo.seq)
