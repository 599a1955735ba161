"""Placing scores: strict names, exact scaling, a reason for every refusal."""

import pytest

from evaluators.card import CardReading, LeftOut, Reason, Score, Unit, read_card
from evaluators.catalog import Catalog
from evaluators.catalog_entry import Benchmark, Scale, Task
from evaluators.placement import Placed, place, place_all

CATALOG = Catalog.shipped()
HLE, GPQA, PRO, GSM = "cais/hle", "Idavidrein/gpqa", "TIGER-Lab/MMLU-Pro", "openai/gsm8k"


def score(
    benchmark: str,
    value: float = 41.2,
    setting: str = "",
    unit: Unit = Unit.PERCENT,
    *,
    aggregate: bool = False,
    column_label: str = "",
) -> Score:
    return Score(benchmark, value, unit, setting, aggregate, 1, (2, 3), 9, f"{value}", benchmark, column_label)


@pytest.mark.parametrize(
    ("benchmark", "setting", "dataset", "variant"),
    [
        ("HLE", "", HLE, ""),
        ("Humanity's Last Exam", "", HLE, ""),
        ("Humanity\u2019s Last Exam", "", HLE, ""),
        ("HLE (no tools)", "no tools", HLE, ""),
        ("HLE", "w/ tools", HLE, "with_tools"),
        ("HLE (with tools)", "with tools", HLE, "with_tools"),
        ("GPQA-Diamond (Pass@1)", "English; Pass@1", GPQA, ""),
        ("GPQA Diamond pass@1", "", GPQA, ""),
        ("GPQA (Diamond)", "Diamond; acc", GPQA, ""),
        ("MMLU (Pro)", "Pro", PRO, ""),
        ("MMLU-Pro (EM)", "EM", PRO, ""),
        ("MMLU Pro (CoT)", "General; 5-shot; macro_avg/acc; CoT", PRO, ""),
        ("mmlu_pro", "5-shot; acc", PRO, ""),
        ("GSM8K", "Math; 8-shot; EM", GSM, ""),
        ("GSM-8K (8-shot, CoT)", "8-shot, CoT", GSM, ""),
        ("gsm8k", "strict-match; 5-shot; exact_match", GSM, ""),
        ("AIME 2026", "avg@32", "MathArena/aime_2026", ""),
        ("Terminal-Bench 2.0", "", "harborframework/terminal-bench-2.0", ""),
        ("olmOCR-Bench", "", "allenai/olmOCR-bench", ""),
    ],
)
def test_a_score_is_placed(benchmark: str, setting: str, dataset: str, variant: str) -> None:
    placed = place(score(benchmark, setting=setting), CATALOG)
    assert isinstance(placed, Placed), placed
    assert (placed.dataset, placed.variant, placed.value) == (dataset, variant, 41.2)
    assert placed.notes == ("With tools" if variant else None)


@pytest.mark.parametrize(
    ("benchmark", "setting", "reason"),
    [
        ("HLE (text-only)", "text-only", Reason.SETTING_DIFFERS),
        ("HLE", "note: on the text-only subset", Reason.SETTING_DIFFERS),
        ("HLE", "heavy", Reason.SETTING_DIFFERS),
        ("HLE", "w/ python", Reason.SETTING_DIFFERS),
        ("HLE-Verified", "", Reason.NO_BENCHMARK),
        ("MMLU", "", Reason.NO_BENCHMARK),
        ("MMLU-Redux", "", Reason.NO_BENCHMARK),
        ("MMLU-ProX", "", Reason.NO_BENCHMARK),
        ("AIME 2024", "", Reason.NO_BENCHMARK),
        ("AIME 2025", "", Reason.NO_BENCHMARK),
        ("AIME", "", Reason.TASK_UNCLEAR),
        ("GPQA", "", Reason.TASK_UNCLEAR),
        ("GPQA (0-shot)", "0-shot", Reason.TASK_UNCLEAR),
        ("GPQA main", "", Reason.NO_BENCHMARK),
        ("GPQA Extended", "", Reason.NO_BENCHMARK),
        ("SWE-bench Lite", "", Reason.NO_BENCHMARK),
        ("SWE-bench Verified", "", Reason.SOURCE_REFUSED),
        ("SWE-bench Multilingual", "", Reason.NO_BENCHMARK),
        ("Terminal-Bench", "", Reason.TASK_UNCLEAR),
        ("Terminal-Bench-Hard", "", Reason.NO_BENCHMARK),
        ("GSM8K (0-shot)", "0-shot", Reason.SETTING_DIFFERS),
        ("GSM8K", "maj@8", Reason.METRIC_DIFFERS),
        ("GPQA Diamond", "cons@64", Reason.METRIC_DIFFERS),
        ("GPQA Diamond", "pass@10", Reason.METRIC_DIFFERS),
        ("MMLU-Pro (French)", "French", Reason.SETTING_DIFFERS),
        ("MMLU-Pro (Law)", "Law", Reason.SETTING_DIFFERS),
        ("GSM8K", "Chinese", Reason.SETTING_DIFFERS),
        ("GSM8K Platinum", "", Reason.SETTING_DIFFERS),
        ("ArguAna", "nDCG@10", Reason.SCALE_UNKNOWN),
        ("Average", "", Reason.NO_BENCHMARK),
    ],
)
def test_a_score_is_left_out(benchmark: str, setting: str, reason: Reason) -> None:
    left = place(score(benchmark, setting=setting), CATALOG)
    assert isinstance(left, LeftOut), left
    assert (left.reason, left.table, left.cell, left.line) == (reason, 1, (2, 3), 9)
    assert left.detail.endswith(".")


def test_a_group_beside_a_benchmark_says_nothing_and_the_same_word_in_the_label_does() -> None:
    assert isinstance(place(score("GSM8K", setting="Math", column_label="Robin-7B"), CATALOG), Placed)
    assert isinstance(place(score("GPQA Diamond", setting="Science", column_label="Robin-7B"), CATALOG), Placed)
    for label in ("GSM8K (math)", "GSM8K Math", "GSM8K / MATH", "GPQA Diamond - Science", "HLE (reasoning)"):
        refused(score(label, setting="", column_label="Robin-7B"), Reason.SETTING_DIFFERS)


def test_a_subject_over_the_models_column_is_a_subset() -> None:
    refused(score("GSM8K", setting="Math", column_label="GSM8K Math"), Reason.SETTING_DIFFERS)
    # Benchmarks are columns here, so that this word belongs to the model: its reasoning mode.
    mode = Score("GSM8K", 41.2, Unit.PERCENT, "Reasoning", False, 1, (2, 3), 9, "41.2", "Robin-7B Reasoning", "GSM8K")
    refused(mode, Reason.SETTING_DIFFERS)


@pytest.mark.parametrize(
    ("benchmark", "group"),
    [
        ("MMLU-Pro", "Math"),
        ("MMLU-Pro", "Engineering"),
        ("MMLU-Pro", "Other"),
        ("HLE", "Math"),
        ("HLE", "Text"),
        ("HLE", "Agentic"),
        ("GSM8K", "Code"),
        ("AIME 2026", "Agent"),
        ("olmOCR-bench", "Base"),
        ("Terminal-Bench 2.0", "Science"),
    ],
)
def test_a_group_that_is_also_a_part_of_the_benchmark_is_not_waved_through(benchmark: str, group: str) -> None:
    refused(score(benchmark, setting=group, column_label="Robin-7B"), Reason.SETTING_DIFFERS)


def refused(one: Score, reason: Reason) -> LeftOut:
    left = place(one, CATALOG)
    assert isinstance(left, LeftOut), left
    assert left.reason is reason, left
    return left


@pytest.mark.parametrize(
    "label",
    [
        *("MMLU-Pro (math)", "MMLU-Pro (engineering)", "MMLU-Pro Law", "MMLU-Pro: Physics", "MMLU-Pro (base)"),
        *("MMLU-Pro-X", "MMLU-ProX", "MMLU-Pro X", "MMLU-Pro+", "MMLU-Pro +", "MMLU-Pro v2", "MMLU Pro Lite"),
        *("GPQA Diamond (5-shot maj@8)", "GPQA-Diamond (physics)", "GPQA-D (Main)", "GPQA Diamond Extended"),
        *("GPQA Diamond (high)", "GPQA Diamond (thinking)", "GPQA Diamond & MMLU-Pro", "Turkish GPQA Diamond"),
        *(
            "HLE-Verified",
            "HLE Verified",
            "HLE (text)",
            "HLE text",
            "HLE-text",
            "HLE (agent)",
            "HLE 2.0",
            "HLE/BrowseComp",
        ),
        *("HLE (with python)", "HLE w/ search", "HLE (Gold)", "HLE (no tools, text-only)", "HLE (500 samples)"),
        *("AIME 2026 I", "AIME 2026 II", "AIME 2026-II", "AIME 2025/2026", "AIME 26/25", "AIME 2026 (Python)"),
        *("GSM8K-Platinum", "GSM8K Platinum", "GSM8K (zh)", "GSM8K-zh", "GSM8K (PAL)", "GSM8K (code)", "GSM8K + MATH"),
        *("GSM8K Hard", "GSM8K-Hard", "GSM-Plus", "GSM-Symbolic", "GSM8K/MATH", "GSM8K (Bengali)", "MGSM", "MGSM8K"),
        *("GSM8K 中文", "GSM8K\uff08中文\uff09", "GSM8K-日本語", "中文 GSM8K", "GSM8K 🇩🇪", "GSM8K русский", "GSM8Kελ"),
        *("ΔGSM8K", "∆GSM8K", "GSM8K Δ", "∆ GSM8K", "中文", "", "—", "*", "( )"),
        *("SWE-bench Verified (agentless)", "SWE-bench Verified Mini", "SWE-bench-Live", "SWE-bench Pro"),
        *(
            "Terminal-Bench 2.0 Hard",
            "Terminal-Bench 2.1",
            "Terminal-Bench-Core",
            "TBench 2",
            "τ-Bench 2.0",
            "τ²-Bench",
        ),
        *("olmOCR-bench v2", "olmOCR-bench (ArXiv)", "olmOCR-bench Base", "olmOCR-bench (math)", "olmOCR-bench Tables"),
        *("ArguAna-PL", "NanoArguAna", "AIME", "Math", "Average", "MMLU", "GPQA (Extended)"),
    ],
)
def test_a_name_with_anything_more_is_another_benchmark(label: str) -> None:
    left = place(score(label, unit=Unit.PERCENT), CATALOG)
    assert isinstance(left, LeftOut), left


@pytest.mark.parametrize(
    ("label", "setting"),
    [
        ("GPQA-Diamond avg@64", ""),
        ("GPQA-Diamond", "avg@64"),
        ("GPQA Diamond", "Pass@1"),
        ("Pass@1 GPQA Diamond", ""),
        ("HLE (Humanity's Last Exam)", "Humanity's Last Exam"),
        ("MMLU-Pro (test)", "test"),
        ("MMLU-Pro*", "note: reported by us"),
        ("MMLU-Pro", "note: our own evaluation"),
        ("MMLU-Pro", "note: average of 4 runs"),
        ("GSM8K (8-shot)", "8-shot"),
        ("AIME 2026 (avg@32)", "avg@32"),
        ("olmOCR-bench Overall", ""),
        ("🧮 GSM8K", ""),
    ],
)
def test_what_changes_nothing_is_no_condition(label: str, setting: str) -> None:
    outcome = place(score(label, setting=setting), CATALOG)
    # A metric in front of the name is not a name that anybody wrote down.
    assert isinstance(outcome, LeftOut if label.startswith("Pass") else Placed), outcome


@pytest.mark.parametrize(
    "setting",
    [
        *(
            "high",
            "low",
            "high school",
            "agentic; w/ tools",
            "acc_norm",
            "error",
            "F1",
            "maj1@32",
            "best of 4",
            "pass@8",
        ),
        *(
            "note: results from the base model",
            "note: our own harness, with python",
            "note: reported for the fp8 model",
        ),
        *("note: average of 4 subjects, thinking", "note: we sampled 500 questions", "note: see below"),
        *(
            "note: we ran on 100 items",
            "note: evaluated by us in French",
            "note: reported by us, int4",
            "note:",
            "note: 3",
        ),
    ],
)
def test_a_condition_that_nobody_knows_or_that_tells_of_something_else_refuses(setting: str) -> None:
    assert isinstance(place(score("HLE", setting=setting), CATALOG), LeftOut)


def test_two_set_ups_at_once_are_none() -> None:
    left = refused(score("HLE (no tools)", setting="no tools; with tools"), Reason.SETTING_DIFFERS)
    assert "two set-ups" in left.detail


def test_a_percentage_below_one_counts_when_its_own_cell_says_percent() -> None:
    one = Score("HLE", 0.7, Unit.PERCENT, "", False, 1, (1, 1), 3, "0.7%", "HLE", "Robin-7B")
    placed = place(one, CATALOG)
    assert isinstance(placed, Placed)
    assert placed.value == 0.7


LEADERBOARD = """# Robin-7B

| Metric | Value |
|---|---:|
| Avg. | 21.90 |
| IFEval (0-Shot) | 47.01 |
| BBH (3-Shot) | 26.25 |
| MATH Lvl 5 (4-Shot) | 9.52 |
| GPQA (0-shot) | 5.93 |
| MuSR (0-shot) | 13.16 |
| MMLU-PRO (5-shot) | 29.56 |
"""


def test_the_rescaled_numbers_of_the_open_llm_leaderboard_are_no_accuracies() -> None:
    placements = place_all(read_card(LEADERBOARD, "acme/robin-7b"), CATALOG)
    assert placements.placed == ()
    assert ("MMLU-PRO (5-shot) 29.56", Reason.METRIC_DIFFERS) in [(one.text, one.reason) for one in placements.left_out]
    accuracies = LEADERBOARD.replace("MMLU-PRO (5-shot)", "MMLU-PRO (acc, 5-shot)")
    assert len(place_all(read_card(accuracies, "acme/robin-7b"), CATALOG).placed) == 1
    alone = LEADERBOARD.replace("MuSR", "Nest")
    assert len(place_all(read_card(alone, "acme/robin-7b"), CATALOG).placed) == 1


def test_a_benchmark_without_rules_takes_its_name_and_no_condition() -> None:
    catalog = Catalog((Benchmark("a/nest", "Nest", Scale.PERCENT, (Task(("t",), ("Nest",), metrics=()),)),))
    placed = place(score("Nest", setting="Knowledge", column_label="Robin-7B"), catalog)
    assert isinstance(placed, Placed)
    assert (placed.task_id, placed.metric) == ("t", "")
    for setting in ("acc", "5-shot", "with tools", "F1", "hard", "Pass@1"):
        assert isinstance(place(score("Nest", setting=setting), catalog), LeftOut), setting


def test_a_name_of_two_benchmarks_is_nobodys() -> None:
    one, other = (Benchmark(name, "N", Scale.PERCENT, (Task((name,), ("Nest",)),)) for name in ("a/one", "b/other"))
    left = place(score("Nest"), Catalog((one, other)))
    assert isinstance(left, LeftOut)
    assert left.reason is Reason.TASK_UNCLEAR


@pytest.mark.parametrize(
    ("unit", "value", "scale", "expected"),
    [
        (Unit.PERCENT, 41.2, Scale.FRACTION, 0.412),
        (Unit.PERCENT, 41.2, Scale.PERCENT, 41.2),
        (Unit.FRACTION, 0.412, Scale.PERCENT, 41.2),
        (Unit.FRACTION, 0.29, Scale.PERCENT, 29.0),
        (Unit.PERCENT, 57.9, Scale.FRACTION, 0.579),
        (Unit.FRACTION, 0.57, Scale.PERCENT, 57.0),
        (Unit.PERCENT, 100, Scale.FRACTION, 1.0),
        (Unit.PERCENT, 0.0, Scale.PERCENT, 0.0),
        (Unit.FRACTION, 1.0, Scale.PERCENT, 100.0),
    ],
)
def test_values_are_scaled_exactly(unit: Unit, value: float, scale: Scale, expected: float) -> None:
    catalog = Catalog((Benchmark("a/b", "B", scale, (Task(("t",), ("Nest",)),)),))
    placed = place(score("Nest", value, unit=unit), catalog)
    assert isinstance(placed, Placed)
    assert repr(placed.value) == repr(expected)


@pytest.mark.parametrize(
    ("unit", "value", "reason"),
    [
        (Unit.UNKNOWN, 0.7, Reason.UNIT_UNKNOWN),
        (Unit.ELO, 1200, Reason.UNIT_UNKNOWN),
        (Unit.OTHER, 8.1, Reason.UNIT_UNKNOWN),
        (Unit.PERCENT, 101, Reason.OUT_OF_RANGE),
        (Unit.PERCENT, -1, Reason.OUT_OF_RANGE),
        (Unit.FRACTION, 1.1, Reason.OUT_OF_RANGE),
        (Unit.PERCENT, 0.412, Reason.UNIT_UNKNOWN),
        (Unit.PERCENT, 1.0, Reason.UNIT_UNKNOWN),
    ],
)
def test_a_value_in_doubt_is_refused(unit: Unit, value: float, reason: Reason) -> None:
    left = place(score("HLE", value, unit=unit), CATALOG)
    assert isinstance(left, LeftOut)
    assert left.reason is reason


def test_an_average_is_refused() -> None:
    left = place(score("HLE", aggregate=True), CATALOG)
    assert isinstance(left, LeftOut)
    assert left.reason is Reason.AGGREGATE


def test_the_same_value_twice_is_one_and_different_values_are_none() -> None:
    reading = CardReading(
        scores=(
            score("HLE", 20.9),
            score("HLE", 20.9),
            score("HLE", 44.1, "with tools"),
            score(PRO.split("/")[1], 60.1),
            score("MMLU-Pro", 61.2),
        )
    )
    placements = place_all(reading, CATALOG)
    assert [(one.dataset, one.variant, one.value) for one in placements.placed] == [
        (HLE, "", 20.9),
        (HLE, "with_tools", 44.1),
    ]
    assert [left.reason for left in placements.left_out] == [Reason.REPEATED, Reason.CONFLICT, Reason.CONFLICT]
    assert "60.1" in placements.left_out[1].detail
    assert "61.2" in placements.left_out[1].detail


def test_every_score_of_a_card_ends_placed_or_left_out() -> None:
    rows = ["HLE | no tools | 20.9", "HLE | w/ tools | 31.2", "MMLU | - | 60.1", "GPQA | - | 40.2"]
    card = "\n".join(["Benchmark | Setting | Robin-7B", "---|---|---", *rows])
    reading = read_card(card, "acme/robin-7b")
    placements = place_all(reading, CATALOG)
    assert len(placements.placed) == 2
    assert len(placements.left_out) == 2
    assert len(reading.scores) == 4


def around(heading: str = "", above: str = "", rows: str = "", below: str = "") -> list[tuple[str, str]]:
    """What becomes of rows under a heading, a text, and above another text: dataset or reason, by label."""
    card = (
        f"# Robin-7B\n\n## {heading or 'Results'}\n\n{above}\n\n| Benchmark | Robin-7B | Egret-9B |\n|---|---|---|\n"
        f"{rows or '| HLE | 20.9 | 10.1 |'}\n\n{below}\n"
    )
    found = place_all(read_card(card, "acme/robin-7b"), CATALOG)
    placed = [(one.score.benchmark, one.dataset) for one in found.placed]
    return placed + [(one.text.rsplit(" ", 1)[0], one.reason.value) for one in found.left_out]


@pytest.mark.parametrize(
    ("heading", "above", "below"),
    [
        ("HLE (text-only)", "", ""),
        ("Results with tools", "", ""),
        ("Multilingual", "", ""),
        ("Benchmarks in German", "", ""),
        ("", "Translated benchmarks:", ""),
        ("", "All numbers use majority voting over 64 samples.", ""),
        ("", "We report maj@64.", ""),
        ("", "Scores are normalized against random guessing.", ""),
        ("", "We report pass@8.", ""),
        ("", "HLE is the text-only subset.", ""),
        ("", "", "> - HLE: we use the text-only subset."),
        ("", "", "Humanity's Last Exam was run with python tools."),
    ],
)
def test_what_the_text_around_a_table_says_holds_for_its_rows(heading: str, above: str, below: str) -> None:
    assert around(heading, above, below=below) == [("HLE", "setting_differs")]


@pytest.mark.parametrize(
    ("heading", "above", "below"),
    [
        ("Evaluation", "All numbers are pass@1.", ""),
        ("", "We report a subset of the benchmarks.", ""),
        ("", "GAIA was run on its text-only subset. BrowseComp is with search tools.", ""),
        ("", "", "Egret-9B was evaluated with tools."),
        ("Robin-Chinese-7B", "", ""),
        ("", "", "[^1]: text-only"),
    ],
)
def test_what_it_says_of_something_else_does_not(heading: str, above: str, below: str) -> None:
    assert around(heading, above, below=below) == [("HLE", HLE)]


def test_a_row_that_says_its_own_set_up_is_not_changed_by_the_text() -> None:
    rows = "| HLE (no tools) | 20.9 | 10.1 |\n| HLE (with tools) | 30.9 | 20.1 |"
    assert around(above="Some results are with tools.", rows=rows) == [
        ("HLE (no tools)", HLE),
        ("HLE (with tools)", HLE),
    ]


def test_a_section_about_tools_does_not_say_that_tools_were_used() -> None:
    rows = "| **Tool use** | | |\n| HLE | 20.9 | 10.1 |"
    assert around(rows=rows) == [("HLE", "setting_differs")]
    assert around(rows="| HLE (tool use) | 20.9 | 10.1 |") == [("HLE (tool use)", HLE)]
