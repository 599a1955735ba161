"""What is right by itself and cannot be together: an option with another, a task with its framework or examples."""

from collections.abc import Mapping, Sequence
from functools import lru_cache

from bot.command_arguments import listed, task
from bot.command_values import Eval, MisreadError, Word
from bot.vocabulary import Vocabulary
from evaluators.runs.spec import Backend, Framework
from evaluators.runs.task_table import TaskError
from evaluators.runs.tasks import normalise


def check(command: Eval, words: Sequence[Word], options: Mapping[str, Word], vocabulary: Vocabulary) -> None:
    """Look at an `/eval` as a whole; `words` are those of its tasks, `options` those of the values.

    Raises:
        MisreadError: Two things in it exclude each other.
    """
    if command.hardware is not None and command.launcher == "github":
        raise MisreadError(
            options["hardware"].at, "On GitHub it runs on the operator's own runner: leave out hardware or launcher."
        )
    if command.hardware is not None and command.backend == Backend.PROVIDER:
        raise MisreadError(
            options["hardware"].at, "A provider answers on machines of its own: leave out hardware or backend."
        )
    if command.backend == Backend.PROVIDER and command.framework == Framework.LIGHTEVAL:
        raise MisreadError(
            options["framework"].at, "lighteval does not ask providers: set framework to inspect or leave out backend."
        )
    names = [(word, task(word, vocabulary)) for word in listed(words)]
    frameworks = list(Framework) if command.framework is None else [Framework(command.framework)]
    barred = next((word for word, name in names if "|" in name), None)
    if barred is not None and command.backend == Backend.PROVIDER:
        message = "A task with a bar is lighteval's, which does not ask providers: use fewshot or leave out backend."
        raise MisreadError(barred.at, message)
    if command.framework is None and barred is not None:
        frameworks = [Framework.LIGHTEVAL]
    elif command.framework is None and command.backend == Backend.PROVIDER:
        frameworks = [Framework.INSPECT]
    problems = [_problem(names, framework, command.fewshot) for framework in frameworks]
    if None not in problems and problems[0] is not None:
        raise problems[0]


def _problem(names: Sequence[tuple[Word, str]], framework: Framework, fewshot: int | None) -> MisreadError | None:
    """The first task that a framework cannot ask so."""
    for word, name in names:
        if sentence := _refusal(name, framework, fewshot):
            return MisreadError(word.at, sentence)
    return None


@lru_cache(maxsize=4096)
def _refusal(name: str, framework: Framework, fewshot: int | None) -> str | None:
    try:
        normalise([name], framework, fewshot)
    except TaskError as error:
        return str(error)
    return None
