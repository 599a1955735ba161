"""``python -m tests.contract PYTHON``: fetch the client's tests, run them with PYTHON against a local Hub, judge.

PYTHON is that of the environment with the client and its test tools; the local Hub runs in this one.
"""

import os
import subprocess
import sys
import tempfile
import time
from importlib.metadata import version
from pathlib import Path

from localhub import LocalHub
from tests.contract import hub, suite, verdict

ROOT = Path(__file__).parents[2]
EXCEPTIONS = Path(__file__).with_name("exceptions.yaml")


def main(python: Path, chosen: list[str]) -> int:
    """0 when the local Hub keeps its contract; with tests `chosen` as for pytest, 0 when those pass."""
    requirement = suite.pinned(ROOT / "requirements.lock")
    exceptions = verdict.read_exceptions(EXCEPTIONS)
    say(f"{requirement.split()[0]} against localhub (Python {sys.version.split()[0]}, pygit2 {version('pygit2')})")
    with tempfile.TemporaryDirectory(prefix="contract-") as name:
        folder = Path(name)
        tests = suite.fetch(python, requirement, folder)
        seed = hub.seed(suite.constants(tests))
        suite.prepare(tests)
        outcomes = folder / "outcomes.jsonl"
        start = time.monotonic()
        with LocalHub(folder / "hub", seed) as local:
            status = run(python, tests, chosen, {"HF_ENDPOINT": local.url, "CONTRACT_OUTCOMES": str(outcomes)})
        if chosen:
            return status
        reached = verdict.judge(verdict.read_outcomes(outcomes), exceptions)
    say(verdict.table(reached))
    for problem in reached.problems:
        say(f"- {problem}")
    say(f"{'Not kept' if reached.problems else 'Kept'}, in {time.monotonic() - start:.0f} s.")
    return 1 if reached.problems else 0


def run(python: Path, tests: Path, chosen: list[str], environment: dict[str, str]) -> int:
    """Run the tests in a clean environment and a home of their own; returns pytest's exit code."""
    home = tests.parent / "home"
    home.mkdir()
    settings = {
        "PATH": f"{python.parent}{os.pathsep}{os.environ.get('PATH', '')}",
        "HOME": str(home),
        "HF_HOME": str(home / "hf"),
        "HF_HUB_DISABLE_XET": "1",
        "HF_HUB_DISABLE_TELEMETRY": "1",
        "PYTHONDONTWRITEBYTECODE": "1",
        **environment,
    }
    # A class's tests share a repo, so they stay in one process.
    spread = ["-n", "2", "--dist", "loadscope"] if not chosen else []
    selected = chosen or [f"tests/{name}" for name in suite.FILES]
    command = [
        str(python),
        "-m",
        "pytest",
        "-c",
        "tests/pytest.ini",
        "--rootdir",
        ".",
        "-q",
        "--tb",
        "short",
        "-rfE",
        "--disable-warnings",
    ]
    return subprocess.run(
        [*command, "-p", "no:cacheprovider", "-m", suite.MARKERS, *spread, *selected],
        cwd=tests.parent,
        env=settings,
        check=False,
    ).returncode


def say(text: str) -> None:
    """Print at once: the tests write to the same terminal."""
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    # Not resolved: the link inside the environment is what makes it one.
    sys.exit(main(Path(sys.argv[1]).absolute(), sys.argv[2:]))
