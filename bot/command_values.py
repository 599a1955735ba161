"""What a comment can ask for, and what it got wrong. Every argument is of a closed set, a number or a commit."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Eval:
    """`/eval`: evaluate the model.

    `tasks` are spelled as in the table of tasks, with `|examples` where that was written, or `hf/dataset[/task]`.
    `revision` is 7 to 40 lower-case hexadecimal digits or `pr/N`. None is what nobody asked for; `hardware=auto` and
    `revision=main` are None, too.
    """

    tasks: tuple[str, ...]
    framework: str | None = None
    backend: str | None = None
    hardware: str | None = None
    launcher: str | None = None
    limit: int | None = None
    fewshot: int | None = None
    revision: str | None = None


@dataclass(frozen=True, slots=True)
class Help:
    """`/eval help`: which commands there are."""


@dataclass(frozen=True, slots=True)
class Status:
    """`/eval status`: the runs of this repo."""


@dataclass(frozen=True, slots=True)
class Cancel:
    """`/eval cancel`: end a run; without a number, the one that is meant if there is only one."""

    run: int | None = None


@dataclass(frozen=True, slots=True)
class Extract:
    """`/extract`: look at the card now."""


@dataclass(frozen=True, slots=True)
class Ignore:
    """`/ignore`: never propose scores of a benchmark, named by its dataset as in the catalog."""

    dataset: str


@dataclass(frozen=True, slots=True)
class Unignore:
    """`/unignore`: propose scores of a benchmark again, named by its dataset as in the catalog."""

    dataset: str


@dataclass(frozen=True, slots=True)
class Approve:
    """`/approve`: start what a stranger asked for, at a commit of 7 to 40 lower-case hexadecimal digits."""

    run: int
    sha: str


Command = Eval | Help | Status | Cancel | Extract | Ignore | Unignore | Approve


@dataclass(frozen=True, slots=True)
class Mistake:
    """A command that cannot be followed.

    `text` is its line, on one line and without control characters; `column` counts its characters from 1 and is one
    more than their number where something is missing at the end. `message` is one sentence in our own words alone, so
    is `nearest`, what was most likely meant.
    """

    text: str
    column: int
    message: str
    nearest: str | None = None


@dataclass(frozen=True, slots=True)
class Said:
    """A command or mistake and its line in the comment, from 1."""

    line: int
    command: Command | Mistake


@dataclass(frozen=True, slots=True)
class Word:
    """A piece of a line without blanks, and where it begins, from 0."""

    text: str
    at: int

    @property
    def end(self) -> int:
        """The place after its last character."""
        return self.at + len(self.text)


class MisreadError(ValueError):
    """An argument cannot be; `at` is its place in the line, from 0, and the message one sentence in our own words."""

    def __init__(self, at: int, message: str, nearest: str | None = None) -> None:
        super().__init__(message)
        self.at, self.message, self.nearest = at, message, nearest
