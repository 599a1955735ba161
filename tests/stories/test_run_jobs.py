"""An evaluation from its request to the pull request: on HF Jobs, with stand-ins for the frameworks.

The local Hub really runs the job: the runner comes in its environment, downloads the model, starts the server, runs the
framework, and its result comes back in the job's log.
"""

from collections.abc import Iterator
from pathlib import Path

import pytest

from evaluators.results import ResultEntry, parse
from evaluators.runs import result as results
from localhub import JobPolicy
from tests.fake_frameworks.environment import make_environment
from tests.stories.runs import RUNS, Command, a_town, command_line, model, told
from tests.stories.town import Repo, Town, card

# The client's own upload of large files.
pytestmark = pytest.mark.filterwarnings("ignore:Use 'content=:DeprecationWarning")

GSM8K = "openai/gsm8k"


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory, postgres: str) -> Iterator[Town]:
    """A town whose Hub runs jobs."""
    with a_town(tmp_path_factory.mktemp("town"), postgres, "stories_of_runs", jobs=True) as running:
        yield running


@pytest.fixture(scope="module")
def python(tmp_path_factory: pytest.TempPathFactory) -> str:
    return make_environment(tmp_path_factory.mktemp("environment") / "venv")


@pytest.fixture
def scorekeeper(place: Town, python: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Command:
    """The command line, in the hands of whoever runs the bot."""
    monkeypatch.setattr("bot.cli.eval_start.PAUSES", dict.fromkeys(("jobs", "local"), 0.1))
    monkeypatch.setattr("evaluators.runs.launch_jobs.PAUSE", 0.1)
    settings = {"HF_HUB_DISABLE_XET": "1", "SCOREKEEPER_JOBS_PYTHON": python, "SCOREKEEPER_ENV_INSPECT": python}
    return command_line(place, tmp_path, monkeypatch, **settings)


def entry(repo: Repo, revision: str) -> ResultEntry:
    (path,) = [one for one in repo.town.author.list_repo_files(repo.id, revision=revision) if "gsm8k" in one]
    (found,) = parse(repo.text(path, revision))
    return found


def test_a_run_becomes_a_result_in_a_pull_request(place: Town, scorekeeper: Command) -> None:
    repo = model(place)
    ended = told(scorekeeper("submit", "--model", repo.id, "--tasks", "gsm8k", "--wait", "--json"))
    assert ended["complete"]
    assert ended["result"]["versions"]["framework"] == "inspect"
    assert ended["result"]["model"]["revision"] == place.author.model_info(repo.id).sha

    shown = told(scorekeeper("publish", ended["run"], "--json"))
    assert not shown["written"]
    assert repo.bot_pulls() == {}

    published = told(scorekeeper("publish", ended["run"], "--create-pr", "--json"))
    assert published["files"] == shown["files"]
    place.settle()
    pull = repo.the_pull()
    assert pull.number == published["pull_request"]
    assert pull.claims() == {GSM8K: 25.0}
    written = entry(repo, f"refs/pr/{pull.number}")
    assert (written.value, written.date, written.source_name) == (25.0, ended["result"]["finished"], "Scorekeeper")
    assert written.source_url == published["log_url"]
    assert f"([run of {ended['result']['finished'][:10]}]({published['log_url']}))" in pull.description
    assert pull.details.title == "Add evaluation results"

    folder = published["log_url"].partition("/blob/main/")[2].rpartition("/")[0]
    kept = [path for path in place.bot.list_repo_files(RUNS, repo_type="dataset") if path.startswith(folder)]
    names = sorted(path.removeprefix(f"{folder}/") for path in kept)
    assert names == ["every_eval_ever.json", "log.txt", "result.json", "spec.json"]
    path = place.bot.hf_hub_download(RUNS, f"{folder}/result.json", repo_type="dataset")
    assert results.parse(Path(path).read_text()).nonce == ended["result"]["nonce"]
    log = Path(place.bot.hf_hub_download(RUNS, f"{folder}/log.txt", repo_type="dataset")).read_text()
    assert "accuracy 0.25 of 1319 samples" in log

    # The same again changes nothing.
    commits, kept_commits = pull.commits(), len(place.bot.list_repo_commits(RUNS, repo_type="dataset"))
    assert told(scorekeeper("publish", ended["run"], "--create-pr", "--json"))["pull_request"] == pull.number
    assert (pull.commits(), len(place.bot.list_repo_commits(RUNS, repo_type="dataset"))) == (commits, kept_commits)


def test_a_run_is_believed_rather_than_the_card_and_stays_when_the_card_changes(
    place: Town, scorekeeper: Command
) -> None:
    repo = model(place)
    repo.push_card(gsm8k="86.3")
    first = repo.the_pull()
    assert first.claims() == {GSM8K: 86.3}
    ended = told(scorekeeper("submit", "--model", repo.id, "--tasks", "gsm8k", "--wait", "--json"))
    told(scorekeeper("publish", ended["run"], "--create-pr", "--json"))
    place.settle()
    assert repo.the_pull().number == first.number
    assert first.claims() == {GSM8K: 25.0}
    assert "GSM8K: 86.3" in first.description
    assert "believed before the card says 25" in first.description

    repo.push(card("Another word.", repo.name, gsm8k="87.0", mmlu_pro="54.7"))
    assert repo.the_pull().number == first.number
    assert first.claims() == {GSM8K: 25.0, "TIGER-Lab/MMLU-Pro": 54.7}
    assert first.results() == {GSM8K: 25.0, "TIGER-Lab/MMLU-Pro": 54.7}
    assert "[run of " in first.description
    assert entry(repo, f"refs/pr/{first.number}").source_name == "Scorekeeper"


def test_publishing_a_run_proposes_nothing_of_the_card(place: Town, scorekeeper: Command) -> None:
    repo = model(place)
    ended = told(scorekeeper("submit", "--model", repo.id, "--tasks", "gsm8k", "--wait", "--json"))
    text = card("A model.", repo.name, mmlu_pro="54.7").encode()
    place.author.upload_file(path_or_fileobj=text, path_in_repo="README.md", repo_id=repo.id)
    told(scorekeeper("publish", ended["run"], "--create-pr", "--json"))
    assert repo.the_pull().claims() == {GSM8K: 25.0}
    # That is for the look that follows from the push.
    place.settle()
    assert repo.the_pull().claims() == {GSM8K: 25.0, "TIGER-Lab/MMLU-Pro": 54.7}


def test_closing_is_a_no_for_this_number(place: Town, scorekeeper: Command) -> None:
    repo = model(place)
    ended = told(scorekeeper("submit", "--model", repo.id, "--tasks", "gsm8k", "--wait", "--json"))
    number = told(scorekeeper("publish", ended["run"], "--create-pr", "--json"))["pull_request"]
    repo.close(number)
    again = told(scorekeeper("publish", ended["run"], "--create-pr", "--json"), code=1)
    assert [one["why"] for one in again["numbers"]] == [f"declined when pull request #{number} was closed"]
    assert set(repo.bot_pulls().values()) == {"closed"}


def test_a_merged_number_is_there(place: Town, scorekeeper: Command) -> None:
    repo = model(place)
    ended = told(scorekeeper("submit", "--model", repo.id, "--tasks", "gsm8k", "--wait", "--json"))
    repo.merge(told(scorekeeper("publish", ended["run"], "--create-pr", "--json"))["pull_request"])
    again = told(scorekeeper("publish", ended["run"], "--create-pr", "--json"))
    assert [one["fate"] for one in again["numbers"]] == ["there"]
    # What the card says of it later is reported and left out.
    repo.push_card(gsm8k="86.3")
    assert repo.results() == {GSM8K: 25.0}
    assert "open" not in repo.bot_pulls().values()


def test_a_trial_is_shown_and_never_published(place: Town, scorekeeper: Command) -> None:
    repo = model(place)
    ended = told(
        scorekeeper("submit", "--model", repo.id, "--tasks", "gsm8k", "--limit", "3", "--wait", "--json"), code=1
    )
    assert ended["result"]["state"] == "success"
    assert "trial" in ended["why_not"]
    published = told(scorekeeper("publish", ended["run"], "--create-pr", "--json"), code=1)
    assert [(one["value"], one["fate"]) for one in published["numbers"]] == [(0.25, "kept")]
    assert published["log_url"]
    assert repo.bot_pulls() == {}


def test_what_stands_in_the_way_is_told_before_anything_starts(place: Town, scorekeeper: Command) -> None:
    repo = place.repo()
    repo.push_file("config.json", "{}")
    before = len(told(scorekeeper("list", "--json")))
    refused = scorekeeper("submit", "--model", repo.id, "--tasks", "gsm8k,hle")
    assert refused.exit_code == 1
    assert "refused: hle is marked by a second model" in refused.stderr
    assert "no weights in the safetensors format" in refused.stderr
    assert len(told(scorekeeper("list", "--json"))) == before


def test_a_dry_run_prints_commands_hardware_and_cost(place: Town, scorekeeper: Command) -> None:
    repo = model(place)
    before = len(told(scorekeeper("list", "--json")))
    shown = scorekeeper("submit", "--model", repo.id, "--tasks", "gsm8k", "--dry-run")
    assert shown.exit_code == 0
    assert "inspect_launch.py' eval inspect_evals/gsm8k" in shown.stdout
    assert "vllm.entrypoints.openai.api_server" in shown.stdout
    assert "t4" in shown.stdout or "l4x1" in shown.stdout
    assert "$" in shown.stdout
    data = told(scorekeeper("submit", "--model", repo.id, "--tasks", "gsm8k", "--dry-run", "--json"))
    assert data["hardware"]["usd"] > 0
    assert data["plan"]["commands"][0]["argv"][:3] == ["{python}", "{work}/inspect_launch.py", "eval"]
    assert len(told(scorekeeper("list", "--json"))) == before


def test_a_waiting_run_can_be_followed_and_ended(place: Town, scorekeeper: Command) -> None:
    repo = model(place)
    place.hub.set_job_policy(JobPolicy(scheduling="never"))
    try:
        started = scorekeeper("submit", "--model", repo.id, "--tasks", "gsm8k")
        run = started.stdout.strip()
        assert f"How far it is: scorekeeper eval status {run}\n" in started.stderr
        again = scorekeeper("submit", "--model", repo.id, "--tasks", "gsm8k")
        assert (again.stdout.strip(), "there already" in again.stderr) == (run, True)
        assert told(scorekeeper("status", run, "--json"))["stage"] == "waiting"
        assert scorekeeper("publish", run).exit_code == 1
        assert scorekeeper("cancel", run).exit_code == 0
        ended = told(scorekeeper("status", run, "--json"), code=1)
        assert (ended["stage"], ended["result"]["error"]["kind"]) == ("cancelled", "cancelled")
    finally:
        place.hub.set_job_policy(JobPolicy())


def test_the_same_runs_on_this_machine(place: Town, scorekeeper: Command, tmp_path: Path) -> None:
    repo = model(place)
    ended = told(
        scorekeeper("run", "--model", repo.id, "--tasks", "gsm8k", "--device", "cpu", "--out", "out", "--json")
    )
    assert ended["complete"]
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == ["log.txt", "result.json", "spec.json"]
    published = told(scorekeeper("publish", "--folder", "out", "--create-pr", "--json"))
    assert [(one["filed_value"], one["fate"]) for one in published["numbers"]] == [(25.0, "filed")]
    place.settle()
    assert repo.the_pull().results() == {GSM8K: 25.0}


def test_names_that_are_none_are_told_apart(scorekeeper: Command) -> None:
    assert scorekeeper("status", "nonsense").exit_code == 2
    assert scorekeeper("status", "0" * 24).exit_code == 3
    assert scorekeeper("submit", "--model", "heron-labs/not-there", "--tasks", "gsm8k").exit_code == 3
    assert scorekeeper("submit", "--model", "heron-labs/x", "--tasks", "gsm8kk").exit_code == 2
    assert scorekeeper("submit", "--tasks", "gsm8k").exit_code == 2
