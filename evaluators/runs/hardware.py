"""The cheapest machine on which a model fits and is done in time, with the reason in one line.

A model fits where each GPU has room for its share of the weights, 2 GB for the framework, and keys and values of one
sequence of full length; what room is left is used to answer several questions at once.
"""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from evaluators.runs.flavors import Flavor
from evaluators.runs.memory import GB, OVERHEAD_GB_EACH, WEIGHT_MARGIN, Weights, billions, divides, kv_bytes, weights_of
from evaluators.runs.model_facts import ModelFacts
from evaluators.runs.spec import Backend, Dtype, RunSpec
from evaluators.runs.workload import MOST_AT_ONCE, Workload, seconds, workload

# The time limit must leave room for an estimate that is wrong.
TIME_MARGIN = 1.3
# The runner ends a run at its time limit and says what came of it; so many seconds later the place does, unasked.
GRACE = 300
# No run is given less time than that (the least time limit of a specification).
LEAST_SECONDS = 60


@dataclass(frozen=True, slots=True)
class Plan:
    """A machine for a run: seconds and dollars are estimates, `line` says why this one, in one line."""

    flavor: Flavor
    tensor_parallel: int
    max_length: int
    at_once: int
    seconds: float
    usd: float
    line: str


@dataclass(frozen=True, slots=True)
class NoPlan:
    """No machine will do: `reason` is one sentence with what would be needed."""

    reason: str
    needed_gb: float | None = None


def plan(spec: RunSpec, facts: ModelFacts, flavors: Sequence[Flavor]) -> Plan | NoPlan:
    """The cheapest machine by the hour that is done within the time limit; else the fastest on which the model fits.

    Raises:
        TaskError: A task means nothing.
    """
    if not spec.backend.loads_weights:
        return _without_gpu(spec, facts, flavors)
    weights = weights_of(facts, spec.dtype, spec.backend)
    if weights is None:
        return NoPlan("The size of the weights is not known: name a flavor yourself.")
    load = workload(spec, facts)
    fits = [one for flavor in flavors if (one := _on(flavor, spec, facts, weights, load)) is not None]
    if not fits:
        return _nothing_fits(spec, facts, weights, load, flavors)
    timely = [one for one in fits if one.seconds * TIME_MARGIN <= spec.time_limit]
    return (
        min(timely, key=lambda one: (one.flavor.usd, one.seconds)) if timely else min(fits, key=lambda one: one.seconds)
    )


def seconds_allowed(spec: RunSpec, found: Plan) -> int:
    """When a run has to be stopped: at its time limit, or so early that the machine costs no more than the money limit.

    The grace that the machine may still run for is paid as well. Below `LEAST_SECONDS`, the money is not enough.
    """
    if spec.money_limit is None or found.flavor.usd <= 0:
        return spec.time_limit
    minutes = int(spec.money_limit / found.flavor.usd * 60)
    return min(spec.time_limit, minutes * 60 - GRACE)


def most_usd(spec: RunSpec, found: Plan) -> float:
    """The most that a run can cost on the machine: until the place itself ends it, by the minute, each a whole one.

    Never more than the money limit, if that is enough for the least that a run may take.
    """
    minutes = math.ceil((max(seconds_allowed(spec, found), LEAST_SECONDS) + GRACE) / 60)
    return round(found.flavor.usd / 60 * minutes, 6)


def _on(flavor: Flavor, spec: RunSpec, facts: ModelFacts, weights: Weights, load: Workload) -> Plan | None:
    """The run on one kind of machine; None where the model does not fit."""
    if flavor.gpu is None or (not flavor.gpu.bf16 and not _runs_without_bf16(spec, facts)):
        return None
    parallel = _parallel(flavor, spec, facts)
    if parallel is None:
        return None
    free = _free_bytes(flavor, spec, weights, parallel)
    if free < kv_bytes(facts, load.max_length, parallel):
        return None
    usual = max(1, kv_bytes(facts, math.ceil(load.prompt + load.answer), parallel))
    at_once = min(MOST_AT_ONCE, max(1, int(free // usual)), load.questions)
    took = seconds(flavor, facts, weights, load, parallel=parallel, at_once=at_once, backend=spec.backend)
    line = _line(flavor, facts, weights, load, parallel)
    return Plan(flavor, parallel, load.max_length, at_once, took, flavor.usd * took / 3600, line)


def _parallel(flavor: Flavor, spec: RunSpec, facts: ModelFacts) -> int | None:
    """Among how many of its GPUs the model is divided; transformers uses one."""
    if spec.backend is Backend.HF:
        return 1
    if spec.tensor_parallel > 1:
        return spec.tensor_parallel if spec.tensor_parallel <= flavor.count else None
    return next((number for number in range(flavor.count, 0, -1) if divides(facts, number)), None)


def _free_bytes(flavor: Flavor, spec: RunSpec, weights: Weights, parallel: int) -> float:
    """What each GPU has left for keys and values."""
    usable = flavor.each * GB * spec.gpu_memory
    return usable - WEIGHT_MARGIN * weights.bytes / parallel - OVERHEAD_GB_EACH * GB


def _runs_without_bf16(spec: RunSpec, facts: ModelFacts) -> bool:
    """Whether a GPU without bfloat16 gives the same numbers: it was asked for 16 or 32 bits, or the weights are so."""
    if spec.dtype is not Dtype.AUTO:
        return spec.dtype is not Dtype.BFLOAT16 and facts.quantisation is None
    return bool(facts.parameters) and facts.parameters.keys() <= {"F16", "F32", "F64"}


def _line(flavor: Flavor, facts: ModelFacts, weights: Weights, load: Workload, parallel: int) -> str:
    cache = kv_bytes(facts, load.max_length, parallel) * parallel / GB
    amount = f"{billions(weights.parameters)} parameters, " if weights.parameters else ""
    divided = f", divided among {parallel}" if parallel > 1 else ""
    return (
        f"{amount}{weights.gb:.1f} GB of weights and {cache:.1f} GB for {load.max_length:,} tokens fit "
        f"{flavor.words} with {flavor.memory:.0f} GB{divided}: {flavor.name} at ${flavor.usd:.2f} an hour."
    )


def _without_gpu(spec: RunSpec, facts: ModelFacts, flavors: Iterable[Flavor]) -> Plan | NoPlan:
    machines = sorted((one for one in flavors if one.count == 0), key=lambda one: one.usd)
    if not machines:
        return NoPlan("There is no machine without a GPU in the list: name a flavor yourself.")
    load = workload(spec, facts)
    line = f"The model answers elsewhere, so {machines[0].name} at ${machines[0].usd:.2f} an hour will do."
    usd = machines[0].usd * spec.time_limit / 3600
    return Plan(machines[0], 1, load.max_length, MOST_AT_ONCE, spec.time_limit, usd, line)


def _nothing_fits(
    spec: RunSpec, facts: ModelFacts, weights: Weights, load: Workload, flavors: Iterable[Flavor]
) -> NoPlan:
    machines = [one for one in flavors if one.count]
    if not machines:
        return NoPlan("There is no machine with a GPU in the list: name a flavor yourself.")
    largest = max(machines, key=lambda one: (1 if spec.backend is Backend.HF else one.count) * one.each)
    count = 1 if spec.backend is Backend.HF else largest.count
    needed = (WEIGHT_MARGIN * weights.gb + kv_bytes(facts, load.max_length) / GB) / spec.gpu_memory
    needed += count * OVERHEAD_GB_EACH / spec.gpu_memory
    if needed <= count * largest.each:
        advice = (
            f"{facts.repo} needs about {needed:,.0f} GB, but cannot be divided among the GPUs of any machine as asked: "
        )
        return NoPlan(f"{advice}set tensor_parallel to 1, or name a flavor yourself.", needed)
    return NoPlan(
        f"{facts.repo} needs about {needed:,.0f} GB of GPU memory, and the largest machine ({largest.name}) has "
        f"{count * largest.each:,.0f} GB: use a quantised version or a provider.",
        needed,
    )
