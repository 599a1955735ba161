"""What names are made of: tokens, sizes, dates, words that say nothing of their own.

Letters and digits apart, `v1.0` as `1`, sizes (`7B`, `8x7B`, `A3B`) as they are.
"""

import re
import unicodedata
from collections.abc import Iterable
from functools import lru_cache

from evaluators.card.labels import is_metric, known_benchmark
from evaluators.card.lexicon import lexicon

_SIZE = r"(?:\d+x)?\d+(?:\.\d+)?[bm]|a\d+(?:\.\d+)?b|\d+e|\d+x\d+(?:\.\d+)?[bm]"
_TOKEN = re.compile(
    rf"(?:{_SIZE})(?![a-z0-9])|\d+(?:\.\d+)?[kt](?![a-z0-9])|v(?=\d)|[a-z]+|\d+(?:\.\d+)?|[\u03b1-ω]+|[\u3040-\u9fff\uac00-\ud7af]+"
)
_DIGIT_JOINT = re.compile(r"(?<=\d)_(?=\d)")
_SIZE_JOINT = re.compile(r"(?<![a-z0-9.])(\d+(?:\.\d+)?)[ -]([bm])(?![a-z0-9])")
_SIZE_VERSION = re.compile(r"(?<=\d[bm])(?=v\d)")
_SIZE_TOKEN = re.compile(rf"(?:{_SIZE})")
_DATE = re.compile(
    r"(?:2[3-9](?:0[1-9]|1[0-2])|(?:0[1-9]|1[0-2])(?:[0-2]\d|3[01])|(?:20)?2[0-9](?:0[1-9]|1[0-2])(?:[0-2]\d|3[01])|202\d)"
)
_RELEASES = frozenset({"alpha", "beta"})
_ACCENTS = re.compile("[\u0300-\u036f]")
SIZE_WORDS = lexicon("size_words")
KIND_WORDS = frozenset({"instruct", "chat", "it", "inst", "instructed", "instruction"})
BASE_WORDS = frozenset({"base", "pt", "pretrain", "pretrained"})
_NO_NAMES = KIND_WORDS | BASE_WORDS | SIZE_WORDS
VENDORS = lexicon("vendors")
FAMILIES = lexicon("families")
TRAINING_WORDS = lexicon("training_words")
SELF = re.compile(
    r"(?:\(?(?:\*)?ours?\)?|our (?:model|method|approach|system|work)s?(?: \(.*\))?|this (?:model|work"
    r"|repo(?:sitory)?|card|checkpoint)"
    r"|(?:the )?(?:proposed|present|current) (?:model|method|work))",
    re.IGNORECASE,
)
URL_REPO = re.compile(
    r"https?://(?:www\.)?(?:huggingface\.co|hf\.co|modelscope\.cn/models)/([\w.-]+)/([\w.-]+)", re.IGNORECASE
)
_OTHER_NAMES = re.compile(
    r"(?:random|human|baseline|majority|previous sota|sota|state[\s-]of[\s-]the[\s-]art|open-source sota"
    r"|best|other best|teacher|student|original)\b.*",
    re.IGNORECASE,
)


def folded(text: str) -> str:
    """A text in lower case without accents, the first two Greek letters spelled out."""
    text = unicodedata.normalize("NFC", _ACCENTS.sub("", unicodedata.normalize("NFD", text)))
    return text.replace("β", "beta").replace("\u03b1", "alpha")


@lru_cache(maxsize=16384)
def tokens(name: str) -> tuple[str, ...]:
    """The tokens of a model name."""
    text = name.lower()
    if "_" in text:
        text = _DIGIT_JOINT.sub(".", text)
    if not text.isascii():
        text = folded(text)
    text = _SIZE_VERSION.sub(" ", _SIZE_JOINT.sub(r"\1\2", text))
    found = _TOKEN.findall(text)
    return tuple([part.partition(".")[0] if part[-2:] == ".0" else part for part in found if part != "v"])


def key(parts: Iterable[str]) -> str:
    """Equal for names that are the same letters and digits in the same order."""
    return "".join(parts)


def is_size(token: str) -> bool:
    """Whether a token is a parameter count such as `7b`, `8x7b`, `a3b`."""
    return _SIZE_TOKEN.fullmatch(token) is not None


def is_date(token: str) -> bool:
    """Whether a token of a name tells one release from the next: `2507`, `0324`, `20240522`, `alpha`."""
    return token in _RELEASES or _DATE.fullmatch(token) is not None


def is_own_word(part: str) -> bool:
    """Whether a token can be the name of a family: letters, and no size or kind."""
    return part.isalpha() and len(part) > 2 and part not in _NO_NAMES


def without(parts: tuple[str, ...], words: Iterable[str]) -> tuple[str, ...]:
    """The tokens that are none of these words."""
    drop = frozenset(words)
    return tuple(part for part in parts if part not in drop)


@lru_cache(maxsize=8192)
def looks_like_model(label: str) -> bool:
    """Whether a label is most likely the name of a model."""
    text = label.strip()
    if not text or len(text) > 120:
        return False
    if URL_REPO.match(text) or SELF.fullmatch(text):
        return True
    parts = tokens(text)
    if known_benchmark(text) and not any(is_size(part) for part in parts):
        return False
    if is_metric(text):
        return False
    if _OTHER_NAMES.match(text):
        return True
    if not parts:
        return False
    if any(is_size(part) and re.search(r"[bm]$", part) for part in parts):
        return True
    lowered = re.findall(r"[a-z]+\d?[a-z]?", text.lower())
    return any(part in FAMILIES for part in parts) or any(part in FAMILIES for part in lowered[:4])
