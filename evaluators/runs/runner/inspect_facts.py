"""What inspect's log tells beside the numbers: which data was asked, and which answers were cut."""

import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qs

MAX_TEXT = 300
# As `evaluators/runs/inspect_launch.py` has inspect write it.
_LOADED = re.compile(r"(?P<id>[^@?]+)@(?P<revision>[0-9a-f]{40})\?(?P<about>.*)")
# Where inspect on transformers ends an answer when nobody says otherwise.
HF_LIMIT = 2048
_REASONS = {"stop", "max_tokens", "model_length", "tool_calls", "content_filter"}


def data(log: Mapping[str, Any]) -> dict[str, str | None]:
    """The data set with what is known of its configuration, split and commit; of a file, its name."""
    told = log["eval"].get("dataset") or {}
    place = str(told.get("location") or told.get("name") or "unknown")
    # Where else it comes from may be a long path on the machine of the run.
    found = {"id": place if place.count("/") == 1 else place.rpartition("/")[2], "config": None, "split": None}
    loaded = _LOADED.fullmatch(str(told.get("name")))
    if loaded is None or loaded["id"] != place:
        return {name: text and text[:MAX_TEXT] for name, text in {**found, "revision": None}.items()}
    about = {name: values[0][:MAX_TEXT] for name, values in parse_qs(loaded["about"]).items()}
    whole = (told.get("samples") or 0) <= int(about.get("rows", "0"))
    # More samples than rows: several parts were put together, of which only one is named.
    part = {name: about.get(name) for name in ("config", "split")} if whole else {}
    return {**found, **part, "revision": loaded["revision"]}


def cut(log: Mapping[str, Any]) -> int | None:
    """How many samples have an answer that ended at a limit of tokens which the task itself does not set.

    None where the log does not tell how answers ended.
    """
    settings = (log["eval"].get("model_generate_config") or {}).get("max_tokens")
    limits = {None, settings, *((HF_LIMIT,) if str(log["eval"].get("model")).startswith("hf/") else ())}
    count = 0
    for sample in log.get("samples") or []:
        ends = [end for end in _ends(sample, log) if end[0] is not None]
        if not ends or any(reason not in _REASONS for reason, _ in ends):
            return None
        count += any(reason == "model_length" or (reason == "max_tokens" and limit in limits) for reason, limit in ends)
    return count


def _ends(sample: Mapping[str, Any], log: Mapping[str, Any]) -> list[tuple[str | None, int | None]]:
    """How each answer to a sample ended, and the limit of tokens that it had."""
    asked = [event for event in sample.get("events") or () if event.get("event") == "model"]
    if asked:
        return [(_reason(one.get("output")), (one.get("config") or {}).get("max_tokens")) for one in asked]
    return [(_reason(sample.get("output")), ((log.get("plan") or {}).get("config") or {}).get("max_tokens"))]


def _reason(output: Mapping[str, Any] | None) -> str | None:
    choices = (output or {}).get("choices") or [{}]
    reason = choices[0].get("stop_reason")
    return None if reason is None else str(reason)
