"""What is wrong with the results of a repo is said in one sentence, with file and line."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evaluators.catalog import Catalog
from evaluators.validation import Problem, Severity, is_checked, validate

CATALOG = Catalog.load("""
version: 1
benchmarks:
  - dataset: owls/quiz
    name: Owl Quiz
    scale: percent
    tasks:
      - ids: [quiz, default]
        variants:
          - {id: with_tools, notes: With tools, words: [with tools, w/ tools]}
      - ids: [hard]
  - dataset: owls/maze
    name: Maze
    scale: fraction
    tasks: [{ids: [maze]}]
  - dataset: owls/elo
    name: Elo
    scale: unknown
    tasks: [{ids: [elo]}]
""")
FILE = ".eval_results/quiz.yaml"
GOOD = """\
- dataset:
    id: owls/quiz
    task_id: quiz
    revision: abc
  value: 71.4
  date: '2026-01-15'
  source:
    url: https://hub.example/a/b
    name: Model Card
    user: anna
    org: owls
"""
INDEX = """\
---
license: mit
model-index:
- name: Heron_8B
  results:
  - task: {type: text-generation, name: Text}
    dataset: {name: Quiz, type: owls/quiz, config: main, args: {a: 1}}
    metrics:
    - {type: accuracy, name: Accuracy, value: 71.4}
    - {type: f1, value: 20.0 ± 1.2, verified: true, verifyToken: "a://b"}
    source: {url: https://hub.example/a}
  - task: {type: text-generation}
    dataset: {name: Maze, type: owls/maze}
    metrics: [{type: accuracy, value: 3}]
---
# Heron
"""


def said(files: dict[str, str | None]) -> list[tuple[str, int | None, str, str]]:
    return [(one.file, one.line, one.severity.value, one.sentence) for one in validate(files, CATALOG)]


def entry(line: str = "value: 71.4", dataset: str = "{id: owls/quiz, task_id: quiz}") -> str:
    return f"- dataset: {dataset}\n  {line}\n"


def test_a_good_repo_has_nothing_wrong() -> None:
    files = {FILE: GOOD, "README.md": INDEX, "config.json": None, ".eval_results/maze.yaml": None, "data/a.yaml": None}
    assert said(files) == []
    assert said({}) == said({"README.md": "# Heron\n"}) == said({"README.md": "---\n\n---\n"}) == []


@pytest.mark.parametrize(
    ("text", "line", "sentence"),
    [
        ("- a: [", 1, "It is not valid YAML at line 1."),
        ("", None, "It is not a list of result entries."),
        ("# x\ndataset: {}", 2, "It is not a list of result entries."),
        ("- 1\n", 1, "Entry 1 is not a mapping."),
        (GOOD + "- value: 1\n", 12, "Entry 2 has no dataset."),
        ("- value: 1\n  dataset: {task_id: x}\n", 2, "Entry 1 has no dataset id."),
        ("- value: 1\n  dataset:\n    id: a/b\n", 3, "Entry 1 has no task_id."),
        (entry("value: .nan"), 2, "Entry 1 has no number as its value."),
        (entry("value: .inf"), 2, "Entry 1 has no number as its value."),
        (entry("value: high"), 2, "Entry 1 has no number as its value."),
        (entry("value: '71.4'"), 2, "Entry 1 has its value as text: '71.4'."),
        (entry("value: 71,4 %"), 2, "Entry 1 has its value as text: '71,4 %'."),
        (entry("notes: x"), 1, "Entry 1 has no number as its value."),
        (entry("value: 1\n  notes: [a]"), 3, "Entry 1 has no text as its notes."),
        (entry("value: 1\n  value: 2"), 3, "Entry 1 has the key 'value' twice."),
        (entry(dataset="{id: owls/quiz, task_id: x, task_id: quiz}"), 1, "Entry 1 has the key 'task_id' twice."),
        (entry("value: 1\n  date: 2026-01-15"), 3, "Entry 1 has a date without quotes."),
        (entry("value: 1\n  date: 2026-01-15T10:00:00Z"), 3, "Entry 1 has a date without quotes."),
        (entry("value: 1\n  date: 2026-01-15 10:00:00"), 3, "Entry 1 has a date without quotes."),
        (entry("value: 1\n  date: May 2026"), 3, "Entry 1 has a date that is not one of ISO 8601: 'May 2026'."),
        (entry("value: 1\n  source: hub"), 3, "Entry 1 has a source that is not a mapping."),
        (entry("value: 1\n  source:\n    name: Hub"), 4, "Entry 1 has a source without url."),
        (entry("value: 1\n  source:\n    url: hub"), 4, "Entry 1 has a source whose url is no address."),
        (entry("value: 100.1"), 2, "Entry 1 has a value outside of the leaderboard's scale, 0 to 100: '100.1'."),
        (entry("value: -1"), 2, "Entry 1 has a value outside of the leaderboard's scale, 0 to 100: '-1'."),
        (
            entry("value: 71.4", "{id: owls/maze, task_id: maze}"),
            2,
            "Entry 1 has a value outside of the leaderboard's scale, 0 to 1: '71.4'.",
        ),
    ],
)
def test_an_error_in_a_result_file_has_its_line(text: str, line: int | None, sentence: str) -> None:
    assert said({FILE: text}) == [(FILE, line, "error", sentence)]


@pytest.mark.parametrize(
    ("text", "line", "sentence"),
    [
        (entry(dataset="{id: a/b, task_id: x}"), 1, "Entry 1 is for a dataset that is no benchmark we know: 'a/b'."),
        (
            "- value: 1\n  dataset:\n    id: owls/quiz\n    task_id: easy\n",
            4,
            "Entry 1 has a task_id that we do not know: 'easy', not 'quiz', 'hard'.",
        ),
        (
            entry(dataset="{id: owls/quiz, task_id: default}"),
            1,
            "Entry 1 has the task_id 'default'; the dataset says 'quiz'.",
        ),
        (entry("value: 1\n  notes: with tools"), 3, "Entry 1 has the notes 'with tools'; others write 'With tools'."),
        (
            entry("value: 0.714"),
            2,
            "Entry 1 has a value that looks like a fraction, where the leaderboard has percent: '0.714'.",
        ),
        (entry("value: 1\n  config: x"), 3, "Entry 1 has a key that the format does not know: 'config'."),
        (
            entry(dataset="{id: owls/quiz, task_id: quiz, split: test}"),
            1,
            "Entry 1 has a key that the format does not know: 'split'.",
        ),
        (
            entry("value: 1\n  date: '2026-01-15T10:00:00'"),
            3,
            "Entry 1 has a date that does not say in which zone it is: '2026-01-15T10:00:00'.",
        ),
        (entry() + "# \ufffd\n", 3, "It has a character that could not be read."),
    ],
)
def test_what_may_be_meant_so_is_a_note(text: str, line: int, sentence: str) -> None:
    assert said({FILE: text}) == [(FILE, line, "note", sentence)]


def test_an_unknown_scale_takes_any_value() -> None:
    assert said({FILE: entry("value: 1320", "{id: owls/elo, task_id: elo}")}) == []
    assert said({FILE: entry("value: 1\n  notes: Our own set-up")}) == []
    assert said({FILE: entry("value: 0.5", "{id: owls/maze, task_id: maze}")}) == []


def test_all_problems_of_a_file_are_told() -> None:
    text = "- value: 1\n- dataset: {id: a/b, task_id: x}\n  value: 1\n  date: 2026-01-15\n- 3\n"
    assert [(line, sentence.partition(" ")[0]) for _, line, _, sentence in said({FILE: text})] == [
        (1, "Entry"),
        (2, "Entry"),
        (4, "Entry"),
        (5, "Entry"),
    ]


def test_there_is_one_entry_for_each_dataset_task_and_variant() -> None:
    text = entry() + entry("value: 3\n  notes: With tools") + entry("value: 71.4", "{id: Owls/Quiz, task_id: quiz}")
    other = entry("value: 5", "{id: owls/quiz, task_id: hard}") + entry("value: 2\n  notes: With tools")
    assert said({FILE: text, ".eval_results/r.yaml": other}) == [
        (FILE, 6, "error", "Entry 3 is about the same as entry 1 (line 1)."),
        (".eval_results/r.yaml", 3, "error", f"Entry 2 is about the same as entry 2 of {FILE} (line 3)."),
    ]


def test_another_spelling_of_a_task_or_a_variant_is_the_same() -> None:
    text = entry("value: 3\n  notes: With tools") + entry(
        "value: 3\n  notes: w/ tools", "{id: owls/quiz, task_id: default}"
    )
    assert [one for one in said({FILE: text}) if one[2] == "error"] == [
        (FILE, 4, "error", "Entry 2 is about the same as entry 1 (line 1).")
    ]


@pytest.mark.parametrize(
    ("path", "severity"),
    [
        (".eval_results/deep/quiz.yaml", "error"),
        (".eval_results/quiz.json", "error"),
        (".eval_results/NOTES.md", "note"),
        ("eval_results/quiz.yaml", "note"),
        (".eval-results/quiz.yaml", "note"),
        ("evaluation_results/deep/quiz.yml", "note"),
        ("eval_results.yaml", "note"),
    ],
)
def test_a_file_in_the_wrong_place_is_not_read(path: str, severity: str) -> None:
    ((file, line, level, sentence),) = said({path: None})
    assert (file, line, level) == (path, None, severity)
    assert sentence.startswith("It is not read: ")


def test_a_file_with_the_short_ending_may_not_be_read() -> None:
    path = ".eval_results/quiz.yml"
    assert said({path: GOOD}) == [(path, None, "note", "It may not be read: the documentation names only *.yaml.")]


@pytest.mark.parametrize(
    "path", ["eval_results/quiz.json", "eval/quiz.yaml", "eval_results.json", "my_eval_results/a.yaml"]
)
def test_a_file_that_is_something_else_is_no_problem(path: str) -> None:
    assert said({path: None}) == []


@pytest.mark.parametrize(
    ("old", "new", "line", "sentence"),
    [
        ("license: mit", "a: [", 4, "The front matter cannot be read: It is not valid YAML at line 4."),
        (INDEX.partition("# Heron")[0], "---\njust text\n---\n", 2, "The front matter is not a mapping."),
        ("- name: Heron_8B\n  results:", "  name: Heron_8B\n  results:", 3, "The model-index is not a list."),
        ("- name: Heron_8B\n", "- 1\n- name: Heron_8B\n", 4, "The model-index has an item that is not a mapping."),
        ("name: Heron_8B", "names: Heron", 4, "The model-index has no name of the model."),
        ("name: Heron_8B", "name: 8", 4, "The model-index has no name of the model."),
        ("Heron_8B", "'**Heron**'", 4, "The model's name is not plain text: '**Heron**'."),
        ("Heron_8B", '"[H](x)\\e"', 4, "The model's name is not plain text: '[H](x)?'."),
        ("Heron_8B", "https://hub.example/a", 4, "The model's name is not plain text: 'https://hub.example/a'."),
        ("Heron_8B", "a\n  name: b", 5, "The model-index has the key 'name' twice."),
        ("  results:", "  result:", 4, "The model-index has no list of results."),
        ("- task: {type: text-generation, name: Text}\n   ", "-", 6, "1: has no task."),
        ("{type: text-generation, name: Text}", "{name: Text}", 6, "1: has no type of its task."),
        ("    dataset: {name: Quiz, type: owls/quiz, config: main, args: {a: 1}}\n", "", 6, "1: has no dataset."),
        ("name: Quiz, ", "", 7, "1: has no name of its dataset."),
        ("type: owls/quiz, ", "", 7, "1: has no type of its dataset."),
        ("name: Quiz", "name: https://hub.example", 7, "1: has an address in 'name'; it belongs in the source's url."),
        ("metrics: [{type: accuracy, value: 3}]", "metrics: []", 14, "2: has no metrics."),
        ("    metrics: [{type: accuracy, value: 3}]\n", "", 12, "2: has no metrics."),
        ("[{type: accuracy, value: 3}]", "[3]", 14, "2: has a metric that is not a mapping."),
        ("type: accuracy, value: 3", "value: 3", 14, "2: has a metric without type."),
        ("type: accuracy, value: 3", "type: accuracy", 14, "2: has a metric without value."),
        ("value: 3}", "value: .nan}", 14, "2: has a metric whose value is not finite."),
        ("value: 3}", "value: {}}", 14, "2: has a metric whose value is not a number."),
        ("value: 3}", "value: good}", 14, "2: has a metric whose value is not a number: 'good'."),
        (
            "value: 3}",
            "value: 3, name: 'see http://a'}",
            14,
            "2: has an address in 'name'; it belongs in the source's url.",
        ),
        ("value: 3}", "value: 3, value: 4}", 14, "2: has the key 'value' twice."),
        ("{url: https://hub.example/a}", "{name: Hub}", 11, "1: has a source without url."),
        ("{url: https://hub.example/a}", "https://hub.example/a", 11, "1: has a source without url."),
        ("  - task: {type: text-generation}", "  - 5\n  - task: {type: text-generation}", 12, "2: is not a mapping."),
    ],
)
def test_a_problem_of_the_model_index_has_its_line_in_the_readme(old: str, new: str, line: int, sentence: str) -> None:
    readme = INDEX.replace(old, new, 1)
    assert readme != INDEX
    sentence = re.sub(r"^(\d): ", r"Result \1 of the model-index ", sentence)
    assert ("README.md", line, "error", sentence) in said({"README.md": readme})
    assert len(said({"README.md": readme})) <= 2


def test_an_index_without_models_is_noted() -> None:
    assert said({"README.md": "---\nmodel-index: []\n---\n"}) == [
        ("README.md", 2, "note", "The model-index is empty; a repo has one model.")
    ]


def test_an_index_of_several_models_is_noted() -> None:
    readme = INDEX.replace("# Heron", "").replace(
        "- name: Heron_8B\n", "- {name: Egret, results: []}\n- name: Heron_8B\n"
    )
    assert said({"README.md": readme}) == [
        ("README.md", 3, "note", "The model-index is about several models; a repo has one model.")
    ]


def test_what_others_wrote_is_shown_short_and_harmless() -> None:
    text = entry('value: 1\n  "\\e[2J' + "x" * 100 + '": 1')
    ((_, _, _, sentence),) = said({FILE: text})
    assert sentence == f"Entry 1 has a key that the format does not know: '?[2J{'x' * 56}…'."


def test_problems_are_in_the_order_of_files_and_lines() -> None:
    files = {
        "README.md": "---\nmodel-index: 1\n---\n",
        FILE: entry("value: 200") + "- 1\n",
        "eval_results/a.yaml": None,
    }
    assert [(file, line) for file, line, _, _ in said(files)] == [
        (FILE, 2),
        (FILE, 3),
        ("README.md", 2),
        ("eval_results/a.yaml", None),
    ]


def test_only_what_can_hold_results_is_checked() -> None:
    assert is_checked("README.md")
    assert is_checked(FILE)
    assert not is_checked("docs/README.md")
    assert not is_checked(".eval_results/deep/a.yaml")


BITS = """- |dataset|: |id: a/b|\n|\n  |
|{|}|[|]|, |'|"|#|? |value: 1|task_id: t|&a |*a|<<: |!!int |~|2026-01-15|
|.nan|source:|url: x|notes: |date: |name: |results:|metrics:|type: a|model-index:
- |---
"""
bits = st.lists(st.sampled_from(BITS.split("|")), max_size=25).map("".join)


@given(bits | st.text(max_size=60))
def test_random_files_are_checked_without_an_error(text: str) -> None:
    files = {FILE: text, "README.md": f"---\n{text}\n---\n", ".eval_results/b.yaml": f"{GOOD}{text}"}
    for problem in validate(files, CATALOG):
        assert isinstance(problem, Problem)
        assert isinstance(problem.severity, Severity)
        assert problem.line is None or 1 <= problem.line <= text.count("\n") + 13
        assert problem.sentence.endswith(".")
        assert problem.sentence.isprintable()
