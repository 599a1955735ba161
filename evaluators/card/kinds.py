"""Base or instruct: what a name and the text around a table say."""

import re
from collections.abc import Iterable
from enum import StrEnum

from evaluators.card.names import BASE_WORDS, KIND_WORDS

_BASE_CONTEXT = re.compile(
    r"\b(?:base|pre-?trained|foundation(?:al)?)\s+(?:language\s+|llm\s+)?(?:models?|llms?|checkpoints?|version)\b|^\W*(?:base|pre-?trained|pretraining)\W*$"
    r"|\bpre-?trained\W*$|\bbase\W*$",
    re.IGNORECASE,
)
_CHAT_CONTEXT = re.compile(
    r"\b(?:instruct|chat|aligned|post-?trained|instruction[\s-]?(?:fine-?)?tuned|fine-?tuned)\s+(?:language\s+|llm\s+)?(?:models?|llms?|checkpoints?|version)\b"
    r"|^\W*(?:instruct|chat|instruction[\s-]tuned|post-?trained|post-?training)\W*$|\binstruction[\s-](?:fine-?)?tuned\b",
    re.IGNORECASE,
)


class Kind(StrEnum):
    """What training a name or a section speaks of."""

    BASE = "base"
    CHAT = "chat"


def kind_of(parts: Iterable[str]) -> Kind | None:
    """The kind that a name's tokens state."""
    words = set(parts)
    if words & KIND_WORDS:
        return Kind.CHAT
    if words & BASE_WORDS:
        return Kind.BASE
    return None


def context_kind(headings: Iterable[str], lead: str, caption: str = "") -> Kind | None:
    """Whether the text around a table says that it is about base or about chat models; the nearest text decides."""
    nearest_first = [caption, lead[-300:], *reversed(list(headings))]
    for text in nearest_first:
        base, chat = bool(_BASE_CONTEXT.search(text)), bool(_CHAT_CONTEXT.search(text))
        if base != chat:
            return Kind.BASE if base else Kind.CHAT
    return None
