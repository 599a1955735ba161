"""A rate limit of the Hub as we mirror it: a fixed window with a quota, in which each request takes one.

Pure arithmetic on values; times are seconds since the epoch on one clock, durations are seconds. The Hub announces its
windows on every answer (`RateLimit`, `RateLimit-Policy`: https://huggingface.co/docs/hub/rate-limits).
"""

import math
from dataclasses import dataclass, replace

# The Hub rounds the end of its window to a second, and an answer takes a while: ours ends later, never earlier.
SLACK = 2.0
# No window of the Hub is longer. What would end later was said by a clock, or a proxy, that is wrong.
LONGEST = 3600.0
# What may be under way when a window begins, taken from the last one but counted in this, as a share of the quota.
UNDER_WAY = 0.02


@dataclass(frozen=True, slots=True)
class Told:
    """What an answer says of a window: what is left, when it ends, and its policy where that is said."""

    remaining: int
    resets_in: float
    quota: int | None = None
    seconds: float | None = None


@dataclass(frozen=True, slots=True)
class Window:
    """What we believe is left of a quota until `ends`; nothing is taken before `blocked_until`."""

    quota: int
    seconds: float
    remaining: int
    ends: float
    blocked_until: float = 0.0

    @classmethod
    def opened(cls, quota: int, seconds: float, now: float) -> "Window":
        """A full window that begins now."""
        return cls(quota, seconds, quota, now + seconds + SLACK)

    def at(self, now: float) -> "Window":
        """The same, or a full one where it is over."""
        if now < self.ends <= now + LONGEST + 2 * SLACK:
            return self
        return replace(self, remaining=_without_under_way(self.quota, self.quota), ends=now + self.seconds + SLACK)

    def taken(self, now: float) -> "Window":
        """After one more request."""
        window = self.at(now)
        return replace(window, remaining=window.remaining - 1)

    def wait(self, now: float, keep: int = 0, need: int = 1) -> float:
        """Seconds until `need` requests may be made that leave `keep` to others; 0 where they may be made now.

        No more is asked for than a full window has.
        """
        window = self.at(now)
        blocked = max(window.blocked_until - now, 0.0)
        wait = blocked if blocked <= LONGEST else 0.0
        if window.remaining < min(keep + need, _without_under_way(self.quota, self.quota)):
            wait = max(wait, window.ends - now)
        return wait

    def learned(self, told: Told, now: float, asked: float) -> "Window":
        """After an answer to what was asked at a time: it holds where it knows more than we do, such as of others."""
        window = self.at(now)
        quota, seconds = told.quota or window.quota, min(told.seconds or window.seconds, LONGEST)
        resets_in = min(told.resets_in, LONGEST)
        # The answer was made between the two times, and says when the window ends in whole seconds, rounded up.
        earliest, ends = asked + resets_in - 1.0, now + resets_in + SLACK
        if (quota, seconds) != (window.quota, window.seconds) or earliest > window.ends:
            # Another window than we thought. Requests of ours may be under way that it does not count yet.
            remaining = _without_under_way(told.remaining, quota)
            return replace(window, quota=quota, seconds=seconds, remaining=remaining, ends=ends)
        if ends < window.ends - 2 * SLACK:
            if asked < window.ends - SLACK - seconds:
                # Asked before this window began, and answered late: it tells of the one before.
                return window
            window = replace(window, ends=ends)
        elif ends > window.ends + SLACK:
            window = replace(window, ends=ends)
        return replace(window, remaining=min(window.remaining, told.remaining))

    def blocked(self, seconds: float, now: float) -> "Window":
        """Nothing is taken for so long."""
        return replace(self, blocked_until=max(self.blocked_until, now + seconds))


def _without_under_way(remaining: int, quota: int) -> int:
    return max(remaining - math.floor(quota * UNDER_WAY), 0)
