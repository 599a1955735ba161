"""What happened in a run, as tables."""

from collections.abc import Mapping

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from tests.chaos.run import Outcome


def show(outcome: Outcome, console: Console) -> None:
    """Print it all, and what is wrong at the end."""
    people = outcome.people
    assert people is not None
    missed = people.missed.total()
    _table(
        console,
        f"Actions: {people.done.total()} ({missed} of them in place of others that had nothing to act on)",
        people.done,
    )
    _table(console, f"Faults: {outcome.faults.total()}", outcome.faults)
    _table(console, "Deliveries", outcome.deliveries)
    _table(console, f"Killed: {outcome.losses.killed.total()}", outcome.losses.killed)
    if outcome.losses.ended:
        _table(console, "Ended by themselves", outcome.losses.ended)
    recovered = {
        f"{name} ({len(times)} times), at most": f"{max(times):.1f} s"
        for name, times in outcome.losses.recoveries.items()
    }
    _table(console, "Healthy again", recovered)
    _table(console, f"Looks, as far as the database knows: {outcome.looks.total()}", outcome.looks)
    _table(console, "Requests", outcome.requests)
    times = {what: f"{seconds:.1f} s" for what, seconds in outcome.times.items()}
    times |= {"longest stop": f"{max(outcome.losses.stops, default=0):.1f} s"}
    _table(console, "Time", times)
    console.print(f"The sweep at the end: {escape(outcome.swept)}")
    right = len(outcome.unheard - outcome.broken)
    console.print(f"Repos of which a delivery never arrived: {len(outcome.unheard)}, {right} of them right at the end")
    console.print(f"CHAOS_SEED={outcome.seed}: {len(outcome.wrong)} wrong at the end")
    for what in outcome.wrong:
        console.print(f"  {escape(what)}", soft_wrap=True)


def _table(console: Console, title: str, rows: Mapping[str, object]) -> None:
    table = Table(title=title, title_justify="left", show_header=False)
    table.add_column()
    table.add_column(justify="right")
    for name, value in sorted(rows.items()):
        table.add_row(name, str(value))
    console.print(table)
