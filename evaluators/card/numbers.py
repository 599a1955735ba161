"""From the text of a cell to the numbers it states.

A cell may state one number (`**71.4**`, `71.4 ± 0.3`, `71.4 (5-shot)`, `71,4 %`), several (`90.2/83.2`, one a line) or
none. Numbers with a unit of size or time (`7B`, `128k`, `18 GB`, `94.0h`), ranges, sums and dates are none.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache

# Digits of other scripts are left to people.
_DIGITS = (
    r"(?:[0-9]{1,3}(?:,[0-9]{3})+(?:\.[0-9]+)?|[0-9]{1,3}(?:[ \u00a0\u202f][0-9]{3})+(?:\.[0-9]+)?"
    r"|[0-9]+(?:[.,][0-9]+)?|\.[0-9]+)"
)
_MARKS = r"[*†‡§¶#^~↑↓✓✔⋆★☆🏆🥇🥈🥉\ufe0f]*"
_NUMBER = re.compile(rf"(?P<sign>[-\u2212\u2013+]?)(?P<digits>{_DIGITS})(?P<percent>\s?[%\uff05])?")
_ONE = re.compile(
    rf"{_MARKS}\s*[≈~]?\s*{_NUMBER.pattern}\s*{_MARKS}(?: [+\u2212-]\d+(?:\.\d+)?%?)?"
    rf"(?:\s*(?:±|\+/-|\+-)\s*(?P<spread>{_DIGITS})\s*%?)?\s*{_MARKS}"
    r"(?:\s*[(\[\uff08](?P<note>[^()\[\]\uff08\uff09]{0,60})[)\]\uff09])?\s*"
    rf"(?P<tail>(?:(?:pass|maj|avg|cons|mean|best|acc|em|f1)@?\d*(?:@\d+)?|elo|points?|pts?)(?![a-z]))?\s*{_MARKS}",
    re.IGNORECASE,
)
_MISSING = re.compile(
    r"(?:[-\u2013—\u2212\\/*.?\uff1f_\s]*|n/?a|n\.a\.?|none|nan|inf|-inf|tbd|todo|unknown|x|✗|✘|❌|❓)", re.IGNORECASE
)
_TWO_SPACED = re.compile(rf"{_DIGITS}%?(?:\s+{_DIGITS}%?)+")
_PLAIN_SIGNED_NOTE = re.compile(rf"\s*[+\-\u2212\u2013±]?\s*{_DIGITS}\s*%?\s*")


@dataclass(frozen=True, slots=True)
class Number:
    """One number: `value` as printed, exact; `note` is the parenthesis after it when it holds words."""

    value: Decimal
    percent: bool = False
    note: str = ""
    signed: bool = False
    fractional: bool = False


Slot = Number | None
"""A place in a cell: a number, or None where a dash stands for a missing one."""


@dataclass(frozen=True, slots=True)
class CellNumbers:
    """What a cell states, and whether that is a number at all; no slots: not a number cell."""

    slots: tuple[Slot, ...] = ()
    any: bool = False


_NONE = CellNumbers()
_DASH = CellNumbers((None,))
_DIGIT = re.compile(r"[0-9]")


def is_missing(text: str) -> bool:
    """Whether the cell says that there is no value: empty, a dash, `N/A`, `nan`."""
    return len(text) < 20 and _MISSING.fullmatch(text) is not None


@lru_cache(maxsize=8192)
def read_cell(text: str, *, decimal_comma: bool = False) -> CellNumbers:
    """Read the numbers of a cell; `decimal_comma` says how the table writes `1,234`."""
    if not text or len(text) > 200:
        return _NONE
    if not _DIGIT.search(text):
        return _DASH if is_missing(text) else _NONE
    one = _read_one(text, decimal_comma=decimal_comma)
    if one is not None:
        return CellNumbers((one,), any=True)
    for separator in ("\n", "|", "/", ";", "&"):
        if separator in text:
            parts = [part.strip() for part in text.split(separator)]
            slots = tuple(_read_one(part, decimal_comma=decimal_comma) for part in parts)
            good = all(slot is not None or is_missing(part) for slot, part in zip(slots, parts, strict=True))
            if good and 2 <= len(parts) <= 12 and any(slot is not None for slot in slots):
                return CellNumbers(slots, any=True)
            return _NONE
    if _TWO_SPACED.fullmatch(text):
        return CellNumbers(tuple(_read_one(part, decimal_comma=decimal_comma) for part in text.split()), any=True)
    return _NONE


def _read_one(text: str, *, decimal_comma: bool) -> Number | None:
    match = _ONE.fullmatch(text)
    if match is None:
        return None
    value = _decimal(match["digits"], decimal_comma=decimal_comma)
    if value is None:
        return None
    if match["sign"] in {"-", "\u2212", "\u2013"}:
        value = -value
    note = (match["note"] or "").strip()
    if note and _PLAIN_SIGNED_NOTE.fullmatch(note):
        note = ""
    if match["tail"]:
        note = f"{match['tail']} {note}".strip()
    _, point, decimals = str(value).partition(".")
    fractional = bool(point) and bool(decimals.strip("0"))
    return Number(value, bool(match["percent"]), note, signed=match["sign"] == "+", fractional=fractional)


def _decimal(digits: str, *, decimal_comma: bool) -> Decimal | None:
    digits = digits.replace(" ", "").replace("\u00a0", "").replace("\u202f", "")
    if "," in digits:
        whole, _, rest = digits.rpartition(",")
        thousands = re.fullmatch(r"[1-9]\d{0,2}(?:,\d{3})+(?:\.\d+)?", digits) is not None
        if "." in rest or (thousands and not (decimal_comma and "," not in whole)):
            digits = digits.replace(",", "")
        elif "," in whole:
            return None
        else:
            digits = f"{whole}.{rest}"
    if len(digits) > 20:
        return None
    return Decimal(digits)


_COMMA_DECIMAL = re.compile(r"(?<![\d,.])(?:\d+,\d{1,2}|0,\d+|\d{4,},\d+|\d+,\d{4,})(?![\d,.])")
_POINT_DECIMAL = re.compile(r"(?<![\d,.])\d+\.\d+(?![\d,.])")


def uses_decimal_comma(rows: Iterable[Iterable[str]]) -> bool:
    """Whether a table writes decimals with a comma: some cell can only be read so, and none has a point."""
    if not any("," in cell and _COMMA_DECIMAL.search(cell) for row in rows for cell in row):
        return False
    return not any("." in cell and _POINT_DECIMAL.search(cell) for row in rows for cell in row)
