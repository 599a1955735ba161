"""The table of tasks, and what a task that was asked for comes to."""

import difflib
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cache
from importlib import resources
from typing import Any

import yaml

from evaluators.problem import shown
from evaluators.runs.spec import Framework


class TaskError(ValueError):
    """A task name means nothing here; the message is one sentence with the nearest name."""


class Need(StrEnum):
    """What a task needs besides the model and a data set that anybody may read."""

    SANDBOX = "sandbox"
    JUDGE = "judge"
    PACKAGE = "package"
    GATED = "gated"
    OUTSIDE = "outside"

    @property
    def sentence(self) -> str:
        """The need as the end of a sentence that begins with the task."""
        return _NEEDS[self]


_NEEDS = {
    Need.SANDBOX: "runs code that the model writes, so only in a throw-away job: run it on HF Jobs or GitHub.",
    Need.JUDGE: "is marked by a second model, which is not set up here: choose a task without a judge.",
    Need.PACKAGE: "needs a package that is not installed here: choose another task.",
    Need.GATED: "reads a gated data set: ask for access on its page, and give a token that may read it.",
    Need.OUTSIDE: "reads data that is not on the Hub: the machine needs the open internet.",
}


@dataclass(frozen=True, slots=True)
class KnownTask:
    """A row of the table. `tokens` are those of a question, an example and an answer, about.

    `inspect` maps the count of examples to inspect's task, None to the task that takes any count or has its own.
    """

    name: str
    title: str
    data: str
    samples: int
    tokens: tuple[int, int, int]
    inspect: Mapping[int | None, str]
    default_shots: int | None
    epochs: int = 1
    lighteval: str = ""
    needs: frozenset[Need] = frozenset()
    benchmark: tuple[str, str] | None = None
    differs: str = ""


@dataclass(frozen=True, slots=True)
class AskedTask:
    """A task of a specification, as the framework is told of it.

    `name` is the normalised name; `arguments` go to inspect's task; `fewshot` is None where the task has its own way;
    `dataset` is the data set of a benchmark that is asked through its `eval.yaml`, with `task_id` if one is named.
    `likelihood` says that given answers are compared, which no chat API can do.
    """

    name: str
    framework: Framework
    framework_task: str
    known: KnownTask | None = None
    arguments: Mapping[str, int] = field(default_factory=dict)
    fewshot: int | None = None
    needs: frozenset[Need] = frozenset()
    gated_data: str = ""
    dataset: str = ""
    task_id: str = ""
    likelihood: bool = False


@cache
def table() -> Mapping[str, KnownTask]:
    """The documented tasks by name, in the order of the table."""
    return {item["name"]: _known(item) for item in table_file()["tasks"]}


def _known(item: Mapping[str, Any]) -> KnownTask:
    inspect = item.get("inspect") or {}
    question, example, answer = item["tokens"]
    return KnownTask(
        name=item["name"],
        title=item["title"],
        data=item["data"],
        samples=item["samples"],
        tokens=(question, example, answer),
        inspect=inspect.get("shots") or {None: inspect["task"]},
        default_shots=inspect.get("default"),
        epochs=item.get("epochs", 1),
        lighteval=item.get("lighteval", ""),
        needs=frozenset(map(Need, item.get("needs", ()))),
        benchmark=(item["benchmark"][0], item["benchmark"][1]) if "benchmark" in item else None,
        differs=item.get("differs", ""),
    )


def unknown(name: str, names: Iterable[str], framework: Framework) -> TaskError:
    """The error for a name that means nothing, with the nearest one or the framework that has it."""
    same = table().get(name)
    other = Framework.INSPECT if framework is Framework.LIGHTEVAL else Framework.LIGHTEVAL
    if same is not None and not (same.lighteval if framework is Framework.LIGHTEVAL else same.inspect):
        return TaskError(f"{framework} has no {name}: set framework to {other}.")
    near = difflib.get_close_matches(name[:100].lower(), list(dict.fromkeys(names)), n=1, cutoff=0.5)
    advice = f"perhaps {near[0]} is meant" if near else "see the table of tasks"
    return TaskError(f"{shown(name)} is no task of {framework}: {advice}.")


def plain(name: str) -> str:
    """Letters and digits alone, lower case, by which short names are compared."""
    return re.sub(r"[^a-z0-9]", "", name.lower())


@cache
def table_file() -> Mapping[str, Any]:
    """The file with the table."""
    found: dict[str, Any] = yaml.safe_load(package_text("tasks.yaml"))
    return found


def package_text(name: str) -> str:
    """The text of a file of this package."""
    return resources.files("evaluators.runs").joinpath(name).read_text(encoding="utf-8")
