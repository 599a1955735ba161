"""The tables of a README in document order, each with the headings and sentences that speak about it.

Lines are looked at once. Fenced and indented code, comments, `<pre>`, `<script>` and `<style>` hold no tables.
What is inside quotes, lists and `<details>` counts.
"""

import re
from dataclasses import dataclass, field, replace

from evaluators.card.html import TableTooLargeError, nesting, read_html_table
from evaluators.card.pipes import delimiter_width, ends_table, split_row
from evaluators.card.text import plain

MAX_CELLS = 60_000
MAX_COLUMNS = 400
MAX_TABLES = 500
MAX_TOTAL_CELLS = 200_000
MAX_SOURCE = 2_000_000
MAX_NESTING = 60

_FENCE = re.compile(r"(`{3,}(?=[^`]*$)|~{3,})")
_QUOTE = re.compile(r" {0,3}>[ ]?")
_ITEM = re.compile(r"( *)([-+*]|\d{1,9}[.)])( +|$)")
_HEADING = re.compile(r"(#{1,6})(?:[ \t]+(.*?))?(?:[ \t]+#+)?[ \t]*$")
_HTML_HEADING = re.compile(r"<h([1-6])\b[^>]{0,300}>(.{0,500}?)(?:</h\1|$)", re.IGNORECASE)
_SUMMARY = re.compile(r"<summary\b[^>]{0,300}>(.{0,500}?)(?:</summary|$)", re.IGNORECASE)
_DETAILS_END = re.compile(r"</details", re.IGNORECASE)
_RAW_START = re.compile(r"<(pre|script|style|textarea)(?=[\s>]|$)", re.IGNORECASE)
_TABLE_TAG = re.compile(r"<table(?=[\s>/]|$)", re.IGNORECASE)
_TABLE_NEST = re.compile(r"<!--|-->|<(/?)table(?=[\s>/]|$)", re.IGNORECASE)
_BOLD_LINE = re.compile(r"(?:[-*+] |\d+[.)] )?(?:\*\*|__)(?!\s)(.{1,200}?)(?:\*\*|__)\s*:?\s*")
_RULE_START = frozenset("|:-")
_BOLD_START = frozenset("*_-+0123456789")
_SETEXT_START = frozenset("=-")
_SETEXT = re.compile(r" {0,3}(=+|-+)[ \t]*$")

DETAILS_LEVEL = 7
BOLD_LEVEL = 8


@dataclass(frozen=True, slots=True)
class Table:
    """A table as a grid of plain text, with what stands around it.

    `headings` go from the outermost to the innermost, `lead` is the text between the innermost heading (or the table
    before) and this table, `after` the markup of the lines below it. Lines are 1-based.
    """

    number: int
    first_line: int
    last_line: int
    markup: tuple[tuple[str, ...], ...]
    rows: tuple[tuple[str, ...], ...]
    lines: tuple[int, ...]
    header_rows: int
    headings: tuple[str, ...] = ()
    lead: str = ""
    caption: str = ""
    after: tuple[str, ...] = ()
    is_html: bool = False
    too_large: bool = False

    @property
    def width(self) -> int:
        """The number of columns."""
        return len(self.rows[0]) if self.rows else 0


@dataclass(frozen=True, slots=True)
class Document:
    """A README taken apart."""

    front_matter: str
    title: str
    headings: tuple[str, ...]
    tables: tuple[Table, ...]


@dataclass(slots=True)
class _Scan:
    lines: list[str]
    headings: list[tuple[int, str]] = field(default_factory=list)
    all_headings: list[str] = field(default_factory=list)
    title: str = ""
    lead: list[str] = field(default_factory=list)
    tables: list[Table] = field(default_factory=list)
    cells: int = 0
    waiting: int = 0
    full: bool = False
    last_comment_end: int = -1

    def heading(self, level: int, markup: str) -> None:
        text = plain(markup)
        if not text:
            return
        while self.headings and self.headings[-1][0] >= level:
            self.headings.pop()
        self.headings.append((level, text[:300]))
        if level < DETAILS_LEVEL:
            if not self.title:
                self.title = text[:300]
            self.all_headings.append(text[:300])
        self.lead.clear()
        self.waiting = 0

    def leave_details(self) -> None:
        for at, (level, _) in enumerate(self.headings):
            if level == DETAILS_LEVEL:
                del self.headings[at:]
                self.lead.clear()
                return


def read_document(readme: str) -> Document:
    """Find all tables; never raises, whatever the text."""
    lines = readme.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    start, front_matter = _front_matter(lines)
    scan = _Scan(lines)
    _walk(scan, start)
    return Document(front_matter, scan.title, tuple(scan.all_headings), tuple(scan.tables))


def _front_matter(lines: list[str]) -> tuple[int, str]:
    if lines and lines[0].lstrip("\ufeff").rstrip() == "---":
        for at in range(1, len(lines)):
            if lines[at].rstrip() == "---":
                return at + 1, "\n".join(lines[1:at])
    return 0, ""


def _walk(scan: _Scan, start: int) -> None:
    lines = scan.lines
    at, total, list_indent, previous_blank = start, len(lines), 0, True
    while at < total and not scan.full:
        line = lines[at]
        if not line or line.isspace():
            previous_blank = True
            at += 1
            continue
        text, quoted = _unquote(line) if ">" in line[:4] else (line, False)
        stripped = text.lstrip(" \t")
        indent = len(text.expandtabs(4)) - len(text.expandtabs(4).lstrip(" ")) if text[:1] in " \t" else 0
        item = None if stripped[:1].isalpha() else _ITEM.match(text)
        if item and indent < list_indent + 4:
            list_indent = len(item[0]) if item[3] else len(item[0]) + 1
            stripped = text[item.end() :].lstrip()
            indent = list_indent
        elif indent < list_indent and previous_blank:
            list_indent = indent
        code = indent - list_indent >= 4 and previous_blank
        previous_blank = False
        if code:
            at, previous_blank = _after_code(lines, at + 1), True
            continue
        if stripped[:3] in {"```", "~~~"} and (fence := _FENCE.match(stripped)):
            at = _after_fence(lines, at + 1, fence[1], quoted=quoted)
            continue
        if "<" in stripped and (jump := _markup_line(scan, at, stripped)) is not None:
            at = jump
            continue
        if stripped.startswith("#") and (heading := _HEADING.match(stripped)):
            scan.heading(len(heading[1]), heading[2] or "")
            at += 1
            continue
        if at + 1 < total:
            following = lines[at + 1]
            rule = following.lstrip(" \t>")[:1]
            if rule in _RULE_START and "-" in following and (end := _pipe_table(scan, at, stripped)) is not None:
                at = end
                continue
            if rule in _SETEXT_START and _SETEXT.match(following) and not item and not quoted:
                scan.heading(1 if "=" in following else 2, stripped)
                at += 2
                continue
        if stripped[:1] in _BOLD_START and (bold := _BOLD_LINE.fullmatch(stripped)):
            scan.heading(BOLD_LEVEL, bold[1])
        else:
            _say(scan, stripped)
        at += 1


def _after_code(lines: list[str], at: int) -> int:
    while at < len(lines) and (not lines[at].strip() or lines[at].startswith(("    ", "\t"))):
        at += 1
    return at


def _unquote(line: str) -> tuple[str, bool]:
    if ">" not in line[:4]:
        return line, False
    quoted, at = False, 0
    while match := _QUOTE.match(line, at):
        quoted, at = True, match.end()
    return line[at:], quoted


def _after_fence(lines: list[str], at: int, fence: str, *, quoted: bool) -> int:
    closing = re.compile(rf"[ \t>]*{re.escape(fence[0])}{{{len(fence)},}}[ \t]*$")
    while at < len(lines):
        if quoted and ">" not in lines[at][:4]:
            return at
        if fence[:3] in lines[at] and closing.match(lines[at]):
            return at + 1
        at += 1
    return at


def _markup_line(scan: _Scan, at: int, stripped: str) -> int | None:
    """Handle a line with HTML in it; the line to go on with, or None when the line is to be read as Markdown."""
    lines = scan.lines
    opened = stripped.rfind("<!--")
    if opened >= 0 and stripped.find("-->", opened) < 0:
        if scan.last_comment_end < 0:
            scan.last_comment_end = next((end for end in range(len(lines) - 1, -1, -1) if "-->" in lines[end]), 0)
        if at < scan.last_comment_end:
            return next(end for end in range(at + 1, len(lines)) if "-->" in lines[end]) + 1
        if opened == 0:
            return len(lines)
    if raw := _RAW_START.match(stripped):
        closing = f"</{raw[1].lower()}"
        for end in range(at, len(lines)):
            if closing in lines[end].lower():
                return end + 1
        return len(lines)
    if table := _TABLE_TAG.search(lines[at]):
        before = lines[at][: table.start()]
        if before.count("`") % 2 == 0 and before.rfind("<!--") <= before.rfind("-->"):
            _context_tags(scan, before)
            return _html_table(scan, at, table.start())
    if _context_tags(scan, stripped):
        return at + 1
    return None


def _context_tags(scan: _Scan, text: str) -> bool:
    """Take headings and summaries written in HTML; whether the line held one."""
    if "<" not in text:
        return False
    if _DETAILS_END.search(text):
        scan.leave_details()
    if heading := _HTML_HEADING.search(text):
        scan.heading(int(heading[1]), heading[2])
        return True
    if summary := _SUMMARY.search(text):
        scan.heading(DETAILS_LEVEL, summary[1])
        return True
    return False


def _say(scan: _Scan, markup: str) -> None:
    if markup.startswith(("![", "<img", "[![")):
        return
    scan.lead.append(markup[:1000])
    if len(scan.lead) > 12:
        del scan.lead[0]
    if scan.waiting > 0:
        scan.waiting -= 1
        table = scan.tables[-1]
        scan.tables[-1] = replace(table, after=(*table.after, markup[:400]))


def _add(
    scan: _Scan,
    first: int,
    last: int,
    rows: list[list[str]],
    lines: list[int],
    header_rows: int,
    *,
    caption: str = "",
    is_html: bool = False,
    too_large: bool = False,
) -> None:
    # The first table over the limit is listed as too large, and the text after it is not read.
    cells = len(rows) * (len(rows[0]) if rows else 0)
    scan.cells += cells
    if cells > MAX_CELLS or scan.cells > MAX_TOTAL_CELLS or len(scan.tables) >= MAX_TABLES:
        too_large = True
    if rows and len(rows[0]) > MAX_COLUMNS:
        too_large = True
    if too_large:
        rows, lines = [], []
    lead = [text for text in (plain(line) for line in scan.lead) if text]
    scan.tables.append(
        Table(
            number=len(scan.tables) + 1,
            first_line=first + 1,
            last_line=last + 1,
            markup=tuple(map(tuple, rows)),
            rows=tuple(tuple(plain(cell[:4000]) for cell in row) for row in rows),
            lines=tuple(line + 1 for line in lines),
            header_rows=header_rows,
            headings=tuple(text for _, text in scan.headings),
            lead="\n".join(lead)[-3000:],
            caption=plain(caption[:2000]),
            is_html=is_html,
            too_large=too_large,
        )
    )
    scan.lead.clear()
    scan.waiting = 8
    scan.full = len(scan.tables) > MAX_TABLES


def _pipe_table(scan: _Scan, at: int, header: str) -> int | None:
    delimiter, _ = _unquote(scan.lines[at + 1])
    width = delimiter_width(delimiter)
    if not width:
        return None
    cells = split_row(header)
    if len(cells) != width:
        return None
    rows, lines = [cells], [at]
    end = at + 2
    total_cells = width
    while end < len(scan.lines):
        text, _ = _unquote(scan.lines[end])
        if ends_table(text.lstrip(" ") if scan.lines[at][:1] in " \t>-*+0123456789" else text):
            break
        total_cells += width
        if total_cells <= MAX_CELLS:
            row = split_row(text)
            rows.append(row[:width] + [""] * (width - len(row)))
            lines.append(end)
        end += 1
    _add(scan, at, end - 1, rows, lines, 1, too_large=total_cells > MAX_CELLS)
    return end


def _html_table(scan: _Scan, at: int, column: int) -> int:
    """Read the outermost table that opens at this place; the line after it."""
    lines = scan.lines
    depth, commented, end, stop = 0, False, at, column
    found = False
    while end < len(lines) and not found:
        for match in _TABLE_NEST.finditer(lines[end], column if end == at else 0):
            if match[0] == "<!--":
                commented = True
            elif match[0] == "-->":
                commented = False
            elif not commented:
                depth += -1 if match[1] else 1
                if depth == 0:
                    stop, found = match.end(), True
                    break
        end += 1
    last = end - 1
    parts = [*lines[at:last], lines[last][:stop] + ">"] if found else lines[at:end]
    parts[0] = parts[0][column:]
    source = "\n".join(parts)
    too_large = False
    grid = None
    if len(source) > MAX_SOURCE or len(scan.tables) >= MAX_TABLES or nesting(source) > MAX_NESTING:
        too_large = True
    else:
        try:
            grid = read_html_table(source, min(MAX_CELLS, MAX_TOTAL_CELLS - scan.cells))
        except TableTooLargeError:
            too_large = True
    rows = grid.rows if grid else []
    _add(
        scan,
        at,
        last,
        rows,
        [at + line for line in grid.lines] if grid else [],
        grid.header_rows if grid else 0,
        caption=grid.caption if grid else "",
        is_html=True,
        too_large=too_large,
    )
    if found and last < len(lines):
        rest = lines[last][stop:].lstrip(">").strip()
        if rest and _TABLE_TAG.search(rest):
            # Another table on the closing line: read the rest of the line as a line of its own.
            lines[last] = rest
            return last
        _context_tags(scan, rest)
    return last + 1
