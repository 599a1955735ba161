"""Cards made to hurt end within bounds on what is looked at and kept, each with a stated reason."""

import pytest

from evaluators.card import Reason, read_card
from evaluators.card.html import nesting
from evaluators.card.tables import MAX_CELLS, MAX_TABLES, read_document

REPO = "acme/robin-7b"
HEAD = "| Benchmark | Robin-7B | Wren-7B |\n|---|---|---|\n"
ROW = "| MMLU | 71.4 | 60.1 |\n"


def reasons(text: str) -> set[Reason]:
    return {left.reason for left in read_card(text, REPO).left_out}


def test_ten_megabytes_of_prose_hold_no_table() -> None:
    reading = read_card("lorem ipsum | dolor <b>sit</b>\n" * 320_000, REPO)
    assert (reading.scores, reading.left_out, reading.tables) == ((), (), ())


def test_fifty_thousand_rows_are_refused_with_a_reason() -> None:
    reading = read_card(HEAD + ROW * 50_000, REPO)
    assert reading.scores == ()
    assert [left.reason for left in reading.left_out] == [Reason.TOO_LARGE]


def test_two_thousand_columns_are_refused_with_a_reason() -> None:
    text = "|" + "a|" * 2000 + "\n|" + "-|" * 2000 + "\n|" + "1|" * 2000 + "\n"
    assert reasons(text) == {Reason.TOO_LARGE}


def test_a_thousand_tables_are_read_up_to_the_limit() -> None:
    reading = read_card((HEAD + ROW + "\n\n") * 1000, REPO)
    assert len(reading.scores) == MAX_TABLES
    assert len(reading.tables) == MAX_TABLES + 1
    assert reading.left_out[-1].reason is Reason.TOO_LARGE


@pytest.mark.parametrize(
    "spans",
    [
        "<tr>" + "<td rowspan=65534 colspan=1000>1" * 80,
        "<tr><td rowspan=65534 colspan=999>1" * 3000,
        "<tr><td rowspan=0 colspan=99999999999>1" * 3000,
    ],
)
def test_spans_cannot_blow_a_table_up(spans: str) -> None:
    text = f"<table>{spans}</table>"
    assert reasons(text) == {Reason.TOO_LARGE}
    assert sum(len(row) for table in read_document(text).tables for row in table.rows) <= MAX_CELLS


@pytest.mark.parametrize("tag", ["<div>", "<b>", "<table><tr><td>", "<font color=x>", "<span>"])
def test_deep_nesting_is_refused_before_it_is_parsed(tag: str) -> None:
    assert nesting(tag * 20_000) >= 20_000
    assert reasons("<table><tr><td>" + tag * 20_000 + "1</table>") == {Reason.TOO_LARGE}


@pytest.mark.parametrize(
    "text",
    [
        "<!--\n" * 100_000,
        "a <!-- b\n" * 100_000,
        "text <!-- x\n\n" * 50_000,
        "```\n" * 100_000,
        "<pre>\n" * 100_000,
        ">" * 200_000 + " | a | b |\n",
        "- " * 100_000,
        "# a\n" * 100_000,
        "a|b\n---\n" * 50_000,
        "-|-\n" * 100_000,
        "---\nbase_model: " + "[" * 100_000 + "\n---\n",
        "---\ntags:\n" + "- x\n" * 500_000 + "---\n",
        "robin-7b-" * 200_000,
        "|" + "\\|" * 300_000 + "|\n|---|\n|1|",
        "\r" * 300_000,
        "# " + "(" * 100_000,
        "\ud800|\ud800\n-|-\n1|\ud800\n",
        "\x00|\x00\n-|-\n1|\x00\n",
    ],
    ids=range(18),
)
def test_hostile_text_yields_no_scores(text: str) -> None:
    assert read_card(text, REPO).scores == ()


@pytest.mark.parametrize(
    "cell",
    [
        "[" * 3900,
        "(" * 3900,
        "<a" * 1900,
        "$" * 3900,
        "1," * 1900,
        "*_" * 1900,
        "<!--" * 900,
        "$\\textbf{" * 400,
        " " * 3900 + "1",
    ],
)
def test_a_hostile_cell_spoils_no_other(cell: str) -> None:
    text = HEAD + ROW + f"| BBH | {cell} | 2 |\n" * 50
    assert read_card(text, REPO).scores[0].value == 71.4


def test_the_last_table_of_a_long_card_is_still_read() -> None:
    assert len(read_card("word\n" * 300_000 + "\n" + HEAD + ROW, REPO).scores) == 1
