"""What a preflight finds, and what it looks at."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from evaluators.runs.hardware import NoPlan, Plan
from evaluators.runs.model_facts import ModelFacts
from evaluators.runs.result import ErrorKind


class Weight(StrEnum):
    """Whether a finding stands in the way, should be known, or is told by the way."""

    REFUSE = "refuse"
    WARN = "warn"
    NOTE = "note"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is the case, in one sentence with what to try; `kind` is the error that it would have become."""

    weight: Weight
    sentence: str
    kind: ErrorKind | None = None


class Access(StrEnum):
    """How far the token reaches a repo."""

    READABLE = "readable"
    GATED = "gated"
    NOT_FOUND = "not_found"


@dataclass(frozen=True, slots=True)
class EvalYaml:
    """The `eval.yaml` of a benchmark data set: who asks it, and its tasks' ids. Without one, framework is empty.

    `scorers` are the names of what marks the answers, by the id of the task; empty for a task without an id.
    """

    framework: str = ""
    tasks: tuple[str, ...] = ()
    scorers: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Known:
    """What was looked up for a preflight; what is missing here is not judged.

    `model` is None where the repo or its commit could not be read; `access` then says why. `data` are the data sets
    that were looked at, `benchmarks` their `eval.yaml`. `hardware` is None for a machine of one's own. `throw_away`:
    the run has a machine to itself, which is gone afterwards; `internet`: it reaches more than the Hub.
    """

    access: Access
    model: ModelFacts | None = None
    data: Mapping[str, Access] = field(default_factory=dict)
    benchmarks: Mapping[str, EvalYaml] = field(default_factory=dict)
    hardware: Plan | NoPlan | None = None
    throw_away: bool = False
    internet: bool = True


def refuse(kind: ErrorKind, sentence: str) -> Finding:
    """A finding that stands in the way."""
    return Finding(Weight.REFUSE, sentence, kind)
