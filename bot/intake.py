"""A webhook delivery becomes an event, or the reason why it is none of our business.

Pure: bytes in, value out, no I/O. What a payload says is a hint; whoever acts on it reads the Hub first.
The shapes are the Hub's (https://huggingface.co/docs/hub/webhooks).
"""

import hmac
import json
import re
from collections.abc import Collection
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError, ValidatorFunctionWrapHandler, field_validator

from bot.commands import may_hold_command
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
    NO_COMMAND = "no_command"
    OWN_COMMENT = "own_comment"


@dataclass(frozen=True, slots=True)
class Pushed:
    """The main branch of a model repo has a new commit: the repo needs a look."""

    repo_id: str
    repo_name: str


@dataclass(frozen=True, slots=True)
class PullChanged:
    """A pull request was opened (by `author`), committed to (`sha`), or changed its state or title (neither).

    `number` is that of one that was opened with words that may hold a command.
    """

    repo_id: str
    repo_name: str
    sha: str | None = None
    author: str | None = None
    number: int | None = None


@dataclass(frozen=True, slots=True)
class Commented:
    """A discussion, or a pull request that was there before, has a new comment that may hold a command."""

    repo_id: str
    repo_name: str
    number: int


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


Event = Pushed | PullChanged | Commented | Moved | Ignored


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
    """The account that opened a discussion, or wrote a comment."""

    id: str = Field(pattern=r"^[0-9a-f]{24}$")


class DeliveryDiscussion(_Model):
    """A discussion or pull request."""

    num: int | None = Field(None, ge=1, lt=10**9, strict=True)
    is_pull_request: bool = Field(default=False, alias="isPullRequest")
    author: DeliveryAuthor | None = None


class DeliveryComment(_Model):
    """A comment, or the words that a discussion was opened with; a hidden one comes without its text."""

    author: DeliveryAuthor | None = None
    content: str | None = None
    hidden: bool = False


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
    comment: DeliveryComment | None = None

    @field_validator("comment", mode="wrap")
    @classmethod
    def _or_as_if_it_had_not_come_along(
        cls, value: Any, validate: ValidatorFunctionWrapHandler
    ) -> DeliveryComment | None:
        """What somebody wrote must not cost the rest of a delivery."""
        try:
            comment: DeliveryComment | None = validate(value)
        except ValidationError:
            return None
        return comment


def payload_schema() -> dict[str, Any]:
    """The JSON Schema of a payload, its parts under `$defs` and named as in an OpenAPI document."""
    return Payload.model_json_schema(ref_template="#/components/schemas/{model}")


def secret_matches(given: bytes | None, secret: str) -> bool:
    """Whether the delivery carries our secret, compared in constant time."""
    return hmac.compare_digest(given or b"", secret.encode())


def read(body: bytes, watch: Watch, own_ids: Collection[str] = ()) -> Event:
    """What a delivery means. Never raises, whatever the bytes.

    Comments of the accounts in `own_ids` start nothing. That only saves a look: whoever looks asks the Hub who wrote.
    """
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
    return _meaning(payload, moved_to, own_ids)


def _meaning(payload: Payload, moved_to: str | None, own_ids: Collection[str]) -> Event:
    repo, scope, action = payload.repo, payload.event.scope, payload.event.action
    if scope == "repo" and action == "move" and moved_to:
        return Moved(repo.id, repo.name, moved_to)
    if scope == "repo" and action == "delete":
        return Moved(repo.id, repo.name, None)
    # The Hub may narrow a scope further; a narrower one is read as its wider one.
    if _within(scope, "repo.content"):
        return _push(payload)
    if _within(scope, "discussion") and payload.discussion is not None:
        return _discussion(payload, payload.discussion, own_ids)
    return Ignored(Reason.OTHER_EVENT, repo.id, repo.name)


def _discussion(payload: Payload, discussion: DeliveryDiscussion, own_ids: Collection[str]) -> Event:
    """Something was opened or said, or else happened to a pull request. Who edits or hides a comment starts nothing."""
    repo, is_new = payload.repo, payload.event.action == "create"
    silence = _why_nothing(payload.comment, own_ids) if is_new else Reason.OTHER_EVENT
    number = discussion.num if silence is None else None
    if discussion.is_pull_request and not _within(payload.event.scope, "discussion.comment"):
        author = discussion.author.id if discussion.author and is_new else None
        return PullChanged(repo.id, repo.name, author=author, number=number)
    if number is not None:
        return Commented(repo.id, repo.name, number)
    return Ignored(silence or Reason.OTHER_EVENT, repo.id, repo.name)


def _why_nothing(comment: DeliveryComment | None, own_ids: Collection[str]) -> Reason | None:
    """Why a comment holds no command for us; None where it may hold one, as one whose text did not come along may."""
    if comment is None:
        return None
    if comment.author is not None and comment.author.id in own_ids:
        return Reason.OWN_COMMENT
    silent = comment.hidden or (comment.content is not None and not may_hold_command(comment.content))
    return Reason.NO_COMMAND if silent else None


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
