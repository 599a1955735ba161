"""The bot's webhook on the Hub: what it should watch, without losing what it watches already."""

from dataclasses import dataclass

from bot.hub import Hub
from bot.settings import Settings, Watch
from bot.webhook_api import WEBHOOK_PATH

Watched = dict[str, str]


@dataclass(frozen=True, slots=True)
class Plan:
    """What the webhook should be. `webhook_id` is None where there is none yet; `kept` is watched already."""

    webhook_id: str | None
    url: str
    watched: tuple[Watched, ...]
    kept: tuple[Watched, ...]

    def carry_out(self, hub: Hub, secret: str) -> str:
        """Create or update the webhook. One request. Returns its id."""
        if self.webhook_id is None:
            return hub.create_webhook(self.url, list(self.watched), secret).id
        return hub.update_webhook(self.webhook_id, self.url, list(self.watched), secret).id


def webhook_url(settings: Settings) -> str | None:
    """Where the Hub delivers to, as far as that is known."""
    return f"{settings.public_url}{WEBHOOK_PATH}" if settings.public_url else None


def plan(hub: Hub, url: str, watch: Watch) -> Plan:
    """What to install for a watch list. One request, and one or two for each name that is no repo.

    Raises:
        HubGone: A name is neither a user nor an organisation.
    """
    existing = hub.webhook_to(url)
    kept = tuple({"type": item.type, "name": item.name} for item in existing.watched) if existing else ()
    known = {(item["type"], item["name"].lower()) for item in kept}
    names = [
        *({"type": hub.owner_type(name), "name": name} for name in sorted(watch.owners)),
        *({"type": "model", "name": name} for name in sorted(watch.repos)),
    ]
    new = tuple(item for item in names if (item["type"], item["name"].lower()) not in known)
    return Plan(existing.id if existing else None, url, kept + new, kept)
