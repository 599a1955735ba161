import json
import os
import signal
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx2
import pytest
from huggingface_hub import HfApi

from localhub import DataError, Fault, LocalHub, RemoteBindError, Switches
from tests.localhub.conftest import SEED, StartHub, add, client
from tests.localhub.receiver import Receiver


def commit_lines(number: int) -> str:
    """A commit request as the client would send it, without its retries."""
    header = {"key": "header", "value": {"summary": f"Commit {number}"}}
    file = {"key": "file", "value": {"path": "n.txt", "content": str(number)}}
    return f"{json.dumps(header)}\n{json.dumps(file)}\n"


@contextmanager
def foreground(data: Path, seed: Path) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """`python -m localhub` as a process of its own, and the URL it printed."""
    command = [sys.executable, "-m", "localhub", "--data", str(data), "--seed", str(seed)]
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])}
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment) as process:
        try:
            assert process.stdout is not None
            yield process, process.stdout.readline().strip()
        finally:
            process.kill()


@pytest.mark.parametrize("host", ["0.0.0.0", "192.0.2.1", "example.org", "::"])  # noqa: S104 - it must be refused
def test_it_refuses_to_listen_beyond_this_machine(tmp_path: Path, host: str) -> None:
    with pytest.raises(RemoteBindError) as caught:
        LocalHub(tmp_path, host=host)
    assert str(caught.value).count(".") in (1, host.count(".") + 1)


def test_it_listens_further_when_told_to(tmp_path: Path) -> None:
    with LocalHub(tmp_path, SEED, host="0.0.0.0", allow_remote=True, public_url="http://hub.test") as hub:  # noqa: S104 - the point
        assert hub.url == "http://hub.test"


def test_a_restart_keeps_everything(tmp_path: Path, receiver: Receiver) -> None:
    with LocalHub(tmp_path, SEED) as hub:
        api = client(hub)
        me = api.whoami()["id"]
        repo = api.create_repo("author/kept").repo_id
        api.create_webhook(url=receiver.url, watched=[{"type": "model", "name": repo}], domains=["discussion"])
        api.create_commit(repo, [add("a.txt", "1")], commit_message="Add a", create_pr=True)
        hub.wait_idle()
        before = (api.get_discussion_details(repo, 1).events, api.list_repo_commits(repo, revision="refs/pr/1"))
        port = int(hub.url.rpartition(":")[2])
    with LocalHub(tmp_path, SEED, port=port) as hub:
        api = client(hub)
        assert api.whoami()["id"] == me
        assert before == (api.get_discussion_details(repo, 1).events, api.list_repo_commits(repo, revision="refs/pr/1"))
        assert [delivery.state for delivery in hub.deliveries()] == ["delivered"]
        assert api.create_discussion(repo, "Next one").num == 2
        receiver.wait_for(2)


def test_what_waits_in_the_outbox_is_sent_after_a_restart(tmp_path: Path, receiver: Receiver) -> None:
    receiver.answers.append(503)
    with LocalHub(tmp_path, SEED, switches=Switches(webhook_retry_delays=(0.2,))) as hub:
        api = client(hub)
        repo = api.create_repo("author/waiting").repo_id
        api.create_webhook(url=receiver.url, watched=[{"type": "model", "name": repo}], domains=["discussion"])
        api.create_discussion(repo, "Hello there")
        (first,) = receiver.wait_for(1)
    with LocalHub(tmp_path, SEED) as hub:
        assert receiver.wait_for(2)[1].id == first.id
        hub.wait_idle()


def test_what_was_answered_survives_being_killed(tmp_path: Path) -> None:
    data, seed = tmp_path / "data", tmp_path / "seed.yaml"
    seed.write_text("users: [{name: author, token: hf_author}]\nrepos: [{name: author/kept}]\n")
    answered: list[str] = []
    with foreground(data, seed) as (process, url):

        def commit_until_it_dies() -> None:
            with httpx2.Client(base_url=url, headers={"Authorization": "Bearer hf_author"}) as raw:
                try:
                    for number in range(10_000):
                        answer = raw.post("/api/models/author/kept/commit/main", content=commit_lines(number))
                        answered.append(answer.json()["commitOid"])
                        if number == 50:
                            enough.set()
                except httpx2.TransportError:
                    return

        enough = threading.Event()
        committing = threading.Thread(target=commit_until_it_dies)
        committing.start()
        assert enough.wait(30)
        process.kill()
        committing.join(30)
    with LocalHub(data) as hub:
        api = client(hub)
        history = [commit.commit_id for commit in api.list_repo_commits("author/kept")]
        assert set(answered) <= set(history)
        assert len(history) - 1 - len(answered) in (0, 1)  # one may have been done but not answered
        assert Path(api.hf_hub_download("author/kept", "n.txt", cache_dir=tmp_path / "cache")).exists()


def test_two_servers_cannot_share_a_folder(tmp_path: Path) -> None:
    with LocalHub(tmp_path), pytest.raises(DataError, match="another local Hub"), LocalHub(tmp_path):
        pass
    with sqlite3.connect(tmp_path / "hub.sqlite") as connection:
        connection.execute("PRAGMA user_version = 1")
    connection.close()
    with pytest.raises(DataError, match="another version"), LocalHub(tmp_path):
        pass
    (tmp_path / "hub.sqlite").write_bytes(b"no database" * 1000)
    with pytest.raises(DataError, match="not a database"), LocalHub(tmp_path):
        pass


def test_stopping_does_not_wait_for_what_hangs(start_hub: StartHub, tmp_path: Path) -> None:
    with LocalHub(tmp_path / "hanging", SEED) as hub:
        hub.add_fault(Fault(path="/api/models", hang=True))
        errors: list[Exception] = []

        def ask() -> None:
            try:
                httpx2.get(f"{hub.url}/api/models", timeout=30)
            except httpx2.HTTPError as error:
                errors.append(error)

        asking = threading.Thread(target=ask)
        asking.start()
        while not hub.requests():
            httpx2.get(f"{hub.url}/_localhub/")  # not logged: what is, hangs
    asking.join(10)
    assert len(errors) == 1
    assert start_hub().url


def test_a_stopped_hub_says_so(tmp_path: Path) -> None:
    hub = LocalHub(tmp_path)
    with pytest.raises(RuntimeError, match="not running"):
        hub.deliveries()


def test_in_the_foreground_it_prints_its_url_and_stops_on_a_signal(tmp_path: Path) -> None:
    seed = tmp_path / "seed.yaml"
    seed.write_text("users: [{name: author, token: hf_author}]\n")
    for number in (signal.SIGTERM, signal.SIGINT):
        with foreground(tmp_path / "data", seed) as (process, url):
            assert HfApi(endpoint=url, token="hf_author").whoami()["name"] == "author"
            process.send_signal(number)
            assert process.wait(10) == 0


def test_on_the_command_line_a_mistake_is_one_sentence(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "localhub", "--data", str(tmp_path), "--seed", str(tmp_path / "none.yaml")]
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])}
    done = subprocess.run(command, capture_output=True, text=True, env=environment, timeout=30, check=False)
    assert done.returncode == 1
    assert done.stderr.startswith("localhub: Cannot read the seed file")
    assert done.stderr.count("\n") == 1
