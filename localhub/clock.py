"""The Hub's clock: what time it is here, which a test may move forward."""

import time
from datetime import UTC, datetime

from localhub.stamps import stamp


class Clock:
    """Runs with the machine's clock, `ahead` seconds of it; it never goes back while the Hub runs."""

    def __init__(self) -> None:
        # The monotonic clock goes on: a correction of the machine's time must not make windows longer.
        self._zero = time.time() - time.monotonic()
        self.ahead = 0.0

    def time(self) -> float:
        """Seconds since 1970."""
        return self._zero + time.monotonic() + self.ahead

    def moment(self) -> datetime:
        """The present moment (UTC)."""
        return datetime.fromtimestamp(self.time(), UTC)

    def now(self) -> str:
        """The present moment as the Hub writes it."""
        return stamp(self.moment())
