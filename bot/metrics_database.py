"""What the database knows of all processes, as figures for `bot.metrics`: one connection, few queries."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import psycopg

CONNECT_TIMEOUT = 2
# Words of ours only; a table with anything else in it must not become a label, nor without end.
MAX_SAMPLES = 200

Sample = tuple[list[str], float]
Reading = Mapping[str, Sequence[Sample]]


@dataclass(frozen=True, slots=True)
class Family:
    """A metric: its name without `_total`, what it says, its labels, and whether it only grows."""

    name: str
    help: str
    labels: tuple[str, ...] = ()
    counter: bool = False


LOOKS = Family("scorekeeper_looks", "Looks at repos, by decision.", ("decision",), counter=True)
GIVEN_UP = Family("scorekeeper_given_up_jobs", "Jobs whose workers died again and again.", ("kind",), counter=True)
REQUESTS = Family(
    "scorekeeper_hub_requests",
    "Requests to the Hub, by rate limit and answer.",
    ("bucket", "status"),
    counter=True,
)
WAITS = Family(
    "scorekeeper_hub_waits",
    "Requests put off to stay within the Hub's limit.",
    ("bucket",),
    counter=True,
)
SWEEP_FOUND = Family("scorekeeper_sweep_found", "Looks that only a sweep asked for, by why.", ("why",), counter=True)
WEBHOOK = Family(
    "scorekeeper_webhook_problems",
    "Sweeps that found the webhook not as it should be, by how it was.",
    ("state",),
    counter=True,
)
REMAINING = Family("scorekeeper_hub_window_remaining", "Requests that are left in the Hub's window.", ("bucket",))
LIMIT = Family("scorekeeper_hub_window_limit", "Requests that the Hub allows in one window.", ("bucket",))
FAILED = Family("scorekeeper_failed_repos", "Repos whose last look failed for good; `scorekeeper queue` names them.")
JOBS = Family("scorekeeper_jobs", "Jobs in the queue, by what they do and their state.", ("kind", "state"))
OLDEST = Family("scorekeeper_oldest_due_job_age_seconds", "How long the longest waiting job has been due; 0 for none.")
RUNS = Family("scorekeeper_runs", "Evaluations that comments asked for, by how far they got.", ("stage",))
RESERVED = Family("scorekeeper_runs_reserved_dollars", "What runs that are not over may still cost, in US dollars.")
SPENT = Family("scorekeeper_runs_spent_dollars", "What runs that are over cost, in US dollars.")
STOPPED = Family("scorekeeper_runs_stopped", "1 while the operator has stopped new runs: `scorekeeper budget resume`.")
FAMILIES = (
    *(LOOKS, GIVEN_UP, REQUESTS, WAITS, SWEEP_FOUND, WEBHOOK, REMAINING, LIMIT, FAILED, JOBS, OLDEST),
    *(RUNS, RESERVED, SPENT, STOPPED),
)

# The names in the table `totals`, and how their labels are read.
_TOTALS: Mapping[str, tuple[Family, Callable[[str], list[str]]]] = {
    "looks": (LOOKS, lambda label: [label]),
    "given_up": (GIVEN_UP, lambda label: [label]),
    # "api 2xx": the bucket, then the class of the answer's status.
    "hub_requests": (REQUESTS, lambda label: [*re.split(r"\W", label, maxsplit=1), ""][:2]),
    "hub_waits": (WAITS, lambda label: [label]),
    "sweep_found": (SWEEP_FOUND, lambda label: [label]),
    "webhook": (WEBHOOK, lambda label: [label]),
}


async def read(url: str) -> Reading:
    """The samples of each family by its name.

    Raises:
        psycopg.Error: The database does not answer.
    """
    async with await psycopg.AsyncConnection.connect(
        url, autocommit=True, connect_timeout=CONNECT_TIMEOUT, options="-c statement_timeout=2000"
    ) as connection:
        samples: dict[str, list[Sample]] = {}
        for name, label, value in await _rows(connection, "select name, label, value from totals order by 1, 2"):
            if name in _TOTALS:
                family, labels = _TOTALS[name]
                samples.setdefault(family.name, []).append((labels(label), value))
        samples[JOBS.name] = [
            ([kind, state], value)
            for kind, state, value in await _rows(
                connection,
                "select task_name, status::text, count(*) from procrastinate_jobs group by 1, 2 order by 1, 2",
            )
        ]
        for bucket, remaining, quota in await _rows(connection, _WINDOWS):
            samples.setdefault(REMAINING.name, []).append(([bucket], remaining))
            samples.setdefault(LIMIT.name, []).append(([bucket], quota))
        failed = await _rows(connection, "select count(*) from repos where failed_at is not null")
        samples[FAILED.name] = [([], number) for (number,) in failed]
        stages = await _rows(connection, _RUNS)
        samples[RUNS.name] = [([stage], number) for stage, number, _, _ in stages]
        samples[RESERVED.name] = [([], float(sum(reserved for _, _, reserved, _ in stages)))]
        samples[SPENT.name] = [([], float(sum(spent for _, _, _, spent in stages)))]
        samples[STOPPED.name] = [
            ([], number) for (number,) in await _rows(connection, "select count(*) from runs_stop")
        ]
        samples[OLDEST.name] = [([], float(age)) for (age,) in await _rows(connection, _OLDEST)]
    return {name: found[:MAX_SAMPLES] for name, found in samples.items()}


# A window that has ended is whole again. Of several accounts, the one that has least left.
_WINDOWS = """
select bucket, min(case when resets_at <= now() then quota else remaining end), min(quota)
from hub_windows where quota > 0 group by bucket order by bucket"""

# A job that waits for no time is due since it was queued; jobs are numbered in that order.
_OLDEST = """
select coalesce(extract(epoch from now() - least(
    (select min(scheduled_at) from procrastinate_jobs where status = 'todo' and scheduled_at <= now()),
    (select max(at) from procrastinate_events where type = 'deferred' and job_id = (
        select min(id) from procrastinate_jobs where status = 'todo' and scheduled_at is null))
)), 0)"""

_RUNS = "select stage, count(*), sum(reserved_usd), sum(spent_usd) from asked_runs group by 1 order by 1"


async def _rows(connection: psycopg.AsyncConnection[tuple[Any, ...]], query: str) -> list[tuple[Any, ...]]:
    return await (await connection.execute(query.encode())).fetchall()
