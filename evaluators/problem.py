"""One thing that is wrong with the evaluation results of a model repo, with its place."""

from dataclasses import dataclass
from enum import StrEnum


class Severity(StrEnum):
    """An error is what the Hub refuses or takes for something else; a note is what may well be meant so."""

    ERROR = "error"
    NOTE = "note"


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong in one sentence; `line` counts from 1 and is None where the file as a whole is meant."""

    file: str
    line: int | None
    sentence: str
    severity: Severity = Severity.ERROR


def shown(text: object) -> str:
    """A piece of what others wrote, short and harmless on a terminal."""
    cut = str(text)[:61] if isinstance(text, str | int | float) else "something else"
    cut = "".join(char if char.isprintable() else "?" for char in cut)
    return f"'{cut[:60]}…'" if len(cut) > 60 else f"'{cut}'"
