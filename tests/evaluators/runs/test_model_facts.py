"""Facts about a model: read from what others wrote, with nothing believed that cannot be."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evaluators.runs.model_config import Attention, Experts, Quantisation
from evaluators.runs.model_facts import facts_of
from tests.evaluators.runs.shapes import SHAPES, dense

PLAIN = dense(32, 4096, (32, 8, 128), 14336, 131072, "LlamaForCausalLM")


def attention(**changes: Any) -> Attention | None:
    return facts_of({}, json.dumps({**PLAIN, **changes})).attention


def test_the_parts_of_a_usual_model_are_read() -> None:
    facts = next(one for one in SHAPES if one.name == "Llama-3.1-8B").facts(gated="manual", tags=["text-generation"])
    assert facts.attention == Attention(32, 32, 8, 128)
    assert facts.architectures == ("LlamaForCausalLM",)
    assert (facts.max_length, facts.weight_bytes, facts.gated) == (131072, 16_060_000_000, True)
    assert facts.chat_template is True
    assert facts.experts is None


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"head_dim": None}, Attention(32, 32, 8, 128)),
        ({"num_key_value_heads": None}, Attention(32, 32, 32, 128)),
        ({"num_key_value_heads": None, "multi_query": True}, Attention(32, 32, 1, 128)),
        ({"kv_lora_rank": 512, "qk_rope_head_dim": 64}, Attention(32, 32, 8, 128, latent=576)),
        ({"sliding_window": 4096}, Attention(32, 32, 8, 128, 0, 4096)),
        ({"sliding_window": 4096, "model_type": "mistral"}, Attention(0, 32, 8, 128, 32, 4096)),
        ({"sliding_window": 4096, "model_type": "mistral", "use_sliding_window": False}, Attention(32, 32, 8, 128)),
        ({"sliding_window": 1024, "sliding_window_pattern": 6}, Attention(5, 32, 8, 128, 27, 1024)),
        ({"full_attention_interval": 4}, Attention(8, 32, 8, 128)),
        ({"layer_types": ["full_attention", "linear_attention"] * 16}, Attention(16, 32, 8, 128)),
        ({"layer_types": ["full_attention"]}, Attention(32, 32, 8, 128)),
        ({"num_hidden_layers": 10**40}, None),
        ({"num_attention_heads": "32"}, None),
        ({"num_attention_heads": 0}, None),
        ({"num_hidden_layers": True}, None),
    ],
)
def test_attention_is_read_from_every_kind_of_config(changes: dict[str, Any], expected: Attention | None) -> None:
    assert attention(**changes) == expected


def test_the_text_part_of_a_model_that_sees_is_read() -> None:
    facts = facts_of({}, json.dumps({"architectures": ["Gemma3ForConditionalGeneration"], "text_config": PLAIN}))
    assert facts.attention == Attention(32, 32, 8, 128)
    assert facts.architectures == ("Gemma3ForConditionalGeneration",)


def test_experts_are_counted_with_their_parameters() -> None:
    mixtral = next(one for one in SHAPES if one.name == "Mixtral-8x7B").facts()
    assert mixtral.experts == Experts(8, 2, 32 * 8 * 3 * 4096 * 14336)


@pytest.mark.parametrize(
    ("config", "expected"),
    [
        ({"quant_method": "awq", "bits": 4}, Quantisation("awq", 4)),
        ({"quant_method": "fp8", "weight_block_size": [128, 128]}, Quantisation("fp8", 8, 128)),
        ({"quant_method": "mxfp4"}, Quantisation("mxfp4", 4)),
        ({"quant_method": "bitsandbytes", "load_in_4bit": True}, Quantisation("bitsandbytes", 4)),
        (
            {"quant_method": "compressed-tensors", "config_groups": {"a": {"weights": {"num_bits": 4}}, "b": None}},
            Quantisation("compressed-tensors", 4),
        ),
        ({"bits": 10**30}, Quantisation("unknown", None)),
        ("awq", None),
    ],
)
def test_quantisation_is_read(config: Any, expected: Quantisation | None) -> None:
    assert facts_of({}, json.dumps({**PLAIN, "quantization_config": config})).quantisation == expected


@pytest.mark.parametrize(
    ("tokenizer", "template", "files", "expected", "thinks"),
    [
        ({"chat_template": "{{ x }}"}, None, [], True, False),
        ({"chat_template": [{"name": "default", "template": "a<think>b"}]}, None, [], True, True),
        ({"chat_template": 7}, None, ["tokenizer_config.json"], False, False),
        ({}, "<think>", ["chat_template.jinja"], True, True),
        ({}, None, ["chat_template.jinja"], True, False),
        ({"model_max_length": 2048}, None, [], False, False),
        ({}, None, [], None, False),
    ],
)
def test_a_chat_template_is_found_wherever_it_stands(
    tokenizer: dict[str, Any], template: str | None, files: list[str], expected: bool | None, thinks: bool
) -> None:
    info = {"siblings": [{"rfilename": name} for name in files]}
    facts = facts_of(info, None, json.dumps(tokenizer), template)
    assert (facts.chat_template, facts.thinks) == (expected, thinks)


def test_a_second_copy_of_the_weights_is_not_counted() -> None:
    names = {"model-00001-of-00001.safetensors": 100, "consolidated.safetensors": 100, "original/x.safetensors": 100}
    info = {"siblings": [{"rfilename": name, "size": size} for name, size in names.items()]}
    assert facts_of(info).weight_bytes == 100


def test_sizes_that_are_not_told_are_not_guessed() -> None:
    info = {"siblings": [{"rfilename": "a.safetensors", "size": 5}, {"rfilename": "b.safetensors"}]}
    assert facts_of(info).weight_bytes is None


@pytest.mark.parametrize(
    "text", ["", "[]", "null", "{", "[" * 100_000, '{"num_hidden_layers": ' + "9" * 5000 + "}", None]
)
def test_a_config_that_cannot_be_read_is_empty(text: str | None) -> None:
    facts = facts_of({}, text, text)
    assert not facts.readable_config
    assert facts.attention is None


@given(st.recursive(st.none() | st.integers() | st.text(), lambda one: st.lists(one) | st.dictionaries(st.text(), one)))
def test_any_answer_of_the_hub_can_be_read(info: Any) -> None:
    facts_of(info, json.dumps(info), json.dumps(info))
