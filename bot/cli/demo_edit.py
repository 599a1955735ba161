"""Changes one score of a card, for the demo: any card may be given, so the change is checked by reading it again."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from bot.reading import read
from evaluators.catalog import Catalog


@dataclass(frozen=True, slots=True)
class Change:
    """The card with one score changed."""

    text: str
    benchmark: str
    before: str
    after: str


def change_one_score(text: str, repo: str, scores: Iterable[dict[str, Any]]) -> Change | None:
    """Change the first proposed score that can be changed without touching another. None where there is none."""
    catalog = Catalog.shipped()

    def claims(card: str) -> dict[object, float]:
        return {one.claim.key: one.claim.value for one in read(card, "", repo, "", catalog).wanted}

    before = claims(text)
    for score in scores:
        for change in _candidates(text, score):
            after = claims(change.text)
            if before.keys() == after.keys() and sum(before[key] != after[key] for key in before) == 1:
                return change
    return None


def _candidates(text: str, score: dict[str, Any]) -> Iterator[Change]:
    lines = text.split("\n")
    number = re.search(r"\d+(?:[.,]\d+)?", score["printed"])
    if number is None or score["line"] > len(lines):
        return
    old = number.group()
    new = old[:-1] + ("4" if old[-1] != "4" else "3")
    line = lines[score["line"] - 1]
    for found in re.finditer(rf"(?<![\d.,]){re.escape(old)}(?![\d]|[.,]\d)", line):
        changed = line[: found.start()] + new + line[found.end() :]
        edited = [*lines[: score["line"] - 1], changed, *lines[score["line"] :]]
        yield Change("\n".join(edited), score["benchmark"], old, new)
