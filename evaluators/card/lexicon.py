"""Lists of words that decide what a label is; the words are in `lexicon.txt`, so that adding one needs no code."""

from functools import cache
from importlib import resources


def lexicon(name: str) -> frozenset[str]:
    """The words of one list.

    Raises:
        KeyError: There is no list of this name.
    """
    return _lists()[name]


@cache
def _lists() -> dict[str, frozenset[str]]:
    found: dict[str, list[str]] = {}
    current: list[str] = []
    for line in resources.files("evaluators.card").joinpath("lexicon.txt").read_text(encoding="utf-8").split("\n"):
        if line.startswith("["):
            current = found.setdefault(line.strip("[]"), [])
        elif not line.startswith("#"):
            current += line.split()
    return {name: frozenset(words) for name, words in found.items()}
