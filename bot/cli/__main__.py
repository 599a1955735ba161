"""`python -m bot.cli` is `scorekeeper`."""

from bot.cli import main

if __name__ == "__main__":
    main()
