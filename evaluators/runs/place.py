"""Where a command runs, as far as the command depends on it, and what every command has in common."""

from dataclasses import dataclass
from typing import Literal

from evaluators.runs.spec import Backend, ChatTemplate, Framework, RunSpec
from evaluators.runs.task_table import AskedTask

# The key of an API of one's own, in the surroundings of the run: never in a command or a file.
KEYS = {Framework.INSPECT: "ENDPOINT_API_KEY", Framework.LIGHTEVAL: "HOSTED_VLLM_API_KEY"}
AT_ONCE = {Backend.VLLM: 64, Backend.OPENAI: 32, Backend.PROVIDER: 16}
RETRIES = 5
# What both launchers import from beside them.
LOADED_DATA = "loaded_data.py"


class CommandError(ValueError):
    """A specification cannot be run in this place; the message is one sentence."""


@dataclass(frozen=True, slots=True)
class Place:
    """What a command depends on besides the specification.

    `max_length` is the length to set the model up for, and `tensor_parallel` the number of GPUs it is divided among
    where the specification leaves that open (`evaluators.runs.hardware`). `has_template` says whether the model has a
    chat template; `throw_away` that code written by a model may run; `has_key` that the surroundings hold the key of
    the API; `files` are those to load (`evaluators.runs.commands.files_to_load`), empty for all that are safe.
    """

    max_length: int
    tensor_parallel: int = 1
    has_template: bool = True
    device: Literal["cuda", "cpu"] = "cuda"
    throw_away: bool = False
    has_key: bool = False
    files: tuple[str, ...] = ()


def divided_among(spec: RunSpec, place: Place) -> int:
    """The number of GPUs that share the model."""
    return max(spec.tensor_parallel, place.tensor_parallel)


def environment(spec: RunSpec, place: Place) -> dict[str, str]:
    """What the framework sees. Its caches are the run's own: a data set's branch may have moved since the last run."""
    env = {"XDG_CACHE_HOME": "{work}/cache", "HF_HUB_DISABLE_TELEMETRY": "1", "DO_NOT_TRACK": "1"}
    if spec.backend is Backend.OPENAI:
        if spec.framework is Framework.INSPECT:
            env["ENDPOINT_BASE_URL"] = spec.base_url or ""
        if not place.has_key:
            env[KEYS[spec.framework]] = "none"
    if spec.backend is Backend.VLLM and spec.framework is Framework.INSPECT:
        env["VLLM_API_KEY"] = "none"
    return env


def vllm_environment(place: Place) -> dict[str, str]:
    """What vLLM sees besides."""
    env = {"VLLM_NO_USAGE_STATS": "1", "DO_NOT_TRACK": "1"}
    return {**env, "VLLM_CPU_KVCACHE_SPACE": "1"} if place.device == "cpu" else env


def without_template(spec: RunSpec, place: Place) -> bool:
    """Whether questions go to the model without a chat template."""
    return spec.chat_template is ChatTemplate.NO or (spec.chat_template is ChatTemplate.AUTO and not place.has_template)


def needs_token(task: AskedTask, spec: RunSpec) -> bool:
    """Whether the framework itself needs the Hub token: for gated data, or to pay a provider."""
    return bool(task.gated_data) or spec.backend is Backend.PROVIDER
