"""Secrets never reach a log."""

import io
import logging

import pytest

from bot.redaction import CUT, cut

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
