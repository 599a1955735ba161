"""The `scorekeeper` command."""


def main() -> None:
    """Run the command line."""
