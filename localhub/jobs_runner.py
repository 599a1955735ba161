"""Runs what the records of jobs ask for, each as processes of its own on this machine.

Lives in the server's event loop. It compares records and processes again and again: what waits is started, what was
canceled is stopped. A job gets an empty working folder and home, and an environment of its own variables and secrets
beside PATH, HOME and HF_ENDPOINT; nothing goes through a shell unless the command is one.
"""

import asyncio
import logging
import shutil
import sys
from asyncio.subprocess import PIPE, STDOUT, Process
from pathlib import Path

from localhub import jobs, jobs_keeper, jobs_logs
from localhub.core import Core
from localhub.jobs import Job
from localhub.jobs_options import JobPolicy

_LOGGER = logging.getLogger(__name__)
_LONGEST_LINE = 16 * 1024


class JobRunner:
    """Starts and stops the processes of jobs."""

    def __init__(self, core: Core, folder: Path) -> None:
        self._core = core
        self._folder = folder
        self._wake = asyncio.Event()
        self._tasks: dict[str, asyncio.Task[None]] = {}

    def wake(self) -> None:
        """Look at the records: something may have changed."""
        self._wake.set()

    def set_policy(self, policy: JobPolicy) -> None:
        """Change what happens to jobs from now on."""
        self._core.jobs.policy = policy
        self._wake.set()

    async def run(self) -> None:
        """Run jobs until cancelled; those that run then are killed, and fail with the next start."""
        shutil.rmtree(self._folder, ignore_errors=True)
        self._give_up()
        if not self._core.jobs.enabled:
            return
        try:
            while True:
                self._wake.clear()
                self._stop_canceled()
                self._give_up()
                self._start_waiting()
                await self._wake.wait()
        finally:
            for task in self._tasks.values():
                _stop(task)
            await asyncio.gather(*self._tasks.values(), return_exceptions=True)

    def _give_up(self) -> None:
        """Jobs that run by their record alone have failed: their processes ended with the Hub that ran them."""
        for row in self._core.db.rows("SELECT * FROM jobs WHERE stage = 'RUNNING'"):
            if row["id"] not in self._tasks:
                jobs.finish(self._core, jobs.from_row(row), "ERROR", "The Hub stopped while the job was running.")

    def _stop_canceled(self) -> None:
        for job_id, task in self._tasks.items():
            if not jobs.is_live(self._core, job_id):
                _stop(task)

    def _start_waiting(self) -> None:
        policy = self._core.jobs.policy
        if policy.scheduling == "never":
            return
        for row in self._core.db.rows("SELECT * FROM jobs WHERE stage = 'SCHEDULING' ORDER BY seq"):
            job = jobs.from_row(row)
            if policy.scheduling == "fails":
                jobs.finish(self._core, job, "ERROR", "Job failed to schedule.")
            elif job.id not in self._tasks and len(self._tasks) < policy.places:
                self._tasks[job.id] = asyncio.create_task(self._see_through(job, policy.schedule_seconds))

    async def _see_through(self, job: Job, wait: float) -> None:
        """Take a job from SCHEDULING to its end; cancelling stops its processes."""
        try:
            await asyncio.sleep(wait)
            if not jobs.started(self._core, job):
                return
            jobs_logs.begin(self._core, job)
            try:
                async with asyncio.timeout(job.spec.timeout):
                    code = await self._attempts(job)
            except TimeoutError:
                jobs.finish(self._core, job, "ERROR", "Job timeout")
            else:
                failure = f"Job failed with exit code: {code}. Reason: Error" if code else None
                jobs.finish(self._core, job, "ERROR" if code else "COMPLETED", failure)
        except Exception as error:
            _LOGGER.exception("job %s", job.id)
            jobs.finish(self._core, job, "ERROR", f"The Hub could not run the job: {error}")
        finally:
            shutil.rmtree(self._folder / job.id, ignore_errors=True)
            del self._tasks[job.id]
            self._wake.set()

    async def _attempts(self, job: Job) -> int:
        """Run the command until it succeeds or was tried often enough; returns the last exit code."""
        code = await self._once(job)
        for _ in range(job.spec.attempts - 1):
            if code == 0:
                break
            jobs.failed_once(self._core, job)
            code = await self._once(job)
        return code

    async def _once(self, job: Job) -> int:
        folder = self._folder / job.id
        shutil.rmtree(folder, ignore_errors=True)
        work, home = folder / "work", folder / "home"
        work.mkdir(parents=True)
        home.mkdir()
        environment = {
            "PATH": self._core.jobs.search_path(),
            "HOME": str(home),
            "HF_ENDPOINT": self._core.base_url,
            **job.spec.environment,
            **job.secrets,
        }
        # -I: neither the job's folder nor its variables have a say in the keeper itself.
        keeper = [sys.executable, "-I", jobs_keeper.__file__]
        process = await asyncio.create_subprocess_exec(
            *(*keeper, *job.spec.command, *job.spec.arguments),
            cwd=work,
            env=environment,
            stdin=PIPE,
            stdout=PIPE,
            stderr=STDOUT,
        )
        try:
            await self._log(job, process)
            return await process.wait()
        finally:
            await asyncio.shield(_end(process))

    async def _log(self, job: Job, process: Process) -> None:
        """Keep what the job prints, line by line as it comes."""
        rest = b""
        while process.stdout is not None and (chunk := await process.stdout.read(_LONGEST_LINE)):
            *lines, rest = (rest + chunk).split(b"\n")
            if len(rest) > _LONGEST_LINE:
                lines, rest = [*lines, rest], b""
            jobs_logs.append(self._core, job, [line.decode("utf-8", "replace") for line in lines])
        if rest:
            jobs_logs.append(self._core, job, [rest.decode("utf-8", "replace")])


def _stop(task: asyncio.Task[None]) -> None:
    # Only once: a second time would cut short the end of its processes.
    if not task.cancelling():
        task.cancel()


async def _end(process: Process) -> None:
    # The keeper stops the job when its input ends, and is done when all of the job's processes are.
    if process.stdin is not None:
        process.stdin.close()
    while process.stdout is not None and await process.stdout.read(_LONGEST_LINE):
        pass
    await process.wait()
