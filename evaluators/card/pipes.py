"""GFM pipe tables: their rows and cells, with the source line of each row.

The grammar is that of https://github.github.com/gfm/#tables-extension-; finding the lines is `tables.py`'s business.
"""

import re

_DELIMITER_CELL = re.compile(r"\s*:?-+:?\s*")
_DELIMITER_SHAPE = re.compile(r"[\s|:-]+")
_LIST_ITEM = re.compile(r"(?:[-+*]|\d{1,9}[.)])(?:\s|$)")
_BLOCK_START = re.compile(r"(?:>|#{1,6}(?:\s|$)|(?:[-*_]\s*){3,}$|```|~~~|<(?:/?[a-zA-Z]|!--))")


def split_row(line: str) -> list[str]:
    """The cells of a row: pipes separate, escaped pipes do not, the outer pipes are optional."""
    text = line.strip()
    if "\\|" not in text:
        parts = text.split("|")
    else:
        parts, start, at = [], 0, text.find("|")
        while at >= 0:
            # As in cmark-gfm, one backslash is enough, however many stand before it.
            if at == 0 or text[at - 1] != "\\":
                parts.append(text[start:at].replace("\\|", "|"))
                start = at + 1
            at = text.find("|", at + 1)
        parts.append(text[start:].replace("\\|", "|"))
    if parts and not parts[0].strip():
        parts = parts[1:]
    if parts and not parts[-1].strip():
        parts = parts[:-1]
    return [part.strip() for part in parts]


def delimiter_width(line: str) -> int:
    """The number of columns a delimiter row declares; 0 when the line is none."""
    text = line.strip()
    if "-" not in text or not _DELIMITER_SHAPE.fullmatch(text) or not ("|" in text or ":" in text):
        return 0
    parts = text.split("|")
    if not parts[0].strip():
        parts = parts[1:]
    if parts and not parts[-1].strip():
        parts = parts[:-1]
    return len(parts) if parts and all(_DELIMITER_CELL.fullmatch(part) for part in parts) else 0


def ends_table(line: str) -> bool:
    """Whether this line, its container removed, cannot be a row of the table above it."""
    text = line.strip()
    if not text or len(line) - len(line.lstrip(" ")) >= 4:
        return True
    if text[0] == "|":
        return False
    return bool(_BLOCK_START.match(text) or (_LIST_ITEM.match(text) and "|" not in text))
