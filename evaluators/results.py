"""Result entries: the `.eval_results/*.yaml` files of a model repo.

The format is the Hub's (https://huggingface.co/docs/hub/eval-results): a list of entries in any YAML file directly in
`.eval_results/`. Reading is lenient about what others wrote and says what is wrong; writing is strict: one file per
benchmark variant, `verifyToken` never.
"""

import math
import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

import yaml
from huggingface_hub import EvalResultEntry, eval_result_entries_to_yaml

from evaluators.yaml_text import YamlError, line_of, load

FOLDER = ".eval_results"
Number = int | float


class ResultsFileError(ValueError):
    """A result file is not what the format asks for.

    The message is one sentence for people; `line` is where in the file, from 1, where that is known.
    """

    def __init__(self, message: str, line: int | None = None) -> None:
        super().__init__(message)
        self.line = line


@dataclass(frozen=True, slots=True)
class ResultEntry:
    """One result: a value for a task of a benchmark dataset.

    `value` is in the scale of the benchmark's leaderboard. `notes` names a set-up that differs from the default.
    `revision` is the dataset's commit. `verified` says that the entry carries a `verifyToken`, which proves a run to
    the Hub; the token itself is nobody's to copy, so it is never kept here and never written.
    """

    dataset: str
    task: str
    value: Number
    notes: str | None = None
    date: str | None = None
    source_url: str | None = None
    source_name: str | None = None
    source_user: str | None = None
    source_org: str | None = None
    revision: str | None = None
    verified: bool = False

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


def utc_date(text: str) -> str:
    """A date or time as it is written to a file: ISO 8601, a time in UTC and to the second.

    Raises:
        ValueError: It is neither, or a time that does not say in which zone.
    """
    if re.fullmatch(r"\d{4}-\d{2}-\d{2}", text):
        return date.fromisoformat(text).isoformat()
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        raise ValueError("The time does not say in which zone it is.")
    return moment.astimezone(UTC).replace(microsecond=0, tzinfo=None).isoformat() + "Z"


class _Dumper(yaml.SafeDumper):
    """Quotes what YAML would read as a date, as the Hub's documentation does."""


def _quoted(dumper: yaml.SafeDumper, text: str) -> yaml.ScalarNode:
    style = "'" if re.match(r"[-+.~\d]", text) else None
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style=style)


_Dumper.add_representer(str, _quoted)


def render(entries: Iterable[ResultEntry]) -> str:
    """The text of a result file, the same for the same entries.

    A source is written only with its address: the format asks for it. A date is written as it is; see `utc_date`.
    """
    data = eval_result_entries_to_yaml([_official(entry) for entry in entries])
    return yaml.dump(data, Dumper=_Dumper, sort_keys=False, allow_unicode=True, default_flow_style=False, width=4096)


def _official(entry: ResultEntry) -> EvalResultEntry:
    sourced = entry.source_url is not None
    return EvalResultEntry(
        dataset_id=entry.dataset,
        task_id=entry.task,
        value=entry.value,
        dataset_revision=entry.revision,
        date=entry.date,
        source_url=entry.source_url,
        source_name=entry.source_name if sourced else None,
        source_user=entry.source_user if sourced else None,
        source_org=entry.source_org if sourced else None,
        notes=entry.notes,
    )


def parse(text: str) -> list[ResultEntry]:
    """Read a result file.

    Raises:
        ResultsFileError: The text is not YAML, not a list of entries, or an entry lacks a key or has a bad value.
    """
    try:
        data, node = load(text)
    except YamlError as error:
        raise ResultsFileError(str(error), error.line) from error
    if not isinstance(data, list) or not isinstance(node, yaml.SequenceNode):
        raise ResultsFileError("It is not a list of result entries.", line_of(node) if node else None)
    entries = []
    for number, (item, item_node) in enumerate(zip(data, node.value, strict=True), start=1):
        try:
            entries.append(parse_entry(item, number))
        except ResultsFileError as error:
            raise ResultsFileError(str(error), line_of(item_node)) from error
    return entries


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
        notes=_optional(item, "notes", number),
        date=_optional(item, "date", number),
        source_url=_optional(source, "url", number),
        source_name=_optional(source, "name", number),
        source_user=_optional(source, "user", number),
        source_org=_optional(source, "org", number),
        revision=_optional(dataset, "revision", number),
        verified=bool(item.get("verifyToken")),
    )


def _text(mapping: dict[Any, Any], key: str, problem: str) -> str:
    value = mapping.get(key)
    if not isinstance(value, str) or not value:
        raise ResultsFileError(problem)
    return value


def _optional(mapping: dict[Any, Any], key: str, number: int) -> str | None:
    """A text, or what YAML made of one: `2026-01-15` without quotes is a date."""
    value = mapping.get(key)
    if value is None or isinstance(value, str):
        return value
    try:
        if isinstance(value, int | float | date):
            return str(value)
    except ValueError:
        pass  # Python prints no integer of more than 4,300 digits.
    raise ResultsFileError(f"Entry {number} has no text as its {key}.")


def _number(value: object, number: int) -> Number:
    if isinstance(value, bool) or not isinstance(value, int | float) or not _finite(value):
        raise ResultsFileError(f"Entry {number} has no number as its value.")
    return value


def _finite(value: Number) -> bool:
    try:
        return math.isfinite(value)
    except OverflowError:
        return False
