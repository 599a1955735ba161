"""Reading the arguments of a command: words of a line to values, or the place and the sentence of a mistake."""

import re
from collections.abc import Callable, Sequence

from bot.command_values import MisreadError, Word
from bot.vocabulary import Vocabulary, nearest
from evaluators.runs.tasks_lighteval import MOST_SHOTS

AUTO = "auto"
MOST_TASKS = 20
SHA = re.compile(r"[0-9a-f]{7,40}")

_RUN = re.compile(r"(?:#|run-?)?([1-9][0-9]{0,8})")
_PULL = re.compile(r"(?:refs/)?pr/([1-9][0-9]{0,5})")
_SHOTS = re.compile(r"([^|]*)\|([0-9]{1,3})")

Read = Callable[[Sequence[Word], Vocabulary], object]
"""Reads the words of an argument, at least one."""


def tasks(words: Sequence[Word], vocabulary: Vocabulary) -> tuple[str, ...]:
    """Tasks divided by commas, each once, in the order in which they are named.

    Raises:
        MisreadError: There is none of a name, or no name.
    """
    return tuple(dict.fromkeys(task(word, vocabulary) for word in listed(words)))


def listed(words: Sequence[Word]) -> list[Word]:
    """The names in words, divided by commas that may have blanks around them.

    Raises:
        MisreadError: There is none beside a comma, no comma between two, or there are too many.
    """
    names: list[Word] = []
    wanted = True
    for word in words:
        if not wanted and not word.text.startswith(","):
            raise MisreadError(word.at, "Divide tasks by commas, and write options as name=value without blanks.")
        at = word.at
        for number, piece in enumerate(word.text.split(",")):
            if number and wanted:
                raise MisreadError(at - 1, "Write a task before this comma.")
            wanted = wanted or number > 0
            if piece:
                names.append(Word(piece, at))
                wanted = False
            at += len(piece) + 1
    if wanted:
        raise MisreadError(words[-1].end, "Write a task after this comma.")
    if len(names) > MOST_TASKS:
        raise MisreadError(names[MOST_TASKS].at, f"Name at most {MOST_TASKS} tasks in one command.")
    return names


def task(word: Word, vocabulary: Vocabulary) -> str:
    """A task, with its number of examples if one is written.

    Raises:
        MisreadError: There is none of that name.
    """
    shots = _SHOTS.fullmatch(word.text)
    name = Word(shots[1] if shots else word.text, word.at)
    found = vocabulary.task(name.text)
    if found is None:
        near = vocabulary.nearest_task(name.text)
        raise MisreadError(word.at, "There is no such task: the answer to /eval help lists those there are.", near)
    if shots is None:
        return found
    if int(shots[2]) > MOST_SHOTS or "/" in found:
        message = f"Write a task of the table, a bar and 0 to {MOST_SHOTS} examples, such as gsm8k|5."
        raise MisreadError(word.at, message)
    return f"{found}|{int(shots[2])}"


def run(words: Sequence[Word], _: Vocabulary) -> int:
    """The number of a run, as `12`, `#12` or `run-12`.

    Raises:
        MisreadError: It is no number.
    """
    found = _RUN.fullmatch(words[0].text.lower())
    if found is None:
        raise MisreadError(words[0].at, "Give the number of a run, such as 12: the answer to /eval status lists them.")
    return int(found[1])


def sha(words: Sequence[Word], _: Vocabulary) -> str:
    """A commit.

    Raises:
        MisreadError: It is none.
    """
    if not SHA.fullmatch(words[0].text.lower()):
        raise MisreadError(words[0].at, "Give a commit by 7 to 40 hexadecimal digits.")
    return words[0].text.lower()


def benchmark(words: Sequence[Word], vocabulary: Vocabulary) -> str:
    """The dataset of a benchmark; its name may have blanks.

    Raises:
        MisreadError: There is none of that name.
    """
    name = " ".join(word.text for word in words)
    found = vocabulary.benchmark(name)
    if found is None:
        near = vocabulary.nearest_benchmark(name)
        raise MisreadError(words[0].at, "Name one registered benchmark, by its dataset or its name.", near)
    return found


def choice(*values: str) -> Read:
    """One of a few values, in lower case."""

    def read(words: Sequence[Word], _: Vocabulary) -> str:
        *others, last = values
        return _one_of(words[0], values, f"The value must be {', '.join(others)} or {last}.")

    return read


def machine(words: Sequence[Word], vocabulary: Vocabulary) -> str | None:
    """The name of a machine, or None for auto.

    Raises:
        MisreadError: There is none of that name.
    """
    message = "The value must be auto or a machine of HF Jobs, such as l40sx1."
    found = _one_of(words[0], (AUTO, *vocabulary.flavors), message)
    return None if found == AUTO else found


def _one_of(word: Word, values: Sequence[str], message: str) -> str:
    if word.text.lower() not in values:
        raise MisreadError(word.at, message, nearest(word.text, values))
    return word.text.lower()


def whole(least: int, most: int) -> Read:
    """A whole number in a range."""

    def read(words: Sequence[Word], _: Vocabulary) -> int:
        text = words[0].text
        if not re.fullmatch(r"[0-9]{1,9}", text) or not least <= int(text) <= most:
            raise MisreadError(words[0].at, f"The value must be a whole number from {least} to {most}.")
        return int(text)

    return read


def revision(words: Sequence[Word], _: Vocabulary) -> str | None:
    """A commit, `pr/N`, or None for main.

    Raises:
        MisreadError: It is none of them.
    """
    text = words[0].text.lower()
    if text == "main":
        return None
    pull = _PULL.fullmatch(text)
    if pull is None and not SHA.fullmatch(text):
        message = "The value must be a commit by 7 to 40 hexadecimal digits, main or pr/N."
        raise MisreadError(words[0].at, message, nearest(text, ("main",)))
    return f"pr/{pull[1]}" if pull else text
