"""What is wrong with one result file. The rules are those of https://huggingface.co/docs/hub/eval-results."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import yaml

from evaluators.catalog import Catalog
from evaluators.problem import Problem, Severity, shown
from evaluators.results import ResultEntry, ResultsFileError, parse_entry, utc_date
from evaluators.yaml_text import YamlError, child, doubled, line_of, load

_KEYS = {
    "": ("dataset", "value", "verifyToken", "date", "source", "notes"),
    "dataset": ("id", "task_id", "revision"),
    "source": ("url", "name", "user", "org"),
}
_NUMBER = re.compile(r"\s*[-+]?\d{1,20}([.,]\d{1,20})?\s*%?\s*")
_UNQUOTED_DATE = "tag:yaml.org,2002:timestamp"
_HIGHEST = {"percent": 100, "fraction": 1}
_ERROR, _NOTE = Severity.ERROR, Severity.NOTE
_Found = tuple[yaml.Node | None, str, Severity]


@dataclass(frozen=True, slots=True)
class Located:
    """An entry that could be read, and where it stands; `about` is its dataset, task and variant, spelled one way."""

    file: str
    line: int
    number: int
    entry: ResultEntry
    about: tuple[str, str, str]


def check_results(path: str, text: str, catalog: Catalog) -> tuple[list[Problem], list[Located]]:
    """Everything that is wrong with a result file, and the entries that could be read."""
    try:
        data, root = load(text)
    except YamlError as error:
        return [Problem(path, error.line, str(error))], []
    if not isinstance(data, list) or not isinstance(root, yaml.SequenceNode):
        return [Problem(path, line_of(root) if root else None, "It is not a list of result entries.")], []
    problems, located = [], []
    for number, (item, node) in enumerate(zip(data, root.value, strict=True), start=1):
        for place, sentence, severity in _check_layout(item, node):
            problems.append(Problem(path, line_of(place or node), f"Entry {number} {sentence}", severity))
        try:
            entry = parse_entry(item, number)
        except ResultsFileError as error:
            problems.append(_unreadable(path, item, node, number, str(error)))
            continue
        located.append(Located(path, line_of(node), number, entry, about(entry, catalog)))
        for place, sentence, severity in _check_meaning(entry, node, catalog):
            problems.append(Problem(path, line_of(place or node), f"Entry {number} {sentence}", severity))
    return problems, located


def about(entry: ResultEntry, catalog: Catalog) -> tuple[str, str, str]:
    """What an entry is about, whichever spelling it uses."""
    task = catalog.task(entry.dataset, entry.task)
    variant = catalog.variant(entry.dataset, entry.task, entry.notes)
    return entry.dataset.lower(), task.id if task else entry.task, variant


def _unreadable(path: str, item: Any, node: yaml.Node, number: int, sentence: str) -> Problem:
    """The first thing that keeps an entry from being read, on the line of the key that it is about."""
    value = item.get("value") if isinstance(item, dict) else None
    if "value" in sentence and isinstance(value, str) and _NUMBER.fullmatch(value):
        sentence = f"Entry {number} has its value as text: {shown(value)}."
    place = child(node, sentence.rstrip(".").rpartition(" ")[2].partition(":")[0])
    if "value" in sentence:
        place = child(node, "value")
    return Problem(path, line_of(place or child(node, "dataset") or node), sentence)


def _check_layout(item: Any, node: yaml.Node) -> Iterator[_Found]:
    """What can be said of an entry whether or not it can be read."""
    for name, known in _KEYS.items():
        mapping = child(node, name) if name else node
        for key in doubled(mapping):
            yield key, f"has the key {shown(key.value)} twice.", _ERROR
        for key, _ in mapping.value if isinstance(mapping, yaml.MappingNode) else ():
            if isinstance(key, yaml.ScalarNode) and key.value not in known:
                yield key, f"has a key that the format does not know: {shown(key.value)}.", _NOTE
    date = child(node, "date")
    if date is not None and date.tag == _UNQUOTED_DATE:
        yield date, "has a date without quotes.", _ERROR
    source = item.get("source") if isinstance(item, dict) else None
    place = child(node, "source")
    if isinstance(source, dict):
        url = source.get("url")
        if not url:
            yield place, "has a source without url.", _ERROR
        elif not isinstance(url, str) or not re.match(r"https?://\S+$", url):
            yield child(place, "url"), "has a source whose url is no address.", _ERROR
    elif source is not None:
        yield place, "has a source that is not a mapping.", _ERROR


def _check_meaning(entry: ResultEntry, node: yaml.Node, catalog: Catalog) -> Iterator[_Found]:
    """What can be said of an entry that can be read."""
    date = child(node, "date")
    if entry.date is not None and date is not None and date.tag != _UNQUOTED_DATE:
        yield from ((date, *found) for found in _check_date(entry.date))
    benchmark, task = catalog.benchmark(entry.dataset), catalog.task(entry.dataset, entry.task)
    place = child(node, "dataset")
    if benchmark is None:
        yield place, f"is for a dataset that is no benchmark we know: {shown(entry.dataset)}.", _NOTE
        return
    if task is None:
        ids = ", ".join(shown(one.id) for one in benchmark.tasks)
        yield child(place, "task_id"), f"has a task_id that we do not know: {shown(entry.task)}, not {ids}.", _NOTE
    elif task.id != entry.task:
        yield child(place, "task_id"), f"has the task_id {shown(entry.task)}; the dataset says {shown(task.id)}.", _NOTE
    variant = catalog.variant(entry.dataset, entry.task, entry.notes)
    usual = next((one.notes for one in (task.variants if task else ()) if one.id == variant), entry.notes)
    if usual != entry.notes:
        yield child(node, "notes"), f"has the notes {shown(entry.notes)}; others write {shown(usual)}.", _NOTE
    highest = _HIGHEST.get(benchmark.scale)
    if highest is not None and not 0 <= entry.value <= highest:
        sentence = f"has a value outside of the leaderboard's scale, 0 to {highest}: {shown(entry.value)}."
        yield child(node, "value"), sentence, _ERROR
    elif highest == 100 and 0 < entry.value < 1:
        sentence = f"has a value that looks like a fraction, where the leaderboard has percent: {shown(entry.value)}."
        yield child(node, "value"), sentence, _NOTE


def _check_date(text: str) -> Iterator[tuple[str, Severity]]:
    try:
        utc_date(text)
    except ValueError:
        try:
            datetime.fromisoformat(text)
        except ValueError:
            yield f"has a date that is not one of ISO 8601: {shown(text)}.", _ERROR
        else:
            yield f"has a date that does not say in which zone it is: {shown(text)}.", _NOTE
