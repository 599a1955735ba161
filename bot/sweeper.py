"""Sweeps as jobs: one begins every few minutes, over all workers, and each of its steps is a job of its own.

This is the one place that acts on what a step finds. Looks are queued first, and remembered as queued afterwards: what
dies in between is found again.
"""

import functools
import logging
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from bot.connections import OUTAGE
from bot.hub_errors import HubError
from bot.hub_requests import Stopped, counting
from bot.limiter import in_background
from bot.own_pulls import OwnPulls
from bot.queue import Due, Queue, QueueUnavailable
from bot.records import Records
from bot.sweep import Found, Step
from bot.sweep_records import SweepRecords
from bot.threads import in_thread
from bot.worker import delay

logger = logging.getLogger(__name__)

SWEEP = "sweep"
EVERY_MINUTE = "* * * * *"
# A delivery for one of the repos waits until the transaction that queues looks at them has ended.
AT_ONCE = 50
# The clock that asks every minute is not exact.
SLACK = 5.0

Take = Callable[[Mapping[str, Any]], Step]


class Sweeper:
    """Runs sweeps whose steps `take` knows."""

    def __init__(self, queue: Queue, records: Records, take: Take) -> None:
        self._queue = queue
        self._records = SweepRecords(records)
        self._pulls = OwnPulls(records)
        self._take = take
        queue.register(SWEEP, self._task)

    def begin_every(self, minutes: int) -> None:
        """Let sweeps begin by themselves, over all workers one every so many minutes."""
        self._queue.register_periodic("sweep_clock", EVERY_MINUTE, functools.partial(self.tick, minutes))

    async def tick(self, minutes: int) -> None:
        """Begin a sweep where the last one began so many minutes ago; after a time without service that is at once."""
        if await in_thread(self._records.claim, minutes * 60.0 - SLACK):
            await self.begin()

    async def begin(self, *, full: bool = False) -> None:
        """Begin a sweep now.

        Raises:
            QueueUnavailable: The database cannot be reached.
        """
        await self._defer({"step": "begin", "full": full})

    async def act(self, step: Step) -> tuple[Found, ...]:
        """Queue the looks that a step asks for, and remember what it saw. Returns all that was found.

        The steps that follow are left to the caller.

        Raises:
            QueueUnavailable: The database cannot be reached.
        """
        if step.listed:
            await in_thread(self._records.renamed, step.listed)
        await self._queue_looks(step.found)
        missing: tuple[Found, ...] = ()
        if step.ended is not None:
            missing = await in_thread(self._records.missing, step.ended)
            await self._queue_looks(missing)
            await in_thread(self._records.passed, step.ended)
        found = (*step.found, *missing)
        await in_thread(self._remember, step, found)
        return found

    def _remember(self, step: Step, found: Sequence[Found]) -> None:
        self._records.count("sweep_found", Counter(one.why.value for one in found))
        for repo_id, comments in step.comments.items():
            self._pulls.counted(repo_id, comments)
        for subject, text in step.marks.items():
            self._records.mark(subject, text)

    async def _queue_looks(self, found: Sequence[Found]) -> None:
        for start in range(0, len(found), AT_ONCE):
            some = found[start : start + AT_ONCE]
            await self._queue.defer_due([Due(one.repo_id, one.repo_name, one.kind, one.number) for one in some])
            # Who looks at a discussion does not see the card.
            await in_thread(self._records.covered, [one for one in some if one.number is None])

    async def _task(self, arguments: dict[str, Any], attempt: int, job_id: int) -> None:
        try:
            step, requests = await in_thread(self._counted, arguments)
            found = await self.act(step)
            for following in step.then:
                await self._defer(following, delay=step.delay)
        except (QueueUnavailable, *OUTAGE) as error:
            logger.warning("sweep: the database was away (%s); the next one begins anew", type(error).__name__)
        except Stopped:
            await self._defer(arguments)
        except Exception as error:  # noqa: BLE001 - whatever it is, another try may help, and the next sweep will
            await self._again(arguments, attempt, error)
        else:
            for problem in step.problems:
                logger.warning("sweep: %s", problem)
            logger.info(
                "sweep (job %s): %s: %s examined, %s found; requests: %s",
                *(job_id, step.subject, step.examined, len(found), requests),
            )

    def _counted(self, arguments: Mapping[str, Any]) -> tuple[Step, int]:
        with in_background(), counting() as requests:
            return self._take(arguments), len(requests)

    async def _again(self, arguments: Mapping[str, Any], attempt: int, error: Exception) -> None:
        pause = delay(error, attempt)
        if pause is None:
            logger.error("sweep: given up until the next one: %s", error, exc_info=_fault(error))
            return
        logger.warning("sweep: tried again in %.0f s: %s", pause, error, exc_info=_fault(error))
        await self._defer({**arguments, "attempt": attempt + 1}, delay=pause)

    async def _defer(self, arguments: Mapping[str, Any], *, delay: float = 0.0) -> None:
        key = " ".join(str(arguments[name]) for name in ("step", "owner") if name in arguments)
        await self._queue.defer_page(SWEEP, dict(arguments), key=key, delay=delay)


def _fault(error: Exception) -> Exception | None:
    """The error where it is one of ours, to be shown with its traceback."""
    return None if isinstance(error, HubError) else error
