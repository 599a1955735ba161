"""Tiny data sets under the names of known ones, so that the frameworks' own tasks ask them, and broken models."""

import json
import struct
from collections.abc import Mapping, Sequence

# The commits that inspect-evals 0.26.0 asks for: here they are tags.
GSM8K_COMMIT, MMLU_COMMIT = "cc7b047b6e5bb11b4f1af84efc572db110a51b3c", "c30699e8356da336a370243923dbaf21066bb9fe"
BENCH, GSM8K, MMLU, ARC = "acme/tinybench", "openai/gsm8k", "cais/mmlu", "allenai/ai2_arc"
SAMPLES = 8
COMMITS = {GSM8K: GSM8K_COMMIT, MMLU: MMLU_COMMIT}
BIRDS = ("heron", "egret", "stork", "ibis")
# A random model writes one letter or another: some answers hold these, and some do not.
LETTERS = "eta0"
EVAL_YAML = """\
name: Tiny
evaluation_framework: inspect-ai
tasks:
- id: sums
  config: default
  split: test
  field_spec: {input: question, target: answer}
  solvers: [{name: generate}]
  scorers: [{name: includes}]
"""


def data_sets() -> Mapping[str, Mapping[str, str]]:
    """The files of each data set."""
    numbers = range(SAMPLES)
    bench = [{"question": f"What is {n} plus {n}?", "answer": LETTERS[n % len(LETTERS)]} for n in numbers]
    sums = [{"question": f"{n} plus {n}?", "answer": f"{n}+{n}={n + n}\n#### {n + n}"} for n in range(2 * SAMPLES)]
    mmlu = [
        {"question": f"Which bird is number {n}?", "choices": list(BIRDS), "answer": n % 4, "subject": "birds"}
        for n in numbers
    ]
    arc = [
        {
            "id": str(n),
            "question": f"Which bird is number {n}?",
            "choices": {"text": list(BIRDS), "label": list("ABCD")},
            "answerKey": "ABCD"[n % 4],
        }
        for n in numbers
    ]
    return {
        BENCH: {"eval.yaml": EVAL_YAML, **_files("default", {"test": bench})},
        GSM8K: _files("main", {"train": sums[SAMPLES:], "test": sums[:SAMPLES]}),
        MMLU: _files("all", {"test": mmlu, "dev": mmlu}),
        ARC: _files("ARC-Challenge", {"train": arc, "validation": arc, "test": arc}),
    }


def _files(config: str, splits: Mapping[str, Sequence[Mapping[str, object]]]) -> dict[str, str]:
    parts = "".join(f"  - split: {split}\n    path: {config}/{split}.jsonl\n" for split in splits)
    rows = {f"{config}/{split}.jsonl": "\n".join(map(json.dumps, lines)) for split, lines in splits.items()}
    return {"README.md": f"---\nconfigs:\n- config_name: {config}\n  data_files:\n{parts}---\n# Tiny\n", **rows}


def brief_model(good: Mapping[str, bytes]) -> Mapping[str, bytes]:
    """A model that ends its answers soon: half of all tokens are an end. The other one writes until it is cut off."""
    settings = {**json.loads(good["generation_config.json"]), "eos_token_id": list(range(1, 512, 2))}
    return {**good, "generation_config.json": json.dumps(settings).encode()}


def broken_models(good: Mapping[str, bytes]) -> Mapping[str, Mapping[str, bytes]]:
    """Models that cannot be loaded, each for another reason, made from one that can."""
    config = json.loads(good["config.json"])
    weights = good["model.safetensors"]
    # A table of 512 GB, of which the file has nothing.
    huge = {**config, "vocab_size": 2_000_000_000, "tie_word_embeddings": False}
    header = json.loads(weights[8 : 8 + struct.unpack("<Q", weights[:8])[0]])
    few = {name: one for name, one in header.items() if name.startswith("model.layers.0.input_layernorm")}
    strange = {**config, "model_type": "heron", "architectures": ["HeronForCausalLM"]}
    few_weights = _only(few, header, weights)
    return {
        "acme/cut": {**good, "model.safetensors": weights[: len(weights) // 2]},
        "acme/huge": {**good, "config.json": json.dumps(huge).encode(), "model.safetensors": few_weights},
        "acme/strange": {**good, "config.json": json.dumps(strange).encode()},
    }


def _only(few: Mapping[str, dict[str, list[int]]], header: Mapping[str, object], weights: bytes) -> bytes:
    start = 8 + struct.unpack("<Q", weights[:8])[0]
    body, entries = b"", {"__metadata__": header["__metadata__"]} if "__metadata__" in header else {}
    for name, one in few.items():
        first, last = one["data_offsets"]
        entries[name] = {**one, "data_offsets": [len(body), len(body) + last - first]}
        body += weights[start + first : start + last]
    text = json.dumps(entries).encode()
    return struct.pack("<Q", len(text)) + text + body
