"""The log: what each line has, and what it never has."""

import asyncio
import io
import json
import logging
import subprocess
import sys
import threading
import warnings

import pytest
import structlog

from bot.logs import MAX_TEXT, MAX_TRACEBACK
from tests.bot.conftest import StartLog, lines

ours = logging.getLogger("bot.anything")
theirs = logging.getLogger("another.package")


def test_a_line_of_any_logger_says_which_delivery_and_repo_it_is_about(log: io.StringIO) -> None:
    with structlog.contextvars.bound_contextvars(delivery="w-1", repo="heron-labs/heron-8b"):
        ours.info("one")
        theirs.warning("two %s", 2)
    ours.info("three")
    one, two, three = lines(log)
    assert (one["event"], one["delivery"], one["repo"], one["level"]) == ("one", "w-1", "heron-labs/heron-8b", "info")
    assert (two["event"], two["delivery"], two["logger"]) == ("two 2", "w-1", "another.package")
    assert "delivery" not in three


def test_what_is_bound_is_seen_in_the_threads_of_a_job_and_in_no_other_job(log: io.StringIO) -> None:
    async def job(number: int) -> None:
        with structlog.contextvars.bound_contextvars(job=number, kind="look"):
            await asyncio.to_thread(ours.info, "from the thread of %s", number)

    async def both() -> None:
        await asyncio.gather(job(1), job(2))

    asyncio.run(both())
    found = {(line["event"], line["job"], line["kind"]) for line in lines(log)}
    assert found == {("from the thread of 1", 1, "look"), ("from the thread of 2", 2, "look")}


def test_our_extras_are_fields_and_those_of_others_are_not(log: io.StringIO) -> None:
    ours.info("delivery stored", extra={"outcome": "look"})
    theirs.warning("x", extra={"job": "all of it", "color_message": "x"})
    first, second = lines(log)
    assert first["outcome"] == "look"
    assert set(second) == {"event", "level", "logger", "timestamp"}


@pytest.mark.parametrize(
    "text",
    ["x\nlevel=error event=forged", "x\r\x1b[2Jy", "a\u202eb", "\ud800", "nul \x00 and \x9b"],
)
@pytest.mark.parametrize("shape", ["json", "logfmt"])
def test_nobody_writes_a_line_of_their_own_or_moves_the_cursor(text: str, shape: str, start_log: StartLog) -> None:
    log = start_log(log=shape)
    ours.warning("a delivery of %s", text, extra={"outcome": text, "deep": {"er": text}})
    written = log.getvalue()
    assert written.count("\n") == 1
    assert written.rstrip("\n").isprintable()
    written.encode()


def test_a_line_does_not_grow_without_end(log: io.StringIO) -> None:
    ours.info("x" * 1_000_000, extra={"deep": {"er": ["y" * 1_000_000]}})
    assert len(log.getvalue()) < 3 * MAX_TEXT


@pytest.mark.parametrize("shape", ["json", "logfmt"])
def test_an_exception_is_one_traceback_in_one_line_without_variables(shape: str, start_log: StartLog) -> None:
    log = start_log(log=shape)
    local_variable = "value of " + "the variable"
    try:
        int("no number")
    except ValueError:
        ours.exception("broken")
    written = log.getvalue()
    assert written.count("\n") == 1
    assert written.count("Traceback") == 1
    assert "ValueError: invalid literal" in written
    assert local_variable not in written


def test_the_end_of_a_long_traceback_is_kept(log: io.StringIO) -> None:
    try:
        raise ValueError("x" * 1_000_000 + "the end")  # noqa: TRY301 - it is about what is raised
    except ValueError:
        ours.exception("broken")
    (line,) = lines(log)
    assert len(line["exception"]) <= MAX_TRACEBACK
    assert line["exception"].endswith("the end")


def test_what_nobody_caught_and_warnings_are_lines_too(log: io.StringIO) -> None:
    def fail() -> None:
        raise RuntimeError("in a thread")

    thread = threading.Thread(target=fail)
    thread.start()
    thread.join(10)
    with warnings.catch_warnings():
        warnings.simplefilter("always")
        logging.captureWarnings(capture=True)
        warnings.warn("old", DeprecationWarning, stacklevel=1)
    thrown, warned = lines(log)
    assert thrown["level"] == "critical"
    assert "RuntimeError: in a thread" in thrown["exception"]
    assert "DeprecationWarning: old" in warned["event"]


def test_logfmt_puts_time_level_and_event_first(start_log: StartLog) -> None:
    log = start_log()
    ours.info("delivery stored", extra={"outcome": "look"})
    words = log.getvalue().split()
    assert [word.partition("=")[0] for word in words] == ["timestamp", "level", "logger", "event", 'stored"', "outcome"]


def test_a_real_process_writes_json_where_it_is_told_to() -> None:
    environment = {"SCOREKEEPER_WEBHOOK_SECRET": "sesame-street", "SCOREKEEPER_LOG": "json", "PATH": ""}
    environment["DATABASE_URL"] = "postgresql://127.0.0.1:1/sesame-street"
    ended = subprocess.run(
        [sys.executable, "-P", "-m", "bot.cli", "serve"],
        env=environment,
        capture_output=True,
        text=True,
        timeout=50,
        check=False,
    )
    *written, last = ended.stderr.splitlines()
    assert last.startswith("scorekeeper: ")
    assert all(json.loads(line)["event"] for line in written)
    assert written
