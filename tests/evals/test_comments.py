"""Somebody asks in a discussion, and the real framework answers: a job runs inspect, a comment and a PR say the number.

What is particular here is only the framework; `tests/stories/test_comments.py` tells the rest with a stand-in.
"""

from collections.abc import Iterator, Mapping
from dataclasses import replace

import pytest

from bot.asked_run_values import RunStage
from evaluators.runs.task_table import table
from localhub import Org, Repo, Seed, User
from tests.evals.questions import COMMITS, GSM8K, brief_model, data_sets
from tests.stories.runs import model as model_of
from tests.stories.talk import a_talking_town, discussion
from tests.stories.town import Town

# Of the warnings, the client's own upload of large files.
pytestmark = [pytest.mark.filterwarnings("ignore:Use 'content=:DeprecationWarning"), pytest.mark.timeout(300)]


@pytest.fixture
def place(tmp_path_factory: pytest.TempPathFactory, postgres: str, pythons: Mapping[str, str]) -> Iterator[Town]:
    """A town with the questions, whose jobs have the real framework."""
    folder = tmp_path_factory.mktemp("town")
    with (
        pytest.MonkeyPatch.context() as patch,
        a_talking_town(folder, postgres, "stories_for_real", jobs_python=pythons["inspect"]) as running,
    ):
        patch.setattr("huggingface_hub.constants.HF_HUB_DISABLE_XET", True)
        patch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(folder / "cache"))
        # The data set here has eight of its questions; of so few nothing would be filed.
        patch.setitem(table(), "gsm8k", replace(table()["gsm8k"], samples=8))
        owner = GSM8K.partition("/")[0]
        questions = Repo(GSM8K, kind="dataset", files=dict(data_sets()[GSM8K]), creator="asker")
        running.hub.plant(Seed([User("asker", "hf_asker")], [Org(owner, members={"asker": "admin"})], [questions]))
        running.author.create_tag(GSM8K, tag=COMMITS[GSM8K], repo_type="dataset", token="hf_asker")
        yield running


def test_an_evaluation_that_is_asked_for_in_a_comment_runs_for_real(place: Town, model: Mapping[str, bytes]) -> None:
    talk = discussion(place, "/eval gsm8k backend=hf hardware=cpu-basic", repo=model_of(place, brief_model(model)))
    (answer,) = talk.answers()
    assert "with inspect and transformers" in answer
    run = talk.finish(seconds=200)
    assert run.stage is RunStage.DONE, talk.answers()
    assert run.result is not None
    (headline,) = [one for one in run.result["tasks"] if one["headline"]]
    answer, result = talk.answers()
    assert "State: finished" in answer
    assert "| gsm8k | accuracy | " in result
    assert f"{GSM8K} at {str(place.author.dataset_info(GSM8K).sha)[:7]}" in result
    assert talk.repo.the_pull().results() == {GSM8K: round(100 * headline["value"], 2)}
    assert f"/{talk.repo.id}/discussions/{talk.repo.the_pull().number})" in result
