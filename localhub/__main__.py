"""``python -m localhub``: a Hub in the foreground."""

import sys

from localhub.options import OptionError, greeting, read
from localhub.seed import SeedError
from localhub.server import RemoteBindError, run


def main(arguments: list[str], program: str = "python -m localhub") -> None:
    """Serve until interrupted.

    Raises:
        OptionError, RemoteBindError, SeedError, OSError: it cannot start; the message is one sentence.
    """
    hub, sample = read(arguments, program)

    def announce() -> None:
        # A reader at the other end of a pipe waits for the first line.
        sys.stdout.write(f"{greeting(hub, sample)}\n")
        sys.stdout.flush()

    run(hub, announce)


if __name__ == "__main__":
    try:
        main(sys.argv[1:])
    except (OptionError, RemoteBindError, SeedError, OSError) as error:
        sys.exit(f"localhub: {' '.join(str(error).split())}")
