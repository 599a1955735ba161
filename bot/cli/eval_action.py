"""The steps of the GitHub Action: `prepare` a specification, `run` it, `publish` what came back.

Every input comes through the environment, as text from whoever may start the workflow, and is checked here: none is
ever part of a script. Settings that let strangers' code run are the operator's; no input can turn them on.
"""

import hashlib
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from bot.cli.console import FAILED, NOT_THERE, fail, settings_or_exit
from bot.cli.eval_inputs import given, nonce_of_inputs, spec_of_inputs, wrong

if TYPE_CHECKING:
    from bot.hub import Hub
    from bot.settings import Settings
    from evaluators.catalog import Catalog
    from evaluators.runs.launch_local import LocalLauncher
    from evaluators.runs.launcher import Submitted

app = typer.Typer(help="The steps of the GitHub Action.", no_args_is_help=True)
RESULT, SPEC, LOG = "result.json", "spec.json", "log.txt"
# What a step of ours is given. It is the same token, which only reads.
TOKENS = ("HF_TOKEN", "SCOREKEEPER_READ_TOKEN")
MAX_BYTES = 8 * 1024 * 1024


@app.command()
def prepare() -> None:
    """Make the specification, and say all that stands in the way, on a machine without a GPU."""
    from bot.runs import Where
    from bot.runs import prepare as look
    from bot.runs_action import annotation, annotations, append, outputs
    from evaluators.runs.handover import new_nonce
    from evaluators.runs.preflight import refused

    settings, hub, catalog = _tools()
    with _problems():
        spec = spec_of_inputs(hub, settings)
        nonce = nonce_of_inputs(spec)
        found = look(hub, settings, catalog, spec, Where.GITHUB)
    for line in annotations(found.findings):
        typer.echo(line)
    append(
        os.environ.get("GITHUB_OUTPUT"),
        outputs({"spec": spec.json, "request-id": f"{spec.id}-{nonce or new_nonce()}"}),
    )
    if refused(found.findings):
        typer.echo(annotation("error", "The run was refused before anything was downloaded."))
        raise typer.Exit(NOT_THERE)


@app.command()
def run() -> None:
    """Run one specification on this machine; code 1 unless the framework succeeded."""
    from bot.runs import Where, surroundings, without_result
    from bot.runs import prepare as look
    from bot.runs_action import annotation, annotations, append, outputs, score_of, status_of, summary
    from evaluators.runs.environments import Environment, prepared
    from evaluators.runs.handover import new_nonce
    from evaluators.runs.launch_local import LocalLauncher
    from evaluators.runs.launcher import Order
    from evaluators.runs.preflight import refused
    from evaluators.runs.result import Incomplete, State, verdict

    _hide_tokens()
    settings, hub, catalog = _tools()
    device = given("DEVICE", "cuda")
    if device not in {"cuda", "cpu"}:
        wrong("The input device must be cuda or cpu.")
    folder = Path(given("LOG_DIR", "scorekeeper-logs")).absolute()
    with _problems():
        spec = spec_of_inputs(hub, settings)
        nonce = nonce_of_inputs(spec) or new_nonce()
        found = look(hub, settings, catalog, spec, Where.GITHUB, device="cpu" if device == "cpu" else "cuda")
        for line in annotations(found.findings):
            typer.echo(line)
        if refused(found.findings) or found.plan is None:
            append(os.environ.get("GITHUB_OUTPUT"), outputs({"status": "refused", "score": "", "result-json": ""}))
            raise typer.Exit(NOT_THERE)
        python = given("ENVIRONMENT")
        plan = prepared(found.plan, Environment(python))
        launcher = LocalLauncher(
            folder.parent / f"{folder.name}-runs", {plan.reader: "python3"}, surroundings(settings)
        )
        started = launcher.submit(Order(plan, nonce, found.secrets or {}, title=spec.model))
        typer.echo(f"Run {started.id}: {spec.model}, {', '.join(spec.tasks)}")
        # A step that is cancelled must not leave the GPU in use.
        try:
            _tell_stages(launcher, started)
        except KeyboardInterrupt:
            launcher.cancel(started)
            raise
        result = launcher.result(started) or without_result(spec, started, launcher.status(started))
    folder.mkdir(parents=True, exist_ok=True)
    (folder / SPEC).write_text(spec.json, encoding="utf-8")
    (folder / RESULT).write_text(result.json, encoding="utf-8")
    with (folder / LOG).open("w", encoding="utf-8") as file:
        file.writelines(f"{line}\n" for line in launcher.logs(started))
    told = {
        "status": status_of(spec, result),
        "score": score_of(result),
        "result-json": result.json,
        "result-sha256": hashlib.sha256(result.json.encode()).hexdigest(),
        "log-dir": str(folder),
    }
    append(os.environ.get("GITHUB_OUTPUT"), outputs(told))
    append(os.environ.get("GITHUB_STEP_SUMMARY"), summary(spec, result))
    judged = verdict(spec, result)
    if isinstance(judged, Incomplete):
        level = "notice" if result.state is State.SUCCESS else "error"
        typer.echo(annotation(level, judged.reason, f"{spec.model}: {told['status']}"))
    if result.state is not State.SUCCESS:
        raise typer.Exit(NOT_THERE)


@app.command()
def publish() -> None:
    """Publish what a run handed over. It comes from a machine that ran the model: nothing in it is believed.

    The result must be one for the specification and the request of this workflow, and unchanged since it was written.
    """
    from bot.runs_action import annotation, append
    from bot.runs_publish import Publisher
    from bot.settings import Write
    from bot.words import plain
    from evaluators.runs.handover import read_result
    from evaluators.runs.result import ResultError
    from evaluators.runs.spec import SpecError, parse

    settings, hub, catalog = _tools()
    folder = Path(given("LOG_DIR", "scorekeeper-logs"))
    try:
        spec = parse(given("SPEC"))
    except SpecError as error:
        wrong(*error.problems)
    nonce = nonce_of_inputs(spec)
    data = _bytes(folder / RESULT)
    if nonce is None:
        wrong("There is no request id.")
    if hashlib.sha256(data).hexdigest() != given("RESULT_SHA256"):
        wrong("The result is not the one that the run wrote.")
    try:
        result = read_result(data.decode(errors="replace"), spec.id, nonce)
    except (ResultError, ValueError) as error:
        wrong(f"The result is not what a run writes: {error}")
    if result is None:
        wrong("The result belongs to another run.")
    log = _bytes(folder / LOG).decode(errors="replace").splitlines()
    with _problems():
        write = settings.write if settings.write is not Write.OFF else Write.PR
        published = Publisher(hub, catalog, write, settings.results_repo).publish(spec, result, log)
    for one in published.numbers:
        typer.echo(annotation("notice", f"{one.task}: {one.value:g} - {one.fate.value}: {one.why}"))
    where = f" [Pull request]({hub.endpoint}/{spec.model}/discussions/{published.pull})." if published.pull else ""
    append(os.environ.get("GITHUB_STEP_SUMMARY"), f"{plain(published.sentence, 300)}{where}\n\n")
    typer.echo(published.sentence)


def _hide_tokens() -> None:
    """Begin anew without tokens in the environment: it can be read by all that this runner's user starts.

    So a model's code, where it runs, sees a token only where the run itself needs one.
    """
    from evaluators.runs.runner.anew import PIPE, received, start_anew

    if PIPE in os.environ:
        os.environ.update(received())
        return
    hidden = {name: os.environ.pop(name) for name in TOKENS if name in os.environ}
    if hidden:
        start_anew(["-m", "bot.cli", "eval", "action", "run"], os.environ, hidden)


def _tell_stages(launcher: "LocalLauncher", started: "Submitted") -> None:
    """Say how far a run is until it is over.

    The framework's output stays in the log: a line of it could be a command to GitHub. So could the name of a stage, as
    code that the model wrote can change the file in which it stands.
    """
    said = ""
    for _ in launcher.logs(started, follow=True):
        words = re.sub(r"[^\w ./|,-]", "?", launcher.status(started).words)
        if words and words != said:
            said = words
            typer.echo(said)


def _bytes(path: Path) -> bytes:
    """A file of the artifact: a plain file of a size that can be."""
    try:
        if path.is_symlink() or not path.is_file() or path.stat().st_size > MAX_BYTES:
            wrong(f"{path.name} is not there, or not a file of at most {MAX_BYTES // 1024**2} MB.")
        return path.read_bytes()
    except OSError as error:
        wrong(f"{path.name} cannot be read: {error.strerror}.")


def _tools() -> tuple["Settings", "Hub", "Catalog"]:
    from bot.hub import Hub
    from evaluators.catalog import Catalog

    settings = settings_or_exit()
    return settings, Hub.of(settings), Catalog.current(settings.home, settings.endpoint)


@contextmanager
def _problems() -> Iterator[Any]:
    from bot.hub_errors import HubError
    from bot.runs_action import annotation
    from evaluators.runs.launcher import LaunchError

    try:
        yield
    except (HubError, LaunchError) as error:
        typer.echo(annotation("error", str(error)))
        fail([str(error)], FAILED)
