"""Many processes and threads ask, approve, begin, end and cancel at once: no cap is exceeded, and nothing leaks."""

import json
import random
import subprocess
import sys
import threading
import time
from collections import Counter, defaultdict
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from typing import IO, Any

import psycopg
import pytest
from psycopg.rows import dict_row

from bot.asked_runs import Accepted, AskedRuns, Refused, RunStage
from bot.budget import Caps, begin_of_day, begin_of_month
from tests.bot.asking import ANY, asked_runs, let_in, request, settle, spec, unapproved

EVERYWHERE = 10**6
DAY = Caps(run_usd=9, user_day_usd=EVERYWHERE, repo_day_usd=EVERYWHERE, day_usd=10, month_usd=300, waiting=10**4)
WHAT = ["ask", "ask", "ask", "ask as a stranger", "approve", "begin", "begin", "run", "end", "cancel"]
# The stages in which it is done most of the time.
FITTING = {
    "approve": {RunStage.WAITING},
    "begin": {RunStage.QUEUED},
    "run": {RunStage.SUBMITTED},
    "end": {RunStage.RUNNING},
    "cancel": {RunStage.WAITING, RunStage.QUEUED},
}
BEGUN = {RunStage.SUBMITTED, RunStage.RUNNING}

ASK = """
import json, sys
from bot.budget import Caps
from tests.bot.asking import asked_runs, request, spec
process, url, caps = int(sys.argv[1]), sys.argv[2], Caps(**json.loads(sys.argv[3]))
with asked_runs(url) as runs:
    runs.active()
    print("ready", flush=True)
    for number, _ in enumerate(sys.stdin):
        usd = (0.7, 0.4, 0.33)[(process + number) % 3]
        asked = request(comment_id=f"{process}-{number}", spec=spec(seed=1000 * process + number),
                        asker=f"user {process}", repo_id=f"repo {number}", most_usd=usd)
        print(json.dumps([usd, type(runs.accept(asked, caps)).__name__]), flush=True)
"""


@pytest.mark.timeout(180)  # processes start slowly on a loaded machine
def test_processes_that_race_for_the_last_dollar_let_in_all_that_fits_and_no_cent_more(database_url: str) -> None:
    caps = {"run_usd": 1, "user_day_usd": 99, "repo_day_usd": 1, "day_usd": 99, "waiting": 999}
    with ExitStack() as stack:
        processes = [
            stack.enter_context(
                subprocess.Popen(
                    [sys.executable, "-c", ASK, str(number), database_url, json.dumps(caps)],
                    stdin=subprocess.PIPE,
                    stdout=subprocess.PIPE,
                    text=True,
                )
            )
            for number in range(4)
        ]
        assert [said(one).readline() for one in processes] == ["ready\n"] * 4
        for _ in range(20):
            # Each time for another repo, whose last dollar it is.
            for process in processes:
                assert process.stdin is not None
                process.stdin.write("go\n")
                process.stdin.flush()
            outcomes = [json.loads(said(one).readline()) for one in processes]
            accepted = sum(Decimal(str(usd)) for usd, outcome in outcomes if outcome == "Accepted")
            assert accepted <= 1, outcomes
            # What was once refused would not fit in the end either.
            assert all(Decimal(str(usd)) + accepted > 1 for usd, outcome in outcomes if outcome == "Refused"), outcomes
            assert {outcome for _, outcome in outcomes} == {"Accepted", "Refused"}
        for process in processes:
            process.communicate(timeout=20)


def said(process: subprocess.Popen[str]) -> IO[str]:
    """What a process prints."""
    assert process.stdout is not None
    return process.stdout


@pytest.fixture
def crowd(database_url: str) -> Iterator[list[AskedRuns]]:
    """Eight processes, each with connections of its own."""
    with ExitStack() as stack:
        yield [stack.enter_context(asked_runs(database_url, size=1)) for _ in range(8)]


def together(crowd: list[AskedRuns], work: Any) -> list[Any]:
    """Everybody does it at the same moment; what came of it, in the order of the crowd."""
    begin = threading.Barrier(len(crowd))

    def one(number: int) -> Any:
        begin.wait(20)
        return work(crowd[number], number)

    with ThreadPoolExecutor(len(crowd)) as pool:
        return list(pool.map(one, range(len(crowd))))


def test_the_same_line_read_by_all_at_once_is_one_run(crowd: list[AskedRuns]) -> None:
    asked = request(most_usd=9)
    assert len({let_in(one).id for one in together(crowd, lambda runs, _: runs.accept(asked, DAY))}) == 1


def test_the_same_run_asked_for_by_all_at_once_is_one_run(crowd: list[AskedRuns]) -> None:
    outcomes = together(crowd, lambda runs, _: runs.accept(request(spec=spec(seed=0), most_usd=1), DAY))
    assert Counter(type(one).__name__ for one in outcomes) == {"Accepted": 1, "Same": len(crowd) - 1}
    assert len({one.run.id for one in outcomes}) == 1


def test_approvals_of_all_at_once_share_the_last_dollars(crowd: list[AskedRuns]) -> None:
    caps = Caps(run_usd=9, user_day_usd=EVERYWHERE, repo_day_usd=EVERYWHERE, day_usd=10, repo_unapproved=99)
    waiting = [let_in(crowd[0].accept(unapproved(asker=str(n), most_usd=3), caps)).id for n in range(len(crowd))]
    outcomes = together(crowd, lambda runs, number: runs.approve(waiting[number], "owner", caps))
    assert Counter(type(one) for one in outcomes) == {Accepted: 3, Refused: len(crowd) - 3}


def test_slots_are_never_taken_twice(crowd: list[AskedRuns]) -> None:
    queued = [let_in(crowd[0].accept(request(most_usd=0.1), DAY)).id for _ in crowd]
    assert sum(together(crowd, lambda runs, number: runs.may_start(queued[number], 3))) == 3
    assert sum(one.stage is RunStage.SUBMITTED for one in crowd[0].active()) == 3


@pytest.mark.parametrize("decide", ["approve", "begin"])
def test_a_run_that_is_cancelled_while_it_is_decided_upon_stays_cancelled(
    crowd: list[AskedRuns], database_url: str, decide: str
) -> None:
    asked = unapproved() if decide == "approve" else request()
    run = let_in(crowd[0].accept(asked, DAY))
    with ThreadPoolExecutor(1) as pool, psycopg.connect(database_url) as cancelling:
        cancelling.execute("update asked_runs set stage = 'cancelled', ended_at = now()")
        if decide == "approve":
            late = pool.submit(lambda: isinstance(crowd[1].approve(run.id, "owner", DAY), Accepted))
        else:
            late = pool.submit(lambda: crowd[1].may_start(run.id, 9))
        wait_until_somebody_waits(database_url)
        cancelling.commit()
        assert late.result(20) is False
    end = crowd[0].run(run.id)
    assert end
    assert (end.stage, end.approved_by, end.submitted_at) == (RunStage.CANCELLED, None, None)


def wait_until_somebody_waits(url: str) -> None:
    deadline = time.monotonic() + 20
    with psycopg.connect(url, autocommit=True) as connection:
        query = "select 1 from pg_stat_activity where wait_event_type = 'Lock' and datname = current_database()"
        while connection.execute(query).fetchone() is None:
            assert time.monotonic() < deadline


@dataclass
class Judge:
    """Adds up all rows by itself, whenever it is asked: a state that anybody may see."""

    url: str
    caps: Caps
    at_once: int

    def __call__(self) -> list[dict[str, Any]]:
        with psycopg.connect(self.url, row_factory=dict_row) as connection:
            rows = connection.execute("select * from asked_runs").fetchall()
        now = datetime.now(UTC)
        people: defaultdict[str, Decimal] = defaultdict(Decimal)
        repos: defaultdict[str, Decimal] = defaultdict(Decimal)
        day = month = Decimal(0)
        for row in rows:
            usd = self.charge(row)
            ended = row["ended_at"] or now
            assert row["reserved_usd"] + row["spent_usd"] == usd, row
            if ended >= begin_of_day(now):
                day += usd
                people[row["approved_by"] or row["asker"]] += usd
                repos[row["repo_id"]] += usd
            if ended >= begin_of_month(now):
                month += usd
        stages = Counter(row["stage"] for row in rows)
        assert day <= self.caps.day_usd
        assert month <= self.caps.month_usd
        assert all(usd <= self.caps.user_day_usd for usd in people.values()), people
        assert all(usd <= self.caps.repo_day_usd for usd in repos.values()), repos
        assert stages["submitted"] + stages["running"] <= self.at_once, stages
        unapproved = [row for row in rows if row["stage"] == "waiting"]
        assert all(number <= 3 for number in Counter(row["repo_id"] for row in unapproved).values())
        assert all(number <= 1 for number in Counter(row["asker"] for row in unapproved).values())
        return rows

    def charge(self, row: dict[str, Any]) -> Decimal:
        if row["stage"] == "waiting":
            return Decimal(0)
        if row["ended_at"] is None:
            return Decimal(row["most_usd"])
        if row["cost_usd"] is not None:
            return Decimal(row["cost_usd"])
        return Decimal(row["most_usd"] if row["submitted_at"] else 0)


def act(runs: AskedRuns, chance: random.Random, caps: Caps, at_once: int, seen: set[str]) -> None:
    """One thing that people, workers or launchers do, perhaps at the wrong moment."""
    what = chance.choice(WHAT)
    known = runs.active()
    fitting = [one for one in known if one.stage in FITTING.get(what, ANY) or chance.random() < 0.1]
    run = chance.choice(fitting) if fitting else None
    if what.startswith("ask"):
        make = unapproved if what == "ask as a stranger" else request
        asked = make(
            asker=f"user {chance.randrange(3)}",
            repo_id=f"repo {chance.randrange(3)}",
            most_usd=chance.choice([0.0, 0.33, 0.7, 1.0, 2.5]),
            spec=spec(seed=chance.randrange(40)),
        )
        seen.add(type(runs.accept(asked, caps)).__name__)
    elif run is None:
        return
    elif what == "approve":
        seen.add(f"approval: {type(runs.approve(run.id, f'user {chance.randrange(3)}', caps)).__name__}")
    elif what == "begin":
        seen.add(f"began: {runs.may_start(run.id, at_once)}")
    elif what == "run":
        runs.set(run.id, expect=BEGUN, stage=chance.choice([RunStage.RUNNING, RunStage.QUEUED]))
    elif what == "end":
        stage = chance.choice([RunStage.DONE, RunStage.FAILED, RunStage.EXPIRED])
        if runs.set(run.id, expect=BEGUN, stage=stage, told=True):
            seen.add(stage)
            cost = chance.choice([None, 0.0, run.request.most_usd, chance.random() * run.request.most_usd])
            settle(runs, run.id, None if cost is None else min(round(cost, 4), run.request.most_usd))
    elif runs.ask_cancel(run.id) and runs.set(
        run.id, expect={RunStage.WAITING, RunStage.QUEUED}, stage=RunStage.CANCELLED, told=True
    ):
        seen.add("cancelled")


@pytest.mark.timeout(180)  # eight threads and a judge, on a loaded machine
@pytest.mark.parametrize("seed", range(2))
def test_whatever_happens_at_once_no_cap_is_exceeded_at_any_moment_and_nothing_leaks(
    crowd: list[AskedRuns], database_url: str, seed: int
) -> None:
    caps = Caps(run_usd=2.4, user_day_usd=9, repo_day_usd=8, day_usd=20, month_usd=19, waiting=9)
    judge, ended = Judge(database_url, caps, at_once=3), threading.Event()
    seen: set[str] = set()

    def watch() -> int:
        looks = 0
        while not ended.is_set():
            judge()
            looks += 1
        return looks

    def story(runs: AskedRuns, number: int) -> None:
        chance = random.Random(1000 * seed + number)  # noqa: S311 - the same again with the same seed
        for _ in range(60):
            act(runs, chance, caps, 3, seen)

    with ThreadPoolExecutor(1) as pool:
        watching = pool.submit(watch)
        try:
            together(crowd, story)
        finally:
            ended.set()
        assert watching.result() > 3
    rows = judge()
    usual = {"Accepted", "Same", "Refused", "began: True", "began: False", "done", "failed", "expired", "cancelled"}
    assert usual | {"approval: Accepted", "approval: Refused"} <= seen
    for row in rows:
        if row["ended_at"] is None:
            crowd[0].set(row["id"], expect=ANY, stage=RunStage.CANCELLED, cost_usd=0)
    assert sum(row["reserved_usd"] for row in judge()) == 0
