"""What the runner is to do, made where the specification is understood and executed where the GPU is.

In every `argv` and `env`, these words stand for what is known only there: `{python}` the interpreter of the
framework's environment, `{work}` the folder of the run, `{model}` the folder of the model's files, `{out}` the folder
for the log of this task, `{port}` a free port of the loopback interface.
"""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

VERSION = 1
INSPECT, LIGHTEVAL = "inspect", "lighteval"


@dataclass(frozen=True)
class Snapshot:
    """The model's files: of one commit, and only those that match a pattern."""

    repo: str
    revision: str
    patterns: tuple[str, ...]


@dataclass(frozen=True)
class Server:
    """A server on the loopback interface that the commands ask; `health` answers 200 once it is ready."""

    argv: tuple[str, ...]
    env: Mapping[str, str] = field(default_factory=dict)
    health: str = "http://127.0.0.1:{port}/health"
    start_limit: float = 1800.0


@dataclass(frozen=True)
class Command:
    """The framework, run for one task. `token`: it needs the Hub token itself, as for gated data."""

    task: str
    argv: tuple[str, ...]
    env: Mapping[str, str] = field(default_factory=dict)
    token: bool = False


@dataclass(frozen=True)
class Plan:
    """All of it. `setup` are commands that make the environment; `files` are written into the folder of the run.

    `keep` names variables of the surroundings that children may see beside the usual ones; `results` is the data set
    and folder to which the framework's logs are uploaded, where a token for it is there.
    """

    spec: Mapping[str, Any]
    spec_id: str
    reader: str
    commands: tuple[Command, ...]
    time_limit: float
    snapshot: Snapshot | None = None
    server: Server | None = None
    python: str = ""
    setup: tuple[tuple[str, ...], ...] = ()
    files: Mapping[str, str] = field(default_factory=dict)
    keep: tuple[str, ...] = ()
    results: tuple[str, str] | None = None

    def to_json(self) -> str:
        """One line of JSON, the same for equal plans."""
        return json.dumps({"version": VERSION, **asdict(self)}, sort_keys=True, separators=(",", ":"))

    @staticmethod
    def from_json(text: str) -> "Plan":
        """The plan of a line of JSON.

        Raises:
            ValueError: It is of another version.
        """
        data = json.loads(text)
        if data.pop("version", None) != VERSION:
            raise ValueError("the plan is of another version than the runner")
        commands = tuple(Command(**{**one, "argv": tuple(one["argv"])}) for one in data.pop("commands"))
        snapshot, server, results = data.pop("snapshot"), data.pop("server"), data.pop("results")
        return Plan(
            **{
                **data,
                "commands": commands,
                "setup": tuple(tuple(argv) for argv in data["setup"]),
                "keep": tuple(data["keep"]),
                "snapshot": Snapshot(**{**snapshot, "patterns": tuple(snapshot["patterns"])}) if snapshot else None,
                "server": Server(**{**server, "argv": tuple(server["argv"])}) if server else None,
                "results": tuple(results) if results else None,
            }
        )


def filled(text: str, places: Mapping[str, str]) -> str:
    """A text with its `{words}` replaced; every other brace stays as it is."""
    for name, value in places.items():
        text = text.replace(f"{{{name}}}", value)
    return text
