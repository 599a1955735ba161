"""Causes read from what frameworks print."""

import pytest

from evaluators.runs.runner.causes import cause, lines_about

SAID = {
    "out_of_memory": [
        "torch.OutOfMemoryError: CUDA out of memory. Tried to allocate 2.00 GiB. GPU 0 has a total capacity of 14 GiB",
        "RuntimeError: [enforce fail at alloc_cpu.cpp:121] err == 0. DefaultCPUAllocator: can't allocate memory: you",
        "ValueError: Free memory on device (10/14 GiB) on startup is less than desired GPU memory utilization (0.9)",
        "Available memory on node 0 (8.1/12.4 GiB) on kv cache allocation is less than requested memory for kv (16",
        "ValueError: (16.00 GiB KV cache is needed, which is larger than the available KV cache memory (4.11 GiB).",
    ],
    "unsupported_architecture": [
        "The checkpoint has model type `heron` but Transformers does not recognize this architecture.",
        "ValueError: Model architectures ['HeronForCausalLM'] are not supported for now.",
    ],
    "chat_template_missing": [
        "Error code: 400 - As of transformers v4.44, default chat template is no longer allowed, so you must provide",
    ],
    "unknown_task": [
        "No tasks matching 'hf/acme/tinybench/nothing' were found.",
        "Error: No inspect tasks were found at the specified paths.",
        "ValueError: Cannot find task nosuch in task list or in custom task registry",
    ],
    "broken_model": ["safetensors_rust.SafetensorError: Error while deserializing header: incomplete metadata"],
    "payment_required": ["APIStatusError('Error code: 402 - Payment Required: the account has no credit')"],
}


@pytest.mark.parametrize(("kind", "text"), [(kind, text) for kind, texts in SAID.items() for text in texts])
def test_a_cause_is_recognised(kind: str, text: str) -> None:
    assert cause(f"Traceback (most recent call last):\n{text}\nshutting down") == kind


def test_a_cause_is_recognised_in_a_box_and_over_lines() -> None:
    assert cause("│ ValueError: Cannot find │\n│ task nosuch in the list │") == "unknown_task"


def test_ordinary_lines_name_no_cause() -> None:
    assert cause("INFO loading weights\nEvaluating gsm8k\naccuracy 0.25") is None
    assert cause("killed without a word", -9) == "out_of_memory"


def test_what_is_told_begins_with_the_cause_and_leaves_out_where_it_was() -> None:
    before = "(EngineCore pid=13) ERROR 11-21 15:07:03 [core.py:1510] "
    log = [
        "(Worker pid=12) ERROR 11-21 15:07:01 [w.py:1] RuntimeError: CUDA out of memory. Tried to allocate 2 GiB",
        *(f'{before}  File "/x/{number}.py", line {number}, in error' for number in range(50)),
        *(f"{before}Error number {number}" for number in range(20)),
        "RuntimeError: Engine core initialization failed. See root cause above.",
    ]
    told = lines_about("\n".join(log)).splitlines()
    assert told[0] == "RuntimeError: CUDA out of memory. Tried to allocate 2 GiB"
    assert told[-1].startswith("RuntimeError: Engine core")
    assert not [line for line in told if "File" in line]
    assert len(told) == 13
