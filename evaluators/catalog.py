"""Where a score belongs: registered benchmarks, their names, scales and rules; each score ends placed or with a reason.

Names are strict: a score is placed only when its label is one of a task's names and every condition printed with it is
one of the task's own protocol or of a variant. Task ids and scales come from the Hub (`refresh`); the snapshot in
`catalog.yaml` stands in offline.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal, InvalidOperation
from enum import StrEnum
from functools import cache, cached_property
from importlib import resources
from typing import Any, Protocol

import yaml

from evaluators.card import CardReading, LeftOut, Reason, Score, Unit

MOST_CELLS = 20


class CatalogError(ValueError):
    """A catalog file is not what it should be; the message is one sentence for people."""


class Scale(StrEnum):
    """What a leaderboard's rows use."""

    PERCENT = "percent"
    FRACTION = "fraction"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Variant:
    """A set-up of a benchmark with an entry of its own; `notes` is what the Hub is told."""

    id: str
    notes: str
    words: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Task:
    """One leaderboard of a benchmark. `ids` are its id and other spellings of it, the right one first."""

    ids: tuple[str, ...]
    aliases: tuple[str, ...] = ()
    unclear: tuple[str, ...] = ()
    metrics: tuple[str, ...] = ("accuracy",)
    shots: tuple[int, ...] = ()
    variants: tuple[Variant, ...] = ()

    @property
    def id(self) -> str:
        """The id that result entries carry."""
        return self.ids[0]


@dataclass(frozen=True, slots=True)
class Benchmark:
    """A registered benchmark dataset. `from_cards` tells whether its owner takes numbers read from cards."""

    dataset: str
    name: str
    scale: Scale
    tasks: tuple[Task, ...]
    higher_is_better: bool = True
    framework: str = ""
    from_cards: bool = True


@dataclass(frozen=True, slots=True)
class Placed:
    """A score with its place: `value` is in the leaderboard's scale, `variant` is empty for the default set-up."""

    score: Score
    dataset: str
    task_id: str
    variant: str
    notes: str | None
    value: float
    metric: str


@dataclass(frozen=True, slots=True)
class Placements:
    """What became of all scores of a card."""

    placed: tuple[Placed, ...] = ()
    left_out: tuple[LeftOut, ...] = ()


@dataclass(frozen=True)
class Catalog:
    """The registered benchmarks."""

    benchmarks: tuple[Benchmark, ...] = ()

    @classmethod
    def shipped(cls) -> "Catalog":
        """The snapshot that comes with the package."""
        return _shipped()

    @classmethod
    def load(cls, text: str) -> "Catalog":
        """Read a catalog file.

        Raises:
            CatalogError: The text is not a catalog.
        """
        try:
            data = yaml.safe_load(text)
        except (yaml.YAMLError, ValueError, RecursionError) as error:
            raise CatalogError("The catalog is not valid YAML.") from error
        if not isinstance(data, dict) or not isinstance(data.get("benchmarks"), list):
            raise CatalogError("The catalog has no list of benchmarks.")
        return cls(tuple(_benchmark(item) for item in data["benchmarks"]))

    def dump(self) -> str:
        """The catalog as a file, the same for the same benchmarks."""
        items = [_plain(benchmark) for benchmark in self.benchmarks]
        return yaml.safe_dump({"version": 1, "benchmarks": items}, sort_keys=False, allow_unicode=True, width=120)

    def benchmark(self, dataset: str) -> Benchmark | None:
        """The benchmark of a dataset."""
        return next((one for one in self.benchmarks if one.dataset.lower() == dataset.lower()), None)

    def task(self, dataset: str, task_id: str) -> Task | None:
        """A task by its id or another spelling of it."""
        benchmark = self.benchmark(dataset)
        tasks = benchmark.tasks if benchmark else ()
        return next((task for task in tasks if task.id == task_id), None) or next(
            (task for task in tasks if task_id in task.ids), None
        )

    def variant(self, dataset: str, task_id: str, notes: str | None) -> str:
        """The variant that the notes of a result entry mean; empty for the default set-up."""
        task = self.task(dataset, task_id)
        text = _spaced(notes or "")
        if task is not None:
            for variant in task.variants:
                if text in {_spaced(variant.notes), variant.id.replace("_", " "), *map(_spaced, variant.words)}:
                    return variant.id
            if _NO_TOOLS.fullmatch(text):
                return ""
        return re.sub(r"[^a-z0-9]+", "_", (notes or "").lower()).strip("_")

    def place(self, score: Score) -> Placed | LeftOut:
        """The place of a score, or why it has none."""
        return _place(self, score)

    @cached_property
    def names(self) -> Mapping[str, tuple[Benchmark, Task]]:
        """Every name of a task, by letters and digits."""
        return {
            squash(name): (benchmark, task)
            for benchmark in self.benchmarks
            for task in benchmark.tasks
            for name in task.aliases
        }

    @cached_property
    def unclear_names(self) -> Mapping[str, tuple[Benchmark, Task]]:
        """Names that do not say which task is meant."""
        return {
            squash(name): (benchmark, task)
            for benchmark in self.benchmarks
            for task in benchmark.tasks
            for name in task.unclear
        }


def squash(name: str) -> str:
    """Letters and digits only, lower case."""
    return re.sub(r"[^a-z0-9+]", "", name.lower().replace("τ", "tau").replace("²", "2"))


def _spaced(text: str) -> str:
    return re.sub(r"[\s_-]+", " ", text.lower()).strip(" .()")


@cache
def _shipped() -> Catalog:
    return Catalog.load(resources.files("evaluators").joinpath("catalog.yaml").read_text(encoding="utf-8"))


def _benchmark(item: Any) -> Benchmark:
    try:
        tasks = tuple(
            Task(
                ids=tuple(str(one) for one in task["ids"]),
                aliases=tuple(str(one) for one in task.get("aliases") or ()),
                unclear=tuple(str(one) for one in task.get("unclear") or ()),
                metrics=tuple(str(one) for one in task.get("metrics") or ("accuracy",)),
                shots=tuple(int(one) for one in task.get("shots") or ()),
                variants=tuple(
                    Variant(str(one["id"]), str(one["notes"]), tuple(str(word) for word in one.get("words") or ()))
                    for one in task.get("variants") or ()
                ),
            )
            for task in item["tasks"]
        )
        return Benchmark(
            dataset=str(item["dataset"]),
            name=str(item.get("name") or item["dataset"]),
            scale=Scale(item.get("scale", "unknown")),
            tasks=tasks,
            higher_is_better=item.get("direction", "higher") == "higher",
            framework=str(item.get("framework") or ""),
            from_cards=item.get("sources", "card") == "card",
        )
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise CatalogError(f"A benchmark of the catalog is incomplete: {error}.") from error


def _plain(benchmark: Benchmark) -> dict[str, Any]:
    tasks = []
    for task in benchmark.tasks:
        data: dict[str, Any] = {"ids": list(task.ids), "aliases": list(task.aliases)}
        if task.unclear:
            data["unclear"] = list(task.unclear)
        data["metrics"] = list(task.metrics)
        if task.shots:
            data["shots"] = list(task.shots)
        if task.variants:
            data["variants"] = [{"id": one.id, "notes": one.notes, "words": list(one.words)} for one in task.variants]
        tasks.append(data)
    return {
        "dataset": benchmark.dataset,
        "name": benchmark.name,
        "scale": str(benchmark.scale),
        "direction": "higher" if benchmark.higher_is_better else "lower",
        "framework": benchmark.framework,
        "sources": "card" if benchmark.from_cards else "none",
        "tasks": tasks,
    }


# Placing one score -----------------------------------------------------------------------------------------------

_NOTES = re.compile(r"[(\[\uff08]([^()\[\]\uff08\uff09]*)[)\]\uff09]")
_SHOTS = re.compile(r"(zero|one|few|\d+)[\s-]?shots?", re.IGNORECASE)
_NO_TOOLS = re.compile(r"(?:no|without|w/o|wo|non)[\s-]?(?:tools?|tool use)")
_ACCURACY = re.compile(
    r"(?:(?:micro|macro)[\s_]?(?:avg|average)?[\s_/]*)?(?:acc|accuracy|em|exact[\s_]match|pass[\s@]?1|avg[\s@]?\d*|mean[\s@]?\d*|average|score|value|results?"
    r"|performance|correct|acc[\s_](?:norm|char)|strict[\s_-]match|flexible[\s_-]extract|top[\s-]?1|overall|avg[\s_]accuracy)(?:[\s,/]+(?:acc|accuracy|em|score))*"
)
_OTHER_METRIC = re.compile(
    r".*\b(?:maj|majority|cons|best|pass|avg|mean|f1|bleu|rouge|elo|rating|percentile|win ?rate|recall"
    r"|precision|auc|mrr|map|ppl|loss)\b.*"
)
_METRICS = {
    "accuracy": _ACCURACY,
    "resolved": re.compile(r"(?:%? ?resolved|resolve rate|resolution rate|success rate|pass@?1|acc|accuracy|score)"),
    "ndcg": re.compile(r"ndcg(?:[\s@]?(?:at )?10)?"),
    "score": re.compile(r"(?:overall|score|average|avg|total)"),
}
# Names of groups that tables are sorted by; they say nothing about the set-up.
_GROUPS = frozenset(
    [
        "general",
        "reasoning",
        "knowledge",
        "task",
        "tasks",
        "domain",
        "domains",
        "benchmark",
        "benchmarks",
        "english",
        "language",
        "understanding",
        "world",
        "academic",
        "text",
        "post",
        "training",
        "evaluation",
        "evaluations",
        "capability",
        "capabilities",
        "intelligence",
        "core",
        "standard",
        "common",
        "main",
        "popular",
        "results",
        "performance",
        "science",
        "scientific",
        "coding",
        "code",
        "agent",
        "agentic",
        "and",
        "of",
        "the",
        "in",
        "others",
        "other",
        "overall",
        "factuality",
        "advanced",
        "complex",
        "stem",
        "math",
        "maths",
        "mathematics",
        "mathematical",
        "reading",
        "comprehension",
        "problem",
        "solving",
        "software",
        "engineering",
        "category",
        "exam",
        "exams",
        "expert",
        "level",
        "graduate",
        "instruct",
        "instruction",
        "tuned",
        "base",
        "pretrained",
        "model",
        "models",
        "llm",
        "llms",
        "high",
        "school",
        "grade",
        "commonsense",
        "logical",
    ]
)
_SUBJECTS = frozenset(
    [
        "math",
        "maths",
        "mathematics",
        "mathematical",
        "science",
        "scientific",
        "stem",
        "code",
        "coding",
        "language",
        "others",
        "other",
        "reasoning",
    ]
)
_SOURCE_NOTE = re.compile(
    r"\b(?:reported|report|official|our|ours|we|internal|reproduced|taken from|cited|evaluated by"
    r"|results? (?:from|of)|leaderboard|average of)\b"
)
_TELLING_NOTE = re.compile(
    r"\b(?:subset|text only|tools?|python|shots?|maj\w*|voting|cons\w*|best of|pass ?@|without|excluding"
    r"|only|partial|sampled|different)\b"
)
_NEUTRAL = re.compile(
    r"cot|chain[\s-]of[\s-]thought|greedy|↑|↓|higher is better|%|full|full set|test|test set|all|ours|reported|acc norm"
)


def _left(score: Score, reason: Reason, detail: str, candidates: tuple[str, ...] = ()) -> LeftOut:
    return LeftOut(
        f"{score.benchmark} {score.printed}".strip()[:200],
        reason,
        detail,
        score.table,
        score.cell,
        score.line,
        candidates,
    )


def _place(catalog: Catalog, score: Score) -> Placed | LeftOut:
    found = _named(catalog, score.benchmark)
    if found is None:
        return _left(score, Reason.NO_BENCHMARK, f"“{score.benchmark[:80]}” is not the name of a registered benchmark.")
    benchmark, task, rest, certain = found
    # A parenthesis that is part of the name, as in `GPQA (Diamond)`, is no condition as well.
    named = set(_NOTES.findall(score.benchmark)) - set(rest)
    notes = [*rest, *(piece.strip() for piece in score.setting.split(";") if piece.strip() not in named)]
    if not certain:
        names = tuple(name for one in benchmark.tasks for name in one.aliases[:1])
        return _left(
            score,
            Reason.TASK_UNCLEAR,
            f"“{score.benchmark[:80]}” does not say which task of {benchmark.dataset} is meant.",
            names,
        )
    if score.aggregate:
        return _left(score, Reason.AGGREGATE, "It is an average across benchmarks.")
    if not benchmark.from_cards:
        return _left(
            score,
            Reason.SOURCE_REFUSED,
            f"The owner of {benchmark.dataset} takes only results of the official harness.",
        )
    variant: Variant | None = None
    metric = ""
    for piece in (text for note in dict.fromkeys(notes) for text in _separate(note)):
        verdict = _judge(task, score, piece)
        if isinstance(verdict, Variant):
            if variant is not None and variant != verdict:
                return _left(score, Reason.SETTING_DIFFERS, f"“{score.setting[:80]}” names two set-ups.")
            variant = verdict
        elif isinstance(verdict, Reason):
            what = (
                "measured in another way than" if verdict is Reason.METRIC_DIFFERS else "a set-up that is not that of"
            )
            return _left(score, verdict, f"“{piece.strip()[:80]}” is {what} {benchmark.name}'s leaderboard.")
        elif verdict:
            metric = metric or verdict
    value = _scaled(score, benchmark)
    if isinstance(value, LeftOut):
        return value
    return Placed(
        score=score,
        dataset=benchmark.dataset,
        task_id=task.id,
        variant=variant.id if variant else "",
        notes=variant.notes if variant else None,
        value=value,
        metric=metric or task.metrics[0],
    )


def _named(catalog: Catalog, label: str) -> tuple[Benchmark, Task, list[str], bool] | None:
    """The task that a label names, the conditions in the label, and whether the name is certain."""
    text = re.sub(r"[*†‡§¶^↑↓]", " ", label)
    for certain, names in ((True, catalog.names), (False, catalog.unclear_names)):
        if found := names.get(squash(text)):
            return *found, [], certain
        notes = _NOTES.findall(text)
        core = _NOTES.sub(" ", text)
        words = re.split(r"[\s/,:;|]+", core.strip())
        for end in range(len(words), 0, -1):
            if found := names.get(squash(" ".join(words[:end]))):
                rest = " ".join(words[end:]).strip(" -\u2013,:/|")
                if not certain and rest and not (_SHOTS.fullmatch(rest) or _ACCURACY.fullmatch(_spaced(rest))):
                    continue
                return *found, [rest, *notes] if rest else notes, certain
    return None


def _separate(piece: str) -> list[str]:
    """The conditions in one piece of text: `5-shot, CoT`, `3-shot F1`."""
    found = []
    for part in re.split(r"[,;]| - ", piece):
        text = part.strip()
        if shots := _SHOTS.search(text):
            found.append(shots[0])
            text = (text[: shots.start()] + " " + text[shots.end() :]).strip(" -,")
        if text.strip("()[] "):
            found.append(text.strip("()[] "))
    return found


def _judge(task: Task, score: Score, piece: str) -> Variant | Reason | str:
    """A variant, a reason against, or the metric that the piece names (empty when it says nothing that matters)."""
    text = _spaced(piece)
    if text.startswith("note:"):
        return Reason.SETTING_DIFFERS if _TELLING_NOTE.search(text) or not _SOURCE_NOTE.search(text) else ""
    if not text or _NEUTRAL.fullmatch(text):
        return ""
    if shots := _SHOTS.fullmatch(text):
        count = {"zero": 0, "one": 1, "few": -1}.get(shots[1].lower())
        count = int(shots[1]) if count is None else count
        return "" if not task.shots or count in task.shots else Reason.SETTING_DIFFERS
    if _NO_TOOLS.fullmatch(text):
        return ""
    for variant in task.variants:
        if text in {_spaced(variant.notes), *map(_spaced, variant.words)}:
            return variant
    for name in task.metrics:
        pattern = _METRICS.get(name)
        if pattern is not None and pattern.fullmatch(text):
            return text
    if _OTHER_METRIC.fullmatch(text):
        return Reason.METRIC_DIFFERS
    words = set(re.findall(r"[a-z]+", text))
    if words and words <= _GROUPS and not re.search(r"\d", text):
        if words <= _SUBJECTS and piece.lower() in score.column_label.lower():
            # A column `Math` beside the benchmark's name is a subset of it; a section or category is not.
            return Reason.SETTING_DIFFERS
        return ""
    return Reason.SETTING_DIFFERS


def _scaled(score: Score, benchmark: Benchmark) -> float | LeftOut:
    if score.unit not in {Unit.PERCENT, Unit.FRACTION}:
        return _left(
            score, Reason.UNIT_UNKNOWN, f"The card does not say the unit of {score.printed[:40]} (percent or fraction)."
        )
    if benchmark.scale is Scale.UNKNOWN:
        return _left(
            score,
            Reason.SCALE_UNKNOWN,
            f"The scale of {benchmark.dataset}'s leaderboard is not known yet; refresh the catalog.",
        )
    try:
        value = Decimal(str(score.value))
    except InvalidOperation:
        return _left(score, Reason.OUT_OF_RANGE, "It is not a finite number.")
    most = 100 if score.unit is Unit.PERCENT else 1
    if not value.is_finite() or not 0 <= value <= most:
        return _left(score, Reason.OUT_OF_RANGE, f"{score.printed[:40]} is outside 0 to {most}.")
    if score.unit is Unit.PERCENT and benchmark.scale is Scale.FRACTION:
        value = value.scaleb(-2)
    elif score.unit is Unit.FRACTION and benchmark.scale is Scale.PERCENT:
        value = value.scaleb(2)
    return float(value)


def place_all(reading: CardReading, catalog: Catalog) -> Placements:
    """Place a card's scores: one at most for each dataset, task and variant, none where it disagrees with itself."""
    groups: dict[tuple[str, str, str], list[Placed]] = {}
    left_out: list[LeftOut] = []
    for score in reading.scores:
        outcome = catalog.place(score)
        if isinstance(outcome, LeftOut):
            left_out.append(outcome)
        else:
            groups.setdefault((outcome.dataset, outcome.task_id, outcome.variant), []).append(outcome)
    placed: list[Placed] = []
    for group in groups.values():
        if len({one.value for one in group}) == 1:
            placed.append(group[0])
            left_out += [
                _left(one.score, Reason.REPEATED, "The card states the same score more than once.") for one in group[1:]
            ]
            continue
        cells = tuple(
            f"{one.score.printed} (table {one.score.table}, row {one.score.cell[0]}, column {one.score.cell[1]})"
            for one in group[:MOST_CELLS]
        )
        detail = f"The card states different values: {', '.join(cells)[:400]}."
        left_out += [_left(one.score, Reason.CONFLICT, detail, cells) for one in group]
    return Placements(tuple(placed), tuple(left_out))


# Keeping current -------------------------------------------------------------------------------------------------


class BenchmarkHub(Protocol):
    """What a refresh needs of the Hub."""

    def benchmark_datasets(self) -> Iterable[str]:
        """The ids of all registered benchmark datasets (`list_datasets(benchmark=True)`)."""
        ...

    def eval_yaml(self, dataset: str) -> str | None:
        """The text of the dataset's `eval.yaml`; None when it has none."""
        ...

    def leaderboard_values(self, dataset: str, task_id: str) -> Sequence[float]:
        """The values on the leaderboard of a task; empty when there is none."""
        ...


@dataclass(frozen=True, slots=True)
class Refreshed:
    """A new catalog and what is different, a sentence each."""

    catalog: Catalog
    changes: tuple[str, ...] = field(default=())


def refresh(catalog: Catalog, hub: BenchmarkHub) -> Refreshed:
    """Bring a catalog in line with the Hub: datasets, task ids, framework and scale; names and rules stay ours."""
    benchmarks: list[Benchmark] = []
    changes: list[str] = []
    listed = list(dict.fromkeys(hub.benchmark_datasets()))
    for dataset in listed:
        known = catalog.benchmark(dataset)
        now = _from_hub(dataset, known, hub)
        if known is None:
            changes.append(f"{dataset} is new.")
        elif now != known:
            changes.append(f"{dataset} has changed.")
        benchmarks.append(now)
    names = {dataset.lower() for dataset in listed}
    changes += [
        f"{one.dataset} is no longer registered." for one in catalog.benchmarks if one.dataset.lower() not in names
    ]
    return Refreshed(Catalog(tuple(benchmarks)), tuple(changes))


def _from_hub(dataset: str, known: Benchmark | None, hub: BenchmarkHub) -> Benchmark:
    text = hub.eval_yaml(dataset)
    described = _described(text or "")
    title = str(described.get("name") or dataset.rpartition("/")[2])
    if known is None:
        # Nobody has said yet what a new benchmark's cards call it, beyond its own name.
        known = Benchmark(dataset, title, Scale.UNKNOWN, (Task(("default",), (title, dataset.rpartition("/")[2])),))
    listed = described.get("tasks")
    ids = (
        [str(task["id"]) for task in listed if isinstance(task, dict) and task.get("id")]
        if isinstance(listed, list)
        else []
    )
    tasks = _tasks(known, ids)
    values = [value for task in tasks for value in hub.leaderboard_values(dataset, task.id)]
    scale = scale_of(values)
    return replace(
        known,
        dataset=dataset,
        tasks=tasks,
        framework=str(described.get("evaluation_framework") or known.framework),
        scale=known.scale if scale is Scale.UNKNOWN else scale,
    )


def _described(text: str) -> dict[str, Any]:
    try:
        data = yaml.safe_load(text[:200_000])
    except (yaml.YAMLError, ValueError, RecursionError):
        return {}
    return data if isinstance(data, dict) else {}


def _tasks(known: Benchmark, ids: list[str]) -> tuple[Task, ...]:
    """The known tasks under the ids the dataset has now; a task the dataset does not have is dropped."""
    if not ids:
        return known.tasks
    if len(ids) == 1 and len(known.tasks) == 1:
        task = known.tasks[0]
        return (replace(task, ids=(ids[0], *(one for one in task.ids if one != ids[0]))),)
    tasks = []
    for one in ids:
        old = next((task for task in known.tasks if one in task.ids), None)
        if old is None:
            tasks.append(Task((one,)))
        else:
            tasks.append(replace(old, ids=(one, *(other for other in old.ids if other != one and other not in ids))))
    return tuple(tasks)


def scale_of(values: Iterable[float]) -> Scale:
    """The scale that nearly all rows of a leaderboard use; unknown with few rows or a mixture."""
    rows = [value for value in values if value > 0]
    above = sum(value > 1 for value in rows)
    if len(rows) < 3:
        return Scale.UNKNOWN
    if above >= 0.8 * len(rows):
        return Scale.PERCENT
    if above == 0:
        return Scale.FRACTION
    return Scale.UNKNOWN
