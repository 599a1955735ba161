"""Before a run: its tasks."""

import difflib
from collections.abc import Iterable, Sequence

from evaluators.catalog import Catalog
from evaluators.catalog_entry import squash
from evaluators.problem import shown
from evaluators.runs.finding import Access, EvalYaml, Finding, Known, Weight, refuse
from evaluators.runs.publish import FRAMEWORKS, Home, home
from evaluators.runs.result import ErrorKind
from evaluators.runs.spec import Framework, RunSpec
from evaluators.runs.task_table import AskedTask, Need, TaskError
from evaluators.runs.tasks import asked

# What the scorers of an eval.yaml need besides inspect itself.
JUDGES, PACKAGES = ("model_graded_qa", "model_graded_fact"), ("math",)


def names_to_look_up(spec: RunSpec) -> Sequence[str]:
    """The data sets whose access, and whose `eval.yaml` if there is one, a preflight wants to know."""
    found: list[str] = []
    for name in spec.tasks:
        try:
            task = asked(name, spec.framework, spec.fewshot)
        except TaskError:
            continue
        found += [one for one in (task.dataset, task.gated_data) if one]
    return list(dict.fromkeys(found))


def task_findings(spec: RunSpec, known: Known, catalog: Catalog) -> Iterable[Finding]:
    """What can be said about the tasks: whether they are known, what they need, where their numbers may go."""
    for name in spec.tasks:
        try:
            task = asked(name, spec.framework, spec.fewshot)
        except TaskError as error:
            yield refuse(ErrorKind.UNKNOWN_TASK, str(error))
            continue
        yield from _needs(task, spec, known)
        yield from _benchmark(task, known)
        place = home(task, catalog)
        if isinstance(place, Home):
            yield Finding(Weight.NOTE, f"{name} may be filed under {place.benchmark.dataset}.")
        elif not task.dataset or task.task_id:
            yield Finding(Weight.NOTE, place)
    if spec.limited:
        yield Finding(Weight.NOTE, "A run with a limit is a trial: its numbers are shown and never published.")


def _needs(task: AskedTask, spec: RunSpec, known: Known) -> Iterable[Finding]:
    met = {
        Need.SANDBOX: known.throw_away,
        Need.GATED: known.data.get(task.gated_data) is Access.READABLE,
        Need.OUTSIDE: known.internet,
    }
    kinds = {
        Need.SANDBOX: ErrorKind.NEEDS_SANDBOX,
        Need.JUDGE: ErrorKind.NEEDS_JUDGE,
        Need.PACKAGE: ErrorKind.NEEDS_PACKAGE,
        Need.GATED: ErrorKind.GATED,
        Need.OUTSIDE: ErrorKind.NOT_FOUND,
    }
    for need in Need:
        if need in task.needs and not met.get(need, False):
            yield refuse(kinds[need], f"{task.name} {need.sentence}")
    if task.likelihood and not spec.backend.loads_weights:
        sentence = f"{task.name} compares likelihoods, which an API does not tell: use backend vllm or hf."
        yield refuse(ErrorKind.UNKNOWN_TASK, sentence)


def _benchmark(task: AskedTask, known: Known) -> Iterable[Finding]:
    access = known.data.get(task.dataset)
    if access is Access.NOT_FOUND:
        yield refuse(ErrorKind.NOT_FOUND, f"There is no data set {task.dataset}: check its name.")
    elif access is Access.GATED:
        yield refuse(ErrorKind.GATED, f"{task.dataset} {Need.GATED.sentence}")
    described = known.benchmarks.get(task.dataset)
    if described is None or access in {Access.NOT_FOUND, Access.GATED}:
        return
    if not described.framework:
        sentence = f"{task.dataset} has no eval.yaml that says how to ask it: use a task of the table."
        yield refuse(ErrorKind.UNKNOWN_TASK, sentence)
    elif squash(described.framework) not in FRAMEWORKS[Framework.INSPECT]:
        sentence = (
            f"{task.dataset} is asked with {shown(described.framework)}, not with inspect: use a task of the table."
        )
        yield refuse(ErrorKind.UNKNOWN_TASK, sentence)
    elif task.task_id and task.task_id not in described.tasks:
        near = difflib.get_close_matches(task.task_id, described.tasks, n=1, cutoff=0)
        advice = f"perhaps {shown(near[0])} is meant" if near else "its eval.yaml lists none"
        yield refuse(ErrorKind.UNKNOWN_TASK, f"{task.dataset} has no task {task.task_id}: {advice}.")
    else:
        yield from _scorers(task, described)
        if not task.task_id and len(described.tasks) > 1:
            yield Finding(Weight.NOTE, f"All {len(described.tasks)} tasks of {task.dataset} are asked.")


def _scorers(task: AskedTask, described: EvalYaml) -> Iterable[Finding]:
    """Without a judge that is named, inspect would let the model mark its own answers."""
    asked_for = [names for key, names in described.scorers.items() if task.task_id in {"", key}]
    used = {name for names in asked_for for name in names}
    if used.intersection(JUDGES):
        yield refuse(ErrorKind.NEEDS_JUDGE, f"{task.name} {Need.JUDGE.sentence}")
    if used.intersection(PACKAGES):
        yield refuse(ErrorKind.NEEDS_PACKAGE, f"{task.name} {Need.PACKAGE.sentence}")
