"""Secrets never reach a log."""

import base64
import io
import json
import logging
import re
import sys
from urllib.parse import quote, quote_plus

import psycopg
import pytest
import structlog

from bot.redaction import CUT, cut
from tests.bot.conftest import StartLog

SECRETS = [
    "hf_" + "abcDEF123" * 3,
    "ghp_" + "a1" * 18,
    "github_pat_" + "a1_" * 10,
]


@pytest.mark.parametrize("secret", SECRETS)
def test_tokens_are_cut_out(secret: str) -> None:
    assert cut(f"before {secret}, after") == f"before {CUT}, after"


def test_a_bearer_token_and_a_password_are_cut_out() -> None:
    assert cut("authorization: Bearer whatever-it-is") == f"authorization: Bearer {CUT}"
    assert cut("postgresql://user:hunter2@host/db") == f"postgresql://{CUT}@host/db"


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("host=db password=hunter2 user=bot", f"host=db password={CUT} user=bot"),
        ("host=db password='hunter 2' user=bot", f"host=db password={CUT} user=bot"),
        (
            "postgresql://db/x?user=bot&password=hunter2&sslmode=require",
            f"postgresql://db/x?user=bot&password={CUT}&sslmode=require",
        ),
        ("PASSWORD=hunter2", f"PASSWORD={CUT}"),
    ],
)
def test_a_password_is_cut_out_of_options_and_queries(text: str, left: str) -> None:
    assert cut(text) == left


def test_other_text_is_left() -> None:
    text = "job 3 (look) of repo 64aa: create; https://hub.example/a/b"
    assert cut(text) == text


GIVEN = {
    "webhook_secret": 'sesame "open" \\ ünd/or+50%',
    "hf_token": "not-the-usual-shape-of-a-token",
    "github_token": "ghs.strange.shape.too",
    "aa_api_key": "aa/key with spaces & signs=1",
    "metrics_token": "scrape-me-9f8e7d",
    "database_url": "postgresql://bot:p%40ss%2Fword-77@db.example/scores",
}
VALUES = [*(value for name, value in GIVEN.items() if name != "database_url"), "p@ss/word-77"]


@pytest.fixture(params=["json", "logfmt"])
def log_with_secrets(request: pytest.FixtureRequest, start_log: StartLog) -> io.StringIO:
    return start_log(log=request.param, **GIVEN)


def spellings(secret: str) -> dict[str, str]:
    """How a secret may turn up, by what makes it so."""
    return {
        "plain": secret,
        "percent": quote(secret, safe=""),
        "percent, lower case": re.sub("%..", lambda match: match[0].lower(), quote(secret, safe="")),
        "path": quote(secret),
        "form": quote_plus(secret),
        "json": json.dumps(secret, ensure_ascii=False),
        "repr": repr(secret),
        "bytes": str({"body": secret.encode("latin-1")}),
        "basic": base64.b64encode(f"user:{secret}".encode()).decode(),
        "base64": base64.b64encode(secret.encode()).decode(),
        "base64 in something": base64.urlsafe_b64encode(f"ab{secret}cd".encode()).decode(),
    }


def leaks(written: str, secret: str) -> list[str]:
    """Which spellings of a secret stand in the log, whole or as far as they depend on it alone."""
    plain = {name: text.strip("'\"") for name, text in spellings(secret).items() if not name.startswith("b")}
    found = [name for name, text in plain.items() if text in written]
    return found + [
        name for name in ("basic", "base64", "base64 in something") if spellings(secret)[name][4:-6] in written
    ]


@pytest.mark.parametrize("secret", VALUES)
def test_a_secret_of_the_settings_is_cut_out_of_messages_however_it_is_spelled(
    secret: str, log_with_secrets: io.StringIO
) -> None:
    logger = logging.getLogger("bot.anything")
    for name, text in spellings(secret).items():
        logger.info("sent %s", text, extra={"outcome": text})
        assert CUT in log_with_secrets.getvalue(), name
        assert leaks(log_with_secrets.getvalue(), secret) == [], name
        log_with_secrets.truncate(0)


@pytest.mark.parametrize("secret", VALUES)
def test_a_secret_of_the_settings_is_cut_out_of_exceptions_and_what_is_nested(
    secret: str, log_with_secrets: io.StringIO
) -> None:
    class Odd:
        def __repr__(self) -> str:
            return f"<Odd {secret}>"

    logger = logging.getLogger("bot.anything")
    with structlog.contextvars.bound_contextvars(repo=secret):
        logger.info("%s", {"deep": [{"er": (secret, Odd())}]}, extra={"nested": {secret: [Odd(), secret.encode()]}})
    try:
        try:
            raise ValueError(f"refused {secret}")  # noqa: TRY301 - it is about what is raised
        except ValueError as error:
            raise RuntimeError(quote(secret)) from error
    except RuntimeError as error:
        logger.exception("broken", extra={"outcome": error})
    try:
        raise psycopg.OperationalError(f"to postgresql://bot:{quote(secret)}@db failed")  # noqa: TRY301 - likewise
    except psycopg.OperationalError:
        logging.getLogger("another.package").exception("with %r", secret)
    assert log_with_secrets.getvalue().count(CUT) >= 6
    assert leaks(log_with_secrets.getvalue(), secret) == []


def test_an_uncaught_exception_has_no_secret(log_with_secrets: io.StringIO) -> None:
    error = ValueError(VALUES[0])
    sys.excepthook(ValueError, error, None)
    assert "ValueError" in log_with_secrets.getvalue()
    assert leaks(log_with_secrets.getvalue(), VALUES[0]) == []


def test_a_short_secret_is_cut_out_where_it_stands_alone(start_log: StartLog) -> None:
    log = start_log(log="json", webhook_secret="log")
    logging.getLogger("bot.anything").info("the login, the log")
    assert f"the login, the {CUT}" in log.getvalue()


def test_no_secret_gets_through_a_message_its_arguments_or_a_traceback(log: io.StringIO) -> None:
    logger = logging.getLogger("anything")
    logger.info("token %s", SECRETS[0])
    try:
        int(f"refused {SECRETS[1]}")
    except ValueError:
        logger.exception("broken with %s", {"token": SECRETS[2]})
    written = log.getvalue()
    assert written.count(CUT) >= 3
    assert not any(secret in written for secret in SECRETS)
