"""The lines of a comment that speak to the bot: those that begin with a slash and are shown as ordinary text.

Where code, quotes and HTML begin and end is for the Markdown parser to say (CommonMark). A line counts in paragraphs,
in list items where the line itself begins with the slash, and in underlined headings. It does not count in fenced,
indented and inline code, in block quotes with their lazy lines, in HTML blocks and comments, inside of elements of raw
HTML that stand for code, quotes and what is deleted or folded away, in links, and in link definitions.
"""

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from markdown_it import MarkdownIt
from markdown_it.rules_inline import StateInline
from markdown_it.token import Token

# The Hub takes no more. A longer one cannot be cut: the end of a code span may be behind the cut.
MAX_COMMENT = 65_536

_LINE_END = re.compile(r"\r\n?")
_SLASH = re.compile(r"^ {0,3}(/[^\W\d_][^\n]*)", re.MULTILINE)
_MAY_HIDE = re.compile(r"[`<\[]")
# Elements of code, quotes, and what is deleted, folded away or not shown.
_ELEMENTS = frozenset({
    "blockquote", "q", "cite", "pre", "code", "kbd", "samp", "tt", "var", "xmp", "listing", "plaintext", "textarea",
    "script", "style", "template", "title", "noscript", "noembed", "noframes", "iframe", "object", "svg", "math",
    "select", "del", "s", "strike", "details",
})  # fmt: skip
# Their end tags end them whatever stands open inside; those of the others do nothing while a block does.
_STRONG = frozenset({"blockquote", "details"})
_INLINE = frozenset({"a", "b", "br", "em", "i", "img", "small", "span", "strong", "sub", "summary", "sup", "u"})
# As browsers read it: a comment, what they take for one, or a tag, whose quoted values may hold anything.
_HTML = re.compile(
    r"""<!--|<[!?][^>]*+(?P<bogus>>?)
    |<(?P<end>/?)(?P<name>[a-z][^ \t\n\f\r/>]*+)(?:=\s*+(?:"[^"]*+"|'[^']*+'|(?!["']))|[^>=])*+(?P<close>>?)""",
    re.IGNORECASE | re.VERBOSE,
)
_COMMENT = re.compile(r"<!--|-->")


@dataclass(frozen=True, slots=True)
class Line:
    """A line that begins with a slash: its number in the comment, from 1, and its text from the slash on."""

    number: int
    text: str


def slash_lines(comment: str) -> Iterator[Line]:
    """Lines that begin with a slash and a letter, wherever they stand: cheap, and more than those that count."""
    text = _normal(comment)
    at = number = 0
    for found in _SLASH.finditer(text):
        number += text.count("\n", at, found.start())
        at = found.start()
        yield Line(number + 1, found[1].rstrip())


def command_lines(comment: str) -> tuple[Line, ...]:
    """The lines that may hold commands, in their order. Pure; never raises, whatever the text."""
    if len(comment) > MAX_COMMENT:
        return ()
    wanted = {line.number: line for line in slash_lines(comment)}
    if not wanted:
        return ()
    shown = _Shown(_normal(comment).split("\n"), wanted)
    tokens: list[Token] = []
    _MARKDOWN.block.parse("\n".join(shown.lines), _MARKDOWN, {}, tokens)
    for token in tokens:
        shown.see(token)
    return tuple(shown.found)


@dataclass(slots=True)
class _Shown:
    """The walk through the blocks of a comment."""

    lines: list[str]
    wanted: Mapping[int, Line]
    found: list[Line] = field(default_factory=list)
    quotes: int = 0
    elements: Counter[str] = field(default_factory=Counter)
    outer: Counter[str] = field(default_factory=Counter)
    in_comment: bool = False
    in_shown_comment: bool = False
    in_tag: bool = False
    in_block: bool = False

    def see(self, token: Token) -> None:
        if token.type == "blockquote_open":
            self.quotes += 1
        elif token.type == "blockquote_close":
            self.quotes -= 1
        elif token.type == "html_block":
            self.html(token.content)
        elif token.type == "inline" and token.map is not None:
            if self.quotes:
                self.inline(token.content, None)
            else:
                first, end = token.map
                self.inline("\n".join(self.lines[first:end]), first + 1)

    def inline(self, text: str, number: int | None) -> None:
        """Look at a paragraph; `number` is that of its first line, None where no line counts."""
        if number is not None:
            self.line(number)
        if not (self.in_shown_comment or _MAY_HIDE.search(text)):
            for offset in range(text.count("\n") if number is not None else 0):
                self.line((number or 0) + offset + 1)
            return
        # An end tag in a paragraph does not reach what was opened before it.
        self.outer, self.elements = self.elements, Counter()
        tokens: list[Token] = []
        _MARKDOWN.inline.parse(text, _MARKDOWN, {}, tokens)
        at = 0
        for token in tokens:
            if token.type == "html_inline":
                self.html(token.content)
            elif token.type == "text":
                # A blank line is in it, so that it is shown; whoever wrote it meant a comment all the same.
                for mark in _COMMENT.findall(token.content):
                    self.in_shown_comment = mark == "<!--"
            elif token.type == "softbreak" and token.level == 0 and number is not None:
                number += text.count("\n", at, token.meta["end"])
                at = token.meta["end"]
                self.line(number)
        self.elements += self.outer
        self.outer = Counter()

    def line(self, number: int) -> None:
        inside = self.in_comment or self.in_shown_comment or self.in_tag
        hidden = inside or any((self.elements.total(), self.outer.total()))
        if number in self.wanted and not hidden:
            self.found.append(self.wanted[number])

    def html(self, text: str) -> None:
        """Follow what raw HTML opens and closes. A tag without an end takes in all that follows."""
        at = 0
        while not self.in_tag:
            if self.in_comment:
                at = text.find("-->", at) + 3
                if at < 3:
                    return
                self.in_comment = False
            tag = _HTML.search(text, at)
            if tag is None:
                return
            at = tag.end()
            self.in_comment = tag[0] == "<!--"
            self.in_tag = not (self.in_comment or tag["bogus"] or tag["close"])
            name = (tag["name"] or "").lower()
            if name in _ELEMENTS:
                if not tag["end"]:
                    self.elements[name] += 1
                elif name in _STRONG or not self.in_block:
                    self.elements[name] = max(0, self.elements[name] - 1)
            elif name and not tag["end"] and name not in _INLINE and (self.elements.total() or self.outer.total()):
                self.in_block = True


def _normal(comment: str) -> str:
    """The text with line feeds for all that ends a line in CommonMark, and without the character zero."""
    return _LINE_END.sub("\n", comment).replace("\x00", "\ufffd")


def _line_break(state: StateInline, silent: bool) -> bool:  # noqa: FBT001 - the parser calls it so
    """The parser's rule for line breaks, with the place where the next line begins."""
    if state.src[state.pos] != "\n":
        return False
    state.pos += 1
    if not silent:
        state.push("softbreak", "br", 0).meta = {"end": state.pos}
    return True


def _markdown() -> MarkdownIt:
    markdown = MarkdownIt("commonmark")
    markdown.inline.ruler.at("newline", _line_break)
    # What neither hides a line nor shows one.
    markdown.disable(["entity", "emphasis", "balance_pairs"])
    return markdown


_MARKDOWN = _markdown()
