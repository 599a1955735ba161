"""What people are going to do: a sequence of steps for each repo, made from a seed."""

import random
from dataclasses import dataclass
from enum import StrEnum


class Kind(StrEnum):
    """What somebody does to a repo."""

    PUSH_CARD = "pushes a card"
    PUSH_PROSE = "pushes prose"
    PUSH_WEIGHTS = "pushes weights"
    WRITE_RESULT = "writes a result file"
    REMOVE_RESULT = "removes a result file"
    IGNORE = "ignores a benchmark"
    MISTAKE = "makes a mistake in .scorekeeper.yaml"
    CLOSE = "closes the bot's pull request"
    REOPEN = "reopens the bot's pull request"
    MERGE = "merges the bot's pull request"
    COMMIT_TO_PULL = "commits to the bot's pull request"
    TAKE_OUT = "takes a score out of the bot's pull request"
    COMMENT = "comments on the bot's pull request"
    FOREIGN_OPEN = "opens a pull request"
    FOREIGN_CLOSE = "closes a stranger's pull request"
    FOREIGN_MERGE = "merges a stranger's pull request"
    HAND_OVER = "hands the repo over"
    RENAME = "renames the repo"
    REPLACE = "renames the repo and reuses its name"


_WEIGHTS = {
    Kind.PUSH_CARD: 24,
    Kind.PUSH_PROSE: 5,
    Kind.PUSH_WEIGHTS: 3,
    Kind.WRITE_RESULT: 5,
    Kind.REMOVE_RESULT: 4,
    Kind.IGNORE: 3,
    Kind.MISTAKE: 2,
    Kind.CLOSE: 11,
    Kind.REOPEN: 6,
    Kind.MERGE: 9,
    Kind.COMMIT_TO_PULL: 2,
    Kind.TAKE_OUT: 2,
    Kind.COMMENT: 3,
    Kind.FOREIGN_OPEN: 9,
    Kind.FOREIGN_CLOSE: 9,
    Kind.FOREIGN_MERGE: 4,
    Kind.HAND_OVER: 3,
    Kind.RENAME: 1,
    Kind.REPLACE: 1,
}


@dataclass(frozen=True, slots=True)
class Benchmark:
    """A benchmark as a card and as a result file name it, and the few values that its scores take here."""

    label: str
    dataset: str
    task: str
    values: tuple[str, ...]


# Few values, so that what was declined comes back.
BENCHMARKS = (
    Benchmark("MMLU-Pro", "TIGER-Lab/MMLU-Pro", "mmlu_pro", ("41.9", "54.7", "55.9")),
    Benchmark("GPQA Diamond", "Idavidrein/gpqa", "diamond", ("30.3", "41.9", "54.7")),
    Benchmark("GSM8K", "openai/gsm8k", "gsm8k", ("80.1", "86.3")),
    Benchmark("Humanity's Last Exam", "cais/hle", "hle", ("5.2", "12.5")),
)

Scores = tuple[tuple[Benchmark, str], ...]


@dataclass(frozen=True, slots=True)
class Step:
    """One thing that somebody does. `at` is when, as a share of the storm; the rest is for the kinds that need it.

    `pick` chooses among what is there when it happens (0 to 1).
    """

    at: float
    kind: Kind
    scores: Scores = ()
    benchmark: Benchmark = BENCHMARKS[0]
    value: str = ""
    pick: float = 0.0


@dataclass(frozen=True, slots=True)
class RepoPlan:
    """A repo, and what people do to it in this order."""

    number: int
    steps: tuple[Step, ...]


def make(seed: int, repos: int, actions: int) -> list[RepoPlan]:
    """Spread so many actions over so many repos. Each repo begins with a card; the order of the rest is random."""
    chance = random.Random(seed)  # noqa: S311 - not for cryptography
    counts = [1] * repos
    for _ in range(actions - repos):
        # Some repos see much and some little.
        counts[min(int(chance.betavariate(1, 1.6) * repos), repos - 1)] += 1
    return [RepoPlan(number, _steps(chance, count)) for number, count in enumerate(counts)]


def _steps(chance: random.Random, count: int) -> tuple[Step, ...]:
    # The first card comes early. Some of what follows comes at once, in the middle of what the bot does about the step
    # before.
    times = [0.1 * chance.random(), *sorted(0.05 + 0.95 * chance.random() for _ in range(count - 1))]
    for i in range(1, count):
        times[i] = min(max(times[i - 1] + 0.002, times[i] if chance.random() < 0.7 else 0.0), 0.999)
    kinds = [Kind.PUSH_CARD, *chance.choices(list(_WEIGHTS), list(_WEIGHTS.values()), k=count - 1)]
    return tuple(_step(chance, at, kind) for at, kind in zip(times, kinds, strict=True))


def _step(chance: random.Random, at: float, kind: Kind) -> Step:
    benchmark = chance.choice(BENCHMARKS)
    return Step(at, kind, scores(chance), benchmark, chance.choice(benchmark.values), chance.random())


def scores(chance: random.Random) -> Scores:
    """What a card states: mostly something, seldom nothing."""
    size = chance.choices(range(len(BENCHMARKS) + 1), [1, 4, 6, 4, 3])[0]
    return tuple((one, chance.choice(one.values)) for one in chance.sample(BENCHMARKS, size))
