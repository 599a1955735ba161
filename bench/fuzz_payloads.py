"""Read mutated and random payloads and report exceptions, what came of them, and the slowest.

usage: python -m bench.fuzz_payloads [--cases N] [--seed S] [--limit SECONDS] [--only CASE]

Seeds are the Hub's payloads of the tests. Each case is one of them with keys, values or bytes changed, or is made up.
An exception, a result that could not be stored or logged as it is, and a case over the limit are printed with their
number, which `--only` runs again.
"""

import argparse
import sys
import time
import traceback
from collections import Counter
from dataclasses import fields

from bot.intake import Event, Ignored, read
from bot.settings import Watch
from tests.bot.payload_mutations import case

WATCH = Watch.parse("heron-labs, wader-org")
LONGEST_FIELD = 201


def wrong(event: Event) -> str | None:
    """Why an event could not be stored or logged as it is, or None."""
    for field in fields(event):
        value = getattr(event, field.name)
        if isinstance(value, str) and not (value.isascii() and value.isprintable() and len(value) <= LONGEST_FIELD):
            return f"{field.name} is {value[:300]!r}"
    return None


def word(event: Event) -> str:
    """What an event is counted as."""
    return event.reason.value if isinstance(event, Ignored) else type(event).__name__


def main() -> int:
    """Run the cases; 1 when any raised, gave what cannot be stored, or took too long."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", maxsplit=1)[0])
    parser.add_argument("--cases", type=int, default=100_000)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--limit", type=float, default=0.5, metavar="SECONDS")
    parser.add_argument("--only", type=int, help="run this case again and print it")
    options = parser.parse_args()
    counts: Counter[str] = Counter()
    failures, spent, size, slowest = 0, 0.0, 0, (0.0, -1, 0)
    for number in [options.only] if options.only is not None else range(options.cases):
        body = case(options.seed, number)
        if options.only is not None:
            print(body)
        begun = time.perf_counter()
        try:
            event = read(body, WATCH)
        except Exception:  # noqa: BLE001 - any exception is a finding
            failures += 1
            print(f"case {number} of seed {options.seed} raised:\n{traceback.format_exc(limit=-4)}")
            continue
        taken = time.perf_counter() - begun
        spent += taken
        size += len(body)
        slowest = max(slowest, (taken, number, len(body)))
        counts[word(event)] += 1
        found = wrong(event) or (f"it took {taken:.2f} s" if taken > options.limit else None)
        if found:
            failures += 1
            print(f"case {number} of seed {options.seed}: {found}")
    print(", ".join(f"{name} {count}" for name, count in counts.most_common()))
    print(
        f"cases {sum(counts.values())} failures {failures} rate {sum(counts.values()) / max(spent, 1e-9):,.0f}/s"
        f" bytes {size:,} slowest {slowest[0] * 1000:.1f} ms (case {slowest[1]}, {slowest[2]:,} bytes)"
    )
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
