"""Claims: what the bot says about a model, and how they travel in the description of its pull request.

A claim is (dataset, task, variant, value, source). The marker is a versioned JSON list in an HTML comment, so that a
pull request can be found again, and what people declined can be rebuilt, without a database of ours.
"""

import json
import re
from dataclasses import asdict, dataclass
from enum import StrEnum

from evaluators.results import Number

VERSION = 1
_MARKER = re.compile(r"<!--\s*scorekeeper:(\d+)\s+(.*?)\s*-->", re.DOTALL)


class Source(StrEnum):
    """Where a value comes from."""

    CARD = "card"
    RUN = "run"
    AA = "aa"
    PAPER = "paper"
    MANUAL = "manual"


@dataclass(frozen=True, slots=True, order=True)
class Key:
    """What a value is about. There is at most one value for each."""

    dataset: str
    task: str
    variant: str = ""


@dataclass(frozen=True, slots=True, order=True)
class Claim:
    """One value for one benchmark variant, and where it comes from. A new value is a new claim."""

    dataset: str
    task: str
    variant: str
    value: Number
    source: Source

    @property
    def key(self) -> Key:
        """What the claim is about."""
        return Key(self.dataset, self.task, self.variant)


def marker(claims: tuple[Claim, ...]) -> str:
    """The hidden line that carries the claims. Nothing in it can end the comment early."""
    data = json.dumps([asdict(claim) for claim in claims], separators=(",", ":"), ensure_ascii=True)
    for char in "<>&":
        data = data.replace(char, f"\\u{ord(char):04x}")
    return f"<!-- scorekeeper:{VERSION} {data.replace('--', '-' + chr(92) + 'u002d')} -->"


def read_marker(description: str) -> tuple[Claim, ...] | None:
    """The claims in a description; None where it has no marker that we understand.

    An unknown version or a damaged list reads as None: such a pull request is not touched.
    """
    found = _MARKER.findall(description)
    if len(found) != 1 or found[0][0] != str(VERSION):
        return None
    try:
        items = json.loads(found[0][1])
        return tuple(_claim(item) for item in items)
    except (ValueError, TypeError, KeyError, RecursionError):
        return None


def _claim(item: dict[str, object]) -> Claim:
    value = item["value"]
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise TypeError("a claim's value is a number")
    return Claim(
        dataset=str(item["dataset"]),
        task=str(item["task"]),
        variant=str(item["variant"]),
        value=value,
        source=Source(str(item["source"])),
    )
