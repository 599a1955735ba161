"""No run is forgotten: every few minutes each that is not over, or was not told of, has its next step queued."""

from datetime import UTC, datetime

from bot.asked_runs import AskedRuns
from bot.queue import Queue
from bot.run_life import Do, next_step
from bot.threads import in_thread

EVERY = "*/5 * * * *"


class RunKeeper:
    """Queues the next step of runs whose last one was lost with the process that was to take it."""

    def __init__(self, queue: Queue, runs: AskedRuns) -> None:
        self._queue = queue
        self._runs = runs

    def begin(self) -> None:
        """Do it every few minutes, on one of all workers."""
        self._queue.register_periodic("runs", EVERY, self.remind)

    async def remind(self) -> None:
        """Queue a step of each."""
        now = datetime.now(UTC)
        for run in await in_thread(self._runs.active):
            if next_step(run, stopped=False, now=now) is not Do.WAIT:
                await self._queue.defer_run(run.request.repo_id, run.request.repo_name, run.id, live=False)
