"""Hardware: what a model needs, and the cheapest machine that has it."""

import json
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evaluators.runs.flavors import Flavor, current, read_list, shipped
from evaluators.runs.hardware import GRACE, LEAST_SECONDS, NoPlan, Plan, most_usd, plan, seconds_allowed
from evaluators.runs.memory import GB, OVERHEAD_GB_EACH, kv_bytes, weights_of
from evaluators.runs.model_facts import ModelFacts, facts_of
from evaluators.runs.spec import Backend, Dtype, Framework, RunSpec
from evaluators.runs.workload import workload
from tests.evaluators.runs.samples import spec
from tests.evaluators.runs.shapes import SHAPES, Shape

BY_NAME = {shape.name: shape for shape in SHAPES}
LLAMA = BY_NAME["Llama-3.1-8B"]
OPEN = spec(max_length=None)


def planned(found: Plan | NoPlan) -> Plan:
    assert isinstance(found, Plan), found
    return found


@pytest.mark.parametrize(
    ("name", "parameters", "gb", "kv_kb", "flavor", "parallel"),
    [
        ("Qwen2.5-0.5B", 0.5, 1.0, 12, "l4x1", 1),
        ("SmolLM2-1.7B", 1.7, 3.4, 197, "l4x1", 1),
        ("Llama-3.1-8B", 8.0, 16.1, 131, "l4x1", 1),
        ("gpt-oss-20b (MXFP4)", 22.1, 13.8, 25, "l4x1", 1),
        ("Gemma-3-27B", 27.4, 54.9, 126, "a100-large", 1),
        ("Qwen3-30B-A3B", 30.5, 61.1, 98, "a100-large", 1),
        ("Qwen2.5-32B (AWQ)", 33.2, 19.3, 262, "l40sx1", 1),
        ("Mixtral-8x7B", 46.7, 93.4, 131, "h200", 1),
        ("Llama-3.3-70B", 70.6, 141.1, 328, "rtx-pro-6000x2", 2),
        ("Llama-3.3-70B (FP8)", 70.6, 72.7, 328, "rtx-pro-6000", 1),
        ("Qwen3-235B-A22B (FP8)", 235.1, 236.4, 193, "a100x4", 4),
        ("DeepSeek-V3 671B (FP8)", 684.5, 688.6, 70, "h200x8", 8),
    ],
)
def test_well_known_shapes_get_the_cheapest_machine_that_fits(
    name: str, parameters: float, gb: float, kv_kb: int, flavor: str, parallel: int
) -> None:
    facts = BY_NAME[name].facts()
    weights = weights_of(facts, Dtype.AUTO, Backend.VLLM)
    assert weights is not None
    assert round((weights.parameters or 0) / 1e9, 1) == parameters
    assert round(weights.gb, 1) == gb
    assert round(kv_bytes(facts, 10_000) / 1e7) == kv_kb
    found = planned(plan(spec(max_length=None, time_limit=7200), facts, shipped()))
    assert (found.flavor.name, found.tensor_parallel) == (flavor, parallel)


@given(st.sampled_from(SHAPES), st.sampled_from([1024, 8192, 32768]), st.sampled_from([0.5, 0.9]))
def test_no_machine_that_fits_and_is_in_time_is_cheaper(shape: Shape, length: int, share: float) -> None:
    asked = spec(max_length=length, gpu_memory=share, time_limit=86400)
    found = plan(asked, shape.facts(), shipped())
    for flavor in shipped():
        alone = plan(asked, shape.facts(), [flavor])
        if isinstance(alone, Plan):
            assert alone.flavor.usd >= planned(found).flavor.usd


@given(st.sampled_from(SHAPES), st.sampled_from([1024, 8192, 32768]))
def test_weights_cache_and_overhead_are_within_the_memory_of_each_gpu(shape: Shape, length: int) -> None:
    facts = shape.facts()
    found = plan(spec(max_length=length), facts, shipped())
    weights = weights_of(facts, Dtype.AUTO, Backend.VLLM)
    if isinstance(found, Plan) and weights is not None:
        share = weights.bytes / found.tensor_parallel + kv_bytes(facts, length, found.tensor_parallel)
        assert share + OVERHEAD_GB_EACH * GB <= 0.9 * found.flavor.each * GB
        assert facts.attention is not None
        assert facts.attention.heads % found.tensor_parallel == 0


def test_the_line_says_why() -> None:
    assert planned(plan(OPEN, LLAMA.facts(), shipped())).line == (
        "8.0B parameters, 16.1 GB of weights and 0.5 GB for 4,096 tokens fit 1 x L4 with 24 GB: l4x1 at $0.80 an hour."
    )


def test_a_tight_time_limit_takes_a_faster_machine() -> None:
    slow = planned(plan(spec(max_length=None, time_limit=7200), LLAMA.facts(), shipped()))
    fast = planned(plan(spec(max_length=None, time_limit=1800), LLAMA.facts(), shipped()))
    assert (slow.flavor.name, fast.flavor.name) == ("l4x1", "l40sx1")
    assert fast.seconds < slow.seconds


def test_the_time_limit_leaves_room_for_a_wrong_estimate() -> None:
    slow = planned(plan(spec(max_length=None, time_limit=7200), LLAMA.facts(), shipped()))
    just_enough = spec(max_length=None, time_limit=round(slow.seconds * 1.1))
    assert planned(plan(just_enough, LLAMA.facts(), shipped())).flavor.name != slow.flavor.name


def test_heads_of_keys_and_values_are_divided_until_each_gpu_has_one() -> None:
    whole = [kv_bytes(LLAMA.facts(), 1000, parallel) for parallel in (1, 2, 8, 16)]
    assert whole == [131_072_000, 65_536_000, 16_384_000, 16_384_000]
    latent = BY_NAME["DeepSeek-V3 671B (FP8)"].facts()
    assert kv_bytes(latent, 1000, 8) == kv_bytes(latent, 1000)


def test_a_mixture_of_experts_answers_one_question_faster_than_a_dense_model_of_its_size() -> None:
    mixture = BY_NAME["Qwen3-30B-A3B"].facts()
    alone = spec(max_length=None, limit=1, tasks=("aime2026",))
    sparse, dense = (planned(plan(alone, one, _only("h200"))) for one in (mixture, replace(mixture, experts=None)))
    assert sparse.at_once == dense.at_once == 1
    assert sparse.seconds - 545 < (dense.seconds - 545) / 3


def test_where_none_is_in_time_the_fastest_is_named() -> None:
    found = planned(plan(spec(max_length=None, time_limit=60), LLAMA.facts(), shipped()))
    assert found.flavor.name == "h200x8"
    assert found.seconds > 60


def test_a_trial_of_a_few_samples_is_quick_and_cheap() -> None:
    found = planned(plan(spec(limit=8), LLAMA.facts(), shipped()))
    assert found.seconds < 400
    assert found.usd < 0.1


def test_no_bfloat16_on_a_t4() -> None:
    small = BY_NAME["Qwen2.5-0.5B"]
    assert planned(plan(OPEN, small.facts(), shipped())).flavor.name == "l4x1"
    in_half = spec(max_length=None, dtype=Dtype.FLOAT16)
    assert planned(plan(in_half, small.facts(), shipped())).flavor.name == "t4-small"
    stored_in_half = replace(small, stored={"F16": 494}).facts()
    assert planned(plan(OPEN, stored_in_half, shipped())).flavor.name == "t4-small"


def test_full_precision_doubles_the_weights() -> None:
    facts = LLAMA.facts()
    weights = [weights_of(facts, dtype, Backend.VLLM) for dtype in (Dtype.AUTO, Dtype.FLOAT32)]
    assert [round(one.gb) for one in weights if one] == [16, 32]
    stored_as_float32 = replace(LLAMA, stored={"F32": 8030}, files_gb=32.1).facts()
    both = [weights_of(stored_as_float32, Dtype.AUTO, backend) for backend in (Backend.VLLM, Backend.HF)]
    assert [round(one.gb) for one in both if one] == [16, 32]


def test_packed_weights_are_as_large_as_their_files_whichever_way_the_hub_counts_them() -> None:
    shape = BY_NAME["Qwen2.5-32B (AWQ)"]
    as_weights = replace(shape, stored={"I32": 31_440, "F16": 1810})
    for one in (shape, as_weights):
        weights = weights_of(one.facts(), Dtype.AUTO, Backend.VLLM)
        assert weights is not None
        assert (round(weights.gb, 1), round((weights.parameters or 0) / 1e9, 1)) == (19.3, 33.2)


def test_a_model_is_divided_only_where_its_heads_and_scales_allow_it() -> None:
    # 14 heads cannot be divided among 4 GPUs, 3 do not divide them either: 2 are used.
    assert planned(plan(OPEN, BY_NAME["Qwen2.5-0.5B"].facts(), _only("l4x4"))).tensor_parallel == 2
    # A width of 1536 in squares of 128 cannot be divided among 8.
    assert planned(plan(OPEN, BY_NAME["Qwen3-235B-A22B (FP8)"].facts(), _only("h200x8"))).tensor_parallel == 4


def test_the_number_of_gpus_that_was_asked_for_is_kept() -> None:
    asked = spec(max_length=None, tensor_parallel=2)
    found = planned(plan(asked, LLAMA.facts(), shipped()))
    assert (found.flavor.name, found.tensor_parallel) == ("a10g-largex2", 2)


def test_transformers_uses_one_gpu() -> None:
    found = planned(plan(spec(backend=Backend.HF, time_limit=86400), LLAMA.facts(), _only("l4x4", "h200x2")))
    assert found.tensor_parallel == 1
    assert isinstance(plan(spec(backend=Backend.HF), BY_NAME["Llama-3.3-70B"].facts(), shipped()), NoPlan)


@pytest.mark.parametrize(
    ("asked", "facts", "sentence"),
    [
        (OPEN, replace(BY_NAME["DeepSeek-V3 671B (FP8)"], stored={"BF16": 684_500}).facts(), "needs about 1,615 GB"),
        (OPEN, ModelFacts("acme/heron", "0" * 40), "The size of the weights is not known: name a flavor yourself."),
        (
            spec(backend=Backend.HF),
            BY_NAME["Llama-3.3-70B"].facts(),
            "the largest machine (h200) has 141 GB: use a quantised version or a provider.",
        ),
        (
            spec(max_length=None, tensor_parallel=16),
            LLAMA.facts(),
            "cannot be divided among the GPUs of any machine as asked: set tensor_parallel to 1",
        ),
    ],
)
def test_where_nothing_fits_it_says_what_would_be_needed(asked: RunSpec, facts: ModelFacts, sentence: str) -> None:
    found = plan(asked, facts, shipped())
    assert isinstance(found, NoPlan)
    assert sentence in found.reason


def test_a_model_that_answers_elsewhere_needs_no_gpu() -> None:
    asked = spec(backend=Backend.PROVIDER, provider="together", max_length=None)
    found = planned(plan(asked, LLAMA.facts(), shipped()))
    assert found.flavor.name == "cpu-basic"
    assert "answers elsewhere" in found.line


def test_the_length_is_what_the_tasks_need_and_the_model_has() -> None:
    facts = LLAMA.facts()
    assert workload(OPEN, facts).max_length == 4096
    assert workload(spec(tasks=("aime2026",), max_length=None), facts).max_length == 32768
    assert workload(spec(tasks=("aime2026",), max_length=None), replace(facts, max_length=8192)).max_length == 8192
    assert workload(spec(tasks=("aime2026",), max_length=512), facts).max_length == 512


def test_a_model_that_thinks_aloud_writes_more() -> None:
    thinking = replace(LLAMA.facts(), thinks=True)
    assert workload(OPEN, thinking).answer == 4000
    assert workload(OPEN, LLAMA.facts()).answer == 200


@given(
    st.sampled_from([one for one in shipped() if one.usd]),
    st.integers(60, 7 * 86400),
    st.none() | st.floats(0.001, 1000).filter(lambda usd: usd > 0),
)
def test_the_most_that_a_run_can_cost_is_within_the_money_limit(
    flavor: Flavor, time_limit: int, money_limit: float | None
) -> None:
    asked = spec(time_limit=time_limit, money_limit=money_limit)
    machine = Plan(flavor, 1, 4096, 1, 100.0, 1.0, "")
    stop = seconds_allowed(asked, machine)
    assert stop <= time_limit
    if stop < LEAST_SECONDS:
        assert money_limit is not None
        assert money_limit < flavor.usd / 60 * (LEAST_SECONDS + GRACE + 60) / 60
        return
    most = most_usd(asked, machine)
    # The machine is ended after the grace, and its last minute is paid as a whole one.
    assert most == pytest.approx(flavor.usd / 60 * -(-(stop + GRACE) // 60), abs=1e-6)
    if money_limit is not None:
        assert most <= money_limit + 1e-6
        assert most > money_limit - flavor.usd / 60 - 1e-6 or stop == time_limit


def test_what_is_only_guessed_is_named() -> None:
    asked = spec(tasks=("boolq|0",), framework=Framework.LIGHTEVAL)
    assert workload(asked, LLAMA.facts()).guessed == ("boolq|0",)
    assert workload(OPEN, LLAMA.facts()).guessed == ()


def _only(*names: str) -> list[Flavor]:
    return [one for one in shipped() if one.name in names]


ROW = {
    "name": "l4x4",
    "prettyName": "4x Nvidia L4",
    "cpu": "48 vCPU",
    "ram": "186 GB",
    "accelerator": {"type": "gpu", "model": "L4", "quantity": "4", "vram": "96 GB"},
    "unitCostMicroUSD": 63333,
    "unitCostUSD": 0.063333,
    "unitLabel": "minute",
}


def test_the_live_list_is_read() -> None:
    (found,) = read_list([ROW])
    assert (found.name, found.count, found.memory, found.usd, found.words) == ("l4x4", 4, 96, 3.8, "4 x L4")


@pytest.mark.parametrize(
    "change",
    [
        {"name": "rm -rf"},
        {"name": None},
        {"unitCostUSD": "free"},
        {"unitCostUSD": float("nan")},
        {"unitCostUSD": -1},
        {"unitCostUSD": True},
        {"unitLabel": "month"},
        {"accelerator": {"model": "L4", "quantity": "9" * 30, "vram": "96 GB"}},
        {"accelerator": {"model": "L4", "quantity": 4, "vram": "lots"}},
        {"accelerator": {"model": "L4", "quantity": 4, "vram": "0 GB"}},
    ],
)
def test_a_row_that_cannot_be_understood_is_left_out(change: dict[str, Any]) -> None:
    assert read_list([{**ROW, **change}, None, 3, "x", []]) == ()


def test_a_gpu_that_is_new_to_us_is_used_with_care() -> None:
    (found,) = read_list(
        [{**ROW, "name": "b300x4", "accelerator": {"model": "B300", "quantity": 4, "vram": "1152 GB"}}]
    )
    assert found.gpu is not None
    assert found.gpu.bandwidth == 300
    assert planned(plan(OPEN, LLAMA.facts(), [found])).flavor is found


def test_without_a_usable_live_list_the_shipped_one_is_taken() -> None:
    assert current(None) == shipped()
    assert current([]) == shipped()
    assert current([{"name": "cpu-basic", "unitCostUSD": 0.0002, "unitLabel": "minute"}]) == shipped()
    assert current([ROW]) != shipped()


JSONS = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=15,
)


@given(st.lists(JSONS))
def test_any_list_of_machines_can_be_read(rows: list[Any]) -> None:
    assert current(rows)


CONFIG_KEYS = (
    "architectures text_config num_hidden_layers num_attention_heads num_key_value_heads head_dim hidden_size "
    "layer_types sliding_window sliding_window_pattern kv_lora_rank qk_rope_head_dim num_experts num_experts_per_tok "
    "moe_intermediate_size intermediate_size quantization_config max_position_embeddings auto_map torch_dtype"
)
HOSTILE = JSONS | st.sampled_from([-1, 0, 1, 7, 10**30, True, "8", 2.5, [10**30], {"bits": 10**30}])


@given(
    st.dictionaries(st.sampled_from(["id", "sha", "gated", "tags", "siblings", "safetensors"]), HOSTILE),
    st.dictionaries(st.sampled_from(["BF16", "I32", "F8_E4M3", "X"]), HOSTILE),
    st.dictionaries(st.sampled_from(CONFIG_KEYS.split()), HOSTILE),
    HOSTILE,
)
def test_whatever_the_hub_says_there_is_a_plan_or_a_reason(
    info: dict[str, Any], parameters: dict[str, Any], config: dict[str, Any], tokenizer: Any
) -> None:
    told = {"safetensors": {"parameters": parameters}, **info}
    facts = facts_of(told, json.dumps(config), json.dumps(tokenizer))
    found = plan(OPEN, facts, shipped())
    assert isinstance(found, Plan) or found.reason.endswith(".")
