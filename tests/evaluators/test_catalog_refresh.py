"""Keeping the catalog current: what the Hub decides, and what it does not."""

from collections.abc import Sequence
from dataclasses import replace

import pytest

from evaluators.card import LeftOut, Reason, Score, Unit
from evaluators.catalog import Catalog
from evaluators.catalog_entry import CatalogError, LeaderboardRow, Scale
from evaluators.catalog_refresh import read_scorers, refresh, scale_of
from evaluators.placement import Placed, place

CATALOG = Catalog.shipped()
HLE, GPQA = "cais/hle", "Idavidrein/gpqa"
GPQA_SCORE = Score("GPQA Diamond", 41.2, Unit.PERCENT, "", False, 1, (1, 1), 3, "41.2", "GPQA Diamond", "Robin-7B")


class FakeHub:
    """Benchmarks as a Hub would list them."""

    def __init__(
        self, files: dict[str, str | None], values: dict[tuple[str, str], Sequence[float]] | None = None
    ) -> None:
        self.files, self.values = files, values or {}
        self.asked: list[tuple[str, str]] = []

    def benchmark_datasets(self) -> list[str]:
        return list(self.files)

    def eval_yaml(self, dataset: str) -> str | None:
        return self.files[dataset]

    def leaderboard(self, dataset: str, task_id: str) -> list[LeaderboardRow]:
        self.asked.append((dataset, task_id))
        return [LeaderboardRow("a/model", value) for value in self.values.get((dataset, task_id), ())]


def test_a_refresh_takes_task_ids_framework_and_scale_from_the_hub() -> None:
    hub = FakeHub(
        {
            GPQA: "name: GPQA\nevaluation_framework: nested\ntasks:\n- id: gpqa_diamond\n  config: x\n",
            "acme/nest": "name: Nest\ntasks:\n- id: t\n",
        },
        {(GPQA, "gpqa_diamond"): [0.41, 0.52, 0.6]},
    )
    refreshed = refresh(CATALOG, hub)
    placed = place(GPQA_SCORE, refreshed.catalog)
    assert isinstance(placed, Placed)
    assert (placed.task_id, placed.value) == ("gpqa_diamond", 0.412)
    benchmark = refreshed.catalog.benchmark(GPQA)
    assert benchmark is not None
    assert benchmark.framework == "nested"
    assert refreshed.catalog.benchmark("acme/nest") is not None
    assert any(change.startswith("acme/nest is new") for change in refreshed.changes)
    assert f"{HLE} is no longer registered." in refreshed.changes
    assert Catalog.load(refreshed.catalog.dump()) == refreshed.catalog


def test_a_dataset_with_several_tasks_keeps_only_known_names() -> None:
    hub = FakeHub({GPQA: "tasks:\n- id: gpqa_main\n- id: diamond\n- id: gpqa_extended\n"})
    catalog = refresh(CATALOG, hub).catalog
    placed = place(GPQA_SCORE, catalog)
    assert isinstance(placed, Placed)
    assert placed.task_id == "diamond"
    assert isinstance(place(replace(GPQA_SCORE, benchmark="GPQA"), catalog), LeftOut)


# Seven lines that, merged, mean forty to the power of seven.
BOMB = "a0: &a0 {x: 1}\n" + "".join(f"a{n}: &a{n} {{<<: [{', '.join([f'*a{n - 1}'] * 40)}]}}\n" for n in range(1, 8))


@pytest.mark.parametrize(
    "text", [None, "", "[", "tasks: 3", "- a", "tasks:\n- 1\n", "a: " + "[" * 5000, BOMB, "tasks: !!int ''"]
)
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


@pytest.mark.parametrize(
    ("values", "scale"),
    [
        ([1200.0, 1130.0, 1010.0], Scale.UNKNOWN),
        ([20.9, 33.1, 50.2, 120.0], Scale.UNKNOWN),
        ([7.9, 8.1, 9.2], Scale.UNKNOWN),
        ([float("nan"), 0.2, 0.3], Scale.UNKNOWN),
        ([-3.0, 20.9, 30.1, 40.2], Scale.PERCENT),
    ],
)
def test_ratings_and_grades_are_no_percentages(values: list[float], scale: Scale) -> None:
    assert scale_of(values) is scale


NEST = "name: Nest Bench\ntasks:\n- id: nest\n"


@pytest.mark.parametrize(
    ("values", "scale"),
    [
        ([20.9, 33.1, 50.2, 60.1, 61.2], Scale.PERCENT),
        ([0.2, 0.3, 0.5, 0.6, 0.7], Scale.FRACTION),
        ([20.9, 33.1, 50.2, 60.1], Scale.UNKNOWN),
        ([0.9, 33.1, 50.2, 60.1, 61.2, 70.0], Scale.UNKNOWN),
    ],
)
def test_a_benchmark_without_rules_needs_five_rows_that_agree(values: list[float], scale: Scale) -> None:
    catalog = refresh(CATALOG, FakeHub({"acme/nest": NEST}, {("acme/nest", "nest"): values})).catalog
    (benchmark,) = catalog.benchmarks
    assert benchmark.scale is scale
    placed = place(replace(GPQA_SCORE, benchmark="Nest Bench"), catalog)
    assert isinstance(placed, Placed) == (scale is not Scale.UNKNOWN)
    # Its rows may change: what was read of it before decides nothing.
    (again,) = refresh(catalog, FakeHub({"acme/nest": NEST})).catalog.benchmarks
    assert again.scale is Scale.UNKNOWN


def test_where_less_is_better_nothing_is_placed_without_rules() -> None:
    class ErrorRates(FakeHub):
        def leaderboard(self, dataset: str, task_id: str) -> list[LeaderboardRow]:
            rows = super().leaderboard(dataset, task_id)
            return [replace(row, lower_is_better=True) for row in rows]

    hub = ErrorRates({"acme/nest": NEST}, {("acme/nest", "nest"): [20.9, 33.1, 50.2, 60.1, 61.2]})
    (benchmark,) = refresh(CATALOG, hub).catalog.benchmarks
    assert (benchmark.scale, benchmark.higher_is_better) == (Scale.UNKNOWN, False)


@pytest.mark.parametrize(
    ("dataset", "title"),
    [
        ("acme/math", "Math"),
        ("acme/reasoning", "General Knowledge"),
        ("acme/x", "x"),
        ("acme/diamonds", "GPQA Diamond"),
        ("acme/gpqa", "GPQA"),
        ("acme/HLE", "Humanity's Last Exam"),
        ("acme/test", "\u2014"),
    ],
)
def test_a_new_benchmark_does_not_take_names_that_mean_something_else(dataset: str, title: str) -> None:
    before = {name: one[0].dataset for name, one in CATALOG.names.items()}
    hub = FakeHub(
        {**{one.dataset: None for one in CATALOG.benchmarks}, dataset: f"name: {title}\ntasks: [{{id: t}}]\n"}
    )
    catalog = refresh(CATALOG, hub).catalog
    after = {name: one[0].dataset for name, one in catalog.names.items()}
    assert {name: after[name] for name in before} == before
    assert set(after.values()) - set(before.values()) <= ({dataset} if dataset == "acme/diamonds" else set())


def test_a_new_benchmark_of_several_tasks_has_no_name_that_says_which() -> None:
    hub = FakeHub({"acme/nest": "name: Nest Bench\ntasks: [{id: easy}, {id: hard}]\n"})
    left = place(replace(GPQA_SCORE, benchmark="Nest Bench"), refresh(CATALOG, hub).catalog)
    assert isinstance(left, LeftOut)
    assert left.reason is Reason.TASK_UNCLEAR
    assert hub.asked == []


def test_an_id_that_may_be_another_task_of_the_same_dataset_takes_no_names_along() -> None:
    refreshed = refresh(CATALOG, FakeHub({GPQA: "tasks: [{id: gpqa_main}]"}))
    assert isinstance(place(GPQA_SCORE, refreshed.catalog), LeftOut)
    assert any("is no longer known as GPQA (Diamond), GPQA Diamond" in change for change in refreshed.changes)
    placed = place(GPQA_SCORE, refresh(CATALOG, FakeHub({GPQA: "tasks: [{id: gpqa-diamond}]"})).catalog)
    assert isinstance(placed, Placed)
    assert placed.task_id == "gpqa-diamond"


def test_a_benchmark_that_comes_back_has_its_rules_again() -> None:
    without = refresh(CATALOG, FakeHub({GPQA: None})).catalog
    again = refresh(without, FakeHub({GPQA: None, HLE: None}))
    assert again.catalog.benchmark(HLE) == CATALOG.benchmark(HLE)
    assert [change for change in again.changes if HLE in change]


def test_hostile_texts_of_an_eval_yaml_stay_one_short_line_or_are_left() -> None:
    tasks = '[{id: "a\\nb"}, {id: "ok"}, {id: ""}, {id: [1]}, 3]'
    text = f'name: "Nest\\u001b[31m\\n\\nBench"\nevaluation_framework: [1]\ntasks: {tasks}\n'
    (benchmark,) = refresh(CATALOG, FakeHub({"acme/nest": text})).catalog.benchmarks
    assert benchmark.name == "Nest[31m Bench"
    assert benchmark.framework == ""
    assert [task.id for task in benchmark.tasks] == ["ok"]


@pytest.mark.parametrize("count", [0, 1001])
def test_a_hub_that_lists_none_or_everything_is_not_believed(count: int) -> None:
    with pytest.raises(CatalogError, match="the catalog stays as it is"):
        refresh(CATALOG, FakeHub({f"acme/d{number}": None for number in range(count)}))


def test_an_eval_yaml_tells_by_what_answers_are_marked() -> None:
    text = "tasks: [{id: a, scorers: [{name: match}, {name: model_graded_qa}]}, {scorers: x}, 7, {id: 5, scorers: [7]}]"
    assert read_scorers(text) == {"a": ("match", "model_graded_qa"), "": (), "5": ()}
    assert read_scorers("tasks: 5") == read_scorers(": [") == {}
