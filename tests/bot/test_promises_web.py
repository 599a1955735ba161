"""What the web side tells whoever asks: no secret, no name of a repo, whatever the address and the method."""

from typing import Any

import httpx2
import pytest
from fastapi.routing import APIRoute

from bot.app import create_app
from bot.queue import Queue
from bot.settings import Settings, Watch
from tests.serving import Serving

SECRETS: dict[str, Any] = {
    name: f"{name}-that-nobody-may-see"
    for name, field in Settings.model_fields.items()
    if "Secret" in str(field.annotation) and name != "database_url"
}


def test_no_answer_of_the_web_side_holds_a_secret_or_a_watched_name(
    database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for field in Settings.model_fields.values():
        monkeypatch.delenv(str(field.alias), raising=False)
    assert {"webhook_secret", "metrics_token", "hf_token", "read_token", "github_token"} <= SECRETS.keys()
    watch = Watch.parse("heron-labs,egret/private-model")
    settings = Settings(**SECRETS, watch=watch, results_repo="heron-labs/runs", _env_file=None)
    application = create_app(settings, Queue(database_url))
    paths = [route.path for route in application.routes if isinstance(route, APIRoute)]
    assert {"/", "/webhook", "/metrics", "/healthz", "/readyz"} <= set(paths)
    with Serving(application) as serving, httpx2.Client(base_url=serving.url) as client:
        said = ""
        for path in [*paths, "/openapi.json", "/docs", "/redoc", "/.env", "/../.env", "/nothing"]:
            for method in ("GET", "POST", "PUT", "DELETE", "OPTIONS"):
                for headers in ({}, {"X-Webhook-Secret": "a guess"}, {"Authorization": "Bearer a-guess"}):
                    answer = client.request(method, path, headers=headers, content=b"{" if method == "POST" else None)
                    assert answer.status_code < 500
                    said += f"{answer.headers}\n{answer.text}\n"
    assert "Scorekeeper" in said
    for word in (*SECRETS.values(), "heron-labs", "egret", database_url):
        assert word not in said
