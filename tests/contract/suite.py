"""The client's tests as they are run: fetched, put where they can run, and selected.

The package that is installed holds no tests; the source distribution of exactly its version does, without
``conftest.py``, ``__init__.py`` and the cards they read (those in ``cards`` are ours).
"""

import re
import runpy
import shutil
import subprocess
import tarfile
from pathlib import Path

HERE = Path(__file__).parent
MARKERS = "not production and not xet and not git_lfs"
FILES = (
    "test_hf_api.py",
    "test_cli_discussions.py",
    "test_commit_api.py",
    "test_commit_scheduler.py",
    "test_eval_results.py",
    "test_file_download.py",
    "test_hf_file_system.py",
    "test_jobs_api.py",
    "test_lfs.py",
    "test_repocard.py",
    "test_snapshot_download.py",
    "test_tree_cache.py",
)


def pinned(lock: Path) -> str:
    """The entry of huggingface_hub in a lock file: name, version and hashes, as pip reads them.

    Raises:
        ValueError: there is none.
    """
    match = re.search(r"^huggingface[-_]hub==[^\\\n]*(?:\\\n[^\\\n]*)*", lock.read_text(encoding="utf-8"), re.MULTILINE)
    if match is None:
        raise ValueError(f"{lock} pins no huggingface_hub: run make lock.")
    return match.group()


def fetch(python: Path, requirement: str, folder: Path) -> Path:
    """Download the source distribution and unpack it into `folder`; returns the folder of its tests.

    Raises:
        subprocess.CalledProcessError: pip cannot download it, or its hash is another.
    """
    wanted = folder / "wanted.txt"
    wanted.write_text(requirement + "\n", encoding="utf-8")
    pip = [str(python), "-m", "pip", "download", "--quiet", "--disable-pip-version-check", "--no-deps"]
    # Without build isolation nothing but the pinned setuptools has a say in what the archive is.
    options = ["--no-binary", ":all:", "--no-build-isolation", "--require-hashes", "--dest", str(folder)]
    subprocess.run([*pip, *options, "--requirement", str(wanted)], check=True)
    (archive,) = folder.glob("*.tar.gz")
    with tarfile.open(archive) as packed:
        packed.extractall(folder, filter="data")
    (tests,) = folder.glob("*/tests")
    return tests


def constants(tests: Path) -> dict[str, str]:
    """The names, tokens and addresses in the tests' ``testing_constants.py``."""
    return {
        name: value for name, value in runpy.run_path(str(tests / "testing_constants.py")).items() if name.isupper()
    }


def prepare(tests: Path) -> None:
    """Make a package of the tests that talks to the Hub in ``HF_ENDPOINT``.

    Raises:
        ValueError: the tests name their Hub in another way than they did.
    """
    settings = tests / "testing_constants.py"
    text, count = re.subn(
        r"^ENDPOINT_STAGING = .*$",
        'import os\n\nENDPOINT_STAGING = os.environ["HF_ENDPOINT"]',
        settings.read_text(encoding="utf-8"),
        flags=re.MULTILINE,
    )
    if count != 1:
        raise ValueError("The client's tests no longer set ENDPOINT_STAGING in testing_constants.py.")
    settings.write_text(text, encoding="utf-8")
    (tests / "__init__.py").touch()
    shutil.copy(HERE / "client_conftest.py", tests / "conftest.py")
    shutil.copytree(HERE / "cards", tests / "fixtures" / "cards")
    # Their own settings need plugins that point them elsewhere.
    (tests / "pytest.ini").write_text("[pytest]\naddopts = --strict-markers\ntimeout = 120\n", encoding="utf-8")
