"""What a model's config.json says, as far as memory and speed depend on it. It was written by others.

A number that is missing, of the wrong kind or out of reach reads as None: whoever needs it says so.
"""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

MAX_TEXT = 2_000_000
MOST_LAYERS = 2000
MOST = 10**15
MOST_WIDTH = 10**7


@dataclass(frozen=True, slots=True)
class Attention:
    """How the model attends, as far as memory depends on it.

    `full` and `windowed` count the layers that keep all tokens and those that keep `window`; other layers keep none.
    `latent` is the width of the joint cache of multi-head latent attention (DeepSeek); None where keys and values are
    kept apart.
    """

    full: int
    heads: int
    kv_heads: int
    head_dim: int
    windowed: int = 0
    window: int = 0
    latent: int | None = None


@dataclass(frozen=True, slots=True)
class Experts:
    """A mixture of experts: all are loaded, a few answer. `parameters` are those of all experts together."""

    count: int
    used: int
    parameters: int


@dataclass(frozen=True, slots=True)
class Quantisation:
    """`bits` of a weight, where the config says so; `block` is the side of the squares that share a scale, else 0."""

    method: str
    bits: int | None = None
    block: int = 0


def attention_of(config: Mapping[str, Any]) -> Attention | None:
    """How the model attends; None where the config does not say enough."""
    layers = as_count(first_of(config, "num_hidden_layers", "n_layer", "n_layers", "num_layers"), MOST_LAYERS)
    heads = as_count(first_of(config, "num_attention_heads", "n_head", "n_heads"), 10_000)
    hidden = as_count(first_of(config, "hidden_size", "n_embd", "d_model"), MOST_WIDTH)
    if layers is None or heads is None:
        return None
    head_dim = as_count(config.get("head_dim"), 100_000) or (hidden // heads if hidden else None)
    latent = as_count(config.get("kv_lora_rank"), 100_000)
    if latent is not None:
        latent += as_count(config.get("qk_rope_head_dim"), 100_000) or 0
    if not head_dim:
        return None
    window = as_count(config.get("sliding_window")) if config.get("use_sliding_window", True) is not False else None
    full, windowed = _layers(config, layers, window)
    kv_heads = as_count(first_of(config, "num_key_value_heads", "num_kv_heads", "n_head_kv"), 10_000)
    if kv_heads is None:
        kv_heads = 1 if config.get("multi_query") is True else heads
    return Attention(full, heads, kv_heads, head_dim, windowed, window or 0, latent)


def _layers(config: Mapping[str, Any], layers: int, window: int | None) -> tuple[int, int]:
    """How many layers keep all tokens, and how many only a window of them."""
    kinds = as_texts(config.get("layer_types"), most=MOST_LAYERS)
    if len(kinds) == layers:
        full = sum(kind == "full_attention" for kind in kinds)
        sliding = sum(kind in {"sliding_attention", "chunked_attention"} for kind in kinds)
        return (full, sliding) if window else (full + sliding, 0)
    interval = as_count(config.get("full_attention_interval"), layers)
    if interval:
        return layers // interval, 0  # the others are linear (Qwen3-Next)
    pattern = as_count(config.get("sliding_window_pattern"), layers)
    if window and pattern:
        return layers // pattern, layers - layers // pattern
    if window and config.get("model_type") == "gemma2":
        return layers - layers // 2, layers // 2
    if window and config.get("model_type") in {"mistral", "mixtral", "phi3"}:
        return 0, layers
    # A window that only some layers heed, or none: counting all tokens is on the safe side.
    return layers, 0


def experts_of(config: Mapping[str, Any]) -> Experts | None:
    """The mixture of experts; None for a dense model."""
    count = as_count(first_of(config, "num_local_experts", "num_experts", "n_routed_experts"), 100_000)
    used = as_count(
        first_of(config, "num_experts_per_tok", "num_experts_per_token", "experts_per_token", "moe_topk"), 100_000
    )
    layers = as_count(config.get("num_hidden_layers"), MOST_LAYERS)
    hidden = as_count(config.get("hidden_size"), MOST_WIDTH)
    width = as_count(first_of(config, "moe_intermediate_size", "intermediate_size"), MOST_WIDTH)
    if count is None or used is None or layers is None or hidden is None or width is None or count < 2:
        return None
    dense = as_count(config.get("first_k_dense_replace"), layers) or 0
    # Each expert is a gate, an up and a down projection.
    return Experts(count, min(used, count), (layers - dense) * count * 3 * hidden * width)


def quantisation_of(value: object) -> Quantisation | None:
    """What `quantization_config` says; None where the weights are plain."""
    config = as_mapping(value)
    if not config:
        return None
    method = as_text(config.get("quant_method")).lower()
    bits = as_count(config.get("bits") or config.get("w_bit"), 16)
    if bits is None:
        bits = {"fp8": 8, "mxfp4": 4, "fbgemm_fp8": 8}.get(method)
    if bits is None and config.get("load_in_4bit") is True:
        bits = 4
    if bits is None and method == "compressed-tensors":
        groups = as_mapping(config.get("config_groups"))
        weights = (as_mapping(as_mapping(group).get("weights")) for group in list(groups.values())[:100])
        bits = min((found for one in weights if (found := as_count(one.get("num_bits"), 16)) is not None), default=None)
    block = config.get("weight_block_size")
    side = as_count(block[0], 100_000) if isinstance(block, list) and block else None
    return Quantisation(method or "unknown", bits, side or 0)


def max_length_of(config: Mapping[str, Any], tokenizer: Mapping[str, Any]) -> int | None:
    """The longest text that the model was made for, in tokens."""
    found = as_count(first_of(config, "max_position_embeddings", "n_positions", "max_seq_len", "seq_length"), 10**9)
    # Many tokenizers say 10^30, which means that they do not know.
    return found or as_count(tokenizer.get("model_max_length"), 10**7)


def text_config(config: Mapping[str, Any]) -> Mapping[str, Any]:
    """The part about text of a model that also sees or hears, else the config itself."""
    around = as_mapping(config.get("thinker_config")) or config
    keys = ("text_config", "llm_config", "language_config")
    return next((inner for key in keys if (inner := as_mapping(around.get(key)))), around)


def json_mapping(text: str | None) -> Mapping[str, Any]:
    """The mapping in a text, empty where there is none."""
    if text is None or len(text) > MAX_TEXT:
        return {}
    try:
        return as_mapping(json.loads(text))
    except (ValueError, RecursionError):
        return {}


def first_of(config: Mapping[str, Any], *keys: str) -> Any:
    """The value of the first key that has one."""
    return next((config[key] for key in keys if config.get(key) is not None), None)


def as_mapping(value: object) -> Mapping[str, Any]:
    """The value if it is a mapping, else an empty one."""
    return value if isinstance(value, Mapping) else {}


def as_text(value: object, most: int = 200) -> str:
    """The value if it is a text, cut to `most` characters, else an empty one."""
    return value[:most] if isinstance(value, str) else ""


def as_texts(value: object, most: int = 500) -> tuple[str, ...]:
    """The texts of a list, at most `most` of them."""
    listed: Iterable[Any] = value[:most] if isinstance(value, list) else ()
    return tuple(one[:200] for one in listed if isinstance(one, str))


def as_count(value: object, most: int = MOST) -> int | None:
    """A whole number from 1 to `most`."""
    if isinstance(value, bool) or not isinstance(value, int):
        return None
    return value if 1 <= value <= most else None
