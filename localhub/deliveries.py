"""The outbox emptied: every waiting delivery is sent to its webhook, again and again until it is taken or given up.

A delivery keeps its ``Webhook-Id`` over all attempts and restarts (hub-docs, webhooks: retries and replays).
"""

import asyncio
import contextlib
import json
import time
from dataclasses import asdict, dataclass
from typing import Any

import httpx2

from localhub import hooks
from localhub.core import Core
from localhub.database import Row
from localhub.errors import JsonObject


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

    `id` is what the receiver sees as ``Webhook-Id``; `state` is ``pending``, ``delivered`` or ``failed`` (given up).
    """

    id: str
    webhook_id: str
    payload: dict[str, Any]
    state: str
    created_at: str
    attempts: tuple[Attempt, ...]

    def to_json(self) -> JsonObject:
        """All of it as JSON."""
        return asdict(self)


def listed(core: Core) -> list[Delivery]:
    """All deliveries, oldest first."""
    attempts: dict[int, list[Attempt]] = {}
    for row in core.db.rows("SELECT * FROM attempts ORDER BY seq"):
        attempt = Attempt(row["at"], row["status"], row["error"], row["seconds"])
        attempts.setdefault(row["outbox_seq"], []).append(attempt)
    return [
        Delivery(
            *(row["id"], row["webhook_id"], json.loads(row["payload"]), row["state"], row["created_at"]),
            tuple(attempts.get(row["seq"], ())),
        )
        for row in core.db.rows("SELECT * FROM outbox ORDER BY seq")
    ]


class Deliverer:
    """Sends what is in the outbox; lives in the server's event loop."""

    def __init__(self, core: Core) -> None:
        self._core = core
        self._wake = asyncio.Event()
        self._idle = asyncio.Event()
        self._on_the_way: dict[int, asyncio.Task[None]] = {}

    def wake(self) -> None:
        """Look into the outbox: something may have been put there."""
        if self._core.db.one("SELECT 1 FROM outbox WHERE state = 'pending' LIMIT 1") is not None:
            self._idle.clear()
            self._wake.set()

    async def wait_idle(self, timeout: float) -> bool:  # noqa: ASYNC109 - the caller is not a coroutine
        """Wait until nothing waits and nothing is on the way; False when `timeout` seconds were not enough."""
        try:
            async with asyncio.timeout(timeout):
                await self._idle.wait()
        except TimeoutError:
            return False
        return True

    async def run(self) -> None:
        """Deliver until cancelled; what is on the way then is sent again after the next start."""
        switches = self._core.switches
        async with httpx2.AsyncClient(timeout=switches.webhook_timeout, trust_env=False) as client:
            try:
                while True:
                    self._wake.clear()
                    pause = self._send_due(client)
                    with contextlib.suppress(TimeoutError):
                        async with asyncio.timeout(pause):
                            await self._wake.wait()
            finally:
                tasks = list(self._on_the_way.values())
                for task in tasks:
                    task.cancel()
                await asyncio.gather(*tasks, return_exceptions=True)

    def _send_due(self, client: httpx2.AsyncClient) -> float | None:
        """Start what is due; returns the seconds until the next is, None when that depends on others."""
        moment, places = self._core.clock.time(), self._core.switches.webhook_concurrency
        # What is on the way still counts as pending, so ask for as many rows more.
        due = self._core.db.rows(
            "SELECT * FROM outbox WHERE state = 'pending' AND due <= ? ORDER BY seq LIMIT ?", moment, 2 * places
        )
        for row in due:
            if row["seq"] not in self._on_the_way and len(self._on_the_way) < places:
                self._on_the_way[row["seq"]] = asyncio.create_task(self._send(client, row))
        later = self._core.db.one("SELECT min(due) AS due FROM outbox WHERE state = 'pending' AND due > ?", moment)
        if later is None or later["due"] is None:
            if not self._on_the_way:
                self._idle.set()
            return None
        return max(float(later["due"]) - moment, 0.0)

    async def _send(self, client: httpx2.AsyncClient, row: Row) -> None:
        try:
            hook = self._core.db.one("SELECT * FROM webhooks WHERE id = ?", row["webhook_id"])
            if hook is None or hook["disabled"]:
                self._core.db.run("UPDATE outbox SET state = 'failed' WHERE seq = ?", row["seq"])
                return
            attempt = await _post(client, hook, row, self._core.clock.now())
            with self._core.db.transaction():
                self._record(hook, row, attempt)
        finally:
            del self._on_the_way[row["seq"]]
            self._wake.set()

    def _record(self, hook: Row, row: Row, attempt: Attempt) -> None:
        db, switches = self._core.db, self._core.switches
        db.run(
            "INSERT INTO attempts (outbox_seq, at, status, error, seconds) VALUES (?,?,?,?,?)",
            *(row["seq"], attempt.at, attempt.status, attempt.error, attempt.seconds),
        )
        if attempt.status is not None and 200 <= attempt.status < 300:
            state = "delivered" if row["copies"] <= 1 else "pending"
            db.run("UPDATE outbox SET state = ?, copies = copies - 1 WHERE seq = ?", state, row["seq"])
            db.run("UPDATE webhooks SET failures = 0 WHERE id = ?", hook["id"])
            return
        tries = row["tries"]
        if tries < len(switches.webhook_retry_delays):
            due = self._core.clock.time() + switches.webhook_retry_delays[tries]
            db.run("UPDATE outbox SET tries = tries + 1, due = ? WHERE seq = ?", due, row["seq"])
        else:
            db.run("UPDATE outbox SET state = 'failed' WHERE seq = ?", row["seq"])
        db.run("UPDATE webhooks SET failures = failures + 1 WHERE id = ?", hook["id"])
        if switches.webhook_suspend_after is not None:
            db.run(
                "UPDATE webhooks SET disabled = ? WHERE id = ? AND failures >= ?",
                *(hooks.SUSPENDED, hook["id"], switches.webhook_suspend_after),
            )


async def _post(client: httpx2.AsyncClient, hook: Row, row: Row, at: str) -> Attempt:
    headers = {"Content-Type": "application/json", "Webhook-Id": row["id"]}
    if hook["secret"]:
        headers["X-Webhook-Secret"] = hook["secret"]
    start = time.perf_counter()
    status, problem = None, None
    try:
        answer = await client.post(hook["url"], content=row["payload"].encode(), headers=headers)
        status = answer.status_code
    except Exception as error:  # noqa: BLE001 - whatever a URL or a receiver is up to, it is a failed attempt
        problem = f"{type(error).__name__}: {error}"
    return Attempt(at, status, problem, time.perf_counter() - start)
