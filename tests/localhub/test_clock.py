from datetime import timedelta
from pathlib import Path

import httpx2
import pytest

from localhub import Limits, LocalHub, Switches
from tests.localhub.conftest import SEED, StartHub, add, client
from tests.localhub.receiver import Receiver


def test_everything_that_happens_later_is_dated_later(start_hub: StartHub) -> None:
    hub = start_hub()
    api = client(hub)
    repo = api.create_repo("author/m").repo_id
    before = api.model_info(repo).created_at
    hub.advance(86400)
    api.create_commit(repo, [add("a.txt", "1")], commit_message="Next day", create_pr=True)
    (pull,) = api.get_repo_discussions(repo)
    commit = api.list_repo_commits(repo, revision="refs/pr/1")[0]
    assert before is not None
    for later in (pull.created_at, commit.created_at):
        assert timedelta(hours=24) <= later - before + timedelta(seconds=1) < timedelta(hours=25)
    assert hub.requests()[-1].at > pull.created_at.isoformat()[:19]


def test_a_restart_does_not_set_it_back(tmp_path: Path) -> None:
    with LocalHub(tmp_path, SEED) as hub:
        hub.advance(86400)
        before = client(hub).model_info(client(hub).create_repo("author/m").repo_id).created_at
    with LocalHub(tmp_path) as hub:
        after = client(hub).model_info(client(hub).create_repo("author/n").repo_id).created_at
    assert before is not None
    assert after is not None
    assert before <= after < before + timedelta(hours=1)


def test_rate_limit_windows_end(start_hub: StartHub) -> None:
    hub = start_hub(limits=Limits(api=1))
    url = f"{hub.url}/api/models"
    assert [httpx2.get(url).status_code for _ in range(2)] == [200, 429]
    hub.advance(301)
    assert httpx2.get(url).status_code == 200


def test_the_next_attempt_of_a_delivery_becomes_due(start_hub: StartHub, receiver: Receiver) -> None:
    hub = start_hub(switches=Switches(webhook_retry_delays=(3600.0,)))
    api = client(hub)
    repo = api.create_repo("author/m").repo_id
    api.create_webhook(url=receiver.url, watched=[{"type": "model", "name": repo}], domains=["discussion"])
    receiver.answers.append(500)
    api.create_discussion(repo, "Hello there")
    with pytest.raises(TimeoutError):
        hub.wait_idle(0.2)
    hub.advance(3600)
    assert len(receiver.wait_for(2)) == 2


def test_a_days_triggers_come_back_after_a_day(start_hub: StartHub, receiver: Receiver) -> None:
    hub = start_hub(switches=Switches(webhook_daily_cap=1))
    api = client(hub)
    repo = api.create_repo("author/m").repo_id
    api.create_webhook(url=receiver.url, watched=[{"type": "model", "name": repo}], domains=["discussion"])
    for title in ("First one", "Too much"):
        api.create_discussion(repo, title)
    hub.advance(86401)
    api.create_discussion(repo, "Next day")
    hub.wait_idle()
    assert [one.body["discussion"]["title"] for one in receiver.received] == ["First one", "Next day"]


@pytest.mark.parametrize("seconds", [-1, float("nan"), float("inf")])
def test_it_never_goes_back(start_hub: StartHub, seconds: float) -> None:
    with pytest.raises(ValueError, match="forward only"):
        start_hub().advance(seconds)
