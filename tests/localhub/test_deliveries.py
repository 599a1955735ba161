import socket

import pytest
from huggingface_hub import HfApi
from huggingface_hub.utils import get_session

from localhub import LocalHub, Switches
from tests.localhub.conftest import StartHub, client
from tests.localhub.receiver import Receiver


def hooked(hub: LocalHub, url: str) -> tuple[HfApi, str, str]:
    """A client, a repo of its, and the id of a webhook that leads to `url`."""
    api = client(hub)
    repo = api.create_repo("author/hooked").repo_id
    hook = api.create_webhook(url=url, watched=[{"type": "model", "name": repo}], domains=["repo", "discussion"])
    return api, repo, hook.id


def test_a_refused_delivery_is_tried_again_under_the_same_id(start_hub: StartHub, receiver: Receiver) -> None:
    hub = start_hub(switches=Switches(webhook_retry_delays=(0.0, 0.0)))
    api, repo, _ = hooked(hub, receiver.url)
    receiver.answers.extend([500, 302])
    api.create_discussion(repo, "Hello there")
    received = receiver.wait_for(3)
    hub.wait_idle()
    assert len({delivery.id for delivery in received}) == 1
    (delivery,) = hub.deliveries()
    assert (delivery.id, delivery.state) == (received[0].id, "delivered")
    assert [attempt.status for attempt in delivery.attempts] == [500, 302, 200]


def test_a_delivery_nobody_takes_is_given_up(start_hub: StartHub) -> None:
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]
    hub = start_hub(switches=Switches(webhook_retry_delays=(0.0, 0.0)))
    api, repo, _ = hooked(hub, f"http://127.0.0.1:{port}/hook")
    api.create_discussion(repo, "Hello there")
    hub.wait_idle()
    (delivery,) = hub.deliveries()
    assert delivery.state == "failed"
    assert [attempt.status for attempt in delivery.attempts] == [None] * 3
    assert all("ConnectError" in (attempt.error or "") for attempt in delivery.attempts)


def test_an_address_nobody_can_post_to_is_a_failed_attempt(start_hub: StartHub) -> None:
    hub = start_hub(switches=Switches(webhook_retry_delays=()))
    api, repo, _ = hooked(hub, "http://exa mple:99999999/\u2603")
    api.create_discussion(repo, "Hello there")
    hub.wait_idle()
    assert [delivery.state for delivery in hub.deliveries()] == ["failed"]


def test_waiting_for_a_delivery_that_is_not_taken_times_out(start_hub: StartHub, receiver: Receiver) -> None:
    hub = start_hub(switches=Switches(webhook_retry_delays=(60.0,)))
    api, repo, _ = hooked(hub, receiver.url)
    receiver.answers.append(500)
    api.create_discussion(repo, "Hello there")
    receiver.wait_for(1)
    with pytest.raises(TimeoutError):
        hub.wait_idle(0.05)


def test_a_webhook_that_fails_too_often_is_suspended_until_enabled(start_hub: StartHub, receiver: Receiver) -> None:
    hub = start_hub(switches=Switches(webhook_retry_delays=(0.0,) * 9, webhook_suspend_after=2))
    api, repo, hook = hooked(hub, receiver.url)
    receiver.answers.extend([500] * 10)
    api.create_discussion(repo, "Hello there")
    hub.wait_idle()
    assert len(receiver.received) == 2
    assert str(api.get_webhook(hook).disabled) == "suspended-after-failure"  # where its type promises a bool
    receiver.answers.clear()
    api.enable_webhook(hook)
    api.create_discussion(repo, "Hello again")
    assert receiver.wait_for(3)[-1].body["discussion"]["num"] == 2


def test_a_delivery_can_arrive_twice(start_hub: StartHub, receiver: Receiver) -> None:
    hub = start_hub(switches=Switches(webhook_copies=2))
    api, repo, _ = hooked(hub, receiver.url)
    api.create_discussion(repo, "Hello there")
    hub.wait_idle()
    first, second = receiver.received
    assert (first.id, first.body) == (second.id, second.body)


def test_triggers_of_a_day_can_be_capped(start_hub: StartHub, receiver: Receiver) -> None:
    hub = start_hub(switches=Switches(webhook_daily_cap=2))
    api, repo, _ = hooked(hub, receiver.url)
    for number in range(4):
        api.create_discussion(repo, f"Discussion {number}")
    hub.wait_idle()
    assert sorted(received.body["discussion"]["num"] for received in receiver.received) == [1, 2]


def test_a_replayed_delivery_keeps_its_id(start_hub: StartHub, receiver: Receiver) -> None:
    hub = start_hub()
    api, repo, hook = hooked(hub, receiver.url)
    api.create_discussion(repo, "Hello there")
    (first,) = receiver.wait_for(1)
    answer = get_session().post(
        f"{hub.url}/api/settings/webhooks/{hook}/replay/{first.id}", headers={"authorization": "Bearer hf_author"}
    )
    assert answer.status_code == 200
    assert receiver.wait_for(2)[1].id == first.id


def test_a_burst_arrives_whole(start_hub: StartHub, receiver: Receiver) -> None:
    hub = start_hub()
    api, repo, _ = hooked(hub, receiver.url)
    for number in range(40):
        api.create_discussion(repo, f"Discussion {number}")
    hub.wait_idle()
    assert sorted(received.body["discussion"]["num"] for received in receiver.received) == list(range(1, 41))
