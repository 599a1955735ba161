"""Every shape and trap that a card may hold, one golden case each."""

import pytest

from evaluators.card import read_card
from tests.evaluators.golden_cards import FOLDER, GoldenCard, golden_cards, render

CASES = list(golden_cards())


@pytest.mark.parametrize("case", CASES, ids=[case.title for case in CASES])
def test_a_golden_card_reads_as_written_down(case: GoldenCard) -> None:
    assert render(read_card(case.card, case.repo)) == case.expected


def test_no_golden_case_is_lost_to_a_typing_error() -> None:
    titles = sum(path.read_text(encoding="utf-8").count("\nrepo: ") for path in FOLDER.glob("*.md"))
    assert titles == len(CASES) >= 60
