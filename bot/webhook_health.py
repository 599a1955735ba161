"""Whether the webhook delivers what it should: asked by `scorekeeper doctor` and by each sweep."""

from dataclasses import dataclass
from enum import StrEnum

from huggingface_hub import WebhookInfo

from bot.hub_webhooks import webhook_state
from bot.settings import Watch

SUSPENDED = "suspended-after-failure"


class State(StrEnum):
    """How the webhook is; the counters use these words."""

    OK = "ok"
    MISSING = "missing"
    SUSPENDED = "suspended"
    DISABLED = "disabled"
    WATCHES_LESS = "watches_less"


@dataclass(frozen=True, slots=True)
class Health:
    """How the webhook is, and one sentence with what to do."""

    state: State
    sentence: str
    webhook_id: str | None = None


def health(webhook: WebhookInfo | None, url: str, watch: Watch) -> Health:
    """Judge the webhook to `url`, None where the account has none.

    The Hub suspends a webhook whose deliveries failed; that says nothing about what its owner wants. One that somebody
    disabled is wanted so.
    """
    if webhook is None:
        return Health(State.MISSING, f"There is none to {url}. Run: scorekeeper webhooks install.")
    state = webhook_state(webhook)
    if state == SUSPENDED:
        text = "The Hub suspended it, as deliveries failed. A sweep enables it again, or: scorekeeper webhooks enable."
        return Health(State.SUSPENDED, text, webhook.id)
    if state != "enabled":
        return Health(State.DISABLED, f"It is {state}. Run: scorekeeper webhooks enable.", webhook.id)
    watched = {item.name.lower() for item in webhook.watched}
    missing = sorted((watch.owners | watch.repos) - watched)
    if missing:
        text = f"It does not watch {', '.join(missing)}. Run: scorekeeper webhooks install."
        return Health(State.WATCHES_LESS, text, webhook.id)
    return Health(State.OK, f"It is enabled and watches {', '.join(sorted(watched))}.", webhook.id)
