"""`python -m tests.chaos`: run the chaos test by hand, and see what happened."""

import logging
import random
import sys
from typing import Annotated

import typer
from rich.console import Console

from tests.chaos.report import show
from tests.chaos.run import Size, run

SHORT = Size(repos=30, actions=260, seconds=22.0, faults=8.0, kills=2.5)
LONG = Size(repos=200, actions=2000, seconds=300.0, faults=6.0, kills=5.0, lose_database=True)


def main(
    seed: Annotated[int | None, typer.Option(envvar="CHAOS_SEED", help="What happens follows from it.")] = None,
    *,
    long: Annotated[bool, typer.Option("--long", help="200 repos and 2,000 actions in place of 30 and 260.")] = False,
    embedded: Annotated[bool, typer.Option("--embedded", help="Let `serve` bring its own PostgreSQL.")] = False,
    keep: Annotated[bool, typer.Option("--keep", help="Leave the logs and the data behind.")] = False,
) -> None:
    """Run the chaos test; the code is 1 where something is wrong at the end."""
    # Broken answers are what this is about.
    logging.getLogger("uvicorn").setLevel(logging.CRITICAL)
    console = Console(width=120)
    chosen = random.SystemRandom().randrange(10**6) if seed is None else seed
    outcome = run(chosen, LONG if long else SHORT, embedded=embedded, keep=keep, say=console.print)
    show(outcome, console)
    sys.exit(1 if outcome.wrong else 0)


if __name__ == "__main__":
    app = typer.Typer(pretty_exceptions_enable=False)
    app.command()(main)
    app()
