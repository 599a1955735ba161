"""Numbers of parameters as people write them: ``7B``, ``350M``, ``7000000000``."""

import re

from localhub import errors

_COUNT = re.compile(r"(\d+(?:\.\d+)?)\s*([KMBT]?)", re.IGNORECASE)
_UNITS = {"": 1, "K": 10**3, "M": 10**6, "B": 10**9, "T": 10**12}


def read(text: str) -> int | None:
    """A number of parameters; None for an empty text.

    Raises:
        HubError: it is none (400).
    """
    if not text:
        return None
    match = _COUNT.fullmatch(text.strip())
    if match is None:
        raise errors.invalid(f"{text!r} is not a number of parameters, such as 7B")
    return round(float(match.group(1)) * _UNITS[match.group(2).upper()])


def read_range(text: str) -> tuple[int | None, int | None]:
    """The bounds of ``min:6B,max:128B``, either of which may be missing.

    Raises:
        HubError: it is something else (400).
    """
    bounds: dict[str, int | None] = {"min": None, "max": None}
    for part in filter(None, text.split(",")):
        name, _, count = part.partition(":")
        if name not in bounds:
            raise errors.invalid("num_parameters must be like min:6B,max:128B")
        bounds[name] = read(count)
    return bounds["min"], bounds["max"]
