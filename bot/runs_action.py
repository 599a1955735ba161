"""What a run says inside a GitHub workflow: outputs, the job's summary, annotations. Pure texts, but for the files.

Formats: https://docs.github.com/actions/reference/workflows-and-actions/workflow-commands. What comes from a
framework, a model or a card is escaped: it must be neither a command nor Markdown.
"""

import secrets
from collections.abc import Iterable, Mapping
from pathlib import Path

from bot.words import plain
from evaluators.runs.finding import Finding, Weight
from evaluators.runs.result import Incomplete, RunResult, verdict
from evaluators.runs.spec import RunSpec

_LEVELS = {Weight.REFUSE: "error", Weight.WARN: "warning", Weight.NOTE: "notice"}


def annotation(level: str, message: str, title: str = "Scorekeeper") -> str:
    """One line that GitHub shows beside the workflow."""
    return f"::{level} title={_property(title)}::{_data(message)}"


def annotations(findings: Iterable[Finding]) -> list[str]:
    """What was found before the run."""
    return [annotation(_LEVELS[one.weight], one.sentence) for one in findings]


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")


def outputs(values: Mapping[str, str]) -> str:
    """Lines for the file GITHUB_OUTPUT. The mark around each value cannot be guessed, so no value can end early."""
    lines = []
    for name, value in values.items():
        mark = f"end-{secrets.token_hex(16)}"
        lines += [f"{name}<<{mark}", value, mark]
    return "\n".join(lines) + "\n"


def append(path: str | None, text: str) -> None:
    """Add to one of the files that GitHub names in the environment; without one, nothing happens."""
    if path:
        with Path(path).open("a", encoding="utf-8") as file:
            file.write(text)


def status_of(spec: RunSpec, result: RunResult) -> str:
    """One word: complete, trial, incomplete, or why it did not succeed."""
    if result.error is not None:
        return result.error.kind.value
    if spec.limited:
        return "trial"
    return "incomplete" if isinstance(verdict(spec, result), Incomplete) else "complete"


def score_of(result: RunResult) -> str:
    """The number of the first task, as the framework says it; empty where there is none."""
    return next((f"{one.value:g}" for one in result.tasks if one.headline), "")


def summary(spec: RunSpec, result: RunResult) -> str:
    """The job's summary: a table of the numbers, and whether they count."""
    head = f"### {plain(spec.model)} at `{spec.revision[:12]}`\n\n"
    rows = [
        f"| {plain(one.task)} | {plain(one.metric)} | {one.value:.4g} | {_error(one.stderr)}"
        f" | {one.samples_scored} of {one.samples_asked} |"
        for one in result.tasks
        if one.headline
    ]
    table = "| Task | Metric | Value | ± | Samples |\n|---|---|---|---|---|\n" + "\n".join(rows) if rows else ""
    judged = verdict(spec, result)
    counts = f"It does not count: {plain(judged.reason, 300)}" if isinstance(judged, Incomplete) else "It is complete."
    took = f"{spec.framework.value} on {spec.backend.value}, {plain(result.started)} to {plain(result.finished)}."
    return f"{head}{table}\n\n{counts} {took}\n\n"


def _error(value: float | None) -> str:
    return "" if value is None else f"{value:.2g}"
