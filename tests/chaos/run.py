"""A run from start to end: the storm, the repair, and the judgement."""

import contextlib
import json
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

import psycopg

from bot import database
from bot.context import Context
from bot.hub import Hub
from bot.records import Records
from bot.settings import Watch, Write
from evaluators.catalog import Catalogs
from handlers.look import look
from tests.chaos import model, plan, promises, record
from tests.chaos.hub_client import HubClient
from tests.chaos.machines import Losses
from tests.chaos.people import People, Place, mend_all
from tests.chaos.record import RepoRecord
from tests.chaos.storm import SLOWEST, Storm
from tests.chaos.town import AUTHOR, BOT, OWNERS, Town, town, until

REPAIR_TIMEOUT = 240.0
QUIET = {"current", "nothing_new", "nothing_wanted", "hands_off", "unchanged"}


@dataclass(frozen=True)
class Size:
    """How much happens. Faults are a second, `kills` is the seconds from one to the next."""

    repos: int
    actions: int
    seconds: float
    faults: float = 6.0
    kills: float = 3.0
    waves: int = 2
    lose_database: bool = False


@dataclass
class Outcome:
    """What happened, and what is wrong: one sentence each."""

    seed: int
    people: People | None = None
    faults: Counter[str] = field(default_factory=Counter)
    deliveries: Counter[str] = field(default_factory=Counter)
    losses: Losses = field(default_factory=Losses)
    looks: Counter[str] = field(default_factory=Counter)
    requests: Counter[str] = field(default_factory=Counter)
    times: dict[str, float] = field(default_factory=dict)
    swept: str = ""
    # Ids of the repos of which a delivery never arrived, and of those that are not right at the end.
    unheard: set[str] = field(default_factory=set)
    broken: set[str] = field(default_factory=set)
    wrong: list[str] = field(default_factory=list)


def run(seed: int, size: Size, *, embedded: bool, keep: bool, say: Callable[[str], None]) -> Outcome:
    """Do it all. What is wrong at the end is in the outcome; what breaks on the way is raised."""
    outcome = Outcome(seed)
    with _timed(outcome, "all"), town(seed, embedded=embedded, keep=keep) as running:
        say(f"seed {seed}: {size.repos} repos, {size.actions} actions, {'embedded' if embedded else 'own'} PostgreSQL")
        if keep:
            say(f"logs and data: {running.folder}")
        people = outcome.people = People(running.hub.url)
        with _timed(outcome, "storm"):
            _storm(running, people, size, outcome, say)
        with _timed(outcome, "repair"):
            _repair(running, people, outcome, say)
        _count(running, outcome)
        with _timed(outcome, "judgement"):
            _judge(running, people, outcome, say)
    return outcome


@contextlib.contextmanager
def _timed(outcome: Outcome, what: str) -> Iterator[None]:
    start = time.monotonic()
    try:
        yield
    finally:
        outcome.times[what] = time.monotonic() - start


def _storm(running: Town, people: People, size: Size, outcome: Outcome, say: Callable[[str], None]) -> None:
    """In waves: between two of them the machine is restarted, and everything that was put off is due."""
    plans = plan.make(outcome.seed, size.repos, size.actions)
    outcome.losses = running.manager.losses
    for wave in range(size.waves):
        storm = Storm(running.hub, running.manager, outcome.seed + wave, faults=size.faults, kills=size.kills)
        if size.lose_database and wave == size.waves - 1:
            storm.lose_everything_after(size.seconds / size.waves / 2)
        share = wave / size.waves, (wave + 1) / size.waves
        threads = people.act(plans, size.seconds / size.waves, share)
        storm.start()
        for thread in threads:
            thread.join()
        outcome.faults += storm.end()
        killed = running.manager.losses.killed.total()
        say(f"wave {wave + 1}: {people.done.total()} actions, {outcome.faults.total()} faults, {killed} kills so far")
        if people.failure is not None:
            raise people.failure
        running.manager.kill_all()
        _make_due(running)
        running.manager.start()


def _repair(running: Town, people: People, outcome: Outcome, say: Callable[[str], None]) -> None:
    """Faults are over: everything is up again, what was put off is done, and a sweep finds what was lost."""
    mend_all(running.hub.url, people.places)
    outcome.times["until healthy"] = until(running.manager.all_healthy, 60, "all processes are healthy")
    outcome.times["until drained"] = _drain(running)
    say("drained; the sweep")
    outcome.swept = _sweep(running)
    outcome.times["sweep"] = _drain(running)
    running.manager.stop()


def _make_due(running: Town) -> None:
    """Make everything due that waits for a later time. The service does not run, so no request of it is under way.

    Only the Hub may still be at one of them: that is waited for.
    """
    late = time.monotonic() + SLOWEST
    running.postgres.start()
    until(lambda: time.monotonic() > late, 2 * SLOWEST, "the Hub is done with what it was slow at")
    # As after a night: nobody listens for heartbeats any more, and the windows of the Hub's limits are over.
    running.query("delete from procrastinate_workers")
    running.query("delete from hub_windows")
    running.query("update procrastinate_jobs set scheduled_at = null where status = 'todo' and lock like 'repo:%%'")


def _drain(running: Town) -> float:
    """Wait until nothing is to be done any more, deliveries included. Returns the seconds it took."""

    def drained() -> bool:
        running.hub.wait_idle(60)
        with contextlib.suppress(psycopg.OperationalError):
            return not running.query(
                "select 1 from procrastinate_jobs where status in ('todo', 'doing') and lock like 'repo:%%' limit 1"
            )
        return False

    try:
        return until(drained, REPAIR_TIMEOUT, "the queue is empty")
    except AssertionError as error:
        raise AssertionError(f"{error}\n{running.command('queue')}") from error


def _sweep(running: Town) -> str:
    """What the operator does after a bad day."""
    done = json.loads(running.command("sweep", "--full", "--json"))
    reasons = Counter(one["why"] for one in done["found"])
    return f"{len(done['found'])} looks ({dict(reasons)}), {done['requests']} requests"


def _count(running: Town, outcome: Outcome) -> None:
    outcome.deliveries.update(running.hub.delivery_counts())
    lost = (one for one in running.hub.deliveries() if one.state in {"dropped", "failed"})
    outcome.unheard = {one.payload["repo"]["id"] for one in lost}
    for decision, count in running.query("select decision, count(*) from looks group by 1"):
        outcome.looks[str(decision)] = int(str(count))
    for logged in running.hub.requests(BOT):
        outcome.requests["of the bot"] += 1
        status = "none" if logged.status is None else f"{logged.status // 100}xx"
        outcome.requests[f"answered {status}"] += 1


def _judge(running: Town, people: People, outcome: Outcome, say: Callable[[str], None]) -> None:
    say("the judgement")
    places = people.places
    with HubClient(running.hub.url, f"hf_{AUTHOR}") as hub:
        before = {place.hub_id: record.read(hub, place.name) for place in places}
        for place in places:
            found = before[place.hub_id]
            wrong = [*promises.breaches(place, found, hub), *model.problems(place, found)]
            outcome.wrong += [f"{place.name}: {what}" for what in wrong]
            outcome.broken |= {place.hub_id} if wrong else set()
        decisions = _clean_pass(running, places)
        for place in places:
            now = record.read(hub, place.name)
            if decisions[place.hub_id] not in QUIET or now.raw != before[place.hub_id].raw:
                outcome.broken.add(place.hub_id)
                said = [(one.label, value) for one, value in place.scores]
                outcome.wrong.append(
                    f"{place.name}: one more pass comes to '{decisions[place.hub_id]}';"
                    f" it was {_shown(before[place.hub_id])}, the card says {said}"
                )


def _clean_pass(running: Town, places: list[Place]) -> dict[str, str]:
    """Look at every repo once more, on a database that knows nothing. Returns what each look came to."""
    running.postgres.start()
    with psycopg.connect(running.postgres.url, autocommit=True) as connection:
        connection.execute("create database clean_pass")
    url = running.postgres.url.replace("/postgres?", "/clean_pass?", 1)
    database.migrate(url)
    with psycopg.connect(url) as connection:
        for place in places:
            connection.execute("insert into repos (id, name) values (%s, %s)", [place.hub_id, place.name])
    with Records(url) as records, ThreadPoolExecutor(4) as pool:
        context = Context(
            Hub(running.hub.url, f"hf_{BOT}"), records, Catalogs(), Write.PR, Watch.parse(",".join(OWNERS))
        )
        looks = pool.map(lambda place: look(context, place.hub_id, force=True), places)
        return {one.repo_id: one.decision for one in looks}


def _shown(one: RepoRecord) -> str:
    return str([(pull.number, pull.status, sorted(pull.claims)) for pull in one.own])
