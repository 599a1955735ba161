"""The tasks that can be asked for: what people may write, what the framework is told, and what a task needs.

Three kinds of names: the short ones of `tasks.yaml`; lighteval's own, `task|fewshot`; and `hf/owner/dataset[/task]` for
any benchmark data set whose `eval.yaml` says how inspect asks it.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass

from evaluators.problem import shown
from evaluators.runs.spec import Framework, RunSpec
from evaluators.runs.task_table import AskedTask, Need, TaskError, plain, table, unknown
from evaluators.runs.tasks_lighteval import asked_of_lighteval, normal_name

_HF_PART = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]*")
_REVISION = re.compile(r"[A-Za-z0-9][A-Za-z0-9_./-]*")


@dataclass(frozen=True, slots=True)
class Normalised:
    """Task names as a specification has them, and a sentence for each that was changed in more than spelling."""

    tasks: tuple[str, ...]
    notes: tuple[str, ...] = ()


def split(text: str) -> tuple[str, ...]:
    """The names in a list by commas or lines, as on a command line or in a file; `#` begins a comment."""
    lines = (line.partition("#")[0] for line in text.splitlines())
    return tuple(name for line in lines for one in line.split(",") if (name := one.strip()))


def normalise(names: Iterable[str], framework: Framework, fewshot: int | None = None) -> Normalised:
    """The names as a specification has them; `fewshot` is for lighteval's tasks that do not say it themselves.

    Raises:
        TaskError: A name means nothing, or says another count of examples than `fewshot`.
    """
    tasks: list[str] = []
    notes: list[str] = []
    for name in names:
        task, note = normal_name(name, fewshot) if framework is Framework.LIGHTEVAL else (_normal_inspect(name), "")
        asked(task, framework, fewshot)
        notes += [note] if note else []
        if task in tasks:
            notes.append(f"{task} was named twice.")
        else:
            tasks.append(task)
    if not tasks:
        raise TaskError("No task is named: give at least one, such as gsm8k.")
    return Normalised(tuple(tasks), tuple(notes))


def asked(task: str, framework: Framework, fewshot: int | None = None) -> AskedTask:
    """What a normalised name means.

    Raises:
        TaskError: It means nothing, or the task cannot have that many examples.
    """
    if framework is Framework.LIGHTEVAL:
        return asked_of_lighteval(task, fewshot)
    if task.startswith("hf/"):
        return _asked_of_benchmark(task, fewshot)
    known = table().get(task)
    if known is None or not known.inspect:
        raise unknown(task, [name for name, one in table().items() if one.inspect], framework)
    shots = known.default_shots if fewshot is None else fewshot
    arguments: dict[str, int] = {}
    name = known.inspect.get(shots)
    if name is None and None in known.inspect:
        name = known.inspect[None]
        if known.default_shots is not None and shots is not None:
            arguments = {"fewshot": shots}
        elif fewshot is not None:
            raise TaskError(f"The number of examples of {task} cannot be chosen: leave out fewshot.")
    if name is None:
        counts = " or ".join(str(one) for one in known.inspect)
        raise TaskError(f"{task} can be asked with {counts} examples, not {shots}.")
    gated = known.data if Need.GATED in known.needs else ""
    return AskedTask(task, framework, f"inspect_evals/{name}", known, arguments, shots, known.needs, gated)


def runs_code(spec: RunSpec) -> bool:
    """Whether a run executes code that the model writes: whatever else is in the same job is within its reach.

    Raises:
        TaskError: A task means nothing.
    """
    return any(Need.SANDBOX in asked(task, spec.framework, spec.fewshot).needs for task in spec.tasks)


def _normal_inspect(name: str) -> str:
    text = name.strip().removeprefix("inspect_evals/")
    if text.startswith("hf/"):
        return text
    same = [one for one in table() if plain(one) == plain(text)]
    return same[0] if same else text


def _asked_of_benchmark(task: str, fewshot: int | None) -> AskedTask:
    path, at, revision = task.removeprefix("hf/").partition("@")
    parts = path.split("/")
    if len(parts) > 3:
        raise TaskError(f"{shown(task)} cannot be asked: a task id with a slash has no address in inspect.")
    if len(parts) < 2 or not all(map(_HF_PART.fullmatch, parts)) or (at and not _REVISION.fullmatch(revision)):
        raise TaskError(
            f"{shown(task)} is no benchmark: write hf/owner/dataset, hf/owner/dataset/task or either@revision."
        )
    if fewshot is not None:
        raise TaskError(f"The eval.yaml of {parts[0]}/{parts[1]} says how it is asked: leave out fewshot.")
    dataset, task_id = f"{parts[0]}/{parts[1]}", parts[2] if len(parts) == 3 else ""
    return AskedTask(task, Framework.INSPECT, task, dataset=dataset, task_id=task_id)
