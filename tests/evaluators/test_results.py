"""Result files: what is written can be read by the official client, and what is wrong is said in one sentence."""

import re
from itertools import pairwise

import pytest
import yaml
from huggingface_hub import parse_eval_result_entries

from evaluators.results import ResultEntry, ResultsFileError, file_name, is_results_file, parse, render

ENTRY = ResultEntry("owls/quiz", "default", 20.9, "With tools", "2026-01-15", "https://hub.example/a/b", "Model Card")


def test_a_written_file_round_trips_through_the_official_client() -> None:
    (read,) = parse_eval_result_entries(yaml.safe_load(render([ENTRY])))
    assert (read.dataset_id, read.task_id, read.value, read.notes) == ("owls/quiz", "default", 20.9, "With tools")
    assert (read.date, read.source_url, read.source_name) == ("2026-01-15", "https://hub.example/a/b", "Model Card")


def test_a_written_file_round_trips_through_our_own_reader() -> None:
    assert parse(render([ENTRY, ResultEntry("owls/quiz", "hard", 3)])) == [ENTRY, ResultEntry("owls/quiz", "hard", 3)]


def test_a_file_is_written_the_way_the_format_is_documented() -> None:
    assert render([ENTRY]) == (
        "- dataset:\n    id: owls/quiz\n    task_id: default\n  value: 20.9\n  date: '2026-01-15'\n"
        "  source:\n    url: https://hub.example/a/b\n    name: Model Card\n  notes: With tools\n"
    )


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("a: [", "It is not valid YAML at line 1."),
        ("dataset: {}", "It is not a list of result entries."),
        ("", "It is not a list of result entries."),
        ("- 1", "Entry 1 is not a mapping."),
        ("- value: 1", "Entry 1 has no dataset."),
        ("- {dataset: {task_id: x}, value: 1}", "Entry 1 has no dataset id."),
        ("- {dataset: {id: a/b}, value: 1}", "Entry 1 has no task_id."),
        ("- {dataset: {id: a/b, task_id: x}, value: high}", "Entry 1 has no number as its value."),
        ("- {dataset: {id: a/b, task_id: x}, value: .nan}", "Entry 1 has no number as its value."),
        ("- {dataset: {id: a/b, task_id: x}, value: true}", "Entry 1 has no number as its value."),
        ("- {dataset: {id: a/b, task_id: x}, value: 1}\n- 2", "Entry 2 is not a mapping."),
        ("- !!python/object:os.system {}", "It is not valid YAML at line 1."),
        ("[" * 5000, "It is not valid YAML."),
        ("- {dataset: {id: a/b, task_id: x}, value: 1" + "0" * 400 + "}", "Entry 1 has no number as its value."),
        ("- {dataset: {id: a/b, task_id: x}, value: 1, notes: [a]}", "Entry 1 has no text as its notes."),
        (
            "- {dataset: {id: a/b, task_id: x}, value: 1, notes: 0x" + "f" * 5000 + "}",
            "Entry 1 has no text as its notes.",
        ),
        ("- {dataset: {id: a/b, task_id: x}, value: 1, source: {url: {}}}", "Entry 1 has no text as its url."),
        ("- !!int ''", "It is not valid YAML."),
        ("- !!bool maybe", "It is not valid YAML."),
        ("- !!timestamp now", "It is not valid YAML."),
        ("- &a [*a]", "It repeats itself too often."),
        (
            "- &a [x, x]\n" + "".join(f"- &{b} [*{a}, *{a}, *{a}, *{a}]\n" for a, b in pairwise("abcdefghijklm")),
            "It repeats itself too often.",
        ),
        ("#" * 1_000_001, "It is too large."),
    ],
)
def test_a_wrong_file_is_one_sentence(text: str, sentence: str) -> None:
    with pytest.raises(ResultsFileError) as caught:
        parse(text)
    assert str(caught.value) == sentence


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("- 1\nb: [", 2),
        ("- a\x00", 1),
        ("# nothing\n\na: 1", 3),
        ("", None),
        ("# one\n- {dataset: {id: a/b, task_id: x}, value: 1}\n\n- value: 1", 4),
    ],
)
def test_a_wrong_file_is_wrong_at_a_line(text: str, line: int | None) -> None:
    with pytest.raises(ResultsFileError) as caught:
        parse(text)
    assert caught.value.line == line


def test_what_others_wrote_about_the_source_survives_reading_and_writing() -> None:
    text = (
        "- dataset:\n    id: owls/quiz\n    task_id: default\n    revision: abc\n  value: 3\n"
        "  source:\n    url: https://hub.example/a\n    name: Logs\n    user: anna\n    org: owls\n"
    )
    (entry,) = parse(text)
    assert (entry.revision, entry.source_user, entry.source_org) == ("abc", "anna", "owls")
    assert render([entry]) == text


def test_a_proof_is_seen_and_never_written() -> None:
    (entry,) = parse("- {dataset: {id: a/b, task_id: x}, value: 1, verifyToken: abc.def}")
    assert entry.verified
    assert "verifyToken" not in render([entry])
    assert "abc" not in repr(entry)


def test_a_source_without_an_address_can_be_read_but_is_not_written() -> None:
    (entry,) = parse("- {dataset: {id: a/b, task_id: x}, value: 1, source: {name: Logs}}")
    assert entry.source_name == "Logs"
    assert "source" not in render([entry])


@pytest.mark.parametrize(
    ("written", "read"),
    [("2026-01-15", "2026-01-15"), ("2026-01-15T10:30:00Z", "2026-01-15 10:30:00+00:00"), ("7", "7")],
)
def test_a_date_without_quotes_is_read_as_text(written: str, read: str) -> None:
    (entry,) = parse(f"- {{dataset: {{id: a/b, task_id: x}}, value: 1, date: {written}}}")
    assert entry.date == read


@pytest.mark.parametrize(
    "notes", ["1e5", "-1", "+1", ".5", "~", "-1e5", ".5e3", "no", "2026-01-15", "With: tools", "# one", "0o17"]
)
def test_what_some_reader_takes_for_more_than_text_is_quoted(notes: str) -> None:
    assert re.search(r"notes: (['\"]).*\1\n$", render([ResultEntry("a/b", "x", 1, notes)]))


@pytest.mark.parametrize(
    ("dataset", "task", "variant", "path"),
    [
        ("cais/hle", "default", "", ".eval_results/hle.yaml"),
        ("cais/hle", "hle", "with_tools", ".eval_results/hle_with_tools.yaml"),
        ("Idavidrein/gpqa", "gpqa_diamond", "", ".eval_results/gpqa_diamond.yaml"),
        ("Idavidrein/gpqa", "diamond", "", ".eval_results/gpqa_diamond.yaml"),
        ("TIGER-Lab/MMLU-Pro", "default", "", ".eval_results/mmlu_pro.yaml"),
    ],
)
def test_files_are_named_after_benchmark_task_and_variant(dataset: str, task: str, variant: str, path: str) -> None:
    assert file_name(dataset, task, variant) == path


def test_a_taken_name_is_not_taken_again() -> None:
    taken = [".eval_results/hle.yaml", ".eval_results/hle_2.yaml"]
    assert file_name("cais/hle", "default", "", taken) == ".eval_results/hle_3.yaml"


def test_only_yaml_directly_in_the_folder_is_a_results_file() -> None:
    assert is_results_file(".eval_results/a.yaml")
    assert is_results_file(".eval_results/a.yml")
    assert not is_results_file(".eval_results/deep/a.yaml")
    assert not is_results_file("eval_results/a.yaml")
    assert not is_results_file(".eval_results/a.json")
