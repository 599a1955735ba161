"""Names of lighteval: `task|fewshot`, a group such as `mmlu` for all of its tasks, metric settings after `@`."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

from evaluators.problem import shown
from evaluators.runs.spec import Framework
from evaluators.runs.task_table import AskedTask, Need, TaskError, package_text, plain, table, table_file, unknown

_NAME = re.compile(r"(?P<name>[A-Za-z0-9][A-Za-z0-9_.:/=+-]*)(?P<metric>(@[a-z_]+=[\w.]+)*)(\|(?P<shots>\d{1,3}))?")
MOST_SHOTS = 100


@dataclass(frozen=True, slots=True)
class _Lighteval:
    likelihood: Mapping[str, bool]
    needs: Mapping[Need, frozenset[str]]
    gated: Mapping[str, str]

    @property
    def groups(self) -> Mapping[str, int]:
        """How many tasks each group has; a group of several can be asked for as a whole."""
        found: dict[str, int] = {}
        for name in self.likelihood:
            group = name.partition(":")[0]
            found[group] = found.get(group, 0) + 1
        return found


def normal_name(name: str, fewshot: int | None) -> tuple[str, str]:
    """A name as a specification has it, `task|fewshot`, and what is to be said about the change, if anything.

    Raises:
        TaskError: The name has too many parts.
    """
    if name.startswith("hf/"):
        return name, ""
    parts = [one.strip() for one in name.strip().split("|")]
    note = ""
    if len(parts) > 3:
        raise TaskError(f"{shown(name)} has {len(parts)} parts: write task|fewshot, such as gsm8k|5.")
    if len(parts) == 3:
        note = f"The suite of {shown(name.strip())} means nothing to lighteval any more; it is left out."
        parts = parts[1:]
    # A short name means the same with both frameworks, even where it is a group here (`truthfulqa`).
    known = next((one for one in table().values() if one.lighteval and plain(one.name) == plain(parts[0])), None)
    shots = parts[1] if len(parts) > 1 else str(fewshot or 0)
    shots = str(int(shots)) if re.fullmatch(r"[0-9]{1,3}", shots) else shots
    return f"{known.lighteval if known else parts[0]}|{shots}", note


def asked_of_lighteval(task: str, fewshot: int | None) -> AskedTask:
    """What a normalised name of lighteval means.

    Raises:
        TaskError: It means nothing, or says another count of examples than `fewshot`.
    """
    if task.startswith("hf/"):
        raise TaskError(
            f"{shown(task)} is asked through its eval.yaml, which only inspect reads: set framework to inspect."
        )
    found = _NAME.fullmatch(task)
    if found is None or int(found["shots"] or 0) > MOST_SHOTS:
        raise TaskError(f"{shown(task)} is no task of lighteval: write task|fewshot, such as gsm8k|5.")
    name, shots = found["name"], int(found["shots"] or 0)
    if fewshot not in {None, shots}:
        raise TaskError(f"{shown(task)} asks for {shots} examples and fewshot for {fewshot}: say it once.")
    listed = _lighteval()
    group = _group(name)
    whole = listed.groups.get(name, 0) > 1
    if name not in listed.likelihood and not whole:
        groups = (group for group, size in listed.groups.items() if size > 1)
        raise unknown(name, [*listed.likelihood, *groups], Framework.LIGHTEVAL)
    return AskedTask(
        name=task,
        framework=Framework.LIGHTEVAL,
        framework_task=f"{name}{found['metric']}|{shots}",
        known=next((one for one in table().values() if one.lighteval == name), None),
        fewshot=shots,
        needs=frozenset(need for need, groups in listed.needs.items() if group in groups),
        gated_data=listed.gated.get(group, ""),
        likelihood=any(
            likelihood
            for one, likelihood in listed.likelihood.items()
            if one == name or (whole and _group(one) == name)
        ),
    )


def _group(name: str) -> str:
    return name.partition(":")[0]


@cache
def _lighteval() -> _Lighteval:
    found: dict[str, bool] = {}
    lines = re.sub(r"\n +", " ", package_text("lighteval_tasks.txt")).splitlines()
    for line in lines:
        if line.startswith("#"):
            continue
        group, _, names = line.partition(": ")
        likelihood = group.endswith("~")
        group = group.removesuffix("~")
        found |= {f"{group}:{name}": likelihood for name in names.split()} or {group: likelihood}
    needs = table_file()["lighteval_needs"]
    return _Lighteval(found, {need: frozenset(needs[need]) for need in Need}, needs["gated"])
