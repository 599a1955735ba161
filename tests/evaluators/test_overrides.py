"""What a person decides instead of the reader, and what the views of tables tell a person."""

import pytest

from evaluators.card import Overrides, Reason, read_card

CARD = """\
| Benchmark | A | B |
|---|---|---|
| MMLU | 60.1 | 61.1 |
| GSM8K | 50.1 | 51.1 |

| Model | MMLU |
|---|---|
| Robin-7B | 62.1 |
| Wren | 63.1 |
"""
REPO = "acme/robin-7b"


def values(**overrides: object) -> list[tuple[int, float]]:
    reading = read_card(CARD, REPO, Overrides(**overrides))  # type: ignore[arg-type] # a table of cases
    return [(score.table, score.value) for score in reading.scores]


def test_without_a_word_from_a_person_only_the_named_row_is_read() -> None:
    assert values() == [(2, 62.1)]
    left = read_card(CARD, REPO).left_out[0]
    assert (left.reason, left.table, left.candidates[:2]) == (Reason.SHAPE_UNCLEAR, 1, ("A", "B"))


def test_a_person_may_choose_a_table_and_its_column() -> None:
    assert values(table=1, model_column=2) == [(1, 61.1), (1, 51.1)]


def test_a_person_may_choose_a_row() -> None:
    assert values(table=2, model_row=2) == [(2, 63.1)]


def test_a_person_may_give_the_exact_label() -> None:
    assert values(model_name="Wren") == [(2, 63.1)]
    assert values(model_name="B") == [(1, 61.1), (1, 51.1)]


def test_a_person_may_have_tables_ignored() -> None:
    assert values(ignore_tables=frozenset({2})) == []


@pytest.mark.parametrize("overrides", [{"table": 9}, {"table": 0}, {"model_column": 77}, {"model_row": -1}])
def test_an_impossible_choice_is_said_to_be_one(overrides: dict[str, int]) -> None:
    reading = read_card(CARD, REPO, Overrides(**overrides))  # type: ignore[arg-type] # a table of cases
    assert reading.scores == ()
    assert Reason.OVERRIDE_UNUSABLE in {left.reason for left in reading.left_out}


def test_a_view_tells_how_a_table_was_understood() -> None:
    first, second = read_card(CARD, REPO).tables
    assert (first.number, first.first_line, first.last_line, first.headers) == (1, 1, 4, ("Benchmark", "A", "B"))
    assert (first.model_column, first.model_row, first.model_label) == (None, None, None)
    assert (second.shape, second.model_row, second.model_label) == ("models as rows", 1, "Robin-7B")
    assert second.sample == (("Robin-7B", "62.1"), ("Wren", "63.1"))
    assert second.why == "The row “Robin-7B” names this model (all of its name)."
