"""What of a run may stand in the card's `model-index`, and what not."""

from dataclasses import replace
from typing import Any

import pytest

from evaluators.catalog import Catalog
from evaluators.model_index import IndexEntry
from evaluators.runs.index_result import index_entries
from evaluators.runs.publish import Kept, publish
from evaluators.runs.result import Dataset, TaskResult
from evaluators.runs.spec import Backend, ChatTemplate, Framework, Generation, RunSpec
from tests.evaluators.runs.samples import TASK, result, spec

LOG = "https://hub.example/datasets/acme/runs/blob/main/log.txt"


def task(name: str, samples: int, data: str, **changes: Any) -> TaskResult:
    usual = replace(
        TASK,
        task=name,
        framework_task=f"inspect_evals/{name}",
        value=0.6312,
        samples_asked=samples,
        samples_completed=samples,
        samples_scored=samples,
        dataset=Dataset(id=data),
        fewshot=None,
    )
    return replace(usual, **changes)


HELLASWAG = task("hellaswag", 10042, "Rowan/hellaswag")
MMLU = task("mmlu", 14042, "cais/mmlu", framework_task="inspect_evals/mmlu_5_shot", fewshot=5)


def entries(asked: RunSpec, *tasks: TaskResult) -> list[IndexEntry | str]:
    catalog = Catalog.shipped()
    kept = [one for one in publish(asked, result(asked, tasks=tasks), catalog, LOG) if isinstance(one, Kept)]
    return index_entries(kept, asked, catalog, LOG)


def test_a_number_has_its_data_set_metric_value_and_log() -> None:
    told = Dataset(id="Rowan/hellaswag", config="default", split="validation", revision="1" * 40)
    (entry,) = entries(spec(tasks=("hellaswag",)), replace(HELLASWAG, dataset=told))
    assert entry == IndexEntry(
        dataset_type="Rowan/hellaswag",
        dataset_name="HellaSwag",
        metric_type="accuracy",
        value=63.12,
        metric_name="Accuracy",
        dataset_config="default",
        dataset_split="validation",
        source_url=LOG,
        source_name="Scorekeeper",
    )


def test_the_count_of_examples_is_part_of_the_metrics_name() -> None:
    (entry,) = entries(spec(tasks=("mmlu",), fewshot=5), MMLU)
    assert isinstance(entry, IndexEntry)
    assert (entry.dataset_type, entry.metric_name) == ("cais/mmlu", "Accuracy (5-shot)")


def test_of_a_task_in_parts_the_mean_has_the_place() -> None:
    asked = spec(tasks=("mmlu|5",), framework=Framework.LIGHTEVAL)
    whole = replace(MMLU, task="mmlu|5", framework_task="mmlu:_average|5", metric="acc", dataset=None)
    part = replace(
        whole,
        framework_task="mmlu:anatomy|5",
        dataset=Dataset(id="lighteval/mmlu", config="anatomy"),
        samples_asked=135,
        samples_completed=135,
        samples_scored=135,
    )
    mean, anatomy = entries(asked, whole, part)
    assert isinstance(mean, IndexEntry)
    assert (mean.dataset_type, mean.metric_type, mean.metric_name) == ("cais/mmlu", "accuracy", "Accuracy (5-shot)")
    assert anatomy == "Only 135 of the 14042 questions of MMLU were asked."


def test_a_benchmark_by_its_data_set_is_known_by_it() -> None:
    asked = spec(tasks=("hf/owls/rebus/hard",))
    one = task("hf/owls/rebus/hard", 50, "owls/rebus", framework_task="hf/owls/rebus/hard")
    (entry,) = entries(asked, one)
    assert isinstance(entry, IndexEntry)
    assert (entry.dataset_type, entry.dataset_name, entry.dataset_config) == ("owls/rebus", "owls/rebus", "hard")


@pytest.mark.parametrize(
    ("asked", "one", "reason"),
    [
        (spec(tasks=("hellaswag",), limit=10), HELLASWAG, "part of the samples"),
        (
            spec(tasks=("hellaswag",), backend=Backend.PROVIDER, provider="x"),
            HELLASWAG,
            "not loaded from the model's files",
        ),
        (spec(tasks=("hellaswag",), chat_template=ChatTemplate.NO), HELLASWAG, "without the model's chat template"),
        (spec(tasks=("hellaswag",), generation=Generation(stop=("\n",))), HELLASWAG, "cut answers to HellaSwag short"),
        (
            spec(tasks=("hellaswag",)),
            replace(HELLASWAG, dataset=Dataset(id="owls/hellaswag")),
            "came from owls/hellaswag, not from Rowan/hellaswag",
        ),
        (
            spec(tasks=("hellaswag",)),
            replace(HELLASWAG, framework_task="inspect_evals/piqa"),
            "The log is of inspect_evals/piqa",
        ),
        (spec(tasks=("hellaswag",)), replace(HELLASWAG, value=63.1), "outside 0 to 1"),
        (spec(tasks=("hellaswag",)), replace(HELLASWAG, metric="mean"), "mean is no name of a metric"),
        (spec(tasks=("hellaswag",)), replace(HELLASWAG, metric="https://x.example"), "no name of a metric"),
        (
            spec(tasks=("gpqa_diamond",)),
            task("gpqa_diamond", 792, "gpqa_diamond.csv", epochs=4, value=63.1),
            "outside 0 to 1",
        ),
        (spec(tasks=("aime2026",)), task("aime2026", 30, "math-ai/aime26"), "takes results of"),
    ],
)
def test_what_is_in_doubt_or_has_its_place_elsewhere_stays_out(asked: RunSpec, one: TaskResult, reason: str) -> None:
    (found,) = entries(asked, one)
    assert isinstance(found, str)
    assert reason in found


def test_two_numbers_for_one_place_are_none() -> None:
    asked = spec(tasks=("hellaswag",))
    again = replace(HELLASWAG, framework_task="inspect_evals/hellaswag:again", value=0.5)
    found = entries(asked, HELLASWAG, again)
    assert found == ["The run has more than one number for this."] * 2
