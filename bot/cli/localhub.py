"""`scorekeeper localhub`: a Hub on one machine, to try things."""

import socket
from pathlib import Path
from typing import Annotated

import typer

from bot.cli.console import WRONG_USE, fail


def localhub(
    data: Annotated[Path, typer.Option(help="Folder that keeps everything.")],
    seed: Annotated[Path | None, typer.Option(help="YAML file with users, tokens and organisations.")] = None,
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=0, max=65535, help="Port to listen on; 0 takes a free one.")] = 0,
    *,
    allow_remote: Annotated[bool, typer.Option(help="Let other machines in. It has no real security.")] = False,
) -> None:
    """Run a Hub on this machine, for trying things. The official client works with it through HF_ENDPOINT."""
    try:
        from localhub import RemoteBindError, Seed, SeedError, run
    except ImportError:
        fail(["The local Hub is not installed: install scorekeeper[localhub]."], WRONG_USE)
    try:
        run(data, seed=Seed.load(seed) if seed else None, host=host, port=port, allow_remote=allow_remote)
    except (SeedError, RemoteBindError) as error:
        fail([" ".join(str(error).split())], WRONG_USE)
    except socket.gaierror:
        fail([f"'{host}' is no address of this machine."], WRONG_USE)
    except OSError as error:
        # Errors of our own carry a sentence, those of the system a number, a reason and perhaps a file.
        where = error.filename or f"{host}:{port}"
        fail([f"{where}: {error.strerror}." if error.strerror else " ".join(str(error).split())], WRONG_USE)
