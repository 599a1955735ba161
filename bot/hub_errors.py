"""What can go wrong with the Hub, sorted by what to do about it.

HubError
├── HubUnavailable   try again later (5xx, 429, time-out, no connection); `retry_after` in seconds where known
├── HubGone          the repo is not there, or not for this token
├── HubDenied        gated, disabled, or the token may not do this
├── HubConflict      somebody else was faster (409, 412): read again and decide again
└── HubRefused       any other answer
"""

import contextlib
import re
from collections.abc import Iterator

import httpx2
from huggingface_hub.errors import DisabledRepoError, GatedRepoError, HfHubHTTPError, RepositoryNotFoundError

WRITE_SETTLES = 60.0


class HubError(Exception):
    """The Hub did not do what was asked; the message is one sentence without anything secret."""


class HubUnavailable(HubError):  # noqa: N818 - the name says what is the case
    """Worth another try later."""

    def __init__(self, message: str, retry_after: float | None = None) -> None:
        super().__init__(message)
        self.retry_after = retry_after


class HubGone(HubError):  # noqa: N818 - likewise
    """The repo is not there, or not for this token."""


class HubDenied(HubError):  # noqa: N818 - likewise
    """The repo is gated or disabled, or the token lacks the right."""


class HubConflict(HubError):  # noqa: N818 - likewise
    """The repo changed in between."""


class HubRefused(HubError):  # noqa: N818 - likewise
    """Any other refusal."""


@contextlib.contextmanager
def translated(what: str, *, write: bool = False) -> Iterator[None]:
    """Turn the client's errors into ours. None of their texts is passed on: they may quote what a stranger wrote.

    A `write` without an answer may still be under way, and may still take effect: the next try waits until it has.
    """
    settle = WRITE_SETTLES if write else None
    try:
        yield
    except (GatedRepoError, DisabledRepoError) as error:
        kind = "gated" if isinstance(error, GatedRepoError) else "disabled"
        raise HubDenied(f"The Hub does not show {what}: the repo is {kind}.") from error
    except RepositoryNotFoundError as error:
        raise HubGone(f"The Hub does not show {what}: it is not there, or not for this token.") from error
    except HfHubHTTPError as error:
        raise _by_status(error, what, settle) from error
    except (httpx2.TimeoutException, TimeoutError) as error:
        raise HubUnavailable(f"The Hub did not answer in time about {what}.", settle) from error
    except (httpx2.HTTPError, OSError) as error:
        raise HubUnavailable(f"The Hub could not be reached about {what}.", settle) from error
    except (KeyError, TypeError, ValueError, AttributeError, IndexError) as error:
        raise HubRefused(f"The Hub's answer about {what} was not understood ({type(error).__name__}).") from error


def _by_status(error: HfHubHTTPError, what: str, settle: float | None) -> HubError:
    status = error.response.status_code
    if status == 429 or status >= 500 or status == 408:
        return HubUnavailable(f"The Hub answered {status} about {what}.", _retry_after(error.response) or settle)
    if status == 401:
        # Not about this repo: the token is wrong or has expired, and will be replaced.
        return HubUnavailable(f"The Hub answered 401 about {what}: the token is not accepted.")
    if status in {409, 412}:
        return HubConflict(f"The Hub answered {status} about {what}: it changed in between.")
    if status == 403:
        return HubDenied(f"The Hub answered {status} about {what}: the token may not do this.")
    if status == 404:
        return HubGone(f"The Hub answered 404 about {what}.")
    return HubRefused(f"The Hub answered {status} about {what}.")


def _retry_after(response: httpx2.Response) -> float | None:
    """Seconds to wait, from `Retry-After` or the window's end in `RateLimit: "api";r=0;t=55`."""
    after = response.headers.get("Retry-After", "")
    if after.isdigit():
        return float(after)
    window = re.search(r"r=0\b.*?\bt=(\d+)", response.headers.get("RateLimit", ""))
    return float(window.group(1)) if window else None
