"""What the catalog needs of the Hub, through the real client: benchmarks, their `eval.yaml`, their leaderboards."""

from collections.abc import Iterator

import pytest
from huggingface_hub import CommitOperationAdd, HfApi

from bot.hub import Hub
from bot.hub_errors import HubUnavailable
from bot.hub_requests import counting
from localhub import Fault, LocalHub, Org, Repo, Seed, User
from localhub.switches import Switches

OFFICIAL = ("benchmark:official",)
EVAL = "name: Nest\ntasks:\n- id: nest\n"


def entry(value: float, task: str = "nest", dataset: str = "acme/nest") -> str:
    return f"- dataset:\n    id: {dataset}\n    task_id: {task}\n  value: {value}\n"


@pytest.fixture(scope="module")
def local(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalHub]:
    users = [User(name=name, token=f"hf_{name}") for name in ("author", "bot")]
    models = [
        Repo(f"acme/m{number}", files={".eval_results/r.yaml": entry(value)})
        for number, value in enumerate((41.2, 55.0, 60.1))
    ]
    datasets = [
        Repo("acme/nest", "dataset", {"eval.yaml": EVAL}, tags=OFFICIAL),
        Repo("acme/bare", "dataset", tags=OFFICIAL),
        Repo("acme/huge", "dataset", {"eval.yaml": "#" * (1024 * 1024 + 1)}, tags=OFFICIAL),
        Repo("acme/closed", "dataset", {"eval.yaml": EVAL}, tags=OFFICIAL, gated="manual"),
        Repo("acme/plain", "dataset", {"eval.yaml": EVAL}),
    ]
    seed = Seed(users=users, orgs=[Org("acme", {"author": "admin"})], repos=[*datasets, *models])
    with LocalHub(tmp_path_factory.mktemp("hub"), seed=seed, switches=Switches()) as running:
        yield running


@pytest.fixture
def hub(local: LocalHub) -> Hub:
    return Hub(local.url, "hf_bot")


def test_the_registered_benchmarks_are_one_request(hub: Hub) -> None:
    with counting() as requests:
        assert sorted(hub.benchmark_datasets()) == ["acme/bare", "acme/closed", "acme/huge", "acme/nest"]
    assert len(requests) == 1


def test_eval_yaml_is_read_in_one_request(hub: Hub) -> None:
    with counting() as requests:
        assert hub.eval_yaml("acme/nest") == EVAL
    assert len(requests) == 1


@pytest.mark.parametrize("dataset", ["acme/bare", "acme/huge", "acme/closed", "acme/nothing"])
def test_where_there_is_no_eval_yaml_for_us_there_is_none(hub: Hub, dataset: str) -> None:
    assert hub.eval_yaml(dataset) is None


def test_a_leaderboard_has_a_row_for_each_result_and_says_which_are_only_proposed(hub: Hub, local: LocalHub) -> None:
    author = HfApi(endpoint=local.url, token="hf_author")
    operation = CommitOperationAdd(".eval_results/s.yaml", entry(99.0).encode())
    pull = author.create_commit("acme/m0", [operation], commit_message="Propose", create_pr=True)
    with counting() as requests:
        rows = hub.leaderboard("acme/nest", "nest")
    assert len(requests) == 1
    assert [(row.model, row.value, row.pull) for row in rows] == [
        ("acme/m0", 99.0, pull.pr_num),
        ("acme/m2", 60.1, None),
        ("acme/m1", 55.0, None),
        ("acme/m0", 41.2, None),
    ]


def test_a_dataset_without_a_leaderboard_has_no_rows(hub: Hub) -> None:
    assert hub.leaderboard("acme/plain", "nest") == []
    assert hub.leaderboard("acme/nest", "another") == []
    assert hub.leaderboard("acme/nothing", "nest") == []


BUSY = (r"/api/datasets\?", "eval.yaml", "leaderboard")


def test_a_busy_hub_is_asked_again_where_somebody_waits(local: LocalHub, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bot.hub_client.FIRST_WAIT", 0.0)
    hub = Hub(local.url, "hf_bot", patient=True)
    for path in BUSY:
        local.add_fault(Fault(user="bot", path=path, status=503))
    with counting() as requests:
        assert "acme/nest" in hub.benchmark_datasets()
        assert hub.eval_yaml("acme/nest") == EVAL
        assert hub.leaderboard("acme/nest", "nest")
    assert len(requests) == 6


METHODS = {"benchmark_datasets": (), "eval_yaml": ("acme/nest",), "leaderboard": ("acme/nest", "nest")}


@pytest.mark.parametrize("method", METHODS)
def test_a_worker_asks_a_busy_hub_once(hub: Hub, local: LocalHub, method: str) -> None:
    for path in BUSY:
        local.add_fault(Fault(user="bot", path=path, status=503))
    with counting() as requests, pytest.raises(HubUnavailable, match="503"):
        getattr(hub, method)(*METHODS[method])
    local.clear_faults()
    assert len(requests) == 1


@pytest.mark.parametrize("patient", [True, False])
@pytest.mark.parametrize("method", METHODS)
def test_a_hub_that_is_down_is_said_to_be(method: str, patient: bool) -> None:
    with counting() as requests, pytest.raises(HubUnavailable, match="could not be reached"):
        getattr(Hub("http://127.0.0.1:1", None, patient=patient), method)(*METHODS[method])
    assert len(requests) == 1
