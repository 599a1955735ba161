"""How webhook deliveries travel: dropped, doubled, delayed, out of order, or faster than the answer they are about.

The Hub promises no order, and retries what was refused (hub-docs, webhooks). Unlike the switches, a policy can be
changed while the Hub runs.
"""

import random
from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any

from localhub import errors
from localhub.switches import Switches


@dataclass(frozen=True)
class Policy:
    """What happens to which share of the deliveries; a share is between 0 and 1.

    The same seed decides the same about the first, second, third delivery after the policy was set.

    Attributes:
        seed: of the random decisions.
        drop: share that is never sent. A replay sends it after all.
        duplicate: share that is sent a second time as soon as it was taken.
        repeat: share that is sent once more ``repeat_after`` seconds later, whatever became of the first.
        repeat_after: seconds.
        delay: share that waits for up to ``delay_seconds``.
        delay_seconds: seconds.
        reorder: share that is sent after the next delivery of the same webhook, or after ``reorder_seconds``.
        reorder_seconds: seconds.
        webhook_first: share of requests whose answer is held back until their deliveries were sent.
        webhook_first_seconds: seconds that such an answer waits at most.
        retry_delays: seconds before each further attempt; empty for at most one. None is as the switches say.
        suspend_after: failed attempts in a row that suspend a webhook. None is as the switches say.
        daily_cap: triggers of one webhook in 24 hours. None is as the switches say.
    """

    seed: int = 0
    drop: float = 0.0
    duplicate: float = 0.0
    repeat: float = 0.0
    repeat_after: float = 60.0
    delay: float = 0.0
    delay_seconds: float = 1.0
    reorder: float = 0.0
    reorder_seconds: float = 1.0
    webhook_first: float = 0.0
    webhook_first_seconds: float = 5.0
    retry_delays: tuple[float, ...] | None = None
    suspend_after: int | None = None
    daily_cap: int | None = None

    def __post_init__(self) -> None:
        for name in ("drop", "duplicate", "repeat", "delay", "reorder", "webhook_first"):
            if not 0 <= getattr(self, name) <= 1:
                raise ValueError(f"{name} is a share: it must be between 0 and 1")
        seconds = [getattr(self, one.name) for one in fields(self) if one.name.endswith(("_seconds", "_after"))]
        if any(one is not None and one < 0 for one in (*seconds, *(self.retry_delays or ()))):
            raise ValueError("there is no less than 0 seconds")

    @staticmethod
    def from_json(body: Mapping[str, Any]) -> "Policy":
        """A policy from its fields.

        Raises:
            HubError: a field is unknown or wrong (400).
        """
        try:
            delays = body.get("retry_delays")
            return Policy(**{**body, "retry_delays": None if delays is None else tuple(delays)})
        except (TypeError, ValueError) as error:
            raise errors.invalid(f"That is no delivery policy: {error}") from error


@dataclass(frozen=True)
class Plan:
    """What becomes of one delivery.

    Attributes:
        fates: out of ``dropped``, ``duplicated``, ``repeated``, ``delayed``, ``reordered``.
        wait: seconds before it is sent.
        copies: how often it is sent even when it is taken at once.
        repeat_after: seconds after which it is sent once more; None for never.
    """

    fates: tuple[str, ...]
    wait: float
    copies: int
    repeat_after: float | None


class PolicyBook:
    """The policy in force; what it leaves to the switches is read from them."""

    def __init__(self, switches: Switches) -> None:
        self._switches = switches
        self.set(Policy())

    def set(self, policy: Policy) -> None:
        """Put a policy in force, and count deliveries anew."""
        self.policy, self._planned, self._asked = policy, 0, 0

    @property
    def retry_delays(self) -> tuple[float, ...]:
        """Seconds before each further attempt of a delivery."""
        chosen = self.policy.retry_delays
        return self._switches.webhook_retry_delays if chosen is None else chosen

    @property
    def suspend_after(self) -> int | None:
        """Failed attempts in a row that suspend a webhook, None for never."""
        chosen = self.policy.suspend_after
        return self._switches.webhook_suspend_after if chosen is None else chosen

    @property
    def daily_cap(self) -> int | None:
        """Triggers of one webhook in 24 hours, None for any number."""
        chosen = self.policy.daily_cap
        return self._switches.webhook_daily_cap if chosen is None else chosen

    def plan(self) -> Plan:
        """Decide about the next delivery."""
        policy = self.policy
        self._planned += 1
        # Not for cryptography. A generator for each delivery: what is decided about one does not shift the next.
        chance = random.Random(f"{policy.seed} delivery {self._planned}")  # noqa: S311 - see above
        met = {
            fate: chance.random() < share
            for fate, share in (
                ("dropped", policy.drop),
                ("duplicated", policy.duplicate),
                ("repeated", policy.repeat),
                ("delayed", policy.delay),
                ("reordered", policy.reorder),
            )
        }
        if met["dropped"]:
            return Plan(("dropped",), 0.0, 0, None)
        waits = [
            chance.uniform(0, policy.delay_seconds) if met["delayed"] else 0.0,
            policy.reorder_seconds if met["reordered"] else 0.0,
        ]
        return Plan(
            tuple(fate for fate, is_met in met.items() if is_met),
            max(waits),
            self._switches.webhook_copies + met["duplicated"],
            policy.repeat_after if met["repeated"] else None,
        )

    def webhook_first(self) -> float:
        """How many seconds the answer of the next request waits for its deliveries."""
        self._asked += 1
        chance = random.Random(f"{self.policy.seed} request {self._asked}")  # noqa: S311 - not for cryptography
        return self.policy.webhook_first_seconds if chance.random() < self.policy.webhook_first else 0.0
