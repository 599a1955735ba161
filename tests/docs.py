"""The generated parts of the README: `python -m tests.docs` writes them, `tests/test_docs.py` checks them."""

import json
from pathlib import Path
from typing import Any

import typer

from bot.cli import app
from bot.repo_config import schema
from bot.settings import Settings

README = Path(__file__).parent.parent / "README.md"
SCHEMA = README.parent / "docs" / "scorekeeper.schema.json"


def settings_table() -> str:
    """Every environment variable with its meaning and default."""
    rows = ["| Variable | Meaning | Default |", "|---|---|---|"]
    for field in Settings.model_fields.values():
        default = "" if field.default_factory or not field.default else f"`{field.default}`"
        rows.append(f"| `{field.alias}` | {field.description} | {default} |")
    return "\n".join(rows)


def commands_table() -> str:
    """Every command with the first sentence of its help."""
    rows = ["| Command | |", "|---|---|"]
    rows += [f"| `scorekeeper {name}` | {text} |" for name, text in _commands(typer.main.get_command(app))]
    return "\n".join(rows)


def _commands(group: Any, prefix: str = "") -> list[tuple[str, str]]:
    found: list[tuple[str, str]] = []
    for name, command in getattr(group, "commands", {}).items():
        if getattr(command, "commands", None):
            found += _commands(command, f"{prefix}{name} ")
        else:
            found.append((f"{prefix}{name}", (command.help or "").split("\n")[0]))
    return found


def generated(text: str) -> str:
    """The README with its generated parts as they should be."""
    for name, content in (("settings", settings_table()), ("commands", commands_table())):
        head, start, rest = text.partition(f"<!-- {name}:")
        comment, _, old = rest.partition("\n")
        end = f"<!-- /{name} -->"
        text = f"{head}{start}{comment}\n\n{content}\n\n{end}{old.partition(end)[2]}"
    return text


if __name__ == "__main__":
    README.write_text(generated(README.read_text()))
    SCHEMA.write_text(json.dumps(schema(), indent=2) + "\n")
