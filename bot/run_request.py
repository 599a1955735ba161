"""From what was asked for to the specification of a run. Pure; nothing of a comment but closed sets gets this far.

Whether code of the model repo or pickles may run is never asked for here: from a comment, they may not.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass

from bot.commands import Eval
from evaluators.catalog import Catalog
from evaluators.catalog_entry import squash
from evaluators.runs.publish import FRAMEWORKS
from evaluators.runs.spec import Backend, Framework, RunSpec, SpecError, parse
from evaluators.runs.task_table import AskedTask, Need, TaskError
from evaluators.runs.tasks import asked, normalise

# Met in no place: another framework may have the task without them.
_NEVER_MET = frozenset({Need.JUDGE, Need.PACKAGE})


@dataclass(frozen=True, slots=True)
class Limits:
    """What the operator allows one run: seconds, US dollars (None where the price is not known), and a provider.

    What an inference provider asks for cannot be capped, so without `provider` none is used.
    """

    seconds: int
    usd: float | None
    provider: str | None = None


def spec_of(
    command: Eval, *, model: str, revision: str, catalog: Catalog, limits: Limits
) -> tuple[RunSpec, tuple[str, ...]] | str:
    """The specification that an `/eval` comes to, with notes in one sentence each; or one sentence why there is none.

    Args:
        command: What was asked for.
        model: The repo as the Hub names it now.
        revision: The commit that the command's revision stands for, 40 hexadecimal digits.
        catalog: The registered benchmarks, which name the framework where nobody did.
        limits: What the operator allows.
    """
    backend = Backend(command.backend or Backend.VLLM)
    if backend is Backend.PROVIDER and limits.provider is None:
        return "Inference providers are not used here, as their price cannot be capped: leave out backend=provider."
    framework, why = _framework(command, catalog, backend)
    data = {
        "model": model,
        "revision": revision,
        "backend": backend,
        "provider": limits.provider if backend is Backend.PROVIDER else None,
        "framework": framework,
        "fewshot": command.fewshot,
        "limit": command.limit,
        "time_limit": limits.seconds,
        "money_limit": limits.usd or None,
        "remote_code": False,
        "pickle": False,
    }
    try:
        normal = normalise(command.tasks, framework, command.fewshot)
        return parse(json.dumps({**data, "tasks": normal.tasks})), (*why, *normal.notes)
    except TaskError as error:
        return str(error)
    except SpecError as error:
        return error.problems[0]


def _framework(command: Eval, catalog: Catalog, backend: Backend) -> tuple[Framework, tuple[str, ...]]:
    """What asks the questions, and why if nobody said: so that the numbers can be filed, or so that it works at all."""
    if command.framework is not None:
        return Framework(command.framework), ()
    if any("|" in name for name in command.tasks):
        return Framework.LIGHTEVAL, ("lighteval is used, as `task|examples` is its way of naming tasks.",)
    inspect = _known(command, Framework.INSPECT)
    lighteval = None if backend is Backend.PROVIDER else _known(command, Framework.LIGHTEVAL)
    if inspect is None:
        if lighteval is None:
            # Neither has them, and inspect will say so.
            return Framework.INSPECT, ()
        return Framework.LIGHTEVAL, ("lighteval is used, as inspect cannot ask it so.",)
    named = {one.name: where for one in inspect if (where := _named(one, catalog)) is not None}
    if lighteval is not None and set(named.values()) == {Framework.LIGHTEVAL}:
        return Framework.LIGHTEVAL, _because(named)
    stuck = any(one.needs & _NEVER_MET for one in inspect)
    if lighteval is not None and stuck and not named and not any(one.needs for one in lighteval):
        return Framework.LIGHTEVAL, ("lighteval is used, as inspect would need for this what is not there.",)
    return Framework.INSPECT, _because({name: where for name, where in named.items() if where is Framework.INSPECT})


def _known(command: Eval, framework: Framework) -> list[AskedTask] | None:
    """The tasks as the framework knows them; None where it does not know them all."""
    try:
        names = normalise(command.tasks, framework, command.fewshot).tasks
        return [asked(name, framework, command.fewshot) for name in names]
    except TaskError:
        return None


def _named(task: AskedTask, catalog: Catalog) -> Framework | None:
    """The framework that the benchmark's own `eval.yaml` names."""
    dataset = task.known.benchmark[0] if task.known and task.known.benchmark else task.dataset
    benchmark = catalog.benchmark(dataset) if dataset else None
    spelled = squash(benchmark.framework) if benchmark else ""
    return next((one for one, spellings in FRAMEWORKS.items() if spelled in spellings), None)


def _because(named: Mapping[str, Framework]) -> tuple[str, ...]:
    if not named:
        return ()
    framework = next(iter(named.values()))
    owners = "the benchmark's own eval.yaml names it" if len(named) == 1 else "their own eval.yaml files name it"
    return (f"{framework.value} is used for {', '.join(named)}, as {owners}.",)
