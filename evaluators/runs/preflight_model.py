"""Before a run: the model."""

from collections.abc import Iterable
from functools import cache

from evaluators.problem import shown
from evaluators.runs.finding import Finding, Weight, refuse
from evaluators.runs.memory import divides
from evaluators.runs.model_facts import ModelFacts
from evaluators.runs.result import ErrorKind
from evaluators.runs.spec import Backend, ChatTemplate, RunSpec
from evaluators.runs.task_table import package_text

VLLM = "0.32"


def model_findings(spec: RunSpec, model: ModelFacts) -> Iterable[Finding]:
    """What can be said about the model: whether it can be loaded, and whether the settings suit it."""
    yield from _settings(spec, model)
    if spec.backend.loads_weights:
        yield from _weights(spec, model)
        yield from _loading(spec, model)


@cache
def vllm_architectures() -> frozenset[str]:
    """The architectures that vLLM generates text with, as they stand in a config.json."""
    lines = package_text("vllm_architectures.txt").splitlines()
    return frozenset(name for line in lines if not line.startswith("#") for name in line.split())


def _weights(spec: RunSpec, model: ModelFacts) -> Iterable[Finding]:
    paths = model.files.keys()
    if not model.files or model.weight_files:
        return
    if "adapter_config.json" in paths or any(path.startswith("adapter_model.") for path in paths):
        sentence = f"{model.repo} is an adapter, not a whole model: merge it into its base model first."
    elif model.pickled_files:
        if spec.pickle:
            return
        sentence = f"{model.repo} has its weights only as pickles, which can run code: convert them to safetensors."
    elif any(path.endswith(".gguf") for path in paths):
        sentence = f"{model.repo} has its weights only as GGUF: evaluate the repo that they were made from."
    else:
        sentence = f"{model.repo} has no weights in the safetensors format: check the commit."
    yield refuse(ErrorKind.BROKEN_MODEL, sentence)


def _loading(spec: RunSpec, model: ModelFacts) -> Iterable[Finding]:
    if model.files and not model.readable_config:
        yield refuse(ErrorKind.BROKEN_MODEL, f"{model.repo} has no config.json that can be read: check the commit.")
        return
    if model.own_code and not spec.remote_code:
        known = any(one in vllm_architectures() for one in model.architectures)
        if not (known and spec.backend is Backend.VLLM):
            yield refuse(
                ErrorKind.UNSUPPORTED_ARCHITECTURE,
                f"{model.repo} needs code of its own repo, which is not run: an operator may allow it, with "
                "--remote-code.",
            )
    elif model.architectures and spec.backend is Backend.VLLM:
        yield from _architecture(model)
    if spec.tensor_parallel > 1 and not divides(model, spec.tensor_parallel):
        yield refuse(
            ErrorKind.UNSUPPORTED_ARCHITECTURE,
            f"{model.repo} cannot be divided among {spec.tensor_parallel} GPUs: set tensor_parallel to 1, "
            "which leaves it open.",
        )


def _architecture(model: ModelFacts) -> Iterable[Finding]:
    if any(one in vllm_architectures() for one in model.architectures):
        return
    name = shown(model.architectures[0])
    if model.architectures[0].endswith(("ForCausalLM", "ForConditionalGeneration", "LMHeadModel")):
        sentence = (
            f"vLLM {VLLM} does not list {name}, and would fall back to transformers: if it fails, try backend hf."
        )
        yield Finding(Weight.WARN, sentence, ErrorKind.UNSUPPORTED_ARCHITECTURE)
    else:
        sentence = f"{name} is not an architecture that generates text: evaluate a model that does."
        yield refuse(ErrorKind.UNSUPPORTED_ARCHITECTURE, sentence)


def _settings(spec: RunSpec, model: ModelFacts) -> Iterable[Finding]:
    if spec.chat_template is ChatTemplate.YES and model.chat_template is False:
        yield refuse(
            ErrorKind.CHAT_TEMPLATE_MISSING,
            f"{model.repo} has no chat template: set chat_template to auto, or evaluate its instruction-tuned version.",
        )
    if spec.chat_template is ChatTemplate.AUTO and model.chat_template is False:
        sentence = f"{model.repo} has no chat template, so questions are put as plain text; few tasks mean that."
        yield Finding(Weight.WARN, sentence, ErrorKind.CHAT_TEMPLATE_MISSING)
    if spec.chat_template is not ChatTemplate.AUTO and not spec.backend.loads_weights:
        sentence = "An API uses the chat template that it has: set chat_template to auto."
        yield refuse(ErrorKind.CHAT_TEMPLATE_MISSING, sentence)
    if spec.max_length is not None and model.max_length is not None and spec.max_length > model.max_length:
        yield refuse(
            ErrorKind.OUT_OF_MEMORY,
            f"{model.repo} reads at most {model.max_length:,} tokens: set max_length to that, or leave it out.",
        )
