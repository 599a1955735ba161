"""The results in the logs of inspect-ai (format json): a log counts only if each sample has an answer and a mark.

`inspect eval` exits with 0 even when the evaluation failed, and with `fail_on_error` off a log may say success while
every sample failed; so samples are counted one by one.
"""

import json
import math
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from . import inspect_facts
from .findings import Findings
from .inspect_facts import MAX_TEXT

# Of a message or traceback, the end says what happened.
MAX_PART = 1200


def read(folder: Path, task: str) -> Findings:
    """What the logs of one task of the specification say."""
    found = Findings()
    for path in sorted(folder.rglob("*.json")):
        text = path.read_text(encoding="utf-8", errors="replace")
        found.logs.append(path)
        try:
            log = json.loads(text)
        except ValueError:
            found.problem("no_result", f"{path.name} is not JSON: the framework was cut off while it wrote.")
            continue
        if isinstance(log, dict) and isinstance(log.get("eval"), dict):
            _one(log, task, found)
    if not found.logs:
        found.problem("no_result", "The framework wrote no log.")
    return found


def _one(log: Mapping[str, Any], task: str, found: Findings) -> None:
    spec, results, samples = log["eval"], log.get("results") or {}, log.get("samples") or []
    for usage in (log.get("stats") or {}).get("model_usage", {}).values():
        found.count_tokens(usage.get("input_tokens") or 0, usage.get("output_tokens") or 0)
    status = str(log.get("status"))
    if status != "success":
        error = log.get("error") or {}
        kind = {"cancelled": "cancelled", "started": "no_result"}.get(status)
        parts = [str(error[name])[-MAX_PART:] for name in ("message", "traceback") if error.get(name)]
        found.problem(kind, "\n".join(parts) or status)
    broken = [sample for sample in samples if sample.get("error")]
    if broken:
        detail = str((broken[0]["error"] or {}).get("message", ""))[-MAX_PART:]
        found.problem("samples_failed", f"{len(broken)} of {len(samples)} samples failed, the first with: {detail}")
    config, headline = spec.get("config") or {}, results.get("headline") or {}
    asked = results.get("total_samples") or 0
    for score, metric, value, stderr in _numbers(results):
        found.tasks.append(
            {
                "task": task,
                "framework_task": str(spec.get("task"))[:MAX_TEXT],
                "metric": metric[:MAX_TEXT],
                "value": value,
                "stderr": stderr,
                "samples_asked": asked,
                "samples_completed": sum(1 for sample in samples if not sample.get("error")),
                "samples_scored": sum(1 for sample in samples if _has_mark(sample, score)),
                "status": status,
                "headline": not found.has_headline(str(spec.get("task")))
                and (not headline or (headline.get("score"), headline.get("metric")) == (score["name"], metric)),
                "samples_cut": inspect_facts.cut(log),
                "dataset": inspect_facts.data(log),
                "epochs": config.get("epochs") or 1,
                "fewshot": _fewshot(spec.get("task_args") or {}),
                "limit": _limit(config.get("limit")),
            }
        )


def _numbers(results: Mapping[str, Any]) -> Iterator[tuple[Mapping[str, Any], str, float, float | None]]:
    for score in results.get("scores") or []:
        metrics = score.get("metrics") or {}
        stderr = _number((metrics.get("stderr") or {}).get("value"))
        for name, metric in metrics.items():
            value = _number(metric.get("value"))
            if name != "stderr" and value is not None:
                yield score, name, value, stderr if stderr is not None and stderr >= 0 else None


def _has_mark(sample: Mapping[str, Any], score: Mapping[str, Any]) -> bool:
    marks = sample.get("scores") or {}
    mark = marks.get(score["name"]) or marks.get(score.get("scorer"))
    if sample.get("error") or not isinstance(mark, dict):
        return False
    value = mark.get("value")
    return value is not None and not (isinstance(value, float) and math.isnan(value))


def _number(value: object) -> float | None:
    return float(value) if isinstance(value, int | float) and math.isfinite(value) else None


def _limit(given: object) -> int | None:
    """A number of samples, or the first and the last of a range."""
    if isinstance(given, list) and len(given) == 2 and all(isinstance(one, int) for one in given):
        return max(int(given[1]) - int(given[0]), 0)
    return given if isinstance(given, int) else None


def _fewshot(arguments: Mapping[str, Any]) -> int | None:
    value = arguments.get("fewshot")
    return value if isinstance(value, int) and not isinstance(value, bool) else None
