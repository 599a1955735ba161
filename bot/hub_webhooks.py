"""The webhooks of an account on the Hub. Every method makes one request."""

from typing import Any, cast

import huggingface_hub as hf

from bot.hub_access import Access


def webhook_state(webhook: hf.WebhookInfo) -> str:
    """`enabled`, `disabled`, or the Hub's own word such as `suspended-after-failure`."""
    # The client says bool; the Hub also sends a word.
    disabled = cast("bool | str", webhook.disabled)
    return disabled if isinstance(disabled, str) else "disabled" if disabled else "enabled"


class Webhooks(Access):
    """The webhooks of the token's account."""

    def webhooks(self) -> list[hf.WebhookInfo]:
        """The webhooks of the token's account. One request."""
        with self._asking("the webhooks"):
            return list(self._api.list_webhooks())

    def webhook_to(self, url: str) -> hf.WebhookInfo | None:
        """The webhook that delivers to an address. One request."""
        return next((one for one in self.webhooks() if one.url == url), None)

    def create_webhook(self, url: str, watched: list[dict[str, str]], secret: str) -> hf.WebhookInfo:
        """A webhook for pushes and discussions. One request."""
        with self._asking("the webhook"):
            return self._api.create_webhook(
                url=url, watched=cast("Any", watched), domains=["repo", "discussion"], secret=secret
            )

    def update_webhook(self, webhook_id: str, url: str, watched: list[dict[str, str]], secret: str) -> hf.WebhookInfo:
        """Replace all of a webhook: the Hub wipes what is not sent along. One request."""
        with self._asking("the webhook"):
            return self._api.update_webhook(
                webhook_id, url=url, watched=cast("Any", watched), domains=["repo", "discussion"], secret=secret
            )

    def enable_webhook(self, webhook_id: str) -> None:
        """Enable a disabled or suspended webhook. One request."""
        with self._asking("the webhook"):
            self._api.enable_webhook(webhook_id)

    def delete_webhook(self, webhook_id: str) -> None:
        """Delete a webhook. One request."""
        with self._asking("the webhook"):
            self._api.delete_webhook(webhook_id)
