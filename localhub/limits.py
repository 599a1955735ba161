"""Rate limits: fixed windows for each user and bucket, announced on every reply, enforced only when asked for.

Buckets, quotas and headers as on hub-docs' rate-limits page (free account). Beside them the Hub has hourly quotas of
some actions, which it announces nowhere: of those only the words of the refusal are known.
"""

import math
import re
from collections.abc import Callable
from dataclasses import dataclass, fields

_REPO = "/api/(?:models|datasets|spaces)/[^/]+/[^/]+"
_ACTIONS = {
    "commits": re.compile(f"{_REPO}/commit/.+"),
    "comments": re.compile(rf"{_REPO}/discussions/\d+/comment"),
    "discussions": re.compile(f"{_REPO}/discussions"),
    "repos": re.compile("/api/repos/create"),
}
# Only the first of these words is known from reports.
_CALLED = {"commits": "commit", "comments": "comment", "discussions": "discussion", "repos": "repo creation"}
_SHOWN = {"api": 1000, "resolvers": 5000, "pages": 200}


@dataclass(frozen=True)
class Limits:
    """How much a user may do; None is no limit (requests are announced with the usual quota all the same).

    Attributes:
        api: requests to the API in a window.
        resolvers: downloads in a window.
        pages: other requests in a window.
        window: its length in seconds.
        commits: commits in an hour.
        comments: comments in an hour.
        discussions: new discussions in an hour.
        repos: new repos in an hour.
        hour: the length of an hour in seconds.

    Raises:
        ValueError: one of them is less than nothing, or no whole number.
    """

    api: int | None = None
    resolvers: int | None = None
    pages: int | None = None
    window: int = 300
    commits: int | None = None
    comments: int | None = None
    discussions: int | None = None
    repos: int | None = None
    hour: int = 3600

    def __post_init__(self) -> None:
        for one in fields(self):
            value = getattr(self, one.name)
            if not (value is None or (type(value) is int and value >= 0)):
                raise ValueError(f"{one.name} must be a whole number, 0 or more")

    def of(self, what: str) -> int | None:
        """The enforced quota of a bucket or an action."""
        quota: int | None = getattr(self, what)
        return quota


@dataclass(frozen=True)
class Standing:
    """Where a user stands after one more request."""

    bucket: str
    quota: int
    left: int
    reset: int
    window: int
    refused: bool

    def headers(self) -> dict[str, str]:
        """The headers that say so."""
        return {
            "RateLimit": f'"{self.bucket}";r={self.left};t={self.reset}',
            "RateLimit-Policy": f'"fixed window";"{self.bucket}";q={self.quota};w={self.window}',
        }

    def message(self) -> str:
        """The Hub's words to those who are refused."""
        minutes = max(1, self.window // 60)
        return (
            f"We had to rate limit you, you hit the quota of {self.quota} {self.bucket} requests"
            f" per {minutes} minutes period. Please retry later."
        )


def action_of(method: str, path: str) -> str | None:
    """The action with an hourly quota that a request is, by the name of its limit; None for any other."""
    if method != "POST":
        return None
    return next((action for action, pattern in _ACTIONS.items() if pattern.fullmatch(path)), None)


def bucket_of(path: str) -> str:
    """The bucket that a request to `path` counts in."""
    if "/resolve/" in path:
        return "resolvers"
    return "api" if path.startswith("/api/") else "pages"


class Windows:
    """Counts requests; `clock` gives seconds."""

    def __init__(self, limits: Limits, clock: Callable[[], float]) -> None:
        self.limits = limits
        self._clock = clock
        self._counts: dict[tuple[str, str], tuple[float, int]] = {}

    def set(self, limits: Limits) -> None:
        """Change the limits and start all windows anew."""
        self.limits = limits
        self._counts.clear()

    def take(self, who: str, path: str) -> Standing:
        """Count one request of `who`."""
        bucket = bucket_of(path)
        enforced = self.limits.of(bucket)
        quota = _SHOWN[bucket] if enforced is None else enforced
        count, left = self._count(who, bucket, self.limits.window)
        refused = enforced is not None and count > enforced
        return Standing(bucket, quota, max(quota - count, 0), max(1, math.ceil(left)), self.limits.window, refused)

    def take_action(self, who: str, action: str) -> str:
        """Count one action of `who`; returns the words of the refusal, or nothing."""
        enforced = self.limits.of(action)
        if enforced is None or self._count(who, action, self.limits.hour)[0] <= enforced:
            return ""
        called = _CALLED[action]
        return f"You have exceeded our hourly quotas for action: {called}. We invite you to retry later."

    def _count(self, who: str, what: str, length: float) -> tuple[int, float]:
        """One more; returns the count in the window of `length` seconds, and the seconds that are left of it."""
        moment = self._clock()
        start, count = self._counts.get((who, what), (moment, 0))
        if moment >= start + length:
            start, count = moment, 0
        self._counts[who, what] = (start, count + 1)
        return count + 1, start + length - moment
