"""Model and dataset cards: the YAML at the top of a README, what is wrong with it, and the tags it gives."""

import json
import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import yaml

from localhub.errors import JsonObject

# Blank lines before the first --- are allowed (the Hub's client has a test for it).
_FRONT_MATTER = re.compile(r"\A\s*---[ \t]*\r?\n(.*?)(?:\r?\n)?---[ \t]*(?:\r?\n|\Z)", re.DOTALL)
_LOADER: type[yaml.CSafeLoader] | type[yaml.SafeLoader] = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


@dataclass(frozen=True)
class Card:
    """The front matter of a README: its data, or the sentence that says why there is none."""

    data: dict[str, Any] | None
    error: str | None = None
    warning: str | None = None


def read(text: str) -> Card:
    """Read the front matter of a README; a text without any gives a warning, a broken one an error."""
    match = _FRONT_MATTER.match(text)
    if match is None:
        return Card(None, warning="empty or missing yaml metadata in repo card")
    try:
        data = yaml.load(match.group(1), Loader=_LOADER)  # noqa: S506 - both loaders are the safe ones
    except yaml.YAMLError as error:
        return Card(None, error=f"Invalid YAML in the metadata: {' '.join(str(error).split())}")
    if data is None:
        return Card(None, warning="empty or missing yaml metadata in repo card")
    if not isinstance(data, dict):
        return Card(None, error="The metadata must be a mapping of names to values.")
    return Card(data)


def check(text: str) -> JsonObject:
    """The answer to ``validate-yaml``: ``{errors: [{message}], warnings: [{message}]}``."""
    card = read(text)
    problems = [card.error] if card.error else list(_wrong_fields(card.data or {}))
    return {
        "errors": [{"message": problem} for problem in problems],
        "warnings": [{"message": card.warning}] if card.warning else [],
    }


def dump(data: dict[str, Any]) -> str:
    """Front matter as JSON; dates become ISO strings."""
    return json.dumps(data, default=str)


def tags(kind: str, card: dict[str, Any]) -> list[str]:
    """The repo's tags: those the card lists, and those its other fields stand for."""
    found: list[str] = []
    if kind == "model":
        found += _texts(card.get("library_name"))
        found += _texts(card.get("pipeline_tag"))
    found += _texts(card.get("tags"))
    found += [f"dataset:{name}" for name in _texts(card.get("datasets"))] if kind == "model" else []
    prefix = "language:" if kind == "dataset" else ""
    found += [prefix + language for language in _texts(card.get("language"))]
    found += [f"license:{name}" for name in _texts(card.get("license"))]
    found += [f"task_categories:{name}" for name in _texts(card.get("task_categories"))]
    for base in _texts(card.get("base_model")):
        relation = card.get("base_model_relation")
        found += [f"base_model:{base}", *([f"base_model:{relation}:{base}"] if isinstance(relation, str) else [])]
    return list(dict.fromkeys(found))


def _wrong_fields(data: dict[str, Any]) -> Iterable[str]:
    for name in ("license", "pipeline_tag", "library_name"):
        if name in data and not isinstance(data[name], str | list):
            yield f'"{name}" must be a string'
    listed = data.get("tags")
    if listed is not None and not isinstance(listed, str | list):
        yield '"tags" must be an array'
    index = data.get("model-index")
    if index is None:
        return
    if not isinstance(index, list):
        yield '"model-index" must be an array'
        return
    for position, model in enumerate(index):
        if not isinstance(model, dict) or not isinstance(model.get("name"), str):
            yield f'"model-index[{position}].name" is required'
        elif not isinstance(model.get("results"), list):
            yield f'"model-index[{position}].results" is required'


def _texts(value: Any) -> list[str]:
    values = value if isinstance(value, list) else [value]
    return [item for item in values if isinstance(item, str) and item]
