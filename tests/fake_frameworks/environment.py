"""An environment with the stand-ins, and a model that is small enough for them."""

import json
import struct
import subprocess
import sys
import sysconfig
from pathlib import Path
from typing import Literal

CONFIG = {
    "architectures": ["LlamaForCausalLM"],
    "model_type": "llama",
    "hidden_size": 64,
    "intermediate_size": 128,
    "num_hidden_layers": 2,
    "num_attention_heads": 4,
    "num_key_value_heads": 4,
    "max_position_embeddings": 4096,
    "vocab_size": 512,
    "dtype": "bfloat16",
}


def make_environment(folder: Path) -> str:
    """A virtual environment whose Python knows the stand-ins and the Hub's client. Returns its interpreter."""
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(folder)], check=True, timeout=60)
    (packages,) = folder.glob("lib/python3*/site-packages")
    found = [Path(__file__).parent, sysconfig.get_paths()["purelib"]]
    (packages / "stand_ins.pth").write_text("".join(f"{path}\n" for path in found))
    return str(folder / "bin" / "python")


Trouble = Literal["out of memory", "unknown architecture", "never ready"]


def troubled_files(trouble: Trouble) -> dict[str, bytes]:
    """The files of a model that the stand-in for vLLM cannot serve."""
    return model_files() | {"config.json": json.dumps({**CONFIG, "stand_in": trouble}).encode()}


def model_files() -> dict[str, bytes]:
    """The files of a model: weights of a few bytes in the safetensors format, configuration, chat template."""
    header = json.dumps({"embed.weight": {"dtype": "BF16", "shape": [4], "data_offsets": [0, 8]}}).encode()
    return {
        "config.json": json.dumps(CONFIG).encode(),
        "tokenizer_config.json": json.dumps({"chat_template": "{{ messages }}"}).encode(),
        "model.safetensors": struct.pack("<Q", len(header)) + header + bytes(8),
    }
