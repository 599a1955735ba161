"""The HTTP client under the official one: what is tried again, what is waited for, and for how long.

The official client sleeps through errors in some of its calls and ignores them in others. Here an answer that says
"later" is an error of ours at once, which none of its own tries catch:

- In a worker nothing waits. A read whose connection breaks at once is asked a second time, as the connection may have
  been an old one; everything else goes back to the queue.
- Where a person waits, reads are tried a few times, and the Hub's limits are waited for.
- A write is never repeated here: it may have taken effect.
"""

import functools
import logging
import re
import time
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import httpx2
from huggingface_hub import set_client_factory
from tenacity import RetryCallState, Retrying, retry_if_exception, sleep_using_event, stop_after_attempt

from bot.hub_deadline import bound, within
from bot.hub_errors import NOT_SENT, TRY_LATER, Asking, HubUnavailable, asking, refused, unanswered
from bot.hub_requests import asked, heard, stopping, unheard

logger = logging.getLogger(__name__)

# Of each read or write on the network, and of the whole request. A worker that stops waits as long as the latter.
TIMEOUT = httpx2.Timeout(9.0, connect=5.0)
REQUEST_LIMIT = 9.0
# A connection that breaks later than this was no old one.
AT_ONCE = 1.0
TRIES = 4
FIRST_WAIT = 1.0
# A person waits for the end of the Hub's window, but not for an hourly limit.
PATIENCE = 320.0
# Reads that are made with POST.
_READS = re.compile(r"/(?:paths-info|preupload)/[^/]+$")


class Client(httpx2.Client):
    """What `huggingface_hub` makes its requests with."""

    def __init__(self) -> None:
        super().__init__(event_hooks={"request": [asked], "response": [heard]}, follow_redirects=True, timeout=TIMEOUT)
        for transport in (self._transport, *self._mounts.values()):
            bound(transport)

    def send(self, request: httpx2.Request, *, stream: bool = False, **options: Any) -> httpx2.Response:
        """Send one request.

        Raises:
            HubUnavailable: The Hub says "later", or there was no answer.
        """
        now = asking.get()

        def once() -> httpx2.Response:
            with within(REQUEST_LIMIT, and_after=stream):
                return super(Client, self).send(request, stream=stream, **options)

        if now is None:
            # A request of somebody else in this process, such as the author in the demo.
            return once()
        if not repeatable(request):
            return _typed(once, now, request)
        now = replace(now, write=False)
        if now.patient:
            return _patiently(lambda: _typed(once, now, request))
        began = time.monotonic()
        try:
            return _typed(once, now, request)
        except HubUnavailable as error:
            if not _broke(error) or time.monotonic() - began > AT_ONCE:
                raise
            return _typed(once, now, request)


@functools.cache
def use_our_client() -> None:
    """Once in a process: setting the client closes the one that may be in use."""
    set_client_factory(Client)


def repeatable(request: httpx2.Request) -> bool:
    """Whether a request changes nothing, so that it may be made again."""
    return request.method in {"GET", "HEAD"} or (
        request.method == "POST" and _READS.search(request.url.raw_path.decode().partition("?")[0]) is not None
    )


def _typed(once: Callable[[], httpx2.Response], now: Asking, request: httpx2.Request) -> httpx2.Response:
    try:
        response = once()
    except httpx2.TransportError as error:
        unheard(request)
        raise unanswered(error, now) from error
    if response.status_code in TRY_LATER:
        response.close()
        raise refused(response, now)
    return response


def _broke(error: BaseException) -> bool:
    """Whether a connection broke that had been made."""
    cause = error.__cause__
    return isinstance(cause, (httpx2.NetworkError, httpx2.RemoteProtocolError)) and not isinstance(cause, NOT_SENT)


def _patiently(ask: Callable[[], httpx2.Response]) -> httpx2.Response:
    return Retrying(
        retry=retry_if_exception(_worth_it),
        stop=stop_after_attempt(TRIES),
        wait=_wait,
        sleep=sleep_using_event(stopping),
        before_sleep=_say,
        reraise=True,
    )(ask)


def _worth_it(error: BaseException) -> bool:
    """Who cannot reach the Hub at all is told at once."""
    return (
        isinstance(error, HubUnavailable)
        and (error.retry_after or 0.0) <= PATIENCE
        and not isinstance(error.__cause__, NOT_SENT)
    )


def _wait(state: RetryCallState) -> float:
    error = state.outcome.exception() if state.outcome else None
    asked_for = error.retry_after if isinstance(error, HubUnavailable) else None
    return max(asked_for or 0.0, FIRST_WAIT * 2.0 ** (state.attempt_number - 1))


def _say(state: RetryCallState) -> None:
    wait = state.next_action.sleep if state.next_action else 0.0
    if wait > 1.0 and state.outcome:
        logger.warning("%s It is asked again in %.0f s.", state.outcome.exception(), wait)
