"""Rate limits: fixed windows for each user and bucket, announced on every reply, enforced only when asked for.

Buckets, quotas and headers as on hub-docs' rate-limits page (free account).
"""

import math
from collections.abc import Callable
from dataclasses import dataclass

_SHOWN = {"api": 1000, "resolvers": 5000, "pages": 200}


@dataclass(frozen=True)
class Limits:
    """Requests per user and window of `window` seconds; None announces the usual quota but never refuses."""

    api: int | None = None
    resolvers: int | None = None
    pages: int | None = None
    window: int = 300

    def of(self, bucket: str) -> int | None:
        """The enforced quota of a bucket."""
        quota: int | None = getattr(self, bucket)
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
        moment = self._clock()
        start, count = self._counts.get((who, bucket), (moment, 0))
        if moment >= start + self.limits.window:
            start, count = moment, 0
        count += 1
        self._counts[who, bucket] = (start, count)
        reset = max(1, math.ceil(start + self.limits.window - moment))
        refused = enforced is not None and count > enforced
        return Standing(bucket, quota, max(quota - count, 0), reset, self.limits.window, refused)
