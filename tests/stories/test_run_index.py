"""Runs of benchmarks without a registered data set: their numbers go into the card's `model-index`, where a repo asks.

The results are made up; Hub, README and pull request are real.
"""

import json
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import pytest

from bot.hub import Hub
from bot.ignoring import Ignored, keep_ignored
from bot.runs_publish import Fate, Published, Publisher
from bot.settings import Write
from evaluators.catalog import Catalog
from evaluators.model_index import read
from evaluators.runs.result import Dataset, TaskResult
from evaluators.runs.spec import RunSpec
from handlers.look import look
from tests.evaluators.runs.samples import TASK, result, spec
from tests.stories.runs import RUNS, a_town, command_line, model, told
from tests.stories.town import BOT, Repo, Town, card

# The client's own upload of large files.
pytestmark = pytest.mark.filterwarnings("ignore:Use 'content=:DeprecationWarning")

CONFIG, BOTH, INDEX_ONLY = ".scorekeeper.yaml", "formats: [eval_results, model-index]\n", "formats: [model-index]\n"
HELLASWAG, MMLU, GSM8K = "Rowan/hellaswag", "cais/mmlu", "openai/gsm8k"
SAMPLES = {"hellaswag": 10042, "mmlu": 14042, "gsm8k": 1319}
DATA = {"hellaswag": HELLASWAG, "mmlu": MMLU, "gsm8k": GSM8K}


class CrashError(Exception):
    """The process dies."""


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory, postgres: str) -> Iterator[Town]:
    with a_town(tmp_path_factory.mktemp("town"), postgres, "stories_of_the_index") as running:
        yield running


def number(task: str, value: float) -> TaskResult:
    asked = SAMPLES[task]
    return replace(
        TASK,
        task=task,
        framework_task=f"inspect_evals/{'mmlu_0_shot' if task == 'mmlu' else task}",
        value=value,
        samples_asked=asked,
        samples_completed=asked,
        samples_scored=asked,
        dataset=Dataset(id=DATA[task]),
        fewshot={"mmlu": 0, "gsm8k": 8}.get(task),
    )


def asked_of(repo: Repo, *tasks: str) -> RunSpec:
    sha = repo.town.author.model_info(repo.id).sha
    return spec(model=repo.id, revision=sha, tasks=tasks)


def evaluate(repo: Repo, day: str = "21", *, hub: Hub | None = None, **values: float) -> Published:
    """A run ends on that day of November, and is published."""
    asked = asked_of(repo, *values)
    tasks = tuple(number(task, value) for task, value in values.items())
    times = {"started": f"2026-11-{day}T09:00:00Z", "finished": f"2026-11-{day}T10:00:00Z"}
    ended = result(asked, tasks=tasks, nonce=day * 16, **times)
    hub = hub or Hub(repo.town.hub.url, f"hf_{BOT}")
    found = Publisher(hub, Catalog.shipped(), Write.PR, RUNS).publish(asked, ended, ["a line"])
    repo.town.settle()
    return found


def model_of(place: Town, config: str = BOTH) -> Repo:
    """A model with a card without scores, in a repo that asks for these formats."""
    repo = model(place)
    repo.push_card()
    if config:
        repo.push_file(CONFIG, config)
    return repo


def index(repo: Repo, revision: str | None = None) -> dict[str, object]:
    """What the card's model-index says in our pull request: data set to value."""
    revision = revision or f"refs/pr/{repo.the_pull().number}"
    return {one.dataset_type: one.value for one in read(repo.text("README.md", revision))}


def fates(published: Published) -> dict[str, Fate]:
    return {one.task: one.fate for one in published.numbers}


def test_numbers_with_and_without_a_registered_data_set_come_in_one_pull_request(place: Town) -> None:
    repo = model_of(place)
    published = evaluate(repo, mmlu=0.6312, gsm8k=0.8124)
    assert fates(published) == {"mmlu": Fate.FILED, "gsm8k": Fate.FILED}
    assert [one.in_index for one in published.numbers] == [True, False]
    pull = repo.the_pull()
    assert pull.number == published.pull
    assert pull.results() == {GSM8K: 81.24}
    text = repo.text("README.md", f"refs/pr/{pull.number}")
    (found,) = read(text)
    assert (found.dataset_type, found.dataset_name, found.metric_name, found.value) == (
        MMLU,
        "MMLU",
        "Accuracy (0-shot)",
        63.12,
    )
    assert (found.source_name, found.source_url) == ("Scorekeeper", published.log_url)
    # Nothing else of the README is another.
    before, _, rest = text.partition("model-index:")
    assert before + rest[rest.index("---\n") :] == repo.text("README.md")
    assert f"in the card's `model-index`: 63.12 ([run of 2026-11-21]({published.log_url}))" in pull.description

    again = evaluate(repo, mmlu=0.6312, gsm8k=0.8124)
    assert (again.numbers, again.pull, again.log_url) == (published.numbers, published.pull, published.log_url)
    assert pull.commits() == 1

    repo.merge(pull.number)
    assert index(repo, "main") == {MMLU: 63.12}
    assert set(fates(evaluate(repo, mmlu=0.6312, gsm8k=0.8124)).values()) == {Fate.THERE}


def test_looks_at_the_card_leave_it_in_place_and_bring_the_readme_up_to_date(place: Town) -> None:
    repo = model_of(place)
    pull = evaluate(repo, hellaswag=0.7).pull
    repo.push_card(prose="A better model.", mmlu_pro="54.7")
    assert repo.the_pull().number == pull
    assert index(repo) == {"TIGER-Lab/MMLU-Pro": 54.7, HELLASWAG: 70.0}
    assert "A better model." in repo.text("README.md", f"refs/pr/{pull}")
    # The same line of prose again, which conflicts with the pull request: the new one has it as it is on main.
    repo.push_card(prose="The best model.", mmlu_pro="54.7")
    text = repo.text("README.md", f"refs/pr/{repo.the_pull().number}")
    assert "The best model." in text
    assert "A better model." not in text
    assert index(repo) == {"TIGER-Lab/MMLU-Pro": 54.7, HELLASWAG: 70.0}
    repo.push_card(prose="No numbers.")
    assert index(repo) == {HELLASWAG: 70.0}
    assert repo.the_pull().claims() == {HELLASWAG: 70.0}


def test_a_pull_request_that_conflicts_is_made_anew_from_the_readme_of_main(place: Town) -> None:
    repo = model_of(place)
    first = evaluate(repo, hellaswag=0.7, gsm8k=0.8).pull
    # Just where the pull request adds its lines.
    pushed = card("Another.", repo.name).replace("license: apache-2.0\n", "license: apache-2.0\ntags: [heron]\n")
    repo.push(pushed)
    pull = repo.the_pull()
    text = repo.text("README.md", f"refs/pr/{pull.number}")
    assert index(repo) == {HELLASWAG: 70.0}
    assert "tags: [heron]" in text
    assert pull.results() == {GSM8K: 80.0}
    assert not pull.details.conflicting_files
    assert first is not None
    repo.merge(pull.number)
    before, _, rest = repo.text("README.md").partition("model-index:")
    assert before + rest[rest.index("---\n") :] == pushed


def test_a_newer_run_replaces_the_number_and_an_older_one_does_not(place: Town) -> None:
    repo = model_of(place)
    evaluate(repo, "21", hellaswag=0.70, gsm8k=0.80)
    older = evaluate(repo, "20", hellaswag=0.69, gsm8k=0.79)
    assert set(fates(older).values()) == {Fate.KEPT}
    assert {one.why for one in older.numbers} == {"a newer run says 70.0", "a newer run says 80.0"}
    assert (index(repo), repo.the_pull().results()) == ({HELLASWAG: 70.0}, {GSM8K: 80.0})
    evaluate(repo, "22", hellaswag=0.71, gsm8k=0.81)
    assert (index(repo), repo.the_pull().results()) == ({HELLASWAG: 71.0}, {GSM8K: 81.0})


def test_closing_declines_the_number_and_not_another_one(place: Town) -> None:
    repo = model_of(place)
    pull = evaluate(repo, hellaswag=0.7).pull
    assert pull is not None
    repo.close(pull)
    declined = evaluate(repo, "22", hellaswag=0.7)
    assert [one.why for one in declined.numbers] == [f"declined when pull request #{pull} was closed"]
    assert evaluate(repo, "23", hellaswag=0.71).pull != pull
    assert index(repo) == {HELLASWAG: 71.0}


def test_what_the_author_wrote_stays(place: Town) -> None:
    repo = model_of(place)
    entry = "dataset: {name: HellaSwag, type: Rowan/hellaswag}\n    metrics: [{type: accuracy, value: 60.5}]\n"
    front = f"model-index:\n- name: {repo.name}\n  results:\n  - task: {{type: text-generation}}\n    {entry}"
    repo.push(card("A model.", repo.name).replace("license: apache-2.0\n", f"license: apache-2.0\n{front}"))
    published = evaluate(repo, hellaswag=0.7)
    assert [one.why for one in published.numbers] == ["the card's model-index says 60.5, and that stays"]
    assert set(fates(evaluate(repo, "22", hellaswag=0.605)).values()) == {Fate.THERE}
    assert repo.bot_pulls() == {}


def test_where_only_the_index_is_asked_for_all_numbers_go_there(place: Town) -> None:
    repo = model_of(place, INDEX_ONLY)
    published = evaluate(repo, hellaswag=0.7, gsm8k=0.8)
    assert [one.in_index for one in published.numbers] == [True, True]
    assert index(repo) == {HELLASWAG: 70.0, GSM8K: 80.0}
    assert repo.the_pull().results() == {}
    # It is believed rather than the card there, too.
    repo.push_card(gsm8k="86.3")
    assert index(repo) == {HELLASWAG: 70.0, GSM8K: 80.0}
    report = place.records.report(repo.id)
    assert report is not None
    assert [one["standing"] for one in report["scores"]] == ["outranked"]


def test_where_the_index_is_not_asked_for_the_number_is_kept_and_shown(place: Town) -> None:
    repo = model_of(place, "")
    published = evaluate(repo, hellaswag=0.7)
    assert [(one.fate, one.in_index) for one in published.numbers] == [(Fate.KEPT, False)]
    assert "only in the card's model-index" in published.numbers[0].why
    assert repo.bot_pulls() == {}


def test_a_readme_that_cannot_be_read_is_not_replaced(place: Town) -> None:
    repo = model_of(place)
    repo.push_bytes(b"\xff\xfe not UTF-8")
    published = evaluate(repo, hellaswag=0.7, gsm8k=0.8)
    assert set(fates(published).values()) == {Fate.KEPT}
    assert "is not UTF-8" in published.sentence
    assert repo.bot_pulls() == {}


def test_ignoring_takes_it_out_and_taking_that_back_lets_it_in(place: Town) -> None:
    repo, hub = model_of(place), Hub(place.hub.url, f"hf_{BOT}")
    pull = evaluate(repo, hellaswag=0.7, gsm8k=0.8).pull
    assert keep_ignored(hub, repo.id, HELLASWAG, add=True) == Ignored(pull)
    look(place.context, repo.hub_id, force=True)
    assert repo.the_pull().claims() == {GSM8K: 80.0}
    assert repo.text("README.md", f"refs/pr/{pull}") == repo.text("README.md")
    assert f"Left out on request: {HELLASWAG}." in repo.the_pull().description
    assert fates(evaluate(repo, "22", hellaswag=0.71)) == {"hellaswag": Fate.KEPT}
    edits = len(place.hub.requests(BOT))
    assert keep_ignored(hub, repo.id, HELLASWAG.upper(), add=True) == Ignored(pull)
    assert not [one for one in place.hub.requests(BOT)[edits:] if one.method != "GET"]
    assert keep_ignored(hub, repo.id, HELLASWAG, add=False) == Ignored(pull)
    assert "Left out on request" not in repo.the_pull().description
    evaluate(repo, "22", hellaswag=0.71)
    assert index(repo) == {HELLASWAG: 71.0}


def test_without_a_pull_request_people_are_given_the_file_to_commit(place: Town) -> None:
    repo, hub = model_of(place), Hub(place.hub.url, f"hf_{BOT}")
    found = keep_ignored(hub, repo.id, HELLASWAG, add=True)
    assert found == Ignored(None, f"{BOTH}ignore: [{HELLASWAG}]\n")
    assert found.config is not None
    repo.push_file(CONFIG, found.config)
    assert fates(evaluate(repo, hellaswag=0.7)) == {"hellaswag": Fate.KEPT}
    assert keep_ignored(hub, repo.id, HELLASWAG, add=False) == Ignored(None, BOTH)
    bare = model_of(place, "")
    assert keep_ignored(hub, bare.id, HELLASWAG, add=True) == Ignored(None, f"ignore: [{HELLASWAG}]\n")


def test_somebody_elses_commit_means_hands_off_and_the_number_is_kept(place: Town) -> None:
    repo = model_of(place)
    pull = evaluate(repo, hellaswag=0.7).pull
    assert pull is not None
    repo.commit_to_pull(pull, "notes.txt", "mine")
    later = evaluate(repo, "22", hellaswag=0.71)
    assert fates(later) == {"hellaswag": Fate.KEPT}
    assert "left alone" in later.numbers[0].why


@pytest.mark.timeout(240)
def test_a_crash_on_the_way_and_the_same_again_comes_to_the_same(place: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    def crashing(name: str, *, after: bool) -> Hub:
        hub = Hub(place.hub.url, f"hf_{BOT}")
        usual = getattr(hub, name)

        def crash(*args: object, **more: object) -> None:
            if after:
                usual(*args, **more)
            raise CrashError

        monkeypatch.setattr(hub, name, crash)
        return hub

    def clean() -> tuple[object, ...]:
        repo = model_of(place)
        first = evaluate(repo, "21", hellaswag=0.7, gsm8k=0.8)
        return _shown(first), _shown(evaluate(repo, "22", hellaswag=0.71, gsm8k=0.81)), index(repo)

    expected = clean()
    for name, after in (("commit_to_dataset", True), ("open_pull", True), ("push_to_pull", True), ("open_pull", False)):
        repo, seen = model_of(place), []
        for day, extra in (("21", 0.0), ("22", 0.01)):
            one, other = 0.7 + extra, 0.8 + extra
            with suppress(CrashError):
                evaluate(repo, day, hub=crashing(name, after=after), hellaswag=one, gsm8k=other)
            seen.append(_shown(evaluate(repo, day, hellaswag=one, gsm8k=other)))
        assert (*seen, index(repo)) == expected, (name, after)
        assert len(repo.bot_pulls()) == 1, (name, after)


def _shown(published: Published) -> object:
    return published.numbers, published.pull


def test_the_requests_are_as_many_as_it_says(place: Town) -> None:
    hub = Hub(place.hub.url, f"hf_{BOT}")
    hub.me()

    def counted(repo: Repo, day: str, **values: float) -> int:
        place.hub.clear_requests()
        asked = asked_of(repo, *values)
        tasks = tuple(number(task, value) for task, value in values.items())
        finished = f"2026-11-{day}T10:00:00Z"
        ended = result(asked, tasks=tasks, nonce=day * 16, started=f"2026-11-{day}T09:00:00Z", finished=finished)
        Publisher(hub, Catalog.shipped(), Write.PR, RUNS).publish(asked, ended, ["a line"])
        count = len(place.hub.requests(BOT))
        place.settle()
        return count

    silent, asking = model_of(place, ""), model_of(place)
    counted(silent, "20", hellaswag=0.7)
    # A new record, and the repo, which has no `.scorekeeper.yaml`.
    assert counted(silent, "21", hellaswag=0.7) == 5 + 1
    # The same again: the record is there.
    assert counted(silent, "21", hellaswag=0.7) == 3 + 1
    # Record; repo, `.scorekeeper.yaml`, card, list of pull requests; two to open one, and one to check the README.
    assert counted(asking, "21", hellaswag=0.7) == 5 + 4 + 2 + 1
    # The same again reads the pull request.
    assert counted(asking, "21", hellaswag=0.7) == 3 + 4 + 1
    # Another number: three for the update, and one to check the README.
    assert counted(asking, "22", hellaswag=0.71) == 5 + 4 + 1 + 3 + 1


def test_the_command_line_shows_it(place: Town, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    repo = model_of(place)
    scorekeeper = command_line(place, tmp_path, monkeypatch, HF_HUB_DISABLE_XET="1")
    asked = asked_of(repo, "hellaswag")
    out = tmp_path / "out"
    out.mkdir()
    (out / "spec.json").write_text(asked.json)
    (out / "result.json").write_text(result(asked, tasks=(number("hellaswag", 0.7),)).json)
    (out / "log.txt").write_text("a line\n")
    shown = scorekeeper("publish", "--folder", "out")
    assert shown.exit_code == 0
    assert "model-index" in shown.stdout
    assert "Nothing was written" in shown.stderr
    assert repo.bot_pulls() == {}
    published = told(scorekeeper("publish", "--folder", "out", "--create-pr", "--json"))
    (one,) = published["numbers"]
    assert (one["fate"], one["dataset"], one["in_index"], one["filed_value"]) == ("filed", HELLASWAG, True, 70.0)
    assert json.dumps(published["files"]).count("model-index") == 1
    assert index(repo) == {HELLASWAG: 70.0}
