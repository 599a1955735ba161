"""What all commands share: how problems are told, and how results are shown."""

import sys
from collections.abc import Iterable
from typing import TYPE_CHECKING, NoReturn

import typer

if TYPE_CHECKING:
    from bot.settings import Settings

NOT_THERE = 1
WRONG_USE = 2
FAILED = 3


def fail(problems: Iterable[str], code: int) -> NoReturn:
    """Tell what is wrong, one sentence a line, and end.

    Raises:
        typer.Exit: Always, with the code.
    """
    for problem in problems:
        typer.echo(f"scorekeeper: {problem}", err=True)
    raise typer.Exit(code)


def settings_or_exit(**overrides: object) -> "Settings":
    """The settings; wrong ones end the command with code 2. An override of None is no override."""
    from bot.settings import SettingsError, load

    try:
        return load(**{name: value for name, value in overrides.items() if value is not None})
    except SettingsError as error:
        fail(error.problems, WRONG_USE)


def print_json(data: object) -> None:
    """Machine output: one JSON document on standard output."""
    import json

    typer.echo(json.dumps(data, indent=2, ensure_ascii=False))


def table(headers: list[str], rows: list[list[str]], empty: str) -> None:
    """Rows for people: a table on a terminal, tabs in a pipe."""
    if not rows:
        typer.echo(empty, err=True)
        return
    if not sys.stdout.isatty():
        for row in [headers, *rows]:
            typer.echo("\t".join(row))
        return
    from rich.console import Console
    from rich.markup import escape
    from rich.table import Table

    shown = Table(*headers)
    for row in rows:
        shown.add_row(*(escape(cell) for cell in row))
    Console().print(shown)
