"""The client under the official one: what is asked again, what is waited for, and for how long at most."""

import socket
import threading
import time
from collections.abc import Callable, Iterator

import pytest
from huggingface_hub import HfApi

from bot.hub import Hub
from bot.hub_errors import WRITE_SETTLES, HubUnavailable
from bot.hub_requests import Stopped, counting, stopping
from localhub import Fault, LocalHub, Org, Repo, Seed, User

REPO = "acme/heron"


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalHub]:
    seed = Seed(
        users=[User(name="bot", token="hf_bot", role="write"), User(name="author", token="hf_author", role="write")],
        orgs=[Org("acme", {"author": "admin"})],
        repos=[Repo(REPO, files={"README.md": "# Heron\n"})],
    )
    with LocalHub(tmp_path_factory.mktemp("hub"), seed=seed) as hub:
        yield hub


@pytest.fixture
def local(running: LocalHub) -> Iterator[LocalHub]:
    running.clear_requests()
    yield running
    running.clear_faults()


@pytest.fixture
def hub(local: LocalHub) -> Hub:
    return Hub(local.url, "hf_bot")


@pytest.fixture
def waits(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The seconds that were waited for, in no time."""
    waited: list[float] = []

    class Event(threading.Event):
        def wait(self, timeout: float | None = None) -> bool:
            waited.append(timeout or 0.0)
            return False

    monkeypatch.setattr("bot.hub_client.stopping", Event())
    return waited


@pytest.fixture(autouse=True)
def _nothing_sleeps(monkeypatch: pytest.MonkeyPatch) -> None:
    def sleep(seconds: float) -> None:
        raise AssertionError(f"the client slept for {seconds} s")

    monkeypatch.setattr("huggingface_hub.utils._http.time.sleep", sleep)


def propose(hub: Hub, path: str = "a.txt") -> None:
    hub.open_pull(REPO, {path: "a"}, "Title", "Text", hub.repo(REPO).sha)


LATER = [429, 500, 502, 503, 504, 408]
READS: dict[str, tuple[str, Callable[[Hub], object]]] = {
    "card": ("/resolve/", lambda hub: hub.card(REPO)),
    "repo": ("expand=", lambda hub: hub.repo(REPO)),
    "paths": ("/paths-info/", lambda hub: hub.paths(REPO, ["README.md"])),
    "results_at": ("/tree/", lambda hub: hub.results_at(REPO, "main")),
    "pulls_of": ("/discussions", lambda hub: hub.pulls_of(REPO, "bot")),
    "webhooks": ("/webhooks", lambda hub: hub.webhooks()),
    "preupload": ("/preupload/", propose),
}


@pytest.mark.parametrize("status", LATER)
@pytest.mark.parametrize("name", READS)
def test_a_worker_is_told_at_once_to_come_later(local: LocalHub, hub: Hub, name: str, status: int) -> None:
    path, read = READS[name]
    local.add_fault(Fault(user="bot", path=path, status=status, count=None))
    with pytest.raises(HubUnavailable, match=str(status)):
        read(hub)
    assert [request.status for request in local.requests("bot")].count(status) == 1


@pytest.mark.parametrize("name", READS)
def test_a_read_whose_connection_breaks_at_once_is_asked_a_second_time(local: LocalHub, hub: Hub, name: str) -> None:
    path, read = READS[name]
    local.add_fault(Fault(user="bot", path=path, disconnect=True))
    read(hub)
    statuses = [request.status for request in local.requests("bot")]
    assert statuses.count(None) == 1


def test_but_not_a_third_time(local: LocalHub, hub: Hub) -> None:
    local.add_fault(Fault(user="bot", path="/resolve/", disconnect=True, count=None))
    with counting() as requests, pytest.raises(HubUnavailable, match="could not be reached"):
        hub.card(REPO)
    assert len(requests) == 2


@pytest.mark.parametrize("patient", [True, False])
@pytest.mark.parametrize("fault", [Fault(disconnect=True), Fault(status=503), Fault(status=500, when="after")])
def test_a_write_is_made_once_and_left_to_settle(local: LocalHub, fault: Fault, patient: bool) -> None:
    hub = Hub(local.url, "hf_bot", patient=patient)
    local.add_fault(
        Fault(user="bot", path="/commit/", disconnect=fault.disconnect, status=fault.status, when=fault.when)
    )
    with pytest.raises(HubUnavailable) as caught:
        propose(hub, "b.txt")
    assert caught.value.retry_after == WRITE_SETTLES
    assert sum("/commit/" in request.path for request in local.requests("bot")) == 1


def test_a_write_that_could_not_even_be_sent_need_not_settle() -> None:
    with pytest.raises(HubUnavailable) as caught:
        Hub("http://127.0.0.1:1", "hf_bot").comment(REPO, 1, "Hello.")
    assert caught.value.retry_after is None


def test_who_waits_for_an_answer_is_patient(
    local: LocalHub, waits: list[float], caplog: pytest.LogCaptureFixture
) -> None:
    local.add_fault(Fault(user="bot", path="/resolve/", status=503, count=2))
    local.add_fault(Fault(user="bot", path="/resolve/", status=429, headers={"Retry-After": "30"}))
    assert Hub(local.url, "hf_bot", patient=True).card(REPO).text == "# Heron\n"
    assert waits == [1.0, 2.0, 30.0]
    said = [record.getMessage() for record in caplog.records if record.name == "bot.hub_client"]
    assert said == [
        f"The Hub answered 503 about the card of {REPO}. It is asked again in 2 s.",
        f"The Hub answered 429 about the card of {REPO}. It is asked again in 30 s.",
    ]


def test_patience_ends(local: LocalHub, waits: list[float]) -> None:
    hub = Hub(local.url, "hf_bot", patient=True)
    local.add_fault(Fault(user="bot", path="/resolve/", status=503, count=4))
    with pytest.raises(HubUnavailable):
        hub.card(REPO)
    assert waits == [1.0, 2.0, 4.0]
    local.add_fault(Fault(user="bot", path="/resolve/", status=429, headers={"Retry-After": "900"}))
    with pytest.raises(HubUnavailable):
        hub.card(REPO)
    assert len(waits) == 3


def test_a_stop_ends_all_patience(local: LocalHub) -> None:
    local.add_fault(Fault(user="bot", path="/resolve/", status=503, headers={"Retry-After": "300"}, count=None))
    timer = threading.Timer(0.2, stopping.set)
    timer.start()
    try:
        with pytest.raises(Stopped):
            Hub(local.url, "hf_bot", patient=True).card(REPO)
    finally:
        timer.join()
        stopping.clear()


def test_requests_of_others_in_this_process_are_left_alone(local: LocalHub) -> None:
    local.add_fault(Fault(user="author", path="/discussions", status=503))
    with pytest.raises(Exception, match="503") as caught:
        list(HfApi(endpoint=local.url, token="hf_author").get_repo_discussions(REPO))
    assert not isinstance(caught.value, HubUnavailable)


HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
ANSWERS = {
    "nothing": b"",
    "the head": HEAD + b"X-Long: " + b"x" * 10_000,
    "the body": HEAD + b"Content-Length: 10000\r\n\r\n" + b"[" * 10_000,
    "chunks": HEAD + b"Transfer-Encoding: chunked\r\n\r\n" + b"1\r\n[\r\n" * 3_000,
}


@pytest.fixture(params=ANSWERS)
def dripping(request: pytest.FixtureRequest) -> Iterator[str]:
    """The address of a server that answers byte by byte, for minutes."""
    gone = threading.Event()

    def drip(connection: socket.socket) -> None:
        with connection:
            # What is known at once is sent at once; then the drops.
            for byte in ANSWERS[request.param]:
                if gone.wait(0.02):
                    return
                try:
                    connection.sendall(bytes([byte]))
                except OSError:
                    return
            gone.wait()

    def serve() -> None:
        while True:
            try:
                connection, _ = server.accept()
            except OSError:
                return
            threading.Thread(target=drip, args=[connection], daemon=True).start()

    with socket.create_server(("127.0.0.1", 0)) as server:
        threading.Thread(target=serve, daemon=True).start()
        yield f"http://127.0.0.1:{server.getsockname()[1]}"
        gone.set()
        server.shutdown(socket.SHUT_RDWR)


@pytest.mark.parametrize(
    ("status", "after", "wait"), [(500, "5", WRITE_SETTLES), (503, "300", 300), (429, "5", 5), (429, "", WRITE_SETTLES)]
)
def test_a_write_that_may_still_take_effect_is_waited_for(
    local: LocalHub, hub: Hub, status: int, after: str, wait: float
) -> None:
    headers = {"Retry-After": after} if after else {}
    sha = hub.repo(REPO).sha
    local.add_fault(Fault(user="bot", path="/commit/", status=status, headers=headers))
    with pytest.raises(HubUnavailable) as caught:
        hub.open_pull(REPO, {"a.txt": "a"}, "Title", "Text", sha)
    assert caught.value.retry_after == wait


@pytest.mark.parametrize("method", ["card", "repo", "pulls_of"])
def test_no_request_takes_longer_than_it_may(dripping: str, method: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bot.hub_client.REQUEST_LIMIT", 0.8)
    hub = Hub(dripping, "hf_bot")
    arguments = [REPO, "bot"] if method == "pulls_of" else [REPO]
    began = time.monotonic()
    with pytest.raises(HubUnavailable, match="in time"):
        getattr(hub, method)(*arguments)
    assert time.monotonic() - began < 3.0
    # The time of one request is not that of the next.
    with pytest.raises(HubUnavailable, match="could not be reached"):
        Hub("http://127.0.0.1:1", None).card(REPO)
