"""The web side over real HTTP and real PostgreSQL: what is answered, and what is stored."""

import io
import json
import logging
import socket
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx2
import psycopg
import pytest

from bot.app import create_app
from bot.intake import MAX_BYTES
from bot.queue import Queue
from bot.settings import Settings, SettingsError, Watch
from tests.bot.conftest import lines
from tests.serving import Serving

SECRET = "a long random text"
PUSH = (Path(__file__).parent / "payloads" / "push_main.json").read_bytes()
REPO_ID = "64aa00000000000000000001"

Rows = Callable[[str], list[tuple[Any, ...]]]


@pytest.fixture
def settings() -> Settings:
    return Settings(webhook_secret=SECRET, watch=Watch.parse("heron-labs"), _env_file=None)


@pytest.fixture
def web(database_url: str, settings: Settings) -> Iterator[httpx2.Client]:
    with (
        Serving(create_app(settings, Queue(database_url))) as serving,
        httpx2.Client(base_url=serving.url, headers={"X-Webhook-Secret": SECRET}) as client,
    ):
        yield client


@pytest.fixture
def rows(database_url: str) -> Rows:
    def fetch(query: str) -> list[tuple[Any, ...]]:
        with psycopg.connect(database_url) as connection:
            return connection.execute(query.encode()).fetchall()

    return fetch


def test_a_push_is_stored_with_its_look_and_answered_at_once(web: httpx2.Client, rows: Rows) -> None:
    answer = web.post("/webhook", content=PUSH, headers={"Webhook-Id": "w-1"})
    assert (answer.status_code, answer.json()) == (202, {"outcome": "look"})
    assert rows("select webhook_id, repo_id, outcome from deliveries") == [("w-1", REPO_ID, "look")]
    arguments = {"repo_id": REPO_ID, "name": "heron-labs/heron-8b", "owner": "heron-labs", "delivery": "w-1"}
    assert rows("select task_name, args, lock from procrastinate_jobs") == [("look", arguments, f"repo:{REPO_ID}")]


def test_a_burst_of_pushes_is_one_look(web: httpx2.Client, rows: Rows) -> None:
    for _ in range(5):
        web.post("/webhook", content=PUSH)
    assert rows("select count(*) from deliveries") == [(5,)]
    assert rows("select count(*) from procrastinate_jobs") == [(1,)]


@pytest.mark.parametrize("headers", [{"X-Webhook-Secret": "wrong"}, {"X-Webhook-Secret": ""}])
def test_a_wrong_secret_is_401_and_nothing_is_stored(headers: dict[str, str], web: httpx2.Client, rows: Rows) -> None:
    assert web.post("/webhook", content=PUSH, headers=headers).status_code == 401
    assert rows("select count(*) from deliveries") == [(0,)]


def test_a_missing_secret_is_401(web: httpx2.Client) -> None:
    assert httpx2.post(f"{web.base_url}/webhook", content=PUSH).status_code == 401


def test_the_secret_is_checked_before_the_body_is_read(web: httpx2.Client) -> None:
    with socket.create_connection((web.base_url.host, web.base_url.port or 0), timeout=10) as connection:
        connection.sendall(
            b"POST /webhook HTTP/1.1\r\nHost: x\r\nContent-Length: 1000000\r\nX-Webhook-Secret: wrong\r\n\r\n"
        )
        assert connection.recv(100).startswith(b"HTTP/1.1 401")


def test_a_body_over_the_limit_is_413_with_or_without_a_length(web: httpx2.Client, rows: Rows) -> None:
    body = b" " * (MAX_BYTES + 1)
    assert web.post("/webhook", content=body).status_code == 413
    assert web.post("/webhook", content=iter([body[:700_000], body[700_000:]])).status_code == 413
    assert rows("select count(*) from deliveries") == [(0,)]


def test_a_body_at_the_limit_is_taken(web: httpx2.Client) -> None:
    data = json.loads(PUSH) | {"comment": {"content": ""}}
    data["comment"]["content"] = "x" * (MAX_BYTES - len(json.dumps(data)))
    body = json.dumps(data).encode()
    assert len(body) == MAX_BYTES
    assert web.post("/webhook", content=body).status_code == 202


@pytest.mark.parametrize(
    ("body", "outcome"),
    [
        (b"not json", "not_json"),
        (b"{}", "not_a_payload"),
        (PUSH.replace(b'"model"', b'"space"'), "not_a_model"),
        (PUSH.replace(b"refs/heads/main", b"refs/heads/dev"), "other_ref"),
        (PUSH.replace(b"heron-labs/heron-8b", b"someone/else"), "not_watched"),
        (PUSH.replace(b"repo.content", b"repo.config"), "other_event"),
    ],
)
def test_what_is_not_for_us_is_202_and_counted_by_reason(
    body: bytes, outcome: str, web: httpx2.Client, rows: Rows
) -> None:
    answer = web.post("/webhook", content=body)
    assert (answer.status_code, answer.json()) == (202, {"outcome": outcome})
    assert rows("select outcome from deliveries") == [(outcome,)]
    assert rows("select count(*) from procrastinate_jobs") == [(0,)]


@pytest.mark.parametrize(
    ("body", "outcome", "repo"), [(PUSH, "look", "heron-labs/heron-8b"), (b"not json", "not_json", None)]
)
def test_each_delivery_is_a_line_of_the_log(
    body: bytes, outcome: str, repo: str | None, web: httpx2.Client, log: io.StringIO
) -> None:
    web.post("/webhook", content=body, headers={"Webhook-Id": "w-7"})
    (line,) = [one for one in lines(log) if one["logger"] == "bot.app"]
    assert (line["event"], line["delivery"], line["repo"], line["outcome"]) == ("delivery stored", "w-7", repo, outcome)


def test_deliveries_without_the_secret_are_told_of_once(web: httpx2.Client, log: io.StringIO) -> None:
    for _ in range(3):
        web.post("/webhook", content=PUSH, headers={"X-Webhook-Secret": "wrong"})
    (line,) = [one for one in lines(log) if one["logger"] == "bot.app"]
    assert (line["level"], "SCOREKEEPER_WEBHOOK_SECRET" in line["event"]) == ("warning", True)


def test_a_delivery_that_is_cut_off_is_no_fault_of_ours(
    web: httpx2.Client, rows: Rows, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.DEBUG, "bot.app"):
        with socket.create_connection((web.base_url.host, web.base_url.port or 0), timeout=10) as connection:
            head = f"POST /webhook HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\nX-Webhook-Secret: {SECRET}\r\n\r\n"
            connection.sendall(head.encode() + PUSH[:100])
        deadline = time.monotonic() + 10
        while not caplog.records and time.monotonic() < deadline:
            time.sleep(0.01)
        assert web.get("/healthz").status_code == 200
    assert [(one.levelname, one.getMessage()) for one in caplog.records if "httpx2" not in one.name] == [
        ("DEBUG", "a delivery was cut off by its sender")
    ]
    assert rows("select count(*) from deliveries") == [(0,)]


def test_the_root_says_what_this_is(web: httpx2.Client) -> None:
    answer = web.get("/")
    assert answer.headers["Content-Type"].startswith("text/plain")
    assert all(part in answer.text for part in ("Scorekeeper", "/webhook", "/healthz", "/readyz"))


def test_health_and_readiness(web: httpx2.Client) -> None:
    assert web.get("/healthz").json() == {"status": "ok"}
    assert web.get("/readyz").json() == {"status": "ready"}


def test_a_database_that_is_gone_is_503_and_the_process_stays_healthy(
    web: httpx2.Client, postgres: str, database_url: str
) -> None:
    name = database_url.split("?", maxsplit=1)[0].rpartition("/")[2]
    with psycopg.connect(postgres, autocommit=True) as connection:
        connection.execute(f"alter database {name} allow_connections false".encode())
        try:
            connection.execute("select pg_terminate_backend(pid) from pg_stat_activity where datname = %s", [name])
            answer = web.post("/webhook", content=PUSH)
            assert answer.status_code == 503
            assert answer.headers["Retry-After"] == "10"
            assert web.get("/readyz").status_code == 503
            assert web.get("/healthz").status_code == 200
        finally:
            connection.execute(f"alter database {name} allow_connections true".encode())


def test_without_a_secret_there_is_no_application(database_url: str) -> None:
    with pytest.raises(SettingsError, match="SCOREKEEPER_WEBHOOK_SECRET"):
        create_app(Settings(webhook_secret=None, _env_file=None), Queue(database_url))
