"""The outbox: the deliveries of all webhooks, those that wait and those that are done with, as records."""

import json
from collections import Counter
from dataclasses import asdict, dataclass
from datetime import timedelta
from typing import Any

from localhub import errors
from localhub.core import Core
from localhub.database import Row
from localhub.errors import JsonObject
from localhub.stamps import new_id, stamp


@dataclass(frozen=True)
class Attempt:
    """One POST of a delivery: its status, or the error that came instead."""

    at: str
    status: int | None
    error: str | None
    seconds: float


@dataclass(frozen=True)
class Delivery:
    """One event for one webhook.

    Attributes:
        id: what the receiver sees as ``Webhook-Id``; repeats and replays have it too.
        webhook_id: of the webhook.
        payload: what is sent.
        state: ``pending``, ``delivered``, ``failed`` (given up) or ``dropped`` (never sent).
        created_at: when it happened.
        fates: what the policy decided: ``dropped``, ``duplicated``, ``repeated``, ``delayed``, ``reordered``; also
            ``capped`` (over the daily cap), ``repeat`` and ``replay`` for a delivery under the id of an earlier one.
        attempts: oldest first.
    """

    id: str
    webhook_id: str
    payload: dict[str, Any]
    state: str
    created_at: str
    fates: tuple[str, ...]
    attempts: tuple[Attempt, ...]

    def to_json(self) -> JsonObject:
        """All of it as JSON."""
        return asdict(self)


def listed(core: Core, state: str | None = None) -> list[Delivery]:
    """The deliveries, oldest first, all or those in one state."""
    attempts: dict[int, list[Attempt]] = {}
    for row in core.db.rows("SELECT * FROM attempts ORDER BY seq"):
        attempt = Attempt(row["at"], row["status"], row["error"], row["seconds"])
        attempts.setdefault(row["outbox_seq"], []).append(attempt)
    where, values = ("WHERE state = ?", [state]) if state else ("", [])
    return [
        Delivery(
            *(row["id"], row["webhook_id"], json.loads(row["payload"]), row["state"], row["created_at"]),
            *(tuple(row["fates"].split()), tuple(attempts.get(row["seq"], ()))),
        )
        for row in core.db.rows(f"SELECT * FROM outbox {where} ORDER BY seq", *values)  # noqa: S608 - a constant
    ]


def counts(core: Core) -> dict[str, int]:
    """How many deliveries are in each state and met each fate, without reading them all."""
    found: Counter[str] = Counter()
    for row in core.db.rows("SELECT state, fates, count(*) AS n FROM outbox GROUP BY state, fates"):
        for word in {row["state"], *row["fates"].split()}:
            found[word] += row["n"]
    return dict(found)


def put(core: Core, webhook_id: str, body: JsonObject) -> None:
    """Put one event for one webhook into the outbox, as the policy of the moment decides."""
    delivery_id = new_id()
    payload = json.dumps({**body, "webhook": {"id": webhook_id, "version": 3}})
    if _is_capped(core, webhook_id):
        _insert(core, delivery_id, webhook_id, payload, state="dropped", fates=("capped",))
        return
    core.db.run("UPDATE webhooks SET last_trigger = ? WHERE id = ?", core.clock.now(), webhook_id)
    plan = core.policies.plan()
    if "dropped" in plan.fates:
        _insert(core, delivery_id, webhook_id, payload, state="dropped", fates=plan.fates)
        return
    _insert(core, delivery_id, webhook_id, payload, fates=plan.fates, wait=plan.wait, copies=plan.copies)
    if plan.repeat_after is not None:
        _insert(core, delivery_id, webhook_id, payload, fates=("repeat",), wait=plan.repeat_after)


def replay(core: Core, webhook_id: str | None, delivery_id: str) -> None:
    """Send a delivery (of the webhook, if one is named) once more under its old id.

    Raises:
        HubError: there is no such delivery (404).
    """
    row = core.db.one(
        "SELECT * FROM outbox WHERE id = ? AND webhook_id = coalesce(?, webhook_id) LIMIT 1", delivery_id, webhook_id
    )
    if row is None:
        raise errors.not_found("Delivery not found")
    _insert(core, delivery_id, row["webhook_id"], row["payload"], fates=("replay",))


def due(core: Core, moment: float, limit: int) -> list[Row]:
    """Up to `limit` deliveries that wait and are due, those that are due longest first."""
    return core.db.rows(
        "SELECT * FROM outbox WHERE state = 'pending' AND due <= ? ORDER BY due, seq LIMIT ?", moment, limit
    )


def next_due(core: Core, moment: float) -> float | None:
    """When the next delivery that waits becomes due after `moment`."""
    row = core.db.one("SELECT min(due) AS due FROM outbox WHERE state = 'pending' AND due > ?", moment)
    return None if row is None or row["due"] is None else float(row["due"])


def newest(core: Core) -> int:
    """The number of the newest delivery."""
    row = core.db.one("SELECT max(seq) AS seq FROM outbox")
    return row["seq"] or 0 if row else 0


def awaits_first_attempt(core: Core, after: int, last: int) -> bool:
    """Whether a delivery numbered `after` < n <= `last` is due and was not sent yet."""
    row = core.db.one(
        "SELECT 1 FROM outbox o WHERE seq > ? AND seq <= ? AND state = 'pending' AND due <= ?"
        " AND NOT EXISTS (SELECT 1 FROM attempts WHERE outbox_seq = o.seq)",
        *(after, last, core.clock.time()),
    )
    return row is not None


def release(core: Core, webhook_id: str, seq: int) -> None:
    """Send now what had to wait for the delivery `seq` of this webhook to go first."""
    core.db.run(
        "UPDATE outbox SET due = ? WHERE webhook_id = ? AND state = 'pending' AND held AND seq < ?",
        *(core.clock.time(), webhook_id, seq),
    )


def _insert(
    core: Core,
    delivery_id: str,
    webhook_id: str,
    payload: str,
    *,
    fates: tuple[str, ...],
    state: str = "pending",
    wait: float = 0.0,
    copies: int = 1,
) -> None:
    core.db.run(
        "INSERT INTO outbox (id, webhook_id, payload, state, copies, due, fates, held, created_at)"
        " VALUES (?,?,?,?,?,?,?,?,?)",
        *(delivery_id, webhook_id, payload, state, copies, core.clock.time() + wait, " ".join(fates)),
        *("reordered" in fates, core.clock.now()),
    )


def _is_capped(core: Core, webhook_id: str) -> bool:
    cap = core.policies.daily_cap
    if cap is None:
        return False
    row = core.db.one(
        "SELECT count(*) AS n FROM outbox WHERE webhook_id = ? AND created_at > ?"
        " AND fates NOT IN ('capped','repeat','replay')",
        *(webhook_id, stamp(core.clock.moment() - timedelta(days=1))),
    )
    return row is not None and row["n"] >= cap
