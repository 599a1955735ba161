"""What the commands for evaluations share: the places for runs, the Hub, and how problems end a command."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from bot.cli.console import FAILED, WRONG_USE, fail, settings_or_exit

if TYPE_CHECKING:
    from bot.hub import Hub
    from bot.runs import Where
    from bot.settings import Settings
    from evaluators.catalog import Catalog
    from evaluators.runs.launcher import Launcher, Submitted
    from evaluators.runs.result import RunResult
    from evaluators.runs.spec import RunSpec

PROBLEM = 1
Json = Annotated[bool, typer.Option("--json", help="Print JSON.")]
On = Annotated[str, typer.Option("--on", help="Where: local, jobs or github.")]


class Place:
    """A place for runs, with what the command line remembers of them."""

    def __init__(self, where: "Where") -> None:
        from bot.runs import launcher

        self.settings, self.hub = hub_of_settings()
        self.where = where
        self.launcher: Launcher = launcher(self.hub, self.settings, where)
        self._specs = self.settings.home / "specs"

    @classmethod
    def of(cls, run: str) -> "Place":
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


def where_named(name: str) -> "Where":
    """The place that an option names; another name ends the command with code 2."""
    from bot.runs import Where

    if name not in set(Where):
        fail([f"'{name}' is no place for runs: it is local, jobs or github."], WRONG_USE)
    return Where(name)


def hub_of_settings() -> tuple["Settings", "Hub"]:
    """The settings and the Hub that they name."""
    from bot.hub import Hub

    settings = settings_or_exit()
    return settings, Hub.of(settings)


def catalog_of(settings: "Settings") -> "Catalog":
    """The registered benchmarks as they are known here."""
    from evaluators.catalog import Catalog

    return Catalog.current(settings.home, settings.endpoint)


@contextmanager
def told() -> Iterator[None]:
    """What the Hub or a place does not do ends the command with code 3."""
    from bot.hub_errors import HubError
    from evaluators.runs.launcher import LaunchError

    try:
        yield
    except (HubError, LaunchError) as error:
        fail([str(error)], FAILED)
