"""`scorekeeper doctor`: is everything there that the service needs, and what to do where it is not."""

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from bot.cli.console import print_json, settings_or_exit

if TYPE_CHECKING:
    from bot.settings import Settings

PROBLEM_FOUND = 1
OLD_AFTER_DAYS = 7
_MARKS = {"ok": "ok  ", "note": "note", "problem": "FAIL"}


@dataclass(frozen=True, slots=True)
class Check:
    """One line: what was checked, how it is, and what to do."""

    subject: str
    state: Literal["ok", "note", "problem"]
    text: str


def doctor(*, as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False) -> None:
    """Check token, permissions, webhook, database and benchmark catalog: a line each, with what to do."""
    settings = settings_or_exit()
    found = []
    for check in checks(settings):
        found.append(check)
        if not as_json:
            typer.echo(f"{_MARKS[check.state]}  {check.subject}: {check.text}")
    if as_json:
        print_json([asdict(check) for check in found])
    if any(check.state == "problem" for check in found):
        raise typer.Exit(PROBLEM_FOUND)


def checks(settings: "Settings") -> Iterator[Check]:
    """All checks, in the order in which they matter."""
    yield _secret(settings)
    yield from _token(settings)
    yield from _webhook(settings)
    yield _database(settings)
    yield _catalog(settings)


def _secret(settings: "Settings") -> Check:
    if settings.webhook_secret is None:
        return Check("secret", "problem", "SCOREKEEPER_WEBHOOK_SECRET is not set. Choose a long random text.")
    return Check("secret", "ok", "SCOREKEEPER_WEBHOOK_SECRET is set.")


def _token(settings: "Settings") -> Iterator[Check]:
    from bot.hub import Hub
    from bot.hub_errors import HubError
    from bot.settings import Write

    yield Check("hub", "ok", f"{settings.endpoint}.")
    if settings.token is None:
        text = "HF_TOKEN is not set. Only public repos can be read. Make a token in the Hub's settings."
        yield Check("token", "note" if settings.write is Write.OFF else "problem", text)
        return
    try:
        me = Hub.of(settings).me()
    except HubError as error:
        yield Check("token", "problem", f"{error} Is HF_TOKEN right?")
        return
    yield Check("token", "ok", f"It belongs to {me.name} and has the role {me.role}.")
    if settings.write is Write.OFF:
        yield Check("writing", "note", "SCOREKEEPER_WRITE is off: looks show what they would write. Set it to pr.")
    elif me.role == "read":
        yield Check("writing", "problem", "The token can only read. Pull requests need a token that may write.")
    else:
        yield Check("writing", "ok", f"SCOREKEEPER_WRITE is {settings.write.value}.")


def _webhook(settings: "Settings") -> Iterator[Check]:
    from bot.hub import Hub
    from bot.hub_errors import HubError
    from bot.webhook_health import State, health
    from bot.webhooks import webhook_url

    if not settings.watch:
        yield Check(
            "watch list", "problem", "SCOREKEEPER_WATCH is empty. Every delivery is ignored. Name whom to watch."
        )
    url = webhook_url(settings)
    if url is None:
        yield Check("webhook", "problem", "SCOREKEEPER_PUBLIC_URL is not set. The Hub needs an address to deliver to.")
        return
    if settings.token is None:
        yield Check("webhook", "note", "It cannot be checked without HF_TOKEN.")
        return
    try:
        found = health(Hub.of(settings).webhook_to(url), url, settings.watch)
    except HubError as error:
        yield Check("webhook", "problem", str(error))
        return
    yield Check("webhook", "ok" if found.state is State.OK else "problem", found.sentence)


def _database(settings: "Settings") -> Check:
    from bot import database

    kind = "the one in DATABASE_URL" if settings.database_url else f"embedded, in {settings.home}"
    try:
        with database.running(settings):
            return Check("database", "ok", f"PostgreSQL ({kind}), schema up to date.")
    except database.DatabaseError as error:
        return Check("database", "problem", str(error))


def _catalog(settings: "Settings") -> Check:
    from datetime import UTC, datetime

    from evaluators.catalog import read_current

    catalog, problem = read_current(settings.home, settings.endpoint)
    if problem:
        return Check("catalog", "problem", problem)
    count = f"{len(catalog.benchmarks)} benchmarks"
    refresh = "scorekeeper catalog refresh reads the newest from the Hub."
    if catalog.refreshed is None:
        return Check("catalog", "ok", f"{count}, as shipped; {refresh}")
    hours = (datetime.now(UTC) - catalog.refreshed).total_seconds() / 3600
    age = f"{hours:.0f} hours" if hours < 48 else f"{hours / 24:.0f} days"
    if hours > 24 * OLD_AFTER_DAYS:
        return Check("catalog", "note", f"{count}, {catalog.source}, {age} ago; {refresh}")
    return Check("catalog", "ok", f"{count}, {catalog.source}, {age} ago.")
