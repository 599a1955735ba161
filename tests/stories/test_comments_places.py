"""Where a run happens and where its numbers go: GitHub instead of jobs, and the model-index of a card."""

import sys
from collections.abc import Iterator

import pytest

from bot.asked_run_values import RunStage
from evaluators.model_index import read
from tests.actions.github import REPO, WRITE, GitHub, github
from tests.stories.runs import RUNS, model
from tests.stories.talk import Talk, a_talking_town, discussion
from tests.stories.town import BOT, Town

# The client's own upload of large files.
pytestmark = pytest.mark.filterwarnings("ignore:Use 'content=:DeprecationWarning")

GSM8K, MMLU = "openai/gsm8k", "cais/mmlu"
CONFIG, BOTH = ".scorekeeper.yaml", "formats: [eval_results, model-index]\n"


@pytest.fixture(scope="module")
def remote(tmp_path_factory: pytest.TempPathFactory) -> Iterator[GitHub]:
    """GitHub, with a repo that has the workflow."""
    with github(tmp_path_factory.mktemp("github")) as running:
        yield running


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory, postgres: str, remote: GitHub) -> Iterator[Town]:
    """A town whose bot may evaluate in jobs and on GitHub."""
    given = {
        "runs_on": ("jobs", "github"),
        "github_repo": REPO,
        "github_token": WRITE,
        "github_api": remote.url,
        "github_usd_per_hour": 0.6,
    }
    folder = tmp_path_factory.mktemp("town")
    with (
        pytest.MonkeyPatch.context() as patch,
        a_talking_town(folder, postgres, "stories_of_places", **given) as running,
    ):
        patch.setattr("evaluators.runs.launch_github.PAUSE", 0.05)
        remote.secrets = {"HF_READ_TOKEN": "hf_stranger", "HF_TOKEN": f"hf_{BOT}"}
        remote.variables = {
            "SCOREKEEPER_PYTHON": sys.executable,
            "SCOREKEEPER_ENVIRONMENT": running.evaluations.settings.jobs_python or "",
            "SCOREKEEPER_DEVICE": "cpu",
            "SCOREKEEPER_RESULTS_REPO": RUNS,
        }
        remote.surroundings = {"HF_ENDPOINT": running.hub.url, "HF_HUB_DISABLE_XET": "1"}
        yield running


def on_github(talk: Talk, remote: GitHub) -> None:
    """The workflow of the newest run has ended."""
    assert remote.runs[-1].done.wait(50)
    talk.finish()


def test_a_run_on_github_ends_in_a_result_and_a_pull_request(place: Town, remote: GitHub) -> None:
    talk = discussion(place, "/eval gsm8k launcher=github")
    (answer,) = talk.answers()
    assert "on GitHub." in answer
    (run,) = talk.runs()
    assert remote.runs[-1].title == f"eval {run.request.spec.id}-{run.nonce}"
    # What a runner of one's own costs is known here only: four hours and five minutes of it.
    assert run.request.most_usd == pytest.approx(0.6 * (4 + 1 / 12))

    on_github(talk, remote)
    (run,) = talk.runs()
    assert run.stage is RunStage.DONE, remote.runs[-1].runner.printed
    answer, result = talk.answers()
    assert "State: finished" in answer
    assert "| gsm8k | accuracy | 25% | 15% | 1,319 |" in result
    assert f"[job](https://github.example/{REPO}/actions/runs/{run.place_id})" in result
    assert talk.repo.the_pull().results() == {GSM8K: 25.0}
    assert f"/{talk.repo.id}/discussions/{talk.repo.the_pull().number})" in result
    assert talk.edits()[0] <= 3
    # By the hour of the runner, and not all that was reserved.
    assert run.cost_usd is not None
    assert 0 < run.cost_usd < 0.1


def test_code_that_a_model_writes_runs_on_no_runner_that_is_used_again(place: Town, remote: GitHub) -> None:
    before = len(remote.runs)
    talk = discussion(place, "/eval humaneval launcher=github")
    assert "Not started" in talk.answers()[0]
    assert (talk.runs(), len(remote.runs)) == ([], before)


def test_a_run_on_github_is_cancelled_there(place: Town, remote: GitHub) -> None:
    remote.held = True
    try:
        talk = discussion(place, "/eval gsm8k launcher=github")
        talk.say("/eval cancel")
        assert talk.finish().stage is RunStage.CANCELLED
    finally:
        remote.held = False
    assert remote.runs[-1].conclusion == "cancelled"
    assert len(talk.answers()) == 1


def test_a_benchmark_without_a_data_set_of_its_own_goes_into_the_model_index_where_a_repo_asks(place: Town) -> None:
    repo = model(place)
    repo.push_card()
    repo.push_file(CONFIG, BOTH)
    talk = discussion(place, "/eval mmlu,gsm8k", repo=repo)
    (answer,) = talk.answers()
    assert "MMLU" in answer
    assert "Its number is proposed for the card's model-index in the pull request" in answer
    assert "its number is proposed for openai/gsm8k in the pull request." in answer.replace("\\", "")

    assert talk.finish().stage is RunStage.DONE
    _, result = talk.answers()
    pull = repo.the_pull()
    (entry,) = read(repo.text("README.md", f"refs/pr/{pull.number}"))
    assert (entry.dataset_type, entry.value, entry.source_name) == (MMLU, 25.0, "Scorekeeper")
    assert pull.results() == {GSM8K: 25.0}
    assert "| mmlu | accuracy | 25% | 15% | 14,042 |" in result
    assert "mmlu: in the card's model-index for " in result
    assert "gsm8k: filed under " in result


def test_without_that_format_it_stands_in_the_comment_only(place: Town) -> None:
    repo = model(place)
    repo.push_card()
    talk = discussion(place, "/eval mmlu", repo=repo)
    (answer,) = talk.answers()
    assert "no registered benchmark" in answer
    assert "The result stands in a comment here and in the log." in answer
    assert "model-index in the pull request" not in answer

    assert talk.finish().stage is RunStage.DONE
    _, result = talk.answers()
    assert "| mmlu | accuracy | 25% | 15% | 14,042 |" in result
    assert "not filed" in result
    assert "[log](" in result
    assert repo.bot_pulls() == {}
