"""The scale of a number: said by `%` or the metric, or shown by all numbers of its line; never by one value alone."""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from evaluators.card.labels import has_metric, known_benchmark, unit_hint, words
from evaluators.card.lexicon import lexicon
from evaluators.card.model import Unit
from evaluators.card.numbers import CellNumbers, Number

_BOUNDED = lexicon("bounded_metrics")


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
            decimals = decimals or slot.value != slot.value.to_integral_value()
            largest = max(largest, abs(slot.value))
    return Line(percent, largest, count, decimals)


def bounded(*labels: str) -> bool:
    """Whether the labels name a metric or a benchmark whose scores lie between nothing and all."""
    text = " ".join(labels).lower().replace("@", " ").replace("_", " ").replace("-", " ")
    return any(word in _BOUNDED for word in words(text)) or any(known_benchmark(label) for label in labels)


def unit_of(number: Number, line: Line, table: Line, labels: tuple[str, ...], context: str) -> Unit:
    """The unit of a number; UNKNOWN where neither sign, metric nor the whole line says it."""
    hint = unit_hint(*labels)
    if hint in {Unit.ELO, Unit.WER}:
        return hint
    if number.percent or line.percent:
        return (
            Unit.WER
            if hint is None and unit_hint(context) is Unit.WER and not has_metric(" ".join(labels))
            else Unit.PERCENT
        )
    if hint is not None:
        return hint
    if not any(has_metric(label) for label in labels) and not any(known_benchmark(label) for label in labels[:1]):
        said = unit_hint(context)
        if said is not None and said is not Unit.PERCENT:
            return said
        if said is Unit.PERCENT and line.largest <= 100:
            return Unit.PERCENT
    if line.largest > 100:
        return Unit.OTHER
    certain = bounded(*labels)
    if line.largest > Decimal("1.5"):
        if certain or (table.largest > 10 and line.largest > 10):
            return Unit.PERCENT
        return Unit.UNKNOWN
    if line.decimals and (line.count > 1 or table.count > 1) and table.largest <= Decimal("1.5"):
        return Unit.FRACTION
    if line.decimals and line.count > 2 and certain:
        return Unit.FRACTION
    return Unit.UNKNOWN
