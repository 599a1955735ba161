"""Twelve well-known model shapes, as the Hub would tell them: written from public figures, with no copied files."""

import json
from dataclasses import dataclass
from typing import Any

from evaluators.runs.model_facts import ModelFacts, facts_of

AWQ = {"quant_method": "awq", "bits": 4, "group_size": 128}
FP8 = {"quant_method": "fp8", "activation_scheme": "dynamic", "weight_block_size": [128, 128]}
FP8_TENSOR = {"quant_method": "compressed-tensors", "config_groups": {"group_0": {"weights": {"num_bits": 8}}}}


@dataclass(frozen=True)
class Shape:
    """A model shape: counts in millions by stored type, the size of its files in GB, and its config."""

    name: str
    stored: dict[str, float]
    files_gb: float
    config: dict[str, Any]

    def facts(self, **changes: Any) -> ModelFacts:
        """The facts of the shape, with parts of the Hub's answer changed."""
        info: dict[str, Any] = {
            "id": f"acme/{self.name}",
            "sha": "5ac1" * 10,
            "gated": False,
            "safetensors": {"parameters": {dtype: int(count * 1e6) for dtype, count in self.stored.items()}},
            "siblings": [
                {"rfilename": "config.json", "size": 900},
                {"rfilename": "model.safetensors", "size": round(self.files_gb * 1e9)},
            ],
        }
        tokenizer = json.dumps({"chat_template": "{% for m in messages %}{{ m.content }}{% endfor %}"})
        return facts_of({**info, **changes}, json.dumps(self.config), tokenizer)


def dense(
    layers: int, hidden: int, heads: tuple[int, int, int], inner: int, length: int, architecture: str, **more: Any
) -> dict[str, Any]:
    """A config with (attention heads, heads of keys and values, width of a head)."""
    return {
        "architectures": [architecture],
        "num_hidden_layers": layers,
        "hidden_size": hidden,
        "num_attention_heads": heads[0],
        "num_key_value_heads": heads[1],
        "head_dim": heads[2],
        "intermediate_size": inner,
        "max_position_embeddings": length,
        **more,
    }


_GEMMA = dense(62, 5376, (32, 16, 128), 21504, 131072, "", sliding_window=1024, sliding_window_pattern=6)
_LLAMA_70B = dense(80, 8192, (64, 8, 128), 28672, 131072, "LlamaForCausalLM")

SHAPES = (
    Shape("Qwen2.5-0.5B", {"BF16": 494}, 0.988, dense(24, 896, (14, 2, 64), 4864, 32768, "Qwen2ForCausalLM")),
    Shape("SmolLM2-1.7B", {"BF16": 1711}, 3.42, dense(24, 2048, (32, 32, 64), 8192, 8192, "LlamaForCausalLM")),
    Shape("Llama-3.1-8B", {"BF16": 8030}, 16.06, dense(32, 4096, (32, 8, 128), 14336, 131072, "LlamaForCausalLM")),
    Shape(
        "gpt-oss-20b (MXFP4)",
        {"BF16": 1804, "U8": 10153},
        13.76,
        dense(
            24,
            2880,
            (64, 8, 64),
            2880,
            131072,
            "GptOssForCausalLM",
            num_local_experts=32,
            num_experts_per_tok=4,
            sliding_window=128,
            layer_types=["sliding_attention", "full_attention"] * 12,
            quantization_config={"quant_method": "mxfp4"},
        ),
    ),
    Shape(
        "Gemma-3-27B",
        {"BF16": 27432},
        54.86,
        {"architectures": ["Gemma3ForConditionalGeneration"], "text_config": _GEMMA},
    ),
    Shape(
        "Qwen3-30B-A3B",
        {"BF16": 30532},
        61.06,
        dense(
            48,
            2048,
            (32, 4, 128),
            6144,
            40960,
            "Qwen3MoeForCausalLM",
            num_experts=128,
            num_experts_per_tok=8,
            moe_intermediate_size=768,
        ),
    ),
    Shape(
        "Qwen2.5-32B (AWQ)",
        {"I32": 3930, "F16": 1810},
        19.33,
        dense(64, 5120, (40, 8, 128), 27648, 32768, "Qwen2ForCausalLM", quantization_config=AWQ),
    ),
    Shape(
        "Mixtral-8x7B",
        {"BF16": 46703},
        93.4,
        dense(32, 4096, (32, 8, 128), 14336, 32768, "MixtralForCausalLM", num_local_experts=8, num_experts_per_tok=2),
    ),
    Shape("Llama-3.3-70B", {"BF16": 70554}, 141.1, _LLAMA_70B),
    Shape(
        "Llama-3.3-70B (FP8)",
        {"F8_E4M3": 68451, "BF16": 2103},
        72.66,
        {**_LLAMA_70B, "quantization_config": FP8_TENSOR},
    ),
    Shape(
        "Qwen3-235B-A22B (FP8)",
        {"F8_E4M3": 233850, "BF16": 1260},
        236.4,
        dense(
            94,
            4096,
            (64, 4, 128),
            12288,
            40960,
            "Qwen3MoeForCausalLM",
            num_experts=128,
            num_experts_per_tok=8,
            moe_intermediate_size=1536,
            quantization_config=FP8,
        ),
    ),
    Shape(
        "DeepSeek-V3 671B (FP8)",
        {"F8_E4M3": 680571, "BF16": 3918, "F32": 41},
        688.6,
        dense(
            61,
            7168,
            (128, 128, 56),
            18432,
            163840,
            "DeepseekV3ForCausalLM",
            n_routed_experts=256,
            num_experts_per_tok=8,
            moe_intermediate_size=2048,
            first_k_dense_replace=3,
            kv_lora_rank=512,
            qk_rope_head_dim=64,
            quantization_config=FP8,
        ),
    ),
)
