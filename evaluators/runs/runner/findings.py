"""What the framework's logs say, as far as it was read: results, tokens, and what went wrong."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from .causes import cause

# What names the root of the matter goes before what only says that something is missing; what comes later says less.
_VAGUE = ("samples_failed", "no_result")


@dataclass
class Findings:
    """Of one task or of all. `kind` is the error kind of the most telling problem."""

    tasks: list[dict[str, Any]] = field(default_factory=list)
    logs: list[Path] = field(default_factory=list)
    tokens: dict[str, int] | None = None
    kind: str | None = None
    detail: str = ""

    def problem(self, kind: str | None, detail: str) -> None:
        """Note what went wrong; of a cause that the text itself tells, the text is believed."""
        known = cause(detail) or kind or "no_result"
        if self.kind is None or _vagueness(known) < _vagueness(self.kind):
            self.kind, self.detail = known, detail
        elif self.kind in _VAGUE:
            self.detail = f"{self.detail}\n{detail}"

    def count_tokens(self, given: int, made: int) -> None:
        """Add to the tokens that went in and came out."""
        before = self.tokens or {"input": 0, "output": 0}
        self.tokens = {"input": before["input"] + given, "output": before["output"] + made}

    def has_headline(self, framework_task: str) -> bool:
        """Whether a metric of this task is the headline already."""
        return any(one["headline"] and one["framework_task"] == framework_task[:300] for one in self.tasks)

    def add(self, other: "Findings") -> None:
        """Take over what was found for another task."""
        self.tasks += other.tasks
        self.logs += other.logs
        if other.tokens:
            self.count_tokens(other.tokens["input"], other.tokens["output"])
        if other.kind:
            self.problem(other.kind, other.detail)


def _vagueness(kind: str) -> int:
    return _VAGUE.index(kind) + 1 if kind in _VAGUE else 0
