"""The webhook's route as the OpenAPI document describes it: what a delivery is, and what the answers mean."""

from typing import Any

from fastapi import FastAPI
from pydantic import BaseModel

from bot.intake import MAX_BYTES, payload_schema

WEBHOOK_PATH = "/webhook"
SECRET_HEADER = "X-Webhook-Secret"  # noqa: S105 - the name of a header
ID_HEADER = "Webhook-Id"


class Accepted(BaseModel):
    """The delivery is stored. `outcome` says what it started (look, pulls, discuss, moved), or why nothing."""

    outcome: str


class Refused(BaseModel):
    """Nothing was stored; one sentence says why."""

    error: str


RESPONSES: dict[int | str, dict[str, Any]] = {
    202: {"model": Accepted, "description": "Stored, whatever it holds: a body that is no payload starts nothing."},
    400: {"model": Refused, "description": "The body was cut off."},
    401: {"model": Refused, "description": "The secret is missing or wrong. The body was not read."},
    408: {"model": Refused, "description": "The body did not arrive in time."},
    413: {"model": Refused, "description": f"The body has more than {MAX_BYTES} bytes."},
    503: {
        "model": Refused,
        "description": "It cannot be stored now, and should be sent again.",
        "headers": {"Retry-After": {"description": "Seconds.", "schema": {"type": "integer"}}},
    },
}

# The route reads the request by itself: the secret is checked before the body is read.
DESCRIPTION: dict[str, Any] = {
    "security": [{"secret": []}],
    "parameters": [
        {
            "name": ID_HEADER,
            "in": "header",
            "required": False,
            "description": "The Hub's id of the delivery; the same when it is sent again.",
            "schema": {"type": "string"},
        }
    ],
    "requestBody": {
        "required": True,
        "description": "A delivery of a Hub webhook (https://huggingface.co/docs/hub/webhooks).",
        "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Payload"}}},
    },
}


def describe(app: FastAPI) -> None:
    """Add to the application's document what FastAPI cannot see: the shape of a payload, and the secret."""
    document = app.openapi()
    payload = payload_schema()
    parts = payload.pop("$defs")
    document["components"]["schemas"] |= parts | {"Payload": payload}
    document["components"]["securitySchemes"] = {"secret": {"type": "apiKey", "in": "header", "name": SECRET_HEADER}}
