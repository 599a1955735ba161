"""Changing one entry of a result file that others wrote too: every other entry, comment and byte stays.

Each function takes the text of a file and returns the new one. The text is spliced where PyYAML's composer says that
things stand, then read again and compared with what was meant: whatever is not as meant is not done (`CannotEdit`).
"""

from dataclasses import replace
from typing import Any

import yaml

from evaluators.results import ResultEntry, ResultsFileError, parse, render, utc_date
from evaluators.yaml_text import CannotEdit, Layout, child, doubled, pair, scalar, splice

__all__ = ["CannotEdit", "append_entry", "remove_entry", "replace_entry"]

TOKEN = "verifyToken"  # noqa: S105 - the name of a key
_ORDER = {
    "": ("dataset", "value", TOKEN, "date", "source", "notes"),
    "dataset": ("id", "task_id", "revision"),
    "source": ("url", "name", "user", "org"),
}


def replace_entry(text: str, number: int, new: ResultEntry) -> str:
    """The file with one entry saying what `new` says; only what differs is rewritten, in its place.

    `number` counts from 1. `new` is meant in full: what it lacks is removed, so start from the entry as it was read
    (`dataclasses.replace`). Keys that the format does not know stay.

    Raises:
        CannotEdit: The file is invalid, the entry is verified, or its layout does not allow it.
    """
    layout, entries = _open(text)
    _item(layout, number)
    old = entries[number - 1]
    if old.dataset.lower() != new.dataset.lower():
        raise CannotEdit(f"Entry {number} is about another dataset.")
    new = _writable(new, old.date)
    edited = text
    for parent, key, before, after in _fields(old, new):
        if before != after:
            edited = _set(edited, number, parent, key, after)
    wanted = [*entries[: number - 1], new, *entries[number:]]
    others = [item for at, item in enumerate(layout.data, start=1) if at != number]
    _check(edited, wanted, [*others, _unknown(layout.data[number - 1])], number)
    if [comment for _, comment in Layout.of(edited).comments] != [comment for _, comment in layout.comments]:
        raise CannotEdit(f"Entry {number} has a comment where it would change.")
    return edited


def append_entry(text: str, entry: ResultEntry) -> str:
    """The file with one more entry at its end.

    Raises:
        CannotEdit: The file is invalid, or its layout does not allow it.
    """
    layout, entries = _open(text)
    entry = _writable(entry, None)
    indent = " " * _list(layout).start_mark.column
    lines = layout.eol.join(indent + line for line in render([entry]).removesuffix("\n").split("\n"))
    # Blank lines at the end stay there.
    edited = layout.insert_line(layout.last_line_end(), lines)
    _check(edited, [*entries, entry], layout.data, None)
    return edited


def remove_entry(text: str, number: int) -> str | None:
    """The file without one entry and the comments in it; None where nothing but this entry was in the file.

    Raises:
        CannotEdit: The file is invalid, the entry is verified, or its layout does not allow it.
    """
    layout, entries = _open(text)
    item = _item(layout, number)
    start = layout.line_start(layout.dashes(_list(layout))[number - 1])
    end = layout.content_end(item)
    if len(entries) == 1:
        if any(not start <= at < end for at, _ in layout.comments):
            raise CannotEdit("Only comments would be left in the file.")
        return None
    edited = layout.without_lines(start, end)
    rest = [one for at, one in enumerate(entries, start=1) if at != number]
    _check(edited, rest, [one for at, one in enumerate(layout.data, start=1) if at != number], None)
    return edited


def _open(text: str) -> tuple[Layout, list[ResultEntry]]:
    """A file whose list can be edited, with its entries."""
    layout = Layout.of(text)
    try:
        entries = parse(text)
    except ResultsFileError as error:
        raise CannotEdit(str(error)) from error
    root = _list(layout)
    if root.flow_style or not entries:
        raise CannotEdit("Its list is written in brackets.")
    if len(layout.dashes(root)) != len(entries) or any(
        layout.text[layout.line_start(at) : at].strip(" ") for at in layout.dashes(root)
    ):
        raise CannotEdit("Its list is laid out in an unusual way.")
    if layout.has_anchor(0, layout.dashes(root)[0]):
        raise CannotEdit("Its list has an anchor.")
    return layout, entries


def _list(layout: Layout) -> yaml.SequenceNode:
    if not isinstance(layout.root, yaml.SequenceNode):
        raise CannotEdit("It is not a list of result entries.")
    return layout.root


def _item(layout: Layout, number: int) -> yaml.MappingNode:
    """The node of an entry that may be changed."""
    items, dashes = _list(layout).value, layout.dashes(_list(layout))
    if not 1 <= number <= len(items):
        raise CannotEdit(f"There is no entry {number}.")
    if layout.has_anchor(dashes[number - 1], dashes[number] if number < len(dashes) else len(layout.text)):
        raise CannotEdit(f"Entry {number} is tied to others by an anchor.")
    item = items[number - 1]
    if not isinstance(item, yaml.MappingNode) or item.flow_style:
        raise CannotEdit(f"Entry {number} is written in braces.")
    if any(doubled(one) for one in (item, child(item, "dataset"), child(item, "source"))):
        raise CannotEdit(f"Entry {number} has a key twice.")
    if child(item, TOKEN) is not None:
        raise CannotEdit(f"Entry {number} is verified.")
    return item


def _writable(entry: ResultEntry, old_date: str | None) -> ResultEntry:
    """The entry as it may be written: with a date in UTC, unless that is the one that is there already."""
    if entry.verified:
        raise CannotEdit("An entry that carries a proof is not written.")
    if entry.source_url is None and (entry.source_name, entry.source_user, entry.source_org) != (None, None, None):
        raise CannotEdit("A source without an address is not written.")
    if entry.date is None or entry.date == old_date:
        return entry
    try:
        return replace(entry, date=utc_date(entry.date))
    except ValueError as error:
        raise CannotEdit("The date is not one of ISO 8601.") from error


def _fields(old: ResultEntry, new: ResultEntry) -> list[tuple[str, str, Any, Any]]:
    """Everything that an entry says: the mapping and the key it stands under, before and after."""
    names = [
        ("dataset", "id", "dataset"),
        ("dataset", "task_id", "task"),
        ("dataset", "revision", "revision"),
        ("", "value", "value"),
        ("", "date", "date"),
        ("source", "url", "source_url"),
        ("source", "name", "source_name"),
        ("source", "user", "source_user"),
        ("source", "org", "source_org"),
        ("", "notes", "notes"),
    ]
    if new.source_url is None and old != new:
        # Without an address there is no source at all.
        names = [name for name in names if name[0] != "source"]
        gone = [("", "source", old.source_url or old.source_name or old.source_user or old.source_org, None)]
    else:
        gone = []
    return [(parent, key, getattr(old, name), getattr(new, name)) for parent, key, name in names] + gone


def _set(text: str, number: int, parent: str, key: str, value: Any) -> str:
    """The text with one key of an entry set, added or (None) removed."""
    layout = Layout.of(text)
    item = _item(layout, number)
    mapping = child(item, parent) if parent else item
    if mapping is None:
        return _insert(layout, item, "", parent, _nested(layout, item, key, value))
    if not isinstance(mapping, yaml.MappingNode):
        raise CannotEdit(f"Entry {number} has a {parent} that is not a mapping.")
    found = pair(mapping, key)
    if value is None:
        return _remove(layout, mapping, found) if found else text
    style = "'" if mapping.flow_style else None
    if found is None:
        return _insert(layout, mapping, parent, key, " " + scalar(value, style))
    return _rewrite(layout, found[1], value, style)


def _rewrite(layout: Layout, node: yaml.Node, value: Any, style: str | None) -> str:
    """The text with another scalar in the place of one, in the quotes that it had."""
    if not isinstance(node, yaml.ScalarNode):
        raise CannotEdit("What would change is not a single value.")
    start, end = node.start_mark.index, node.end_mark.index
    if start == end:
        return splice(layout.text, start, start, " " + scalar(value, style))
    end = start + len(layout.text[start:end].rstrip(" \t\r\n"))
    if node.style in {"|", ">"} and "#" in layout.text[start : layout.line_end(start)]:
        raise CannotEdit("What would change has a comment within it.")
    quotes = node.style if node.style in {"'", '"'} else style
    return splice(layout.text, start, end, scalar(value, quotes))


def _insert(layout: Layout, mapping: yaml.MappingNode, name: str, key: str, rest: str) -> str:
    """The text with one more key in a mapping, where the format's documentation has it."""
    if mapping.flow_style:
        raise CannotEdit(f"The {name or 'entry'} is written in braces.")
    order = _ORDER[name]
    before = [pair(mapping, one) for one in order[: order.index(key)]]
    after = [found[1] for found in before if found] or [mapping.value[-1][1]]
    at = layout.content_end(max(after, key=lambda node: int(node.start_mark.index)))
    return layout.insert_line(at, " " * mapping.start_mark.column + f"{key}:{rest}")


def _nested(layout: Layout, item: yaml.MappingNode, key: str, value: Any) -> str:
    """A mapping of one key, below a key of an entry and as deep as its dataset is."""
    dataset, column = child(item, "dataset"), item.start_mark.column
    deep = dataset is not None and not getattr(dataset, "flow_style", True)
    inner = dataset.start_mark.column if dataset is not None and deep else column + 2
    return f"{layout.eol}{' ' * inner}{key}: {scalar(value)}"


def _remove(layout: Layout, mapping: yaml.MappingNode, found: tuple[yaml.Node, yaml.Node]) -> str:
    """The text without the lines of a key."""
    key, value = found
    start, end = layout.line_start(key.start_mark.index), layout.content_end(value)
    if mapping.flow_style or layout.text[start : key.start_mark.index].strip(" "):
        raise CannotEdit("What would go is not on lines of its own.")
    if layout.has_comment(start, end):
        raise CannotEdit("What would go has a comment.")
    return layout.without_lines(start, end)


def _unknown(item: Any) -> Any:
    """What an entry says beyond the format."""
    known = set(_ORDER[""])
    inner = {
        f"{name}.{key}": value
        for name in ("dataset", "source")
        if isinstance(item.get(name), dict)
        for key, value in item[name].items()
        if key not in _ORDER[name]
    }
    return {key: value for key, value in item.items() if key not in known} | inner


def _check(text: str, entries: list[ResultEntry], others: list[Any], changed: int | None) -> None:
    """Read an edited file again and compare it with what was meant."""
    layout = Layout.of(text)
    try:
        same = parse(text) == entries
    except ResultsFileError as error:
        raise CannotEdit(f"The file would be invalid: {error}") from error
    data = layout.data[: len(others)]
    if changed is not None:
        data = [item for at, item in enumerate(layout.data, start=1) if at != changed]
        data.append(_unknown(layout.data[changed - 1]))
    # As text: 1 and True are one for Python, and a NaN is no other one.
    if not same or repr(data) != repr(others):
        raise CannotEdit("The file is laid out so that more would change than was meant.")
