"""What to try when a run is refused or fails: a sentence, and the exact line that asks for it. Pure."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from bot.asked_run_values import Request
from evaluators.runs.flavors import Flavor
from evaluators.runs.result import ErrorKind
from evaluators.runs.spec import Backend, Framework

# A machine that is hardly faster would reach the same limit.
FASTER = 1.5
# Enough to see whether anything works, in a few minutes.
TRIAL = 50


@dataclass(frozen=True, slots=True)
class Advice:
    """The cause in one sentence with what to do, and the command to copy, if one would help. Neither is Markdown."""

    sentence: str
    line: str | None = None


_SENTENCES = {
    ErrorKind.CHAT_TEMPLATE_MISSING: "The model has no chat template, which the task needs: evaluate its "
    "instruction-tuned version, or add a template to the repo.",
    ErrorKind.GATED: "The model or a data set is gated, and the account that runs this has no access: ask the operator "
    "to get it.",
    ErrorKind.NOT_FOUND: "The model, its commit or a data set cannot be found any more: check whether it was moved.",
    ErrorKind.NEEDS_SANDBOX: "The task runs code that the model writes, which cannot be done there: choose another.",
    ErrorKind.CANCELLED: "It was cancelled.",
    ErrorKind.SAMPLES_FAILED: "Some questions got no answer or no mark, so there is no score: the log tells why.",
    ErrorKind.NO_RESULT: "What the framework printed may tell why: see the log.",
    ErrorKind.BROKEN_MODEL: "The model cannot be loaded: check that its files are complete and belong together.",
    ErrorKind.PAYMENT_REQUIRED: "The operator's account has no credit left for this; neither the model nor the request "
    "is at fault. Ask again later.",
    ErrorKind.LAUNCH_FAILED: "It could not be started where it should run, which is not the model's fault: ask again "
    "later.",
    ErrorKind.INTERNAL: "Something went wrong that is not the model's fault: ask again, and tell the operator if it "
    "stays.",
}


def advice(kind: ErrorKind, request: Request, flavors: Iterable[Flavor] = ()) -> Advice:
    """What is to be said of an error of this kind, to people who ask by comments.

    Args:
        kind: Why it did not succeed.
        request: What was asked for, and the machine that was chosen.
        flavors: The machines that can be rented.
    """
    match kind:
        case ErrorKind.OUT_OF_MEMORY:
            return _memory(request, flavors)
        case ErrorKind.TIME_LIMIT:
            return _time(request, flavors)
        case ErrorKind.UNSUPPORTED_ARCHITECTURE if request.spec.backend is Backend.VLLM:
            return Advice("vLLM does not know the model's architecture: try transformers.", line(request, backend="hf"))
        case ErrorKind.UNSUPPORTED_ARCHITECTURE:
            return Advice("The model's architecture is not known to transformers, and code of its repo is not run.")
        case _:
            return Advice(_SENTENCES.get(kind, kind.sentence))


def line(request: Request, *, backend: str | None = None, flavor: str | None = None, limit: int | None = None) -> str:
    """The `/eval` that asks for the same again, with another backend, machine or number of samples if given."""
    spec = request.spec
    words = ["/eval", ",".join(_names(request)), f"framework={spec.framework.value}"]
    backend = backend or spec.backend.value
    if backend != Backend.VLLM:
        words.append(f"backend={backend}")
    if flavor is not None:
        words.append(f"hardware={flavor}")
    elif request.launcher == "github":
        words.append("launcher=github")
    for name, value in (("limit", limit or spec.limit), ("fewshot", spec.fewshot)):
        words += [] if value is None else [f"{name}={value}"]
    if request.ref != "main":
        words.append(f"revision={request.ref}")
    return " ".join(words)


def _names(request: Request) -> list[str]:
    """The tasks as people write them: the count of examples is with the name only where `fewshot` does not say it."""
    spec = request.spec
    if spec.framework is Framework.INSPECT:
        return list(spec.tasks)
    return [name if spec.fewshot is None else name.partition("|")[0] for name in spec.tasks]


def _memory(request: Request, flavors: Iterable[Flavor]) -> Advice:
    if request.flavor is None:
        return Advice("The GPU's memory was not enough: ask the operator for a larger runner.")
    larger = _next(request, flavors, _room)
    if larger is None:
        return Advice("The GPU's memory was not enough, and there is no larger machine: use a quantised version.")
    words = f"{larger.words}, {larger.memory:.0f} GB, ${larger.usd:.2f} an hour"
    sentence = f"The memory of {request.flavor} was not enough: try the next larger machine ({words})."
    return Advice(sentence, line(request, flavor=larger.name))


def _time(request: Request, flavors: Iterable[Flavor]) -> Advice:
    faster = _next(request, flavors, _speed, FASTER)
    if faster is not None:
        words = f"{faster.words}, ${faster.usd:.2f} an hour"
        sentence = f"The time limit was reached on {request.flavor}: try a faster machine ({words})."
        return Advice(sentence, line(request, flavor=faster.name))
    if (request.spec.limit or TRIAL + 1) <= TRIAL:
        return Advice("The time limit was reached, although only a few samples were asked: try a smaller model.")
    return Advice("The time limit was reached: try a part of the samples.", line(request, limit=TRIAL))


def _next(
    request: Request,
    flavors: Iterable[Flavor],
    measure: Callable[[Flavor, Backend], float],
    factor: float = 1.0,
) -> Flavor | None:
    """The cheapest machine of which there is more than of the one that was taken, and no less memory."""
    listed, backend = list(flavors), request.spec.backend
    now = next((one for one in listed if one.name == request.flavor), None)
    if now is None:
        return None
    fit = [
        one
        for one in listed
        if one.gpu and one.gpu.bf16 and measure(one, backend) > factor * measure(now, backend)
        if _room(one, backend) >= _room(now, backend)
    ]
    return min(fit, key=lambda one: (one.usd, -measure(one, backend)), default=None)


def _room(one: Flavor, backend: Backend) -> float:
    """Memory for the model, in GB; transformers uses one GPU."""
    return one.each if backend is Backend.HF else one.memory


def _speed(one: Flavor, backend: Backend) -> float:
    """Bandwidth of memory, in GB/s, which is what writing answers waits for."""
    if one.gpu is None:
        return 0.0
    return one.gpu.bandwidth * (1 if backend is Backend.HF else one.count)
