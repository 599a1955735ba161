"""``python -m localhub``: a Hub in the foreground."""

import sys

from localhub import OptionError, RemoteBindError, SeedError, command

if __name__ == "__main__":
    try:
        command(sys.argv[1:], "python -m localhub")
    except (OptionError, RemoteBindError, SeedError, OSError) as error:
        sys.exit(f"localhub: {' '.join(str(error).split())}")
