"""Result entries: the `.eval_results/*.yaml` files of a model repo.

The format is the Hub's (https://huggingface.co/docs/hub/eval-results): a list of entries in any YAML file directly in
`.eval_results/`. Reading is lenient about what others wrote and says what is wrong; writing is strict: one file per
benchmark variant, `verifyToken` never.
"""

import math
import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import yaml
from huggingface_hub import EvalResultEntry, eval_result_entries_to_yaml

FOLDER = ".eval_results"
Number = int | float


class ResultsFileError(ValueError):
    """A result file is not what the format asks for; the message is one sentence for people."""


@dataclass(frozen=True, slots=True)
class ResultEntry:
    """One result: a value for a task of a benchmark dataset.

    `value` is in the scale of the benchmark's leaderboard. `notes` names a set-up that differs from the default.
    """

    dataset: str
    task: str
    value: Number
    notes: str | None = None
    date: str | None = None
    source_url: str | None = None
    source_name: str | None = None

    @property
    def variant(self) -> str:
        """The set-up as an identifier: `with_tools` for `With tools`, empty for the default."""
        return slug(self.notes or "")


def slug(text: str) -> str:
    """Lower case, letters and digits, joined by underscores."""
    return re.sub(r"[^a-z0-9]+", "_", text.lower()).strip("_")


def is_results_file(path: str) -> bool:
    """Whether the Hub reads this path of a repo as a result file."""
    folder, _, name = path.rpartition("/")
    return folder == FOLDER and name.endswith((".yaml", ".yml"))


def file_name(dataset: str, task: str, variant: str, taken: Iterable[str] = ()) -> str:
    """The path for the entry of one benchmark variant, free of the paths in `taken`.

    `hle.yaml`, `hle_with_tools.yaml`, `gpqa_diamond.yaml`: the task appears when it says more than the dataset.
    """
    name = slug(dataset.rpartition("/")[2])
    task_name = slug(task)
    if task_name.startswith(name):
        name = task_name
    elif task_name not in {"default", ""} and task_name not in name:
        name = f"{name}_{task_name}"
    stem = f"{name}_{variant}" if variant else name
    occupied = set(taken)
    path, number = f"{FOLDER}/{stem}.yaml", 1
    while path in occupied:
        number += 1
        path = f"{FOLDER}/{stem}_{number}.yaml"
    return path


class _Dumper(yaml.SafeDumper):
    """Quotes what YAML would read as a date, as the Hub's documentation does."""


def _quoted(dumper: yaml.SafeDumper, text: str) -> yaml.ScalarNode:
    style = "'" if re.match(r"\d", text) else None
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style=style)


_Dumper.add_representer(str, _quoted)


def render(entries: Iterable[ResultEntry]) -> str:
    """The text of a result file, the same for the same entries."""
    data = eval_result_entries_to_yaml(
        [
            EvalResultEntry(
                dataset_id=entry.dataset,
                task_id=entry.task,
                value=entry.value,
                notes=entry.notes,
                date=entry.date,
                source_url=entry.source_url,
                source_name=entry.source_name,
            )
            for entry in entries
        ]
    )
    return yaml.dump(data, Dumper=_Dumper, sort_keys=False, allow_unicode=True, default_flow_style=False, width=4096)


def parse(text: str) -> list[ResultEntry]:
    """Read a result file.

    Raises:
        ResultsFileError: The text is not YAML, not a list of entries, or an entry lacks a key or has a bad value.
    """
    try:
        data = yaml.safe_load(text)
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        mark = getattr(error, "problem_mark", None)
        where = f" at line {mark.line + 1}" if mark else ""
        raise ResultsFileError(f"It is not valid YAML{where}.") from error
    if not isinstance(data, list):
        raise ResultsFileError("It is not a list of result entries.")
    return [parse_entry(item, number) for number, item in enumerate(data, start=1)]


def parse_entry(item: object, number: int = 1) -> ResultEntry:
    """Read one entry, as it stands in a result file or in the Hub's `evalResults`.

    Raises:
        ResultsFileError: A required key is missing, or its value is of the wrong kind.
    """
    if not isinstance(item, dict):
        raise ResultsFileError(f"Entry {number} is not a mapping.")
    dataset = item.get("dataset")
    if not isinstance(dataset, dict):
        raise ResultsFileError(f"Entry {number} has no dataset.")
    source = item.get("source")
    source = source if isinstance(source, dict) else {}
    return ResultEntry(
        dataset=_text(dataset, "id", f"Entry {number} has no dataset id."),
        task=_text(dataset, "task_id", f"Entry {number} has no task_id."),
        value=_number(item.get("value"), number),
        notes=_optional(item.get("notes")),
        date=_optional(item.get("date")),
        source_url=_optional(source.get("url")),
        source_name=_optional(source.get("name")),
    )


def _text(mapping: dict[Any, Any], key: str, problem: str) -> str:
    value = mapping.get(key)
    if not isinstance(value, str) or not value:
        raise ResultsFileError(problem)
    return value


def _optional(value: object) -> str | None:
    return None if value is None else str(value)


def _number(value: object, number: int) -> Number:
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        raise ResultsFileError(f"Entry {number} has no number as its value.")
    return value
