"""Requests and replies as the handlers see them, free of any web framework."""

import json
from collections.abc import AsyncGenerator, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs

from localhub import errors
from localhub.accounts import Caller
from localhub.errors import HubError, JsonObject


@dataclass(frozen=True)
class Request:
    """One request.

    Attributes:
        method: in capitals.
        path: the path as sent, still quoted: "refs%2Fpr%2F1" is one segment.
        query: every value of every query parameter.
        headers: names in lower case.
        body: all of it.
        caller: the user whose token came with it, None for anonymous.
        args: the named parts of the matched route, unquoted.
    """

    method: str
    path: str
    query: Mapping[str, list[str]]
    headers: Mapping[str, str]
    body: bytes
    caller: Caller | None = None
    args: Mapping[str, str] = field(default_factory=dict)

    def first(self, name: str, default: str = "") -> str:
        """The first value of a query parameter."""
        return self.query.get(name, [default])[0]

    def every(self, name: str) -> list[str]:
        """All values of a query parameter, however lists are spelled (``a=1&a=2`` or ``a[]=1``)."""
        return [*self.query.get(name, ()), *self.query.get(f"{name}[]", ())]

    def flag(self, name: str) -> bool:
        """Whether a query parameter is there and does not say no."""
        return self.first(name, "false").lower() not in ("false", "0", "")

    def number(self, name: str, default: int, low: int, high: int) -> int:
        """A query parameter as a number within bounds.

        Raises:
            HubError: it is not a whole number (400).
        """
        text = self.first(name, str(default))
        try:
            return min(max(int(text), low), high)
        except ValueError as error:
            raise errors.invalid(f"{name} must be a whole number") from error

    def json(self) -> JsonObject:
        """The body as a JSON object; an empty body or ``null`` is an empty one.

        Raises:
            HubError: it is something else (400).
        """
        if not self.body.strip():
            return {}
        try:
            value = parse_json(self.body)
        except ValueError as error:
            raise errors.invalid("The body is not JSON.") from error
        if value is None:
            return {}
        if not isinstance(value, dict):
            raise errors.invalid("The body must be a JSON object.")
        return value

    def form(self) -> Mapping[str, list[str]]:
        """The fields of a form-encoded body."""
        return parse_qs(self.body.decode("utf-8", "replace"), keep_blank_values=True)

    def text_field(self, name: str) -> str:
        """A field of the JSON body that must be a text that is not empty.

        Raises:
            HubError: it is missing, empty or no text (400).
        """
        value = self.json().get(name)
        if not isinstance(value, str) or not value:
            raise errors.invalid(f"{name} is required")
        return value

    def files(self, name: str) -> list[JsonObject]:
        """A field of the JSON body that must be a list of objects, each with a ``size`` if any that is a number.

        Raises:
            HubError: it is not (400).
        """
        items = self.json().get(name)
        if not isinstance(items, list) or not all(
            isinstance(item, dict) and isinstance(item.get("size", 0), int) for item in items
        ):
            raise errors.invalid(f"{name} must be a list of objects with sizes")
        return items

    def user(self) -> Caller:
        """The caller, who must be logged in.

        Raises:
            HubError: the request is anonymous (401).
        """
        if self.caller is None:
            raise errors.login_needed()
        return self.caller


@dataclass(frozen=True)
class Reply:
    """One reply: status, body and headers; with a `stream`, the body is what comes out of it."""

    status: int = 200
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)
    stream: AsyncGenerator[bytes] | None = None


def parse_json(text: bytes) -> Any:
    """Read JSON whose texts can be written again.

    Raises:
        ValueError: it is not JSON, or holds half of a surrogate pair, which is no character.
    """
    value = json.loads(text)
    if b"\\u" in text:
        json.dumps(value, ensure_ascii=False).encode()
    return value


def reply_json(value: Any, status: int = 200, headers: Mapping[str, str] | None = None) -> Reply:
    """A reply with a JSON body."""
    body = json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()
    return Reply(status, body, {"Content-Type": "application/json; charset=utf-8", **(headers or {})})


def reply_text(text: str, status: int = 200) -> Reply:
    """A reply with a plain text body."""
    return Reply(status, text.encode(), {"Content-Type": "text/plain; charset=utf-8"})


def reply_error(error: HubError) -> Reply:
    """A refusal as a reply."""
    return reply_json(error.body, error.status, error.headers)
