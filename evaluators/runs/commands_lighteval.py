"""The commands of lighteval."""

import json
from collections.abc import Mapping
from typing import Any

from evaluators.runs.place import (
    AT_ONCE,
    LOADED_DATA,
    RETRIES,
    Place,
    divided_among,
    environment,
    needs_token,
    vllm_environment,
)
from evaluators.runs.runner.plan import Command
from evaluators.runs.spec import Backend, ChatTemplate, RunSpec
from evaluators.runs.task_table import AskedTask, package_text

MODEL_FILE, LAUNCHER = "lighteval.yaml", "lighteval_launch.py"


def lighteval_command(task: AskedTask, spec: RunSpec, place: Place) -> Command:
    """One task with lighteval."""
    launcher = {Backend.VLLM: ["vllm"], Backend.HF: ["accelerate"], Backend.OPENAI: ["endpoint", "litellm"]}
    argv = ["{python}", f"{{work}}/{LAUNCHER}", *launcher[spec.backend], f"{{work}}/{MODEL_FILE}", task.framework_task]
    argv += ["--output-dir", "{out}", "--save-details"]
    if spec.limit is not None:
        argv += ["--max-samples", str(spec.limit)]
    env = environment(spec, place)
    if spec.backend is Backend.VLLM:
        env = {**env, **vllm_environment(place)}
    return Command(task.name, tuple(argv), env, needs_token(task, spec))


def _model(spec: RunSpec, place: Place) -> dict[str, Any]:
    """The settings of lighteval's model. Its form on the command line cannot hold every text that ends an answer."""
    sampling = spec.generation
    generation: dict[str, Any] = {"temperature": sampling.temperature}
    if sampling.top_p is not None:
        generation["top_p"] = sampling.top_p
    if sampling.max_tokens is not None and spec.backend is not Backend.HF:
        generation["max_new_tokens"] = sampling.max_tokens
    if sampling.stop:
        generation["stop_tokens"] = list(sampling.stop)
    # Children begin in the folder of the run. lighteval keeps answers in its cache under the model's name, and would
    # take those of another commit for these: a cache of each run's own.
    settings: dict[str, Any] = {"model_name": "./model", "cache_dir": "./lighteval-cache"}
    if spec.backend is Backend.OPENAI:
        settings |= {"model_name": f"hosted_vllm/{spec.model}", "base_url": spec.base_url}
        settings |= {"max_model_length": place.max_length, "api_max_retry": RETRIES}
        settings |= {"concurrent_requests": AT_ONCE[Backend.OPENAI]}
        return {**settings, "generation_parameters": {**generation, "seed": spec.seed}}
    settings |= {"dtype": spec.dtype.value, "trust_remote_code": spec.remote_code}
    if spec.chat_template is not ChatTemplate.AUTO:
        settings["override_chat_template"] = spec.chat_template is ChatTemplate.YES
    if spec.backend is Backend.VLLM:
        settings |= {"max_model_length": place.max_length, "tensor_parallel_size": divided_among(spec, place)}
        settings |= {"gpu_memory_utilization": spec.gpu_memory, "seed": spec.seed}
        generation["seed"] = spec.seed
    else:
        settings |= {"max_length": place.max_length, "device": place.device}
        if place.device == "cpu":
            settings["batch_size"] = 4
    return {**settings, "generation_parameters": generation}


def lighteval_files(spec: RunSpec, place: Place) -> Mapping[str, str]:
    """The files that the commands read, by name."""
    model = json.dumps({"model_parameters": _model(spec, place)}, sort_keys=True)
    return {MODEL_FILE: model, **{name: package_text(name) for name in (LAUNCHER, LOADED_DATA)}}
