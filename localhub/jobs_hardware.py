"""The machines that jobs can ask for, with the prices of the Hub's jobs page (August 2026); none is used here."""

from dataclasses import dataclass

from localhub.errors import JsonObject


@dataclass(frozen=True)
class Flavor:
    """A machine: what it is called, what it has (GB) and what it costs (USD an hour)."""

    shown: str
    cpus: int
    ram: int
    storage: int
    hourly: float
    gpu: str = ""
    gpus: int = 0
    vram: int = 0


FLAVORS = {
    "cpu-basic": Flavor("CPU Basic", 2, 16, 50, 0.01),
    "cpu-upgrade": Flavor("CPU Upgrade", 8, 32, 50, 0.03),
    "cpu-performance": Flavor("CPU Performance", 32, 256, 200, 1.90),
    "cpu-xl": Flavor("CPU XL", 16, 124, 200, 1.00),
    "t4-small": Flavor("Nvidia T4 - small", 4, 15, 50, 0.40, "T4", 1, 16),
    "t4-medium": Flavor("Nvidia T4 - medium", 8, 30, 100, 0.60, "T4", 1, 16),
    "l4x1": Flavor("1x Nvidia L4", 8, 30, 400, 0.80, "L4", 1, 24),
    "l4x4": Flavor("4x Nvidia L4", 48, 186, 3200, 3.80, "L4", 4, 96),
    "l40sx1": Flavor("1x Nvidia L40S", 8, 62, 380, 1.80, "L40S", 1, 48),
    "l40sx4": Flavor("4x Nvidia L40S", 48, 382, 3200, 8.30, "L40S", 4, 192),
    "l40sx8": Flavor("8x Nvidia L40S", 192, 1534, 6500, 23.50, "L40S", 8, 384),
    "a10g-small": Flavor("Nvidia A10G - small", 4, 15, 110, 1.00, "A10G", 1, 24),
    "a10g-large": Flavor("Nvidia A10G - large", 12, 46, 200, 1.50, "A10G", 1, 24),
    "a10g-largex2": Flavor("2x Nvidia A10G - large", 24, 92, 1000, 3.00, "A10G", 2, 48),
    "a10g-largex4": Flavor("4x Nvidia A10G - large", 48, 184, 2000, 5.00, "A10G", 4, 96),
    "a100-large": Flavor("Nvidia A100 - large", 12, 142, 1000, 2.50, "A100", 1, 80),
    "a100x4": Flavor("4x Nvidia A100", 48, 568, 4000, 10.00, "A100", 4, 320),
    "a100x8": Flavor("8x Nvidia A100", 96, 1136, 8000, 20.00, "A100", 8, 640),
    "h200": Flavor("Nvidia H200", 23, 256, 3000, 5.00, "H200", 1, 141),
    "h200x2": Flavor("2x Nvidia H200", 46, 512, 6000, 10.00, "H200", 2, 282),
    "h200x4": Flavor("4x Nvidia H200", 92, 1024, 12000, 20.00, "H200", 4, 564),
    "h200x8": Flavor("8x Nvidia H200", 184, 2048, 24000, 40.00, "H200", 8, 1128),
    "rtx-pro-6000": Flavor("Nvidia RTX PRO 6000", 24, 200, 1000, 2.75, "RTX PRO 6000", 1, 96),
    "rtx-pro-6000x2": Flavor("2x Nvidia RTX PRO 6000", 48, 400, 2000, 5.50, "RTX PRO 6000", 2, 192),
    "rtx-pro-6000x4": Flavor("4x Nvidia RTX PRO 6000", 96, 800, 4000, 11.00, "RTX PRO 6000", 4, 384),
    "rtx-pro-6000x8": Flavor("8x Nvidia RTX PRO 6000", 192, 1600, 8000, 22.00, "RTX PRO 6000", 8, 768),
}


def listed() -> list[JsonObject]:
    """All machines as the API lists them; prices are for a minute."""
    return [_to_json(name, flavor) for name, flavor in FLAVORS.items()]


def _to_json(name: str, flavor: Flavor) -> JsonObject:
    accelerator = {
        "type": "gpu",
        "model": flavor.gpu,
        "quantity": str(flavor.gpus),
        "vram": f"{flavor.vram} GB",
        "manufacturer": "Nvidia",
    }
    micro = round(flavor.hourly / 60 * 1_000_000)
    return {
        "name": name,
        "prettyName": flavor.shown,
        "cpu": f"{flavor.cpus} vCPU",
        "ram": f"{flavor.ram} GB",
        "ephemeralStorage": f"{flavor.storage} GB",
        "accelerator": accelerator if flavor.gpus else None,
        "unitCostMicroUSD": micro,
        "unitCostUSD": micro / 1_000_000,
        "unitLabel": "minute",
    }
