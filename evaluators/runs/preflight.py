"""What can be known before anything is downloaded: everything that stands in the way of a run, told in one go."""

from collections.abc import Iterable

from evaluators.catalog import Catalog
from evaluators.runs.finding import Access, Finding, Known, Weight, refuse
from evaluators.runs.hardware import GRACE, LEAST_SECONDS, NoPlan, Plan, seconds_allowed
from evaluators.runs.preflight_model import model_findings
from evaluators.runs.preflight_tasks import task_findings
from evaluators.runs.result import ErrorKind
from evaluators.runs.spec import RunSpec

# An estimate may be wrong by so much before it stands in the way.
PATIENCE = 2


def preflight(spec: RunSpec, known: Known, catalog: Catalog) -> tuple[Finding, ...]:
    """All that can be said before a run, what stands in the way first."""
    findings = [*task_findings(spec, known, catalog), *_access(spec, known)]
    if known.model is not None:
        findings += model_findings(spec, known.model)
    findings += _limits(spec, known.hardware)
    order = list(Weight)
    return tuple(sorted(dict.fromkeys(findings), key=lambda one: order.index(one.weight)))


def refused(findings: Iterable[Finding]) -> bool:
    """Whether anything stands in the way."""
    return any(one.weight is Weight.REFUSE for one in findings)


def _access(spec: RunSpec, known: Known) -> Iterable[Finding]:
    if known.access is Access.NOT_FOUND:
        where = f"{spec.model} at {spec.revision[:12]}"
        yield refuse(ErrorKind.NOT_FOUND, f"There is no {where}, or this token may not see it: check name and commit.")
    elif known.access is Access.GATED:
        yield refuse(
            ErrorKind.GATED,
            f"{spec.model} is gated: ask for access on its page, and give a token of an account that has it.",
        )


def _limits(spec: RunSpec, hardware: Plan | NoPlan | None) -> Iterable[Finding]:
    if isinstance(hardware, NoPlan):
        yield refuse(ErrorKind.OUT_OF_MEMORY, hardware.reason)
        return
    if hardware is None:
        if spec.money_limit is not None:
            sentence = "Only on HF Jobs is it known what a run costs, so its money_limit is not kept here."
            yield Finding(Weight.WARN, sentence, ErrorKind.PAYMENT_REQUIRED)
        return
    yield Finding(Weight.NOTE, hardware.line)
    stop, name = seconds_allowed(spec, hardware), hardware.flavor.name
    if spec.money_limit is not None and stop < LEAST_SECONDS:
        least = hardware.flavor.usd * (LEAST_SECONDS + GRACE) / 3600
        sentence = (
            f"${spec.money_limit:.2f} are not enough for a run on {name}, whose first minutes cost ${least:.2f}: raise "
            "money_limit, or name a cheaper flavor."
        )
        yield refuse(ErrorKind.PAYMENT_REQUIRED, sentence)
        return
    if spec.backend.loads_weights:
        yield from _estimates(spec, hardware)
    if stop < spec.time_limit:
        sentence = (
            f"It is stopped after {stop // 60} minutes, as it may cost ${spec.money_limit:.2f} on {name} at most."
        )
        yield Finding(Weight.NOTE, sentence)


def _estimates(spec: RunSpec, hardware: Plan) -> Iterable[Finding]:
    name = hardware.flavor.name
    if hardware.seconds > spec.time_limit:
        minutes, limit = round(hardware.seconds / 60), round(spec.time_limit / 60)
        weight = Weight.REFUSE if hardware.seconds > PATIENCE * spec.time_limit else Weight.WARN
        sentence = (
            f"It would take about {minutes} minutes on {name}, and the time limit is {limit}: raise time_limit, or try "
            "a limit of a few samples first."
        )
        yield Finding(weight, sentence, ErrorKind.TIME_LIMIT)
    if spec.money_limit is not None and hardware.usd > spec.money_limit:
        weight = Weight.REFUSE if hardware.usd > PATIENCE * spec.money_limit else Weight.WARN
        sentence = (
            f"It would cost about ${hardware.usd:.2f} on {name}, and the limit is ${spec.money_limit:.2f}: raise "
            "money_limit, or try a limit of a few samples first."
        )
        yield Finding(weight, sentence, ErrorKind.PAYMENT_REQUIRED)
