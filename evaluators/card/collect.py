"""The scores of a table, once it is known which of its numbers are the model's."""

import re
from collections.abc import Iterator
from dataclasses import replace

from evaluators.card.doubts import Card, denied_column, denied_row
from evaluators.card.footnotes import marks_on, notes_of
from evaluators.card.labels import is_aggregate, known_benchmark
from evaluators.card.model import LeftOut, Reason, Score
from evaluators.card.names import looks_like_model
from evaluators.card.naming import Named, Namer, context_name, context_shots, part_names, says_shots
from evaluators.card.numbers import CellNumbers
from evaluators.card.shape import Layout, Role
from evaluators.card.target import Place
from evaluators.card.units import Line, line_of, unit_of


def collect(card: Card, layout: Layout, place: Place | None) -> tuple[list[Score], list[LeftOut]]:
    """The scores in the columns or rows of a place (in the whole table, if None), and the numbers that are none."""
    scores: list[Score] = []
    left_out: list[LeftOut] = []
    table = layout.table
    context = context_name(
        table,
        frozenset(heading for heading in table.headings if card.target.match(heading) or looks_like_model(heading)),
    )
    if len({label for label in _axis_labels(layout, place) if known_benchmark(label)}) > 1:
        # The table names its benchmarks itself: an average row is not one of the benchmark in the sentence above.
        context = ""
    shots = context_shots(table)
    averages = [layout.filled[row][column] for row in layout.body for column in layout.label_columns[:1]]
    averages = [label for label in averages if label and is_aggregate(label)]
    around = " ".join([table.caption, table.lead[-400:], *table.headings[-2:], *averages])
    by_column = place is not None and place.axis == "column"
    variants = {at: match.variant for at, match in place.found} if place else {}
    taken = set(variants)
    data = [column for column in range(len(layout.heads)) if layout.roles[column] in {Role.DATA, Role.OTHER}]
    if by_column:
        cells = [(row, column) for row in layout.body for column in sorted(taken)]
    elif place is not None:
        cells = [(row, column) for row in sorted(taken) for column in data]
    else:
        cells = [(row, column) for row in layout.body for column in data if layout.roles[column] is Role.DATA]
    namer = Namer(layout, context, _model_labels(card, layout, place))
    lines: dict[tuple[object, int], Line] = {}
    notes = notes_of(table) if table.after else {}
    by_row = place is not None and place.axis == "row"
    denied_columns = {column for column in {column for _, column in cells} | set(data) if denied_column(layout, column)}
    denied_rows = {row for row in layout.body if denied_row(layout, row, by_model=by_row)}
    whole = line_of(
        layout.numbers[row][column]
        for row in layout.body
        if row not in denied_rows
        for column in data
        if column not in denied_columns
    )
    for row, column in cells:
        cell = layout.numbers[row][column]
        printed = table.rows[row][column]
        if not cell.any:
            told = column in denied_columns or row in denied_rows or layout.roles[column] is not Role.DATA
            if not told and not cell.slots and any(ch.isdigit() for ch in printed):
                left_out.append(
                    _cell_left_out(layout, row, column, Reason.NOT_A_NUMBER, "The cell is not a plain number.")
                )
            continue
        if column in denied_columns or row in denied_rows:
            left_out.append(
                _cell_left_out(layout, row, column, Reason.NOT_A_SCORE, "The label names no evaluation score.")
            )
            continue
        at = (row, column if place is None else -1) if by_column or place is None else (layout.group(row), column)
        if at not in lines:
            lines[at] = line_of(_line(layout, row, column, place, data))
        named = namer.name(row, column, variants.get(column if by_column else row, ""))
        if shots and not says_shots(named.setting):
            named = replace(named, setting="; ".join(filter(None, [named.setting, shots])))
        if not named.benchmark:
            left_out.append(
                _cell_left_out(layout, row, column, Reason.LABEL_MISSING, "Nothing names the benchmark of this number.")
            )
            continue
        if notes:
            named = _with_notes(named, notes, layout, row, column)
        scores += _scores_of(layout, row, column, cell, named, lines[at], whole, around)
    return scores, left_out


def _model_labels(card: Card, layout: Layout, place: Place | None) -> frozenset[str]:
    """The labels that name the model, and so no benchmark."""
    if place is None:
        return frozenset()
    labels = {match.label for _, match in place.found}
    for at, _ in place.found:
        if place.axis == "column":
            labels.update(piece for piece in layout.heads[at] if card.target.match(piece))
        else:
            labels.update(layout.filled[at][column] for column in layout.columns(Role.MODEL))
    return frozenset(labels)


def _axis_labels(layout: Layout, place: Place | None) -> list[str]:
    heads = [piece for column in layout.columns(Role.DATA) for piece in layout.heads[column] if piece]
    rows = [layout.filled[row][column] for row in layout.body for column in layout.columns(Role.BENCHMARK, Role.LABEL)]
    if place is None:
        return heads + rows
    return rows if place.axis == "column" else heads


def _line(layout: Layout, row: int, column: int, place: Place | None, data: list[int]) -> Iterator[CellNumbers]:
    """The cells for the same benchmark as this one; in a table without models every cell stands alone."""
    if place is None:
        yield layout.numbers[row][column]
    elif place.axis == "column":
        yield from (layout.numbers[row][other] for other in data)
    else:
        yield from (layout.numbers[other][column] for other in layout.groups[layout.group(row)])


def _with_notes(named: Named, notes: dict[str, str], layout: Layout, row: int, column: int) -> Named:
    """Add the footnotes of a number and of its labels to the setting."""
    table = layout.table
    cells = [table.markup[row][column], *(table.markup[row][label] for label in layout.label_columns)]
    cells += [table.markup[head][column] for head in range(layout.header_rows)]
    said = [
        f"note: {re.sub('[,;]', ' ', notes[mark])}"
        for markup in cells
        for mark in sorted(marks_on(markup))
        if mark in notes
    ]
    return replace(named, setting="; ".join(filter(None, [named.setting, *dict.fromkeys(said)])))


def _cell_left_out(layout: Layout, row: int, column: int, reason: Reason, why: str) -> LeftOut:
    text = layout.table.rows[row][column].replace("\n", " ")
    return LeftOut(text[:200], reason, why, layout.table.number, (row, column), layout.table.lines[row])


def _scores_of(
    layout: Layout, row: int, column: int, cell: CellNumbers, named: Named, line: Line, whole: Line, around: str
) -> list[Score]:
    table = layout.table
    several = len(cell.slots) > 1
    parts: list[str] = []
    if several:
        for label in (
            named.benchmark,
            named.row_label,
            named.column_label,
            *(layout.filled[row][label] for label in layout.label_columns),
            *layout.heads[column],
        ):
            parts = part_names(label, len(cell.slots))
            if parts:
                break
    out = []
    for index, slot in enumerate(cell.slots):
        if slot is None:
            continue
        benchmark, setting = named.benchmark, [named.setting]
        if several:
            part = parts[index] if parts else f"\x1fvalue {index + 1} of {len(cell.slots)}"
            own, _, extra = part.partition("\x1f")
            benchmark = own or benchmark
            setting.append(extra)
        if slot.note:
            setting.append(slot.note)
        labels = (benchmark, "; ".join(filter(None, setting)), named.column_label, named.row_label)
        unit = unit_of(slot, line, whole, labels, around)
        out.append(
            Score(
                benchmark=benchmark.replace("\n", " "),
                value=float(slot.value),
                unit=unit,
                setting="; ".join(piece.replace("\n", " ") for piece in setting if piece),
                aggregate=named.aggregate,
                table=table.number,
                cell=(row, column),
                line=table.lines[row],
                printed=table.rows[row][column],
                row_label=named.row_label,
                column_label=named.column_label,
            )
        )
    return out
