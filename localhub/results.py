"""Files of evaluation results, ``.eval_results/*.yaml``, read and checked as hub-docs' ``eval_results.yaml`` says."""

import json
import math
from collections.abc import Iterator
from typing import Any

import yaml

from localhub.errors import JsonObject

FOLDER = ".eval_results"


def parse(path: str, content: bytes) -> Iterator[JsonObject]:
    """The rows of one file: ``{filename, verified, data}`` each, or one ``{filename, error}``."""
    name = path.rpartition("/")[2]
    try:
        entries = yaml.safe_load(content.decode("utf-8"))
    except (UnicodeDecodeError, yaml.YAMLError) as error:
        yield {"filename": path, "error": f"{name} is not YAML: {' '.join(str(error).split())}"}
        return
    if not isinstance(entries, list):
        yield {"filename": path, "error": f"{name} must hold a list of results"}
        return
    problems = [problem for entry in entries if (problem := _problem(entry))]
    if problems:
        yield {"filename": path, "error": problems[0]}
        return
    for entry in entries:
        # Dates that YAML took for dates go out as text again.
        data = json.loads(json.dumps(entry, default=str))
        yield {"filename": path, "verified": bool(entry.get("verifyToken")), "data": data}


def _problem(entry: Any) -> str | None:
    if not isinstance(entry, dict):
        return "each result must be a mapping"
    dataset = entry.get("dataset")
    if not isinstance(dataset, dict) or not isinstance(dataset.get("id"), str):
        return "dataset.id is required"
    if not isinstance(dataset.get("task_id"), str):
        return "dataset.task_id is required"
    value = entry.get("value")
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        return "value must be a number"
    source = entry.get("source")
    if source is not None and not (isinstance(source, dict) and isinstance(source.get("url"), str)):
        return "source.url is required with source"
    return None
