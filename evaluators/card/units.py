"""The scale of a number: said by `%` or the metric, or shown by all numbers of its line; never by one value alone."""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache

from evaluators.card.labels import known_benchmark, metric_hint, squash, unit_hint, words
from evaluators.card.lexicon import lexicon
from evaluators.card.model import Unit
from evaluators.card.numbers import CellNumbers, Number

_BOUNDED = lexicon("bounded_metrics")
_OPEN_ENDED = lexicon("open_ended_benchmarks")
_OPEN_ENDED_STARTS = tuple(sorted(word for word in _OPEN_ENDED if len(word) > 4))
# No share of right answers is above one; rounding and bonus points leave a little room.
_SURELY_PERCENT = Decimal("1.5")


@dataclass(frozen=True, slots=True)
class Line:
    """What all numbers for one benchmark, of every model in the table, look like together."""

    percent: bool = False
    largest: Decimal = Decimal(0)
    count: int = 0
    decimals: bool = False


def line_of(cells: Iterable[CellNumbers]) -> Line:
    """Sum up the numbers of a row or column."""
    percent, decimals, largest, count = False, False, Decimal(0), 0
    for cell in cells:
        for slot in cell.slots:
            if slot is None:
                continue
            count += 1
            percent = percent or slot.percent
            decimals = decimals or slot.fractional
            size = abs(slot.value)
            largest = max(largest, size)
    return Line(percent, largest, count, decimals)


@lru_cache(maxsize=8192)
def _names_bounded(label: str) -> bool:
    return not _BOUNDED.isdisjoint(words(label.replace("@", " ").replace("_", " ").replace("-", " ")))


def bounded(benchmark: str, *labels: str) -> bool:
    """Whether the labels name a metric or a benchmark whose scores lie between nothing and all."""
    if any(map(_names_bounded, (benchmark, *labels))):
        return True
    return not open_ended(benchmark) and any(known_benchmark(label) for label in (benchmark, *labels))


def open_ended(benchmark: str) -> bool:
    """Whether a benchmark is usually measured by something that is no share of right answers: WER, BLEU, perplexity."""
    parts = words(benchmark)
    return any(part in _OPEN_ENDED for part in parts) or squash(benchmark).startswith(_OPEN_ENDED_STARTS)


def unit_of(number: Number, line: Line, table: Line, labels: tuple[str, ...], context: str) -> Unit:
    """The unit of a number; UNKNOWN where neither sign, metric nor the whole line says it.

    `line` sums up the numbers for the same benchmark, `table` all of the table; `labels` has the benchmark first.
    """
    hint = unit_hint(*labels)
    if hint in {Unit.ELO, Unit.WER}:
        return hint
    certain = bounded(*labels)
    around = None if certain else metric_hint(context)
    if number.percent or line.percent:
        return Unit.WER if hint is None and around is Unit.WER else Unit.PERCENT
    if hint is not None:
        return hint
    if around is not None and (around is not Unit.PERCENT or line.largest <= 100):
        return around
    if line.largest > 100:
        return Unit.OTHER
    if not certain and open_ended(labels[0]):
        return Unit.UNKNOWN
    if line.largest > _SURELY_PERCENT:
        return Unit.PERCENT if certain or (table.largest > 10 and line.largest > 10) else Unit.UNKNOWN
    if line.decimals and table.count > 1 and table.largest <= _SURELY_PERCENT:
        return Unit.FRACTION
    return Unit.FRACTION if line.decimals and line.count > 2 and certain else Unit.UNKNOWN
