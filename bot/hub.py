"""The only place that talks to the Hub: the official client, with timeouts, a count of requests and typed errors.

The client is used unmodified. What it lacks is added here: a time limit on every request (`bot.hub_requests`) and
errors that say what to do about them (`bot.hub_errors`).
"""

from bot.hub_benchmarks import Benchmarks
from bot.hub_listing import Listing
from bot.hub_reading import MAX_CARD_BYTES, Reading
from bot.hub_webhooks import Webhooks, webhook_state
from bot.hub_writing import Writing
from bot.settings import Settings

__all__ = ["MAX_CARD_BYTES", "Hub", "webhook_state"]


class Hub(Reading, Writing, Webhooks, Benchmarks, Listing):
    """The Hub, as one account sees it. Thread-safe; every method states how many requests it makes."""

    @classmethod
    def of(cls, settings: Settings, *, patient: bool = True) -> "Hub":
        """The Hub of the settings, with the bot's token; for a worker, without `patient`."""
        return cls(settings.endpoint, settings.token, patient=patient)
