"""Our pipe tables are those of a GFM parser, and every score's line is where its number is printed."""

from hypothesis import given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from evaluators.card import read_card
from evaluators.card.pipes import split_row
from evaluators.card.tables import read_document
from tests.evaluators.golden_cards import golden_cards

parser = MarkdownIt("commonmark").enable("table")

line = st.sampled_from(
    [
        "a | b",
        "| a | b |",
        "|a|b|c|",
        "--|--",
        "|--|:-:|",
        "|---|---|---|",
        "",
        "text",
        "| 1 \\| 2 | 3 |",
        "| x",
        "# h",
        "1. x",
        "```",
        ":--|--:",
        "| a || b |",
        "***",
    ]
)


def tables_of_parser(text: str) -> list[tuple[int, int]]:
    return [
        (token.map[0] + 1, token.map[1]) for token in parser.parse(text) if token.type == "table_open" and token.map
    ]


@settings(max_examples=400)
@given(st.lists(line, max_size=12).map("\n".join))
def test_every_table_of_the_parser_is_found_at_its_line(text: str) -> None:
    ours = {table.first_line for table in read_document(text).tables}
    assert {first for first, _ in tables_of_parser(text)} <= ours


def test_golden_cards_hold_the_tables_of_the_parser() -> None:
    for case in golden_cards():
        if "<table" in case.card or "glued" in case.title or case.card.startswith("---"):
            continue
        ours = [(table.first_line, table.last_line) for table in read_document(case.card).tables]
        assert ours == tables_of_parser(case.card), case.title


def test_rows_are_split_at_unescaped_pipes() -> None:
    assert split_row(r"| a \| b | `c \| d` |") == ["a | b", "`c | d`"]
    assert split_row("a | b") == ["a", "b"]
    assert split_row("| a || b |") == ["a", "", "b"]


def test_every_score_stands_on_its_line() -> None:
    for case in golden_cards():
        lines = case.card.split("\n")
        for score in read_card(case.card, case.repo).scores:
            digits = f"{score.value:g}".rstrip("0").rstrip(".")
            near = "".join(lines[score.line - 1 : score.line + 2]).replace(",", ".")
            assert digits in near or digits in near.replace(".", ""), (case.title, score)
