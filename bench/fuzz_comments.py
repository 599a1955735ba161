"""Read made-up comments, and report exceptions, commands out of code or quotes, and arguments outside the closed sets.

usage: python -m bench.fuzz_comments [--cases N] [--seed S] [--limit SECONDS] [--every N] [--only CASE]

A case is a comment of text, code, quotes, lists and HTML with commands and near misses in them, most of them damaged
(`tests/bot/comment_cases.py`). Where a command was found, the comment is also made a page, and the command must stand
in it as ordinary text. A case that is wrong is printed with its number, which `--only` runs again.
"""

import argparse
import random
import re
import sys
import time
import traceback
from collections import Counter

from bot.commands import Command, Mistake, Said, Vocabulary, commands, vocabulary
from evaluators.catalog import Catalog
from tests.bot.comment_cases import comment, number_of, outside, shown


def case(seed: int, number: int) -> str:
    """One comment; the same numbers give the same comment."""
    return comment(random.Random(seed * 1_000_000_007 + number))  # noqa: S311 - cases must be repeatable


def wrong(text: str, found: tuple[Said, ...], vocabulary: Vocabulary) -> str | None:
    """What is wrong with what was understood, or None."""
    given: list[Command] = [one.command for one in found if not isinstance(one.command, Mistake)]
    for one in found:
        if isinstance(one.command, Mistake) and not _can_be_shown(one.command):
            return f"the mistake cannot be shown: {one.command}"
    for command in given:
        if name := outside(command, vocabulary):
            return f"{name} is in no closed set: {command}"
    numbers = [pattern for command in given if (pattern := number_of(command))]
    if numbers:
        page = shown(text)
        for pattern in numbers:
            if not re.search(pattern, page):
                return f"{pattern} does not stand in the page as ordinary text"
    return None


def _can_be_shown(mistake: Mistake) -> bool:
    text = mistake.text
    in_place = text.startswith("/") and 1 <= mistake.column <= len(text) + 1
    return in_place and all(char.isprintable() for char in text) and len(mistake.message) <= 200


def main() -> int:
    """Run the cases; 1 when any is wrong, raised or took too long."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", maxsplit=1)[0])
    parser.add_argument("--cases", type=int, default=1_000_000)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--limit", type=float, default=0.5, metavar="SECONDS")
    parser.add_argument("--every", type=int, default=50_000, help="cases between two lines of progress")
    parser.add_argument("--only", type=int, help="run this case again and print it")
    options = parser.parse_args()
    words = vocabulary(Catalog.shipped())
    counts: Counter[str] = Counter()
    failures, spent, size, slowest = 0, 0.0, 0, (0.0, -1, 0)
    for number in [options.only] if options.only is not None else range(options.cases):
        text = case(options.seed, number)
        begun = time.process_time()
        try:
            found = commands(text, words)
        except Exception:  # noqa: BLE001 - any exception is a finding
            failures += 1
            print(f"case {number} of seed {options.seed} raised:\n{traceback.format_exc(limit=-4)}")
            continue
        taken = time.process_time() - begun
        spent += taken
        size += len(text)
        slowest = max(slowest, (taken, number, len(text)))
        counts["comments"] += 1
        counts["comments without"] += not found
        counts.update(type(one.command).__name__ for one in found)
        problem = wrong(text, found, words) or (f"it took {taken:.2f} s" if taken > options.limit else None)
        if options.only is not None:
            print(repr(text), *found, sep="\n")
        if problem:
            failures += 1
            print(f"case {number} of seed {options.seed}: {problem}")
        if (number + 1) % options.every == 0:
            print(f"{number + 1:,} cases, {failures} failures", flush=True)
    print(", ".join(f"{name} {count:,}" for name, count in counts.most_common()))
    print(
        f"cases {counts['comments']:,} failures {failures} rate {counts['comments'] / max(spent, 1e-9):,.0f}/s"
        f" characters {size:,} slowest {slowest[0] * 1000:.1f} ms (case {slowest[1]}, {slowest[2]:,} characters)"
    )
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
