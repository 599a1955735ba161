"""The refusals of the Hub, with the headers that its client turns into exceptions.

The client reads ``X-Error-Code`` and ``X-Error-Message`` before the body: a wrong pair is a wrong exception there.

    HubError
    `-- one function for each case, so that status, header and text stay together
"""

from collections.abc import Mapping
from typing import Any

JsonObject = dict[str, Any]


class HubError(Exception):
    """A request that is answered with an error: status, headers and JSON body."""

    def __init__(
        self, status: int, message: str, headers: Mapping[str, str] | None = None, extra: JsonObject | None = None
    ) -> None:
        super().__init__(message)
        self.status = status
        self.headers = {"X-Error-Message": _header_safe(message), **(headers or {})}
        self.body: JsonObject = {"error": message, **(extra or {})}


def repo_missing(*, anonymous: bool) -> HubError:
    """No such repo, or none that this caller may know about; anonymous callers get 401 as on the Hub."""
    headers = {"X-Error-Code": "RepoNotFound"}
    if anonymous:
        return HubError(401, "Invalid username or password.", headers)
    return HubError(404, "Repository not found", headers)


def revision_missing(revision: str) -> HubError:
    """The repo has no such branch, tag or commit."""
    return HubError(404, f"Invalid rev id: {revision}", {"X-Error-Code": "RevisionNotFound"})


def entry_missing(message: str, commit: str) -> HubError:
    """The commit has no such file; its sha is sent so that the client can remember the absence."""
    return HubError(404, message, {"X-Error-Code": "EntryNotFound", "X-Repo-Commit": commit})


def bad_token() -> HubError:
    """The request carries a token that nobody owns."""
    return HubError(401, "Invalid credentials in Authorization header")


def login_needed() -> HubError:
    """An anonymous request for something that needs an account."""
    return HubError(401, "Invalid username or password.")


def gated(kind: str, name: str, *, anonymous: bool) -> HubError:
    """The repo's files are for an authorized list that the caller is not on."""
    message = f"Access to {kind} {name} is restricted and you are not in the authorized list."
    return HubError(401 if anonymous else 403, message, {"X-Error-Code": "GatedRepo"})


def disabled() -> HubError:
    """The repo was disabled; the client recognises exactly this text."""
    return HubError(403, "Access to this resource is disabled.")


def forbidden(message: str) -> HubError:
    """The caller is known but may not do this."""
    return HubError(403, message)


def not_found(message: str) -> HubError:
    """Something other than a repo, revision or file does not exist."""
    return HubError(404, message)


def invalid(message: str) -> HubError:
    """The request does not make sense (400)."""
    return HubError(400, message)


def taken(message: str, extra: JsonObject | None = None) -> HubError:
    """The name is in use (409)."""
    return HubError(409, message, extra=extra)


def stale_parent() -> HubError:
    """The branch moved on from the named parent commit; the text is the Hub's own."""
    return HubError(412, "The branch was updated since you opened this page. Please refresh and try again.")


def commit_in_progress() -> HubError:
    """Somebody else commits to the repo at this moment; the Hub's own words are not known."""
    return HubError(409, "Another commit to this repo is in progress. Please retry.")


def _header_safe(message: str) -> str:
    printable = "".join(char if char.isprintable() else " " for char in message)
    return " ".join(printable.split()).encode("latin-1", "replace").decode("latin-1")
