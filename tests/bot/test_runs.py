"""What is found out before a run, and what a run is given."""

from collections.abc import Iterator
from dataclasses import replace

import pytest
from huggingface_hub import CommitOperationAdd, HfApi

from bot.hub import Hub
from bot.hub_errors import HubRefused
from bot.runs import Where, prepare, surroundings, with_month, without_result
from bot.runs_publish import Publisher
from bot.settings import Settings, Write
from evaluators.catalog import Catalog
from evaluators.runs.launcher import Stage, Status, Submitted
from evaluators.runs.result import ErrorKind, State
from evaluators.runs.spec import Backend, RunSpec
from localhub import LocalHub, Seed, User
from tests.evaluators.runs.samples import result, spec
from tests.fake_frameworks.environment import model_files

# The client's own upload of large files.
pytestmark = pytest.mark.filterwarnings("ignore:Use 'content=:DeprecationWarning")
TOKENS = {
    "HF_TOKEN": "hf_writes",
    "SCOREKEEPER_READ_TOKEN": "hf_reads",
    "SCOREKEEPER_RESULTS_TOKEN": "hf_one_dataset",
    "SCOREKEEPER_WEBHOOK_SECRET": "s3cret",
    "GITHUB_TOKEN": "ghp_x",
}


@pytest.fixture(scope="module")
def hub(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalHub]:
    users = [User(name="author", token="hf_writes", role="write")]
    with LocalHub(tmp_path_factory.mktemp("hub"), seed=Seed(users=users)) as running:
        yield running


@pytest.fixture
def settings(monkeypatch: pytest.MonkeyPatch) -> Settings:
    for name, value in TOKENS.items():
        monkeypatch.setenv(name, value)
    return Settings(_env_file=None, results_repo="author/runs")


def model(hub: LocalHub, name: str, *, private: bool = False, gated: bool = False) -> RunSpec:
    """A model of the author, and what to ask it."""
    api = HfApi(endpoint=hub.url, token="hf_writes")
    api.create_repo(f"author/{name}", private=private)
    files = [CommitOperationAdd(path, data) for path, data in model_files().items()]
    commit = api.create_commit(f"author/{name}", files, commit_message="Weights")
    if gated:
        api.update_repo_settings(f"author/{name}", gated="auto")
    return spec(model=f"author/{name}", revision=commit.oid, max_length=None)


@pytest.fixture(autouse=True)
def _no_xet(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_DISABLE_XET", True)


@pytest.mark.parametrize(("kind", "token"), [("public", None), ("private", "hf_reads"), ("gated", "hf_reads")])
def test_a_run_gets_a_token_that_reads_only_where_it_needs_one(
    kind: str, token: str | None, hub: LocalHub, settings: Settings
) -> None:
    asked = model(hub, kind, private=kind == "private", gated=kind == "gated")
    found = prepare(Hub(hub.url, "hf_writes"), settings, Catalog.shipped(), asked, Where.JOBS)
    assert found.secrets is not None, found.findings
    assert found.secrets.get("HF_TOKEN") == token
    assert "hf_writes" not in found.secrets.values()


def test_a_run_uploads_its_logs_only_where_that_gives_nothing_away(hub: LocalHub, settings: Settings) -> None:
    reader, catalog = Hub(hub.url, "hf_writes"), Catalog.shipped()

    def given(asked: RunSpec, repo: str) -> str | None:
        found = prepare(reader, settings.model_copy(update={"results_repo": repo}), catalog, asked, Where.JOBS)
        assert found.plan is not None
        assert found.secrets is not None
        token = found.secrets.get("SCOREKEEPER_RESULTS_TOKEN")
        assert (token is None) is (found.plan.results is None)
        return token

    reader.find_or_make_dataset("author/everybodys")
    reader.find_or_make_dataset("author/own", private=True)
    open_model, private = model(hub, "open-logs"), model(hub, "private-logs", private=True)
    assert given(open_model, "author/everybodys") == "hf_one_dataset"
    assert given(private, "author/own") == "hf_one_dataset"
    assert given(private, "author/everybodys") is None
    assert given(private, "author/not-there") is None
    # What the model writes runs beside the upload, and could take the token along.
    assert given(replace(open_model, tasks=("gsm8k", "humaneval")), "author/everybodys") is None


def test_logs_of_each_attempt_go_to_a_folder_of_their_own(hub: LocalHub, settings: Settings) -> None:
    asked = model(hub, "logs")
    plan = prepare(Hub(hub.url, "hf_writes"), settings, Catalog.shipped(), asked, Where.JOBS).plan
    assert plan is not None
    assert with_month(plan, asked, "ab" * 16, "2026-11").results == (
        "author/runs",
        f"runs/2026-11/author/logs/{asked.id}-abababab/framework",
    )


def test_the_money_limit_ends_a_run(hub: LocalHub, settings: Settings) -> None:
    asked = model(hub, "money")
    found = prepare(
        Hub(hub.url, "hf_writes"),
        settings,
        Catalog.shipped(),
        spec(model=asked.model, revision=asked.revision, max_length=None, money_limit=0.4),
        Where.JOBS,
    )
    assert found.flavor == "l4x1"
    assert found.plan is not None
    # Half an hour is paid, of which five minutes are kept for the end.
    assert found.plan.time_limit == 1500


def test_a_model_elsewhere_needs_no_gpu(hub: LocalHub, settings: Settings) -> None:
    asked = model(hub, "elsewhere")
    other = spec(model=asked.model, revision=asked.revision, max_length=None, backend=Backend.PROVIDER, provider="x")
    found = prepare(Hub(hub.url, "hf_writes"), settings, Catalog.shipped(), other, Where.JOBS)
    assert found.flavor == "cpu-basic"
    assert found.secrets is not None
    assert found.secrets["HF_TOKEN"] == "hf_reads"


def test_a_run_on_this_machine_sees_none_of_our_secrets(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SOMETHING_ELSE", "1")
    seen = surroundings(settings)
    assert not set(TOKENS.values()) & set(seen.values())
    assert seen["SOMETHING_ELSE"] == "1"


def test_the_record_of_a_private_model_does_not_go_where_everybody_reads(hub: LocalHub) -> None:
    asked = model(hub, "secret", private=True)
    reader = Hub(hub.url, "hf_writes")
    public = Publisher(reader, Catalog.shipped(), Write.PR, "author/open-runs")
    with pytest.raises(HubRefused, match="private"):
        public.publish(asked, result(asked), [])
    assert reader.dataset_paths("author/open-runs", ["runs"]) == set()
    reader.find_or_make_dataset("author/closed-runs", private=True)
    done = Publisher(reader, Catalog.shipped(), Write.PR, "author/closed-runs").publish(asked, result(asked), [])
    assert done.pull is not None


def test_a_number_of_other_weights_than_those_on_main_is_not_filed(hub: LocalHub) -> None:
    asked = model(hub, "moved")
    api = HfApi(endpoint=hub.url, token="hf_writes")
    publisher = Publisher(Hub(hub.url, "hf_writes"), Catalog.shipped(), Write.OFF)

    def push(path: str, data: bytes) -> None:
        api.create_commit(asked.model, [CommitOperationAdd(path, data)], commit_message="Change")

    push("README.md", b"---\nlicense: mit\n---\n# Moved")
    assert publisher.publish(asked, result(asked), []).files
    push("model.safetensors", model_files()["model.safetensors"][:-1] + b"1")
    moved = publisher.publish(asked, result(asked), [])
    assert not moved.files
    assert moved.sentence.endswith("are not those that were evaluated: evaluate main.")


@pytest.mark.parametrize(
    ("status", "state", "kind"),
    [
        (Status(Stage.CANCELLED), State.CANCELLED, ErrorKind.CANCELLED),
        (Status(Stage.LOST, "gone"), State.EXPIRED, ErrorKind.NO_RESULT),
        (Status(Stage.ENDED, "Job timeout"), State.FAILED, ErrorKind.TIME_LIMIT),
        (Status(Stage.ENDED, "timed_out"), State.FAILED, ErrorKind.TIME_LIMIT),
        (Status(Stage.ENDED, "Job failed to schedule."), State.FAILED, ErrorKind.LAUNCH_FAILED),
        (Status(Stage.ENDED, "failure"), State.FAILED, ErrorKind.NO_RESULT),
    ],
)
def test_a_run_without_a_result_is_told_apart(status: Status, state: State, kind: ErrorKind) -> None:
    found = without_result(spec(), Submitted("1", spec().id, "ab" * 16), status)
    assert found.state is state
    assert found.error is not None
    assert (found.error.kind, found.error.detail) == (kind, status.words)
