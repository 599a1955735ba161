"""`.scorekeeper.yaml`: the repo has the last word."""

from pathlib import Path

from bot.settings import Write
from evaluators.model_index import read
from tests.stories.town import Repo, Town, town

MMLU_PRO, GSM8K = "TIGER-Lab/MMLU-Pro", "openai/gsm8k"
CONFIG = ".scorekeeper.yaml"


def test_enabled_false_means_nothing_is_done(chat: Town) -> None:
    repo = chat.repo()
    repo.push_file(CONFIG, "enabled: false\n")
    assert repo.push_card(mmlu_pro="54.7").decision == "disabled"
    assert repo.bot_pulls() == {}
    repo.push_file(CONFIG, "enabled: true\n")
    assert repo.the_pull().results() == {MMLU_PRO: 54.7}


def test_an_ignored_benchmark_leaves_the_pull_request(chat: Town) -> None:
    repo = chat.repo()
    repo.push_card(mmlu_pro="54.7", gsm8k="86.3")
    repo.push_file(CONFIG, f"ignore: [{GSM8K}]\n")
    assert repo.the_pull().results() == {MMLU_PRO: 54.7}
    assert "asked to leave the benchmark out" in repo.the_pull().description


def test_another_name_for_a_benchmark_is_understood(chat: Town) -> None:
    repo = chat.repo()
    text = (
        f"# {repo.name}\n\nAccuracy in percent.\n\n| Benchmark | {repo.name} |\n|---|---|\n| Our school test | 86.3 |\n"
    )
    repo.push(f"---\nlicense: mit\n---\n\n{text}")
    assert repo.bot_pulls() == {}
    repo.push_file(CONFIG, f"aliases: {{Our school test: {GSM8K}}}\n")
    assert repo.the_pull().results() == {GSM8K: 86.3}


def test_the_models_label_can_be_named(chat: Town) -> None:
    repo = chat.repo()
    text = "Accuracy in percent.\n\n| Benchmark | The new one | Egret-9B |\n|---|---|---|\n| MMLU-Pro | 54.7 | 50.0 |\n"
    repo.push(f"---\nlicense: mit\n---\n\n# {repo.name}\n\n{text}")
    assert repo.bot_pulls() == {}
    repo.push_file(CONFIG, "label: The new one\n")
    assert repo.the_pull().results() == {MMLU_PRO: 54.7}


def test_tables_can_be_chosen(chat: Town) -> None:
    repo = chat.repo()
    table = "Accuracy in percent.\n\n| Benchmark | {model} |\n|---|---|\n| {name} | {value} |\n\n"
    first = table.format(model=repo.name, name="MMLU-Pro", value="54.7")
    second = table.format(model=repo.name, name="GSM8K", value="86.3")
    repo.push(f"---\nlicense: mit\n---\n\n# {repo.name}\n\n{first}More.\n\n{second}")
    assert repo.the_pull().results() == {MMLU_PRO: 54.7, GSM8K: 86.3}
    repo.push_file(CONFIG, "tables: {use: [2]}\n")
    assert repo.the_pull().results() == {GSM8K: 86.3}
    repo.push_file(CONFIG, "tables: {ignore: [2]}\n")
    assert repo.the_pull().results() == {MMLU_PRO: 54.7}


def test_a_mistake_is_told_once_in_the_open_pull_request_and_nothing_else_is_done(chat: Town) -> None:
    repo = chat.repo()
    repo.push_card(mmlu_pro="54.7")
    look = repo.push_file(CONFIG, "enabled: true\nignores: []\n")
    assert look.decision == "wrong_config"
    pull = repo.the_pull()
    (said,) = pull.comments()
    assert "mistake in line 2, column 1" in said
    repo.push_card(mmlu_pro="60.0")
    repo.push_card(mmlu_pro="61.0")
    assert pull.comments() == [said]
    assert pull.results() == {MMLU_PRO: 54.7}
    repo.push_file(CONFIG, "enabled: true\n")
    assert pull.results() == {MMLU_PRO: 61.0}
    assert pull.comments() == [said]


def test_another_mistake_is_told_too(chat: Town) -> None:
    repo = chat.repo()
    repo.push_card(mmlu_pro="54.7")
    repo.push_file(CONFIG, "ignores: []\n")
    repo.push_file(CONFIG, "# mended?\nignore: [nonsense]\n")
    assert len(repo.the_pull().comments()) == 2


def test_without_a_pull_request_a_mistake_is_kept_for_those_who_ask(chat: Town) -> None:
    repo = chat.repo()
    repo.push_file(CONFIG, "write: main\n")
    assert repo.push_card(mmlu_pro="54.7").decision == "wrong_config"
    assert repo.bot_pulls() == {}
    report = chat.records.report(repo.id)
    assert report is not None
    assert report["problem"].startswith(".scorekeeper.yaml, line 1, column 8: `write`")


def test_push_is_only_for_a_service_that_may_and_a_repo_that_asks(tmp_path: Path, database_url: str) -> None:
    with town(tmp_path, database_url, write=Write.PUSH, bot_is_member=True) as pushing:
        asked, silent = pushing.repo(), pushing.repo()
        asked.push_file(CONFIG, "write: push\n")
        assert asked.push_card(mmlu_pro="54.7").decision == "push"
        assert asked.results() == {MMLU_PRO: 54.7}
        assert asked.bot_pulls() == {}
        assert silent.push_card(mmlu_pro="54.7").decision == "create"
        _pushed_values_follow_the_card(asked)


def _pushed_values_follow_the_card(repo: Repo) -> None:
    assert repo.push_card(mmlu_pro="55.9").decision == "push"
    assert repo.results() == {MMLU_PRO: 55.9}
    repo.push_file(
        ".eval_results/mmlu_pro.yaml", "- dataset: {id: TIGER-Lab/MMLU-Pro, task_id: mmlu_pro}\n  value: 50.0\n"
    )
    assert repo.push_card(mmlu_pro="56.0").decision == "nothing_new"
    assert repo.results() == {MMLU_PRO: 50.0}


def test_a_service_that_may_not_push_opens_a_pull_request_all_the_same(chat: Town) -> None:
    repo = chat.repo()
    repo.push_file(CONFIG, "write: push\n")
    assert repo.push_card(mmlu_pro="54.7").decision == "create"


def test_the_older_format_is_written_on_request_and_follows_the_card(chat: Town) -> None:
    repo = chat.repo()
    repo.push_file(CONFIG, "formats: [eval_results, model-index]\n")
    repo.push_card(mmlu_pro="54.7")
    pull = repo.the_pull()
    readme = repo.text("README.md", f"refs/pr/{pull.number}")
    assert [(one.dataset_type, one.value) for one in read(readme)] == [(MMLU_PRO, 54.7)]
    assert readme.endswith(repo.text("README.md").partition("\n---\n")[2])
    repo.push_card(mmlu_pro="55.9")
    assert [one.value for one in read(repo.text("README.md", f"refs/pr/{pull.number}"))] == [55.9]
    repo.merge(repo.the_pull().number)
    assert [one.value for one in read(repo.text("README.md"))] == [55.9]
    assert repo.push_file("weights.txt", "0").decision == "unchanged"


def test_a_setting_named_by_what_no_database_takes_is_a_mistake_like_any_other(chat: Town) -> None:
    repo = chat.repo()
    look = repo.push_file(CONFIG, '"a\\0b": 1\n')
    assert (look.decision, "There is no setting `a\N{REPLACEMENT CHARACTER}b`" in (look.detail or "")) == (
        "wrong_config",
        True,
    )
