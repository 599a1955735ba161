"""The generated parts of docs/evaluations.md: the specification, the tasks and the hardware."""

from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any

import yaml

from evaluators.catalog import Catalog
from evaluators.runs import spec as specification
from evaluators.runs.flavors import shipped
from evaluators.runs.hardware import NoPlan, plan
from evaluators.runs.memory import billions, kv_bytes, weights_of
from evaluators.runs.publish import Home, home
from evaluators.runs.spec import Backend, Dtype, Framework
from evaluators.runs.task_table import KnownTask, Need, table
from evaluators.runs.tasks import asked, normalise
from tests.evaluators.runs.samples import spec
from tests.evaluators.runs.shapes import SHAPES, Shape


def parts() -> dict[str, str]:
    """The generated parts by name."""
    return {
        "specification": specification_table(),
        "tasks": tasks_table(),
        "hardware": hardware_table(),
        "action": action_tables(),
    }


def action_tables() -> str:
    """The inputs and outputs of the Action."""
    action = yaml.safe_load((Path(__file__).parent.parent / "action.yml").read_text())
    rows = ["| Input | Meaning | Default |", "|---|---|---|"]
    rows += [_input(name, about) for name, about in action["inputs"].items()]
    rows += ["", "| Output | Meaning |", "|---|---|"]
    rows += [f"| `{name}` | {about['description']} |" for name, about in action["outputs"].items()]
    return "\n".join(rows)


def _input(name: str, about: Mapping[str, str]) -> str:
    default = f"`{about['default']}`" if about["default"] else ""
    return f"| `{name}` | {about['description']} | {default} |"


def specification_table() -> str:
    """Every field of a specification, those of its sampling settings as well."""
    schema = specification.schema()
    rows = ["| Field | Meaning | Default |", "|---|---|---|"]
    rows += _fields(schema["properties"], schema["required"])
    rows += _fields(schema["$defs"]["Generation"]["properties"], (), "generation.")
    return "\n".join(rows)


def _fields(properties: Mapping[str, Any], required: Any, prefix: str = "") -> list[str]:
    rows = []
    for name, field in properties.items():
        default = field.get("default")
        if name in required:
            shown = "(required)"
        elif default in (None, [], ()) or isinstance(default, Mapping):
            shown = ""
        else:
            shown = f"`{str(default).lower() if isinstance(default, bool) else default}`"
        rows.append(f"| `{prefix}{name}` | {field['description']} | {shown} |")
    return rows


def tasks_table() -> str:
    """The documented tasks: their names in both frameworks, what they need, where their numbers may go."""
    rows = [
        "| Task | Name | inspect | Examples | lighteval | Samples | Needs | Filed under |",
        "|---|---|---|---|---|---|---|---|",
    ]
    rows += [_task(known) for known in table().values()]
    return "\n".join(rows)


def _task(known: KnownTask) -> str:
    task = asked(known.name, Framework.INSPECT)
    light = normalise([known.name], Framework.LIGHTEVAL).tasks[0] if known.lighteval else ""
    needs = [
        _needs("inspect", task.needs),
        _needs("lighteval", asked(light, Framework.LIGHTEVAL).needs if light else ()),
    ]
    counts = " or ".join(str(count) for count in known.inspect if count is not None)
    shots = counts or (f"any, else {known.default_shots}" if known.default_shots is not None else "its own")
    samples = f"{known.samples:,}" + (f" x {known.epochs}" if known.epochs > 1 else "")
    place = home(task, Catalog.shipped())
    where = place.benchmark.dataset if isinstance(place, Home) else _why(known)
    names = ", ".join(f"`{name}`" for name in known.inspect.values())
    lighteval = f"`{known.lighteval}`" if known.lighteval else ""
    both = "; ".join(filter(None, needs))
    return f"| {known.title} | `{known.name}` | {names} | {shots} | {lighteval} | {samples} | {both} | {where} |"


def _needs(framework: str, needs: Collection[Need]) -> str:
    return f"{framework}: {', '.join(need for need in Need if need in needs)}" if needs else ""


def _why(known: KnownTask) -> str:
    if known.benchmark is None:
        return "model-index only"
    return "nowhere: other questions" if known.differs else "nowhere: its framework is another"


def hardware_table() -> str:
    """Well-known model shapes, what they need and where they would run."""
    rows = [
        "| Model | Parameters | Stored as | Weights | 1,000 tokens | Flavor | GPUs used | Time | Cost |",
        "|---|---|---|---|---|---|---|---|---|",
    ]
    rows += [_shape(shape) for shape in SHAPES]
    return "\n".join(rows)


def _shape(shape: Shape) -> str:
    facts = shape.facts()
    weights = weights_of(facts, Dtype.AUTO, Backend.VLLM)
    found = plan(spec(max_length=None, time_limit=7200), facts, shipped())
    if weights is None or isinstance(found, NoPlan):
        raise ValueError(f"{shape.name} has no place in the table.")
    size = f"{billions(weights.parameters)} | {weights.stored_as} | {weights.gb:.1f} GB"
    # Far beyond every window, so that its layers count for what they keep.
    kept = f"{kv_bytes(facts, 10_000) / 1e7:.0f} MB"
    price = f"{found.seconds / 60:.0f} min | ${found.usd:.2f}"
    return f"| {shape.name} | {size} | {kept} | `{found.flavor.name}` | {found.tensor_parallel} | {price} |"
