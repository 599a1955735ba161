"""The outbox emptied: every waiting delivery is sent to its webhook, again and again until it is taken or given up.

A delivery keeps its ``Webhook-Id`` over all attempts and restarts (hub-docs, webhooks: retries and replays).
"""

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator

import httpx2

from localhub import hooks, outbox
from localhub.core import Core
from localhub.database import Row
from localhub.outbox import Attempt


class Deliverer:
    """Sends what is in the outbox; lives in the server's event loop."""

    def __init__(self, core: Core) -> None:
        self._core = core
        self._wake = asyncio.Event()
        self._idle = asyncio.Event()
        self._on_the_way: dict[int, asyncio.Task[None]] = {}
        self._watchers: set[asyncio.Event] = set()
        self._is_paused = False

    def wake(self) -> None:
        """Look into the outbox: something may have been put there, or become due."""
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

    async def wait_sent(self, after: int, seconds: float) -> None:
        """Wait until what is numbered above `after` by now, and is due, was sent once; `seconds` at most."""
        last, progress = outbox.newest(self._core), asyncio.Event()
        self._watchers.add(progress)
        try:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(seconds):
                    while outbox.awaits_first_attempt(self._core, after, last):
                        progress.clear()
                        await progress.wait()
        finally:
            self._watchers.discard(progress)

    @contextlib.asynccontextmanager
    async def paused(self) -> AsyncIterator[None]:
        """Send nothing meanwhile; what is on the way is broken off, and sent again if it still waits afterwards."""
        self._is_paused = True
        await self._abandon()
        try:
            yield
        finally:
            self._is_paused = False
            self._idle.clear()
            self._wake.set()

    async def _abandon(self) -> None:
        tasks = list(self._on_the_way.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def run(self) -> None:
        """Deliver until cancelled; what is on the way then is sent again after the next start."""
        async with httpx2.AsyncClient(timeout=self._core.switches.webhook_timeout, trust_env=False) as client:
            try:
                while True:
                    self._wake.clear()
                    pause = self._send_due(client)
                    with contextlib.suppress(TimeoutError):
                        async with asyncio.timeout(pause):
                            await self._wake.wait()
            finally:
                await self._abandon()

    def _send_due(self, client: httpx2.AsyncClient) -> float | None:
        """Start what is due; returns the seconds until the next is, None when that depends on others."""
        if self._is_paused:
            return None
        moment, places = self._core.clock.time(), self._core.switches.webhook_concurrency
        # What is on the way still counts as pending, so ask for as many rows more.
        for row in outbox.due(self._core, moment, 2 * places):
            if row["seq"] not in self._on_the_way and len(self._on_the_way) < places:
                self._on_the_way[row["seq"]] = asyncio.create_task(self._send(client, row))
        later = outbox.next_due(self._core, moment)
        if later is None:
            if not self._on_the_way:
                self._idle.set()
            return None
        return max(later - moment, 0.0)

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
            for progress in self._watchers:
                progress.set()

    def _record(self, hook: Row, row: Row, attempt: Attempt) -> None:
        db, policies = self._core.db, self._core.policies
        db.run(
            "INSERT INTO attempts (outbox_seq, at, status, error, seconds) VALUES (?,?,?,?,?)",
            *(row["seq"], attempt.at, attempt.status, attempt.error, attempt.seconds),
        )
        outbox.release(self._core, hook["id"], row["seq"])
        if attempt.status is not None and 200 <= attempt.status < 300:
            state = "delivered" if row["copies"] <= 1 else "pending"
            db.run("UPDATE outbox SET state = ?, copies = copies - 1 WHERE seq = ?", state, row["seq"])
            db.run("UPDATE webhooks SET failures = 0 WHERE id = ?", hook["id"])
            return
        tries = row["tries"]
        if tries < len(policies.retry_delays):
            due = self._core.clock.time() + policies.retry_delays[tries]
            db.run("UPDATE outbox SET tries = tries + 1, due = ?, held = 0 WHERE seq = ?", due, row["seq"])
        else:
            db.run("UPDATE outbox SET state = 'failed' WHERE seq = ?", row["seq"])
        db.run("UPDATE webhooks SET failures = failures + 1 WHERE id = ?", hook["id"])
        if policies.suspend_after is not None:
            db.run(
                "UPDATE webhooks SET disabled = ? WHERE id = ? AND failures >= ?",
                *(hooks.SUSPENDED, hook["id"], policies.suspend_after),
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
