"""Numbers of a run about benchmarks without a registered data set: their place is the card's `model-index`.

What would keep a number from being filed under a registered benchmark keeps it out of there as well: other weights,
other questions than asked for, a part of them, answers cut short, an unknown unit.
"""

import re
from collections.abc import Iterable
from dataclasses import replace
from decimal import Decimal

from evaluators.catalog import Catalog
from evaluators.catalog_entry import Scale, in_scale
from evaluators.model_index import IndexEntry, same_place
from evaluators.results import ResultEntry
from evaluators.runs.publish import DIGITS, SOURCE, Kept, log_problem, set_up_problem
from evaluators.runs.result import TaskResult
from evaluators.runs.spec import RunSpec
from evaluators.runs.task_table import AskedTask, TaskError
from evaluators.runs.tasks import asked

# Names of the frameworks for what cards call by another name.
METRICS = {"acc": "accuracy", "em": "exact_match"}
_FIRST_TRY = re.compile(r"(gpqa_)?pass@k:k=1(&.*)?")
_METRIC = re.compile(r"[a-z0-9_@.]{1,60}", re.ASCII)
_DATASET = re.compile(r"[A-Za-z0-9][\w.-]*/[A-Za-z0-9][\w.-]*", re.ASCII)


def index_entries(
    kept: Iterable[Kept], spec: RunSpec, catalog: Catalog, log_url: str | None = None
) -> list[IndexEntry | str]:
    """The entry of each number that `publish` kept, or why it has none, in one sentence.

    Args:
        kept: What may go into the `model-index`; of others the reason is given back.
        spec: What was asked.
        catalog: The registered benchmarks, whose numbers have their place elsewhere.
        log_url: Where the log was uploaded to; the source of the entries.
    """
    found = [_entry(one, spec, catalog, log_url) for one in kept]
    entries = [one for one in found if isinstance(one, IndexEntry)]
    return [
        "The run has more than one number for this."
        if isinstance(one, IndexEntry) and sum(same_place(one, other) for other in entries) > 1
        else one
        for one in found
    ]


def _entry(kept: Kept, spec: RunSpec, catalog: Catalog, log_url: str | None) -> IndexEntry | str:
    one = kept.result
    if not kept.model_index:
        return kept.reason
    try:
        task = asked(one.task, spec.framework, spec.fewshot)
    except TaskError as error:
        return str(error)
    dataset = _dataset(one, task)
    if (task.known is not None and task.known.benchmark) or (dataset and catalog.benchmark(dataset)):
        return kept.reason
    title = task.known.title if task.known else (task.dataset or task.name.partition("|")[0])
    problem = set_up_problem(one, task, spec, title) or log_problem(one, task)
    if problem:
        return problem
    if not dataset:
        return f"The log does not tell which data set of the Hub {title} reads."
    metric = "pass@1" if _FIRST_TRY.fullmatch(one.metric) else METRICS.get(one.metric, one.metric)
    if metric == "mean" or not _METRIC.fullmatch(metric):
        return f"{one.metric[:60]} is no name of a metric that cards use."
    if not 0 <= one.value <= 1:
        return f"{one.value:g} is outside 0 to 1, so its unit is not known."
    return _written(one, task, title, dataset, metric, log_url)


def _written(
    one: TaskResult, task: AskedTask, title: str, dataset: str, metric: str, log_url: str | None
) -> IndexEntry:
    # Cards state percentages.
    value = in_scale(Decimal(str(one.value)).quantize(DIGITS), Scale.PERCENT, percent=False)
    same_data = one.dataset is not None and one.dataset.id.lower() == dataset.lower()
    data = one.dataset if same_data else None
    entry = ResultEntry(
        dataset=dataset,
        task=task.task_id,
        value=float(value),
        notes=None if task.fewshot is None else f"{task.fewshot}-shot",
        source_url=log_url,
        source_name=SOURCE if log_url else None,
    )
    config = (data.config if data else None) or task.task_id or None
    return replace(IndexEntry.of(entry, title, metric, config), dataset_split=data.split if data else None)


def _dataset(one: TaskResult, task: AskedTask) -> str:
    """The data set of the Hub that people know the benchmark by; empty where nobody knows."""
    told = one.dataset.id if one.dataset is not None else ""
    names = (task.known.data if task.known else "", task.dataset, "" if task.known else told)
    return next((name for name in names if _DATASET.fullmatch(name)), "")
