"""What jobs print: lines with the time they came at, and the stream that the API makes of them."""

import asyncio
import json
from collections.abc import AsyncGenerator, Sequence

from localhub import jobs
from localhub.core import Core
from localhub.jobs import Job

# A job that prints without end must not fill the disk.
MAX_LINES = 100_000
KEEP_ALIVE = 30.0
_LOOK = 0.05


def begin(core: Core, job: Job) -> None:
    """The line that every log starts with; the client leaves it out."""
    started = core.clock.moment().strftime("%Y-%m-%d %H:%M:%S")
    append(core, job, [f"===== Job started at {started} ====="])


def append(core: Core, job: Job, lines: Sequence[str]) -> None:
    """Keep some more lines; beyond the limit nothing but a line that says so."""
    kept = _length(core, job.id)
    room = MAX_LINES - kept
    shown = [*lines[:room], "===== Log cut off here ====="] if 0 < room < len(lines) else lines[: max(room, 0)]
    now = core.clock.now()
    with core.db.transaction():
        for position, text in enumerate(shown, kept):
            core.db.run("INSERT INTO job_logs VALUES (?,?,?,?)", job.id, position, now, text)


async def stream(core: Core, job: Job, tail: int | None) -> AsyncGenerator[bytes]:
    """Server-sent events: the log so far, or its last `tail` lines, then what is added until the job ends.

    An idle stream carries a comment every 30 seconds. Each event is ``{"data": line, "timestamp": time}``.
    """
    position = 0 if tail is None else max(_length(core, job.id) - tail, 0)
    limit, idle = core.jobs.policy.log_lines, 0.0
    while limit is None or position < limit:
        # Looked at first: what is printed before the end is in the log by then.
        done = not jobs.is_live(core, job.id)
        rows = core.db.rows("SELECT * FROM job_logs WHERE job_id = ? AND line >= ? LIMIT 1000", job.id, position)
        for row in rows[: None if limit is None else limit - position]:
            position = row["line"] + 1
            event = json.dumps({"data": row["text"], "timestamp": row["at"]}, ensure_ascii=False)
            yield f"data: {event}\n\n".encode()
        if rows:
            idle = 0.0
            continue
        if done:
            return
        await asyncio.sleep(_LOOK)
        idle += _LOOK
        if idle >= KEEP_ALIVE:
            idle = 0.0
            yield b": keep-alive\n\n"


def _length(core: Core, job_id: str) -> int:
    row = core.db.one("SELECT coalesce(max(line) + 1, 0) AS n FROM job_logs WHERE job_id = ?", job_id)
    return row["n"] if row else 0
