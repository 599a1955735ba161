"""The older format: new results are merged into a README's front matter, and every other byte stays."""

import contextlib
from dataclasses import replace

import pytest
from huggingface_hub import ModelCard, ModelCardData
from huggingface_hub.repocard import REGEX_YAML_BLOCK
from hypothesis import given
from hypothesis import strategies as st

from evaluators.model_index import (
    CannotEdit,
    Conflict,
    IndexEntry,
    ModelIndexError,
    conflicts,
    merge,
    plain_name,
    read,
)
from evaluators.results import ResultEntry

SOURCE = "https://hub.example/heron-labs/Heron-8B"
QUIZ = IndexEntry.of(ResultEntry("owls/quiz", "default", 71.4, source_url=SOURCE, source_name="Model Card"), "Owl Quiz")
TOOLS = IndexEntry.of(ResultEntry("owls/quiz", "default", 80, "With tools"), "Owl Quiz")
MAZE = IndexEntry.of(ResultEntry("owls/maze", "large", 12.5), "Maze", metric="exact_match", config="large")
BODY = "\n# Heron\n\n---\nmodel-index: not this one\n---\n"
INDEX = """\
model-index:
  # measured by hand
  - name: 'Heron-8B'   # the big one
    results:
      - task: {type: text-generation}
        dataset: {name: Benchmarks, type: benchmark}
        metrics:
          - {name: MMLU, type: mmlu, value: 85.2}
          - name: "Tree"
            type: tree
            value: 3.0  # of 5
        source: {name: Model README, url: https://hub.example/owner/model}
"""
CARDS = {
    "no front matter": "# Heron\n",
    "nothing": "",
    "a dash line that is never closed": "---\n# Heron\n",
    "no model-index": f"---\nlicense: mit\n# the end\n---\n{BODY}",
    "blank front matter": "---\n\n---\n# Heron\n",
    "comment only": "---\n# nothing yet\n---\n",
    "after blank lines": f"\n\n---\nlicense: mit\n---\n{BODY}",
    "folded text last": f"---\nprompt: >-\n  Say yes\n  or no.\n---\n{BODY}",
    "an index": f"---\nlicense: mit\n{INDEX}tags: [a, b]\n# end\n---\n{BODY}",
    "an index at the end": f"---\n{INDEX}---",
    "an empty index": f"---\nmodel-index:  # later\nlicense: mit\n---\n{BODY}",
    "an index in brackets": f"---\nmodel-index: []\n---\n{BODY}",
    "no results": f"---\nmodel-index:\n- name: heron\nlicense: mit\n---\n{BODY}",
    "empty results": f"---\nmodel-index:\n- name: heron\n  results: []  # none\nlicense: mit\n---\n{BODY}",
    "results left out": f"---\nmodel-index:\n- results:\n  name: heron\nlicense: mit\n---\n{BODY}",
    "indented keys": "---\n  license: mit\n  tags:\n  - a\n---\n",
    "anchors elsewhere": f"---\ntags: &t [a]\nother: *t\n{INDEX}---\n",
}
cards = pytest.mark.parametrize("readme", CARDS.values(), ids=CARDS)
line_breaks = pytest.mark.parametrize("eol", ["\n", "\r\n"])


def only_added(before: str, after: str, eol: str) -> bool:
    """Whether every line of one text is in the other, in order, and the rest of that are whole lines."""
    rest = iter(after.split(eol))
    return all(any(line in {other, other.replace(" []", "")} for other in rest) for line in before.split(eol))


@cards
@line_breaks
def test_new_results_are_added_and_every_line_that_was_there_stays(readme: str, eol: str) -> None:
    readme = readme.replace("\n", eol)
    old = read(readme)
    merged = merge(readme, [QUIZ, TOOLS, MAZE], "Heron-8B")
    assert read(merged) == (*old, QUIZ, TOOLS, MAZE)
    assert not readme or only_added(readme.replace(" []", "") if "[]" in readme else readme, merged, eol)
    assert merged.endswith(readme.rpartition("---")[2])
    assert merged.count("\n") == merged.count(eol if readme else "\n")
    assert merge(merged, [QUIZ, TOOLS, MAZE], "Heron-8B") == merged


@cards
@line_breaks
def test_the_official_client_reads_what_was_merged(readme: str, eol: str) -> None:
    readme = readme.replace("\n", eol)
    merged = merge(readme, [QUIZ, TOOLS], "Heron-8B")
    before, after = ModelCard(readme, ignore_metadata_errors=True), ModelCard(merged)
    assert isinstance(before.data, ModelCardData)
    assert isinstance(after.data, ModelCardData)
    *old, quiz, tools = after.data.eval_results or []
    assert old == (before.data.eval_results or [])
    assert (quiz.dataset_type, quiz.dataset_name, quiz.metric_type) == ("owls/quiz", "Owl Quiz", "accuracy")
    assert (quiz.metric_value, quiz.metric_name, quiz.task_type) == (71.4, "Accuracy", "text-generation")
    assert (quiz.source_url, quiz.source_name) == (SOURCE, "Model Card")
    assert (tools.metric_value, tools.metric_name, tools.source_url) == (80, "Accuracy (With tools)", None)
    assert after.text.strip("\r\n") == before.text.strip("\r\n")


def test_an_index_is_written_as_the_documentation_has_it() -> None:
    assert merge("# Heron\n", [QUIZ], "Heron-8B") == (
        "---\nmodel-index:\n- name: Heron-8B\n  results:\n  - task:\n      type: text-generation\n"
        "    dataset:\n      name: Owl Quiz\n      type: owls/quiz\n"
        "    metrics:\n    - type: accuracy\n      value: 71.4\n      name: Accuracy\n"
        f"    source:\n      name: Model Card\n      url: {SOURCE}\n---\n# Heron\n"
    )


@cards
def test_a_byte_order_mark_stays_first(readme: str) -> None:
    merged = merge("\ufeff" + readme, [QUIZ], "Heron-8B")
    assert merged == "\ufeff" + merge(readme, [QUIZ], "Heron-8B")


def test_a_name_in_the_card_stays() -> None:
    assert "- name: 'Heron-8B'   # the big one\n" in merge(CARDS["an index"], [QUIZ], "Something else")


@pytest.mark.parametrize(
    ("markdown", "plain"),
    [
        ("**Heron-8B**", "Heron-8B"),
        ("[Heron 8B](https://hub.example)", "Heron 8B"),
        ("# Heron_8B_it", "Heron_8B_it"),
        ("_Heron_ `8B`", "Heron 8B"),
        ("Heron<sup>2</sup>", "Heron2"),
        ("![logo](x.png) Heron", "logo Heron"),
        ("C# model", "C# model"),
        ("  a \n b ", "a b"),
    ],
)
def test_the_name_of_a_new_index_is_plain_text(markdown: str, plain: str) -> None:
    assert plain_name(markdown) == plain
    assert ModelCard(merge("", [QUIZ], markdown)).data["model_name"] == plain


@pytest.mark.parametrize("name", ["", "**", "https://hub.example/x", "[](https://hub.example/x)"])
def test_a_name_that_says_nothing_is_not_written(name: str) -> None:
    with pytest.raises(CannotEdit, match=r"^The model has no name in plain text\.$"):
        merge("", [QUIZ], name)


@pytest.mark.parametrize(
    ("dataset", "metric"),
    [
        ("{name: Owl Quiz, type: owls/quiz}", "{name: Accuracy, type: accuracy, value: %s}"),
        ("{name: Q, type: owls/quiz}", "{type: accuracy, value: %s}"),
        ("{name: Q, type: Owls/Quiz}", "{type: Accuracy, value: %s}"),
        ("{name: Q, type: quiz}", "{type: accuracy, value: %s, verified: true, verifyToken: abc}"),
        ("{name: owl-quiz, type: other}", "{name: accuracy, type: accuracy, value: %s}"),
        ("{name: Q, type: owls/quiz, config: main, split: test}", "{type: accuracy, value: %s}"),
        ("{name: Benchmarks, type: benchmark}", "{type: owl_quiz, value: %s}"),
        ("{name: Benchmarks, type: benchmark}", "{name: Quiz, type: score, value: %s}"),
    ],
)
def test_what_the_card_says_already_is_neither_added_nor_changed(dataset: str, metric: str) -> None:
    def card(value: str) -> str:
        result = f"{{task: {{type: t}}, dataset: {dataset}, metrics: [{metric % value}]}}"
        return f"---\nmodel-index:\n- name: heron\n  results:\n  - {result}\n---\n"

    for same in ("71.4", "71.40", "'71.4'", "71.4 ± 0.3", "71.4%", "71.4 (5-shot)"):
        assert merge(card(same), [QUIZ], "heron") == card(same)
        assert conflicts(card(same), [QUIZ]) == ()
    for other in ("71.5", "0.714", "about 70", "71.4.1"):
        assert merge(card(other), [QUIZ], "heron") == card(other)
        (conflict,) = conflicts(card(other), [QUIZ])
        assert isinstance(conflict, Conflict)
        assert (conflict.wanted, str(conflict.present.value), conflict.present.line) == (QUIZ, other, 5)


@pytest.mark.parametrize(
    ("dataset", "metric"),
    [
        ("{name: Owl Quiz 2, type: owls/quiz2}", "{type: accuracy, value: 71.4}"),
        ("{name: Owl Quiz, type: owls/quiz}", "{type: f1, value: 71.4}"),
        ("{name: Owl Quiz, type: owls/quiz}", "{type: accuracy, name: Accuracy (10-shot), value: 60}"),
        ("{name: Owl Quiz, type: owls/quiz}", "{type: accuracy}"),
        ("{name: Owl Quiz}", "{type: accuracy, value: 71.4}"),
        ("owls/quiz", "{type: accuracy, value: 71.4}"),
        ("{name: Owl Quiz, type: owls/quiz}", "{type: accuracy, value: true}"),
    ],
)
def test_what_the_card_says_of_something_else_is_no_conflict(dataset: str, metric: str) -> None:
    result = f"{{task: {{type: t}}, dataset: {dataset}, metrics: [{metric}]}}"
    card = f"---\nmodel-index:\n- name: heron\n  results:\n  - {result}\n---\n"
    assert conflicts(card, [QUIZ]) == ()
    assert read(merge(card, [QUIZ], "heron"))[-1] == QUIZ


def test_configurations_are_told_apart_where_both_are_named() -> None:
    small = replace(MAZE, dataset_config="small", value=3)
    merged = merge("", [MAZE, small], "heron")
    assert conflicts(merged, [MAZE, small]) == ()
    assert [one.present.value for one in conflicts(merged, [replace(small, value=4)])] == [3]
    assert [one.present.value for one in conflicts(merged, [replace(small, dataset_config=None, value=4)])] == [12.5]


def test_of_several_models_the_one_of_that_name_gets_the_results() -> None:
    card = "---\nmodel-index:\n- name: heron\n  results: []\n- name: egret\n  results: []\n---\n"
    merged = merge(card, [QUIZ], "egret")
    assert merged.startswith("---\nmodel-index:\n- name: heron\n  results: []\n- name: egret\n  results:\n  - task:\n")
    with pytest.raises(CannotEdit, match=r"^The model-index is about several models\.$"):
        merge(card, [QUIZ], "wren")


@pytest.mark.parametrize(
    ("front", "sentence"),
    [
        ("a: [", "It is not valid YAML at line 3."),
        ("just text", "The front matter is not laid out as keys on lines."),
        ("- a", "The front matter is not laid out as keys on lines."),
        ("{license: mit}", "The front matter is not laid out as keys on lines."),
        ("a: 1\na: 2", "The front matter has a key twice."),
        ("model-index: 5", "The model-index is laid out in an unusual way."),
        ("model-index: ~", "The model-index is laid out in an unusual way."),
        ("model-index: {name: a}", "The model-index is laid out in an unusual way."),
        ("model-index: [{name: a, results: []}]", "The model-index is laid out in an unusual way."),
        ("model-index:\n- {name: a, results: []}", "The model-index is laid out in an unusual way."),
        ("model-index:\n- 1", "The model-index is laid out in an unusual way."),
        ("model-index:\n- name: a\n  results: [{task: {}}]", "The model-index is laid out in an unusual way."),
        ("model-index:\n- name: a\n  results: {}", "The model-index is laid out in an unusual way."),
        ("model-index:\n- name: a\n  name: b\n  results: []", "The model-index is laid out in an unusual way."),
        ("x: &x []\nmodel-index: *x", "The model-index is tied to other places by an anchor."),
        ("model-index:\n- name: &n a\n  results: []", "The model-index is tied to other places by an anchor."),
        ("a: 1\x85", "It has line breaks that not every reader takes for one."),
        ("a: |+\n  text\n", "The front matter is laid out so that more would change than was meant."),
    ],
)
def test_a_front_matter_that_cannot_be_edited_safely_is_left_alone(front: str, sentence: str) -> None:
    with pytest.raises(CannotEdit) as caught:
        merge(f"---\n{front}\n---\n", [QUIZ], "heron")
    assert str(caught.value) == sentence


@pytest.mark.parametrize(
    ("entries", "sentence"),
    [
        ([QUIZ, replace(QUIZ, value=3)], "There are two values for one metric."),
        ([replace(QUIZ, metric_name="see https://hub.example")], "An address belongs nowhere but in the source."),
        ([replace(QUIZ, dataset_name="https://hub.example")], "An address belongs nowhere but in the source."),
        ([replace(QUIZ, source_name="https://hub.example")], "An address belongs nowhere but in the source."),
        ([replace(QUIZ, value=float("nan"))], "A value is not a number."),
        ([replace(QUIZ, value=float("inf"))], "A value is not a number."),
    ],
)
def test_an_entry_that_is_wrong_is_not_written(entries: list[IndexEntry], sentence: str) -> None:
    with pytest.raises(CannotEdit) as caught:
        merge("", entries, "heron")
    assert str(caught.value) == sentence


def test_the_same_entry_twice_is_written_once() -> None:
    assert read(merge("", [QUIZ, QUIZ], "heron")) == (QUIZ,)


def test_nothing_to_add_changes_nothing_whatever_the_layout() -> None:
    card = "---\n{model-index: []}\n---\n"
    assert merge(card, [], "") == card


def test_entries_are_read_with_the_line_they_stand_on() -> None:
    mmlu, tree = read(CARDS["an index"])
    assert (mmlu.metric_name, mmlu.value, mmlu.line) == ("MMLU", 85.2, 10)
    assert (tree.metric_name, tree.value, tree.line, tree.source_name) == ("Tree", 3.0, 11, "Model README")


@pytest.mark.parametrize(("front", "line"), [("a: [", 3), ("\na: b: c", 3), ("- !!int ''", None)])
def test_a_front_matter_that_is_not_yaml_is_wrong_at_a_line(front: str, line: int | None) -> None:
    with pytest.raises(ModelIndexError) as caught:
        read(f"---\n{front}\n---\n")
    assert caught.value.line == line


words = st.text(st.characters(codec="utf-8", exclude_categories=("Cs", "Cc", "Cn")), min_size=1, max_size=12)
numbers = st.floats(allow_nan=False, allow_infinity=False) | st.integers(-(10**20), 10**20)
wanted = st.lists(
    st.builds(
        IndexEntry,
        dataset_type=words,
        dataset_name=words,
        metric_type=words,
        value=numbers,
        metric_name=st.none() | words,
        dataset_config=st.none() | words,
        source_url=st.none() | words,
    ),
    max_size=3,
)
fronts = st.lists(st.sampled_from(["license: mit", "# note", "", "tags:", "- a", *INDEX.splitlines()]), max_size=14)
bodies = st.text(max_size=40) | st.sampled_from(["---\n", "---", "# A\r\n---\r\n", "\ufeff", "\n---\na: 1\n---\n"])


@st.composite
def readmes(draw: st.DrawFn) -> str:
    text = draw(bodies)
    if draw(st.booleans()):
        lines = draw(fronts) if draw(st.booleans()) else ["license: mit", *INDEX.splitlines(), "x: 1"]
        text = "\n".join(["---", *lines, "---", text])
    return draw(st.sampled_from(["", "\ufeff", "\n"])) + text.replace("\n", draw(st.sampled_from(["\n", "\r\n"])))


@given(readmes(), wanted)
def test_merging_twice_is_merging_once_and_the_body_never_changes(readme: str, entries: list[IndexEntry]) -> None:
    try:
        merged = merge(readme, entries, "heron")
    except CannotEdit:
        return
    old, new = read(readme), read(merged)
    assert set(old) <= set(new)
    assert len(new) <= len(old) + len(entries)
    assert merge(merged, entries, "heron") == merged
    match = REGEX_YAML_BLOCK.search(readme.removeprefix("\ufeff"))
    assert merged.endswith(readme.removeprefix("\ufeff")[match.end() if match else 0 :])


@given(readmes() | st.text(max_size=60), wanted)
def test_random_readmes_are_read_or_refused_in_one_sentence(readme: str, entries: list[IndexEntry]) -> None:
    with contextlib.suppress(ModelIndexError):
        read(readme)
    with contextlib.suppress(CannotEdit):
        merge(readme, entries, "heron")
    with contextlib.suppress(CannotEdit):
        conflicts(readme, entries)
