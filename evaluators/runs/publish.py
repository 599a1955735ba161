"""Where the numbers of a run belong: filed under a registered benchmark, or kept and shown with the reason.

Only what the benchmark's own `eval.yaml` would have given is filed: its framework, its questions, its set-up, from the
files of the model itself, completely.
"""

import re
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from decimal import Decimal

from evaluators.catalog import Catalog
from evaluators.catalog_entry import Benchmark, Scale, Task, in_scale, squash
from evaluators.results import ResultEntry
from evaluators.runs.cut_answers import cut_problem
from evaluators.runs.result import Incomplete, RunResult, TaskResult, verdict
from evaluators.runs.spec import ChatTemplate, Framework, RunSpec
from evaluators.runs.task_table import AskedTask, Need, TaskError
from evaluators.runs.tasks import asked, runs_code

# As `evaluation_framework` of an eval.yaml spells them, compared by letters and digits.
FRAMEWORKS = {Framework.INSPECT: {"inspectai", "inspect"}, Framework.LIGHTEVAL: {"lighteval"}}
# Percentages of a leaderboard have two digits after the point, and two runs of the same thing should say the same.
DIGITS = Decimal("0.0001")
ACCURACY = re.compile(r"(accuracy|acc|mean|em|exact_match|extractive_match|(gpqa_)?pass@k:k=1(&.*)?|pass@1)")
SOURCE = "Scorekeeper"


@dataclass(frozen=True, slots=True)
class Filed:
    """A number with its place: a claim of source run on (dataset, task, no variant, value), as a result entry."""

    result: TaskResult
    entry: ResultEntry


@dataclass(frozen=True, slots=True)
class Kept:
    """A number that is kept and shown, but filed nowhere. `model_index`: it may go into the card's older format."""

    result: TaskResult
    reason: str
    model_index: bool = False


@dataclass(frozen=True, slots=True)
class Home:
    """The registered benchmark and task that a task's numbers may be filed under."""

    benchmark: Benchmark
    task: Task


def publish(spec: RunSpec, result: RunResult, catalog: Catalog, log_url: str | None = None) -> tuple[Filed | Kept, ...]:
    """What becomes of each number that a task is known by.

    Args:
        spec: What was asked.
        result: What came back.
        catalog: The registered benchmarks.
        log_url: Where the log was uploaded to; the source of the entries.
    """
    judged = verdict(spec, result)
    headlines = [one for one in result.tasks if one.headline]
    if isinstance(judged, Incomplete):
        return tuple(Kept(one, judged.reason) for one in headlines)
    outcomes = [_outcome(one, spec, result, catalog, log_url) for one in headlines]
    return tuple(_without_doubles(outcomes))


def home(task: AskedTask, catalog: Catalog, framework_task: str = "") -> Home | str:
    """Where the numbers of a task may be filed, or why nowhere, in one sentence."""
    dataset, task_id = _address(task, framework_task)
    if not dataset:
        title = task.known.title if task.known else task.name
        return f"{title} has no registered benchmark, so it has a place only in the card's model-index."
    benchmark = catalog.benchmark(dataset)
    if benchmark is None:
        return f"{dataset} is not a registered benchmark, so it has a place only in the card's model-index."
    if "@" in task.name and task.dataset:
        return f"{task.name} is a revision of its own of {dataset}, not the registered one."
    found = catalog.task(dataset, task_id) if task_id else next(iter(benchmark.tasks), None)
    if found is None or (not task_id and len(benchmark.tasks) > 1):
        return f"{dataset} has no registered task {task_id or 'by that name'}."
    if squash(benchmark.framework) not in FRAMEWORKS[task.framework]:
        return (
            f"{benchmark.name} takes results of {benchmark.framework or 'another framework'}, not of {task.framework}."
        )
    if task.known and task.known.differs and task.framework is Framework.INSPECT:
        return f"It is not filed under {benchmark.name}: {task.known.differs}."
    return Home(benchmark, found)


def _address(task: AskedTask, framework_task: str) -> tuple[str, str]:
    """Data set and task id; the id may be known only from the framework, which asks all tasks of a benchmark."""
    if task.known and task.known.benchmark:
        return task.known.benchmark
    if not task.dataset:
        return "", ""
    named = framework_task.removeprefix(f"hf/{task.dataset}/") if framework_task.startswith("hf/") else ""
    return task.dataset, task.task_id or ("" if named == framework_task else named.partition("@")[0])


def _outcome(one: TaskResult, spec: RunSpec, result: RunResult, catalog: Catalog, log_url: str | None) -> Filed | Kept:
    try:
        task = asked(one.task, spec.framework, spec.fewshot)
    except TaskError as error:
        return Kept(one, str(error))
    if runs_code(spec) and Need.SANDBOX not in task.needs:
        return Kept(one, f"Code that the model wrote ran in the same job as {task.name}: run {task.name} by itself.")
    # Only an operator allows it, and it runs in the process that computes the number.
    if spec.remote_code or spec.pickle:
        return Kept(one, "Code of the model's repo may have run beside what marks the answers, so it is not filed.")
    place = home(task, catalog, one.framework_task)
    if isinstance(place, str):
        return Kept(one, place, model_index=True)
    problem = set_up_problem(one, task, spec, place.benchmark.name, place.task.shots)
    problem = problem or log_problem(one, task) or _number(one, task, place)
    if problem:
        return Kept(one, problem, model_index=True)
    value = in_scale(Decimal(str(one.value)).quantize(DIGITS), place.benchmark.scale, percent=False)
    same_data = one.dataset is not None and one.dataset.id.lower() == place.benchmark.dataset.lower()
    return Filed(
        one,
        ResultEntry(
            dataset=place.benchmark.dataset,
            task=place.task.id,
            value=float(value),
            date=result.finished,
            source_url=log_url,
            source_name=SOURCE if log_url else None,
            revision=one.dataset.revision if one.dataset and same_data else None,
        ),
    )


def log_problem(one: TaskResult, task: AskedTask) -> str | None:
    """Where the framework's own log tells of something else than what was asked for."""
    if task.known is None:
        return None
    ran, wanted = (name.partition("|")[0].rpartition("/")[2] for name in (one.framework_task, task.framework_task))
    if ran != wanted and not ran.startswith(f"{wanted}:"):
        return f"The log is of {one.framework_task[:60]}, not of {task.framework_task}."
    if one.samples_asked < task.known.samples:
        return f"Only {one.samples_asked} of the {task.known.samples} questions of {task.known.title} were asked."
    if None not in {one.fewshot, task.fewshot} and one.fewshot != task.fewshot:
        return f"The log tells of {one.fewshot} examples with each question, not of {task.fewshot}."
    data = one.dataset.id if one.dataset is not None and task.framework is Framework.INSPECT else "unknown"
    if "/" in task.known.data and data.lower() not in {"unknown", task.known.data.lower()}:
        return f"The questions came from {data[:60]}, not from {task.known.data}."
    return None


def set_up_problem(
    one: TaskResult, task: AskedTask, spec: RunSpec, name: str, shots: Collection[int] = ()
) -> str | None:
    """Why the number is not what people mean by the benchmark's name; `shots` are the counts of examples it takes."""
    if not spec.backend.loads_weights:
        return "What answered was not loaded from the model's files, so nobody can say which version it was."
    if task.fewshot is not None and shots and task.fewshot not in shots:
        counts = " or ".join(map(str, shots))
        return f"{name} is asked with {counts} examples, and this was with {task.fewshot}."
    if spec.chat_template is ChatTemplate.NO:
        return "It was asked without the model's chat template, which is a set-up of its own."
    if problem := cut_problem(one, task, spec, name):
        return problem
    if one.dataset is not None and task.dataset and one.dataset.id.lower() != task.dataset.lower():
        return f"The questions came from {one.dataset.id}, not from {task.dataset}."
    return None


def _number(one: TaskResult, task: AskedTask, place: Home) -> str | None:
    # A benchmark's own eval.yaml says how it is measured.
    if task.known and not ACCURACY.fullmatch(one.metric):
        return f"{one.metric[:60]} is not how {place.benchmark.name} is measured."
    if not 0 <= one.value <= 1:
        return f"{one.value:g} is outside 0 to 1, so its unit is not known."
    if place.benchmark.scale is Scale.UNKNOWN:
        return f"The scale of {place.benchmark.dataset}'s leaderboard is not known yet; refresh the catalog."
    return None


def _without_doubles(outcomes: Iterable[Filed | Kept]) -> Iterable[Filed | Kept]:
    """Two numbers for one place: neither is filed."""
    listed = list(outcomes)
    places = [(one.entry.dataset, one.entry.task) for one in listed if isinstance(one, Filed)]
    for one in listed:
        if isinstance(one, Filed) and places.count((one.entry.dataset, one.entry.task)) > 1:
            yield Kept(one.result, f"The run has more than one number for {one.entry.dataset}.")
        else:
            yield one
