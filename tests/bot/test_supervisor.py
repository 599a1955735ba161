"""The worker beside the web side: started, and started again whatever went wrong."""

import asyncio
import os
from pathlib import Path

import pytest

from bot import supervisor


def test_a_worker_that_cannot_be_started_is_tried_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    python, told = tmp_path / "python", tmp_path / "told"
    monkeypatch.setattr("sys.executable", str(python))
    monkeypatch.setattr(supervisor, "FIRST_PAUSE", 0.01)

    async def story() -> None:
        async with asyncio.timeout(20), supervisor.worker_process("postgresql://x"):
            while "the worker could not be started (No such file or directory)" not in caplog.text:  # noqa: ASYNC110 - a log
                await asyncio.sleep(0.01)
            draft = tmp_path / "draft"
            draft.write_text(f'#!/bin/sh\necho "$@" "$DATABASE_URL" "${supervisor.PARENT}" > {told}\nexec sleep 60\n')
            draft.chmod(0o700)
            draft.rename(python)
            while not told.exists() or not told.read_text():  # noqa: ASYNC110 - a file
                await asyncio.sleep(0.01)

    asyncio.run(story())
    assert told.read_text().split() == ["-P", "-m", "bot.cli", "worker", "postgresql://x", str(os.getpid())]
