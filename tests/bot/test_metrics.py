"""/metrics over real HTTP: what it counts, who may read it, and that it answers without a database."""

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx2
import psycopg
import pytest
from prometheus_client.parser import text_string_to_metric_families
from starlette.requests import Request

from bot.app import create_app
from bot.asked_runs import RunStage
from bot.budget import Caps
from bot.budget_records import stop
from bot.metrics import Metrics, may_read
from bot.queue import Queue
from bot.settings import Settings, Watch
from tests.bot.asking import ANY, asked_runs, let_in, request
from tests.docs import OPERATIONS, metrics_table
from tests.serving import Serving

SECRET = "a long random text"
PUSH = (Path(__file__).parent / "payloads" / "push_main.json").read_bytes()


def settings(**more: Any) -> Settings:
    return Settings(webhook_secret=SECRET, watch=Watch.parse("heron-labs"), _env_file=None, **more)


@pytest.fixture
def web(database_url: str) -> Iterator[httpx2.Client]:
    with (
        Serving(create_app(settings(), Queue(database_url))) as serving,
        httpx2.Client(base_url=serving.url, headers={"X-Webhook-Secret": SECRET}) as client,
    ):
        yield client


def scrape(web: httpx2.Client) -> dict[str, float]:
    """All samples, as `name{label=value,...}`."""
    answer = web.get("/metrics")
    assert answer.status_code == 200
    assert answer.headers["Content-Type"].startswith("text/plain; version=")
    return {
        sample.name + ("{" + ",".join(sample.labels.values()) + "}" if sample.labels else ""): sample.value
        for family in text_string_to_metric_families(answer.text)
        for sample in family.samples
    }


def scrape_when_fresh(web: httpx2.Client, wanted: str) -> dict[str, float]:
    """What stands in the database is read at most once a second."""
    deadline = time.monotonic() + 10
    while wanted not in (found := scrape(web)):
        assert time.monotonic() < deadline, found
    return found


def test_deliveries_are_counted_by_outcome_and_by_status(web: httpx2.Client) -> None:
    for body in (PUSH, PUSH, b"not json"):
        web.post("/webhook", content=body)
    web.post("/webhook", content=PUSH, headers={"X-Webhook-Secret": "wrong"})
    found = scrape(web)
    assert found["scorekeeper_deliveries_total{look}"] == 2
    assert found["scorekeeper_deliveries_total{not_json}"] == 1
    assert found["scorekeeper_webhook_responses_total{202}"] == 3
    assert found["scorekeeper_webhook_responses_total{401}"] == 1
    assert found["scorekeeper_webhook_response_seconds_count"] == 4
    assert 0 < found["scorekeeper_webhook_response_seconds_sum"] < 10
    assert found["process_resident_memory_bytes"] > 10_000_000


def test_what_concerns_all_processes_is_read_from_the_database(web: httpx2.Client, database_url: str) -> None:
    web.post("/webhook", content=PUSH)
    with psycopg.connect(database_url) as connection:
        connection.execute(
            "insert into totals (name, label, value) values ('looks', 'create', 3), ('given_up', 'look', 1),"
            " ('hub_requests', 'api 2xx', 12), ('hub_requests', 'resolvers 5xx', 2), ('hub_waits', 'api', 4),"
            " ('unknown to us', 'x', 1)"
        )
        connection.execute(
            "insert into hub_windows (account, bucket, quota, seconds, remaining, resets_at, blocked_until) values"
            " ('a', 'api', 1000, 300, 17, now() + interval '1 min', now()),"
            " ('b', 'api', 1000, 300, 3, now() - interval '1 min', now())"
        )
        connection.execute("update repos set failed_at = now(), failure = 'no'")
        connection.execute(
            "update procrastinate_events set at = now() - interval '90 s' where type = 'deferred' and job_id in"
            " (select id from procrastinate_jobs)"
        )
        connection.execute("update procrastinate_jobs set scheduled_at = null")
    found = scrape_when_fresh(web, "scorekeeper_looks_total{create}")
    assert found["scorekeeper_database_up"] == 1
    assert found["scorekeeper_looks_total{create}"] == 3
    assert found["scorekeeper_given_up_jobs_total{look}"] == 1
    assert found["scorekeeper_hub_requests_total{api,2xx}"] == 12
    assert found["scorekeeper_hub_requests_total{resolvers,5xx}"] == 2
    assert found["scorekeeper_hub_waits_total{api}"] == 4
    assert found["scorekeeper_jobs{look,todo}"] == 1
    assert 89 < found["scorekeeper_oldest_due_job_age_seconds"] < 120
    assert found["scorekeeper_hub_window_remaining{api}"] == 17
    assert found["scorekeeper_hub_window_limit{api}"] == 1000
    assert found["scorekeeper_failed_repos"] == 1
    assert not any("unknown" in name for name in found)


def test_runs_that_comments_asked_for_are_shown_by_stage_and_in_dollars(web: httpx2.Client, database_url: str) -> None:
    with asked_runs(database_url) as runs:
        done = let_in(runs.accept(request(most_usd=3), Caps()))
        runs.may_start(done.id, 1)
        runs.set(done.id, expect=ANY, stage=RunStage.DONE, cost_usd=1.25)
        let_in(runs.accept(request(most_usd=2), Caps()))
    with psycopg.connect(database_url) as connection:
        stop(connection)
    found = scrape_when_fresh(web, "scorekeeper_runs{queued}")
    assert {name: value for name, value in found.items() if name.startswith("scorekeeper_runs")} == {
        "scorekeeper_runs{done}": 1,
        "scorekeeper_runs{queued}": 1,
        "scorekeeper_runs_reserved_dollars": 2,
        "scorekeeper_runs_spent_dollars": 1.25,
        "scorekeeper_runs_stopped": 1,
    }


def test_a_job_that_is_to_wait_is_not_due(web: httpx2.Client, database_url: str) -> None:
    web.post("/webhook", content=PUSH)
    with psycopg.connect(database_url) as connection:
        connection.execute("update procrastinate_jobs set scheduled_at = now() + interval '1 hour'")
    found = scrape_when_fresh(web, "scorekeeper_jobs{look,todo}")
    assert found["scorekeeper_oldest_due_job_age_seconds"] == 0


def test_without_a_database_the_rest_is_shown_in_time(web: httpx2.Client, postgres: str, database_url: str) -> None:
    web.post("/webhook", content=b"not json")
    name = database_url.split("?", maxsplit=1)[0].rpartition("/")[2]
    with psycopg.connect(postgres, autocommit=True) as connection:
        connection.execute(f"alter database {name} allow_connections false".encode())
        try:
            connection.execute("select pg_terminate_backend(pid) from pg_stat_activity where datname = %s", [name])
            started = time.monotonic()
            found = scrape(web)
            assert time.monotonic() - started < 5
            assert found["scorekeeper_database_up"] == 0
            assert found["scorekeeper_deliveries_total{not_json}"] == 1
            assert not any(name.startswith("scorekeeper_jobs") for name in found)
        finally:
            connection.execute(f"alter database {name} allow_connections true".encode())
    while scrape(web)["scorekeeper_database_up"] == 0:
        assert time.monotonic() - started < 30


def test_scrapes_close_together_read_the_database_once(
    web: httpx2.Client, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.metrics.FRESH", 3600.0)
    scrape(web)
    with psycopg.connect(database_url) as connection:
        connection.execute("insert into totals (name, label, value) values ('looks', 'create', 3)")
    assert "scorekeeper_looks_total{create}" not in scrape(web)
    monkeypatch.setattr("bot.metrics.FRESH", 0.0)
    assert scrape(web)["scorekeeper_looks_total{create}"] == 3


def test_a_locked_table_holds_up_neither_the_scrape_nor_a_delivery(web: httpx2.Client, database_url: str) -> None:
    with psycopg.connect(database_url) as connection:
        connection.execute("lock table totals in access exclusive mode")
        started = time.monotonic()
        assert scrape(web)["scorekeeper_database_up"] == 0
        assert web.post("/webhook", content=PUSH).status_code == 202
        assert time.monotonic() - started < 8


def test_with_a_token_only_who_has_it_may_read(database_url: str) -> None:
    app = create_app(settings(metrics_token="scrape-me"), Queue(database_url))
    with Serving(app) as serving:
        url = f"{serving.url}/metrics"
        for header in (None, "Bearer wrong", "Basic scrape-me", "Bearer", "Bearer scrape-me-", "Bearer ü"):
            refused = httpx2.get(url, headers={b"Authorization": header.encode()} if header else {})
            assert (refused.status_code, refused.headers["WWW-Authenticate"]) == (401, "Bearer")
            assert "scorekeeper_" not in refused.text
        assert httpx2.get(url, headers={"Authorization": "Bearer scrape-me"}).status_code == 200


@pytest.mark.parametrize(
    ("client", "status"),
    [(("127.0.0.1", 1), None), (("::1", 1), None), (("10.0.0.7", 1), 403), (("testclient", 1), 403), (None, 403)],
)
def test_without_a_token_only_this_machine_may_read(client: tuple[str, int] | None, status: int | None) -> None:
    answer = may_read(None, Request({"type": "http", "headers": [], "client": client}))
    assert (answer.status_code if answer else None) == status


def test_behind_a_proxy_on_this_machine_it_is_the_sender_who_counts(web: httpx2.Client) -> None:
    assert web.get("/metrics", headers={"X-Forwarded-For": "203.0.113.9"}).status_code == 403


def test_no_label_holds_what_a_sender_chose(web: httpx2.Client) -> None:
    web.post("/webhook", content=PUSH, headers={"Webhook-Id": "chosen-id"})
    text = web.get("/metrics").text
    assert "heron" not in text
    assert "chosen-id" not in text


def test_names_follow_the_conventions() -> None:
    for name, kind, documentation in Metrics("").families():
        assert name.endswith("_total") == (kind == "counter"), name
        assert documentation.endswith("."), name


def test_every_metric_is_documented() -> None:
    assert metrics_table() in OPERATIONS.read_text(), "run: python -m tests.docs"
