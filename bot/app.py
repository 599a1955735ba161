"""The web side: takes deliveries, stores them, answers at once. Nothing else happens here.

Once the secret is right, a delivery is answered with 202 whatever it holds: the Hub retries, and in the end suspends
a webhook, on anything but 2xx. 413 and 503 are the two cases in which it should know.
"""

import contextlib
import logging
from collections.abc import AsyncIterator, Callable

from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse, PlainTextResponse
from starlette.requests import ClientDisconnect

from bot.intake import MAX_BYTES, read, secret_matches
from bot.queue import Delivery, Queue, QueueUnavailable
from bot.settings import Settings, require_webhook_secret

logger = logging.getLogger(__name__)

WEBHOOK_PATH = "/webhook"
MAX_ID = 100
ABOUT = f"""Scorekeeper keeps the evaluation results of Hugging Face model repos in step with their model cards.

POST {WEBHOOK_PATH}  takes the deliveries of a Hub webhook
GET /healthz   says whether this process answers
GET /readyz    says whether deliveries can be stored
"""

Background = Callable[[], contextlib.AbstractAsyncContextManager[None]]


def create_app(settings: Settings, queue: Queue, background: Background = contextlib.nullcontext) -> FastAPI:
    """The web application. `background` runs beside it from start to stop (the worker process, under `serve`).

    Raises:
        SettingsError: The webhook secret is not set.
    """
    secret = require_webhook_secret(settings)

    @contextlib.asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        async with queue, background():
            yield

    app = FastAPI(title="Scorekeeper", lifespan=lifespan, docs_url=None, redoc_url=None)

    @app.post(WEBHOOK_PATH, status_code=202)
    async def webhook(request: Request) -> JSONResponse:
        """Take one delivery of a Hub webhook."""
        given = next((value for name, value in request.headers.raw if name == b"x-webhook-secret"), None)
        if not secret_matches(given, secret):
            return JSONResponse({"error": "The webhook secret is missing or wrong."}, status_code=401)
        try:
            body = await _body(request)
        except ClientDisconnect:
            # Nobody reads the answer; the Hub sends it again.
            logger.debug("a delivery was cut off by its sender")
            return JSONResponse({"error": "The delivery was cut off."}, status_code=400)
        if body is None:
            return JSONResponse({"error": f"A delivery may have {MAX_BYTES} bytes."}, status_code=413)
        event = read(body, settings.watch)
        webhook_id = _printable(request.headers.get("webhook-id"))
        try:
            outcome = await queue.accept(Delivery(webhook_id, event))
        except QueueUnavailable:
            logger.exception("delivery %s could not be stored", webhook_id)
            return JSONResponse(
                {"error": "The delivery cannot be stored now: send it again."},
                status_code=503,
                headers={"Retry-After": "10"},
            )
        logger.info("delivery %s of %s: %s", webhook_id, event.repo_name, outcome)
        return JSONResponse({"outcome": outcome}, status_code=202)

    @app.get("/")
    async def about() -> PlainTextResponse:
        """What this is, for whoever opens it in a browser."""
        return PlainTextResponse(ABOUT)

    @app.get("/healthz")
    async def healthz() -> dict[str, str]:
        """The process answers."""
        return {"status": "ok"}

    @app.get("/readyz")
    async def readyz() -> JSONResponse:
        """Deliveries can be stored."""
        if await queue.ready():
            return JSONResponse({"status": "ready"})
        return JSONResponse({"status": "the database does not answer"}, status_code=503)

    return app


async def _body(request: Request) -> bytes | None:
    """The body, or None as soon as it is over the limit."""
    length = request.headers.get("content-length", "")
    if length.isdigit() and int(length) > MAX_BYTES:
        return None
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > MAX_BYTES:
            return None
    return bytes(body)


def _printable(value: str | None) -> str | None:
    return "".join(char for char in value if char.isprintable())[:MAX_ID] if value else None
