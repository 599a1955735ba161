"""Keeping the catalog current: what the Hub decides, and what it does not."""

from collections.abc import Sequence
from dataclasses import replace

import pytest

from evaluators.card import LeftOut, Score, Unit
from evaluators.catalog import Catalog
from evaluators.catalog_entry import LeaderboardRow, Scale
from evaluators.catalog_refresh import refresh, scale_of
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
