"""The web side: takes deliveries, stores them, answers at once. Nothing else happens here.

Once the secret is right, a delivery is answered with 202 whatever it holds: the Hub retries, and in the end suspends
a webhook, on anything but 2xx. What is too large, too slow or cannot be stored now are the cases in which it should
know.
"""

import asyncio
import contextlib
import logging
import time
from collections.abc import AsyncIterator, Callable, Collection

import structlog
from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse, PlainTextResponse, Response
from prometheus_client import CONTENT_TYPE_PLAIN_0_0_4
from starlette.requests import ClientDisconnect

from bot.intake import MAX_BYTES, read, secret_matches
from bot.metrics import Metrics, may_read
from bot.queue import Delivery, Queue, QueueUnavailable
from bot.settings import Settings, require_webhook_secret
from bot.webhook_api import DESCRIPTION, ID_HEADER, RESPONSES, SECRET_HEADER, WEBHOOK_PATH, describe

logger = logging.getLogger(__name__)

MAX_ID = 100
BODY_TIMEOUT = 10.0
TELL_OF_REFUSALS_EVERY = 60.0
ABOUT = f"""Scorekeeper keeps the evaluation results of Hugging Face model repos in step with their model cards.

POST {WEBHOOK_PATH}  takes the deliveries of a Hub webhook
GET /healthz   says whether this process answers
GET /readyz    says whether deliveries can be stored
GET /metrics   says how it goes, to Prometheus
GET /openapi.json  describes all of this
"""

Background = Callable[[], contextlib.AbstractAsyncContextManager[None]]


def create_app(
    settings: Settings,
    queue: Queue,
    background: Background = contextlib.nullcontext,
    own_ids: Callable[[], Collection[str]] = tuple,
) -> FastAPI:
    """The web application. `background` runs beside it from start to stop (the worker process, under `serve`).

    `own_ids` says whose comments are the bot's own, as far as that is known.

    Raises:
        SettingsError: The webhook secret is not set.
    """
    secret = require_webhook_secret(settings)
    metrics = Metrics(queue.url)
    refusals = _Refusals()

    @contextlib.asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        async with queue, background():
            yield

    app = FastAPI(title="Scorekeeper", lifespan=lifespan, docs_url=None, redoc_url=None)

    @app.post(WEBHOOK_PATH, status_code=202, responses=RESPONSES, openapi_extra=DESCRIPTION)
    async def webhook(request: Request) -> JSONResponse:
        """Take one delivery of a Hub webhook."""
        with metrics.answering() as answer:
            response = await take(request)
            answer.status = response.status_code
        return response

    async def take(request: Request) -> JSONResponse:
        given = request.headers.getlist(SECRET_HEADER)
        # Headers come as bytes; Starlette reads them as Latin-1.
        if len(given) != 1 or not secret_matches(given[0].encode("latin-1"), secret):
            refusals.tell()
            return _refused(401, "The webhook secret is missing or wrong.")
        try:
            async with asyncio.timeout(BODY_TIMEOUT):
                body = await _body(request)
        except ClientDisconnect:
            # Nobody reads the answer; the Hub sends it again.
            logger.debug("a delivery was cut off by its sender")
            return _refused(400, "The delivery was cut off.")
        except TimeoutError:
            logger.warning("a delivery did not arrive within %.0f s", BODY_TIMEOUT)
            return _refused(408, "The delivery did not arrive in time.", Connection="close")
        if body is None:
            return _refused(413, f"A delivery may have {MAX_BYTES} bytes.")
        event = read(body, settings.watch, own_ids())
        webhook_id = _printable(request.headers.get(ID_HEADER))
        with structlog.contextvars.bound_contextvars(delivery=webhook_id, repo=event.repo_name):
            try:
                outcome = await queue.accept(Delivery(webhook_id, event))
            except QueueUnavailable:
                logger.exception("the delivery could not be stored")
                return _refused(503, "The delivery cannot be stored now: send it again.", **{"Retry-After": "10"})
            metrics.accepted(outcome)
            logger.info("delivery stored", extra={"outcome": outcome})
        return JSONResponse({"outcome": outcome}, status_code=202)

    @app.get("/", response_class=PlainTextResponse)
    async def about() -> PlainTextResponse:
        """What this is, for whoever opens it in a browser."""
        return PlainTextResponse(ABOUT)

    @app.get("/healthz")
    async def healthz() -> dict[str, str]:
        """The process answers."""
        return {"status": "ok"}

    @app.get("/readyz", responses={503: {"description": "The database does not answer."}})
    async def readyz() -> JSONResponse:
        """Deliveries can be stored."""
        if await queue.ready():
            return JSONResponse({"status": "ready"})
        return JSONResponse({"status": "the database does not answer"}, status_code=503)

    @app.get(
        "/metrics",
        response_class=PlainTextResponse,
        responses={401: {"description": "The token is missing or wrong."}, 403: {"description": "No token is set."}},
    )
    async def show_metrics(request: Request) -> Response:
        """How it goes, for Prometheus."""
        refused = may_read(settings.metrics_token, request)
        if refused is not None:
            return refused
        return Response(await metrics.text(), media_type=CONTENT_TYPE_PLAIN_0_0_4)

    describe(app)
    return app


class _Refusals:
    """Tells an operator of deliveries with a wrong secret, however many there are, once a minute."""

    def __init__(self) -> None:
        self._told = float("-inf")

    def tell(self) -> None:
        if time.monotonic() - self._told >= TELL_OF_REFUSALS_EVERY:
            self._told = time.monotonic()
            logger.warning("a delivery without the secret was refused: is SCOREKEEPER_WEBHOOK_SECRET the webhook's?")


def _refused(status: int, sentence: str, **headers: str) -> JSONResponse:
    return JSONResponse({"error": sentence}, status_code=status, headers=headers)


async def _body(request: Request) -> bytes | None:
    """The body, or None as soon as it is over the limit."""
    length = request.headers.get("content-length", "")
    if length.isascii() and length.isdigit() and (len(length) > len(str(MAX_BYTES)) or int(length) > MAX_BYTES):
        return None
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > MAX_BYTES:
            return None
    return bytes(body)


def _printable(value: str | None) -> str | None:
    return "".join(char for char in value if char.isprintable())[:MAX_ID] if value else None
