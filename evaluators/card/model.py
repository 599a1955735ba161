"""What reading a card yields: scores, what was left out and why, and how each table was understood."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

Cell = tuple[int, int]


class Unit(StrEnum):
    """The scale of a printed number."""

    PERCENT = "percent"
    FRACTION = "fraction"
    ELO = "elo"
    WER = "wer"
    OTHER = "other"
    UNKNOWN = "unknown"


class Reason(StrEnum):
    """Why something that looks like a score is not one of this model, or has no place."""

    # About a whole table
    NO_SCORES = "no_scores"
    NOT_SCORES = "not_scores"
    MODEL_NOT_FOUND = "model_not_found"
    MODEL_AMBIGUOUS = "model_ambiguous"
    OTHER_MODEL = "other_model"
    DERIVED_MODEL = "derived_model"
    SHAPE_UNCLEAR = "shape_unclear"
    IGNORED = "ignored"
    TOO_LARGE = "too_large"
    # About one cell
    NOT_A_NUMBER = "not_a_number"
    NOT_A_SCORE = "not_a_score"
    LABEL_MISSING = "label_missing"
    VALUES_UNCLEAR = "values_unclear"
    REPEATED = "repeated"
    # About an override
    OVERRIDE_UNUSABLE = "override_unusable"
    # About placement
    NO_BENCHMARK = "no_benchmark"
    AGGREGATE = "aggregate"
    TASK_UNCLEAR = "task_unclear"
    SETTING_DIFFERS = "setting_differs"
    METRIC_DIFFERS = "metric_differs"
    UNIT_UNKNOWN = "unit_unknown"
    OUT_OF_RANGE = "out_of_range"
    SCALE_UNKNOWN = "scale_unknown"
    SOURCE_REFUSED = "source_refused"
    CONFLICT = "conflict"


@dataclass(frozen=True, slots=True)
class Overrides:
    """What a person decides instead of the reader.

    `table` is 1-based, as in `Score.table`; reading is limited to it. `model_column` and `model_row` are 0-based grid
    positions (the label column and the first header row are 0). `model_name` is an exact label in place of the
    repo's name.
    """

    table: int | None = None
    model_column: int | None = None
    model_row: int | None = None
    model_name: str | None = None
    ignore_tables: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True)
class Score:
    """One number stated for the model, with the place where it is printed.

    `value` is the number as printed. `table` is 1-based in document order, `cell` is 0-based (row, column) after
    spans are expanded, `line` is the 1-based line of the README.
    """

    benchmark: str
    value: float
    unit: Unit
    setting: str
    aggregate: bool
    table: int
    cell: Cell
    line: int
    printed: str
    row_label: str
    column_label: str


@dataclass(frozen=True, slots=True)
class LeftOut:
    """Something that was not taken, and why: `reason` for machines, `detail` as a sentence for people."""

    text: str
    reason: Reason
    detail: str
    table: int | None = None
    cell: Cell | None = None
    line: int | None = None
    candidates: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class TableView:
    """How one table was understood; `why` is a sentence for people.

    What stands around it, as plain text: `title` is its caption and the heading that it is under, `above` the text
    between them and the table, `below` the lines after it that are no footnotes.
    """

    number: int
    first_line: int
    last_line: int
    shape: str
    headers: tuple[str, ...]
    sample: tuple[tuple[str, ...], ...]
    model_column: int | None
    model_row: int | None
    model_label: str | None
    why: str
    title: str = ""
    above: str = ""
    below: str = ""


@dataclass(frozen=True, slots=True)
class CardReading:
    """All that a card says about the scores of its model."""

    scores: tuple[Score, ...] = ()
    left_out: tuple[LeftOut, ...] = ()
    tables: tuple[TableView, ...] = ()


def unique(items: Iterable[str]) -> tuple[str, ...]:
    """The non-empty items in order, each once."""
    return tuple(dict.fromkeys(filter(None, items)))
