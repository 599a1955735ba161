"""What an operator's Prometheus may ask: the deliveries of this process, and the work of all processes.

What concerns all processes stands in the database, and is read when somebody asks: at most once a second, on a
connection of its own, so that a scrape never takes one from a delivery. While the database is down, the rest is shown.
No label holds a name of a repo, nor anything else that a sender chooses.
"""

import asyncio
import contextlib
import ipaddress
import secrets
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from importlib.metadata import version

import psycopg
from prometheus_client import CollectorRegistry, Counter, Histogram, Info, ProcessCollector, generate_latest
from prometheus_client.metrics_core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector
from pydantic import SecretStr
from starlette.requests import Request
from starlette.responses import JSONResponse

from bot.metrics_database import FAMILIES, Family, Reading, read

FRESH = 1.0
SCRAPE_TIMEOUT = 3.0
BUCKETS = (0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0)


def may_read(token: SecretStr | None, request: Request) -> JSONResponse | None:
    """None where the sender may read the metrics: with the token, or without one from this machine; else the answer."""
    if token is None:
        if request.client is not None and _loopback(request.client.host):
            return None
        sentence = "The metrics are for this machine only: set SCOREKEEPER_METRICS_TOKEN to read them from elsewhere."
        return JSONResponse({"error": sentence}, status_code=403)
    scheme, _, given = request.headers.get("authorization", "").partition(" ")
    right = secrets.compare_digest(given.strip().encode(), token.get_secret_value().encode())
    if scheme.lower() == "bearer" and right:
        return None
    return JSONResponse(
        {"error": "The token is missing or wrong."}, status_code=401, headers={"WWW-Authenticate": "Bearer"}
    )


def _loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


@dataclass
class Answer:
    """What a request came to; a request that ends without one is a fault of ours."""

    status: int = 500


class Metrics:
    """The metrics of one web process. `url` is the database that all processes share."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._lock = asyncio.Lock()
        self._read_at = float("-inf")
        self._registry = CollectorRegistry()
        self._database = _Database()
        self._registry.register(self._database)
        # Memory, processor time and open files of this process.
        ProcessCollector(registry=self._registry)
        Info("scorekeeper_build", "The version that runs.", registry=self._registry).info(
            {"version": version("scorekeeper")}
        )
        self._deliveries = Counter(
            "scorekeeper_deliveries",
            "Deliveries taken by this process, by what they started or why they started nothing.",
            ["outcome"],
            registry=self._registry,
        )
        self._answers = Counter(
            "scorekeeper_webhook_responses",
            "Answers of this process to POST /webhook, by HTTP status.",
            ["status"],
            registry=self._registry,
        )
        self._seconds = Histogram(
            "scorekeeper_webhook_response_seconds",
            "Time from the head of a delivery to its answer.",
            buckets=BUCKETS,
            registry=self._registry,
        )

    @contextlib.contextmanager
    def answering(self) -> Iterator[Answer]:
        """Measure one answer to the webhook's route."""
        answer = Answer()
        started = time.perf_counter()
        try:
            yield answer
        finally:
            self._seconds.observe(time.perf_counter() - started)
            self._answers.labels(str(answer.status)).inc()

    def accepted(self, outcome: str) -> None:
        """A delivery was stored."""
        self._deliveries.labels(outcome).inc()

    async def text(self) -> bytes:
        """All metrics in Prometheus' text format. Never raises, and takes at most `SCRAPE_TIMEOUT` seconds."""
        async with self._lock:
            if time.monotonic() - self._read_at >= FRESH:
                self._database.reading = await self._read()
                self._read_at = time.monotonic()
        return generate_latest(self._registry)

    async def _read(self) -> Reading | None:
        try:
            async with asyncio.timeout(SCRAPE_TIMEOUT):
                return await read(self._url)
        except (psycopg.Error, OSError, TimeoutError):
            return None

    def families(self) -> Iterable[tuple[str, str, str]]:
        """Name, type and help of each metric of ours, for the documentation."""
        for family in self._registry.collect():
            if family.name.startswith("scorekeeper_"):
                name = f"{family.name}_total" if family.type == "counter" else family.name
                yield (f"{name}_info" if family.type == "info" else name), family.type, family.documentation


class _Database(Collector):
    """Shows the last reading of the database."""

    reading: Reading | None = None

    def collect(self) -> Iterator[Metric]:
        """The families, each with its samples; none have any while the database is down."""
        up = GaugeMetricFamily("scorekeeper_database_up", "1 if the database answered this scrape.")
        up.add_metric([], 0.0 if self.reading is None else 1.0)
        yield up
        samples = {} if self.reading is None else self.reading
        for family in FAMILIES:
            metric = _family(family)
            for labels, value in samples.get(family.name, ()):
                metric.add_metric(labels, value)
            yield metric


def _family(family: Family) -> CounterMetricFamily | GaugeMetricFamily:
    kind = CounterMetricFamily if family.counter else GaugeMetricFamily
    return kind(family.name, family.help, labels=family.labels)
