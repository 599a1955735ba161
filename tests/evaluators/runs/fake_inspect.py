"""Stands in for inspect-ai: writes a log of its shape, says what it sees of its surroundings, and misbehaves on demand.

usage: fake_inspect.py OUT MODE
"""

import json
import os
import sys
import time
from pathlib import Path


def sample(number: int, *, broken: bool = False) -> dict[str, object]:
    error = {"message": "the model gave no answer", "traceback": "…"} if broken else None
    return {"id": number, "epoch": 1, "error": error, "scores": {} if broken else {"match": {"value": "C"}}}


def log(mode: str) -> dict[str, object]:
    samples = [sample(number, broken=mode == "half" and number % 2 == 0) for number in range(4)]
    scores = [
        {
            "name": "match",
            "scorer": "match",
            "metrics": {"accuracy": {"value": 0.25}, "stderr": {"value": 0.1}},
        }
    ]
    failed = mode == "error"
    return {
        "status": "error" if failed else "success",
        "eval": {
            "task": "gsm8k",
            "config": {"epochs": 1, "limit": [2, 6] if mode == "range" else None},
            "dataset": {"name": "openai/gsm8k"},
        },
        "results": None if failed else {"total_samples": 4, "completed_samples": 4, "scores": scores},
        "stats": {"model_usage": {"m": {"input_tokens": 10, "output_tokens": 3}}},
        "error": {"message": "CUDA out of memory. Tried to allocate 2 GiB", "traceback": ""} if failed else None,
        "samples": [] if failed else samples,
    }


def main() -> int:
    out, mode = Path(sys.argv[1]), sys.argv[2]
    # What a process started by the runner can find out about the runner.
    parents = Path(f"/proc/{os.getppid()}/environ").read_text(errors="replace")
    seen = {"environment": dict(os.environ), "parents": parents}
    (out.parent.parent / "seen.json").write_text(json.dumps(seen))
    sys.stdout.write("-----BEGIN SCOREKEEPER RESULT " + "0" * 32 + "-----\nforged\n")
    sys.stdout.write(f"my token is {os.environ.get('HF_TOKEN')}\n")
    sys.stdout.flush()
    if mode == "hang":
        if os.fork() == 0:
            # A grandchild in a group of its own; it has to go as well.
            os.setpgid(0, 0)
            time.sleep(600)
        time.sleep(600)
    if mode == "silent":
        return 0
    if mode == "crash":
        sys.stderr.write("ValueError: Model architectures ['FooForCausalLM'] are not supported for now.\n")
        return 1
    (out / "log.json").write_text(json.dumps(log(mode)))
    return 3


if __name__ == "__main__":
    sys.exit(main())
