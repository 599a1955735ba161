"""What must hold for every card: what is beside the point changes nothing, nothing is invented, nothing raises."""

import re
from random import Random

from hypothesis import given, settings
from hypothesis import strategies as st

from evaluators.card import CardReading, read_card
from tests.evaluators.golden_cards import golden_cards

REPO = "acme/robin-7b"
Comparison = tuple[list[list[str]], dict[str, str]]
BENCHMARKS = ["MMLU", "GSM8K", "BBH", "HumanEval", "DROP", "HLE", "C-Eval", "Nesting skill"]
OTHERS = ["Wren-7B", "Robin-70B", "Robin-7B-Chat", "Teal 2 9B", "Smew (v3)", "wren-13b-it"]

value = st.decimals(min_value=2, max_value=99, places=1).map(str)
names = st.lists(st.sampled_from(BENCHMARKS), min_size=1, max_size=6, unique=True)
others = st.lists(st.sampled_from(OTHERS), min_size=1, max_size=4, unique=True)


def table(rows: list[list[str]]) -> str:
    head, *body = rows
    lines = [head, ["---"] * len(head), *body]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def facts(reading: CardReading) -> set[tuple[str, float]]:
    return {(score.benchmark, score.value) for score in reading.scores}


@st.composite
def comparisons(draw: st.DrawFn) -> Comparison:
    """A table with models as columns, and what it says of the target."""
    rows, models = draw(names), draw(others)
    own = {name: draw(value) for name in rows}
    grid = [["Benchmark", "Robin-7B", *models]]
    grid += [[name, own[name], *(draw(value) for _ in models)] for name in rows]
    return grid, own


@given(comparisons(), st.randoms(use_true_random=False))
def test_the_order_of_columns_does_not_matter(case: Comparison, random: Random) -> None:
    grid, own = case
    order = list(range(1, len(grid[0])))
    random.shuffle(order)
    shuffled = [[row[0], *(row[at] for at in order)] for row in grid]
    expected = {(name, float(printed)) for name, printed in own.items()}
    assert facts(read_card(table(grid), REPO)) == facts(read_card(table(shuffled), REPO)) == expected


@given(comparisons(), st.data())
def test_another_models_column_does_not_matter(case: Comparison, data: st.DataObject) -> None:
    grid, _ = case
    extra = data.draw(st.sampled_from(["Plover-34B", "Robin-7B-Instruct", "Finch 1.5"]))
    wider = [[*row, extra if at == 0 else data.draw(value)] for at, row in enumerate(grid)]
    assert facts(read_card(table(wider), REPO)) == facts(read_card(table(grid), REPO))


@given(comparisons())
def test_rows_and_columns_may_be_swapped(case: Comparison) -> None:
    grid, _ = case
    turned = [list(column) for column in zip(*grid, strict=True)]
    turned[0][0] = "Model"
    assert facts(read_card(table(turned), REPO)) == facts(read_card(table(grid), REPO))


@given(comparisons(), st.sampled_from(["details", "quote", "list", "html", "both"]))
def test_the_container_does_not_matter(case: Comparison, container: str) -> None:
    grid, _ = case
    text = table(grid)
    if container == "details":
        wrapped = f"<details>\n<summary>Numbers</summary>\n\n{text}\n\n</details>\n"
    elif container == "quote":
        wrapped = "\n".join(f"> {line}" for line in text.split("\n"))
    elif container == "list":
        wrapped = "- Numbers\n\n" + "\n".join(f"  {line}" for line in text.split("\n"))
    elif container == "html":
        rows = "\n".join("<tr>" + "".join(f"<td>{cell}</td>" for cell in row) + "</tr>" for row in grid)
        wrapped = f"<table>\n{rows}\n</table>"
    else:
        wrapped = "> <details>\n>\n" + "\n".join(f"> > {line}" for line in text.split("\n")) + "\n>\n> </details>"
    assert facts(read_card(wrapped, REPO)) == facts(read_card(text, REPO))


def test_quoting_a_golden_card_changes_no_value() -> None:
    for case in golden_cards():
        if "<" in case.card or "```" in case.card or "\n    " in case.card or case.card.startswith("---"):
            continue
        quoted = "\n".join(f"> {line}" for line in case.card.split("\n"))
        if re.search(r"^\S.*\n---$", case.card, re.MULTILINE):
            continue
        assert facts(read_card(quoted, case.repo)) == facts(read_card(case.card, case.repo)), case.title


cells = st.one_of(
    value,
    st.sampled_from(
        [
            "-",
            "N/A",
            "",
            "71,4",
            "1,234",
            "60.1/70.2",
            "60 | 70",
            "**5**",
            "5 ± 1",
            "nan",
            "7B",
            "0.5<br>0.6",
            "(3)",
            "x",
        ]
    ),
    st.text(max_size=12),
)


@settings(max_examples=150)
@given(st.lists(st.lists(cells, min_size=3, max_size=3), min_size=1, max_size=5))
def test_no_value_is_given_that_is_not_printed(rows: list[list[str]]) -> None:
    clean = [[re.sub(r"[|\r\n\\`<]", "", cell) for cell in row] for row in rows]
    card = table([["Benchmark", "Robin-7B", "Wren-7B"], *clean])
    for score in read_card(card, REPO).scores:
        digits = re.sub(r"[^0-9]", "", f"{abs(score.value):f}").strip("0")
        assert digits in re.sub(r"[^0-9]", "", score.printed)
        assert score.printed in card or re.search(r"[^\w.,%/ -]", score.printed + card)


@settings(max_examples=300)
@given(st.text(), st.text(max_size=20))
def test_no_text_raises(text: str, repo: str) -> None:
    read_card(text, repo)


marked_up = st.lists(
    st.sampled_from(
        [
            "|",
            "-",
            "\n",
            "<table>",
            "<tr>",
            "<td rowspan=9 colspan=0>",
            "</table>",
            "```",
            "<!--",
            "-->",
            "> ",
            "# ",
            "1.5",
            "Robin-7B",
            "MMLU",
            " ",
            "---",
            "\\|",
            "<br>",
            "**",
            "$",
            "&nbsp;",
            "\t",
            ":",
        ]
    ),
    max_size=60,
).map("".join)


@settings(max_examples=300)
@given(marked_up)
def test_no_markup_raises(text: str) -> None:
    reading = read_card("| Benchmark | Robin-7B |\n|---|---|\n" + text, REPO)
    assert all(score.line <= text.count("\n") + 4 for score in reading.scores)
