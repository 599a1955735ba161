"""What travels to a launcher and what comes back: the runner with its plan, and the result out of a log."""

import base64
import io
import json
import secrets
import zipfile
import zlib
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from evaluators.runs import result as results
from evaluators.runs.result import ErrorKind, ResultError, RunError, RunResult
from evaluators.runs.runner import marked
from evaluators.runs.runner.main import NONCE, PLAN
from evaluators.runs.runner.plan import Plan

MOST_BYTES = 8_000_000
# Linux allows 128 KiB for one argument or variable.
LONGEST_VARIABLE = 128 * 1024 - 100
RUNNER, OUT = "SCOREKEEPER_RUNNER", "SCOREKEEPER_OUT"
FOLDER = "/tmp/scorekeeper"  # noqa: S108 - in a throw-away container that nobody shares
_PACKAGE = Path(__file__).parent / "runner"
_BOOT = (
    "import base64,os,sys;"
    f"d=os.environ.pop({OUT!r},{FOLDER!r});os.makedirs(d,mode=0o700,exist_ok=True);"
    f"p=os.path.join(d,'runner.pyz');open(p,'wb').write(base64.b64decode(os.environ.pop({RUNNER!r})));"
    "os.execv(sys.executable,[sys.executable,p,d])"
)


class TooLargeError(ValueError):
    """The plan does not fit into one variable of an environment."""


@cache
def runner() -> bytes:
    """The runner as one file that Python can execute; the same bytes every time."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for path in sorted(_PACKAGE.glob("*.py")):
            archive.writestr(_entry(f"runner/{path.name}"), path.read_bytes())
        archive.writestr(
            _entry("__main__.py"), "import sys\nfrom runner.main import main\nsys.exit(main(sys.argv[1:]))\n"
        )
    return packed.getvalue()


def _entry(name: str) -> zipfile.ZipInfo:
    # Without a date of its own, an archive would differ from build to build.
    entry = zipfile.ZipInfo(name, (2026, 1, 1, 0, 0, 0))
    entry.compress_type = zipfile.ZIP_DEFLATED
    return entry


def new_nonce() -> str:
    """The number of an attempt: 32 hexadecimal digits that nobody can guess."""
    return secrets.token_hex(16)


def packed(plan: Plan) -> str:
    """A plan as one variable of an environment.

    Raises:
        TooLargeError: It has more than 128 KiB.
    """
    text = base64.b64encode(zlib.compress(plan.to_json().encode(), 9)).decode()
    if len(text) > LONGEST_VARIABLE:
        raise TooLargeError("The run's plan has more than 128 KiB: ask for fewer tasks in one run.")
    return text


def unpacked(text: str) -> Plan:
    """The plan in such a variable.

    Raises:
        ValueError: It is none.
    """
    try:
        unpacker = zlib.decompressobj()
        return Plan.from_json(unpacker.decompress(base64.b64decode(text, validate=True), MOST_BYTES).decode())
    except (zlib.error, KeyError, TypeError) as error:
        raise ValueError("It is no plan.") from error


def command(python: str = "python3") -> list[str]:
    """The command that starts the runner where nothing of ours is: the runner itself comes in the environment."""
    return [python, "-c", _BOOT]


def environment(plan: Plan, nonce: str) -> dict[str, str]:
    """The variables that go with `command`.

    Raises:
        TooLargeError: The plan has more than 128 KiB.
    """
    return {RUNNER: base64.b64encode(runner()).decode(), PLAN: packed(plan), NONCE: nonce}


def read_log(log: str, spec_id: str, nonce: str) -> RunResult | None:
    """The result in a log; None while there is none. That of another specification or nonce is none."""
    text = marked.find(log, nonce)
    return read_result(text, spec_id, nonce) if text is not None else None


def read_result(text: str, spec_id: str, nonce: str) -> RunResult | None:
    """The result that a runner wrote, with our sentence for its error; None where it is not one of this attempt.

    Raises:
        ResultError: It is no JSON, or it is of this attempt and not what a result should be.
    """
    try:
        data = json.loads(text)
    except (ValueError, RecursionError):
        raise ResultError(["The result is not JSON."]) from None
    if not isinstance(data, dict) or (data.get("spec_id"), data.get("nonce")) != (spec_id, nonce):
        return None
    error = data.get("error")
    if isinstance(error, dict):
        kind = next((one for one in ErrorKind if one == error.get("kind")), ErrorKind.INTERNAL)
        of_it = RunError.of(kind, str(error.get("detail", "")))
        data["error"] = {"kind": of_it.kind.value, "sentence": of_it.sentence, "detail": of_it.detail}
    return results.parse(json.dumps(data))


def files() -> Iterator[str]:
    """The names of the runner's modules, for whoever wants to read what is handed over."""
    return (path.name for path in sorted(_PACKAGE.glob("*.py")))
