"""The table of commands: it drives the parser (`bot.commands`), the help, the documentation and the checks."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

from bot import command_arguments as arguments
from bot.command_values import Approve, Cancel, Command, Eval, Extract, Help, Ignore, Status, Unignore
from evaluators.runs.spec import Backend, Framework
from evaluators.runs.tasks_lighteval import MOST_SHOTS

LIMIT = 100_000
# An address of the commenter's choice is for no comment.
BACKENDS = tuple(one.value for one in Backend if one is not Backend.OPENAI)
FRAMEWORKS = tuple(one.value for one in Framework)
LAUNCHERS = ("jobs", "github")


class Who(StrEnum):
    """Who may use a command, in words; `bot.trust` decides who is what."""

    EVERYBODY = "everybody"
    ASKER = "whoever asked for the run, and owners, members and operators"
    KEEPERS = "owners, members and operators"


@dataclass(frozen=True, slots=True)
class Option:
    """A `name=value` of `/eval`; `values` is how the help writes them."""

    name: str
    values: str
    meaning: str
    read: arguments.Read


@dataclass(frozen=True, slots=True)
class Argument:
    """What follows the words of a command: one word, or all that are left where it `fills`.

    `missing` is said where there is none; without it, it may be left out.
    """

    name: str
    read: arguments.Read
    missing: str = ""
    fills: bool = False


@dataclass(frozen=True, slots=True)
class Row:
    """A command: its words, its arguments, what it is for, who may use it, an example.

    `alone` marks the command that the first word without any other stands for.
    """

    words: tuple[str, ...]
    makes: Callable[..., Command]
    meaning: str
    who: Who
    example: str
    arguments: tuple[Argument, ...] = ()
    options: tuple[Option, ...] = ()
    alone: bool = False

    @property
    def usage(self) -> str:
        """The command as the help writes it, with all of its options."""
        return " ".join([self.short, *(f"[{one.name}={one.values}]" for one in self.options)])

    @property
    def short(self) -> str:
        """The command as the help writes it, without its options."""
        return " ".join([f"/{self.words[0]}", *self.words[1:], *(one.name for one in self.arguments)])


OPTIONS = (
    Option(
        "framework",
        "|".join(FRAMEWORKS),
        "The program that asks and marks; else the one that the benchmark names.",
        arguments.choice(*FRAMEWORKS),
    ),
    Option(
        "backend",
        "|".join(BACKENDS),
        "What answers: vLLM (without this option), transformers or an inference provider.",
        arguments.choice(*BACKENDS),
    ),
    Option(
        "hardware",
        "FLAVOR|auto",
        "The machine of HF Jobs, such as l40sx1; auto, as without it, takes the cheapest that will do.",
        arguments.machine,
    ),
    Option(
        "launcher",
        "|".join(LAUNCHERS),
        "Where it runs: HF Jobs or a GitHub workflow; else as the operator set it.",
        arguments.choice(*LAUNCHERS),
    ),
    Option(
        "limit",
        "N",
        f"Ask only the first N samples of each task, 1 to {LIMIT}: a trial, which is never published.",
        arguments.whole(1, LIMIT),
    ),
    Option(
        "fewshot",
        "N",
        f"The number of examples with each question, 0 to {MOST_SHOTS}; else the task's own.",
        arguments.whole(0, MOST_SHOTS),
    ),
    Option(
        "revision",
        "SHA|main|pr/N",
        "The commit or pull request of the model; else main as it is now.",
        arguments.revision,
    ),
)

_TASKS = Argument("TASK[,TASK...]", arguments.tasks, "Name at least one task, such as mmlu_pro.", fills=True)
_RUN = Argument("ID", arguments.run, "Give the number of the run, such as 12.")
_SHA = Argument("SHA", arguments.sha, "Give the commit of the model, such as 0123abc.")
_BENCHMARK = Argument("BENCHMARK", arguments.benchmark, "Name the benchmark, such as gsm8k.", fills=True)

ROWS: tuple[Row, ...] = (
    Row(
        ("eval",),
        Eval,
        "Evaluate this model, and answer with the result.",
        Who.EVERYBODY,
        "/eval mmlu_pro,gsm8k limit=100",
        (_TASKS,),
        OPTIONS,
    ),
    Row(("eval", "help"), Help, "Show this table.", Who.EVERYBODY, "/eval help", alone=True),
    Row(("eval", "status"), Status, "Show the runs of this repo.", Who.EVERYBODY, "/eval status"),
    Row(
        ("eval", "cancel"),
        Cancel,
        "End a run; the number may be left out where there is only one.",
        Who.ASKER,
        "/eval cancel 12",
        (Argument("[ID]", arguments.run),),
    ),
    Row(("extract",), Extract, "Read the model card again now.", Who.KEEPERS, "/extract"),
    Row(
        ("ignore",), Ignore, "Never propose scores of this benchmark here.", Who.KEEPERS, "/ignore gsm8k", (_BENCHMARK,)
    ),
    Row(
        ("unignore",),
        Unignore,
        "Propose scores of this benchmark again.",
        Who.KEEPERS,
        "/unignore gsm8k",
        (_BENCHMARK,),
    ),
    Row(
        ("approve",),
        Approve,
        "Start the run that somebody else asked for, at this commit of the model.",
        Who.KEEPERS,
        "/approve 12 0123abc",
        (_RUN, _SHA),
    ),
)


def who_may(command: Command) -> Who:
    """Who may use a command, by the table."""
    return next(row.who for row in ROWS if type(command) is row.makes)
