"""What a comment asks for: its lines that begin with a slash, read by the table of commands (`bot.command_table`).

Pure; never raises, whatever the text. What comes out holds nothing of the comment but names of closed sets, numbers and
commits, and the line of a mistake. A word that is not ours is somebody else's: nothing is said about it, unless it is
much like one of ours and the rest of the line would do.
"""

import re
import unicodedata
from collections.abc import Iterable, Iterator
from functools import lru_cache
from itertools import islice

from bot.command_checks import check
from bot.command_help import help_text
from bot.command_table import OPTIONS, ROWS, Row, Who, who_may
from bot.command_values import (
    Approve,
    Cancel,
    Command,
    Eval,
    Extract,
    Help,
    Ignore,
    MisreadError,
    Mistake,
    Said,
    Status,
    Unignore,
    Word,
)
from bot.comment_lines import Line, command_lines, slash_lines
from bot.vocabulary import Vocabulary, nearest, vocabulary

__all__ = [
    "Approve",
    "Cancel",
    "Command",
    "Eval",
    "Extract",
    "Help",
    "Ignore",
    "Mistake",
    "Said",
    "Status",
    "Unignore",
    "Vocabulary",
    "Who",
    "commands",
    "help_text",
    "may_hold_command",
    "vocabulary",
    "who_may",
]

MOST_COMMANDS = 5
MOST_CHARACTERS = 1_000
# A comment with more words after slashes that are not ours is a list of paths: only our own words count from there.
_MOST_OTHERS = 50
_LONGEST_WORD = 20
_FIRST_WORDS = tuple(dict.fromkeys(row.words[0] for row in ROWS))
_OPTION_NAMES = tuple(one.name for one in OPTIONS)
_WORD = re.compile(r"\S+")
_OPTION = re.compile(r"(-*[A-Za-z][A-Za-z_-]*)=(.*)")


def commands(comment: str, vocabulary: Vocabulary) -> tuple[Said, ...]:
    """What a comment asks for, in the order of its lines; the sixth is a mistake, and the rest is not read."""
    if not may_hold_command(comment):
        return ()
    found: list[Said] = []
    for line, word in _ours(command_lines(comment)):
        read = _read(line.text, word, vocabulary)
        if read is None:
            continue
        if len(found) == MOST_COMMANDS:
            message = f"A comment may hold {MOST_COMMANDS} commands: put the rest into another one."
            return (*found, Said(line.number, _mistake(line.text, MisreadError(0, message))))
        found.append(Said(line.number, read))
    return tuple(found)


def may_hold_command(text: str) -> bool:
    """Whether it is worth reading a comment: a line begins with a slash and one of our words or one much like it."""
    return any(True for _ in _ours(slash_lines(text)))


def _ours(lines: Iterable[Line]) -> Iterator[tuple[Line, str]]:
    """The lines with a word of ours, or with one much like it, with the word that is ours."""
    others = 0
    for line in lines:
        first = _first(line.text)
        if first in _FIRST_WORDS:
            yield line, first
        elif others < _MOST_OTHERS:
            others += 1
            if near := _near(first):
                yield line, near


def _first(text: str) -> str:
    found = _WORD.match(text, 1)
    return found[0].lower() if found else ""


@lru_cache(maxsize=1024)
def _near(word: str) -> str | None:
    return nearest(word, _FIRST_WORDS) if len(word) <= _LONGEST_WORD else None


def _read(text: str, word: str, vocabulary: Vocabulary) -> Command | Mistake | None:
    first, *words = (Word(found[0], found.start()) for found in islice(_WORD.finditer(text), MOST_CHARACTERS))
    exact = first.text[1:].lower() == word
    if not exact and not words and word == "eval":
        # `/evaluate` alone is a greeting, or another bot's.
        return None
    if len(text) > MOST_CHARACTERS:
        message = f"A command may have {MOST_CHARACTERS} characters: make it shorter."
        return _mistake(text, MisreadError(MOST_CHARACTERS, message)) if exact else None
    try:
        command = _command(word, words, len(text), vocabulary)
    except MisreadError as error:
        return _mistake(text, error) if exact else None
    return command if exact else _mistake(text, MisreadError(0, "There is no such command.", f"/{word}"))


def _command(word: str, words: list[Word], end: int, vocabulary: Vocabulary) -> Command:
    rows = {row.words[1:]: row for row in ROWS if row.words[0] == word}
    row = next((one for one in rows.values() if one.alone), rows[()]) if not words else rows[()]
    second = words[0].text.lower() if words else ""
    if (second,) in rows:
        return _filled(rows[second,], words[1:], end, vocabulary)
    try:
        return _filled(row, words, end, vocabulary)
    except MisreadError as error:
        near = nearest(second, [name[0] for name in rows if name]) if len(words) == 1 else None
        raise MisreadError(error.at, error.message, error.nearest or near) from None


def _filled(row: Row, words: list[Word], end: int, vocabulary: Vocabulary) -> Command:
    """The command of a row with its arguments and options."""
    options: dict[str, Word] = {}
    plain: list[Word] = []
    for word in words:
        found = _OPTION.fullmatch(word.text) if row.options else None
        if found is None:
            plain.append(word)
            continue
        name = found[1].lower()
        if name in options:
            raise MisreadError(word.at, f"The option {name} stands here twice: write it once.")
        if name not in _OPTION_NAMES:
            raise MisreadError(word.at, f"The options are {', '.join(_OPTION_NAMES)}.", nearest(name, _OPTION_NAMES))
        options[name] = Word(found[2], word.at + len(found[1]) + 1)
    values = []
    left = plain
    for argument in row.arguments:
        own, left = (left, []) if argument.fills else (left[:1], left[1:])
        if own:
            values.append(argument.read(own, vocabulary))
        elif argument.missing:
            raise MisreadError(end, argument.missing)
    if left:
        raise MisreadError(left[0].at, f"Nothing more can follow here: write {row.short}.")
    settings = {one.name: one.read([options[one.name]], vocabulary) for one in row.options if one.name in options}
    command = row.makes(*values, **settings)
    if isinstance(command, Eval):
        check(command, plain, options, vocabulary)
    return command


def _mistake(text: str, error: MisreadError) -> Mistake:
    """The line as it can be shown: each character stands for one, and none hides or reorders others."""
    shown = "".join(
        " " if char.isspace() else "?" if unicodedata.category(char)[0] == "C" else char
        for char in text[:MOST_CHARACTERS]
    )
    return Mistake(shown, error.at + 1, error.message, error.nearest)
