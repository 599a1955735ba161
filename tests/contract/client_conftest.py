"""What the client's tests take from their conftest, which its source distribution lacks.

Copied beside them as ``conftest.py`` and run in their own environment, where nothing of this project is installed.
"""

import importlib
import json
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from huggingface_hub import HfApi, RepoUrl, constants

RepoFactory = Callable[..., RepoUrl]
_ENDPOINT = os.environ["HF_ENDPOINT"]


def _beside(name: str) -> Any:
    """A module of the client's tests: it lies beside this file only where they run."""
    return importlib.import_module(f"{__package__}.{name}")


def pytest_configure(config: pytest.Config) -> None:
    for marker in ("api", "transfer", "inference", "xet", "no_xet", "production", "deprecated", "git_lfs", "vcr"):
        config.addinivalue_line("markers", f"{marker}: a suite or condition of the client's own")


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    """Note how each test ended; the parts of a test (set up, call, tear down) each have a line."""
    # With xdist, each worker sees its own reports and the one in command sees all.
    if "PYTEST_XDIST_WORKER" not in os.environ:
        line = {"test": report.nodeid, "part": report.when, "outcome": report.outcome, "seconds": report.duration}
        with Path(os.environ["CONTRACT_OUTCOMES"]).open("a", encoding="utf-8") as file:
            file.write(json.dumps(line) + "\n")


@pytest.fixture(autouse=True)
def _own_cache(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    """A cache and a login of its own for each test."""
    home = tmp_path_factory.mktemp("home")
    for name in ("HF_HUB_CACHE", "HUGGINGFACE_HUB_CACHE", "HF_ASSETS_CACHE", "HUGGINGFACE_ASSETS_CACHE"):
        monkeypatch.setattr(constants, name, str(home / name.lower()), raising=False)
    monkeypatch.setattr(constants, "HF_TOKEN_PATH", str(home / "token"))
    monkeypatch.setattr(constants, "HF_STORED_TOKENS_PATH", str(home / "stored_tokens"))


@pytest.fixture(scope="session")
def api() -> HfApi:
    return HfApi(endpoint=_ENDPOINT, token=_beside("testing_constants").TOKEN)


@pytest.fixture(scope="session")
def api_prod() -> HfApi:
    return HfApi(endpoint="https://huggingface.co", token=False)


@pytest.fixture
def repo_factory(api: HfApi) -> Iterator[RepoFactory]:
    """Makes repos that go when the test ends."""
    repo_name = _beside("testing_utils").repo_name
    made: list[tuple[str, str, Any]] = []

    def create(repo_type: str = "model", repo_id: str | None = None, **options: Any) -> RepoUrl:
        url = api.create_repo(repo_id or repo_name(), repo_type=repo_type, **options)
        made.append((url.repo_id, repo_type, options.get("token")))
        return url

    yield create
    for repo_id, repo_type, token in made:
        api.delete_repo(repo_id, repo_type=repo_type, token=token, missing_ok=True)
