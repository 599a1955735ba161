"""The command line: what ``python -m localhub`` and ``scorekeeper localhub`` understand."""

import argparse
import shlex
import sys
from collections.abc import Sequence
from dataclasses import fields
from pathlib import Path
from typing import Any, NoReturn, TypeVar, get_type_hints

import yaml
from pydantic import TypeAdapter, ValidationError

from localhub.limits import Limits
from localhub.seed import Seed
from localhub.server import LocalHub, run
from localhub.switches import Switches

SAMPLE = Path(__file__).with_name("sample.yaml")
_T = TypeVar("_T")


class OptionError(ValueError):
    """An option that cannot be used, in one sentence."""


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        raise OptionError(f"{message[:1].upper()}{message[1:]}.")


def parser(program: str) -> argparse.ArgumentParser:
    """All options, for a command called `program`."""
    parser = _Parser(prog=program, description="A Hugging Face Hub on one machine.", allow_abbrev=False)
    parser.add_argument("--data", type=Path, required=True, help="folder that keeps everything")
    parser.add_argument("--seed", type=Path, help="YAML file with users, organizations and repos (default: a sample)")
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on (default: %(default)s)")
    parser.add_argument("--port", type=_port, default=0, help="port to listen on (default: a free one)")
    parser.add_argument("--allow-remote", action="store_true", help="let other machines in; it has no real security")
    parser.add_argument("--jobs", action="store_true", help="run the commands of jobs here: anybody with a token can")
    parser.add_argument("--control-token", help="token for the control plane (default: a random one)")
    for name, about in (("switch", "behaviour that no document settles"), ("limit", "limit of what a user may do")):
        parser.add_argument(f"--{name}", action="append", default=[], metavar="NAME=VALUE", help=f"{about}; may repeat")
    return parser


def command(arguments: Sequence[str], program: str) -> None:
    """Serve, as the arguments say, until interrupted.

    Raises:
        OptionError, RemoteBindError, SeedError, OSError: it cannot start; the message is one sentence.
    """
    hub, sample = read(arguments, program)

    def announce() -> None:
        # A reader at the other end of a pipe waits for the first line.
        sys.stdout.write(f"{greeting(hub, sample)}\n")
        sys.stdout.flush()

    run(hub, announce)


def read(arguments: Sequence[str], program: str) -> tuple[LocalHub, Seed | None]:
    """The Hub that the arguments ask for, not started, and the sample if it begins with that.

    Raises:
        OptionError: an argument is missing or wrong.
        SeedError, RemoteBindError: as `LocalHub`.
    """
    options = parser(program).parse_args(arguments)
    is_new = not (options.data.is_dir() and any(options.data.iterdir()))
    sample = Seed.load(SAMPLE) if options.seed is None and is_new else None
    hub = LocalHub(
        options.data,
        sample or (Seed.load(options.seed) if options.seed else None),
        options.port,
        options.host,
        switches=_made(Switches, "switch", options.switch),
        limits=_made(Limits, "limit", options.limit),
        control_token=options.control_token,
        allow_remote=options.allow_remote,
        jobs=options.jobs,
    )
    return hub, sample


def greeting(hub: LocalHub, sample: Seed | None) -> str:
    """What to tell somebody about a Hub that runs: its URL on the first line, then how to use it."""
    users = [f"  {user.name}: HF_TOKEN={user.token}" for user in (sample.users if sample else ())]
    control = f"X-Localhub-Control: {hub.control_token}"
    return "\n".join(
        [
            hub.url,
            f"  export HF_ENDPOINT={hub.url} HF_HUB_DISABLE_XET=1",
            *users,
            f"  curl -H {shlex.quote(control)} {hub.url}/_localhub/",
        ]
    )


def _port(text: str) -> int:
    if not (text.isascii() and text.isdigit() and int(text) < 65536):
        raise argparse.ArgumentTypeError("a port is a number from 0 to 65535")
    return int(text)


def _made(kind: type[_T], what: str, pairs: list[str]) -> _T:
    """A dataclass whose fields are set by ``name=value`` texts; values are written as in YAML."""
    hints = get_type_hints(kind)
    values: dict[str, Any] = {}
    for pair in pairs:
        name, sign, text = pair.partition("=")
        if not sign or name not in hints:
            known = ", ".join(one.name for one in fields(kind))  # type: ignore[arg-type]  # the callers give dataclasses
            raise OptionError(f"--{what} {pair}: write NAME=VALUE, with one of these names: {known}.")
        try:
            values[name] = TypeAdapter(hints[name]).validate_python(yaml.safe_load(text))
        except yaml.YAMLError as error:
            raise OptionError(f"--{what} {pair}: the value cannot be read.") from error
        except ValidationError as error:
            raise OptionError(f"--{what} {pair}: {error.errors()[0]['msg']}.") from error
    try:
        return kind(**values)
    except ValueError as error:
        raise OptionError(f"--{what}: {error}.") from error
