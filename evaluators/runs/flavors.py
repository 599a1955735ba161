"""The machines that can be rented: as the Hub lists them now, or as shipped with the package."""

import math
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

import yaml

from evaluators.runs.model_config import as_count, as_mapping, as_text
from evaluators.runs.task_table import package_text

MOST_ROWS = 500
HOURS = {"second": 3600, "minute": 60, "hour": 1}


@dataclass(frozen=True, slots=True)
class Gpu:
    """A kind of GPU: memory bandwidth in GB/s, dense 16-bit TFLOPS, and whether it has bfloat16."""

    name: str
    bandwidth: float
    tflops: float
    bf16: bool


@dataclass(frozen=True, slots=True)
class Flavor:
    """A machine: `count` GPUs with `memory` GB together, at `usd` an hour. Without a GPU, count is 0."""

    name: str
    usd: float
    count: int = 0
    memory: float = 0.0
    gpu: Gpu | None = None

    @property
    def each(self) -> float:
        """The memory of one GPU, in GB."""
        return self.memory / self.count if self.count else 0.0

    @property
    def words(self) -> str:
        """The GPUs in words: `2 x H200`."""
        if self.gpu is None:
            return "no GPU"
        return f"{self.count} x {self.gpu.name.upper()}"


# Of a GPU that we do not know, the least is expected.
_UNKNOWN = Gpu("GPU", bandwidth=300, tflops=60, bf16=True)


@cache
def shipped() -> tuple[Flavor, ...]:
    """The machines as shipped."""
    return tuple(
        Flavor(
            name=item["name"],
            usd=item["usd"],
            count=item["gpus"][0] if "gpus" in item else 0,
            memory=item.get("memory", 0.0),
            gpu=_gpus()[item["gpus"][1]][1] if "gpus" in item else None,
        )
        for item in _file()["flavors"]
    )


def read_list(rows: Iterable[Any]) -> tuple[Flavor, ...]:
    """The machines of a live list (`GET /api/jobs/hardware`); rows that cannot be understood are left out.

    `vram` is that of all GPUs of the machine together, as text (`96 GB`).
    """
    found = (_read(as_mapping(row)) for row, _ in zip(rows, range(MOST_ROWS), strict=False))
    return tuple(one for one in found if one is not None)


def current(rows: Iterable[Any] | None) -> tuple[Flavor, ...]:
    """The live list if it names a GPU, else the shipped one."""
    live = read_list(rows or ())
    return live if any(one.count for one in live) else shipped()


def _read(row: Mapping[str, Any]) -> Flavor | None:
    name, usd = as_text(row.get("name"), 60), _usd(row)
    if not re.fullmatch(r"[a-z0-9][a-z0-9-]*", name) or usd is None:
        return None
    accelerator = as_mapping(row.get("accelerator"))
    if not accelerator:
        return Flavor(name, usd)
    quantity = accelerator.get("quantity")
    text = as_text(quantity, 4)
    count = as_count(int(text) if re.fullmatch(r"[0-9]+", text, re.ASCII) else quantity, 64)
    memory = re.fullmatch(r"([0-9]{1,5})(?:\.[0-9]+)?\s*GB", as_text(accelerator.get("vram"), 20))
    if count is None or memory is None or int(memory[1]) < 1:
        return None
    return Flavor(name, usd, count, float(memory[1]), _gpu(as_text(accelerator.get("model")) or name))


def _usd(row: Mapping[str, Any]) -> float | None:
    """The price of an hour."""
    hours, price = HOURS.get(as_text(row.get("unitLabel"))), row.get("unitCostUSD")
    if hours is None or isinstance(price, bool) or not isinstance(price, int | float):
        return None
    return round(price * hours, 4) if 0 <= price < 10_000 and math.isfinite(price) else None


def _gpu(text: str) -> Gpu:
    plain = re.sub(r"[^a-z0-9]+", " ", text.lower())
    return next(
        (gpu for words, gpu in _gpus().values() if any(re.search(rf"\b{one}\b", plain) for one in words)), _UNKNOWN
    )


@cache
def _gpus() -> Mapping[str, tuple[tuple[str, ...], Gpu]]:
    return {
        name: (tuple(kind["words"]), Gpu(name, kind["bandwidth"], kind["tflops"], kind["bf16"]))
        for name, kind in _file()["kinds"].items()
    }


@cache
def _file() -> Mapping[str, Any]:
    found: dict[str, Any] = yaml.safe_load(package_text("flavors.yaml"))
    return found
