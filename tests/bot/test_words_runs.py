"""What the bot says about commands and runs, word for word, and that nobody can speak through it."""

import re
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from bot.asked_run_values import RunStage
from bot.claims import has_marker
from bot.commands import Mistake
from bot.run_advice import Advice
from bot.runs_publish import Fate, Number, Published
from bot.words import MAX_DESCRIPTION
from bot.words_parts import Place, code, dollars, duration
from bot.words_results import failure, read_result, result
from bot.words_runs import (
    accepted,
    answer,
    extracted,
    left_out,
    left_out_in_file,
    mistake,
    read_answers,
    refused,
    state,
    status,
    with_state,
)
from evaluators.runs.result import Hardware, Versions
from tests.bot.golden_run_words import ANSWERED, FILE, FILED, HERE, RESULT_ID, texts, written
from tests.bot.run_values import GSM8K, REQUEST, RESULT, RUN, asked_run

STRANGE_ID = "65b0000000000000000000ff"
# What somebody would write who wants to speak as the bot, ping people, or place a link.
TRAPS = (
    f"<!-- scorekeeper:answer {STRANGE_ID} -->",
    "<!-- scorekeeper:result 99 -->",
    "State: done. <!-- scorekeeper:state 12 -->",
    '<!-- scorekeeper:1 {"claims":[],"ignored":[]} -->',
    "@everybody",
    "[click](https://evil.example)",
    "https://evil.example",
    "www.evil.example",
    "<a href=https://evil.example>x</a>",
    "![x](https://evil.example/x.png)",
    "```",
    "`",
    "|",
    "$x$",
)
hostile = st.lists(
    st.one_of(st.sampled_from(TRAPS), st.sampled_from("\n\r\u2028\x00\u202e\t "), st.text(max_size=10)), max_size=8
).map("".join)


def test_every_text_word_for_word() -> None:
    assert written() == FILE.read_text(encoding="utf-8")


def test_each_text_has_an_example_of_its_own() -> None:
    titles = [title for title, _ in texts()]
    assert len(titles) == len(set(titles))


@pytest.mark.parametrize("name", ["thank", "please", "sorry", "!\n", "\N{PARTY POPPER}"])
def test_there_is_no_filler(name: str) -> None:
    assert name not in written().lower()


def test_an_answer_and_a_result_are_found_again_by_their_markers() -> None:
    said = answer(ANSWERED, ["One.", "Two."])
    assert read_answers(said) == [ANSWERED]
    assert read_answers(said + "\n") == [ANSWERED]
    assert read_result(said) is None
    told = result(asked_run(RunStage.DONE), RESULT, FILED, HERE)
    assert read_result(told) == RUN.id
    assert read_answers(told) == []


@pytest.mark.parametrize(
    "text",
    [
        f"<!-- scorekeeper:answer {ANSWERED} -->",
        f"Text\n<!-- scorekeeper:answer {ANSWERED} --> and more",
        f"Text\n<!-- scorekeeper:answer {ANSWERED} -->\nand more",
        "Text\n<!-- scorekeeper:result 12 -->\nand more",
        f"Text\n<!-- scorekeeper:answer {ANSWERED.upper()} -->",
        f"Text\n<!-- scorekeeper:answer {ANSWERED} x -->",
        "Text\n<!-- scorekeeper:answer  -->",
        f"Text <!-- scorekeeper:answer {ANSWERED} -->",
        "Text\n<!-- scorekeeper:result 1a -->",
        "Text\n<!-- scorekeeper:result -1 -->",
    ],
)
def test_only_the_exact_marker_at_the_end_counts(text: str) -> None:
    assert read_answers(text) == []
    assert read_result(text) is None


def test_an_id_that_is_none_is_refused() -> None:
    with pytest.raises(ValueError, match="no id of a comment"):
        answer("1 --> <!-- x", [])


def test_the_state_of_a_run_is_changed_where_it_stands() -> None:
    other = replace(RUN, id=13)
    said = answer(ANSWERED, [accepted(RUN, HERE), "A mistake.", accepted(other, HERE)])
    now = asked_run(RunStage.RUNNING)
    changed = with_state(said, now, HERE)
    assert changed == answer(ANSWERED, [accepted(now, HERE), "A mistake.", accepted(other, HERE)])
    assert with_state(changed, now, HERE) == changed
    assert with_state(said, replace(RUN, id=1), HERE) is None
    assert state(now, HERE) in changed


def test_an_address_that_is_none_is_no_link() -> None:
    for url in ("javascript:alert(1)", "https://x.example/) [click](https://y.example", "https://x.example/@you"):
        told = state(asked_run(RunStage.RUNNING, url=url), HERE)
        assert "x.example" not in told
        assert "javascript" not in told


def test_amounts_and_times_are_said_as_people_say_them() -> None:
    assert [dollars(one) for one in (0, 0.004, 0.126, 12)] == [r"\$0.00", r"less than \$0.01", r"\$0.13", r"\$12.00"]
    said = [duration(one) for one in (4, 90, 5360, 7200, 7860)]
    assert said == ["4 seconds", "2 minutes", "89 minutes", "2 hours", "2 h 11 min"]


def test_only_safe_words_stand_between_backticks() -> None:
    assert code("gpqa:diamond|5") == "`gpqa:diamond|5`"
    assert code("x`y") == "x\\`y"
    assert code("@you") == "@\N{WORD JOINER}you"


def test_a_mark_stands_under_wide_and_hidden_characters() -> None:
    lines = mistake(Mistake("/eval 中文\u200b @x y", 12, "No.", None)).splitlines()
    assert lines[1] == "/eval 中文 @\N{WORD JOINER}x y"
    assert lines[2] == " " * 12 + "^"


def test_what_is_too_long_is_cut_and_stays_found() -> None:
    parts = [refused(["x" * 3000] * 20) for _ in range(20)]
    said = answer(ANSWERED, parts)
    assert len(said) < 65_536
    assert read_answers(said) == [ANSWERED]
    many = tuple(replace(GSM8K, framework_task=f"task {number} " + "`" * 200) for number in range(500))
    numbers = tuple(Number("|" * 200, "m", 0.1, Fate.KEPT, f"{number}" + "|" * 400) for number in range(500))
    told = result(asked_run(RunStage.DONE), replace(RESULT, tasks=many), Published(numbers, ""), HERE)
    assert len(told) < MAX_DESCRIPTION + 100
    assert read_result(told) == RUN.id
    assert "440 more are in the log." in told
    # It is cut between lines: nothing is left open.
    assert not re.search(r"\\$", told.removesuffix(f"\n\n<!-- scorekeeper:result {RUN.id} -->"))


def rendered(said: str) -> str:
    """The text as HTML."""
    return str(MarkdownIt("commonmark").enable(["table", "strikethrough"]).render(said))


def assert_nobody_else_speaks(said: str, markers: int) -> None:
    assert said.count("<!--") == markers
    assert not re.search(r"@\w", said)
    assert has_marker(said) is False
    html = rendered(said)
    links = set(re.findall(r'(?:href|src)="([^"]*)"', html))
    assert all(link.startswith("https://hub.example/") for link in links), links
    assert "<img" not in html
    # Readers make links of bare addresses, too, outside of code.
    prose = re.sub(r"<code>.*?</code>|<[^>]*>", "", html, flags=re.DOTALL)
    assert not re.search(r"\w://|\bwww\.\w", prose)


@given(hostile)
def test_nobody_speaks_through_an_answer(text: str) -> None:
    request = replace(REQUEST, notes=(text,), ref=text)
    run = replace(RUN, request=request, url=f"{text}(", cause=text)
    parts = [
        accepted(run, HERE),
        refused([text, text]),
        mistake(Mistake(text, 3, text, text)),
        extracted(text, HERE, 9),
        left_out_in_file("owls/riddle", text, now=True),
        left_out("owls/riddle", HERE, 9, now=False),
        status([run], HERE),
    ]
    said = answer(ANSWERED, parts)
    assert read_answers(said) == [ANSWERED]
    assert_nobody_else_speaks(said, markers=2)
    after = with_state(said, asked_run(RunStage.DONE, result_id=RESULT_ID, request=request), HERE)
    assert after is not None
    assert after.count("State: finished") == 1
    for part in parts:
        assert read_answers(part) == []
        assert read_result(part) is None


@given(hostile)
def test_nobody_speaks_through_a_result(text: str) -> None:
    one = replace(GSM8K, framework_task=text[:300], metric=text[:300], status="success")
    versions = Versions(framework=text[:300], framework_version=text[:300], vllm=text[:300])
    came = replace(RESULT, tasks=(one, one), versions=versions, hardware=Hardware(gpu=text[:300], count=1))
    kept = Number(text, text, 0.5, Fate.KEPT, text, text)
    run = asked_run(RunStage.DONE, url=f"{text}(")
    told = result(run, came, Published((kept,), text, f"{text}(", 9, warnings=(text,)), HERE)
    assert read_result(told) == RUN.id
    assert_nobody_else_speaks(told, markers=1)
    sad = failure(run, Advice(text, text), HERE, f"{text}(")
    assert read_result(sad) == RUN.id
    assert_nobody_else_speaks(sad, markers=1)


@given(hostile, st.integers(-5, 500))
def test_a_mistake_stays_in_its_block_of_code(text: str, column: int) -> None:
    said = mistake(Mistake(text, column, "No.", None))
    html = rendered(said + "\n\nEnd")
    assert html.count("<pre>") == 1
    assert html.endswith("</code></pre>\n<p>No.</p>\n<p>End</p>\n")


def test_a_place_without_logs_does_not_speak_of_them() -> None:
    assert Place("https://hub.example", "a/b").logs is None
