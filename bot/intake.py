"""A webhook delivery becomes an event, or the reason why it is none of our business.

Pure: bytes in, value out, no I/O. What a payload says is a hint; whoever acts on it reads the Hub first.
The shapes are the Hub's (https://huggingface.co/docs/hub/webhooks).
"""

import hmac
import json
import re
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from bot.settings import Watch

MAX_BYTES = 1024 * 1024
MAIN = "refs/heads/main"


# Names as the Hub allows them; nothing else of a payload is stored or shown.
_REPO_NAME = r"^[A-Za-z0-9_][A-Za-z0-9._-]{0,99}(/[A-Za-z0-9_][A-Za-z0-9._-]{0,99})?$"
_WORD = r"^[a-z0-9._-]{1,100}$"
_PULL_REF = re.compile(r"refs/pr/\d{1,9}")


class Reason(StrEnum):
    """Why a delivery starts nothing; the counters and the log use these words."""

    NOT_JSON = "not_json"
    NOT_A_PAYLOAD = "not_a_payload"
    NOT_A_MODEL = "not_a_model"
    NOT_WATCHED = "not_watched"
    OTHER_REF = "other_ref"
    OTHER_EVENT = "other_event"


@dataclass(frozen=True, slots=True)
class Pushed:
    """The main branch of a model repo has a new commit: the repo needs a look."""

    repo_id: str
    repo_name: str


@dataclass(frozen=True, slots=True)
class PullChanged:
    """A pull request was opened (by `author`), committed to (`sha`), or changed its state or title (neither)."""

    repo_id: str
    repo_name: str
    sha: str | None = None
    author: str | None = None


@dataclass(frozen=True, slots=True)
class Moved:
    """A model repo was renamed (`new_name`) or deleted (None)."""

    repo_id: str
    repo_name: str
    new_name: str | None


@dataclass(frozen=True, slots=True)
class Ignored:
    """Nothing to do, and why. The repo is named where the payload named one."""

    reason: Reason
    repo_id: str | None = None
    repo_name: str | None = None


Event = Pushed | PullChanged | Moved | Ignored


class _Model(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True, hide_input_in_errors=True)


class DeliveryEvent(_Model):
    """What happened."""

    action: str = Field(pattern=_WORD)
    scope: str = Field(pattern=_WORD)


class DeliveryRepo(_Model):
    """The repo as it is named at that time."""

    type: str = Field(pattern=_WORD)
    name: str = Field(pattern=_REPO_NAME)
    id: str = Field(pattern=r"^[0-9a-f]{24}$")


class DeliveryRef(_Model):
    """A branch, tag or pull request that points to another commit."""

    ref: str = Field(max_length=1000)
    new_sha: str | None = Field(None, alias="newSha", pattern=r"^[0-9a-f]{40}$")


class DeliveryAuthor(_Model):
    """The account that opened a discussion."""

    id: str = Field(pattern=r"^[0-9a-f]{24}$")


class DeliveryDiscussion(_Model):
    """A discussion or pull request."""

    is_pull_request: bool = Field(default=False, alias="isPullRequest")
    author: DeliveryAuthor | None = None


class DeliveryMove(_Model):
    """Where a repo went."""

    name: str = Field(pattern=_REPO_NAME)


class Payload(_Model):
    """A delivery, as far as it is read; everything else in it is passed over."""

    event: DeliveryEvent
    repo: DeliveryRepo
    updated_refs: tuple[DeliveryRef, ...] = Field((), alias="updatedRefs")
    moved_to: DeliveryMove | None = Field(None, alias="movedTo")
    discussion: DeliveryDiscussion | None = None


def payload_schema() -> dict[str, Any]:
    """The JSON Schema of a payload, its parts under `$defs` and named as in an OpenAPI document."""
    return Payload.model_json_schema(ref_template="#/components/schemas/{model}")


def secret_matches(given: bytes | None, secret: str) -> bool:
    """Whether the delivery carries our secret, compared in constant time."""
    return hmac.compare_digest(given or b"", secret.encode())


def read(body: bytes, watch: Watch) -> Event:
    """What a delivery means. Never raises, whatever the bytes."""
    try:
        data: Any = json.loads(body)
    except (ValueError, RecursionError):
        return Ignored(Reason.NOT_JSON)
    try:
        payload = Payload.model_validate(data)
    except ValidationError:
        return Ignored(Reason.NOT_A_PAYLOAD)
    repo = payload.repo
    if repo.type != "model":
        return Ignored(Reason.NOT_A_MODEL, repo.id, repo.name)
    moved_to = payload.moved_to.name if payload.moved_to else None
    if not watch.covers(repo.name) and not (moved_to and watch.covers(moved_to)):
        return Ignored(Reason.NOT_WATCHED, repo.id, repo.name)
    return _meaning(payload, moved_to)


def _meaning(payload: Payload, moved_to: str | None) -> Event:
    repo, scope, action = payload.repo, payload.event.scope, payload.event.action
    if scope == "repo" and action == "move" and moved_to:
        return Moved(repo.id, repo.name, moved_to)
    if scope == "repo" and action == "delete":
        return Moved(repo.id, repo.name, None)
    # The Hub may narrow a scope further; a narrower one is read as its wider one.
    if _within(scope, "repo.content"):
        return _push(payload)
    if _within(scope, "discussion") and not _within(scope, "discussion.comment"):
        pull = payload.discussion
        if pull is not None and pull.is_pull_request:
            author = pull.author.id if pull.author and action == "create" else None
            return PullChanged(repo.id, repo.name, author=author)
    return Ignored(Reason.OTHER_EVENT, repo.id, repo.name)


def _push(payload: Payload) -> Event:
    repo = payload.repo
    main = next((ref.new_sha for ref in payload.updated_refs if ref.ref == MAIN and ref.new_sha), None)
    if main is not None:
        return Pushed(repo.id, repo.name)
    pull = next((ref.new_sha for ref in payload.updated_refs if _PULL_REF.fullmatch(ref.ref) and ref.new_sha), None)
    if pull is not None:
        return PullChanged(repo.id, repo.name, sha=pull)
    return Ignored(Reason.OTHER_REF, repo.id, repo.name)


def _within(scope: str, wider: str) -> bool:
    return scope == wider or scope.startswith(f"{wider}.")
