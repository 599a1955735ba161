"""How a table is laid out: header rows, label columns, section rows, blank continuation cells, number columns."""

from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property

from evaluators.card.labels import (
    bare,
    has_physical_unit,
    is_benchmark_head,
    is_metric,
    is_metric_head,
    is_model_head,
    is_not_score,
    is_qualifier,
    is_setting_head,
    known_benchmark,
)
from evaluators.card.lexicon import lexicon
from evaluators.card.numbers import CellNumbers, is_missing, read_cell, uses_decimal_comma
from evaluators.card.tables import Table


class Role(StrEnum):
    """What a column is for."""

    MODEL = "model"
    BENCHMARK = "benchmark"
    SETTING = "setting"
    LABEL = "label"
    SIZE = "size"
    DATA = "data"
    OTHER = "other"


@dataclass(frozen=True)
class Layout:
    """A table with its parts told apart; rows and columns are grid positions."""

    table: Table
    header_rows: int
    heads: tuple[tuple[str, ...], ...]
    roles: tuple[Role, ...]
    body: tuple[int, ...]
    sections: tuple[str, ...]
    filled: tuple[tuple[str, ...], ...]
    numbers: tuple[tuple[CellNumbers, ...], ...]

    def columns(self, *roles: Role) -> list[int]:
        """The columns with one of these roles, in order."""
        if roles not in self._by_roles:
            self._by_roles[roles] = [column for column, role in enumerate(self.roles) if role in roles]
        return self._by_roles[roles]

    @cached_property
    def _by_roles(self) -> dict[tuple[Role, ...], list[int]]:
        return {}

    @cached_property
    def label_columns(self) -> list[int]:
        """The columns that hold labels of rows."""
        return self.columns(Role.MODEL, Role.BENCHMARK, Role.SETTING, Role.LABEL)

    @cached_property
    def variety(self) -> dict[int, int]:
        """How many different cells each label column has."""
        return {column: len({self.filled[row][column] for row in self.body}) for column in self.label_columns}

    @cached_property
    def groups(self) -> dict[str, list[int]]:
        """The rows for each benchmark that a benchmark column names; all rows under one key when there is none."""
        columns = self.columns(Role.BENCHMARK)
        found: dict[str, list[int]] = {}
        for row in self.body:
            found.setdefault(self.filled[row][columns[0]] if columns else "", []).append(row)
        return found

    def group(self, row: int) -> str:
        """The key of a row in `groups`."""
        columns = self.columns(Role.BENCHMARK)
        return self.filled[row][columns[0]] if columns else ""

    def head(self, column: int) -> str:
        """The header pieces of a column as one text."""
        pieces = self.heads[column]
        return pieces[0] if len(pieces) == 1 else " ".join(dict.fromkeys(piece for piece in pieces if piece))


def lay_out(table: Table) -> Layout | None:
    """Tell the parts of a table apart; None when there is nothing under its header."""
    rows = table.rows
    if not rows or not rows[0]:
        return None
    width = len(rows[0])
    comma = uses_decimal_comma(rows)
    numbers = tuple(tuple(read_cell(cell, decimal_comma=comma) for cell in row) for row in rows)
    header_rows = _header_rows(table, numbers)
    if header_rows >= len(rows):
        return None
    heads = tuple(_head_pieces(rows, column, header_rows) for column in range(width))
    section_of, body = _sections(rows, numbers, header_rows)
    if not body:
        return None
    roles = _roles(rows, numbers, heads, body, width)
    filled = _fill_down(rows, roles, body, section_of)
    return Layout(table, header_rows, heads, roles, tuple(body), tuple(section_of), filled, numbers)


def _header_rows(table: Table, numbers: tuple[tuple[CellNumbers, ...], ...]) -> int:
    rows = table.rows
    count = table.header_rows or 1
    while count < min(len(rows) - 1, (table.header_rows or 1) + 3):
        row, above = rows[count], rows[count - 1]
        labels = [0]
        for column in range(1, len(row)):
            head = above[column]
            if not (is_model_head(head) or is_benchmark_head(head) or is_setting_head(head)):
                break
            labels.append(column)
        rest = [column for column in range(len(row)) if column not in labels]
        if not rest:
            break
        titled = all(
            not row[column]
            or is_model_head(row[column])
            or is_benchmark_head(row[column])
            or is_setting_head(row[column])
            for column in labels
        )
        texts = [row[column] for column in rest if row[column]]
        if not titled or not texts:
            break
        has_numbers = any(numbers[count][column].any for column in rest)
        if has_numbers:
            above_texts = [above[column] for column in rest]
            spanning = len(rest) > 1 and len(set(filter(None, above_texts))) == 1 and bool(above_texts[0])
            if not (spanning and not any(row[column] for column in labels) and count + 1 < len(rows)):
                break
        elif len(set(texts)) == 1 and len(row) > 2 and len(texts) == len(row):
            break
        count += 1
    return count


def _head_pieces(rows: tuple[tuple[str, ...], ...], column: int, header_rows: int) -> tuple[str, ...]:
    """The texts above a column, top down; a blank under a spanning head of a pipe table takes the head to its left."""
    pieces = []
    for row in range(header_rows):
        text = rows[row][column]
        if not text and header_rows > 1 and row < header_rows - 1 and column:
            left = column - 1
            while left > 0 and not rows[row][left]:
                left -= 1
            if left > 0 and rows[header_rows - 1][column]:
                text = rows[row][left]
        pieces.append(text)
    return tuple(pieces)


def _sections(
    rows: tuple[tuple[str, ...], ...], numbers: tuple[tuple[CellNumbers, ...], ...], header_rows: int
) -> tuple[list[str], list[int]]:
    """The section each row stands in, and the rows that are no section heads."""
    section_of = [""] * len(rows)
    body: list[int] = []
    current = ""
    for at in range(header_rows, len(rows)):
        row = rows[at]
        texts = [text for text, cell in zip(row, numbers[at], strict=True) if text and (cell.any or not cell.slots)]
        distinct = set(texts)
        if not texts:
            if not any(row):
                current = current if at == header_rows else ""
            continue
        if len(distinct) == 1 and not any(cell.any for cell in numbers[at]) and _is_section(row, texts):
            current = texts[0]
            section_of[at] = current
            continue
        section_of[at] = current
        body.append(at)
    return section_of, body


def _is_section(row: tuple[str, ...], texts: list[str]) -> bool:
    if any(text and is_missing(text) for text in row):
        return False
    if len(texts) > 1:
        return len(texts) >= len(row) / 2
    return len(row) > 2 and (bool(row[0]) or bool(row[1]))


def _roles(
    rows: tuple[tuple[str, ...], ...],
    numbers: tuple[tuple[CellNumbers, ...], ...],
    heads: tuple[tuple[str, ...], ...],
    body: list[int],
    width: int,
) -> tuple[Role, ...]:
    roles: list[Role] = []
    data_seen = False
    for column in range(width):
        cells = [numbers[row][column] for row in body]
        numeric = sum(cell.any for cell in cells)
        # Neither blank nor a dash.
        present = [
            row for row, cell in zip(body, cells, strict=True) if cell.any or (rows[row][column] and not cell.slots)
        ]
        head = " ".join(dict.fromkeys(filter(None, heads[column])))
        last = next((piece for piece in reversed(heads[column]) if piece), "")
        role = Role.OTHER
        if numeric and numeric * 2 >= len(present):
            role = Role.DATA
        if is_size_head(last):
            role = Role.SIZE
        elif not data_seen:
            if is_model_head(last) and role is not Role.DATA:
                role = Role.MODEL
            elif is_benchmark_head(last) and role is not Role.DATA:
                role = Role.BENCHMARK
            elif (
                is_metric_head(last)
                and role is not Role.DATA
                and Role.BENCHMARK not in roles
                and _holds_benchmarks(rows, body, column)
            ):
                # `Category | Metric | ...` over `MMLU`, `GSM8K`.
                role = Role.BENCHMARK
            elif is_setting_head(last) and (role is not Role.DATA or column > 0) and not is_metric(head):
                role = Role.SETTING
            elif (column == 0 and role is not Role.DATA) or (
                role is Role.OTHER
                and present
                and not numeric
                and Role.MODEL not in roles
                and all(r in _LABELS for r in roles)
                and not is_not_score(last)
            ):
                role = Role.LABEL
        elif is_setting_head(last) and role is not Role.DATA:
            role = Role.SETTING
        if role is Role.BENCHMARK and all(
            is_qualifier(rows[at][column]) or is_not_score(rows[at][column]) for at in body
        ):
            # `Dataset | mnli | anli` over a row `Accuracy`: the head speaks of the heads to its right.
            role = Role.LABEL
        if role is Role.DATA and not is_not_score(last) and not has_physical_unit(head):
            data_seen = True
        roles.append(role)
    if not any(role in {Role.MODEL, Role.BENCHMARK, Role.LABEL} for role in roles) and Role.SETTING in roles:
        # `Metric | Value`: the only label column names the benchmarks, whatever its head says.
        roles[roles.index(Role.SETTING)] = Role.LABEL
    return tuple(roles)


def _holds_benchmarks(rows: tuple[tuple[str, ...], ...], body: list[int], column: int) -> bool:
    cells = {rows[at][column] for at in body if rows[at][column]}
    return sum(known_benchmark(cell) and not is_qualifier(cell) for cell in cells) * 2 > len(cells)


_LABELS = {Role.MODEL, Role.BENCHMARK, Role.SETTING, Role.LABEL, Role.SIZE}


def is_size_head(head: str) -> bool:
    """A column head over model sizes."""
    text = bare(head).lstrip("# ").replace(" ", "_")
    return text in lexicon("size_heads")


def _fill_down(
    rows: tuple[tuple[str, ...], ...], roles: tuple[Role, ...], body: list[int], section_of: list[str]
) -> tuple[tuple[str, ...], ...]:
    """Give blank label cells the label above them, when the row is named by another label column."""
    labels = [column for column, role in enumerate(roles) if role in _LABELS and role is not Role.SIZE]
    filled = [list(row) for row in rows]
    above: dict[int, str] = {}
    section = None
    for at in body:
        if section_of[at] != section:
            section, above = section_of[at], {}
        named = [column for column in labels if rows[at][column]]
        for column in labels:
            if rows[at][column]:
                above[column] = rows[at][column]
                for later in labels:
                    if later > column and roles[later] is Role.SETTING and not rows[at][later]:
                        above.pop(later, None)
            elif (named and column in above and roles[column] is not Role.SETTING) or (
                named and column in above and column == labels[0]
            ):
                filled[at][column] = above[column]
    return tuple(map(tuple, filled))
