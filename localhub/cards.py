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

# The identifiers of hub-docs' page on repository licenses; others go under "other" with a license_name.
LICENSES = frozenset(
    """
    afl-3.0 agpl-3.0 apache-2.0 apple-amlr apple-ascl artistic-2.0 bigcode-openrail-m bigscience-bloom-rail-1.0
    bigscience-openrail-m bsd bsd-2-clause bsd-3-clause bsd-3-clause-clear bsl-1.0 c-uda cc cc-by-2.0 cc-by-2.5
    cc-by-3.0 cc-by-4.0 cc-by-nc-2.0 cc-by-nc-3.0 cc-by-nc-4.0 cc-by-nc-nd-3.0 cc-by-nc-nd-4.0 cc-by-nc-sa-2.0
    cc-by-nc-sa-3.0 cc-by-nc-sa-4.0 cc-by-nd-4.0 cc-by-sa-3.0 cc-by-sa-4.0 cc0-1.0 cdla-permissive-1.0
    cdla-permissive-2.0 cdla-sharing-1.0 creativeml-openrail-m deepfloyd-if-license ecl-2.0 epl-1.0 epl-2.0
    etalab-2.0 eupl-1.1 eupl-1.2 fair-noncommercial-research-license gemma gfdl gpl gpl-2.0 gpl-3.0 h-research
    intel-research isc lgpl lgpl-2.1 lgpl-3.0 lgpl-lr llama2 llama3 llama3.1 llama3.2 llama3.3 llama4 lppl-1.3c
    mit mpl-2.0 ms-pl ncsa odbl odc-by ofl-1.1 open-mdw openrail openrail++ osl-3.0 other pddl postgresql
    unknown unlicense wtfpl zlib
    """.split()  # noqa: SIM905 - a list would take a line for each
)
# Further fields of a dataset's card that its list can be filtered by.
_DATASET_FIELDS = ("task_ids", "size_categories", "multilinguality", "language_creators", "annotations_creators")


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
    for field in ("task_categories", *(_DATASET_FIELDS if kind == "dataset" else ())):
        found += [f"{field}:{name}" for name in _texts(card.get(field))]
    for base in _texts(card.get("base_model")):
        relation = card.get("base_model_relation")
        found += [f"base_model:{base}", *([f"base_model:{relation}:{base}"] if isinstance(relation, str) else [])]
    return list(dict.fromkeys(found))


def _wrong_fields(data: dict[str, Any]) -> Iterable[str]:
    for name in ("license", "pipeline_tag", "library_name"):
        if name in data and not isinstance(data[name], str | list):
            yield f'"{name}" must be a string'
    if any(name not in LICENSES for name in _texts(data.get("license"))):
        yield f'"license" must be one of [{", ".join(sorted(LICENSES))}]'
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
