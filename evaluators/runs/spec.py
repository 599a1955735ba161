"""What one evaluation is asked to do: fixed before it starts, the same wherever it runs, named by its content."""

import hashlib
import re
from enum import StrEnum
from functools import cache
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit

from pydantic import AfterValidator, ConfigDict, Field, TypeAdapter, model_validator
from pydantic.dataclasses import dataclass

from evaluators.runs import strict_json
from evaluators.runs.strict_json import InvalidJsonError

MODEL = r"^[A-Za-z0-9][A-Za-z0-9._-]*/[A-Za-z0-9][A-Za-z0-9._-]*$"
REVISION = r"^[0-9a-f]{40}$"
TASK = r"^[A-Za-z0-9][A-Za-z0-9 _.:/@=+|-]*$"
CONFIG = ConfigDict(extra="forbid", strict=True, allow_inf_nan=False, hide_input_in_errors=True)

# There is one zero: -0.0 would give the same request another name.
Temperature = Annotated[float, Field(ge=0, le=2), AfterValidator(lambda value: value + 0.0)]
Word = Annotated[str, Field(min_length=1, max_length=100)]


class SpecError(InvalidJsonError):
    """A specification cannot be: `problems` has one sentence for each mistake, and names the field."""


class Framework(StrEnum):
    """The program that asks the questions and marks the answers."""

    INSPECT = "inspect"
    LIGHTEVAL = "lighteval"


class Backend(StrEnum):
    """What answers: vLLM or transformers (`hf`) with the model's files, a provider, or any OpenAI-compatible URL."""

    VLLM = "vllm"
    HF = "hf"
    PROVIDER = "provider"
    OPENAI = "openai"

    @property
    def loads_weights(self) -> bool:
        """Whether the model's files are loaded where the run is, so that its commit is known for certain."""
        return self in {Backend.VLLM, Backend.HF}


class ChatTemplate(StrEnum):
    """Whether questions go through the model's chat template; `auto`: where it has one."""

    AUTO = "auto"
    YES = "yes"
    NO = "no"


class Dtype(StrEnum):
    """The type that weights are loaded as; `auto`: as the model says, and what the GPU can do."""

    AUTO = "auto"
    BFLOAT16 = "bfloat16"
    FLOAT16 = "float16"
    FLOAT32 = "float32"


@dataclass(frozen=True, slots=True, kw_only=True, config=CONFIG)
class Generation:
    """How answers are sampled; the default is greedy."""

    temperature: Temperature = Field(default=0.0, description="A temperature from 0 to 2; 0 is greedy.")
    top_p: float | None = Field(default=None, gt=0, le=1, description="A share of probability above 0, at most 1.")
    max_tokens: int | None = Field(
        default=None, ge=1, le=1_000_000, description="The most tokens of one answer; without it, what the task says."
    )
    stop: tuple[Word, ...] = Field(
        default=(), max_length=16, description="A list of at most 16 texts that end an answer."
    )


@dataclass(frozen=True, slots=True, kw_only=True, config=CONFIG)
class RunSpec:
    """One evaluation: a model at a commit, tasks, and how they are run.

    Task names are normalised (`evaluators.runs.tasks.normalise`). Every field is part of the identity.
    """

    model: str = Field(pattern=MODEL, max_length=96, description="The model repo on the Hub, as owner/name.")
    revision: str = Field(pattern=REVISION, description="The commit of the model, 40 lower-case hexadecimal digits.")
    tasks: tuple[Annotated[str, Field(pattern=TASK, max_length=200)], ...] = Field(
        min_length=1, max_length=50, description="A list of 1 to 50 task names, such as gsm8k."
    )
    framework: Framework = Field(description="Either inspect or lighteval.")
    backend: Backend = Field(description="One of vllm, hf, provider, openai.")
    version: Literal[1] = Field(default=1, description="The version of this format, 1.")
    provider: str | None = Field(
        default=None,
        pattern=r"^[a-z0-9][a-z0-9-]*$",
        max_length=50,
        description="An inference provider, such as together.",
    )
    base_url: str | None = Field(default=None, max_length=300, description="The address of an OpenAI-compatible API.")
    fewshot: int | None = Field(
        default=None, ge=0, le=100, description="The number of examples with each question, 0 to 100."
    )
    limit: int | None = Field(
        default=None,
        ge=1,
        le=1_000_000,
        description="The number of samples of each task to stop after, at least 1: a trial.",
    )
    generation: Generation = Field(default=Generation(), description="A mapping of sampling settings.")
    chat_template: ChatTemplate = Field(default=ChatTemplate.AUTO, description="One of auto, yes, no.")
    dtype: Dtype = Field(default=Dtype.AUTO, description="One of auto, bfloat16, float16, float32.")
    tensor_parallel: int = Field(
        default=1,
        ge=1,
        le=64,
        description="The number of GPUs that share the model, 1 to 64; 1 leaves it open.",
    )
    gpu_memory: float = Field(
        default=0.9, ge=0.05, le=0.95, description="The share of GPU memory to use, 0.05 to 0.95."
    )
    max_length: int | None = Field(
        default=None, ge=16, le=10_000_000, description="The most tokens of question and answer together, at least 16."
    )
    seed: int = Field(default=0, ge=0, le=2**32 - 1, description="A whole number from 0 to 4294967295.")
    time_limit: int = Field(
        default=3600, ge=60, le=7 * 86400, description="The most seconds it may take, 60 to 604800."
    )
    money_limit: float | None = Field(
        default=None, gt=0, le=100_000, description="The most it may cost, in US dollars."
    )
    remote_code: bool = Field(
        default=False, description="Whether code of the model repo may run: only an operator's setting says so."
    )
    pickle: bool = Field(
        default=False, description="Whether weights may be pickles, which can run code: only an operator says so."
    )

    @model_validator(mode="after")
    def _agree(self) -> "RunSpec":
        if "--" in self.model or ".." in self.model:
            raise ValueError("`model` cannot have -- or .. in its name: give the model repo on the Hub, as owner/name.")
        if len(set(self.tasks)) < len(self.tasks):
            raise ValueError("`tasks` names a task twice: name each once.")
        if (self.backend is Backend.PROVIDER) is (self.provider is None):
            raise ValueError("`provider` belongs to backend provider, and only to it: give both or neither.")
        if (self.backend is Backend.OPENAI) is (self.base_url is None):
            raise ValueError("`base_url` belongs to backend openai, and only to it: give both or neither.")
        if self.base_url is not None and not _is_plain_url(self.base_url):
            raise ValueError("`base_url` must be an http or https address without user, password, query or fragment.")
        if self.backend is Backend.PROVIDER and self.framework is Framework.LIGHTEVAL:
            raise ValueError("`framework` must be inspect for backend provider: lighteval is not run on providers.")
        if self.tensor_parallel > 1 and self.backend is not Backend.VLLM:
            raise ValueError("`tensor_parallel` needs backend vllm: leave it at 1 with other backends.")
        return self

    @property
    def json(self) -> str:
        """The canonical text: every field, keys sorted."""
        return strict_json.write(_adapter(), self)

    @property
    def id(self) -> str:
        """The name of this request: 16 hexadecimal digits of the SHA-256 of the canonical text."""
        return hashlib.sha256(self.json.encode()).hexdigest()[:16]

    @property
    def limited(self) -> bool:
        """Whether only a part of the samples is asked for, which makes the run a trial."""
        return self.limit is not None


def parse(text: str | bytes) -> RunSpec:
    """Read a specification from JSON.

    Raises:
        SpecError: It is not JSON, has an unknown field, or a value that cannot be.
    """
    try:
        return strict_json.read(_adapter(), text, schema())
    except InvalidJsonError as error:
        raise SpecError(error.problems) from None


@cache
def schema() -> dict[str, Any]:
    """The JSON Schema, as published in `docs/schemas/run-spec.schema.json`."""
    title = {"title": "Scorekeeper: specification of a run"}
    return {"$schema": strict_json.DRAFT} | _adapter().json_schema() | title


@cache
def _adapter() -> TypeAdapter[RunSpec]:
    return TypeAdapter(RunSpec)


def _is_plain_url(text: str) -> bool:
    if not re.fullmatch(r"[!-~]+", text):
        return False
    try:
        url = urlsplit(text)
        port_is_one = url.port != 0
    except ValueError:
        return False
    extra = url.username or url.password or url.query or url.fragment or "?" in text or "#" in text
    return url.scheme in {"http", "https"} and bool(url.hostname) and port_is_one and not extra
