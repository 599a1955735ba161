"""The inputs of the GitHub Action: text in the environment, from whoever may start the workflow, checked here."""

import json
import os
import re
from typing import TYPE_CHECKING, NoReturn

import typer

from bot.cli.console import WRONG_USE, fail
from bot.cli.eval_asked import Asked

if TYPE_CHECKING:
    from bot.hub import Hub
    from bot.settings import Settings
    from evaluators.runs.spec import RunSpec

_REQUEST = re.compile(r"([0-9a-f]{16})-([0-9a-f]{32})")
# Fields that a request may set beside the inputs of their own.
_OPTIONS = (
    *("provider", "base_url", "fewshot", "generation", "chat_template", "dtype", "tensor_parallel", "gpu_memory"),
    *("max_length", "seed", "time_limit", "money_limit"),
)


def spec_of_inputs(hub: "Hub", settings: "Settings") -> "RunSpec":
    """The specification of the inputs: whole in SPEC, or from its parts."""
    from evaluators.runs.spec import SpecError, parse

    whole = given("SPEC")
    try:
        if not whole:
            return _from_parts(hub, settings)
        spec = parse(whole)
    except SpecError as error:
        wrong(*error.problems)
    for name in ("remote_code", "pickle"):
        if getattr(spec, name) and not getattr(settings, name):
            wrong(f"`{name}` cannot be an input: only an operator's setting turns it on.")
    return spec


def _from_parts(hub: "Hub", settings: "Settings") -> "RunSpec":
    from dataclasses import replace

    from evaluators.runs.spec import parse

    try:
        options = json.loads(given("OPTIONS") or "{}")
    except ValueError:
        options = None
    if not isinstance(options, dict) or not set(options) <= set(_OPTIONS):
        wrong(f"The input options must be a JSON object with some of {', '.join(_OPTIONS)}.")
    limit = given("LIMIT")
    if not re.fullmatch(r"[0-9]{0,7}", limit):
        wrong("The input limit must be a whole number, or empty for all samples.")
    asked = Asked(
        model=given("MODEL"),
        tasks=given("TASKS").lstrip("@"),
        revision=given("REVISION", "main"),
        framework=given("FRAMEWORK", "inspect"),
        backend=given("BACKEND", "vllm"),
        fewshot=options["fewshot"] if isinstance(options.get("fewshot"), int) else None,
        provider=options.get("provider"),
        base_url=options.get("base_url"),
        limit=int(limit) if limit else None,
    )
    spec, _ = asked.resolve(hub, settings)
    spec = replace(spec, remote_code=settings.remote_code, pickle=settings.pickle)
    return parse(json.dumps(json.loads(spec.json) | options))


def nonce_of_inputs(spec: "RunSpec") -> str | None:
    """The number of the attempt in the request id; None where nobody gave one."""
    request = given("REQUEST_ID")
    if not request:
        return None
    found = _REQUEST.fullmatch(request)
    if found is None:
        wrong("The input request-id must be a specification's id and 32 hexadecimal digits, or empty.")
    if found[1] != spec.id:
        wrong("The request id belongs to another specification: this version makes another one of these inputs.")
    return found[2]


def wrong(*problems: str) -> NoReturn:
    """Say what is wrong, here and beside the workflow, and end with code 2."""
    from bot.runs_action import annotation

    for problem in problems:
        typer.echo(annotation("error", problem))
    fail(problems, WRONG_USE)


def given(name: str, default: str = "") -> str:
    """One input; the default where it is empty."""
    return os.environ.get(f"SCOREKEEPER_INPUT_{name}", "").strip() or default
