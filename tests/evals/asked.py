"""The runs of these tests by name: what is asked of which model."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from evaluators.runs.commands import plan
from evaluators.runs.place import Place
from evaluators.runs.runner.plan import Plan
from evaluators.runs.spec import Backend, Dtype, Framework, Generation, RunSpec
from tests.evals.endpoint import Endpoint
from tests.evals.questions import BENCH

TINY, BRIEF = "acme/tiny", "acme/brief"
INSPECT_TASKS = (f"hf/{BENCH}", "gsm8k", "mmlu")
LIGHTEVAL_TASKS = ("arc:challenge|0", "gsm8k|0")
PLACE = Place(max_length=2048, device="cpu")
# Long enough for a busy machine, and shorter than the retries of a client that finds no network.
TIME_LIMIT = 400


@dataclass(frozen=True)
class World:
    """What there is: the newest commit of each model and data set, and an API."""

    commits: Mapping[str, str]
    data: Mapping[str, str]
    endpoint: Endpoint

    def spec(self, name: str) -> RunSpec:
        """What is asked in a run."""
        return SPECS[name](self)

    def plan(self, name: str) -> Plan:
        """How it is done."""
        spec = self.spec(name)
        made = plan(spec, PLACE)
        if name == "inspect-vllm":
            # The same server as an API of one's own: starting it takes a minute.
            own = plan(self._openai("good"), PLACE).commands[0]
            url = {"ENDPOINT_BASE_URL": "http://127.0.0.1:{port}/v1"}
            return replace(made, commands=(*made.commands, replace(own, env={**own.env, **url})))
        if name == "time-limit":
            return replace(made, time_limit=25)
        return made

    def _of(self, framework: Framework, backend: Backend, *tasks: str, **more: Any) -> RunSpec:
        model = more.pop("model", TINY)
        settings = {"dtype": Dtype.FLOAT32, "time_limit": TIME_LIMIT, **more}
        return RunSpec(
            model=model, revision=self.commits[model], tasks=tasks, framework=framework, backend=backend, **settings
        )

    def _inspect(self, backend: Backend, *tasks: str, **more: Any) -> RunSpec:
        return self._of(Framework.INSPECT, backend, *tasks, generation=Generation(max_tokens=16), **more)

    def _openai(self, mode: str, *tasks: str, **more: Any) -> RunSpec:
        return self._inspect(Backend.OPENAI, *(tasks or INSPECT_TASKS[:1]), base_url=self.endpoint.url(mode), **more)


# The long ones first: the others fit in beside them.
SPECS: Mapping[str, Callable[[World], RunSpec]] = {
    "inspect-vllm": lambda world: world._inspect(Backend.VLLM, *INSPECT_TASKS),
    "inspect-hf": lambda world: world._inspect(Backend.HF, *INSPECT_TASKS),
    "lighteval-vllm": lambda world: world._of(Framework.LIGHTEVAL, Backend.VLLM, *LIGHTEVAL_TASKS),
    "lighteval-hf": lambda world: world._of(Framework.LIGHTEVAL, Backend.HF, *LIGHTEVAL_TASKS),
    "lighteval-api": lambda world: world._of(
        Framework.LIGHTEVAL, Backend.OPENAI, "gsm8k|0", base_url=world.endpoint.url("good")
    ),
    "api": lambda world: world._openai("good"),
    "limited": lambda world: world._openai("good", limit=2),
    "unknown-task": lambda world: world._openai("good", f"hf/{BENCH}/nothing"),
    "no-data": lambda world: world._openai("good", "hf/acme/nothing"),
    "half": lambda world: world._openai("half"),
    "lighteval-half": lambda world: world._of(
        Framework.LIGHTEVAL, Backend.OPENAI, "gsm8k|0", base_url=world.endpoint.url("half")
    ),
    "paid": lambda world: world._openai("paid"),
    "time-limit": lambda world: world._openai("hangs"),
    "cancelled": lambda world: world._openai("waits"),
    "cut": lambda world: world._inspect(Backend.HF, INSPECT_TASKS[0], model="acme/cut"),
    "huge": lambda world: world._inspect(Backend.HF, INSPECT_TASKS[0], model="acme/huge"),
    "strange": lambda world: world._inspect(Backend.HF, INSPECT_TASKS[0], model="acme/strange"),
    "gated": lambda world: world._inspect(Backend.HF, INSPECT_TASKS[0], model="acme/gated"),
    "lighteval-cut": lambda world: world._of(Framework.LIGHTEVAL, Backend.HF, "gsm8k|0", model="acme/cut"),
}
