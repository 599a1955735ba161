"""The whole way with the real framework: a job of the local Hub runs inspect on transformers, and a PR says the number.

What is particular here is only the framework; `tests/stories/test_run_jobs.py` tells the rest with a stand-in.
"""

import json
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import pytest
from huggingface_hub import HfApi
from typer.testing import CliRunner, Result

from bot.cli import app
from bot.settings import Settings
from evaluators.results import parse
from evaluators.runs.task_table import table
from localhub import LocalHub
from tests.evals.asked import BRIEF, World
from tests.evals.conftest import AUTHOR
from tests.evals.questions import GSM8K

RUNS = "author/runs"


def scorekeeper(*arguments: str) -> Result:
    return CliRunner().invoke(app, ["eval", *arguments])


@pytest.fixture(autouse=True)
def _settings(hub: LocalHub, pythons: Mapping[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for field in Settings.model_fields.values():
        monkeypatch.delenv(str(field.alias), raising=False)
    monkeypatch.chdir(tmp_path)
    for name, value in {
        "HF_ENDPOINT": hub.url,
        "HF_TOKEN": AUTHOR,
        "SCOREKEEPER_HOME": str(tmp_path / "home"),
        "SCOREKEEPER_JOBS_PYTHON": pythons["inspect"],
        "SCOREKEEPER_RESULTS_REPO": RUNS,
    }.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr("bot.cli.eval_start.PAUSES", {"jobs": 0.5})
    # The data set here has eight of its questions; of so few nothing would be filed.
    monkeypatch.setitem(table(), "gsm8k", replace(table()["gsm8k"], samples=8))


@pytest.mark.timeout(300)
def test_a_job_with_inspect_ends_in_a_pull_request(hub: LocalHub, world: World, tmp_path: Path) -> None:
    machine = ("--backend", "hf", "--dtype", "float32", "--flavor", "cpu-basic")
    submitted = scorekeeper(
        "submit", "--model", BRIEF, "--tasks", "gsm8k", *machine, "--max-tokens", "400", "--wait", "--json"
    )
    assert submitted.exit_code == 0, submitted.output
    ended = json.loads(submitted.stdout)
    result = ended["result"]
    assert result["model"]["revision"] == world.commits[BRIEF]
    assert (result["versions"]["framework"], result["versions"]["framework_version"]) == ("inspect", "0.3.285")

    published = scorekeeper("publish", ended["run"], "--create-pr", "--json")
    assert published.exit_code == 0, published.output
    told = json.loads(published.stdout)
    api = HfApi(endpoint=hub.url, token=AUTHOR)
    revision = f"refs/pr/{told['pull_request']}"
    path = api.hf_hub_download(BRIEF, ".eval_results/gsm8k.yaml", revision=revision, cache_dir=tmp_path)
    (entry,) = parse(Path(path).read_text())
    data = result["tasks"][0]["dataset"]
    assert (data["id"], data["config"], data["split"]) == (GSM8K, "main", "test")
    assert entry.revision == data["revision"] == api.dataset_info(GSM8K).sha
    assert result["tasks"][0]["samples_cut"] == 0
    assert entry.value == round(100 * result["tasks"][0]["value"], 2)
    assert (entry.date, entry.source_url) == (result["finished"], told["log_url"])
    log = told["log_url"].partition("/blob/main/")[2]
    kept = api.hf_hub_download(RUNS, log, repo_type="dataset", cache_dir=tmp_path)
    assert "scorekeeper: evaluating gsm8k" in Path(kept).read_text()
