"""Where a score belongs: each ends placed on a leaderboard, or left out with a reason.

Names are strict: a score is placed only when its label is one of a task's names and every condition printed with it is
one of the task's own protocol or of a variant. A wrong place is the worst outcome, none the second worst.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation

from evaluators.card import CardReading, LeftOut, Reason, Score, Unit
from evaluators.catalog import NO_TOOLS, Catalog, spaced
from evaluators.catalog_entry import Benchmark, Scale, Task, Variant, in_scale, squash
from evaluators.conditions import ACCURACY, DEFAULT, NOTES, SHOTS, judge, separate, states_metric, word_list
from evaluators.surroundings import said_around

MOST_CELLS = 20


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


def place_all(reading: CardReading, catalog: Catalog) -> Placements:
    """Place a card's scores: one at most for each dataset, task and variant, none where it disagrees with itself."""
    groups: dict[tuple[str, str, str], list[Placed]] = {}
    left_out: list[LeftOut] = []
    tables = _Tables(reading, catalog)
    for score in reading.scores:
        outcome = place(score, catalog)
        if isinstance(outcome, Placed):
            outcome = tables.judge(outcome)
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


def place(score: Score, catalog: Catalog) -> Placed | LeftOut:
    """The place of one score, or why it has none."""
    label = score.benchmark[:80]
    found = _named(catalog, score.benchmark)
    if found is None:
        return _left(score, Reason.NO_BENCHMARK, f"“{label}” is not the name of a registered benchmark.")
    benchmark, task, in_label, certain = found
    if not certain:
        detail = f"“{label}” does not say which task of {benchmark.dataset} is meant."
        names = tuple(name for one in benchmark.tasks for name in one.aliases[:1])
        return _left(score, Reason.TASK_UNCLEAR, detail, names)
    if score.aggregate:
        return _left(score, Reason.AGGREGATE, "It is an average across benchmarks.")
    if not benchmark.from_cards:
        detail = f"The owner of {benchmark.dataset} takes only results of the official harness."
        return _left(score, Reason.SOURCE_REFUSED, detail)
    variants: list[Variant] = []
    metric = ""
    for piece, inside in _conditions(score, in_label):
        verdict = judge(benchmark, task, score, piece, inside=inside)
        if isinstance(verdict, Variant):
            variants.append(verdict)
        elif isinstance(verdict, Reason):
            how = "measured in another way than" if verdict is Reason.METRIC_DIFFERS else "a set-up that is not that of"
            return _left(score, verdict, f"“{piece.strip()[:80]}” is {how} {benchmark.name}'s leaderboard.")
        elif verdict:
            metric = metric or verdict
    if len(set(variants)) > 1:
        return _left(score, Reason.SETTING_DIFFERS, f"“{score.setting[:80]}” names two set-ups.")
    variant = variants[0] if variants else DEFAULT
    value = _scaled(score, benchmark)
    if isinstance(value, LeftOut):
        return value
    return Placed(
        score=score,
        dataset=benchmark.dataset,
        task_id=task.id,
        variant=variant.id,
        notes=variant.notes or None,
        value=value,
        metric=metric or next(iter(task.metrics), ""),
    )


class _Tables:
    """What whole tables say about scores that would have a place by their labels alone."""

    def __init__(self, reading: CardReading, catalog: Catalog) -> None:
        self._catalog = catalog
        self._views = {view.number: view for view in reading.tables}
        self._rescaled = _rescaled(reading.scores)
        # A table may have thousands of rows, and the text around it is the same for all of them.
        self._said: dict[tuple[int, str, str, bool], str | None] = {}

    def judge(self, placed: Placed) -> Placed | LeftOut:
        score = placed.score
        if score.table in self._rescaled and not states_metric(score):
            detail = "The numbers of this table are rescaled against random guessing, as on the Open LLM Leaderboard."
            return _left(score, Reason.METRIC_DIFFERS, detail)
        said = self._said_around(placed)
        if said is None:
            return placed
        return _left(score, Reason.SETTING_DIFFERS, f"The text around the table says “{said[:80]}”.")

    def _said_around(self, placed: Placed) -> str | None:
        score = placed.score
        view, task = self._views.get(score.table), self._catalog.task(placed.dataset, placed.task_id)
        if view is None or task is None:
            return None
        stated = bool(placed.variant) or any(NO_TOOLS.search(spaced(text)) for text in (score.benchmark, score.setting))
        key = (score.table, placed.dataset, placed.task_id, stated)
        if key not in self._said:
            self._said[key] = said_around(view, task, set_up_stated=stated)
        return self._said[key]


def _left(score: Score, reason: Reason, detail: str, candidates: tuple[str, ...] = ()) -> LeftOut:
    text = f"{score.benchmark} {score.printed}".strip()[:200]
    return LeftOut(text, reason, detail, score.table, score.cell, score.line, candidates)


def _named(catalog: Catalog, label: str) -> tuple[Benchmark, Task, list[str], bool] | None:
    """The task that a label names, the conditions in the label, and whether the name is certain."""
    text = re.sub(r"[*†‡§¶^↑↓]", " ", label)
    for certain, names in ((True, catalog.names), (False, catalog.unclear_names)):
        if found := names.get(squash(text)):
            return *found, [], certain
        notes = NOTES.findall(text)
        core = NOTES.sub(" ", text)
        words = re.split(r"[\s/,:;|]+", core.strip())
        for end in range(len(words), 0, -1):
            if found := names.get(squash(" ".join(words[:end]))):
                rest = " ".join(words[end:]).strip(" -\u2013,:/|")
                if not certain and rest and not (SHOTS.fullmatch(rest) or ACCURACY.fullmatch(spaced(rest))):
                    continue
                return *found, [rest, *notes] if rest else notes, certain
    return None


def _conditions(score: Score, in_label: list[str]) -> Iterable[tuple[str, bool]]:
    """Each condition of a score once, and whether it stands in the label itself."""
    # A parenthesis that is part of the name, as in `GPQA (Diamond)`, is no condition as well.
    part_of_name = set(NOTES.findall(score.benchmark)) - set(in_label)
    beside = [text for piece in score.setting.split(";") if (text := piece.strip()) and text not in part_of_name]
    for note in dict.fromkeys([*in_label, *beside]):
        for text in separate(note):
            yield text, note in in_label


def _rescaled(scores: Iterable[Score]) -> frozenset[int]:
    """The tables that hold every benchmark of a leaderboard whose numbers are rescaled."""
    names: dict[int, list[str]] = {}
    for score in scores:
        names.setdefault(score.table, []).append(squash(score.benchmark))
    wanted = word_list("rescaled")
    return frozenset(
        table for table, found in names.items() if all(any(one.startswith(name) for one in found) for name in wanted)
    )


def _scaled(score: Score, benchmark: Benchmark) -> float | LeftOut:
    printed = score.printed[:40]
    if score.unit not in {Unit.PERCENT, Unit.FRACTION}:
        return _left(score, Reason.UNIT_UNKNOWN, f"The card does not say the unit of {printed} (percent or fraction).")
    if benchmark.scale is Scale.UNKNOWN:
        detail = f"The scale of {benchmark.dataset}'s leaderboard is not known yet; refresh the catalog."
        return _left(score, Reason.SCALE_UNKNOWN, detail)
    try:
        value = Decimal(str(score.value))
    except InvalidOperation:
        return _left(score, Reason.OUT_OF_RANGE, "It is not a finite number.")
    most = 100 if score.unit is Unit.PERCENT else 1
    if not value.is_finite() or not 0 <= value <= most:
        return _left(score, Reason.OUT_OF_RANGE, f"{printed} is outside 0 to {most}.")
    if score.unit is Unit.PERCENT and 0 < value <= 1 and "%" not in score.printed:
        # Authors write "accuracy (%)" above fractions more often than models score below one percent.
        return _left(score, Reason.UNIT_UNKNOWN, f"{printed} among percentages may be a fraction.")
    return float(in_scale(value, benchmark.scale, percent=score.unit is Unit.PERCENT))
