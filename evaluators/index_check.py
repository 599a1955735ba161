"""What is wrong with the `model-index` of a README.

The rules are those of https://github.com/huggingface/hub-docs/blob/main/modelcard.md?plain=1, which the Hub enforces
when a README is pushed, and what the official client needs to read it.
"""

import math
from collections.abc import Iterator
from typing import Any

import yaml

from evaluators.front_matter import find
from evaluators.index_edit import KEY
from evaluators.model_index import plain_name
from evaluators.problem import Problem, Severity, shown
from evaluators.yaml_text import YamlError, child, doubled, line_of, load, pair

_Found = tuple[yaml.Node | None, str, Severity]
_ERROR, _NOTE = Severity.ERROR, Severity.NOTE


def check_index(path: str, readme: str) -> list[Problem]:
    """Everything that is wrong with the older format in a README; one without a front matter has nothing wrong."""
    matter = find(readme)
    if matter is None:
        return []
    try:
        data, root = load(matter.yaml, matter.lines_before)
    except YamlError as error:
        return [Problem(path, error.line, f"The front matter cannot be read: {error}")]
    if root is None:
        return []
    if not isinstance(data, dict):
        return [Problem(path, line_of(root) + matter.lines_before, "The front matter is not a mapping.")]
    found = pair(root, KEY)
    problems = [] if found is None else _index(data.get(KEY), *found)
    return [
        Problem(path, line_of(node or root) + matter.lines_before, sentence, severity)
        for node, sentence, severity in problems
    ]


def _index(data: Any, key: yaml.Node, index: yaml.Node) -> Iterator[_Found]:
    if not isinstance(data, list) or not isinstance(index, yaml.SequenceNode):
        yield key, "The model-index is not a list.", _ERROR
        return
    if len(data) != 1:
        said = "about several models" if data else "empty"
        yield key, f"The model-index is {said}; a repo has one model.", _NOTE
    for item, node in zip(data, index.value, strict=True):
        yield from _model(item, node)


def _model(item: Any, node: yaml.Node) -> Iterator[_Found]:
    if not isinstance(item, dict):
        yield node, "The model-index has an item that is not a mapping.", _ERROR
        return
    yield from _doubled(node)
    name, place = item.get("name"), child(node, "name")
    if not isinstance(name, str) or not name.strip():
        yield place or node, "The model-index has no name of the model.", _ERROR
    elif "://" in name or plain_name(name) != " ".join(name.split()):
        yield place, f"The model's name is not plain text: {shown(name)}.", _ERROR
    results, below = item.get("results"), child(node, "results")
    if not isinstance(results, list) or not isinstance(below, yaml.SequenceNode):
        yield below or node, "The model-index has no list of results.", _ERROR
        return
    for number, (result, result_node) in enumerate(zip(results, below.value, strict=True), start=1):
        for where, sentence, severity in _result(result, result_node):
            yield where or result_node, f"Result {number} of the model-index {sentence}", severity


def _result(result: Any, node: yaml.Node) -> Iterator[_Found]:
    if not isinstance(result, dict):
        yield node, "is not a mapping.", _ERROR
        return
    yield from _doubled(node, result=True)
    for key, needed in (("task", ("type",)), ("dataset", ("type", "name"))):
        part, place = result.get(key), child(node, key)
        if not isinstance(part, dict):
            yield place, f"has no {key}.", _ERROR
            continue
        for one in needed:
            if not isinstance(part.get(one), str) or not part[one]:
                yield place, f"has no {one} of its {key}.", _ERROR
        yield from _addresses(part, place)
    metrics, below = result.get("metrics"), child(node, "metrics")
    if not isinstance(metrics, list) or not isinstance(below, yaml.SequenceNode) or not metrics:
        yield below, "has no metrics.", _ERROR
    else:
        for metric, metric_node in zip(metrics, below.value, strict=True):
            for place, sentence, severity in _metric(metric, metric_node):
                yield place or metric_node, sentence, severity
    source = result.get("source")
    if source is not None and not (isinstance(source, dict) and isinstance(source.get("url"), str) and source["url"]):
        yield child(node, "source"), "has a source without url.", _ERROR


def _metric(metric: Any, node: yaml.Node) -> Iterator[_Found]:
    if not isinstance(metric, dict):
        yield node, "has a metric that is not a mapping.", _ERROR
        return
    yield from _doubled(node, result=True)
    if not isinstance(metric.get("type"), str) or not metric["type"]:
        yield node, "has a metric without type.", _ERROR
    value, place = metric.get("value"), child(node, "value")
    if value is None:
        yield place, "has a metric without value.", _ERROR
    elif isinstance(value, float) and not math.isfinite(value):
        yield place, "has a metric whose value is not finite.", _ERROR
    elif isinstance(value, bool) or not isinstance(value, int | float | str):
        yield place, "has a metric whose value is not a number.", _ERROR
    elif isinstance(value, str) and not any(char.isdigit() for char in value):
        yield place, f"has a metric whose value is not a number: {shown(value)}.", _ERROR
    yield from _addresses(metric, node)


def _addresses(part: dict[Any, Any], node: yaml.Node | None) -> Iterator[_Found]:
    for key, value in part.items():
        if isinstance(key, str) and isinstance(value, str) and "://" in value and key != "verifyToken":
            yield child(node, key), f"has an address in {shown(key)}; it belongs in the source's url.", _ERROR


def _doubled(node: yaml.Node, *, result: bool = False) -> Iterator[_Found]:
    start = "has" if result else "The model-index has"
    for key in doubled(node):
        yield key, f"{start} the key {shown(key.value)} twice.", _ERROR
