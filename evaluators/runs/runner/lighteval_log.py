"""The results that lighteval wrote. Its JSON does not say how many samples there were: the rows of the details do."""

import json
import math
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

from .findings import Findings

# Run in lighteval's own environment, which can read parquet: rows, and those with a number for each metric.
COUNT = """
import json, math, sys
import pyarrow.parquet as parquet

def number(value):
    return isinstance(value, (int, float)) and math.isfinite(value)

counts = {}
for path in sys.argv[1:]:
    rows = parquet.read_table(path, columns=["metric"]).column("metric").to_pylist()
    scored = sum(1 for row in rows if row and any(number(value) for value in row.values()))
    counts[path] = [len(rows), scored]
print("COUNTS " + json.dumps(counts))
"""
# As `evaluators/runs/lighteval_launch.py` writes it.
ANSWERS = "answers.json"
Counter = Callable[[list[Path]], Mapping[str, list[int]]]


def read(folder: Path, task: str, count: Counter) -> Findings:
    """What lighteval's files say of one task of the specification; `count` gives rows and scored rows of each file."""
    found = Findings()
    answers = _answers(folder)
    if answers.get("unanswered"):
        found.problem("samples_failed", f"{answers['unanswered']} questions got no answer: {answers.get('error')}")
    found.logs = sorted((folder / "results").rglob("results_*.json"))
    if not found.logs:
        found.problem("no_result", "lighteval wrote no results.")
        return found
    details = sorted((folder / "details").rglob("details_*.parquet"))
    counts = {_task_of(Path(path)): number for path, number in count(details).items()} if details else {}
    for path in found.logs:
        try:
            data = json.loads(path.read_text(encoding="utf-8"))
        except ValueError:
            found.problem("no_result", f"{path.name} is not JSON: lighteval was cut off while it wrote.")
            continue
        _tasks(data, task, counts, found, answers.get("cut"))
    if not found.tasks:
        found.problem("no_result", "lighteval's results name no task.")
    return found


def _answers(folder: Path) -> Mapping[str, Any]:
    """What the launcher counted; nothing where lighteval was started in another way, or was cut off."""
    try:
        found: Mapping[str, Any] = json.loads((folder / ANSWERS).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return found


def _tasks(
    data: Mapping[str, Any], task: str, counts: Mapping[str, list[int]], found: Findings, cut: int | None
) -> None:
    config, limit = data.get("config_tasks") or {}, (data.get("config_general") or {}).get("max_samples")
    for name, metrics in (data.get("results") or {}).items():
        if name == "all":
            continue
        parts = [value for key, value in counts.items() if key == name or _is_part(key, name)]
        asked, scored = (sum(column) for column in zip(*parts, strict=True)) if parts else (0, 0)
        about = config.get(name) or _common(one for key, one in config.items() if _is_part(key, name))
        for metric, value in metrics.items():
            if metric.endswith("_stderr") or not isinstance(value, int | float) or not math.isfinite(value):
                continue
            stderr = metrics.get(f"{metric}_stderr")
            found.tasks.append(
                {
                    "task": task,
                    "framework_task": name[:300],
                    "metric": metric[:300],
                    "value": float(value),
                    "stderr": stderr if isinstance(stderr, int | float) and stderr >= 0 else None,
                    "samples_asked": asked,
                    "samples_completed": asked,
                    "samples_scored": scored,
                    # They are counted over all tasks of the command.
                    "samples_cut": cut if not cut or len(parts) == len(counts) else None,
                    "status": "success",
                    "headline": not found.has_headline(name),
                    "dataset": {
                        "id": str(about.get("hf_repo") or "unknown")[:300],
                        "config": about.get("hf_subset"),
                        "split": ",".join(about.get("evaluation_splits") or ()) or None,
                        "revision": about.get("hf_revision"),
                    }
                    if about.get("hf_repo")
                    else None,
                    "epochs": 1,
                    "fewshot": about.get("num_fewshots"),
                    "limit": limit if isinstance(limit, int) else None,
                }
            )


def _common(parts: Iterable[Mapping[str, Any]]) -> Mapping[str, Any]:
    """What all parts of a task have in common: of many configurations, none is named."""
    first, *others = list(parts) or [{}]
    return {name: value for name, value in first.items() if all(one.get(name) == value for one in others)}


def _is_part(task: str, whole: str) -> bool:
    """`mmlu:_average|5` is the mean of all `mmlu:…|5`."""
    name, _, shots = whole.partition("|")
    return name.endswith(":_average") and task.startswith(name.removesuffix("_average")) and task.endswith(f"|{shots}")


def _task_of(path: Path) -> str:
    """The task in `details_<task>|<shots>_<time>.parquet`."""
    return path.stem.removeprefix("details_").rpartition("_")[0]
