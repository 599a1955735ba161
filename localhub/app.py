"""The ASGI application: reads a request, lets faults and limits have their say, runs the handler, logs the answer.

Handlers run one at a time on the event loop's thread. That is what makes each of them atomic; only waiting
(faults, deliveries, slow clients) happens beside them.
"""

import asyncio
import time
import uuid
from collections.abc import AsyncGenerator, Awaitable, Callable, MutableMapping
from dataclasses import dataclass, field, replace
from email.utils import formatdate
from typing import Any
from urllib.parse import parse_qs

from localhub import accounts
from localhub.accounts import Caller
from localhub.control import PREFIX, Control
from localhub.core import Core
from localhub.errors import HubError
from localhub.faults import Fault
from localhub.limits import Standing, action_of
from localhub.requestlog import LoggedRequest
from localhub.wire import Reply, Request, reply_error, reply_text

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]


@dataclass(frozen=True)
class App:
    """One Hub as an ASGI application.

    `cut` breaks the connection of a client (host, port); `closing` is set when the server goes down.
    """

    core: Core
    control: Control
    cut: Callable[[tuple[str, int]], None]
    closing: asyncio.Event = field(default_factory=asyncio.Event)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http":
            return
        start, at = time.perf_counter(), self.core.clock.now()
        request = await _read(scope, receive)
        if request.path.startswith(PREFIX):
            await self._send(receive, send, await self._controlled(request), {})
            return
        query = scope["query_string"].decode("latin-1")
        caller, refusal = self._identify(request)
        user = caller.name if caller else None
        standing = self.control.windows.take(user or str(scope["client"][0]), request.path)
        fault = self.control.faults.take(request.method, f"{request.path}?{query}" if query else request.path, user)
        reply = await self._answer(replace(request, caller=caller), refusal, standing, fault, query)
        logged = LoggedRequest(
            *(request.method, request.path, query, user, reply.status if reply else None, at),
            time.perf_counter() - start,
            fault.label if fault else None,
        )
        self.control.log.add(logged)
        if reply is not None and fault is not None and fault.spoils_body and not reply.stream:
            await _start(send, reply, self._common_headers(request, standing))
            await self._spoil(send, reply.body, fault)
        elif reply is not None:
            await self._send(receive, send, reply, self._common_headers(request, standing))
            return
        elif fault is not None and fault.hang:
            await self._hang(receive)
        host, port = scope["client"]
        self.cut((host, port))
        # Until the server has noticed: it would complain of a request that nobody answers.
        while (await receive())["type"] != "http.disconnect":
            pass

    async def _answer(
        self, request: Request, refusal: HubError | None, standing: Standing, fault: Fault | None, query: str
    ) -> Reply | None:
        """The reply, or None when a fault lets nothing through."""
        if fault is not None and fault.when == "before":
            await asyncio.sleep(fault.delay)
            if fault.replaces_answer:
                return _faulty(fault)
        refused = standing.message() if standing.refused else self._over_quota(request)
        if refused:
            return reply_text(refused, 429)
        reply = reply_error(refusal) if refusal else await self.control.dispatcher.perform(request, query)
        if fault is not None and fault.when == "after":
            await asyncio.sleep(fault.delay)
            if fault.replaces_answer:
                return _faulty(fault)
        return reply

    def _over_quota(self, request: Request) -> str:
        action = action_of(request.method, request.path)
        return self.control.windows.take_action(request.caller.name, action) if action and request.caller else ""

    def _identify(self, request: Request) -> tuple[Caller | None, HubError | None]:
        try:
            return accounts.caller_of(self.core.db, request.headers.get("authorization")), None
        except HubError as error:
            return None, error

    async def _controlled(self, request: Request) -> Reply:
        try:
            return await self.control.handle(request)
        except HubError as error:
            return reply_error(error)

    async def _spoil(self, send: Send, body: bytes, fault: Fault) -> None:
        """Send the body a byte at a time, or only the beginning of it."""
        body = body[: fault.truncate]
        if not fault.drip:
            await send({"type": "http.response.body", "body": body, "more_body": True})
            return
        for position in range(len(body)):
            if self.closing.is_set():
                return
            await asyncio.sleep(fault.drip)
            await send({"type": "http.response.body", "body": body[position : position + 1], "more_body": True})

    def _common_headers(self, request: Request, standing: Standing) -> dict[str, str]:
        # The client compares this date with the times in logs, so it is by the same clock.
        date = formatdate(self.core.clock.time(), usegmt=True)
        name = request.headers.get("x-amzn-trace-id") or str(uuid.uuid4())
        return {"Date": date, "X-Request-Id": name, **standing.headers()}

    async def _send(self, receive: Receive, send: Send, reply: Reply, common: dict[str, str]) -> None:
        await _start(send, reply, common)
        if reply.stream is not None:
            await self._stream(receive, send, reply.stream)
        await send({"type": "http.response.body", "body": reply.body})

    async def _stream(self, receive: Receive, send: Send, stream: AsyncGenerator[bytes]) -> None:
        """Send what comes out of a stream until it ends, the client leaves or the server closes."""

        async def body() -> None:
            async for chunk in stream:
                await send({"type": "http.response.body", "body": chunk, "more_body": True})

        waits = [asyncio.ensure_future(wait) for wait in (body(), receive(), self.closing.wait())]
        await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
        for wait in waits:
            wait.cancel()
        await asyncio.gather(*waits, return_exceptions=True)

    async def _hang(self, receive: Receive) -> None:
        waits = [asyncio.ensure_future(receive()), asyncio.ensure_future(self.closing.wait())]
        await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
        for wait in waits:
            wait.cancel()


def _faulty(fault: Fault) -> Reply | None:
    if fault.status is None:
        return None
    headers = {"Content-Type": "text/plain; charset=utf-8", **fault.headers}
    return Reply(fault.status, fault.body.encode(), headers)


async def _read(scope: Scope, receive: Receive) -> Request:
    chunks = []
    more = True
    while more:
        message = await receive()
        if message["type"] == "http.disconnect":
            break
        chunks.append(message.get("body", b""))
        more = message.get("more_body", False)
    headers = {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in scope["headers"]}
    query = parse_qs(scope["query_string"].decode("latin-1"), keep_blank_values=True)
    path = scope["raw_path"].decode("latin-1")
    return Request(scope["method"], path, query, headers, b"".join(chunks))


async def _start(send: Send, reply: Reply, common: dict[str, str]) -> None:
    # The length of a stream is not known before its end.
    length = {} if reply.stream else {"Content-Length": str(len(reply.body))}
    headers = {**length, **common, **reply.headers}
    raw = [(name.lower().encode(), value.encode("latin-1", "replace")) for name, value in headers.items()]
    await send({"type": "http.response.start", "status": reply.status, "headers": raw})
