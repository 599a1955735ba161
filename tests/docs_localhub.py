"""The tables of the local Hub's page, made from its classes."""

import inspect
import re
from dataclasses import MISSING, fields
from typing import Any

from localhub import Fault, JobPolicy, Limits, Policy, Switches
from localhub.control import ACTIONS, PREFIX
from localhub.options import parser


def parts() -> dict[str, str]:
    """Every generated part by its name."""
    return {
        "options": options_table(),
        "switches": table(Switches),
        "delivery-policy": table(Policy),
        "faults": table(Fault),
        "limits": table(Limits),
        "job-policy": table(JobPolicy),
        "actions": actions_table(),
    }


def table(kind: type[Any]) -> str:
    """The fields of a dataclass with what its docstring says of them."""
    texts = described(inspect.getdoc(kind) or "")
    rows = ["| Name | Meaning | Default |", "|---|---|---|"]
    for field in fields(kind):
        default = field.default if field.default is not MISSING else {}
        rows.append(f"| `{field.name}` | {texts[field.name]} | `{default!r}` |")
    return "\n".join(rows)


def described(docstring: str) -> dict[str, str]:
    """The names and texts below ``Attributes:``."""
    section = docstring.partition("Attributes:\n")[2].partition("\n\n")[0]
    joined = re.sub(r"\n {8,}", " ", section)
    pairs = (line.strip().partition(": ") for line in joined.splitlines())
    return {name: text.replace("``", "`").replace("|", "\\|") for name, _, text in pairs}


def options_table() -> str:
    """The options of the command."""
    rows = ["| Option | |", "|---|---|"]
    for action in parser("localhub")._actions:
        if action.dest != "help":
            name = " ".join([action.option_strings[-1], *([action.metavar] if isinstance(action.metavar, str) else [])])
            rows.append(f"| `{name}` | {str(action.help).replace('%(default)s', str(action.default))} |")
    return "\n".join(rows)


def actions_table() -> str:
    """What the control plane does."""
    rows = ["| Request | |", "|---|---|"]
    rows += [f"| `{action.method} {PREFIX}{action.name}` | {action.text} |" for action in ACTIONS]
    return "\n".join(rows)
