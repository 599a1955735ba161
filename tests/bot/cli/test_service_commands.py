"""`serve`, `doctor`, `webhooks`: what they say to an operator, and how they end."""

import json
import subprocess
import sys

import pytest
from huggingface_hub import HfApi

from localhub import LocalHub
from tests.bot.cli.conftest import Run


def api(hub: LocalHub) -> HfApi:
    return HfApi(endpoint=hub.url, token="hf_bot_token")


@pytest.fixture(autouse=True)
def _no_webhooks_left(hub: LocalHub) -> None:
    for webhook in api(hub).list_webhooks():
        api(hub).delete_webhook(webhook.id)


def test_serve_does_not_start_without_a_secret(run: Run) -> None:
    result = run("serve")
    assert result.exit_code == 2
    assert result.stderr.startswith("scorekeeper: SCOREKEEPER_WEBHOOK_SECRET is not set: ")
    assert result.stderr.count("\n") == 1


def test_each_wrong_setting_is_a_line(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SCOREKEEPER_WRITE", "maybe")
    monkeypatch.setenv("SCOREKEEPER_WATCH", "a/b/c")
    result = run("serve")
    assert result.exit_code == 2
    assert [line.split(" is wrong")[0] for line in result.stderr.splitlines()] == [
        "scorekeeper: SCOREKEEPER_WATCH",
        "scorekeeper: SCOREKEEPER_WRITE",
    ]


def test_serve_says_in_one_sentence_that_the_database_is_not_there(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SCOREKEEPER_WEBHOOK_SECRET", "secret")
    monkeypatch.setenv("DATABASE_URL", "postgresql://user:hunter2@127.0.0.1:1/nothing")
    completed = subprocess.run(
        [sys.executable, "-P", "-m", "bot.cli", "serve"], capture_output=True, text=True, timeout=60, check=False
    )
    assert completed.returncode == 3
    assert completed.stderr.splitlines()[-1].startswith("scorekeeper: The database cannot be used")
    assert "Traceback" not in completed.stderr
    assert "hunter2" not in completed.stderr


@pytest.mark.usefixtures("service")
def test_doctor_finds_the_missing_webhook_and_then_nothing(run: Run) -> None:
    sick = run("doctor")
    assert sick.exit_code == 1
    assert (
        "FAIL  webhook: There is none to http://127.0.0.1:7860/webhook. Run: scorekeeper webhooks install."
        in sick.stdout
    )
    assert run("webhooks", "install").exit_code == 0
    healthy = run("doctor")
    assert healthy.exit_code == 0, healthy.stdout
    assert "FAIL" not in healthy.stdout
    subjects = {check["subject"] for check in json.loads(run("doctor", "--json").stdout)}
    assert {"token", "writing", "webhook", "database", "catalog"} <= subjects


@pytest.mark.usefixtures("service")
@pytest.mark.parametrize(
    ("name", "value", "line"),
    [
        ("HF_TOKEN", "hf_wrong_token", "FAIL  token: "),
        ("HF_TOKEN", "hf_reader_token", "FAIL  writing: The token can only read."),
        ("HF_TOKEN", "", "FAIL  token: HF_TOKEN is not set."),
        ("SCOREKEEPER_WRITE", "off", "note  writing: SCOREKEEPER_WRITE is off"),
        ("SCOREKEEPER_WATCH", "", "FAIL  watch list: SCOREKEEPER_WATCH is empty."),
        ("SCOREKEEPER_WATCH", "heron-labs, author", "FAIL  webhook: It does not watch author."),
        ("SCOREKEEPER_PUBLIC_URL", "", "FAIL  webhook: SCOREKEEPER_PUBLIC_URL is not set."),
        ("HF_ENDPOINT", "http://127.0.0.1:1", "FAIL  token: The Hub could not be reached"),
        ("DATABASE_URL", "postgresql://127.0.0.1:1/x", "FAIL  database: The database cannot be used"),
    ],
)
def test_doctor_says_what_is_wrong_and_what_to_do(
    name: str, value: str, line: str, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert run("webhooks", "install").exit_code == 0
    monkeypatch.setenv(name, value)
    result = run("doctor")
    assert line in result.stdout
    assert result.exit_code == (0 if line.startswith("note") else 1)
    assert "wrong_token" not in result.stdout


def test_install_creates_the_webhook_once_and_keeps_what_it_watches(
    service: LocalHub, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    preview = run("webhooks", "install", "--dry-run")
    assert preview.exit_code == 0
    assert "Would create" in preview.stdout
    assert api(service).list_webhooks() == []
    run("webhooks", "install")
    monkeypatch.setenv("SCOREKEEPER_WATCH", "author, author/one-model, Heron-Labs")
    updated = json.loads(run("webhooks", "install", "--json").stdout)
    assert updated["watched"] == [
        {"type": "org", "name": "heron-labs"},
        {"type": "user", "name": "author"},
        {"type": "model", "name": "author/one-model"},
    ]
    (webhook,) = api(service).list_webhooks()
    assert webhook.domains == ["repo", "discussion"]
    assert [item.name for item in webhook.watched] == ["heron-labs", "author", "author/one-model"]


def test_other_webhooks_of_the_account_are_not_touched(service: LocalHub, run: Run) -> None:
    other = api(service).create_webhook(url="http://127.0.0.1:9/other", watched=[{"type": "user", "name": "author"}])
    run("webhooks", "install")
    assert len(json.loads(run("webhooks", "list", "--json").stdout)) == 2
    assert run("webhooks", "remove").exit_code == 0
    assert [webhook.id for webhook in api(service).list_webhooks()] == [other.id]


def test_a_disabled_webhook_is_found_and_enabled(service: LocalHub, run: Run) -> None:
    run("webhooks", "install")
    (webhook,) = api(service).list_webhooks()
    api(service).disable_webhook(webhook.id)
    assert "FAIL  webhook: It is disabled. Run: scorekeeper webhooks enable." in run("doctor").stdout
    assert run("webhooks", "enable").exit_code == 0
    assert run("doctor").exit_code == 0


@pytest.mark.usefixtures("service")
def test_a_name_that_is_nobodys_is_refused_in_one_sentence(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SCOREKEEPER_WATCH", "nobody-at-all")
    result = run("webhooks", "install")
    assert result.exit_code == 3
    assert result.stderr == "scorekeeper: There is no user or organisation 'nobody-at-all' on the Hub.\n"


@pytest.mark.usefixtures("service")
@pytest.mark.parametrize("command", ["remove", "enable"])
def test_without_a_webhook_there_is_none_to_act_on(command: str, run: Run) -> None:
    result = run("webhooks", command)
    assert result.exit_code == 3
    assert "There is no webhook to http://127.0.0.1:7860/webhook" in result.stderr


def test_webhooks_need_a_token_and_an_address(run: Run) -> None:
    result = run("webhooks", "install")
    assert result.exit_code == 2
    assert [line.split(" is not set")[0] for line in result.stderr.splitlines()] == [
        "scorekeeper: HF_TOKEN",
        "scorekeeper: SCOREKEEPER_PUBLIC_URL",
    ]
