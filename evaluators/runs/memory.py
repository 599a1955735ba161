"""How much GPU memory a model needs: weights, and keys and values of the tokens that are kept.

The rules are vLLM's: weights in 32 or 64 bits are loaded as 16, everything smaller as it is stored; keys and values are
kept in 16 bits.
"""

import math
from dataclasses import dataclass

from evaluators.runs.model_facts import ModelFacts
from evaluators.runs.spec import Backend, Dtype

GB = 10**9
# Room for what a framework loads beside the weights: CUDA's context, buffers of a forward pass.
OVERHEAD_GB_EACH = 2.0
WEIGHT_MARGIN = 1.05
KV_BYTES = 2
# For a model whose config says nothing of its heads: what eight billion parameters with a head for each would keep.
UNKNOWN_KV_BYTES = 524_288

_WIDTHS = {
    "F64": 8, "I64": 8, "U64": 8, "F32": 4, "I32": 4, "U32": 4, "F16": 2, "BF16": 2, "I16": 2, "U16": 2,
    "F8_E4M3": 1, "F8_E5M2": 1, "F8_E8M0": 1, "I8": 1, "U8": 1, "BOOL": 1,
}  # fmt: skip
_FLOATS = {"F64", "F32", "F16", "BF16"}
_PACKED = {"I32", "U32", "U8", "I8"}


@dataclass(frozen=True, slots=True)
class Weights:
    """The weights as they are loaded: their size, how many parameters they are, and the type in words."""

    bytes: int
    parameters: float | None
    stored_as: str

    @property
    def gb(self) -> float:
        """The size in GB."""
        return self.bytes / GB


def weights_of(facts: ModelFacts, dtype: Dtype, backend: Backend) -> Weights | None:
    """The weights as they will be loaded; None where the Hub says neither types nor sizes."""
    counts = {name: count for name, count in facts.parameters.items() if name in _WIDTHS}
    files = facts.weight_bytes
    if not counts:
        return None if files is None else Weights(files, None, facts.dtype or "an unknown type")
    stored = sum(count * _WIDTHS[name] for name, count in counts.items())
    kind = max(counts, key=lambda name: counts[name] * _WIDTHS[name])
    if counts.keys() <= _FLOATS:
        size = sum(count * _float_width(name, dtype, backend) for name, count in counts.items())
        return Weights(size, sum(counts.values()), kind)
    bits = facts.quantisation.bits if facts.quantisation else None
    parameters = sum(count * _packed(name, bits) for name, count in counts.items())
    if files is not None and stored > 1.3 * files:
        # Of packed weights the Hub may count the weights themselves rather than the numbers that hold them.
        parameters = sum(counts.values())
    return Weights(stored if files is None else files, parameters, f"{bits} bits" if bits and bits < 8 else kind)


def kv_bytes(facts: ModelFacts, tokens: int, tensor_parallel: int = 1) -> int:
    """The bytes that each GPU keeps for a sequence of so many tokens.

    Heads of keys and values are divided among the GPUs until each has one, from where on they are copied; the joint
    cache of latent attention is copied from the start.
    """
    attention = facts.attention
    if attention is None:
        return UNKNOWN_KV_BYTES * tokens
    if attention.latent is not None:
        each = attention.latent * KV_BYTES
    else:
        each = 2 * math.ceil(attention.kv_heads / tensor_parallel) * attention.head_dim * KV_BYTES
    windowed = attention.windowed * min(tokens, attention.window)
    return each * (attention.full * tokens + windowed)


def divides(facts: ModelFacts, tensor_parallel: int) -> bool:
    """Whether the model can be divided among so many GPUs: heads, and widths with the squares that share a scale."""
    if tensor_parallel == 1:
        return True
    attention = facts.attention
    if attention is None or attention.heads % tensor_parallel:
        return False
    larger, smaller = max(attention.kv_heads, tensor_parallel), min(attention.kv_heads, tensor_parallel)
    if attention.latent is None and larger % smaller:
        return False
    block = facts.quantisation.block if facts.quantisation else 0
    return all(width % (tensor_parallel * max(block, 1)) == 0 for width in facts.widths)


def _float_width(name: str, dtype: Dtype, backend: Backend) -> int:
    if dtype is Dtype.FLOAT32:
        return 4
    if dtype is Dtype.AUTO and backend is Backend.HF:
        return _WIDTHS[name]
    return 2


def _packed(name: str, bits: int | None) -> float:
    """How many weights a stored number holds."""
    width = _WIDTHS[name] * 8
    return width / bits if bits and bits < 8 and name in _PACKED else 1


def billions(number: float | None) -> str:
    """A count of parameters as people write it: `8.0B`, `494M`."""
    if number is None:
        return "?"
    return f"{number / 1e9:.1f}B" if number >= 1e9 else f"{number / 1e6:.0f}M"
