"""The web side knows its own comments once the Hub has said whose the token is, and waits for nothing."""

import threading
from pathlib import Path

import pytest

from bot.hub import Hub
from bot.own_account import OwnAccount
from localhub import Fault, LocalHub, Seed, User


def asked(account: OwnAccount) -> frozenset[str]:
    """What is known once the answer is there."""
    account.ask()
    for thread in threading.enumerate():
        if thread.name == "own account":
            thread.join(20)
    return account.ids


def test_the_account_is_asked_for_beside_everything_else(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    with LocalHub(tmp_path / "hub", Seed(users=[User("bot", "hf_bot")])) as local:
        hub = Hub(local.url, "hf_bot")
        account = OwnAccount(hub)
        assert account.ids == frozenset()
        assert asked(account) == {hub.me().id}
        assert asked(OwnAccount(Hub(local.url, None))) == frozenset()
        assert [one.path for one in local.requests()] == ["/api/whoami-v2"]
        # Without an answer, nothing is taken for ours.
        local.add_fault(Fault(path="/whoami-v2", status=500, count=None))
        assert asked(OwnAccount(Hub(local.url, "hf_bot"))) == frozenset()
    assert "whose the token is could not be asked" in caplog.text
