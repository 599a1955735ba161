"""Secrets never reach a log: what looks like one is cut out of every line, wherever it came from."""

import re
from collections.abc import MutableMapping
from typing import Any

_SECRETS = re.compile(
    r"\bhf_[A-Za-z0-9_]{6,}"  # Hub tokens
    r"|\bgh[pousr]_[A-Za-z0-9]{16,}|\bgithub_pat_[A-Za-z0-9_]{16,}"
    r"|(?<=[Bb]earer )[^\s'\"]+"
    r"|(?<=://)[^\s/:@]+:[^\s/@]+(?=@)"  # user and password of an address
    r"|(?<=(?i:password=))(?:'[^']*'|\"[^\"]*\"|[^\s&'\"]+)"  # as an option, or in a query
)
CUT = "[redacted]"


def cut(text: str) -> str:
    """The text without anything that looks like a secret."""
    return _SECRETS.sub(CUT, text)


def redact(_logger: object, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """A structlog processor that cuts secrets out of every text of an event."""
    for key, value in event.items():
        if isinstance(value, str):
            event[key] = cut(value)
    return event
