"""Commands: word for word what is run, with the traps of the frameworks in mind."""

import json
import shlex
from typing import Any

import pytest
from hypothesis import given

from evaluators.runs.commands import files_to_load, plan
from evaluators.runs.model_facts import ModelFacts
from evaluators.runs.place import CommandError, Place
from evaluators.runs.runner.plan import Plan
from evaluators.runs.spec import Backend, ChatTemplate, Dtype, Framework, Generation, RunSpec
from tests.evaluators.runs.samples import SPEC, spec
from tests.evaluators.runs.strategies import specs

GPU = Place(max_length=4096)
CPU = Place(max_length=1024, device="cpu")
HF = spec(backend=Backend.HF)
LIGHT = {"framework": Framework.LIGHTEVAL, "tasks": ("gsm8k|5",)}
OPEN = {"backend": Backend.OPENAI, "base_url": "https://api.example/v1"}
END = "--log-dir {out} --log-format json --display plain"


def argv(asked: RunSpec, place: Place = GPU) -> list[str]:
    (command,) = plan(asked, place).commands
    return list(command.argv)


@pytest.mark.parametrize(
    ("asked", "place", "expected"),
    [
        (
            HF,
            GPU,
            (
                "{python} {work}/inspect_launch.py eval inspect_evals/gsm8k -T fewshot=8 --model hf/acme/heron-8b "
                "-M model_path={model} -M dtype=auto -M do_sample=false -M use_safetensors=true "
                f"--generate-config {{work}}/generate.json --max-retries 5 {END}"
            ),
        ),
        (
            spec(
                backend=Backend.HF,
                tasks=("hf/acme/quiz/hard",),
                limit=8,
                dtype=Dtype.FLOAT32,
                generation=Generation(temperature=0.7),
                chat_template=ChatTemplate.NO,
                remote_code=True,
                pickle=True,
            ),
            CPU,
            (
                "{python} {work}/inspect_launch.py eval hf/acme/quiz/hard --model hf/acme/heron-8b "
                "-M model_path={model} -M dtype=float32 -M device=cpu "
                "-M use_chat_template=false -M trust_remote_code=true "
                f"--generate-config {{work}}/generate.json --max-retries 5 --limit 8 {END}"
            ),
        ),
        (
            spec(tasks=("mmlu",), fewshot=5),
            GPU,
            (
                "{python} {work}/inspect_launch.py eval inspect_evals/mmlu_5_shot --model vllm/acme/heron-8b "
                "--model-base-url http://127.0.0.1:{port}/v1 "
                f"--generate-config {{work}}/generate.json --max-retries 5 --max-connections 64 {END}"
            ),
        ),
        (
            spec(backend=Backend.PROVIDER, provider="together"),
            GPU,
            (
                "{python} {work}/inspect_launch.py eval inspect_evals/gsm8k -T fewshot=8 "
                "--model hf-inference-providers/acme/heron-8b:together "
                f"--generate-config {{work}}/generate.json --max-retries 5 --max-connections 16 {END}"
            ),
        ),
        (
            spec(**OPEN),
            GPU,
            (
                "{python} {work}/inspect_launch.py eval inspect_evals/gsm8k -T fewshot=8 "
                "--model openai-api/endpoint/acme/heron-8b "
                f"--generate-config {{work}}/generate.json --max-retries 5 --max-connections 32 {END}"
            ),
        ),
        (
            spec(**LIGHT),
            GPU,
            "{python} {work}/lighteval_launch.py vllm {work}/lighteval.yaml gsm8k|5 --output-dir {out} --save-details",
        ),
        (
            spec(**LIGHT, backend=Backend.HF, limit=8),
            GPU,
            (
                "{python} {work}/lighteval_launch.py accelerate {work}/lighteval.yaml gsm8k|5 --output-dir {out} "
                "--save-details --max-samples 8"
            ),
        ),
        (
            spec(**LIGHT, **OPEN),
            GPU,
            (
                "{python} {work}/lighteval_launch.py endpoint litellm {work}/lighteval.yaml gsm8k|5 --output-dir {out} "
                "--save-details"
            ),
        ),
        (
            spec(tasks=("humaneval",)),
            Place(max_length=4096, throw_away=True),
            (
                "{python} {work}/inspect_launch.py eval inspect_evals/humaneval --model vllm/acme/heron-8b "
                "--model-base-url http://127.0.0.1:{port}/v1 "
                f"--generate-config {{work}}/generate.json --max-retries 5 --max-connections 64 --sandbox local {END}"
            ),
        ),
    ],
)
def test_the_command_is_word_for_word(asked: RunSpec, place: Place, expected: str) -> None:
    found = argv(asked, place)
    # The bar and the braces are not for a shell.
    assert found == shlex.split(expected.replace("|", "\\|"))


@pytest.mark.parametrize(
    ("asked", "place", "expected"),
    [
        (
            spec(seed=7, gpu_memory=0.8),
            Place(max_length=4096, tensor_parallel=2),
            (
                "{python} -m vllm.entrypoints.openai.api_server --model {model} --served-model-name acme/heron-8b "
                "--host 127.0.0.1 --port {port} --dtype auto --max-model-len 4096 --seed 7 --tensor-parallel-size 2 "
                "--generation-config vllm --uvicorn-log-level warning --gpu-memory-utilization 0.8"
            ),
        ),
        (
            spec(tensor_parallel=4, dtype=Dtype.FLOAT16, remote_code=True),
            Place(max_length=512, device="cpu", has_template=False),
            (
                "{python} -m vllm.entrypoints.openai.api_server --model {model} --served-model-name acme/heron-8b "
                "--host 127.0.0.1 --port {port} --dtype float16 --max-model-len 512 --seed 0 --tensor-parallel-size 4 "
                "--generation-config vllm --uvicorn-log-level warning --enforce-eager "
                "--chat-template {work}/plain.jinja --trust-remote-code"
            ),
        ),
    ],
)
def test_the_server_is_word_for_word(asked: RunSpec, place: Place, expected: str) -> None:
    server = plan(asked, place).server
    assert server is not None
    assert list(server.argv) == expected.split()
    assert server.env["HF_HUB_OFFLINE"] == "1"


def test_only_inspect_on_vllm_has_a_server() -> None:
    others = (HF, spec(**LIGHT), spec(**OPEN), spec(backend=Backend.PROVIDER, provider="x"))
    assert [plan(one, GPU).server for one in others] == [None] * 4


def lighteval_model(asked: RunSpec, place: Place = GPU) -> dict[str, Any]:
    model: dict[str, Any] = json.loads(plan(asked, place).files["lighteval.yaml"])["model_parameters"]
    return model


def test_lighteval_on_vllm_has_a_length_and_a_cache_of_its_own() -> None:
    assert lighteval_model(spec(**LIGHT), Place(max_length=4096, tensor_parallel=2)) == {
        "model_name": "./model",
        "cache_dir": "./lighteval-cache",
        "dtype": "auto",
        "max_model_length": 4096,
        "tensor_parallel_size": 2,
        "gpu_memory_utilization": 0.9,
        "seed": 0,
        "trust_remote_code": False,
        "generation_parameters": {"temperature": 0.0, "seed": 0},
    }


def test_lighteval_on_transformers_is_told_the_device() -> None:
    asked = spec(**LIGHT, backend=Backend.HF, chat_template=ChatTemplate.YES)
    assert lighteval_model(asked, CPU) == {
        "model_name": "./model",
        "cache_dir": "./lighteval-cache",
        "dtype": "auto",
        "max_length": 1024,
        "device": "cpu",
        "batch_size": 4,
        "trust_remote_code": False,
        "override_chat_template": True,
        "generation_parameters": {"temperature": 0.0},
    }


def test_no_key_is_written_anywhere() -> None:
    for asked in (spec(**OPEN), spec(**LIGHT, **OPEN)):
        kept = plan(asked, Place(max_length=4096, has_key=True))
        assert len(kept.keep) == 1
        assert not any(name in kept.commands[0].env for name in kept.keep)
        open_to_all = plan(asked, GPU)
        assert open_to_all.keep == ()
        assert open_to_all.commands[0].env[kept.keep[0]] == "none"


def test_a_text_that_ends_an_answer_may_hold_anything() -> None:
    strange = Generation(top_p=0.9, max_tokens=64, stop=("a,b", "}\n{", "x: 'y'"))
    asked = json.loads(plan(spec(generation=strange), GPU).files["generate.json"])
    assert asked == {
        "temperature": 0.0,
        "seed": 0,
        "top_p": 0.9,
        "max_tokens": 64,
        "stop_seqs": ["a,b", "}\n{", "x: 'y'"],
    }
    light = lighteval_model(spec(**LIGHT, generation=strange))["generation_parameters"]
    assert light["stop_tokens"] == ["a,b", "}\n{", "x: 'y'"]
    assert light["max_new_tokens"] == 64


@pytest.mark.parametrize(
    ("template", "has_one", "plain"),
    [
        (ChatTemplate.AUTO, True, False),
        (ChatTemplate.AUTO, False, True),
        (ChatTemplate.NO, True, True),
        (ChatTemplate.YES, True, False),
    ],
)
def test_vllm_gets_the_plain_template_where_none_is_to_be_used(
    template: ChatTemplate, has_one: bool, plain: bool
) -> None:
    found = plan(spec(chat_template=template), Place(max_length=4096, has_template=has_one))
    assert ("plain.jinja" in found.files) is plain
    assert found.server is not None
    assert ("--chat-template" in found.server.argv) is plain


@pytest.mark.parametrize(
    ("asked", "sentence"),
    [
        (spec(tasks=("humaneval",)), "humaneval runs code that the model writes, so only in a throw-away job"),
        (spec(framework=Framework.LIGHTEVAL, tasks=("lcb:codegeneration|0",)), "runs code that the model writes"),
        (spec(framework=Framework.LIGHTEVAL, tasks=("arc:easy|0",), **OPEN), "compares likelihoods"),
        (
            spec(
                framework=Framework.LIGHTEVAL,
                backend=Backend.HF,
                tasks=("gsm8k|0",),
                generation=Generation(max_tokens=9),
            ),
            "has no max_tokens",
        ),
    ],
)
def test_what_cannot_run_here_is_refused(asked: RunSpec, sentence: str) -> None:
    with pytest.raises(CommandError, match=sentence):
        plan(asked, GPU)


def test_each_task_is_a_command_and_only_gated_data_gets_the_token() -> None:
    found = plan(spec(framework=Framework.LIGHTEVAL, tasks=("gsm8k|5", "gpqa:diamond|0")), GPU)
    assert [(one.task, one.token) for one in found.commands] == [("gsm8k|5", False), ("gpqa:diamond|0", True)]
    assert [one.token for one in plan(spec(backend=Backend.PROVIDER, provider="x"), GPU).commands] == [True]


def test_only_safe_files_are_loaded_unless_an_operator_says_otherwise() -> None:
    def patterns(asked: RunSpec, place: Place = GPU) -> tuple[str, ...]:
        snapshot = plan(asked, place).snapshot
        assert snapshot is not None
        assert snapshot.revision == asked.revision
        return snapshot.patterns

    assert not {"*.py", "*.bin", "*.pt"} & set(patterns(SPEC))
    assert "*.py" in patterns(spec(remote_code=True))
    assert "*.bin" in patterns(spec(pickle=True))
    assert patterns(SPEC, Place(max_length=9, files=("config.json",))) == ("config.json",)
    assert plan(spec(**OPEN), GPU).snapshot is None


def test_a_second_copy_of_the_weights_is_not_loaded() -> None:
    names = ("config.json", "model.safetensors", "consolidated.safetensors", "original/x.json", "run.py", "model.bin")
    facts = ModelFacts(SPEC.model, SPEC.revision, files=dict.fromkeys(names, 5))
    assert files_to_load(SPEC, facts) == ("config.json", "model.safetensors")
    assert files_to_load(spec(remote_code=True, pickle=True), facts) == (
        "config.json",
        "model.safetensors",
        "run.py",
        "model.bin",
    )


@given(specs())
def test_a_plan_survives_the_way_to_where_it_runs(asked: RunSpec) -> None:
    changed = spec(
        backend=asked.backend,
        provider=asked.provider,
        base_url=asked.base_url,
        generation=asked.generation,
        seed=asked.seed,
        chat_template=asked.chat_template,
    )
    found = plan(changed, GPU)
    assert Plan.from_json(found.to_json()) == found
    assert found.spec_id == changed.id
