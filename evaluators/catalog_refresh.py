"""Brings the catalog in line with the Hub: which benchmarks are registered, their task ids, frameworks and scales.

Names and rules stay those of the package: what a card's label means is for people to decide.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Protocol

from evaluators.catalog import Catalog
from evaluators.catalog_entry import Benchmark, CatalogError, LeaderboardRow, Scale, Task, squash
from evaluators.conditions import group_words
from evaluators.yaml_text import YamlError, load

MOST_BENCHMARKS = 1000
MOST_TASKS = 200
MAX_TEXT = 200_000
FEWEST_ROWS = 3
FEWEST_ROWS_WITHOUT_RULES = 5
_TASK_ID = re.compile(r"[\w.:/+-][\w.:/+ -]{0,99}")


class BenchmarkHub(Protocol):
    """What a refresh needs of the Hub."""

    def benchmark_datasets(self) -> Iterable[str]:
        """The ids of all registered benchmark datasets (`list_datasets(benchmark=True)`)."""
        ...

    def eval_yaml(self, dataset: str) -> str | None:
        """The text of the dataset's `eval.yaml`; None when it has none or does not show it."""
        ...

    def leaderboard(self, dataset: str, task_id: str) -> Sequence[LeaderboardRow]:
        """The leaderboard of a task; empty when there is none."""
        ...


@dataclass(frozen=True, slots=True)
class Refreshed:
    """A new catalog and what is different, a sentence each."""

    catalog: Catalog
    changes: tuple[str, ...] = ()


def refresh_file(home: Path, hub: BenchmarkHub, endpoint: str, *, dry_run: bool = False) -> Refreshed:
    """Refresh the catalog in a folder. Nothing is written unless all of it was read.

    Raises:
        CatalogError: The Hub lists no benchmarks, or far too many.
        OSError: The folder cannot be written to.
        Exception: Whatever the Hub raises.
    """
    found = refresh(Catalog.current(home, endpoint), hub)
    catalog = replace(found.catalog, refreshed=datetime.now(UTC), hub=endpoint)
    if not dry_run:
        catalog.save(home)
    return replace(found, catalog=catalog)


def refresh(catalog: Catalog, hub: BenchmarkHub) -> Refreshed:
    """Bring a catalog in line with the Hub.

    Asks once for the list, once for each `eval.yaml`, and once for the leaderboard of each task that has a name.

    Raises:
        CatalogError: The Hub lists no benchmarks, or far too many: it is not a Hub that registers them.
    """
    listed = list(dict.fromkeys(hub.benchmark_datasets()))
    if not 0 < len(listed) <= MOST_BENCHMARKS:
        raise CatalogError(f"The Hub lists {len(listed) or 'no'} registered benchmarks; the catalog stays as it is.")
    benchmarks: list[Benchmark] = []
    changes: list[str] = []
    for dataset in listed:
        known = catalog.benchmark(dataset)
        now = _from_hub(dataset, known or Catalog.shipped().benchmark(dataset), catalog, hub)
        changes += _changes(known, now)
        benchmarks.append(now)
    names = {dataset.lower() for dataset in listed}
    changes += [
        f"{one.dataset} is no longer registered." for one in catalog.benchmarks if one.dataset.lower() not in names
    ]
    return Refreshed(Catalog(tuple(benchmarks)), tuple(changes))


def _from_hub(dataset: str, known: Benchmark | None, catalog: Catalog, hub: BenchmarkHub) -> Benchmark:
    described = _described(hub.eval_yaml(dataset) or "")
    ids = _ids(described)
    if known is None or not known.has_rules:
        known = _without_rules(dataset, _line(described.get("name")), ids, catalog)
    tasks = known.tasks_under(ids)
    rows = [row for task in tasks if task.aliases for row in hub.leaderboard(dataset, task.id)]
    scale = _scale(rows, known)
    return replace(
        known,
        dataset=dataset,
        tasks=tasks,
        framework=_line(described.get("evaluation_framework")) or known.framework,
        scale=known.scale if scale is Scale.UNKNOWN else scale,
        higher_is_better=known.higher_is_better and (known.has_rules or not any(row.lower_is_better for row in rows)),
    )


def _without_rules(dataset: str, title: str, ids: list[str], catalog: Catalog) -> Benchmark:
    """A benchmark that nobody has written rules for: only its own name is known, and only if it means nothing else."""
    own = dict.fromkeys(filter(None, (title, dataset.rpartition("/")[2])))
    taken = {**catalog.unclear_names, **catalog.names, **Catalog.shipped().unclear_names, **Catalog.shipped().names}
    # A name of another benchmark stays that one's; a name such as `math` would take in half of all tables.
    free = tuple(
        name
        for name in own
        if len(squash(name)) > 2
        and not group_words(name)
        and (squash(name) not in taken or taken[squash(name)][0].dataset.lower() == dataset.lower())
    )
    if len(ids) > 1:
        return Benchmark(dataset, title or dataset, Scale.UNKNOWN, tuple(Task((one,), (), free, ()) for one in ids))
    return Benchmark(dataset, title or dataset, Scale.UNKNOWN, (Task((*ids, "default")[:1], free, (), ()),))


def read_eval_yaml(text: str) -> tuple[str, list[str]]:
    """What an `eval.yaml` says of the framework that asks the benchmark, and the ids of its tasks."""
    described = _described(text)
    return _line(described.get("evaluation_framework")), _ids(described)


def read_scorers(text: str) -> dict[str, tuple[str, ...]]:
    """By what an `eval.yaml` has the answers to each task marked: names of inspect's scorers by the task's id.

    A task without an id, which is then the only one, stands under the empty text.
    """
    return {
        str(task.get("id") or ""): tuple(
            name
            for scorer in _list(task.get("scorers"))
            if isinstance(scorer, dict) and (name := _line(scorer.get("name")))
        )
        for task in _list(_described(text).get("tasks"))
        if isinstance(task, dict)
    }


def _list(value: object) -> list[Any]:
    return value[:MOST_TASKS] if isinstance(value, list) else []


def _described(text: str) -> dict[str, Any]:
    if len(text) > MAX_TEXT:
        return {}
    try:
        data, _ = load(text)
    except YamlError:
        return {}
    return data if isinstance(data, dict) else {}


def _ids(described: dict[str, Any]) -> list[str]:
    tasks = _list(described.get("tasks"))
    ids = (str(task["id"]) for task in tasks if isinstance(task, dict) and isinstance(task.get("id"), str | int))
    return list(dict.fromkeys(one for one in ids if _TASK_ID.fullmatch(one)))


def _line(text: object) -> str:
    """A text of the Hub as one short line that prints as it is."""
    return "".join(ch for ch in " ".join(text.split()) if ch.isprintable())[:100] if isinstance(text, str) else ""


def _scale(rows: Sequence[LeaderboardRow], known: Benchmark) -> Scale:
    """The scale of a leaderboard's rows; without rules, only where they are many, agree, and more is better.

    Results in open pull requests do not count: nobody has accepted them, and they may be ours.
    """
    values = [row.value for row in rows if row.pull is None]
    if known.has_rules:
        return scale_of(values)
    if any(row.lower_is_better for row in rows):
        return Scale.UNKNOWN
    return scale_of(values, fewest=FEWEST_ROWS_WITHOUT_RULES, share=1.0)


def scale_of(values: Iterable[float], *, fewest: int = FEWEST_ROWS, share: float = 0.8) -> Scale:
    """The scale that nearly all rows of a leaderboard use; unknown with few rows or a mixture.

    Ratings (above 100) and grades (none above 10) are no percentages.
    """
    rows = [value for value in values if value > 0]
    percentages = sum(1 < value <= 100 for value in rows)
    if len(rows) < fewest or max(rows) > 100:
        return Scale.UNKNOWN
    if percentages >= share * len(rows) and max(rows) > 10:
        return Scale.PERCENT
    return Scale.FRACTION if max(rows) <= 1 else Scale.UNKNOWN


def _changes(before: Benchmark | None, now: Benchmark) -> list[str]:
    tasks = ", ".join(task.id for task in now.tasks)
    if before is None:
        names = ", ".join(name for task in now.tasks for name in task.aliases)
        known_as = f"known as {names}" if names else "without a name that cards could use"
        return [f"{now.dataset} is new, with the tasks {tasks}, {known_as}; its scale is {now.scale}."]
    found = []
    if [task.id for task in before.tasks] != [task.id for task in now.tasks]:
        found.append(f"{now.dataset} has the tasks {tasks} now, not {', '.join(task.id for task in before.tasks)}.")
    lost = {name for task in before.tasks for name in task.aliases} - {n for task in now.tasks for n in task.aliases}
    if lost:
        found.append(f"{now.dataset} is no longer known as {', '.join(sorted(lost))}.")
    if before.scale is not now.scale:
        found.append(f"The scale of {now.dataset} is {now.scale} now, not {before.scale}.")
    if before.framework != now.framework:
        found.append(f"The framework of {now.dataset} is {now.framework} now, not {before.framework or 'unknown'}.")
    return found or ([f"{now.dataset} has changed."] if before != now else [])
