"""Placing scores: strict names, exact scaling, a reason for every refusal; and keeping the catalog current."""

from collections.abc import Sequence

import pytest

from evaluators.card import CardReading, LeftOut, Reason, Score, Unit, read_card
from evaluators.catalog import (
    Benchmark,
    Catalog,
    CatalogError,
    Placed,
    Scale,
    Task,
    place_all,
    refresh,
    scale_of,
)

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
    placed = CATALOG.place(score(benchmark, setting=setting))
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
    left = CATALOG.place(score(benchmark, setting=setting))
    assert isinstance(left, LeftOut), left
    assert (left.reason, left.table, left.cell, left.line) == (reason, 1, (2, 3), 9)
    assert left.detail.endswith(".")


def test_a_subject_column_is_a_subset_and_a_category_is_not() -> None:
    subset = CATALOG.place(score("MMLU-Pro", setting="Math", column_label="MMLU-Pro Math"))
    category = CATALOG.place(score("MMLU-Pro", setting="Math", column_label="Robin-7B"))
    assert isinstance(subset, LeftOut)
    assert isinstance(category, Placed)


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
        (Unit.PERCENT, 0.7, Scale.PERCENT, 0.7),
    ],
)
def test_values_are_scaled_exactly(unit: Unit, value: float, scale: Scale, expected: float) -> None:
    catalog = Catalog((Benchmark("a/b", "B", scale, (Task(("t",), ("Nest",)),)),))
    placed = catalog.place(score("Nest", value, unit=unit))
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
    ],
)
def test_a_value_in_doubt_is_refused(unit: Unit, value: float, reason: Reason) -> None:
    left = CATALOG.place(score("HLE", value, unit=unit))
    assert isinstance(left, LeftOut)
    assert left.reason is reason


def test_an_average_is_refused() -> None:
    left = CATALOG.place(score("HLE", aggregate=True))
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


def test_notes_of_result_entries_are_read_as_variants() -> None:
    assert CATALOG.variant(HLE, "hle", None) == ""
    assert CATALOG.variant(HLE, "default", "With tools") == "with_tools"
    assert CATALOG.variant(HLE, "hle", "tools") == "with_tools"
    assert CATALOG.variant(HLE, "hle", "no-tools") == ""
    assert CATALOG.variant(HLE, "hle", "High effort") == "high_effort"
    assert CATALOG.variant("who/knows", "x", "With tools") == "with_tools"


class FakeHub:
    """Benchmarks as a Hub would list them."""

    def __init__(
        self, files: dict[str, str | None], values: dict[tuple[str, str], Sequence[float]] | None = None
    ) -> None:
        self.files, self.values = files, values or {}

    def benchmark_datasets(self) -> list[str]:
        return list(self.files)

    def eval_yaml(self, dataset: str) -> str | None:
        return self.files[dataset]

    def leaderboard_values(self, dataset: str, task_id: str) -> Sequence[float]:
        return self.values.get((dataset, task_id), ())


def test_a_refresh_takes_task_ids_framework_and_scale_from_the_hub() -> None:
    hub = FakeHub(
        {
            GPQA: "name: GPQA\nevaluation_framework: nested\ntasks:\n- id: gpqa_diamond\n  config: x\n",
            "acme/nest": "name: Nest\ntasks:\n- id: t\n",
        },
        {(GPQA, "gpqa_diamond"): [0.41, 0.52, 0.6]},
    )
    refreshed = refresh(CATALOG, hub)
    placed = refreshed.catalog.place(score("GPQA Diamond"))
    assert isinstance(placed, Placed)
    assert (placed.task_id, placed.value) == ("gpqa_diamond", 0.412)
    benchmark = refreshed.catalog.benchmark(GPQA)
    assert benchmark is not None
    assert benchmark.framework == "nested"
    assert refreshed.catalog.benchmark("acme/nest") is not None
    assert "acme/nest is new." in refreshed.changes
    assert f"{HLE} is no longer registered." in refreshed.changes
    assert Catalog.load(refreshed.catalog.dump()) == refreshed.catalog


def test_a_dataset_with_several_tasks_keeps_only_known_names() -> None:
    hub = FakeHub({GPQA: "tasks:\n- id: gpqa_main\n- id: diamond\n- id: gpqa_extended\n"})
    catalog = refresh(CATALOG, hub).catalog
    placed = catalog.place(score("GPQA Diamond"))
    assert isinstance(placed, Placed)
    assert placed.task_id == "diamond"
    assert isinstance(catalog.place(score("GPQA")), LeftOut)


@pytest.mark.parametrize("text", [None, "", "[", "tasks: 3", "- a", "tasks:\n- 1\n", "a: " + "[" * 5000])
def test_a_broken_eval_yaml_keeps_the_snapshot(text: str | None) -> None:
    assert refresh(CATALOG, FakeHub({HLE: text})).catalog.benchmark(HLE) == CATALOG.benchmark(HLE)


@pytest.mark.parametrize(
    ("values", "scale"),
    [
        ([20.9, 33.1, 50.2], Scale.PERCENT),
        ([0.2, 0.3, 0.5], Scale.FRACTION),
        ([0.412, 33.1, 50.2, 60.1, 61.2], Scale.PERCENT),
        ([0.412, 0.3, 50.2], Scale.UNKNOWN),
        ([20.9, 30.1], Scale.UNKNOWN),
        ([], Scale.UNKNOWN),
    ],
)
def test_the_scale_is_what_nearly_all_rows_use(values: list[float], scale: Scale) -> None:
    assert scale_of(values) is scale


@pytest.mark.parametrize("text", ["", "[", "benchmarks: 3", "benchmarks:\n- dataset: a", "benchmarks:\n- 3"])
def test_a_broken_catalog_is_one_sentence(text: str) -> None:
    with pytest.raises(CatalogError, match=r"\.$"):
        Catalog.load(text)


def test_the_shipped_catalog_survives_being_written_and_read() -> None:
    assert Catalog.load(CATALOG.dump()) == CATALOG
    names = [name for benchmark in CATALOG.benchmarks for task in benchmark.tasks for name in task.aliases]
    assert len(CATALOG.names) == len(
        {"".join(ch for ch in name.lower() if ch.isalnum() or ch == "+") for name in names}
    )
