"""Secrets never reach a log: what looks like one, and each one that we were given, is cut out wherever it came from."""

import base64
import json
import re
from collections.abc import Iterable, Mapping, MutableMapping
from typing import Any
from urllib.parse import quote, quote_plus, unquote, urlsplit

from pydantic import BaseModel, SecretStr

_PATTERNS = (
    r"\bhf_[A-Za-z0-9_]{6,}"  # Hub tokens
    r"|\bgh[pousr]_[A-Za-z0-9]{16,}|\bgithub_pat_[A-Za-z0-9_]{16,}"
    r"|(?<=[Bb]earer )[^\s'\"]+"
    r"|(?<=://)[^\s/:@]+:[^\s/@]+(?=@)"  # user and password of an address
    r"|(?<=(?i:password=))(?:'[^']*'|\"[^\"]*\"|[^\s&'\"]+)"  # as an option, or in a query
)
CUT = "[redacted]"
# A shorter one is cut out only where it stands alone: it may be a part of any word.
_UNMISTAKABLE = 8

_known: set[str] = set()
_secrets = re.compile(_PATTERNS)


def register_secrets(settings: BaseModel) -> None:
    """Cut out every secret of the settings from now on, whatever it looks like, in all its spellings."""
    register(
        value.get_secret_value()
        for name in type(settings).model_fields
        if isinstance(value := getattr(settings, name), SecretStr)
    )


def register(secrets: Iterable[str]) -> None:
    """Cut out these texts from now on. Of an address with a password, the password is the secret."""
    global _secrets  # noqa: PLW0603 - one set of secrets for the process, as there is one log
    for secret in secrets:
        _known.update([secret] if "://" not in secret else _passwords(secret))
    spellings = {spelling for secret in _known for spelling in _spellings(secret)}
    # The longest first: a secret may be the beginning of another.
    parts = [_pattern(one) for one in sorted(spellings, key=len, reverse=True)]
    _secrets = re.compile("|".join([*parts, _PATTERNS]))


def forget_secrets() -> None:
    """Cut out only what looks like a secret."""
    _known.clear()
    register([])


def cut(text: str) -> str:
    """The text without secrets."""
    return _secrets.sub(CUT, text)


def redact(_logger: object, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """A structlog processor that cuts secrets out of every value of an event, however deep."""
    for key, value in event.items():
        event[key] = _without(value)
    return event


def _without(value: Any) -> Any:
    if value is None or isinstance(value, bool | int | float):
        return value
    if isinstance(value, str):
        return cut(value)
    if isinstance(value, Mapping):
        return {cut(str(key)): _without(one) for key, one in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [_without(one) for one in value]
    return cut(str(value) if isinstance(value, BaseException) else repr(value))


def _passwords(address: str) -> list[str]:
    """The password of an address, as it is written there; `psycopg` may say it in clear."""
    found = re.findall(r"[?&]password=([^&]*)", address)
    try:
        found.append(urlsplit(address).password or "")
    except ValueError:
        # What cannot be taken apart is a secret as a whole.
        found.append(address)
    return [one for one in found if one]


def _spellings(secret: str) -> set[str]:
    """A secret as it is, and as addresses, JSON, `repr` and base64 would show it."""
    found: set[str] = set()
    for plain in {secret, unquote(secret)}:
        texts = {plain, quote(plain), quote(plain, safe=""), quote_plus(plain)}
        # A header's bytes are Latin-1, a body's are UTF-8.
        data = {plain.encode(), plain.encode("latin-1", "replace")}
        shown = {repr(one) for one in texts | data} | {json.dumps(plain), json.dumps(plain, ensure_ascii=False)}
        found |= texts | {one.removeprefix("b")[1:-1] for one in shown}
        found = found.union(*map(_base64, data))
    return found - {""}


def _base64(secret: bytes) -> set[str]:
    """What of a longer base64 text depends on the secret alone, at each of the three ways it may be aligned."""
    found = set()
    for before in range(3):
        encoded = base64.b64encode(b"\0" * before + secret).decode().rstrip("=")
        whole = encoded[(0, 2, 3)[before] : len(encoded) - (1 if (before + len(secret)) % 3 else 0)]
        if len(whole) >= _UNMISTAKABLE:
            found |= {whole, whole.replace("+", "-").replace("/", "_")}
    return found


def _pattern(spelling: str) -> str:
    escaped = re.escape(spelling)
    if "%" in spelling:
        escaped = re.sub(r"%([0-9A-F]{2})", lambda match: f"%(?i:{match[1]})", escaped)
    return escaped if len(spelling) >= _UNMISTAKABLE else rf"(?<!\w){escaped}(?!\w)"
