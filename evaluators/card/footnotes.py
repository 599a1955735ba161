"""What the footnotes under a table say about the numbers they are attached to."""

import re

from evaluators.card.tables import Table
from evaluators.card.text import plain

_SUP = re.compile(
    r"<sup\b[^<>]{0,100}>\s*([^<>\s]{1,6})\s*</sup>|\^\{?\\?([*\w]{1,3})\}?|\[\^(\w{1,10})\]", re.IGNORECASE
)
_SIGN = re.compile(r"(?<![*\\])\\?([*†‡§¶#]{1,3})\s*(?:\*\*|__|</\w+>|\s)*$")
_NOTE = re.compile(
    r"\s*(?:[-*>]\s+)?(?:<sup\b[^<>]{0,100}>\s*([^<>\s]{1,6})\s*</sup>|\[\^(\w{1,10})\]:?|\\?([*†‡§¶#]{1,3})(?!\S*\*))\s*[:\uff1a.]?\s*(.{3,300})",
    re.IGNORECASE,
)


def notes_of(table: Table) -> dict[str, str]:
    """The footnotes of a table by their marks."""
    found: dict[str, str] = {}
    for line in table.after:
        match = _NOTE.match(line)
        if match:
            mark = (match[1] or match[2] or match[3]).strip("\\")
            found.setdefault(mark, plain(match[4]))
    return found


def lines_below(table: Table) -> str:
    """The lines under a table that are no footnotes."""
    return "\n".join(plain(line) for line in table.after if line.strip() and not _NOTE.match(line))


def marks_on(markup: str) -> set[str]:
    """The footnote marks attached to a cell."""
    marks = {next(group for group in match if group) for match in _SUP.findall(markup)}
    sign = _SIGN.search(markup)
    # Unescaped asterisks in pairs are emphasis.
    if sign and ("*" not in sign[1] or "\\*" in markup or markup.count("*") % 2):
        marks.add(sign[1])
    return marks
