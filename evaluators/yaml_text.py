"""YAML as text: where things stand in it, so that one of them can be changed and every other byte stays.

PyYAML's composer knows where each node starts and ends; what others wrote is never written back as a whole.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import yaml

MAX_CHARS = 1_000_000
_MAX_NODES = 200_000
# PyYAML takes these for line breaks, YAML 1.2 readers such as the Hub's do not: both must see the same lines.
_ODD_BREAKS = re.compile("[\x85\u2028\u2029]|\r(?!\n)")
_COMMENT = re.compile(r"#[^\r\n]*")
_WIDE = 2**31
# PyYAML's constructors fail in many ways: `!!int ''` is an IndexError, `!!bool x` a KeyError.
_ODD_SCALARS = (ValueError, LookupError, AttributeError, TypeError, ArithmeticError)


class YamlError(ValueError):
    """The text is not YAML that we read; the message is one sentence, `line` counts from 1 where it is known."""

    def __init__(self, message: str, line: int | None = None) -> None:
        super().__init__(message)
        self.line = line


class CannotEdit(ValueError):  # noqa: N818 - the name says what is the case
    """The text is laid out so that a change might touch more than it should; the message is one sentence."""


def load(text: str, above: int = 0) -> tuple[Any, yaml.Node | None]:
    """The data of a text, and its node (None for an empty text); an error's line counts the lines `above` it too.

    Raises:
        YamlError: It is not one YAML document of plain data, or it is too large, whatever is wrong with it.
    """
    if len(text) > MAX_CHARS:
        raise YamlError("It is too large.")
    try:
        loader = yaml.SafeLoader(text)
        node = loader.get_single_node()
        if node is None:
            return None, None
        _expanded(node, {})
        return loader.construct_document(node), node
    except YamlError:
        raise
    # PyYAML's constructors fail in many ways on odd scalars: `!!int ''` is an IndexError, `!!bool x` a KeyError.
    except (
        yaml.YAMLError,
        ValueError,
        LookupError,
        AttributeError,
        TypeError,
        ArithmeticError,
        RecursionError,
    ) as error:
        line = _line(error, text)
        line = line and line + above
        raise YamlError(f"It is not valid YAML{f' at line {line}' if line else ''}.", line) from error


def _line(error: Exception, text: str) -> int | None:
    mark = getattr(error, "problem_mark", None) or getattr(error, "context_mark", None)
    if mark is not None:
        return int(mark.line) + 1
    if isinstance(error, yaml.reader.ReaderError):
        return text.count("\n", 0, error.position) + 1
    return None


def _expanded(node: yaml.Node, known: dict[int, int]) -> int:
    """How many nodes there are once every alias is written out: a few lines of aliases can mean billions."""
    if id(node) not in known:
        known[id(node)] = _MAX_NODES + 1
        known[id(node)] = 1 + sum(_expanded(child, known) for child in children(node))
    if known[id(node)] > _MAX_NODES:
        raise YamlError("It repeats itself too often.", line_of(node))
    return known[id(node)]


def children(node: yaml.Node) -> Iterator[yaml.Node]:
    """The nodes directly in a node, keys included."""
    if isinstance(node, yaml.SequenceNode):
        yield from node.value
    elif isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            yield key
            yield value


def line_of(node: yaml.Node) -> int:
    """The line that a node starts on, from 1."""
    return int(node.start_mark.line) + 1


def pair(node: yaml.Node | None, key: str) -> tuple[yaml.Node, yaml.Node] | None:
    """The key and the value of a mapping, as nodes; the last one where there are several, as for a reader."""
    if not isinstance(node, yaml.MappingNode):
        return None
    found = [(one, value) for one, value in node.value if isinstance(one, yaml.ScalarNode) and one.value == key]
    return found[-1] if found else None


def child(node: yaml.Node | None, key: str) -> yaml.Node | None:
    """The value of a key of a mapping, as a node."""
    found = pair(node, key)
    return found[1] if found else None


def doubled(node: yaml.Node | None) -> list[yaml.ScalarNode]:
    """The keys that a mapping has already had: PyYAML takes the last one, other readers refuse the file."""
    seen: set[str] = set()
    again: list[yaml.ScalarNode] = []
    for key, _ in node.value if isinstance(node, yaml.MappingNode) else ():
        if isinstance(key, yaml.ScalarNode):
            if key.value in seen:
                again.append(key)
            seen.add(key.value)
    return again


def scalar(value: object, style: str | None = None) -> str:
    """A text or number as YAML on one line, in quotes where it must be or where `style` asks for it."""
    if isinstance(value, str) and not re.fullmatch(r"[\x20-\x7e\xa0-\u2027\u202a-\ud7ff\ue000-\ufefe]*", value):
        style = '"'
    elif isinstance(value, str) and re.match(r"[-+.~\d]", value):
        # `1e5` is a text for PyYAML and a number for others.
        style = style or "'"
    elif not isinstance(value, str):
        style = None
    dumped = yaml.dump(value, Dumper=yaml.SafeDumper, default_style=style, allow_unicode=True, width=_WIDE)
    return dumped.removesuffix("\n").removesuffix("\n...")


def splice(text: str, start: int, end: int, new: str) -> str:
    """The text with a part of it replaced."""
    return text[:start] + new + text[end:]


@dataclass(frozen=True)
class Layout:
    """A text that can be edited, and where things stand in it."""

    text: str
    data: Any
    root: yaml.Node | None
    eol: str

    @classmethod
    def of(cls, text: str, eol: str | None = None) -> "Layout":
        """Read a text for editing; its lines end as its first one does, or with `eol`.

        Raises:
            CannotEdit: It is not YAML, or readers may disagree on its lines or characters.
        """
        if _ODD_BREAKS.search(text):
            raise CannotEdit("It has line breaks that not every reader takes for one.")
        if "\ufffd" in text:
            raise CannotEdit("It has characters that could not be read.")
        try:
            layout = cls(text, *load(text), eol or line_break(text))
        except YamlError as error:
            raise CannotEdit(str(error)) from error
        if any(isinstance(token, yaml.DocumentEndToken) for token in layout.tokens):
            raise CannotEdit("It has an end of a document within it.")
        return layout

    @cached_property
    def tokens(self) -> list[yaml.Token]:
        """What the text is made of; comments stand between them."""
        return list(yaml.scan(self.text, Loader=yaml.SafeLoader))

    @cached_property
    def comments(self) -> list[tuple[int, str]]:
        """Every comment with where it starts."""
        gaps = zip(self.tokens, self.tokens[1:], strict=False)
        return [
            (match.start(), match[0])
            for one, other in gaps
            for match in _COMMENT.finditer(self.text, one.end_mark.index, other.start_mark.index)
        ]

    def has_anchor(self, start: int, end: int) -> bool:
        """Whether a part is tied to others by an anchor or alias."""
        ties = (token for token in self.tokens if isinstance(token, yaml.AnchorToken | yaml.AliasToken))
        return any(start <= token.start_mark.index < end for token in ties)

    def has_comment(self, start: int, end: int) -> bool:
        """Whether there is a comment in a part."""
        return any(start <= at < end for at, _ in self.comments)

    def line_start(self, index: int) -> int:
        """Where the line starts that a place is on; the byte order mark is on no line."""
        start = self.text.rfind("\n", 0, index) + 1
        return start + 1 if start == 0 and self.text.startswith("\ufeff") else start

    def line_end(self, index: int) -> int:
        """Where the next line starts, or the end of the text."""
        return self.text.find("\n", index) + 1 or len(self.text)

    def content_end(self, node: yaml.Node) -> int:
        """The end of the last line with something of a node on it, comment and line break included."""
        end = _leaf_end(node)
        # A block scalar ends where the next line starts.
        return end if end > node.start_mark.index and self.line_start(end) == end else self.line_end(end)

    def dashes(self, node: yaml.SequenceNode) -> list[int]:
        """Where each item of a block sequence has its dash."""
        return [
            token.start_mark.index
            for token in self.tokens
            if isinstance(token, yaml.BlockEntryToken)
            and token.start_mark.column == node.start_mark.column
            and node.start_mark.index <= token.start_mark.index < node.end_mark.index
        ]

    def last_line_end(self) -> int:
        """The end of the last line that is not blank."""
        return self.line_end(len(self.text.rstrip(" \t\r\n")))

    def insert_line(self, at: int, lines: str) -> str:
        """The text with whole lines put in at the start of a line or at the end; `lines` ends without a break."""
        if at == len(self.text) > 0 and not self.text.endswith("\n"):
            return self.text + self.eol + lines
        return splice(self.text, at, at, lines + self.eol)

    def without_lines(self, start: int, end: int) -> str:
        """The text without whole lines; a text that ended without a line break still does."""
        if end == len(self.text) and not self.text.endswith("\n"):
            start = len(self.text[:start].removesuffix("\n").removesuffix("\r"))
        return splice(self.text, start, end, "")


def _leaf_end(node: yaml.Node) -> int:
    inner = () if getattr(node, "flow_style", None) else children(node)
    return max((_leaf_end(one) for one in inner), default=int(node.end_mark.index))


def line_break(text: str) -> str:
    """How the lines of a text end: as its first one does."""
    at = text.find("\n")
    return "\r\n" if at > 0 and text[at - 1] == "\r" else "\n"
