"""A Hub with a tiny model and tiny data sets, and the runs that the chosen tests ask for, started at once.

`make test-evals` says in SCOREKEEPER_TEST_EVALS where the frameworks' environments are; without it, nothing is
collected here.
"""

import os
import subprocess
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from evaluators.runs.launch_local import LocalLauncher
from localhub import LocalHub, Org, Repo, Seed, User
from tests.evals.asked import BRIEF, SPECS, TINY, World
from tests.evals.endpoint import Endpoint
from tests.evals.pool import Pool
from tests.evals.questions import COMMITS, brief_model, broken_models, data_sets

ENVIRONMENTS = os.environ.get("SCOREKEEPER_TEST_EVALS")
collect_ignore_glob = [] if ENVIRONMENTS else ["test_*.py"]
AUTHOR = "hf_author"
# Of others, the frameworks' caches would hold what another test got.
CACHES = ("HF_HOME", "HF_HUB_CACHE", "HF_DATASETS_CACHE", "XDG_CACHE_HOME", "HF_TOKEN")
_took: dict[str, tuple[float, float]] = {}


@pytest.fixture(scope="session")
def pythons() -> Mapping[str, str]:
    """The interpreters of the frameworks' environments."""
    return {name: str(Path(f"{ENVIRONMENTS}-{name}/bin/python").absolute()) for name in ("inspect", "lighteval")}


@pytest.fixture(scope="session")
def model(pythons: Mapping[str, str], tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, bytes]:
    """The files of the tiny model."""
    folder = tmp_path_factory.mktemp("model")
    script = Path(__file__).with_name("make_model.py")
    subprocess.run([pythons["inspect"], str(script), str(folder)], check=True, timeout=120, capture_output=True)
    return {path.name: path.read_bytes() for path in folder.iterdir()}


@pytest.fixture(scope="session")
def hub(model: Mapping[str, bytes], tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalHub]:
    """A Hub that has everything the runs read."""
    models = [
        Repo(name, files=dict(files))
        for name, files in {TINY: model, BRIEF: brief_model(model), **broken_models(model)}.items()
    ]
    gated = Repo("acme/gated", files=dict(model), gated="manual")
    data = [Repo(name, kind="dataset", files=dict(files), creator="author") for name, files in data_sets().items()]
    orgs = [Org(name, members={"author": "admin"}) for name in ("acme", "openai", "cais", "allenai")]
    seed = Seed([User("author", AUTHOR)], orgs, [*models, gated, *data])
    with LocalHub(tmp_path_factory.mktemp("hub"), seed, jobs=True) as hub:
        yield hub


@pytest.fixture(scope="session")
def world(hub: LocalHub) -> Iterator[World]:
    """The commits of the models, the tags that the frameworks ask for, and an API."""
    from huggingface_hub import HfApi  # noqa: PLC0415 - reads its environment when it is loaded

    api = HfApi(endpoint=hub.url, token=AUTHOR)
    for name, commit in COMMITS.items():
        api.create_tag(name, tag=commit, repo_type="dataset")
    commits = {str(one.id): str(api.model_info(one.id).sha) for one in api.list_models(author="acme")}
    data = {name: str(api.dataset_info(name).sha) for name in data_sets()}
    with Endpoint() as endpoint:
        yield World(commits, data, endpoint)


@pytest.fixture(scope="session")
def launcher(
    hub: LocalHub, pythons: Mapping[str, str], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[LocalLauncher]:
    """Starts runs on this machine, with this Hub."""
    with pytest.MonkeyPatch.context() as patch:
        for name in CACHES:
            patch.delenv(name, raising=False)
        variables = {"HF_ENDPOINT": hub.url, "HF_HUB_DISABLE_XET": "1"}
        yield LocalLauncher(tmp_path_factory.mktemp("runs"), pythons, variables)


@pytest.fixture(scope="session")
def pool(request: pytest.FixtureRequest, world: World, launcher: LocalLauncher) -> Iterator[Pool]:
    """The runs that the chosen tests name (`@pytest.mark.runs`), each started once."""
    wanted = {name for item in request.session.items for mark in item.iter_markers("runs") for name in mark.args}
    with Pool(launcher) as pool:
        for name in SPECS:
            if name in wanted:
                pool.start(name, world.plan(name))
        yield pool
    _took.update(pool.took)


def pytest_configure(config: pytest.Config) -> None:
    """The mark of this folder."""
    config.addinivalue_line("markers", "runs(*names): the runs of tests.evals.asked that a test looks at")


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """What each run took."""
    for name, (seconds, peak) in _took.items():
        terminalreporter.write_line(f"{name:16} {seconds:5.0f} s  {peak:4.1f} GB")
