"""Faults to order: what goes wrong with which request, before or after it took effect."""

import random
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
        probability: share of the matching requests that it hits.
        seed: of that chance.
        delay: seconds to wait first.
        when: ``before`` the request takes effect, so that it does not, or ``after``, so that only the answer is lost.
        disconnect: break the connection instead of answering.
        hang: never answer.
        drip: seconds between the bytes of the answer's body, which come one by one.
        truncate: break the connection after so many bytes of the answer's body.
        name: what the request log calls it; made up from the rest when not given.

    Raises:
        ValueError: the probability is none.
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
    drip: float = 0.0
    truncate: int | None = None
    probability: float = 1.0
    seed: int = 0
    name: str = ""

    def __post_init__(self) -> None:
        if not 0 <= self.probability <= 1:
            raise ValueError("probability must be between 0 and 1")
        if self.when not in ("before", "after"):
            raise ValueError("when must be before or after")

    @property
    def label(self) -> str:
        """The name of the fault, or what it does and when: ``500 after``."""
        kinds = {"disconnect": self.disconnect, "hang": self.hang, str(self.status): self.status is not None}
        spoiled = {"drip": bool(self.drip), "truncate": self.truncate is not None}
        made_up = [f"{kind} {self.when}" for kind, is_it in kinds.items() if is_it]
        made_up += [kind for kind, is_it in spoiled.items() if is_it]
        return self.name or (made_up[0] if made_up else f"delay {self.when}")

    @property
    def replaces_answer(self) -> bool:
        """Whether the request's own answer never arrives."""
        return self.status is not None or self.disconnect or self.hang

    @property
    def spoils_body(self) -> bool:
        """Whether the answer's body does not arrive as it should."""
        return bool(self.drip) or self.truncate is not None

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
        except (TypeError, ValueError, re.error) as error:
            raise errors.invalid(f"That is no fault: {error}") from error
        return fault


@dataclass
class _InForce:
    fault: Fault
    left: int | None
    chance: random.Random


class FaultBook:
    """The faults in force; asked by the server, filled by tests from another thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._in_force: list[_InForce] = []

    def add(self, fault: Fault) -> None:
        """Put a fault in force behind those that are."""
        with self._lock:
            # Not for cryptography: the same faults shall hit the same requests again.
            self._in_force.append(_InForce(fault, fault.count, random.Random(fault.seed)))  # noqa: S311 - see above

    def clear(self) -> None:
        """Back to normal."""
        with self._lock:
            self._in_force.clear()

    def listed(self) -> list[tuple[Fault, int | None]]:
        """Faults in force with the number of requests they will still hit."""
        with self._lock:
            return [(one.fault, one.left) for one in self._in_force]

    def take(self, method: str, target: str, user: str | None) -> Fault | None:
        """The first fault that hits this request, counted down."""
        with self._lock:
            for one in self._in_force:
                if one.fault.hits(method, target, user) and one.chance.random() < one.fault.probability:
                    if one.left is not None:
                        one.left -= 1
                        if one.left <= 0:
                            self._in_force.remove(one)
                    return one.fault
        return None
