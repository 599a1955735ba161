from pathlib import Path

import pytest

from localhub import DataError, LocalHub, Policy
from tests.localhub.conftest import StartHub, add, client
from tests.localhub.receiver import Receiver


@pytest.mark.filterwarnings("ignore:Use 'content:DeprecationWarning")  # the client's own
def test_a_hub_can_be_started_on_a_snapshot(start_hub: StartHub, tmp_path: Path) -> None:
    hub = start_hub()
    api = client(hub)
    repo = api.create_repo("author/m").repo_id
    api.create_commit(repo, [add("a.txt", "1"), add("a.bin", b"\0" * 100)], commit_message="Before")
    hub.snapshot(tmp_path / "copy")
    api.delete_repo(repo)
    with LocalHub(tmp_path / "copy") as copy:
        for name in ("a.txt", "a.bin"):
            assert Path(client(copy).hf_hub_download(repo, name, cache_dir=tmp_path / "cache")).exists()


def test_it_can_be_taken_back_by_another_hub(start_hub: StartHub, tmp_path: Path) -> None:
    first, second = start_hub(), start_hub()
    repo = client(first).create_repo("author/m").repo_id
    client(first).create_commit(repo, [add("a.txt", "1")], commit_message="Before")
    first.snapshot(tmp_path / "copy")
    second.restore(tmp_path / "copy")
    assert client(second).list_repo_commits(repo) == client(first).list_repo_commits(repo)


def test_what_waited_then_waits_again_and_what_waits_now_does_not(
    start_hub: StartHub, receiver: Receiver, tmp_path: Path
) -> None:
    hub = start_hub()
    api = client(hub)
    repo = api.create_repo("author/m").repo_id
    api.create_webhook(url=receiver.url, watched=[{"type": "model", "name": repo}], domains=["discussion"])
    hub.set_delivery_policy(Policy(delay=1.0, delay_seconds=3600, seed=1))
    api.create_discussion(repo, "Number 1")
    hub.snapshot(tmp_path / "copy")
    api.create_discussion(repo, "Number 2")
    hub.restore(tmp_path / "copy")
    hub.advance(3600)
    hub.wait_idle()
    assert [one.body["discussion"]["title"] for one in receiver.received] == ["Number 1"]


def test_a_delivery_on_the_way_is_broken_off(start_hub: StartHub, receiver: Receiver, tmp_path: Path) -> None:
    hub = start_hub()
    api = client(hub)
    repo = api.create_repo("author/m").repo_id
    api.create_webhook(url=receiver.url, watched=[{"type": "model", "name": repo}], domains=["discussion"])
    hub.snapshot(tmp_path / "copy")
    receiver.hold.set()
    try:
        api.create_discussion(repo, "Number 1")
        assert receiver.hold.arrived.wait(10)
        hub.restore(tmp_path / "copy")
        assert hub.deliveries() == []
        hub.set_delivery_policy(Policy(delay=1.0, delay_seconds=3600, seed=1))
        api.create_discussion(repo, "Number 1 again")
    finally:
        receiver.hold.clear()
    # The first receiver's answer must not count for the delivery that has its number now.
    receiver.wait_for(1)
    (delivery,) = hub.deliveries()
    assert (delivery.state, delivery.attempts) == ("pending", ())
    hub.advance(3600)
    hub.wait_idle()
    (delivery,) = hub.deliveries()
    assert (delivery.state, len(delivery.attempts)) == ("delivered", 1)
    assert [one.body["discussion"]["title"] for one in receiver.received] == ["Number 1", "Number 1 again"]


def test_what_is_no_snapshot_is_refused(start_hub: StartHub, tmp_path: Path) -> None:
    hub = start_hub()
    with pytest.raises(DataError, match="no snapshot"):
        hub.restore(tmp_path / "nothing")
    (tmp_path / "wrong").mkdir()
    (tmp_path / "wrong" / "hub.sqlite").write_bytes(b"no database" * 1000)
    with pytest.raises(DataError, match="not a database"):
        hub.restore(tmp_path / "wrong")
    with pytest.raises(DataError, match="not empty"):
        hub.snapshot(tmp_path / "wrong")
