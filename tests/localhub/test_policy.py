from collections.abc import Callable
from dataclasses import replace

import pytest
from huggingface_hub import HfApi

from localhub import Delivery, LocalHub, Policy, Switches
from localhub.errors import HubError
from localhub.policy import PolicyBook
from tests.localhub.conftest import StartHub, add, client
from tests.localhub.receiver import Receiver

Open = Callable[[int], None]


@pytest.fixture
def calm(start_hub: StartHub) -> LocalHub:
    """A Hub that sends one delivery after the other and tries again at once."""
    return start_hub(switches=Switches(webhook_retry_delays=(0.0, 0.0), webhook_concurrency=1))


@pytest.fixture
def api(calm: LocalHub, receiver: Receiver) -> HfApi:
    api = client(calm)
    api.create_repo("author/m")
    api.create_webhook(url=receiver.url, watched=[{"type": "user", "name": "author"}], domains=["repo", "discussion"])
    return api


def open_discussions(api: HfApi, count: int) -> None:
    for number in range(count):
        api.create_discussion("author/m", f"Discussion {number}")


def nums(receiver: Receiver) -> list[int]:
    return [one.body["discussion"]["num"] for one in receiver.received]


def fated(hub: LocalHub, fate: str) -> list[Delivery]:
    return [one for one in hub.deliveries() if fate in one.fates]


def test_a_share_is_dropped_and_can_be_replayed(calm: LocalHub, api: HfApi, receiver: Receiver) -> None:
    calm.set_delivery_policy(Policy(drop=0.5, seed=3))
    open_discussions(api, 20)
    calm.wait_idle()
    dropped = fated(calm, "dropped")
    assert dropped == calm.deliveries("dropped")
    assert 0 < len(dropped) < 20
    assert len(receiver.received) == 20 - len(dropped)
    assert calm.delivery_counts() == {"delivered": 20 - len(dropped), "dropped": len(dropped)}
    for one in dropped:
        calm.replay(one.id)
    calm.wait_idle()
    assert sorted(nums(receiver)) == list(range(1, 21))
    assert {one.id for one in fated(calm, "replay")} == {one.id for one in dropped}


def test_the_same_seed_decides_the_same() -> None:
    policy = Policy(seed=1, drop=0.2, duplicate=0.2, repeat=0.2, delay=0.5, reorder=0.2)

    def plans(policy: Policy) -> list[object]:
        book = PolicyBook(Switches())
        book.set(policy)
        return [book.plan() for _ in range(50)]

    assert plans(policy) == plans(policy)
    assert plans(policy) != plans(replace(policy, seed=2))


def test_a_duplicate_comes_at_once_under_the_same_id(calm: LocalHub, api: HfApi, receiver: Receiver) -> None:
    calm.set_delivery_policy(Policy(duplicate=1.0))
    open_discussions(api, 2)
    calm.wait_idle()
    assert sorted(nums(receiver)) == [1, 1, 2, 2]
    assert len({one.id for one in receiver.received}) == 2
    assert calm.delivery_counts() == {"delivered": 2, "duplicated": 2}


def test_a_repeat_comes_much_later(calm: LocalHub, api: HfApi, receiver: Receiver) -> None:
    calm.set_delivery_policy(Policy(repeat=1.0, repeat_after=3600))
    open_discussions(api, 1)
    receiver.wait_for(1)
    with pytest.raises(TimeoutError):
        calm.wait_idle(0.2)
    calm.advance(3600)
    calm.wait_idle()
    first, second = receiver.received
    assert (first.id, first.body) == (second.id, second.body)


def test_a_delayed_delivery_is_waited_for(calm: LocalHub, api: HfApi, receiver: Receiver) -> None:
    calm.set_delivery_policy(Policy(delay=1.0, delay_seconds=0.4))
    open_discussions(api, 5)
    calm.wait_idle()
    assert sorted(nums(receiver)) == [1, 2, 3, 4, 5]
    assert len(fated(calm, "delayed")) == 5


def test_one_delivery_overtakes_another(calm: LocalHub, api: HfApi, receiver: Receiver) -> None:
    calm.set_delivery_policy(Policy(reorder=1.0, reorder_seconds=3600))
    open_discussions(api, 1)
    calm.set_delivery_policy(Policy())
    open_discussions(api, 1)
    calm.wait_idle()
    assert nums(receiver) == [2, 1]


def test_without_retries_a_refused_delivery_is_lost(calm: LocalHub, api: HfApi, receiver: Receiver) -> None:
    calm.set_delivery_policy(Policy(retry_delays=()))
    receiver.answers.append(500)
    open_discussions(api, 1)
    calm.wait_idle()
    assert [one.state for one in calm.deliveries()] == ["failed"]
    calm.set_delivery_policy(Policy())
    receiver.answers.append(500)
    open_discussions(api, 1)
    calm.wait_idle()
    assert nums(receiver) == [1, 2, 2]


def test_suspension_and_cap_can_be_set_while_it_runs(calm: LocalHub, api: HfApi, receiver: Receiver) -> None:
    calm.set_delivery_policy(Policy(daily_cap=2))
    open_discussions(api, 4)
    calm.wait_idle()
    assert nums(receiver) == [1, 2]
    assert len(fated(calm, "capped")) == 2
    for one in fated(calm, "capped"):
        calm.replay(one.id)
    calm.set_delivery_policy(Policy(daily_cap=3, repeat=1.0, repeat_after=0.0))
    open_discussions(api, 2)
    calm.wait_idle()
    assert sorted(nums(receiver)) == [1, 2, 3, 4, 5, 5]  # neither replays nor repeats are triggers
    calm.set_delivery_policy(Policy(suspend_after=1, retry_delays=()))
    receiver.answers.append(500)
    open_discussions(api, 1)
    calm.wait_idle()
    assert [str(hook.disabled) for hook in api.list_webhooks()] == ["suspended-after-failure"]


def test_the_webhook_can_be_faster_than_the_answer(calm: LocalHub, api: HfApi, receiver: Receiver) -> None:
    calm.set_delivery_policy(Policy(webhook_first=1.0))
    for number in range(10):
        commit = api.create_commit("author/m", [add("a.txt", str(number))], commit_message="Change")
        assert receiver.received[-1].body["updatedRefs"][0]["newSha"] == commit.oid


def test_an_answer_waits_for_its_webhook_only_so_long(calm: LocalHub, api: HfApi, receiver: Receiver) -> None:
    calm.set_delivery_policy(Policy(webhook_first=1.0, webhook_first_seconds=0.1))
    receiver.hold.set()
    try:
        open_discussions(api, 1)
        assert [one.state for one in calm.deliveries()] == ["pending"]
    finally:
        receiver.hold.clear()
    calm.wait_idle()


def test_a_policy_outlives_a_restart_of_the_server(calm: LocalHub) -> None:
    calm.set_delivery_policy(Policy(drop=0.25))
    calm.stop()
    calm.start()
    assert calm.delivery_policy == Policy(drop=0.25)


@pytest.mark.parametrize("body", [{"drop": 2}, {"drop": "x"}, {"delay_seconds": -1}, {"speed": 1}, {"retry_delays": 3}])
def test_a_wrong_policy_is_refused(body: dict[str, object]) -> None:
    with pytest.raises(HubError, match="no delivery policy"):
        Policy.from_json(body)
