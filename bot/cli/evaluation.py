"""`scorekeeper eval`: run an evaluation here, as a job or on GitHub, and publish what came of it."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from bot.cli import eval_action
from bot.cli.console import FAILED, WRONG_USE, fail, print_json, settings_or_exit, table
from bot.cli.eval_asked import Asked, asked

if TYPE_CHECKING:
    from bot.hub import Hub
    from bot.runs import Prepared, Where
    from bot.settings import Settings
    from evaluators.catalog import Catalog
    from evaluators.runs.launcher import Launcher, Submitted
    from evaluators.runs.result import RunResult
    from evaluators.runs.spec import RunSpec

app = typer.Typer(help="Run evaluations and publish what came of them.", no_args_is_help=True)
app.add_typer(eval_action.app, name="action", hidden=True)

PROBLEM = 1
PAUSES = {"local": 0.5, "jobs": 5.0, "github": 10.0}
Json = Annotated[bool, typer.Option("--json", help="Print JSON.")]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Show commands, hardware and cost, and start nothing.")]
Run = Annotated[str, typer.Argument(help="The name of the run, as submit and list print it.")]
On = Annotated[str, typer.Option("--on", help="Where: local, jobs or github.")]
Device = Annotated[str, typer.Option("--device", help="cuda or cpu.")]
Out = Annotated[Path | None, typer.Option("--out", help="Write spec.json, result.json and log.txt into this folder.")]


@app.command()
@asked
def run(
    what: Asked, *, device: Device = "cuda", out: Out = None, dry_run: DryRun = False, as_json: Json = False
) -> None:
    """Run an evaluation on this machine and wait for it; code 1 unless it is complete."""
    from bot.runs import Where

    _start(what, Where.LOCAL, None, device=device, wait=True, out=out, dry_run=dry_run, as_json=as_json)


@app.command()
@asked
def submit(
    what: Asked,
    *,
    on: On = "jobs",
    flavor: Annotated[str | None, typer.Option("--flavor", help="Hardware such as l4x1; else the cheapest.")] = None,
    wait: Annotated[bool, typer.Option("--wait", help="Wait for its end; code 1 unless it is complete.")] = False,
    out: Out = None,
    dry_run: DryRun = False,
    as_json: Json = False,
) -> None:
    """Start an evaluation elsewhere. What waits or runs already is not started twice."""
    _start(what, _where(on), flavor, device="cuda", wait=wait, out=out, dry_run=dry_run, as_json=as_json)


@app.command()
def status(run: Run, *, as_json: Json = False) -> None:
    """How far a run got, and what came of it; code 1 if it ended and is not complete."""
    from bot.cli.eval_show import result_json, show_result, status_row
    from evaluators.runs.result import Incomplete, verdict

    with _problems():
        place = _Place.of(run)
        found = place.launcher.get(run)
        spec = place.spec(found)
        seen = place.launcher.status(found)
        result = place.result(found, spec) if seen.stage.over and spec else None
    row = status_row(found, seen, spec.model if spec else "")
    if as_json:
        print_json(row | (result_json(found, spec, result) if spec and result else {}))
    else:
        table(list(row), [[str(value or "") for value in row.values()]], empty="")
        if spec and result:
            show_result(found, spec, result)
    if spec and result and isinstance(verdict(spec, result), Incomplete):
        raise typer.Exit(PROBLEM)


@app.command("list")
def list_(
    *,
    on: On = "jobs",
    last: Annotated[int, typer.Option("--last", min=1, help="How many to show.")] = 20,
    as_json: Json = False,
) -> None:
    """The runs that a place knows, the newest first."""
    from bot.cli.eval_show import status_row

    with _problems():
        place = _Place(_where(on))
        rows = []
        for found in place.launcher.runs()[:last]:
            spec = place.spec(found)
            rows.append(status_row(found, place.launcher.status(found), spec.model if spec else ""))
    if as_json:
        print_json(rows)
        return
    cells = [[str(one[key] or "") for key in ("run", "model", "stage", "words", "url")] for one in rows]
    table(["run", "model", "stage", "", "url"], cells, empty="There are no runs.")


@app.command()
def logs(
    run: Run, *, follow: Annotated[bool, typer.Option("--follow", "-f", help="Go on until the run is over.")] = False
) -> None:
    """What a run prints."""
    with _problems():
        place = _Place.of(run)
        for line in place.launcher.logs(place.launcher.get(run), follow=follow):
            typer.echo("".join(char if char.isprintable() or char == "\t" else "?" for char in line))


@app.command()
def cancel(run: Run) -> None:
    """End a run; one that is over stays as it is."""
    with _problems():
        place = _Place.of(run)
        found = place.launcher.get(run)
        place.launcher.cancel(found)
        seen = place.launcher.status(found)
    typer.echo(f"The run {run} is {seen.stage.value}.", err=True)


@app.command()
@asked
def hardware(what: Asked, *, as_json: Json = False) -> None:
    """The machines for jobs with their prices; with --model and --tasks, the cheapest that will do."""
    from bot.cli.eval_show import prepared_json, show_prepared, tell_findings
    from bot.runs import Where, prepare
    from evaluators.runs.flavors import current
    from evaluators.runs.preflight import refused

    settings, hub = _hub()
    with _problems():
        if what.model is None and what.spec is None:
            flavors = current(hub.job_hardware())
            rows = [
                {"flavor": one.name, "gpus": one.words, "memory_gb": one.memory, "usd_per_hour": one.usd}
                for one in sorted(flavors, key=lambda one: one.usd)
            ]
            if as_json:
                print_json(rows)
            else:
                table(["flavor", "GPUs", "GB", "$ an hour"], [[str(v) for v in one.values()] for one in rows], empty="")
            return
        spec, _ = what.resolve(hub, settings)
        prepared = prepare(hub, settings, _catalog(settings), spec, Where.JOBS)
    if as_json:
        print_json({name: value for name, value in prepared_json(prepared).items() if name != "plan"})
    else:
        show_prepared(prepared)
        tell_findings(prepared)
    if refused(prepared.findings):
        raise typer.Exit(PROBLEM)


@app.command()
def publish(
    run: Annotated[str | None, typer.Argument(help="The name of the run; or give --folder.")] = None,
    *,
    folder: Annotated[
        Path | None, typer.Option("--folder", help="A folder with spec.json, result.json and log.txt.")
    ] = None,
    create_pr: Annotated[
        bool, typer.Option("--create-pr", help="Upload the record and open the pull request; else only show it.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Keep the record of a run and propose its numbers to the model's repo; code 1 if nothing can be filed."""
    from bot.cli.eval_show import show_published
    from bot.runs_publish import Fate, Publisher
    from bot.settings import Write

    if (run is None) == (folder is None):
        fail(["Say either the run or --folder."], WRONG_USE)
    settings, hub = _hub()
    if create_pr and settings.token is None:
        fail(["HF_TOKEN is not set: a pull request needs an account."], WRONG_USE)
    with _problems():
        spec, result, log = _from_folder(folder) if folder is not None else _from_place(str(run))
        write = (settings.write if settings.write is not Write.OFF else Write.PR) if create_pr else Write.OFF
        publisher = Publisher(hub, _catalog(settings), write, settings.results_repo)
        published = publisher.publish(spec, result, log)
    if as_json:
        print_json(published.json | {"written": create_pr})
    else:
        show_published(published)
        if not create_pr:
            typer.echo("Nothing was written: --create-pr does it.", err=True)
    if not any(one.fate in {Fate.FILED, Fate.THERE} for one in published.numbers):
        raise typer.Exit(PROBLEM)


def _start(
    what: Asked,
    where: "Where",
    flavor: str | None,
    *,
    device: str,
    wait: bool,
    out: Path | None,
    dry_run: bool,
    as_json: bool,
) -> None:
    from bot.cli.eval_show import prepared_json, show_prepared, tell_findings
    from bot.runs import prepare
    from evaluators.runs.preflight import refused

    if device not in {"cuda", "cpu"}:
        fail([f"'{device}' is no device: it is cuda or cpu."], WRONG_USE)
    settings, hub = _hub()
    with _problems():
        spec, notes = what.resolve(hub, settings)
        found = prepare(
            hub, settings, _catalog(settings), spec, where, flavor=flavor, device="cpu" if device == "cpu" else "cuda"
        )
    for note in notes:
        typer.echo(f"note: {note}", err=True)
    tell_findings(found)
    if dry_run:
        print_json(prepared_json(found)) if as_json else show_prepared(found)
    if refused(found.findings):
        raise typer.Exit(PROBLEM)
    if dry_run:
        return
    with _problems():
        _launch(found, _Place(where), wait=wait, out=out, as_json=as_json)


def _launch(found: "Prepared", place: "_Place", *, wait: bool, out: Path | None, as_json: bool) -> None:
    from datetime import UTC, datetime

    from bot.cli.eval_show import result_json, show_result
    from bot.runs import with_month
    from evaluators.runs.handover import new_nonce
    from evaluators.runs.launcher import Order
    from evaluators.runs.result import Incomplete, verdict

    if found.plan is None:
        raise RuntimeError("there is no plan")
    nonce, spec = new_nonce(), found.spec
    plan = with_month(found.plan, spec, nonce, datetime.now(UTC).strftime("%Y-%m"))
    place.remember(spec)
    started = place.launcher.submit(Order(plan, nonce, found.secrets or {}, found.flavor, spec.model))
    where = f" ({started.url})" if started.url else ""
    again = "" if started.nonce == nonce else " It was there already."
    typer.echo(f"Run {started.id}{where}.{again}", err=True)
    if not wait:
        if as_json:
            print_json({"run": started.id, "url": started.url, "spec_id": spec.id})
        else:
            typer.echo(started.id)
        return
    result = _wait(place, started, spec)
    if out is not None:
        place.write(out, started, spec, result)
    if as_json:
        print_json(result_json(started, spec, result))
    else:
        show_result(started, spec, result)
    if isinstance(verdict(spec, result), Incomplete):
        raise typer.Exit(PROBLEM)


def _wait(place: "_Place", started: "Submitted", spec: "RunSpec") -> "RunResult":
    """Wait for the end of a run, and say how far it is. Who interrupts ends a run on this machine, and no other."""
    import time

    from rich.console import Console

    from evaluators.runs.launcher import NotAnsweredError

    console, said = Console(stderr=True), ""
    try:
        with console.status("waiting") as shown:
            while True:
                try:
                    seen = place.launcher.status(started)
                except NotAnsweredError as error:
                    # The run goes on whether the Hub answers or not.
                    words = str(error)
                else:
                    if seen.stage.over:
                        return place.result(started, spec)
                    words = seen.words or seen.stage.value
                if console.is_terminal:
                    shown.update(words)
                elif words != said:
                    typer.echo(words, err=True)
                said = words
                time.sleep(PAUSES[place.where.value])
    except KeyboardInterrupt:
        if place.where.value == "local":
            place.launcher.cancel(started)
            fail([f"The run {started.id} was cancelled."], PROBLEM)
        fail([f"The run {started.id} goes on: scorekeeper eval status {started.id}"], PROBLEM)


class _Place:
    """A place for runs, with what the command line remembers of them."""

    def __init__(self, where: "Where") -> None:
        from bot.runs import launcher

        self.settings, self.hub = _hub()
        self.where = where
        self.launcher: Launcher = launcher(self.hub, self.settings, where)
        self._specs = self.settings.home / "specs"

    @classmethod
    def of(cls, run: str) -> "_Place":
        """The place of a run: their names differ."""
        from bot.runs import Where

        shapes = {
            Where.LOCAL: r"[0-9a-f]{16}-[0-9a-f]{8}",
            Where.GITHUB: r"[0-9]{1,20}",
            Where.JOBS: r"[0-9a-f]{24}",
        }
        for where, shape in shapes.items():
            if re.fullmatch(shape, run):
                return cls(where)
        return fail([f"'{run[:60]}' is no name of a run: scorekeeper eval list shows those there are."], WRONG_USE)

    def remember(self, spec: "RunSpec") -> None:
        """Keep a specification, for whoever asks later what a run was about."""
        self._specs.mkdir(parents=True, exist_ok=True)
        (self._specs / f"{spec.id}.json").write_text(spec.json, encoding="utf-8")

    def spec(self, run: "Submitted") -> "RunSpec | None":
        """What a run was asked to do; None where neither we nor its place know."""
        from evaluators.runs.launch_jobs import JobsLauncher
        from evaluators.runs.spec import SpecError, parse

        path = self._specs / f"{run.spec_id}.json"
        try:
            return parse(path.read_text(encoding="utf-8"))
        except (OSError, SpecError):
            return self.launcher.spec(run) if isinstance(self.launcher, JobsLauncher) else None

    def result(self, run: "Submitted", spec: "RunSpec") -> "RunResult":
        """What came of a run that is over."""
        from bot.runs import without_result

        return self.launcher.result(run) or without_result(spec, run, self.launcher.status(run))

    def write(self, folder: Path, run: "Submitted", spec: "RunSpec", result: "RunResult") -> None:
        """Specification, result and log as files."""
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "spec.json").write_text(spec.json, encoding="utf-8")
        (folder / "result.json").write_text(result.json, encoding="utf-8")
        with (folder / "log.txt").open("w", encoding="utf-8") as file:
            file.writelines(f"{line}\n" for line in self.launcher.logs(run))


def _from_place(run: str) -> tuple["RunSpec", "RunResult", Iterator[str]]:
    place = _Place.of(run)
    found = place.launcher.get(run)
    spec = place.spec(found)
    if spec is None:
        fail([f"What {run} was asked to do is not known here: publish it where it was submitted."], FAILED)
    if not place.launcher.status(found).stage.over:
        fail([f"The run {run} is not over yet."], PROBLEM)
    return spec, place.result(found, spec), place.launcher.logs(found)


def _from_folder(folder: Path) -> tuple["RunSpec", "RunResult", list[str]]:
    from evaluators.runs import result, spec
    from evaluators.runs.record import MAX_LOG_BYTES
    from evaluators.runs.strict_json import InvalidJsonError

    try:
        asked_for = spec.parse((folder / "spec.json").read_bytes())
        came_back = result.parse((folder / "result.json").read_bytes())
        log = folder / "log.txt"
        text = log.read_bytes()[-MAX_LOG_BYTES:].decode(errors="replace") if log.is_file() else ""
    except InvalidJsonError as error:
        fail([f"{folder}: {problem}" for problem in error.problems], WRONG_USE)
    except OSError as error:
        fail([f"{folder} cannot be read: {error.strerror}."], WRONG_USE)
    return asked_for, came_back, text.splitlines()


def _where(name: str) -> "Where":
    from bot.runs import Where

    if name not in set(Where):
        fail([f"'{name}' is no place for runs: it is local, jobs or github."], WRONG_USE)
    return Where(name)


def _hub() -> tuple["Settings", "Hub"]:
    from bot.hub import Hub

    settings = settings_or_exit()
    return settings, Hub.of(settings)


def _catalog(settings: "Settings") -> "Catalog":
    from evaluators.catalog import Catalog

    return Catalog.current(settings.home, settings.endpoint)


@contextmanager
def _problems() -> Iterator[Any]:
    """What the Hub or a place does not do ends the command with code 3."""
    from bot.hub_errors import HubError
    from evaluators.runs.launcher import LaunchError

    try:
        yield
    except (HubError, LaunchError) as error:
        fail([str(error)], FAILED)
