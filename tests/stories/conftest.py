"""Stories share a town, each with repos of its own. All are told twice: what the Hub leaves open may be either way."""

from collections.abc import Iterator

import psycopg
import pytest

from bot import database
from localhub import Switches
from tests.stories.town import Town, town

TOWNS = {
    "usual": Switches(webhook_retry_delays=(0.05, 0.1, 0.2)),
    "otherwise": Switches(
        commit_pr_status="draft",
        pr_events="discussion-first",
        closed_pr_push_status=409,
        merge_shape="merge",
        page_size=2,
        draft_results_shown=True,
        eval_results_by_default=True,
        webhook_copies=2,
        webhook_retry_delays=(0.05, 0.1, 0.2),
    ),
}


@pytest.fixture(autouse=True, scope="session")
def _client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("huggingface_hub.constants.HF_HUB_DISABLE_XET", True)
        patch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(tmp_path_factory.mktemp("cache")))
        yield


@pytest.fixture(scope="session", params=TOWNS)
def chat(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, postgres: str) -> Iterator[Town]:
    """The town in which the stories happen."""
    name = f"stories_{request.param}"
    with psycopg.connect(postgres, autocommit=True) as connection:
        connection.execute(f"create database {name}".encode())
    url = postgres.replace("/postgres?", f"/{name}?", 1)
    database.migrate(url)
    with town(tmp_path_factory.mktemp("town"), url, switches=TOWNS[request.param]) as running:
        yield running
