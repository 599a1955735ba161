"""Faults to order: what goes wrong with which request, before or after it took effect."""

import re
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from localhub import errors


@dataclass(frozen=True)
class Fault:
    r"""Something that goes wrong with requests that match.

    Attributes:
        method: only this method; None for any.
        path: a regular expression searched in the path with its query, as sent: ``/commit/main\?create_pr=1``.
        user: only requests of this user; None for any.
        status: answer with this status; None leaves the answer as it is (only the delay counts).
        headers: headers of the answer.
        body: text of the answer.
        count: how many requests it hits; None for all until it is cleared.
        delay: seconds to wait first.
        when: ``before`` the request takes effect, so that it does not, or ``after``, so that only the answer is lost.
        disconnect: break the connection instead of answering.
        hang: never answer.
    """

    method: str | None = None
    path: str = ""
    user: str | None = None
    status: int | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    body: str = ""
    count: int | None = 1
    delay: float = 0.0
    when: Literal["before", "after"] = "before"
    disconnect: bool = False
    hang: bool = False

    @property
    def replaces_answer(self) -> bool:
        """Whether the request's own answer never arrives."""
        return self.status is not None or self.disconnect or self.hang

    def hits(self, method: str, target: str, user: str | None) -> bool:
        """Whether the request is one of those meant."""
        return self.method in (None, method) and self.user in (None, user) and re.search(self.path, target) is not None

    @staticmethod
    def from_json(body: Mapping[str, Any]) -> "Fault":
        """A fault from its fields.

        Raises:
            HubError: a field is unknown or the path is no regular expression (400).
        """
        try:
            fault = Fault(**body)
            re.compile(fault.path)
        except (TypeError, re.error) as error:
            raise errors.invalid(f"That is no fault: {error}") from error
        return fault


class FaultBook:
    """The faults in force; asked by the server, filled by tests from another thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._left: list[tuple[Fault, int | None]] = []

    def add(self, fault: Fault) -> None:
        """Put a fault in force behind those that are."""
        with self._lock:
            self._left.append((fault, fault.count))

    def clear(self) -> None:
        """Back to normal."""
        with self._lock:
            self._left.clear()

    def listed(self) -> list[tuple[Fault, int | None]]:
        """Faults in force with the number of requests they will still hit."""
        with self._lock:
            return list(self._left)

    def take(self, method: str, target: str, user: str | None) -> Fault | None:
        """The first fault that hits this request, counted down."""
        with self._lock:
            for position, (fault, left) in enumerate(self._left):
                if fault.hits(method, target, user):
                    if left is not None and left <= 1:
                        del self._left[position]
                    elif left is not None:
                        self._left[position] = (fault, left - 1)
                    return fault
        return None
