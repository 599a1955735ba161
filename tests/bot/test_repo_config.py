"""`.scorekeeper.yaml`: what is understood, and that every mistake has a line and a column."""

import contextlib
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.repo_config import ConfigError, Format, RepoConfig, parse, schema
from tests.docs import SCHEMA


@pytest.mark.parametrize("text", ["", "# nothing yet\n", "{}"])
def test_an_empty_file_is_all_defaults(text: str) -> None:
    assert parse(text) == RepoConfig()
    assert RepoConfig().enabled
    assert RepoConfig().formats == (Format.EVAL_RESULTS,)


def test_everything_can_be_said() -> None:
    config = parse(
        """
enabled: true
write: push
tables: {use: [1, 3], ignore: [2]}
label: Ours
aliases:
  Quiz (hard): owls/quiz
ignore: [owls/riddle]
formats: [eval_results, model-index]
"""
    )
    assert config.write == "push"
    assert (config.tables.use, config.tables.ignore) == ((1, 3), (2,))
    assert config.label == "Ours"
    assert config.aliases == {"Quiz (hard)": "owls/quiz"}
    assert config.ignore == ("owls/riddle",)
    assert config.formats == (Format.EVAL_RESULTS, Format.MODEL_INDEX)


@pytest.mark.parametrize(
    ("text", "line", "column", "part"),
    [
        ("enabled: maybe", 1, 10, "`enabled`: input should be a valid boolean"),
        ("enabled: true\nwrite: main\n", 2, 8, "`write`: input should be 'pr' or 'push'"),
        ("\nenabeld: true\n", 2, 1, "There is no setting `enabeld`."),
        ("tables:\n  use: [1, zero]\n", 2, 12, "`tables.use.1`: "),
        ("tables:\n  uses: [1]\n", 2, 3, "There is no setting `tables.uses`."),
        ("ignore:\n  - owls/quiz\n  - riddle\n", 3, 5, "`ignore.1`: "),
        ("aliases: {Quiz: nonsense}\n", 1, 17, "`aliases.Quiz`: "),
        ("label: [a]\n", 1, 8, "`label`: "),
        ("formats: []\n", 1, 10, "`formats`: "),
        ("enabled: true\n  write: pr\n", 2, 8, "This is not valid YAML"),
        ("- enabled", 1, 1, "The file must be a list of settings"),
        ("a: &a [*a]", 1, 1, ""),
        # PyYAML fails on these in ways of its own.
        ("\nenabled: !!int ''\n", 1, 1, "This is not valid YAML."),
        ("enabled: !!bool x", 1, 1, "This is not valid YAML."),
        ("#" * 30_000, 1, 1, "The file has more than 20,000 characters."),
    ],
)
def test_a_mistake_is_one_sentence_with_its_place(text: str, line: int, column: int, part: str) -> None:
    with pytest.raises(ConfigError) as caught:
        parse(text)
    assert part in caught.value.sentence
    if part:
        assert (caught.value.line, caught.value.column) == (line, column)
    assert str(caught.value).startswith(f".scorekeeper.yaml, line {caught.value.line}, column ")


@pytest.mark.parametrize("line", ["{{<<: [{}]}}", "[{}]"], ids=["merged", "repeated"])
def test_a_few_lines_that_mean_billions_are_refused(line: str) -> None:
    lines = ["a0: &a0 {x: 1, y: 2}"]
    lines += [f"a{n}: &a{n} " + line.format(", ".join([f"*a{n - 1}"] * 40)) for n in range(1, 8)]
    with pytest.raises(ConfigError, match="It repeats itself too often"):
        parse("\n".join(lines))


@given(st.text(max_size=80))
def test_no_text_raises_anything_else(text: str) -> None:
    with contextlib.suppress(ConfigError):
        parse(text)


def test_the_published_schema_is_current() -> None:
    assert json.loads(SCHEMA.read_text()) == schema(), "run: python -m tests.docs"
