"""The limiter against the local Hub's limits: what is allowed is used, and nothing is asked beyond it."""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

import httpx2
import psycopg
import pytest

from bot.hub import Hub
from bot.hub_errors import HubLimited, HubUnavailable
from bot.hub_requests import limited_by
from bot.limiter import BREATH, LOOK, SPREAD, Limiter, in_background
from bot.limiter_store import Memory, Shared
from localhub import Fault, LocalHub, Org, Repo, Seed, User
from localhub.limits import Limits

TOKEN = "hf_bot"
REPO = "acme/heron"


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalHub]:
    seed = Seed(
        users=[User(name="bot", token=TOKEN, role="write"), User(name="other", token="hf_other")],
        orgs=[Org("acme", {"other": "admin"})],
        repos=[Repo(REPO, files={"README.md": "# Heron\n"})],
    )
    with LocalHub(tmp_path_factory.mktemp("hub"), seed=seed) as hub:
        yield hub


@pytest.fixture
def local(running: LocalHub) -> Iterator[LocalHub]:
    running.clear_requests()
    yield running
    running.clear_faults()
    running.set_limits(Limits())


@pytest.fixture
def hub(local: LocalHub) -> Hub:
    return Hub(local.url, TOKEN)


@contextmanager
def limiter(local: LocalHub, url: str, token: str = TOKEN) -> Iterator[Limiter]:
    with Shared(url) as windows, limited_by(one := Limiter(windows, local.url, token)):
        yield one


def ask(hub: Hub, times: int = 1) -> None:
    """So many requests that count as `api`."""
    for _ in range(times):
        hub.paths(REPO, ["README.md"])


def statuses(local: LocalHub) -> list[int | None]:
    return [request.status for request in local.requests("bot")]


def test_several_limiters_use_one_window_to_the_last_and_not_beyond(
    local: LocalHub, hub: Hub, database_url: str
) -> None:
    local.set_limits(Limits(api=20))
    for _ in range(10):
        for _ in range(2):
            with limiter(local, database_url):
                ask(hub)
    with limiter(local, database_url), pytest.raises(HubLimited) as caught:
        ask(hub)
    assert caught.value.retry_after is not None
    assert 250 < caught.value.retry_after < 303 + SPREAD
    assert statuses(local) == [200] * 20


CHILD = """
import sys
from bot.hub import Hub
from bot.hub_errors import HubLimited
from bot.hub_requests import limited_by
from bot.limiter import Limiter
from bot.limiter_store import Shared

endpoint, url = sys.argv[1:]
with Shared(url) as windows, limited_by(Limiter(windows, endpoint, "hf_bot")):
    hub, done = Hub(endpoint, "hf_bot"), 0
    try:
        while True:
            hub.paths("acme/heron", ["README.md"])
            done += 1
    except HubLimited:
        print(done)
"""


def test_processes_share_a_window(local: LocalHub, hub: Hub, database_url: str) -> None:
    local.set_limits(Limits(api=48))
    with limiter(local, database_url):
        ask(hub)
    command = [sys.executable, "-c", CHILD, local.url, database_url]
    with ExitStack() as stack:
        children = [stack.enter_context(subprocess.Popen(command, stdout=subprocess.PIPE)) for _ in range(2)]
        outputs = [child.communicate(timeout=50)[0] for child in children]
    assert sum(map(int, outputs)) == 47
    assert statuses(local) == [200] * 48


def test_what_somebody_else_takes_with_the_same_token_is_noticed(local: LocalHub, hub: Hub, database_url: str) -> None:
    local.set_limits(Limits(api=20))
    with limiter(local, database_url):
        ask(hub)
        for _ in range(10):
            httpx2.get(f"{local.url}/api/models/{REPO}", headers={"Authorization": f"Bearer {TOKEN}"})
        ask(hub, 9)
        with pytest.raises(HubLimited):
            ask(hub)
    assert statuses(local) == [200] * 20


def test_two_accounts_have_a_window_each(local: LocalHub, hub: Hub, database_url: str) -> None:
    local.set_limits(Limits(api=3))
    other = Hub(local.url, "hf_other")
    with limiter(local, database_url), limiter(local, database_url, "hf_other"):
        ask(hub, 3)
        ask(other, 3)
        for one in (hub, other):
            with pytest.raises(HubLimited):
                ask(one)
    with psycopg.connect(database_url) as connection:
        rows = connection.execute("select account, bucket, quota, remaining from hub_windows").fetchall()
    assert len({account for account, *_ in rows}) == 2
    assert [rest for _, *rest in rows] == [["api", 3, 0]] * 2
    assert "hf_" not in str(rows)


def test_a_sweep_leaves_a_part_of_the_window_to_live_pushes(local: LocalHub, hub: Hub, database_url: str) -> None:
    local.set_limits(Limits(api=20))
    with limiter(local, database_url):
        with in_background(), pytest.raises(HubLimited):
            ask(hub, 20)
        assert len(statuses(local)) == 12
        ask(hub, 8)
        with pytest.raises(HubLimited):
            ask(hub)
    assert statuses(local) == [200] * 20


def test_a_job_begins_only_if_enough_is_left_for_a_whole_look(local: LocalHub, hub: Hub, database_url: str) -> None:
    local.set_limits(Limits(api=40))
    with limiter(local, database_url) as one:
        ask(hub, 40 - LOOK["api"])
        one.admit()
        ask(hub)
        with pytest.raises(HubLimited):
            one.admit()
        # What has begun may go on.
        ask(hub, LOOK["api"] - 1)
    assert statuses(local) == [200] * 40


def test_when_the_hub_says_no_without_a_time_nothing_is_asked_for_a_while(
    local: LocalHub, hub: Hub, database_url: str
) -> None:
    local.add_fault(Fault(user="bot", path="paths-info", status=429))
    with limiter(local, database_url):
        with pytest.raises(HubUnavailable, match="429"):
            ask(hub)
        with pytest.raises(HubLimited) as caught:
            ask(hub)
        # Another limit is another matter.
        assert hub.card(REPO).text == "# Heron\n"
    assert caught.value.retry_after is not None
    assert BREATH - 10 < caught.value.retry_after < BREATH + SPREAD


def test_an_hourly_limit_on_commits_stops_commits_only(local: LocalHub, hub: Hub, database_url: str) -> None:
    local.add_fault(Fault(user="bot", path="/commit/", status=429, count=None))

    def propose() -> None:
        hub.open_pull(REPO, {"a.txt": "a"}, "Title", "Text", hub.repo(REPO).sha)

    with limiter(local, database_url):
        with pytest.raises(HubUnavailable, match="429"):
            propose()
        with pytest.raises(HubLimited):
            propose()
        ask(hub)
    assert sum("/commit/" in request.path for request in local.requests("bot")) == 1


def test_a_time_that_the_hub_names_is_kept(local: LocalHub, hub: Hub, database_url: str) -> None:
    local.add_fault(Fault(user="bot", path="paths-info", status=429, headers={"Retry-After": "120"}))
    with limiter(local, database_url):
        with pytest.raises(HubUnavailable):
            ask(hub)
        with pytest.raises(HubLimited) as caught:
            ask(hub)
    assert caught.value.retry_after is not None
    assert 110 < caught.value.retry_after < 120 + SPREAD


def test_without_the_database_each_process_goes_by_what_it_knows(
    local: LocalHub, hub: Hub, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.limiter_store._POOL_TIMEOUT", 0.2)
    local.set_limits(Limits(api=5))
    with limiter(local, "postgresql://127.0.0.1:1/none") as one:
        ask(hub, 5)
        with pytest.raises(HubLimited):
            ask(hub)
        one.flush()
    assert statuses(local) == [200] * 5
    ours = [record for record in caplog.records if record.name == "bot.limiter_store"]
    assert len(ours) == 1


def test_the_database_may_go_and_come_back(local: LocalHub, hub: Hub, database_url: str) -> None:
    local.set_limits(Limits(api=9))
    with limiter(local, database_url):
        ask(hub, 3)
        with psycopg.connect(database_url, autocommit=True) as connection:
            connection.execute("alter table hub_windows rename to elsewhere")
            ask(hub, 3)
            connection.execute("alter table elsewhere rename to hub_windows")
    # Another process knows of the first three only, until the Hub tells it better.
    with limiter(local, database_url):
        ask(hub, 3)
        with pytest.raises(HubLimited):
            ask(hub)
    assert statuses(local) == [200] * 9


class Clock:
    now = 1_800_000_000.0

    def __call__(self) -> float:
        return self.now


@pytest.mark.parametrize("shared", [True, False])
def test_a_new_window_begins_when_the_old_one_has_ended(database_url: str, shared: bool) -> None:
    clock, request = Clock(), httpx2.Request("GET", "http://hub/api/models")
    with Shared(database_url, clock=clock) as windows:
        limits = Limiter(windows if shared else Memory(clock), "http://hub", None)
        for _ in range(1000):
            limits.take(request)
        with pytest.raises(HubLimited):
            limits.take(request)
        clock.now += 301
        with pytest.raises(HubLimited):
            limits.take(request)
        clock.now += 2
        limits.take(request)


def test_what_was_asked_is_counted_for_people(local: LocalHub, hub: Hub, database_url: str) -> None:
    local.set_limits(Limits(api=3))
    local.add_fault(Fault(user="bot", path="/resolve/", status=500))
    with limiter(local, database_url) as one:
        ask(hub, 3)
        with pytest.raises(HubLimited):
            ask(hub)
        with pytest.raises(HubUnavailable):
            hub.card(REPO)
        one.flush()
        one.flush()
    with psycopg.connect(database_url) as connection:
        totals = connection.execute("select name, label, value from totals order by name, label").fetchall()
    assert totals == [("hub_requests", "api 2xx", 3), ("hub_requests", "resolvers 5xx", 1), ("hub_waits", "api", 1)]
