"""What the bot says of a run that is over, in one comment, and beforehand where its numbers will go. Pure.

Names of tasks and metrics, versions and reasons come from a log that the model's repo may have had a hand in: they go
through `bot.words.plain`.
"""

import re
from collections.abc import Iterable, Sequence
from datetime import datetime

from bot.asked_run_values import AskedRun, RunStage
from bot.repo_config import Format
from bot.run_advice import Advice
from bot.run_claims import Candidate, candidates
from bot.runs_publish import Fate, Number, Published
from bot.words import MAX_DESCRIPTION, fitting, number, plain
from bot.words_parts import Place, code, dollars, duration
from bot.words_runs import LAUNCHERS, MACHINERY, tried
from evaluators.catalog import Catalog
from evaluators.runs.publish import ACCURACY, Kept, publish
from evaluators.runs.result import Incomplete, Model, RunResult, State, TaskResult, verdict
from evaluators.runs.spec import RunSpec
from evaluators.runs.tasks import asked

MAX_ROWS = 60
INDEX_HINT = "With formats: [eval_results, model-index] in .scorekeeper.yaml it is proposed for the model-index."
MAX_SENTENCE = 500
_RESULT = re.compile(r"\n<!-- scorekeeper:result ([0-9]{1,18}) -->\s*\Z")


def read_result(comment: str) -> int | None:
    """Which run a comment of ours tells the end of. Ask only for comments that we wrote."""
    found = _RESULT.search(comment)
    return int(found[1]) if found else None


def destinations(spec: RunSpec, catalog: Catalog, formats: Sequence[Format], place: Place) -> tuple[str, ...]:
    """Where the numbers of a run will go if all goes well, one sentence or two for each task.

    `formats` are those of the repo's `.scorekeeper.yaml`. The rules are those that hold at the end.

    Raises:
        TaskError: A task means nothing.
    """
    if spec.limited:
        return ("With a limit it is a trial: its numbers stand in a comment here and are published nowhere.",)
    ideal = _ideal(spec, catalog)
    possible = candidates(publish(spec, ideal, catalog), spec, catalog, ideal.finished, None)
    return tuple(dict.fromkeys(_destination(one, spec, formats, place) for one in possible))


def _ideal(spec: RunSpec, catalog: Catalog) -> RunResult:
    """What would come back if every question got an answer and a mark."""
    results = []
    for name in spec.tasks:
        task = asked(name, spec.framework, spec.fewshot)
        samples = task.known.samples * task.known.epochs if task.known else 1
        benchmark = catalog.benchmark(task.dataset) if task.dataset and not task.task_id else None
        # Asked for without a task, a benchmark is asked all of them.
        parts = [f"hf/{task.dataset}/{one.id}" for one in benchmark.tasks] if benchmark else [task.framework_task]
        results += [
            TaskResult(
                task=name,
                framework_task=part,
                metric="accuracy",
                value=0.5,
                samples_asked=samples,
                samples_completed=samples,
                samples_scored=samples,
                status="success",
            )
            for part in parts
        ]
    return RunResult(
        spec_id=spec.id,
        nonce="0" * 32,
        state=State.SUCCESS,
        model=Model(repo=spec.model, revision=spec.revision),
        started="2000-01-01T00:00:00Z",
        finished="2000-01-01T00:00:00Z",
        tasks=tuple(results),
    )


def _destination(one: Candidate | Kept, spec: RunSpec, formats: Sequence[Format], place: Place) -> str:
    task = asked(one.result.task, spec.framework, spec.fewshot)
    title = task.known.title if task.known else one.result.task
    wanted = one.wanted(formats) if isinstance(one, Candidate) else None
    if wanted is not None and wanted.claim.index is None:
        return f"{title}: its number is proposed for {wanted.claim.dataset} in the pull request."
    reason = one.reason_to_keep if isinstance(one, Candidate) else one.reason
    said = reason if reason.startswith(title) else f"{title}: {reason}" if reason else f"{title}:"
    stays = "stands in a comment here" + (" and in the log" if place.logs else "")
    if wanted is not None:
        return f"{said} Its number is proposed for the card's model-index in the pull request, and {stays}."
    hint = "" if Format.MODEL_INDEX in formats or not isinstance(one, Candidate) else f" {INDEX_HINT}"
    return f"{said} The result {stays}.{hint}"


def result(run: AskedRun, came: RunResult, published: Published, place: Place) -> str:
    """A run that ended by itself: the numbers, what they were made of, and what became of them."""
    spec = run.request.spec
    judged = verdict(spec, came)
    if spec.limited:
        head = f"**Run {run.id}**, a trial of {spec.limit:,} samples of each task: its numbers are published nowhere."
    elif isinstance(judged, Incomplete):
        head = f"**Run {run.id}** does not count: {plain(judged.reason, limit=MAX_SENTENCE)}"
    else:
        head = f"**Run {run.id}** is complete."
    lines = [head, "", *_table(came), "", *_facts(run, came, published, place)]
    if not spec.limited and not isinstance(judged, Incomplete):
        lines += _fates(published, place)
    return _closed(lines, run)


def failure(run: AskedRun, found: Advice, place: Place, log_url: str | None = None) -> str:
    """A run that ended without a result: the cause in one sentence, what to try, and the log if there is one."""
    if run.stage is RunStage.CANCELLED:
        lines = [f"**Run {run.id}** was cancelled."]
    else:
        end = "expired" if run.stage is RunStage.EXPIRED else "ended without a result"
        lines = [f"**Run {run.id}** {end}. {plain(found.sentence, limit=MAX_SENTENCE)}{tried(found.line)}"]
    facts = [_cost(run, None)] if run.submitted_at else []
    for name, url in (("log", log_url), ("job", run.url)):
        shown = place.outside(url)
        facts += [f"[{name}]({shown})"] if shown else []
    told = ", ".join(facts)
    lines += ["", told[:1].upper() + told[1:]] if told else []
    return _closed(lines, run)


def _table(came: RunResult) -> list[str]:
    shown = [one for one in came.tasks if one.headline]
    if not shown:
        return ["There are no numbers."]
    many = len({one.framework_task for one in shown}) > len({one.task for one in shown})
    rows = [_row(one, by_framework=many) for one in shown[:MAX_ROWS]]
    head = ["| Task | Metric | Value | Standard error | Samples |", "|---|---|---|---|---|"]
    notes = [f"{len(shown) - MAX_ROWS} more are in the log."] if len(shown) > MAX_ROWS else []
    notes += [] if all(map(_is_share, shown)) else ["Values without % are in the metric's own unit."]
    return [*head, *rows, "", " ".join(notes)] if notes else [*head, *rows]


def _is_share(one: TaskResult) -> bool:
    """Whether the number is a share of answers that are right, so that people say it as a percentage."""
    return 0 <= one.value <= 1 and ACCURACY.fullmatch(one.metric) is not None


def _row(one: TaskResult, *, by_framework: bool) -> str:
    percent = _is_share(one)
    stderr = "" if one.stderr is None else _value(one.stderr, percent=percent)
    asked_for = "" if one.samples_scored == one.samples_asked else f" of {one.samples_asked:,}"
    name = one.framework_task if by_framework else one.task
    return (
        f"| {plain(name)} | {plain(one.metric)} | {_value(one.value, percent=percent)} | {stderr} "
        f"| {one.samples_scored:,}{asked_for} |"
    )


def _value(value: float, *, percent: bool) -> str:
    """A number as a percentage, or in the unit of its task, with what can be read of it."""
    return f"{number(round(value * 100, 2))}%" if percent else number(float(f"{value:.4g}"))


def _facts(run: AskedRun, came: RunResult, published: Published, place: Place) -> list[str]:
    request, spec, versions = run.request, run.request.spec, came.versions
    framework = spec.framework.value
    if versions is not None:
        framework = plain(f"{versions.framework} {versions.framework_version}")
    machinery = MACHINERY[spec.backend.value]
    known = {"vllm": versions.vllm, "hf": versions.transformers}.get(spec.backend.value) if versions else None
    machinery += f" {plain(known)}" if known else ""
    hardware = f"{came.hardware.count} x {plain(came.hardware.gpu)}" if came.hardware else "hardware not known"
    flavor = f"{code(request.flavor)} of " if request.flavor else ""
    took = datetime.fromisoformat(came.finished) - datetime.fromisoformat(came.started)
    lines = [
        f"- Model: [{plain(spec.model)}]({place.commit(spec.revision)}) at commit `{spec.revision[:7]}`",
        f"- Framework: {framework}, backend: {machinery}",
        f"- Hardware: {hardware} ({flavor}{LAUNCHERS[request.launcher]})",
        f"- Duration: {duration(took.total_seconds())}, {_cost(run, came)}",
    ]
    data = [_data(one) for one in came.tasks if one.headline and one.dataset and one.dataset.revision]
    lines += [f"- Data: {', '.join(dict.fromkeys(data[:MAX_ROWS]))}"] if data else []
    links = [(name, place.outside(url)) for name, url in (("log", published.log_url), ("job", run.url))]
    if published.pull is not None:
        links.append((f"pull request {published.pull}", place.discussion(published.pull)))
    told = ", ".join(f"[{name}]({url})" for name, url in links if url)
    return [*lines, f"- Links: {told}"] if told else lines


def _data(one: TaskResult) -> str:
    data = one.dataset
    return f"{plain(data.id)} at {plain((data.revision or '')[:7])}" if data else ""


def _cost(run: AskedRun, came: RunResult | None) -> str:
    cost = run.cost_usd if run.cost_usd is not None or came is None else came.cost_usd
    return "cost not known" if cost is None else f"cost {dollars(cost)}"


def _fates(published: Published, place: Place) -> list[str]:
    """What became of the numbers, a line for each place and for each reason."""
    where = f"[pull request]({place.discussion(published.pull)})" if published.pull is not None else "repo"
    lines: dict[str, list[str]] = {}
    for one in published.numbers:
        lines.setdefault(_fate(one, where, place), []).append(one.task)
    told = [f"- {_names(names)}: {fate}" for fate, names in lines.items()]
    return ["", "The numbers:", "", *told[:MAX_ROWS]] if told else []


def _fate(one: Number, where: str, place: Place) -> str:
    if one.fate is Fate.FILED and one.dataset:
        value = "" if one.filed_value is None else f" as {number(one.filed_value)}"
        under = f"[{plain(one.dataset)}]({place.dataset(one.dataset)}){value}"
        return (
            f"in the card's model-index for {under}, in the {where}."
            if one.in_index
            else f"filed under {under}, in the {where}."
        )
    said = plain(one.why, limit=MAX_SENTENCE).rstrip(".")
    return f"{said}." if one.fate is Fate.THERE else f"not filed. {said}."


def _names(names: Iterable[str]) -> str:
    return plain(", ".join(dict.fromkeys(names)), limit=MAX_SENTENCE)


def _closed(lines: Iterable[str], run: AskedRun) -> str:
    """The text with its marker; what is too long is cut before it."""
    return (
        "\n".join(fitting([part for one in lines for part in one.split("\n")], MAX_DESCRIPTION))
        + f"\n\n<!-- scorekeeper:result {run.id} -->"
    )
