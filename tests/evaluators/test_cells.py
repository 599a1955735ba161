"""Cells: from markup to text, from text to numbers."""

from decimal import Decimal

import pytest

from evaluators.card.numbers import read_cell, uses_decimal_comma
from evaluators.card.text import plain


@pytest.mark.parametrize(
    ("markup", "text"),
    [
        ("**71.4**", "71.4"),
        ("***71.4***", "71.4"),
        ("__71.4__", "71.4"),
        ("<u>71.4</u>", "71.4"),
        ("71.4<sup>†</sup>", "71.4"),
        ("71.4<sup>1</sup>", "71.4"),
        ("71.4¹", "71.4"),
        ("71.4[^1]", "71.4"),
        ("AIME<sub>avg</sub>", "AIMEavg"),
        ("$71.4_{\\pm 0.3}$", "71.4 ± 0.3"),
        ("$\\textbf{71.4}$", "71.4"),
        ("[Robin](https://x.y/z) 7B", "Robin 7B"),
        ("![logo](a.png) Robin", "Robin"),
        ("a<br>b<br/>c", "a\nb\nc"),
        ("a &amp; b&nbsp;c", "a & b c"),
        ("snake_case_name", "snake_case_name"),
        ("7.4\\*", "7.4*"),
        ("`code_name`", "code_name"),
        ("~~60~~ 61", "60 61"),
        ("<!-- 1 -->2", "2"),
    ],
)
def test_markup_is_read_as_a_browser_shows_it(markup: str, text: str) -> None:
    assert plain(markup) == text


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("71.4", ["71.4"]),
        ("71.4%", ["71.4"]),
        ("71.4 %", ["71.4"]),
        ("1,234", ["1234"]),
        ("1,234.5", ["1234.5"]),
        ("1 234", ["1234"]),
        ("71,4", ["71.4"]),
        ("0,123", ["0.123"]),
        ("-3.2", ["-3.2"]),
        ("\u22123.2", ["-3.2"]),
        (".5", [".5"]),
        ("71.4 ± 0.3", ["71.4"]),
        ("71.4 (0.3)", ["71.4"]),
        ("71.4 (5-shot)", ["71.4"]),
        ("71.4*", ["71.4"]),
        ("71.4 ↑", ["71.4"]),
        ("36.6 pass@1", ["36.6"]),
        ("90.2/83.2", ["90.2", "83.2"]),
        ("90.2 / -", ["90.2", None]),
        ("1|2|-|4", ["1", "2", None, "4"]),
        ("87.3\n76.8", ["87.3", "76.8"]),
        ("98.50 91.42", ["98.50", "91.42"]),
        ("-", [None]),
        ("N/A", [None]),
        ("nan", [None]),
        ("inf", [None]),
        ("", []),
        ("7B", []),
        ("128k", []),
        ("18 GB", []),
        ("94.0h", []),
        ("1e-5", []),
        ("2.4E+18", []),
        ("11.4 + 42.4", []),
        ("720 x 480", []),
        ("v1.5", []),
        (">40", []),
        ("12,34,5", []),
        ("1.2.3", []),
        ("MMLU 5", []),
        ("3 of 5", []),
        ("\u1bb1", []),
        ("\uff17\uff11", []),
    ],
)
def test_cells_state_numbers_or_none(text: str, values: list[str | None]) -> None:
    slots = read_cell(text).slots
    assert [None if slot is None else slot.value for slot in slots] == [
        None if one is None else Decimal(one) for one in values
    ]


def test_the_table_says_how_it_writes_decimals() -> None:
    assert uses_decimal_comma([["71,4", "1,234"]])
    assert not uses_decimal_comma([["71.4", "1,234"]])
    assert read_cell("1,234", decimal_comma=True).slots[0].value == Decimal("1.234")  # type: ignore[union-attr] # it has one
