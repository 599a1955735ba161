"""`python -m inspect_ai eval TASK …`: asks the server whether it is there, and writes a log of inspect's shape.

The score is a quarter.
"""

import argparse
import json
import sys
import urllib.request
from pathlib import Path

# Data set, part, and as many questions as there are: of fewer, nothing would be filed.
DATA = {"mmlu_0_shot": ("cais/mmlu", "all", 14042)}
GSM8K = ("openai/gsm8k", "main", 1319)
COMMIT = "cc7b047b6e5bb11b4f1af84efc572db110a51b3c"


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("eval")
    parser.add_argument("task")
    parser.add_argument("--log-dir", type=Path, required=True)
    parser.add_argument("--model", required=True)
    parser.add_argument("--model-base-url")
    parser.add_argument("--limit", type=int)
    parser.add_argument("--generate-config", type=Path)
    given, _ = parser.parse_known_args()
    if given.model_base_url:
        with urllib.request.urlopen(f"{given.model_base_url}/models", timeout=10) as answer:  # noqa: S310 - our own server
            served = json.load(answer)["data"][0]["id"]
        if f"vllm/{served}" != given.model:
            sys.exit(f"the server has {served}")
    if json.loads(given.generate_config.read_text())["temperature"] != 0:
        sys.exit("not greedy")
    data, part, samples = DATA.get(given.task.rpartition("/")[2], GSM8K)
    asked = min(samples, given.limit or samples)
    right = [{"match": {"value": "C" if number % 4 == 0 else "I"}} for number in range(asked)]
    log = {
        "status": "success",
        "eval": {
            "task": given.task,
            "config": {"epochs": 1, "limit": given.limit},
            "dataset": {
                "name": f"{data}@{COMMIT}?config={part}&split=test&rows={samples}",
                "location": data,
                "samples": samples,
            },
        },
        "results": {
            "total_samples": asked,
            "completed_samples": asked,
            "scores": [
                {
                    "name": "match",
                    "scorer": "match",
                    "metrics": {"accuracy": {"value": 0.25}, "stderr": {"value": 0.15}},
                }
            ],
        },
        "stats": {"model_usage": {"m": {"input_tokens": 800, "output_tokens": 90}}},
        "samples": [
            {"id": number, "epoch": 1, "output": {"choices": [{"stop_reason": "stop"}]}, "scores": one}
            for number, one in enumerate(right)
        ],
    }
    (given.log_dir / "log.json").write_text(json.dumps(log))
    sys.stdout.write(f"{given.task}: accuracy 0.25 of {asked} samples\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
