"""Pieces of what is said about runs: addresses, amounts, times, and words that are safe between backticks."""

import re
from dataclasses import dataclass
from datetime import UTC, datetime

from bot.words import plain

_ADDRESS = re.compile(r"https?://[\w.:%~+/-]{1,500}", re.ASCII)
_SAFE = re.compile(r"[A-Za-z0-9 _.:/=+|,#-]+")


@dataclass(frozen=True, slots=True)
class Place:
    """Where we speak: a repo of a Hub. `logs` is the data set with the logs of runs, where there is one."""

    endpoint: str
    repo: str
    logs: str | None = None

    def commit(self, sha: str) -> str:
        """The address of the repo's files at a commit."""
        return f"{self.endpoint}/{self.repo}/tree/{sha}"

    def discussion(self, number: int) -> str:
        """The address of a discussion or pull request."""
        return f"{self.endpoint}/{self.repo}/discussions/{number}"

    def comment(self, number: int, comment_id: str | None) -> str:
        """The address of a comment; of the discussion where the comment is not known."""
        return self.discussion(number) + (f"#{comment_id}" if comment_id else "")

    def dataset(self, name: str) -> str:
        """The address of a data set."""
        return f"{self.endpoint}/datasets/{name}"

    @staticmethod
    def outside(url: str | None) -> str | None:
        """An address that others gave, if it can stand in a link."""
        return url if url is not None and _ADDRESS.fullmatch(url) else None


def code(text: str) -> str:
    """Text between backticks where nothing in it could leave them, else made harmless otherwise."""
    return f"`{text}`" if _SAFE.fullmatch(text) else plain(text)


def dollars(amount: float) -> str:
    """US dollars as Markdown; two bare signs on a line could be taken for a formula."""
    return r"less than \$0.01" if 0 < amount < 0.005 else rf"\${amount:.2f}"


def duration(seconds: float) -> str:
    """A time in words: `50 seconds`, `44 minutes`, `2 h 10 min`."""
    if seconds < 90:
        return f"{seconds:.0f} seconds"
    minutes = round(seconds / 60)
    if minutes < 90:
        return f"{minutes} minutes"
    hours, rest = divmod(minutes, 60)
    return f"{hours} h {rest} min" if rest else f"{hours} hours"


def moment(when: datetime) -> str:
    """A time of day with its date, in UTC."""
    return f"{when.astimezone(UTC):%Y-%m-%d %H:%M} UTC"
