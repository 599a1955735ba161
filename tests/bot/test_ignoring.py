"""What people ask to leave out, in the marker and in `.scorekeeper.yaml`, pure; the story has it on a Hub."""

import pytest

from bot.claims import Claim, Marker, Source, read_marker, write_marker
from bot.ignoring import config_with_ignored, with_ignored
from bot.repo_config import ConfigError, parse
from bot.words import with_marker
from evaluators.yaml_text import CannotEdit

QUIZ, RIDDLE = "owls/quiz", "owls/riddle"
CLAIM = Claim(QUIZ, "default", "", 41.9, Source.CARD)


def test_a_data_set_is_ignored_once_whatever_its_spelling_and_taken_back() -> None:
    once = with_ignored(Marker((CLAIM,)), QUIZ, add=True)
    assert once == Marker((CLAIM,), (QUIZ,))
    assert with_ignored(once, "Owls/Quiz", add=True) == once
    assert with_ignored(once, "Owls/Quiz", add=False) == Marker((CLAIM,))
    assert with_ignored(Marker(), QUIZ, add=False) == Marker()


def test_the_description_says_what_is_left_out_and_keeps_the_rest() -> None:
    text = f"This adds 1 score.\n\nClosing it is a no.\n\n{write_marker(Marker((CLAIM,)))}"
    one = with_marker(text, Marker((CLAIM,), (QUIZ,)))
    assert "Left out on request: owls/quiz." in one
    assert one.startswith("This adds 1 score.\n\nClosing it is a no.\n\n")
    assert read_marker(one) == Marker((CLAIM,), (QUIZ,))
    two = with_marker(one, Marker((CLAIM,), (QUIZ, RIDDLE)))
    assert two.count("Left out on request") == 1
    assert with_marker(two, Marker((CLAIM,))) == text


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("", "ignore: [owls/quiz]\n"),
        ("# Ours.\nwrite: pr # not push\n", "# Ours.\nwrite: pr # not push\nignore: [owls/quiz]\n"),
        ("write: pr", "write: pr\nignore: [owls/quiz]\n"),
        ("ignore: []\nwrite: pr\n", "ignore: [owls/quiz]\nwrite: pr\n"),
        ("ignore: [a/b] # why\n", "ignore: [a/b, owls/quiz] # why\n"),
        ("ignore:\n  - a/b # why\nwrite: pr\n", "ignore:\n  - a/b # why\n  - owls/quiz\nwrite: pr\n"),
        ("ignore:\r\n- a/b\r\n", "ignore:\r\n- a/b\r\n- owls/quiz\r\n"),
    ],
)
def test_the_file_is_edited_where_the_list_is_and_nowhere_else(before: str, after: str) -> None:
    assert config_with_ignored(before, QUIZ, add=True).rstrip("\n") == after.rstrip("\n")
    assert config_with_ignored(after, "OWLS/quiz", add=True) == after
    back = config_with_ignored(after, "OWLS/quiz", add=False)
    assert parse(back) == parse(before)
    assert set(back.split("\n")) <= set(before.split("\n")) | {""}


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("ignore: [owls/quiz, a/b]\n", "ignore: [a/b]\n"),
        ("ignore: [a/b, owls/quiz, c/d]\n", "ignore: [a/b, c/d]\n"),
        ("ignore:\n- owls/quiz\n- a/b\n", "ignore:\n- a/b\n"),
        ("write: pr\n", "write: pr\n"),
    ],
)
def test_only_the_one_is_taken_back(before: str, after: str) -> None:
    assert config_with_ignored(before, QUIZ, add=False) == after


@pytest.mark.parametrize("text", ["{write: pr}\n", "ignore: &x [a/b]\naliases: {}\n# y\n...\n"])
def test_an_unusual_layout_is_changed_by_hand(text: str) -> None:
    with pytest.raises(CannotEdit):
        config_with_ignored(text, QUIZ, add=True)


def test_a_file_with_a_mistake_is_mended_first() -> None:
    with pytest.raises(ConfigError):
        config_with_ignored("ignores: [a/b]\n", QUIZ, add=True)
