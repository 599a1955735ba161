"""What tests of the log share: the log as `serve` and `worker` write it."""

import io
import json
import logging
import sys
import threading
import warnings
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from bot.logs import log_to_stderr
from bot.redaction import forget_secrets
from bot.settings import Settings

StartLog = Callable[..., io.StringIO]


@pytest.fixture
def start_log(monkeypatch: pytest.MonkeyPatch) -> Iterator[StartLog]:
    """Start the log with some settings. Returns what it is written to."""
    stream = io.StringIO()
    root = logging.getLogger()
    before = root.handlers[:], root.level, sys.excepthook, threading.excepthook, warnings.showwarning
    levels = {name: logging.getLogger(name).level for name in ("procrastinate", "huggingface_hub", "httpx2")}

    def start(**settings: Any) -> io.StringIO:
        monkeypatch.setattr("sys.stderr", stream)
        log_to_stderr(Settings(_env_file=None, **settings))
        return stream

    yield start
    logging.captureWarnings(capture=False)
    root.handlers[:], root.level, sys.excepthook, threading.excepthook, warnings.showwarning = before
    for name, level in levels.items():
        logging.getLogger(name).setLevel(level)
    forget_secrets()


@pytest.fixture
def log(start_log: StartLog) -> io.StringIO:
    """The log of a service with no secrets of its own, in JSON."""
    return start_log(log="json")


def lines(log: io.StringIO) -> list[dict[str, Any]]:
    """The lines of a log in JSON."""
    return [json.loads(line) for line in log.getvalue().splitlines()]
