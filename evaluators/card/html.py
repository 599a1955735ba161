"""HTML tables: spans expanded into a grid as browsers do, with the source line of each row."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from selectolax.lexbor import LexborHTMLParser, LexborNode

_OPENING = re.compile(r"<(tr|td|th|caption)\b", re.IGNORECASE)
_TAG = re.compile(r"<(/?)([a-zA-Z][a-zA-Z0-9]*)[^<>]{0,2000}>?")
_CLOSED_FOR_US = frozenset(
    [
        "td",
        "th",
        "tr",
        "tbody",
        "thead",
        "tfoot",
        "caption",
        "col",
        "colgroup",
        "p",
        "li",
        "dd",
        "dt",
        "option",
        "br",
        "hr",
        "img",
        "input",
        "wbr",
        "meta",
        "link",
        "source",
    ]
)
_NUMBER = re.compile(r"\s*(\d{1,9})")
_LINE = "data-source-line"

_Hanging = dict[int, tuple[int, str]]

MAX_COLUMN_SPAN = 1000  # https://html.spec.whatwg.org/multipage/tables.html#algorithm-for-processing-rows
MAX_ROW_SPAN = 65534


@dataclass(frozen=True, slots=True)
class Grid:
    """Cells after span expansion: markup, source line (0-based, relative) and whether each row is a header row."""

    rows: list[list[str]]
    lines: list[int]
    header_rows: int
    caption: str


class TableTooLargeError(ValueError):
    """The expanded table has more cells than we are ready to look at."""


def read_html_table(source: str, max_cells: int) -> Grid | None:
    """Expand the first table in `source`.

    Raises:
        TableTooLargeError: It has more than `max_cells` cells after its spans are expanded.
    """
    tree = LexborHTMLParser(_with_lines(source))
    table = tree.css_first("table")
    if table is None:
        return None
    caption, groups = _row_groups(table)
    rows: list[list[str]] = []
    lines: list[int] = []
    header_rows, body_seen, budget = 0, False, max_cells
    for is_head, group in groups:
        expanded, group_lines, all_th = _expand(group, budget)
        budget -= sum(map(len, expanded))
        if is_head and not body_seen:
            header_rows += len(expanded)
        elif not body_seen:
            body_seen = True
            if header_rows == 0:
                header_rows = next((at for at, only_th in enumerate(all_th) if not only_th), len(all_th))
        rows += expanded
        lines += group_lines
    width = max(map(len, rows), default=0)
    if width * len(rows) > max_cells:
        raise TableTooLargeError
    rows = [row + [""] * (width - len(row)) for row in rows]
    return Grid(rows, lines, header_rows, caption)


def nesting(source: str) -> int:
    """How deep tags may be nested at most: parsers take quadratic time on deep or unclosed nesting.

    Tags that browsers close by themselves or that hold nothing are not counted.
    """
    depth = deepest = 0
    for match in _TAG.finditer(source):
        if match[2].lower() in _CLOSED_FOR_US or source[match.end() - 2] == "/":
            continue
        depth += -1 if match[1] else 1
        depth = max(depth, 0)
        deepest = max(deepest, depth)
    return deepest


def _with_lines(source: str) -> str:
    """Write each row's and cell's line into the tag: the parser keeps attributes but not positions."""
    out: list[str] = []
    at = line = 0
    for match in _OPENING.finditer(source):
        line += source.count("\n", at, match.end())
        out += [source[at : match.end()], f' {_LINE}="{line}"']
        at = match.end()
    out.append(source[at:])
    return "".join(out)


def _row_groups(table: LexborNode) -> tuple[str, list[tuple[bool, list[LexborNode]]]]:
    caption = ""
    groups: list[tuple[bool, list[LexborNode]]] = []
    loose: list[LexborNode] = []
    for child in table.iter():
        if child.tag == "caption":
            caption = caption or child.inner_html or ""
        elif child.tag in {"thead", "tbody", "tfoot"}:
            if loose:
                groups.append((False, loose))
                loose = []
            groups.append((child.tag == "thead", [row for row in child.iter() if row.tag == "tr"]))
        elif child.tag == "tr":
            loose.append(child)
    if loose:
        groups.append((False, loose))
    return caption, groups


def _expand(rows: list[LexborNode], budget: int) -> tuple[list[list[str]], list[int], list[bool]]:
    """Lay the cells of one row group on a grid; spans end with the group."""
    grid: list[list[str]] = []
    lines: list[int] = []
    all_th: list[bool] = []
    hanging: _Hanging = {}
    for row in rows:
        cells: list[str] = []
        across = 1
        only_th, own_cells = True, 0
        below: _Hanging = {}

        column = 0
        for cell in row.iter():
            if cell.tag not in {"td", "th"}:
                continue
            own_cells += 1
            only_th = only_th and cell.tag == "th"
            column = _fill(column, hanging, cells, below)
            markup = cell.inner_html or ""
            attributes = cell.attributes
            across = _span(attributes, "colspan", MAX_COLUMN_SPAN)
            down = _span(attributes, "rowspan", MAX_ROW_SPAN)
            for offset in range(across):
                # A cell already hanging here from above keeps its place, as in browsers.
                hanging.pop(column + offset, None)
                cells.append(markup)
                if down > 1:
                    below[column + offset] = (down - 1, markup)
            column += across
            budget -= across
            if budget < 0:
                raise TableTooLargeError
        while hanging:
            column = _fill(column, hanging, cells, below)
            if hanging:
                cells.append("")
                column += 1
        budget -= len(cells)
        if budget < 0:
            raise TableTooLargeError
        hanging = below
        grid.append(cells)
        lines.append(int(row.attributes.get(_LINE) or (lines[-1] if lines else 0)))
        # A lone cell below the first row heads a section of the body.
        lone = own_cells == 1 and bool(all_th) and len(cells) == across
        all_th.append(only_th and own_cells > 0 and not lone)
    return grid, lines, all_th


def _fill(column: int, hanging: _Hanging, cells: list[str], below: _Hanging) -> int:
    """Put down the cells that hang here from the rows above; the next free column."""
    while column in hanging:
        left, markup = hanging.pop(column)
        cells.append(markup)
        if left > 1:
            below[column] = (left - 1, markup)
        column += 1
    return column


def _span(attributes: Mapping[str, str | None], name: str, most: int) -> int:
    text = attributes.get(name)
    if not text:
        return 1
    match = _NUMBER.match(text)
    number = int(match[1]) if match else 1
    if number == 0:
        return most if name == "rowspan" else 1
    return min(number, most)
