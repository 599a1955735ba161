"""Which lines of a comment may be commands: those that are shown as ordinary text, and nothing else."""

import time
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.comment_lines import MAX_COMMENT, command_lines

COMMAND = "/eval mmlu"


def numbers(text: str) -> list[int]:
    return [line.number for line in command_lines(text)]


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        ("/eval mmlu", [1]),
        ("words\n/eval mmlu\nwords\n\n   /eval mmlu  ", [2, 5]),
        ("words\r\n\r\n/eval mmlu\r/eval mmlu", [3, 4]),
        ("- an item\n/eval mmlu\n- item\n\n  /eval mmlu", [2, 5]),
        ("/eval mmlu\n===\n\n/eval mmlu\n---", [1, 4]),
        ("> quote\n\n/eval mmlu", [3]),
        ("```\ncode\n```\n/eval mmlu", [4]),
        ("<!-- x -->\n/eval mmlu", [2]),
        ("words `code` <b>words</b>\n/eval mmlu", [2]),
        ("a <b> and [x](y) <your model>\n/eval mmlu\n\n/eval mmlu", [2, 4]),
        ("<div align=center>\n\n/eval mmlu\n\n</div>", [3]),
        ("<details>\n\nlog\n\n</details>\n\n/eval mmlu", [7]),
        ("<details>\n<div>\n\nlog\n\n</details>\n\n/eval mmlu", [8]),
        ("\u2003\n/eval mmlu", [2]),
        ("\x0c\n/eval mmlu", [2]),
        ("words <!-- x\n\n/eval mmlu\n\n-->\n\n/eval mmlu", [7]),
        ("an unpaired ` backtick\n/eval mmlu", [2]),
    ],
)
def test_a_line_that_is_shown_as_text_counts(text: str, lines: list[int]) -> None:
    assert numbers(text) == lines
    assert {line.text for line in command_lines(text)} == {COMMAND}


@pytest.mark.parametrize(
    "text",
    [
        "```\n/eval mmlu\n```",
        "~~~sh\n/eval mmlu",
        "````\n```\n/eval mmlu\n````",
        "- item\n\n  ```\n  /eval mmlu\n  ```",
        "    /eval mmlu",
        "\t/eval mmlu",
        "> /eval mmlu",
        "> said\n/eval mmlu",
        "> - said\n/eval mmlu",
        "- > said\n/eval mmlu",
        "`code\n/eval mmlu\nend`",
        "``code `\n/eval mmlu\n``",
        "<!--\n/eval mmlu\n-->",
        "<code>\n\nx </code\x0b>\n\n/eval mmlu",
        "<del>\n\nx <div>y\n\n</del>\n\n/eval mmlu",
        "<!--\n\n/eval mmlu",
        "words <!-- x\n/eval mmlu\n-->",
        "words <!-- x\n\n/eval mmlu\n\n-->",
        "<div>\n<!--\n\n/eval mmlu\n-->\n\n/eval mmlu",
        "<div>\n/eval mmlu\n</div>",
        "<pre>\n\n/eval mmlu\n\n</pre>",
        "<code>\n\n/eval mmlu\n\n</code>",
        "<blockquote>\n\n/eval mmlu\n\n</blockquote>",
        "<DETAILS>\n\n/eval mmlu\n\n</DETAILS>",
        "<del>\n\nwords</del>\n/eval mmlu",
        "words <code>\n/eval mmlu\n</code>",
        "<div>\n<a title='\n\n/eval mmlu\n'>",
        "<pre><![CDATA[</pre>\n\n/eval mmlu",
        '<a title="\n/eval mmlu\n">x</a>',
        "[words\n/eval mmlu\n](x)",
        "![words\n/eval mmlu\n](x)",
        "[a]:\n/eval\n\nwords",
        "[a]: x '\n/eval mmlu\n'",
        "words\\\n- /eval mmlu",
    ],
)
def test_a_line_in_code_quotes_links_or_html_does_not_count(text: str) -> None:
    assert numbers(text) == []


@given(
    st.lists(st.sampled_from(["words", "", COMMAND, "- item", "~~~", "*x*", "    x", "<b>x</b>"]), max_size=12),
    st.sampled_from(["> {}", "    {}"]),
)
def test_a_comment_that_is_all_quote_or_all_code_holds_no_command(lines: list[str], form: str) -> None:
    assert numbers("\n".join(form.format(line) for line in lines)) == []


@given(st.lists(st.sampled_from(["words", "", COMMAND, "> x", "``", "~~~", "<b>", "<!--", "# x", "- x"]), max_size=12))
def test_a_fence_around_a_comment_takes_all_commands_out_of_it(lines: list[str]) -> None:
    assert numbers("\n".join(["```", *lines, "```"])) == []


def hostile() -> Iterator[str]:
    pieces = [
        ">", "> ", "- ", "- a\n", "1. a\n", "[", "[a](", "[a\n", "![", "`", "`\n", "<", "<a ", "<a\n", '<a b="', "<!--",
        "<?", "<![CDATA[", "a <!-- b\n", "[a]: x\n", "[a]:\n", "[a]: b '\n", "```\n", "\\", "*a", "&a", "<code>",
        "> a\nb\n",
        "\t", " ", "](", "> - ", "\x00", "\r", "[a][\n", "x\n", "-\n", "<div>\n\n", "</b", "/ab\n", "/evla\n",
    ]  # fmt: skip
    for piece in pieces:
        yield piece * ((MAX_COMMENT - 30) // len(piece))
    yield "".join("  " * (number % 20) + "- a\n" for number in range(2000))
    yield "> " * 20 + "a\n" * 30_000
    yield "![a" * 5000 + "](b)" * 5000
    yield "".join("`" * number + " " for number in range(1, 350))


@pytest.mark.timeout(300)
def test_hostile_comments_are_read_in_a_time_that_does_not_explode() -> None:
    for text in hostile():
        begun = time.process_time()
        command_lines(f"/eval mmlu\n\n{text}\n\n/eval mmlu")
        assert time.process_time() - begun < 10, text[:20]


def test_a_comment_longer_than_the_hub_takes_holds_no_command() -> None:
    assert numbers(COMMAND + "\n" * (MAX_COMMENT - len(COMMAND))) == [1]
    assert numbers(COMMAND + "\n" * MAX_COMMENT) == []


def test_a_thousand_commands_are_all_found() -> None:
    assert numbers(f"{COMMAND}\n" * 1000) == list(range(1, 1001))
