"""Send deliveries to a server as fast as it answers, or at a steady rate, from a process of its own.

usage: python -m bench.http_load --port P --secret S [--path /webhook] [--connections N] [--seconds S] [--rate R]

Plain sockets, connected beforehand; each delivery is a push to one of `--repos` repos. With a rate, the time of a
delivery runs from the moment at which it was due, so that a server that falls behind is not spared. Prints JSON: how
many were answered, by status, and the times in milliseconds.
"""

import argparse
import asyncio
import json
import statistics
import time
from collections import Counter
from pathlib import Path

PAYLOAD = (Path(__file__).parent.parent / "tests" / "bot" / "payloads" / "push_main.json").read_text()
OWNER = "heron-labs"


def main() -> None:
    """Run it and print the figures."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", maxsplit=1)[0])
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--secret", required=True)
    parser.add_argument("--path", default="/webhook")
    parser.add_argument("--connections", type=int, default=16)
    parser.add_argument("--seconds", type=float, default=10.0)
    parser.add_argument("--rate", type=float, help="deliveries a second; as fast as possible without")
    parser.add_argument("--repos", type=int, default=1000)
    options = parser.parse_args()
    requests = [request(number, options.path, options.secret) for number in range(options.repos)]
    print(json.dumps(asyncio.run(load(options, requests))))


def request(number: int, path: str, secret: str) -> bytes:
    """The bytes of one delivery: a push to the repo of this number."""
    body = (
        PAYLOAD.replace("64aa00000000000000000001", f"{number:024x}").replace("heron-8b", f"heron-{number}b").encode()
    )
    fields = [
        *(f"POST {path} HTTP/1.1", "Host: 127.0.0.1", "Content-Type: application/json", f"X-Webhook-Secret: {secret}"),
        *(f"Webhook-Id: {number:032x}", f"Content-Length: {len(body)}"),
    ]
    return "\r\n".join(fields).encode() + b"\r\n\r\n" + body


class Line(asyncio.Protocol):
    """One connection: a request, then its answer."""

    def __init__(self) -> None:
        self._received = b""
        self._answer: asyncio.Future[int] | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep what to write to."""
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def connection_lost(self, exc: Exception | None) -> None:
        """Fail the request under way, if there is one."""
        if self._answer is not None and not self._answer.done():
            self._answer.set_exception(exc or ConnectionError("the server ended the connection"))

    def data_received(self, data: bytes) -> None:
        """Collect an answer to its end."""
        self._received += data
        head, end, body = self._received.partition(b"\r\n\r\n")
        if not end or self._answer is None:
            return
        length = next(
            int(field.split(b":")[1]) for field in head.split(b"\r\n") if field[:15].lower() == b"content-length:"
        )
        if len(body) >= length:
            self._received = b""
            self._answer.set_result(int(head[9:12]))

    async def ask(self, text: bytes) -> int:
        """Send a request. Returns the status of the answer."""
        self._answer = asyncio.get_running_loop().create_future()
        self._transport.write(text)
        return await self._answer


async def load(options: argparse.Namespace, requests: list[bytes]) -> dict[str, object]:
    """Send for as long as told; the figures."""
    loop = asyncio.get_running_loop()
    lines = [(await loop.create_connection(Line, "127.0.0.1", options.port))[1] for _ in range(options.connections)]
    times: list[float] = []
    statuses: Counter[str] = Counter()
    started = time.perf_counter()
    end = started + options.seconds
    turn = iter(range(10**12))

    async def one(line: Line, due: float) -> None:
        status = await line.ask(requests[next(turn) % len(requests)])
        times.append(time.perf_counter() - due)
        statuses[str(status)] += 1

    async def closed(line: Line) -> None:
        while (now := time.perf_counter()) < end:
            await one(line, now)

    async def steady(line: Line) -> None:
        # Whoever is free takes the next one that is due.
        while (due := started + next(ticks) / options.rate) < end:
            await asyncio.sleep(max(0.0, due - time.perf_counter()))
            await one(line, due)

    ticks = iter(range(10**12))
    await asyncio.gather(*(map(steady if options.rate else closed, lines)))
    return figures(times, statuses, time.perf_counter() - started)


def figures(times: list[float], statuses: Counter[str], seconds: float) -> dict[str, object]:
    """What is printed: deliveries a second, and quantiles of the time to the answer."""
    quantiles = statistics.quantiles(times, n=1000, method="inclusive")
    return {
        "statuses": dict(statuses),
        "per_second": round(len(times) / seconds, 1),
        "p50_ms": round(quantiles[499] * 1000, 2),
        "p99_ms": round(quantiles[989] * 1000, 2),
        "max_ms": round(max(times) * 1000, 2),
    }


if __name__ == "__main__":
    main()
