"""How much a run asks for and how long that takes: an estimate for choosing a machine, no promise.

Time is what it takes to read the questions (computing) and to write the answers (reading weights and cache from memory,
a token at a time), and to start.
"""

import math
from dataclasses import dataclass

from evaluators.runs.flavors import Flavor
from evaluators.runs.memory import GB, Weights, kv_bytes
from evaluators.runs.model_facts import ModelFacts
from evaluators.runs.spec import Backend, RunSpec
from evaluators.runs.task_table import AskedTask
from evaluators.runs.tasks import asked

MOST_AT_ONCE = 64
# Shares of what the data sheets promise, that frameworks reach with many questions at once.
COMPUTE_SHARE = 0.4
BANDWIDTH_SHARE = 0.6
# transformers waits for the longest answer of a batch.
TRANSFORMERS_SLOWNESS = 3
# Image, imports, compiling; and downloading a gigabyte of weights and loading it.
START_SECONDS = 240
SECONDS_PER_GB = 5
# What a benchmark comes to whose eval.yaml we have not read, and lighteval's tasks outside of the table.
UNKNOWN_SAMPLES = 1000
UNKNOWN_TOKENS = (300, 200, 500)
SHORTEST_LENGTH = 4096
# A model that thinks aloud writes at least so much.
THINKING_TOKENS = 4000


@dataclass(frozen=True, slots=True)
class Workload:
    """What is asked: how many questions, epochs counted, and the tokens of one with its examples, and of its answer.

    `max_length` is the length to set a server up for.
    `guessed` names the tasks of which only a guess is possible.
    """

    questions: int
    prompt: float
    answer: float
    max_length: int
    guessed: tuple[str, ...] = ()


def workload(spec: RunSpec, facts: ModelFacts) -> Workload:
    """What a specification asks of a model.

    Raises:
        TaskError: A task means nothing.
    """
    parts = [_part(asked(task, spec.framework, spec.fewshot), spec, facts) for task in spec.tasks]
    questions = sum(one.questions for one in parts)
    most = max(one.max_length for one in parts)
    if spec.max_length is not None:
        most = spec.max_length
    elif facts.max_length is not None:
        most = min(most, facts.max_length)
    return Workload(
        questions,
        sum(one.questions * one.prompt for one in parts) / questions,
        min(sum(one.questions * one.answer for one in parts) / questions, most),
        most,
        tuple(name for one in parts for name in one.guessed),
    )


def seconds(
    flavor: Flavor,
    facts: ModelFacts,
    weights: Weights,
    load: Workload,
    *,
    parallel: int,
    at_once: int,
    backend: Backend,
) -> float:
    """The time on one machine from its start, with `at_once` questions answered together; infinite without a GPU."""
    gpu = flavor.gpu
    if gpu is None:
        return math.inf
    share = _read_share(facts, weights, at_once)
    active = _active(facts, weights)
    reading = load.questions * load.prompt * 2 * active / (gpu.tflops * 1e12 * COMPUTE_SHARE * parallel)
    cache = kv_bytes(facts, math.ceil(load.prompt + load.answer / 2), parallel) * at_once
    step = (weights.bytes * share / parallel + cache) / (gpu.bandwidth * GB * BANDWIDTH_SHARE)
    writing = load.questions * load.answer / at_once * step
    slowness = TRANSFORMERS_SLOWNESS if backend is Backend.HF else 1
    return START_SECONDS + SECONDS_PER_GB * weights.gb + slowness * (reading + writing)


def _active(facts: ModelFacts, weights: Weights) -> float:
    """The parameters that each token goes through."""
    all_of_them = weights.parameters or weights.bytes / 2
    if facts.experts is None:
        return all_of_them
    idle = min(facts.experts.parameters, all_of_them) * (1 - facts.experts.used / facts.experts.count)
    return all_of_them - idle


def _read_share(facts: ModelFacts, weights: Weights, at_once: int) -> float:
    """The share of the weights that a step reads: of many tokens, nearly every expert has one."""
    if facts.experts is None:
        return 1.0
    all_of_them = weights.parameters or weights.bytes / 2
    in_experts = min(1.0, facts.experts.parameters / all_of_them)
    asleep = (1 - facts.experts.used / facts.experts.count) ** at_once
    return 1 - in_experts * asleep


def _part(task: AskedTask, spec: RunSpec, facts: ModelFacts) -> Workload:
    known = task.known
    samples = known.samples * known.epochs if known else UNKNOWN_SAMPLES
    if spec.limit is not None:
        samples = min(samples, spec.limit * (known.epochs if known else 1))
    question, example, answer = known.tokens if known else UNKNOWN_TOKENS
    prompt = question + example * (task.fewshot or 0)
    if task.likelihood:
        answer = 1
    elif facts.thinks:
        answer = max(THINKING_TOKENS, 2 * answer)
    if spec.generation.max_tokens is not None:
        answer = min(answer, spec.generation.max_tokens)
    # Long questions and long answers are several times the usual ones.
    length = max(SHORTEST_LENGTH, math.ceil((2 * prompt + 4 * answer) / 1024) * 1024)
    return Workload(samples, prompt, answer, length, () if known else (task.name,))
