"""Where new results go in the text of a front matter: into its `model-index`, or into a new one at its end."""

from typing import Any

import yaml

from evaluators.yaml_text import CannotEdit, Layout, child, doubled, pair, scalar, splice

KEY = "model-index"
_SEVERAL = "The model-index is about several models."
_UNUSUAL = "The model-index is laid out in an unusual way."


def add_results(layout: Layout, results: list[dict[str, Any]], name: str) -> tuple[str, Any]:
    """The text of a front matter with more results, and what its `model-index` should then say.

    `name` is the model's: for a new index, or to find the right one of several.

    Raises:
        CannotEdit: The layout does not allow it.
    """
    root = layout.root
    if root is not None and (not isinstance(root, yaml.MappingNode) or root.flow_style):
        raise CannotEdit("The front matter is not laid out as keys on lines.")
    if doubled(root):
        raise CannotEdit("The front matter has a key twice.")
    found = pair(root, KEY)
    item = {"name": name, "results": results}
    if found is None:
        column = root.start_mark.column if root else 0
        lines = _indented([f"{KEY}:", *_lines([item])], column)
        return layout.insert_line(layout.last_line_end(), layout.eol.join(lines)), [item]
    key, index = found
    following = (other.start_mark.index for other, _ in (root.value if root else ()))
    start = key.start_mark.index
    if layout.has_anchor(start, min((at for at in following if at > start), default=len(layout.text))):
        raise CannotEdit("The model-index is tied to other places by an anchor.")
    if _empty(layout, index):
        return _filled(layout, index, _indented(_lines([item]), key.start_mark.column)), [item]
    if not isinstance(index, yaml.SequenceNode) or index.flow_style:
        raise CannotEdit(_UNUSUAL)
    return _into_list(layout, index, results, name)


def _into_list(layout: Layout, index: yaml.SequenceNode, results: list[dict[str, Any]], name: str) -> tuple[str, Any]:
    """The text with more results in the right item of an existing index."""
    expected = list(layout.data[KEY])
    names = [one.get("name") if isinstance(one, dict) else None for one in expected]
    at = 0 if len(names) == 1 else names.index(name) if names.count(name) == 1 else None
    if at is None:
        raise CannotEdit(_SEVERAL)
    item, old = index.value[at], expected[at]
    if not isinstance(item, yaml.MappingNode) or item.flow_style or doubled(item):
        raise CannotEdit(_UNUSUAL)
    below, column = child(item, "results"), item.start_mark.column
    expected[at] = {**old, "results": [*(old.get("results") or []), *results]}
    if below is None:
        lines = _indented(["results:", *_lines(results)], column)
        return layout.insert_line(layout.content_end(item), layout.eol.join(lines)), expected
    if _empty(layout, below):
        return _filled(layout, below, _indented(_lines(results), column)), expected
    if not isinstance(below, yaml.SequenceNode) or below.flow_style:
        raise CannotEdit(_UNUSUAL)
    lines = _indented(_lines(results), below.start_mark.column)
    return layout.insert_line(layout.content_end(below), layout.eol.join(lines)), expected


def _empty(layout: Layout, node: yaml.Node) -> bool:
    """Whether a list is left empty, or written `[]` as training scripts do."""
    written = layout.text[node.start_mark.index : node.end_mark.index]
    return isinstance(node, yaml.ScalarNode | yaml.SequenceNode) and "".join(written.split()) in {"", "[]"}


def _filled(layout: Layout, node: yaml.Node, lines: list[str]) -> str:
    """The text with lines below a key in the place of its empty list."""
    start, end = node.start_mark.index, node.end_mark.index
    text = layout.insert_line(layout.line_end(end), layout.eol.join(lines))
    return splice(text, len(layout.text[:start].rstrip(" ")), end, "")


def _lines(data: Any) -> list[str]:
    """A list or mapping as lines of YAML, each text and number on one line."""
    if isinstance(data, list):
        return [line for one in data for line in _dashed(_lines(one))]
    lines = []
    for key, value in data.items():
        if isinstance(value, list | dict):
            inner = _lines(value)
            lines += [f"{key}:", *(inner if isinstance(value, list) else _indented(inner, 2))]
        else:
            lines.append(f"{key}: {scalar(value)}")
    return lines


def _dashed(lines: list[str]) -> list[str]:
    return [f"- {lines[0]}", *_indented(lines[1:], 2)]


def _indented(lines: list[str], columns: int) -> list[str]:
    return [" " * columns + line for line in lines]
