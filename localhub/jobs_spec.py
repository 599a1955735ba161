"""What a request for a job asks for, checked: the command, its variables, the machine, labels."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from localhub import errors, jobs_hardware
from localhub.errors import JsonObject

# The Hub's own default, 30 minutes.
DEFAULT_TIMEOUT = 1800
_LABEL_NAME = re.compile(r"[a-zA-Z0-9._-]{1,100}")
_LABEL_VALUE = re.compile(r"[a-zA-Z0-9._-]{0,100}")
_VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


@dataclass(frozen=True)
class Spec:
    """What a job is to run and on what, as asked for; `timeout` is in seconds, `image` is shown and not used."""

    command: tuple[str, ...]
    arguments: tuple[str, ...]
    environment: Mapping[str, str]
    flavor: str
    image: str | None
    space: str | None
    timeout: int
    attempts: int
    volumes: tuple[JsonObject, ...]


def read_spec(body: JsonObject) -> Spec:
    """Check what a request asks to run.

    Raises:
        HubError: a field is missing or wrong (400).
    """
    command, arguments = _texts(body, "command"), _texts(body, "arguments")
    if not command:
        raise errors.invalid("command must be a list with at least one text")
    image, space = body.get("dockerImage"), body.get("spaceId")
    if (image is None) == (space is None) or not isinstance(image or space, str):
        raise errors.invalid("one of dockerImage and spaceId is required")
    flavor = body.get("flavor")
    if not isinstance(flavor, str) or flavor not in jobs_hardware.FLAVORS:
        raise errors.invalid(f"flavor must be one of {', '.join(jobs_hardware.FLAVORS)}")
    volumes = body.get("volumes") or []
    if not isinstance(volumes, list) or not all(isinstance(volume, dict) for volume in volumes):
        raise errors.invalid("volumes must be a list of objects")
    if volumes:
        # A job that misses its files would fail in ways that the real one does not.
        raise errors.invalid("This Hub mounts no volumes: let the command download what it needs.")
    return Spec(
        command,
        arguments,
        variables(body, "environment"),
        flavor,
        image,
        space,
        _positive(body, "timeoutSeconds", DEFAULT_TIMEOUT),
        _positive(body, "attempts", 1),
        tuple(volumes),
    )


def variables(body: JsonObject, field: str) -> dict[str, str]:
    """A field that maps names of environment variables to texts.

    Raises:
        HubError: it does not (400).
    """
    found = body.get(field) or {}
    if not isinstance(found, dict) or not all(
        _VARIABLE.fullmatch(name) and isinstance(value, str) and "\0" not in value for name, value in found.items()
    ):
        raise errors.invalid(f"{field} must map names of environment variables to texts")
    return found


def read_labels(body: JsonObject) -> dict[str, str]:
    """The labels in a request.

    Raises:
        HubError: a name or value is too long or has other characters than letters, digits and ``._-`` (400).
    """
    found = body.get("labels") or {}
    if not isinstance(found, dict) or not all(
        _LABEL_NAME.fullmatch(name) and isinstance(value, str) and _LABEL_VALUE.fullmatch(value)
        for name, value in found.items()
    ):
        raise errors.invalid("labels must map names to values, each of letters, digits and ._- and at most 100 of them")
    return found


def _texts(body: JsonObject, field: str) -> tuple[str, ...]:
    found = body.get(field) or []
    if not isinstance(found, list) or not all(isinstance(item, str) and "\0" not in item for item in found):
        raise errors.invalid(f"{field} must be a list of texts")
    return tuple(found)


def _positive(body: JsonObject, field: str, default: int) -> int:
    value = body.get(field)
    if value is None:
        return default
    if not isinstance(value, int) or isinstance(value, bool) or value < 1:
        raise errors.invalid(f"{field} must be a whole number above 0")
    return value
