"""``python -m localhub``: a Hub in the foreground."""

import argparse
import sys
from pathlib import Path

from localhub.seed import Seed, SeedError
from localhub.server import RemoteBindError, run


def main(arguments: list[str] | None = None) -> int:
    """Serve until interrupted; a mistake is told in one sentence."""
    parser = argparse.ArgumentParser(prog="python -m localhub", description="A Hugging Face Hub on one machine.")
    parser.add_argument("--data", type=Path, required=True, help="folder to keep everything in")
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on (default 127.0.0.1)")
    parser.add_argument("--port", type=int, default=0, help="port to listen on (default: a free one)")
    parser.add_argument("--seed", type=Path, help="YAML file with users, orgs and repos")
    parser.add_argument("--control-token", help="token for /_localhub/ (default: a random one)")
    parser.add_argument("--allow-remote", action="store_true", help="listen beyond this machine")
    options = parser.parse_args(arguments)
    try:
        run(
            options.data,
            seed=Seed.load(options.seed) if options.seed else None,
            host=options.host,
            port=options.port,
            control_token=options.control_token,
            allow_remote=options.allow_remote,
            announce=_announce,
        )
    except (RemoteBindError, SeedError, OSError) as error:
        sys.stderr.write(f"{error}\n")
        return 1
    return 0


def _announce(url: str) -> None:
    # A reader at the other end of a pipe waits for this line.
    sys.stdout.write(f"{url}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
