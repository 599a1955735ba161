"""From the markup of a table cell to the text a reader sees."""

import html
import re
from functools import lru_cache

_IMAGE = re.compile(r"!\[[^\]]{0,300}\]\([^()]{0,2000}\)|<img\b[^>]{0,3000}>", re.IGNORECASE)
_LINK = re.compile(r"\[([^\[\]]{0,500})\]\(([^()\s]{0,1000})[^()]{0,200}\)")
_REFERENCE = re.compile(r"\[([^\[\]]{1,200})\]\[[^\[\]]{0,80}\]")
_FOOTNOTE = re.compile(r"\[\^[^\]]{1,40}\]|\[\d{1,2}\](?!\()")
_BREAK = re.compile(r"<br\s*/?>", re.IGNORECASE)
_SUP = re.compile(r"<sup\b[^<>]{0,300}>([^<>]{0,100})</sup>", re.IGNORECASE)
_TAG = re.compile(r"</?[a-zA-Z][^<>]{0,3000}>")
_COMMENT = re.compile(r"<!--.*?-->", re.DOTALL)
_AUTOLINK = re.compile(r"<(https?://[^<>\s]{1,1000})>")
_MARK = re.compile(r"[\d\s,;*†‡§¶#+^a-d]{1,6}")
_STRONG = re.compile(r"\*{1,3}|(?<![^\W_])_{1,3}(?=\S)|(?<=\S)_{1,3}(?![^\W_])|~~|`+")
_ESCAPE = re.compile(r"\\([!-/:-@\[-`{-~])")
_TEX_STYLE = re.compile(
    r"\\(?:text(?:bf|it|tt|rm|sc)?|math(?:bf|rm|it|tt)?|bold(?:symbol)?|underline|emph)\s*\{([^{}]*)\}"
)
_TEX_SUP = re.compile(r"\^\{([^{}]{0,40})\}|\^(\\?\w+|\*)")
_TEX_SUB = re.compile(r"_\{([^{}]{0,40})\}|_(\w)")
_TEX_WORDS = {
    r"\pm": "±",
    r"\uparrow": "↑",
    r"\downarrow": "↓",
    r"\times": "\u00d7",
    r"\dagger": "†",
    r"\ddagger": "‡",
    r"\sim": "~",
    r"\%": "%",
    r"\tau": "τ",
    r"\alpha": "\u03b1",
    r"\rightarrow": "→",
    r"\to": "→",
    r"\leftrightarrow": "↔",
    r"\,": " ",
}
_MATH = re.compile(r"\$([^$]{1,200})\$")
_BROKEN = re.compile(r" ?\x00 ?")
_SUPERSCRIPTS = re.compile("[¹²³⁰⁴⁵⁶⁷⁸⁹⁺⁻]+")
_INTERESTING = re.compile(r"[<>\[\]*_~`\\&$!^¹²³⁰⁴⁵⁶⁷⁸⁹\n\t\xa0]|  ")


def _tex(match: re.Match[str]) -> str:
    body = match[1]
    if not re.search(r"[\\^_{]", body):
        # `$5 and $6` in a price list is not mathematics.
        return body if re.fullmatch(r"[\s\d.,±+\-%*a-zA-Z]{1,40}", body) else match[0]
    for _ in range(3):
        body = _TEX_STYLE.sub(r"\1", body)
    for word, sign in _TEX_WORDS.items():
        body = body.replace(word, sign)
    body = _TEX_SUP.sub(
        lambda m: "" if re.fullmatch(r"[\d*†‡§\\a-z]{0,8}", m[1] or m[2] or "") else f" {m[1] or m[2]}", body
    )
    body = _TEX_SUB.sub(lambda m: f" {m[1] or m[2]}", body)
    return re.sub(r"[{}]|\\[a-zA-Z]+", " ", body)


def _sup(match: re.Match[str]) -> str:
    inner = html.unescape(match[1]).strip()
    return "" if not inner or _MARK.fullmatch(inner) else " " + inner + " "


@lru_cache(maxsize=4096)
def plain(markup: str) -> str:
    """The visible text of a cell: no emphasis, links, images, tags or footnote marks; `<br>` becomes a line break."""
    if not _INTERESTING.search(markup):
        return markup.strip()
    text = _COMMENT.sub("", markup) if "<!--" in markup else markup
    if "<" in text:
        text = _IMAGE.sub(" ", text)
        text = _AUTOLINK.sub(r"\1", text)
        text = _SUP.sub(_sup, text)
        text = _BREAK.sub("\x00", text)
        text = _TAG.sub("", text)
    if "&" in text:
        text = html.unescape(text)
    if "$" in text or "\\" in text:
        text = _MATH.sub(_tex, text)
    if "[" in text:
        text = _IMAGE.sub(" ", text)
        text = _FOOTNOTE.sub("", text)
        text = _LINK.sub(r"\1", text)
        text = _REFERENCE.sub(r"\1", text)
    if not text.isascii():
        text = _SUPERSCRIPTS.sub("", text)
    if "\\" in text:
        text = text.replace("\\*", "\x01").replace("\\_", "\x02")
        text = _STRONG.sub("", text).replace("\x01", "*").replace("\x02", "_")
        text = _ESCAPE.sub(r"\1", text)
    else:
        text = _STRONG.sub("", text)
    text = " ".join(text.split())
    return _BROKEN.sub("\n", text).strip(" \n") if "\x00" in text else text


@lru_cache(maxsize=4096)
def links(markup: str) -> tuple[str, ...]:
    """The addresses a cell links to or prints."""
    if "http" not in markup and "](" not in markup:
        return ()
    return tuple(re.findall(r"https?://[^\s<>()\[\]\"']{3,300}", markup))
