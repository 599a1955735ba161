"""Commands in comments: what is understood, what is answered as a mistake, and what is nobody's business."""

import random
import re
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.command_table import BACKENDS, LAUNCHERS, OPTIONS, ROWS, Who
from bot.commands import (
    Approve,
    Cancel,
    Command,
    Eval,
    Extract,
    Help,
    Ignore,
    Mistake,
    Said,
    Status,
    Unignore,
    commands,
    help_text,
    may_hold_command,
    vocabulary,
    who_may,
)
from bot.runs import Where
from evaluators.catalog import Catalog
from evaluators.catalog_entry import Benchmark, Scale, Task
from evaluators.runs.spec import Backend, Framework
from evaluators.runs.task_table import table
from evaluators.runs.tasks import normalise
from tests.bot import comment_cases

WORDS = vocabulary(Catalog.shipped())


def only(line: str) -> Command | Mistake | None:
    """What one line comes to."""
    found = commands(line, WORDS)
    assert len(found) < 2
    return found[0].command if found else None


def mistake(line: str) -> Mistake:
    found = only(line)
    assert isinstance(found, Mistake), found
    return found


def marked(found: Mistake) -> str:
    """The text from the mark on."""
    return found.text[found.column - 1 :]


@pytest.mark.parametrize(
    ("line", "command"),
    [
        ("/eval mmlu_pro", Eval(("mmlu_pro",))),
        ("/eval MMLU-Pro", Eval(("mmlu_pro",))),
        ("  /Eval mmlu,gsm8k", Eval(("mmlu", "gsm8k"))),
        ("/eval mmlu, gsm8k ,hle , drop", Eval(("mmlu", "gsm8k", "hle", "drop"))),
        ("/eval mmlu,MMLU", Eval(("mmlu",))),
        ("/eval gpqa-diamond", Eval(("gpqa_diamond",))),
        ("/eval aime26", Eval(("aime2026",))),
        ("/eval humanitys-last-exam", Eval(("hle",))),
        ("/eval arc:challenge", Eval(("arc_challenge",))),
        ("/eval gsm8k|05", Eval(("gsm8k|5",))),
        ("/eval arc_challenge|25 framework=lighteval", Eval(("arc_challenge|25",), framework="lighteval")),
        ("/eval hf/OPENAI/gsm8k", Eval(("hf/openai/gsm8k",))),
        ("/eval hf/openai/gsm8k/main", Eval(("hf/openai/gsm8k/gsm8k",))),
        ("/eval tiger-lab/mmlu-pro", Eval(("mmlu_pro",))),
        ("/eval swe-bench-verified", Eval(("hf/SWE-bench/SWE-bench_Verified/swe_bench_verified",))),
        ("/eval limit=10 mmlu fewshot=5", Eval(("mmlu",), limit=10, fewshot=5)),
        (
            "/eval mmlu FRAMEWORK=Inspect backend=hf hardware=L40Sx1 launcher=jobs limit=100 fewshot=0 revision=PR/7",
            Eval(("mmlu",), "inspect", "hf", "l40sx1", "jobs", 100, 0, "pr/7"),
        ),
        ("/eval mmlu hardware=auto revision=main launcher=github", Eval(("mmlu",), launcher="github")),
        ("/eval mmlu revision=0123ABC", Eval(("mmlu",), revision="0123abc")),
        ("/eval mmlu revision=refs/pr/7", Eval(("mmlu",), revision="pr/7")),
        ("/eval", Help()),
        ("/eval help", Help()),
        ("/eval STATUS", Status()),
        ("/eval cancel", Cancel()),
        ("/eval cancel 12", Cancel(12)),
        ("/eval cancel #12", Cancel(12)),
        ("/eval cancel run-12", Cancel(12)),
        ("/extract", Extract()),
        ("/ignore cais/hle", Ignore("cais/hle")),
        ("/ignore Humanity's Last Exam", Ignore("cais/hle")),
        ("/ignore GPQA", Ignore("Idavidrein/gpqa")),
        ("/unignore gsm8k", Unignore("openai/gsm8k")),
        ("/approve #12 ABCDEF0", Approve(12, "abcdef0")),
    ],
)
def test_a_command_is_understood_in_all_spellings_of_its_closed_sets(line: str, command: Command) -> None:
    assert only(line) == command


@pytest.mark.parametrize(
    ("line", "mark", "message", "nearest"),
    [
        ("/eval mmlu_prp", "mmlu_prp", "no such task", "mmlu_pro"),
        ("/eval gpqa", "gpqa", "no such task", "gpqa_diamond"),
        ("/eval mmlu,ggsm8k limit=5", "ggsm8k limit=5", "no such task", "gsm8k"),
        ("/eval stauts", "stauts", "no such task", "status"),
        ("/eval hf/openai/gsm9k", "hf/openai/gsm9k", "no such task", "hf/openai/gsm8k"),
        ("/eval hf/evil/data", "hf/evil/data", "no such task", None),
        ("/eval ~~mmlu~~", "~~mmlu~~", "no such task", "mmlu"),
        ("/eval hf/cais/hle@main", "hf/cais/hle@main", "no such task", "hf/cais/hle"),
        ("/eval gsm8k|101", "gsm8k|101", "0 to 100 examples", None),
        ("/eval hf/cais/hle|5", "hf/cais/hle|5", "0 to 100 examples", None),
        ("/eval limit=5", "", "Name at least one task", None),
        ("/eval mmlu,", "", "Write a task after this comma.", None),
        ("/eval ,mmlu", ",mmlu", "Write a task before this comma.", None),
        ("/eval mmlu,,gsm8k", ",gsm8k", "Write a task before this comma.", None),
        ("/eval mmlu gsm8k", "gsm8k", "Divide tasks by commas", None),
        ("/eval mmlu limit = 5", "limit = 5", "name=value without blanks", None),
        ("/eval mmlu limits=5", "limits=5", "The options are framework", "limit"),
        ("/eval mmlu limit=1 limit=1", "limit=1", "twice", None),
        ("/eval mmlu limit=0", "0", "from 1 to 100000", None),
        ("/eval mmlu limit=100001", "100001", "from 1 to 100000", None),
        ("/eval mmlu limit=", "", "from 1 to 100000", None),
        ("/eval mmlu limit=\u0663", "\u0663", "from 1 to 100000", None),
        ("/eval mmlu fewshot=101", "101", "from 0 to 100", None),
        ("/eval mmlu backend=openai", "openai", "vllm, hf or provider", None),
        ("/eval mmlu framework=lightevl", "lightevl", "inspect or lighteval", "lighteval"),
        ("/eval mmlu hardware=l40s", "l40s", "auto or a machine", "l40sx1"),
        ("/eval mmlu launcher=local", "local", "jobs or github", None),
        ("/eval mmlu revision=abc", "abc", "7 to 40 hexadecimal digits", None),
        ("/eval mmlu revision=pr/0", "pr/0", "7 to 40 hexadecimal digits", None),
        ("/eval mmlu remote_code=yes", "remote_code=yes", "The options are framework", None),
        ("/eval mmlu hardware=h200 launcher=github", "h200 launcher=github", "the operator's own runner", None),
        ("/eval mmlu backend=provider hardware=h200", "h200", "machines of its own", None),
        ("/eval mmlu framework=lighteval backend=provider", "lighteval backend=provider", "ask providers", None),
        ("/eval gsm8k|5 backend=provider", "gsm8k|5 backend=provider", "ask providers", None),
        ("/eval mmlu fewshot=3 backend=provider", "mmlu fewshot=3 backend=provider", "0 or 5 examples", None),
        ("/eval gsm8k|5 framework=inspect", "gsm8k|5 framework=inspect", "no task of inspect", None),
        ("/eval gsm8k|5 fewshot=3", "gsm8k|5 fewshot=3", "say it once", None),
        ("/eval mmlu,humaneval framework=lighteval", "humaneval framework=lighteval", "lighteval has no", None),
        ("/eval humaneval fewshot=5", "humaneval fewshot=5", "leave out fewshot", None),
        ("/eval help me", "me", "Nothing more can follow", None),
        ("/eval cancel twelve", "twelve", "the number of a run", None),
        ("/eval cancel 0", "0", "the number of a run", None),
        ("/extract now", "now", "Nothing more can follow", None),
        ("/ignore", "", "Name the benchmark", None),
        ("/ignore mmlu_prp", "mmlu_prp", "registered benchmark", "TIGER-Lab/MMLU-Pro"),
        ("/ignore my own quiz", "my own quiz", "registered benchmark", None),
        ("/approve", "", "number of the run", None),
        ("/approve 12", "", "commit of the model", None),
        ("/approve 12 abc", "abc", "hexadecimal", None),
        ("/approve 12 abcdef0 0", "0", "Nothing more can follow", None),
        ("/evla mmlu limit=5", "/evla mmlu limit=5", "no such command", "/eval"),
        ("/evaluate mmlu", "/evaluate mmlu", "no such command", "/eval"),
        ("/extrat", "/extrat", "no such command", "/extract"),
        ("/aprove 12 abcdef0", "/aprove 12 abcdef0", "no such command", "/approve"),
    ],
)
def test_a_mistake_has_its_place_a_sentence_and_the_nearest_word(
    line: str, mark: str, message: str, nearest: str | None
) -> None:
    found = mistake(line)
    assert found.text == line
    assert marked(found) == mark
    assert message in found.message
    assert re.fullmatch(r"[^.\n][^\n]*\.", found.message)
    assert found.nearest == nearest or (nearest is None and mark != "" and found.nearest in WORDS.names.values())


@pytest.mark.parametrize(
    "line",
    [
        "/merge", "/foo mmlu", "/evaluate", "/evla nothing", "/evaluate this please", "/usr/bin/eval", "/eval-results",
        "/", "/ eval mmlu", "//eval mmlu", "eval mmlu", "please /eval mmlu", "@bot /eval mmlu", "\\/eval mmlu",
        "- /eval mmlu", "    /eval mmlu", "\t/eval mmlu", "> /eval mmlu", "`/eval mmlu`", "# /eval mmlu",
        "x\u2028/eval mmlu", "x\x0b/eval",
    ],
)  # fmt: skip
def test_what_is_no_line_of_ours_is_nobodys_business(line: str) -> None:
    assert commands(line, WORDS) == ()


def test_a_comment_may_hold_five_commands_and_is_told_once_when_it_holds_more() -> None:
    found = commands("/eval status\n" * 4 + "/eval nothing\nwords\n" + "/eval mmlu\n" * 900, WORDS)
    assert [one.line for one in found] == [1, 2, 3, 4, 5, 7]
    assert found[:4] == tuple(Said(line, Status()) for line in range(1, 5))
    last = found[5].command
    assert isinstance(last, Mistake)
    assert "5 commands" in last.message


def test_a_line_of_a_thousand_characters_is_too_long_for_a_command() -> None:
    found = mistake("/eval " + "mmlu," * 400 + "mmlu")
    assert (len(found.text), found.column) == (1000, 1001)
    assert "shorter" in found.message
    assert only("/evla " + "mmlu," * 400 + "mmlu") is None


def test_a_command_names_at_most_twenty_tasks() -> None:
    names = list(table())
    assert len(names) < 20
    assert "at most 20" in mistake("/eval " + ",".join(names * 2)).message


def test_nothing_of_a_mistake_hides_or_reorders_the_line() -> None:
    found = mistake("/eval \u202emmlu\u200b\x07 limit=\ud800\u00a0\u2003")
    assert found.text == "/eval ?mmlu?? limit=?"
    assert (found.column, found.nearest) == (7, "mmlu")


def test_a_benchmark_of_a_refreshed_catalog_may_be_named() -> None:
    quiz = Benchmark("owls/Quiz", "Owl Quiz", Scale.PERCENT, (Task(("hard",), ("OwlQuiz Hard",)), Task(("easy",))))
    slashed = Benchmark("owls/slash", "Slashed", Scale.PERCENT, (Task(("a/b",)),))
    catalog = replace(Catalog.shipped(), benchmarks=(*Catalog.shipped().benchmarks, quiz, slashed))
    words = vocabulary(catalog)
    assert commands("/eval owlquiz-hard,hf/owls/quiz/EASY,owls/quiz", words)[0].command == Eval(
        ("hf/owls/Quiz/hard", "hf/owls/Quiz/easy", "hf/owls/Quiz")
    )
    assert commands("/ignore owl quiz", words)[0].command == Ignore("owls/Quiz")
    # inspect has no address for it.
    assert isinstance(commands("/eval hf/owls/slash/a/b", words)[0].command, Mistake)


def test_a_name_that_several_benchmarks_have_stands_for_none() -> None:
    twins = tuple(Benchmark(f"{owner}/quiz", "Quiz", Scale.PERCENT, (Task(("x",), ("Quiz",)),)) for owner in "ab")
    words = vocabulary(Catalog(twins))
    for line in ("/ignore quiz", "/eval quiz"):
        assert isinstance(commands(line, words)[0].command, Mistake)
    assert commands("/ignore b/quiz", words)[0].command == Ignore("b/quiz")


def test_every_task_of_the_table_can_be_asked_for_by_each_of_its_names() -> None:
    for name, known in table().items():
        assert only(f"/eval {name}") == Eval((name,))
        assert only(f"/eval {known.title.replace(' ', '-').replace(chr(39), '')}") == Eval((name,))
        if known.lighteval:
            assert only(f"/eval {known.lighteval}|3") == Eval((f"{name}|3",))


def test_every_name_leads_to_a_task_that_a_framework_has() -> None:
    for task in {*WORDS.names.values(), *WORDS.addresses.values()}:
        framework = Framework.INSPECT if task.startswith("hf/") or table()[task].inspect else Framework.LIGHTEVAL
        assert normalise([task], framework).tasks == (task,)


def test_the_example_of_every_row_is_that_command() -> None:
    for row in ROWS:
        found = only(row.example)
        assert type(found) is row.makes
        assert found is not None
        assert not isinstance(found, Mistake)
        assert who_may(found) is row.who


def test_the_options_are_those_of_the_specification_and_the_places() -> None:
    assert {one.name for one in OPTIONS} == set(Eval.__slots__) - {"tasks"}
    assert set(BACKENDS) == {*Backend} - {Backend.OPENAI}
    assert set(LAUNCHERS) < {*Where}


def test_only_help_status_and_asking_for_a_run_are_for_everybody() -> None:
    free = {row.makes for row in ROWS if row.who is Who.EVERYBODY}
    assert free == {Eval, Help, Status}


def test_the_help_names_every_command_and_holds_none() -> None:
    text = help_text()
    for row in ROWS:
        assert f"`{row.example}`" in text
    for option in OPTIONS:
        assert f"`{option.name}={option.values}`" in text
    assert commands(text, WORDS) == ()
    assert not may_hold_command(text)


def test_a_made_up_comment_starts_nothing_that_it_does_not_show() -> None:
    kinds = set()
    for number in range(1500):
        text = comment_cases.comment(random.Random(number))  # noqa: S311 - cases must be repeatable
        for said in commands(text, WORDS):
            kinds.add(type(said.command))
            assert may_hold_command(text), number
            if isinstance(said.command, Mistake):
                continue
            assert comment_cases.outside(said.command, WORDS) is None, number
            if pattern := comment_cases.number_of(said.command):
                assert re.search(pattern, comment_cases.shown(text)), number
    assert len(kinds) == 9


@given(st.lists(st.sampled_from([*comment_cases.PIECES, "/eval mmlu", "/ignore hle", "/evla gsm8k\n", "\n/eval x=y"])))
def test_no_text_makes_the_reader_raise(pieces: list[str]) -> None:
    text = "".join(pieces)
    for said in commands(text, WORDS):
        assert 1 <= said.line <= len(text.splitlines())
        assert isinstance(said.command, Mistake) or comment_cases.outside(said.command, WORDS) is None


@given(st.text(max_size=200))
def test_whatever_follows_eval_is_of_the_closed_sets_or_a_mistake(rest: str) -> None:
    for said in commands(f"/eval {rest}", WORDS):
        if isinstance(said.command, Mistake):
            assert said.command.text.isprintable()
            assert 1 <= said.command.column <= len(said.command.text) + 1
        else:
            assert comment_cases.outside(said.command, WORDS) is None


@given(st.text(alphabet="abcdefgh mlu,=|/-_5", max_size=60))
def test_a_word_of_somebody_else_is_never_a_command(rest: str) -> None:
    assert all(isinstance(said.command, Mistake) for said in commands(f"/evals {rest}\n/deploy {rest}", WORDS))
