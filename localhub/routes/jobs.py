"""Jobs over HTTP: put in line, looked at, canceled, their logs as they come."""

from localhub import errors, jobs, jobs_hardware, jobs_logs, jobs_spec
from localhub.accounts import Account
from localhub.core import Core
from localhub.jobs import Job
from localhub.router import Route, next_link
from localhub.wire import Reply, Request, reply_json


def hardware(_core: Core, _request: Request) -> Reply:
    """What jobs may run on, and what a minute of it costs."""
    return reply_json(jobs_hardware.listed())


def create(core: Core, request: Request) -> Reply:
    """Put a job in line."""
    owner = _namespace(core, request, to_run=True)
    body = request.json()
    spec, secrets, labels = jobs_spec.read_spec(body), jobs_spec.variables(body, "secrets"), jobs_spec.read_labels(body)
    return reply_json(jobs.to_json(core, jobs.create(core, owner, request.user(), spec, secrets, labels)))


def listed(core: Core, request: Request) -> Reply:
    """The jobs of an account, newest first, page by page."""
    labels = dict(label.partition("=")[::2] for label in request.every("label"))
    cursor = request.number("cursor", 0, 0, 2**53)
    owner = _namespace(core, request)
    found, following = jobs.page(core, owner, request.every("stage"), labels, cursor or None)
    items = [jobs.to_json(core, job) for job in found]
    return reply_json(items, headers=next_link(core, request, following))


def get(core: Core, request: Request) -> Reply:
    """One job."""
    return reply_json(jobs.to_json(core, _find(core, request)))


def cancel(core: Core, request: Request) -> Reply:
    """Stop a job that waits or runs; one that is over stays as it is."""
    job = _find(core, request, to_run=True)
    jobs.finish(core, job, "CANCELED")
    return reply_json(jobs.to_json(core, jobs.by_id(core, job.id)))


def duplicate(core: Core, request: Request) -> Reply:
    """Run a job once more."""
    job = _find(core, request, to_run=True)
    return reply_json(jobs.to_json(core, jobs.duplicate(core, job, request.user())))


def label(core: Core, request: Request) -> Reply:
    """Replace the labels of a job."""
    job = _find(core, request, to_run=True)
    return reply_json(jobs.to_json(core, jobs.set_labels(core, job, jobs_spec.read_labels(request.json()))))


def logs(core: Core, request: Request) -> Reply:
    """What the job prints, as server-sent events until it ends."""
    job = _find(core, request)
    tail = request.number("tail", 0, 0, jobs_logs.MAX_LINES) if "tail" in request.query else None
    headers = {"Content-Type": "text/event-stream", "Cache-Control": "no-cache"}
    return Reply(200, b"", headers, stream=jobs_logs.stream(core, job, tail))


def _namespace(core: Core, request: Request, *, to_run: bool = False) -> Account:
    if to_run and not core.jobs.enabled:
        raise errors.forbidden("This Hub runs no jobs: start it with jobs switched on.")
    return jobs.namespace(core, request.user(), request.args["namespace"], to_run=to_run)


def _find(core: Core, request: Request, *, to_run: bool = False) -> Job:
    return jobs.get(core, _namespace(core, request, to_run=to_run), request.args["id"])


_ALL = "/api/jobs/(?P<namespace>[^/]+)"
_ONE = f"{_ALL}/(?P<id>[^/]+)"

ROUTES = (
    Route("GET", "/api/jobs/hardware", hardware),
    Route("GET", _ALL, listed),
    Route("POST", _ALL, create),
    Route("GET", _ONE, get),
    Route("GET", f"{_ONE}/logs", logs),
    Route("POST", f"{_ONE}/cancel", cancel),
    Route("POST", f"{_ONE}/duplicate", duplicate),
    Route("PUT", f"{_ONE}/labels", label),
)
