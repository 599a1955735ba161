"""The commands of inspect, and the vLLM server that it asks."""

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
    without_template,
)
from evaluators.runs.runner.plan import Command, Server
from evaluators.runs.spec import Backend, ChatTemplate, RunSpec
from evaluators.runs.task_table import AskedTask, Need, package_text

GENERATION, TEMPLATE, LAUNCHER = "generate.json", "plain.jinja", "inspect_launch.py"
# What a model without a chat template reads; inspect's own words on transformers, so that scores agree.
PLAIN_TEMPLATE = "{% for message in messages %}{{ message.role }}: {{ message.content }}\n{% endfor %}"


def inspect_command(task: AskedTask, spec: RunSpec, place: Place) -> Command:
    """One task with inspect."""
    argv = ["{python}", f"{{work}}/{LAUNCHER}", "eval", task.framework_task]
    for name, value in task.arguments.items():
        argv += ["-T", f"{name}={value}"]
    argv += _model(spec, place)
    argv += ["--generate-config", f"{{work}}/{GENERATION}", "--max-retries", str(RETRIES)]
    if spec.backend in AT_ONCE:
        argv += ["--max-connections", str(AT_ONCE[spec.backend])]
    if spec.limit is not None:
        argv += ["--limit", str(spec.limit)]
    if Need.SANDBOX in task.needs:
        # The job itself is the sandbox: it has nothing but a token that reads, which children do not see.
        argv += ["--sandbox", "local"]
    argv += ["--log-dir", "{out}", "--log-format", "json", "--display", "plain"]
    return Command(task.name, tuple(argv), environment(spec, place), needs_token(task, spec))


def _model(spec: RunSpec, place: Place) -> list[str]:
    if spec.backend is Backend.PROVIDER:
        return ["--model", f"hf-inference-providers/{spec.model}:{spec.provider}"]
    if spec.backend is Backend.OPENAI:
        return ["--model", f"openai-api/endpoint/{spec.model}"]
    if spec.backend is Backend.VLLM:
        return ["--model", f"vllm/{spec.model}", "--model-base-url", "http://127.0.0.1:{port}/v1"]
    # A path, not a revision: with a revision, inspect takes the tokenizer from main.
    arguments = {"model_path": "{model}", "dtype": spec.dtype.value}
    if spec.generation.temperature == 0:
        # Greedy has to be said: a temperature of 0 alone is an error of transformers.
        arguments["do_sample"] = "false"
    if not spec.pickle:
        arguments["use_safetensors"] = "true"
    if place.device == "cpu":
        arguments["device"] = "cpu"
    if spec.chat_template is ChatTemplate.NO:
        arguments["use_chat_template"] = "false"
    if spec.remote_code:
        arguments["trust_remote_code"] = "true"
    given = [word for name, value in arguments.items() for word in ("-M", f"{name}={value}")]
    return ["--model", f"hf/{spec.model}", *given]


def vllm_server(spec: RunSpec, place: Place) -> Server:
    """VLLM on the loopback interface; its console script needs a distribution of its own name, the module does not."""
    argv = ["{python}", "-m", "vllm.entrypoints.openai.api_server"]
    argv += ["--model", "{model}", "--served-model-name", spec.model, "--host", "127.0.0.1", "--port", "{port}"]
    argv += ["--dtype", spec.dtype.value, "--max-model-len", str(place.max_length), "--seed", str(spec.seed)]
    argv += ["--tensor-parallel-size", str(divided_among(spec, place))]
    # The model's own sampling defaults, such as a penalty for repetition, would change greedy answers.
    argv += ["--generation-config", "vllm", "--uvicorn-log-level", "warning"]
    if place.device == "cpu":
        argv += ["--enforce-eager"]
    else:
        argv += ["--gpu-memory-utilization", str(spec.gpu_memory)]
    if without_template(spec, place):
        argv += ["--chat-template", f"{{work}}/{TEMPLATE}"]
    if spec.remote_code:
        argv += ["--trust-remote-code"]
    env = {"HF_HUB_OFFLINE": "1", **vllm_environment(place)}
    return Server(tuple(argv), env, start_limit=float(spec.time_limit))


def inspect_files(spec: RunSpec, place: Place) -> Mapping[str, str]:
    """The files that the commands read, by name."""
    generation: dict[str, Any] = {"temperature": spec.generation.temperature, "seed": spec.seed}
    if spec.generation.top_p is not None:
        generation["top_p"] = spec.generation.top_p
    if spec.generation.max_tokens is not None:
        generation["max_tokens"] = spec.generation.max_tokens
    if spec.generation.stop:
        # In a file, because `--stop-seqs` divides at commas.
        generation["stop_seqs"] = list(spec.generation.stop)
    files = {GENERATION: json.dumps(generation, sort_keys=True)}
    files |= {name: package_text(name) for name in (LAUNCHER, LOADED_DATA)}
    if spec.backend is Backend.VLLM and without_template(spec, place):
        files[TEMPLATE] = PLAIN_TEMPLATE
    return files
