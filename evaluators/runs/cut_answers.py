"""Answers that had no room: a number is only as good as the answers that could be written to their end.

A limit that the task itself sets is part of the benchmark, and cuts the answers of every model. Other limits are ours:
`max_tokens` and `max_length` of the specification, the length that a model is set up for, and what a framework takes
when nobody says otherwise.
"""

from evaluators.runs.result import TaskResult
from evaluators.runs.spec import Backend, Framework, RunSpec
from evaluators.runs.task_table import AskedTask

# Of all answers. Each of them may be right but for its end, so the number is too low by no more than this.
MOST_CUT = 0.01
# For a benchmark whose answers we know nothing of.
USUAL_ANSWER = 512
# inspect on transformers ends an answer there, unless it is told otherwise.
HF_ANSWER = 2048


def cut_problem(one: TaskResult, task: AskedTask, spec: RunSpec, name: str) -> str | None:
    """Why too many answers to a benchmark, called by its name, were or may have been cut; None where they were not."""
    if spec.generation.stop or (one.samples_cut is None and _may_cut(task, spec)):
        return f"The settings may have cut answers to {name} short."
    if one.samples_cut is None or one.samples_cut <= MOST_CUT * one.samples_asked:
        return None
    on_transformers = spec.backend is Backend.HF and spec.framework is Framework.INSPECT
    limit = "max_tokens" if spec.generation.max_tokens is not None or on_transformers else "max_length"
    share = f"{one.samples_cut:,} of {one.samples_asked:,} answers to {name}"
    return f"{share} were cut off at a limit of tokens, and at most {MOST_CUT:.0%} may be: set a larger {limit}."


def _may_cut(task: AskedTask, spec: RunSpec) -> bool:
    """Whether an answer twice as long as usual would not have had room."""
    question, example, answer = task.known.tokens if task.known else (USUAL_ANSWER, 0, USUAL_ANSWER)
    rooms = [] if spec.generation.max_tokens is None else [spec.generation.max_tokens]
    if not rooms and spec.backend is Backend.HF and spec.framework is Framework.INSPECT:
        rooms.append(HF_ANSWER)
    if spec.max_length is not None:
        rooms.append(spec.max_length - question - example * (task.fewshot or 0))
    return any(room < 2 * answer for room in rooms)
