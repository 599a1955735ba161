"""Jobs as records: what was asked for, how far it got, and how the API shows it.

Requests only write records. The runner (`localhub.jobs_runner`) starts and stops processes until they agree with them.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any, Literal

from localhub import accounts, errors
from localhub.accounts import Account, Caller
from localhub.core import Core
from localhub.database import Row
from localhub.errors import JsonObject
from localhub.jobs_spec import Spec
from localhub.stamps import new_id

Stage = Literal["SCHEDULING", "RUNNING", "COMPLETED", "ERROR", "CANCELED", "DELETED"]
STAGES: tuple[Stage, ...] = ("SCHEDULING", "RUNNING", "COMPLETED", "ERROR", "CANCELED", "DELETED")
PAGE = 50
_MANAGERS = ("admin", "write", "contributor")


@dataclass(frozen=True)
class Job:
    """A job and where it stands; times are as the Hub writes them."""

    seq: int
    id: str
    owner_id: str
    creator_id: str
    spec: Spec
    secrets: Mapping[str, str]
    labels: Mapping[str, str]
    stage: Stage
    message: str | None
    failures: int
    copy_of: str | None
    created_at: str
    started_at: str | None
    finished_at: str | None


def namespace(core: Core, caller: Caller, name: str, *, to_run: bool = False) -> Account:
    """The account whose jobs the caller may see, or with `to_run` start and stop.

    Raises:
        HubError: no such account, or one that the caller has nothing to do with (404), or may not run jobs for (403).
    """
    owner = accounts.find_owner(core.db, name)
    role = (
        None if owner is None else "admin" if owner.id == caller.id else accounts.role_in(core.db, owner.id, caller.id)
    )
    if owner is None or role in (None, "no_access"):
        raise errors.not_found("Not found")
    if to_run and not (role in _MANAGERS and caller.allows("job.write", owner.name)):
        raise errors.forbidden(f"You may not run jobs for {owner.name}: check your role there and that of your token.")
    return owner


def create(
    core: Core, owner: Account, caller: Caller, spec: Spec, secrets: Mapping[str, str], labels: Mapping[str, str]
) -> Job:
    """Put a job in line."""
    return _insert(core, owner.id, caller, spec, secrets, labels, None)


def duplicate(core: Core, job: Job, caller: Caller) -> Job:
    """Put the same job in line once more."""
    return _insert(core, job.owner_id, caller, job.spec, job.secrets, job.labels, job.id)


def get(core: Core, owner: Account, job_id: str) -> Job:
    """One job of an account.

    Raises:
        HubError: there is none (404).
    """
    row = core.db.one("SELECT * FROM jobs WHERE id = ? AND owner_id = ?", job_id, owner.id)
    if row is None:
        raise errors.not_found("Job not found")
    return from_row(row)


def by_id(core: Core, job_id: str) -> Job:
    """The job with this id.

    Raises:
        HubError: there is none, since the records were put back to an earlier state (404).
    """
    row = core.db.one("SELECT * FROM jobs WHERE id = ?", job_id)
    if row is None:
        raise errors.not_found("Job not found")
    return from_row(row)


def is_live(core: Core, job_id: str) -> bool:
    """Whether the job waits or runs."""
    live = "SELECT 1 FROM jobs WHERE id = ? AND stage IN ('SCHEDULING', 'RUNNING')"
    return core.db.one(live, job_id) is not None


def page(
    core: Core, owner: Account, stages: Sequence[str], labels: Mapping[str, str], before: int | None
) -> tuple[list[Job], int | None]:
    """Jobs in any of `stages` with all of `labels`, newest first, and where the next page starts.

    Raises:
        HubError: there is no such stage (400).
    """
    if not set(stages) <= set(STAGES):
        raise errors.invalid(f"stage must be one of {', '.join(STAGES)}")
    conditions = ["owner_id = ?"]
    values: list[str | int] = [owner.id]
    if before is not None:
        conditions, values = [*conditions, "seq < ?"], [*values, before]
    if stages:
        conditions, values = [*conditions, f"stage IN ({','.join('?' * len(stages))})"], [*values, *stages]
    for name, value in labels.items():
        # The name may hold dots, so it is quoted in the path.
        conditions, values = [*conditions, "json_extract(labels, ?) = ?"], [*values, f'$."{name}"', value]
    # Conditions are constants; everything sent is bound.
    query = f"SELECT * FROM jobs WHERE {' AND '.join(conditions)} ORDER BY seq DESC LIMIT {PAGE + 1}"  # noqa: S608
    found = [from_row(row) for row in core.db.rows(query, *values)]
    return found[:PAGE], found[PAGE - 1].seq if len(found) > PAGE else None


def set_labels(core: Core, job: Job, labels: Mapping[str, str]) -> Job:
    """Replace the labels."""
    core.db.run("UPDATE jobs SET labels = ? WHERE id = ?", json.dumps(labels), job.id)
    return by_id(core, job.id)


def started(core: Core, job: Job) -> bool:
    """Note that the job runs; False when it was canceled just before."""
    statement = "UPDATE jobs SET stage = 'RUNNING', started_at = ? WHERE id = ? AND stage = 'SCHEDULING'"
    return core.db.run(statement, core.clock.now(), job.id) == 1


def failed_once(core: Core, job: Job) -> None:
    """Count a failed attempt."""
    core.db.run("UPDATE jobs SET failures = failures + 1 WHERE id = ?", job.id)


def finish(core: Core, job: Job, stage: Stage, message: str | None = None) -> None:
    """Bring the job to an end, unless it has come to one before."""
    core.db.run(
        "UPDATE jobs SET stage = ?, message = ?, finished_at = ? WHERE id = ? AND stage IN ('SCHEDULING', 'RUNNING')",
        *(stage, message, core.clock.now(), job.id),
    )


def to_json(core: Core, job: Job) -> JsonObject:
    """The job as the API shows it: of its secrets only the names."""
    owner, creator = (accounts.by_id(core.db, account) for account in (job.owner_id, job.creator_id))
    spec = job.spec
    made_by = _account(core, creator)
    body: JsonObject = {
        "id": job.id,
        "type": "job",
        "createdAt": job.created_at,
        "startedAt": job.started_at,
        "finishedAt": job.finished_at,
        "dockerImage": spec.image,
        "spaceId": spec.space,
        "command": list(spec.command),
        "arguments": list(spec.arguments),
        "environment": dict(spec.environment),
        "secrets": sorted(job.secrets),
        "flavor": spec.flavor,
        "labels": dict(job.labels),
        "timeout": spec.timeout,
        "retry": spec.attempts - 1,
        "status": {"stage": job.stage, "message": job.message, "failureCount": job.failures},
        "durations": _durations(core, job),
        "owner": _account(core, owner),
        "createdBy": {"id": made_by["id"], "name": made_by["name"]},
        "initiator": {"type": "duplicated-job", "id": job.copy_of} if job.copy_of else made_by,
    }
    # The API leaves out what there is not; null would break its schema.
    return {name: value for name, value in body.items() if value is not None}


def from_row(row: Row) -> Job:
    """A record from a row of the table ``jobs``."""
    fields: dict[str, Any] = {key: row[key] for key in row.keys()}  # noqa: SIM118 - a Row iterates over values
    spec = json.loads(fields["spec"])
    for name in ("command", "arguments", "volumes"):
        spec[name] = tuple(spec[name])
    return Job(**{**fields, "spec": Spec(**spec), **{key: json.loads(fields[key]) for key in ("secrets", "labels")}})


def _insert(
    core: Core,
    owner_id: str,
    caller: Caller,
    spec: Spec,
    secrets: Mapping[str, str],
    labels: Mapping[str, str],
    copy_of: str | None,
) -> Job:
    job_id = new_id()
    core.db.run(
        "INSERT INTO jobs (id, owner_id, creator_id, spec, secrets, labels, stage, copy_of, created_at)"
        " VALUES (?,?,?,?,?,?,'SCHEDULING',?,?)",
        *(job_id, owner_id, caller.id, json.dumps(asdict(spec)), json.dumps(secrets), json.dumps(labels)),
        *(copy_of, core.clock.now()),
    )
    return by_id(core, job_id)


def _account(core: Core, account: Account | None) -> JsonObject:
    if account is None:
        return {
            "id": "0" * 24,
            "name": "deleted",
            "type": "user",
            "avatarUrl": accounts.avatar(core.base_url, "deleted"),
        }
    avatar = accounts.avatar(core.base_url, account.name)
    return {"id": account.id, "name": account.name, "type": account.type, "avatarUrl": avatar}


def _durations(core: Core, job: Job) -> JsonObject:
    created = datetime.fromisoformat(job.created_at)
    end = datetime.fromisoformat(job.finished_at) if job.finished_at else core.clock.moment()
    found = {"totalSecs": int((end - created).total_seconds())}
    if job.started_at:
        start = datetime.fromisoformat(job.started_at)
        found["schedulingSecs"] = int((start - created).total_seconds())
        found["runningSecs"] = int((end - start).total_seconds())
    return found
