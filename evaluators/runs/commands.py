"""From a specification to the exact commands: no shell anywhere, and every trap of the frameworks in one place.

What is known only where the run is stands as a word in braces (`{python}`, `{work}`, `{model}`, `{out}`, `{port}`), see
`evaluators.runs.runner.plan`. Each task is a command of its own, so that what fails has a name.
"""

import json

from evaluators.runs.commands_inspect import inspect_command, inspect_files, vllm_server
from evaluators.runs.commands_lighteval import lighteval_command, lighteval_files
from evaluators.runs.model_facts import ModelFacts
from evaluators.runs.place import KEYS, CommandError, Place
from evaluators.runs.runner.plan import Plan, Snapshot
from evaluators.runs.spec import Backend, Framework, RunSpec
from evaluators.runs.task_table import AskedTask, Need
from evaluators.runs.tasks import asked

WEIGHTS = ".safetensors"
SAFE_FILES = (WEIGHTS, ".json", ".txt", ".model", ".jinja", ".tiktoken")
CODE_FILES = (".py",)
PICKLE_FILES = (".bin", ".pt", ".pth")


def plan(spec: RunSpec, place: Place) -> Plan:
    """All commands of a run, with its server, the files they read, and the files of the model.

    Raises:
        TaskError: A task means nothing.
        CommandError: A task cannot run in this place.
    """
    tasks = [asked(task, spec.framework, spec.fewshot) for task in spec.tasks]
    for task in tasks:
        _refuse(task, spec, place)
    if spec.framework is Framework.LIGHTEVAL and spec.backend is Backend.HF and spec.generation.max_tokens is not None:
        # lighteval 0.13 would cut the questions to that many tokens, and the answers to what the task says.
        raise CommandError("lighteval on transformers has no max_tokens: leave it out, or use backend vllm.")
    inspect = spec.framework is Framework.INSPECT
    command = inspect_command if inspect else lighteval_command
    return Plan(
        spec=json.loads(spec.json),
        spec_id=spec.id,
        reader=spec.framework.value,
        commands=tuple(command(task, spec, place) for task in tasks),
        time_limit=spec.time_limit,
        snapshot=_snapshot(spec, place) if spec.backend.loads_weights else None,
        server=vllm_server(spec, place) if inspect and spec.backend is Backend.VLLM else None,
        files=inspect_files(spec, place) if inspect else lighteval_files(spec, place),
        keep=(KEYS[spec.framework],) if spec.backend is Backend.OPENAI and place.has_key else (),
    )


def _refuse(task: AskedTask, spec: RunSpec, place: Place) -> None:
    if Need.SANDBOX in task.needs and not place.throw_away:
        raise CommandError(f"{task.name} {Need.SANDBOX.sentence}")
    if task.likelihood and spec.backend is Backend.OPENAI:
        raise CommandError(f"{task.name} compares likelihoods, which an API does not tell: use backend vllm or hf.")


def files_to_load(spec: RunSpec, facts: ModelFacts) -> tuple[str, ...]:
    """The model's files that a run loads: at the top of the repo, safe unless an operator said otherwise, no copies.

    Many repos hold their weights twice, in the usual format and in that of their makers.
    """
    weights, suffixes = facts.weight_files, _suffixes(spec)
    found = (path for path in facts.files if "/" not in path and path.endswith(suffixes))
    return tuple(path for path in found if path in weights or not path.endswith(WEIGHTS))


def _suffixes(spec: RunSpec) -> tuple[str, ...]:
    return (*SAFE_FILES, *(CODE_FILES if spec.remote_code else ()), *(PICKLE_FILES if spec.pickle else ()))


def _snapshot(spec: RunSpec, place: Place) -> Snapshot:
    return Snapshot(spec.model, spec.revision, place.files or tuple(f"*{suffix}" for suffix in _suffixes(spec)))
