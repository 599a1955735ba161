"""Claims: what the bot says about a model, and how they travel in the description of its pull request.

A claim is (dataset, task, variant, value, source). The marker is versioned JSON in an HTML comment, so that a pull
request can be found again, and what people declined or told us to ignore can be rebuilt, without a database of ours.
"""

import json
import math
import re
from dataclasses import asdict, dataclass
from enum import StrEnum

from evaluators.results import Number

VERSION = 1
_ANY_MARKER = re.compile(r"<!--\s*scorekeeper:\d")
_MARKER = re.compile(r"<!--\s*scorekeeper:(\d+)\s+(.*?)\s*-->", re.DOTALL)


class Source(StrEnum):
    """Where a value comes from."""

    CARD = "card"
    RUN = "run"
    AA = "aa"
    PAPER = "paper"
    MANUAL = "manual"


# Of two sources that say something about the same thing, the earlier one here is believed.
PRECEDENCE = (Source.RUN, Source.MANUAL, Source.CARD, Source.AA, Source.PAPER)
# What our entries name as their source.
SOURCE_NAMES = {Source.CARD: "Model Card", Source.RUN: "Scorekeeper"}


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

    def outranks(self, other: "Claim") -> bool:
        """Whether this claim's source is believed rather than the other's."""
        return PRECEDENCE.index(self.source) < PRECEDENCE.index(other.source)


@dataclass(frozen=True, slots=True)
class Marker:
    """What a pull request of ours carries: its claims, and the benchmark datasets that people told us to ignore."""

    claims: tuple[Claim, ...] = ()
    ignored: tuple[str, ...] = ()


def write_marker(marker: Marker) -> str:
    """The hidden line that carries the marker. Nothing in it can end the comment early."""
    content = {"claims": [asdict(claim) for claim in marker.claims], "ignored": list(marker.ignored)}
    data = json.dumps(content, separators=(",", ":"), ensure_ascii=True)
    for char in "<>&":
        data = data.replace(char, f"\\u{ord(char):04x}")
    return f"<!-- scorekeeper:{VERSION} {data.replace('--', '-' + chr(92) + 'u002d')} -->"


def read_marker(description: str) -> Marker | None:
    """The marker in a description; None where there is none that we understand.

    An unknown version or damaged data reads as None: such a pull request is not touched.
    """
    found = _MARKER.findall(description)
    if len(found) != 1 or found[0][0] != str(VERSION):
        return None
    try:
        content = json.loads(found[0][1])
        claims = tuple(_claim(item) for item in content["claims"])
        return Marker(claims, tuple(str(name) for name in content.get("ignored", ())))
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
        return None


def has_marker(description: str) -> bool:
    """Whether a description has a marker of ours, of whatever version, even a damaged one."""
    return _ANY_MARKER.search(description) is not None


def _claim(item: dict[str, object]) -> Claim:
    value = item["value"]
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        raise TypeError("a claim's value is a finite number")
    return Claim(
        dataset=str(item["dataset"]),
        task=str(item["task"]),
        variant=str(item["variant"]),
        value=value,
        source=Source(str(item["source"])),
    )
