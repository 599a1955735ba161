"""The bot's own account, for the web side, which must not wait for the Hub."""

import logging
import threading

from bot.hub import Hub
from bot.hub_errors import HubError
from bot.hub_requests import Stopped

logger = logging.getLogger(__name__)


class OwnAccount:
    """Its id, once the Hub has said it: asked for beside everything else, with one request."""

    def __init__(self, hub: Hub) -> None:
        self._hub = hub
        self.ids: frozenset[str] = frozenset()
        """The id, or nothing as long as it is not known: what is ours is then found out by whoever looks."""

    def ask(self) -> None:
        """Ask the Hub in a thread of its own; without a token there is nothing to ask."""
        if self._hub.has_token:
            threading.Thread(target=self._ask, name="own account", daemon=True).start()

    def _ask(self) -> None:
        try:
            self.ids = frozenset({self._hub.me().id})
        except Stopped:
            return
        except HubError as error:
            logger.warning("whose the token is could not be asked, so each own comment costs a request: %s", error)
