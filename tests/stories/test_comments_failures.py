"""Evaluations that people asked for and that fail: one comment with the cause, and the line that may do better."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import psycopg
import pytest

from bot.asked_run_values import RunStage
from bot.budget import Used
from bot.budget_records import spent
from localhub import Fault, JobPolicy
from tests.fake_frameworks.environment import Trouble, troubled_files
from tests.stories.runs import model
from tests.stories.talk import Talk, a_talking_town, discussion
from tests.stories.town import BOT, Town

# The client's own upload of large files.
pytestmark = pytest.mark.filterwarnings("ignore:Use 'content=:DeprecationWarning")


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory, postgres: str) -> Iterator[Town]:
    with a_talking_town(tmp_path_factory.mktemp("town"), postgres, "stories_of_failures") as running:
        yield running


@pytest.fixture(autouse=True)
def _usual(place: Town) -> Iterator[None]:
    yield
    place.hub.clear_faults()
    place.hub.set_job_policy(JobPolicy())


def of_trouble(place: Town, trouble: Trouble, text: str = "/eval gsm8k") -> Talk:
    """Somebody asks for an evaluation of a model that cannot be served."""
    return discussion(place, text, repo=model(place, troubled_files(trouble)))


def used(talk: Talk) -> Used:
    """What runs of the repo have cost on this day, and what is reserved for them."""
    with talk.town.records.connection() as connection:
        return spent(connection, datetime.now(UTC), talk.repo.hub_id, "").repo


def test_a_machine_that_is_too_small_is_told_with_the_next_larger_one(place: Town) -> None:
    talk = of_trouble(place, "out of memory")
    run = talk.finish()
    assert run.stage is RunStage.FAILED
    answer, result = talk.answers()
    assert "State: ended without a result" in answer
    assert f"The memory of {run.request.flavor} was not enough" in result
    (line,) = lines(result)
    assert line.startswith("/eval gsm8k framework=inspect hardware=")
    assert not line.endswith(f"={run.request.flavor}")
    assert talk.repo.bot_pulls() == {}

    # The line is a command that starts a run there.
    talk.say(line)
    again = talk.finish()
    assert (again.id, again.request.flavor) == (run.id + 1, line.rpartition("=")[2])
    assert len(talk.answers()) == 4
    assert used(talk).reserved == 0

    # Two failures in a row: the repo has to pause, whoever asks.
    talk.say("/eval gsm8k", place.operator)
    assert "The last 2 runs of this repo failed, so no further one begins before " in talk.answers()[-1]
    assert len(talk.runs()) == 2
    later(place, timedelta(hours=1))
    is_accepted(talk)


def is_accepted(talk: Talk) -> None:
    """A further run may begin; it does not have to."""
    place, count = talk.town, len(talk.runs())
    place.hub.set_job_policy(JobPolicy(scheduling="never"))
    talk.say("/eval gsm8k")
    assert len(talk.runs()) == count + 1
    talk.say("/eval cancel")
    assert talk.finish().stage is RunStage.CANCELLED


def lines(text: str) -> list[str]:
    """The commands that a text offers to copy."""
    return [line.strip("`") for line in text.splitlines() if line.startswith("`/eval")]


def later(place: Town, time: timedelta) -> None:
    """Runs that are over were so earlier."""
    with psycopg.connect(place.database_url) as connection:
        connection.execute("update asked_runs set ended_at = ended_at - %s where over", [time])


def test_an_architecture_that_vllm_does_not_know_is_told_with_the_other_backend(place: Town) -> None:
    talk = of_trouble(place, "unknown architecture")
    assert talk.finish().stage is RunStage.FAILED
    _, result = talk.answers()
    assert "vLLM does not know the model's architecture" in result
    assert lines(result) == ["/eval gsm8k framework=inspect backend=hf"]


def test_a_run_that_takes_too_long_is_told_with_a_faster_machine(place: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("handlers.run_start.with_month", lambda plan, *_: replace(plan, time_limit=2))
    talk = of_trouble(place, "never ready", "/eval gsm8k fewshot=4")
    assert talk.finish().stage is RunStage.FAILED
    _, result = talk.answers()
    assert "The time limit was reached on " in result
    (line,) = lines(result)
    assert line.startswith("/eval gsm8k framework=inspect hardware=")
    assert line.endswith(" fewshot=4")


def test_a_job_that_never_gets_a_machine_is_told(place: Town) -> None:
    place.hub.set_job_policy(JobPolicy(scheduling="fails"))
    talk = discussion(place, "/eval gsm8k")
    assert talk.finish().stage is RunStage.FAILED
    _, result = talk.answers()
    assert "It could not be started where it should run, which is not the model's fault" in result


def test_an_account_without_credit_is_said_and_nothing_stays_reserved(place: Town) -> None:
    place.hub.add_fault(Fault(user=BOT, method="POST", path=f"/api/jobs/{BOT}$", status=402, count=None))
    talk = discussion(place, "/eval gsm8k")
    assert talk.finish().stage is RunStage.FAILED
    _, result = talk.answers()
    assert "The operator's account has no credit left" in result
    assert used(talk) == Used()
    # That is not the repo's fault: it does not have to pause.
    talk.say("/eval gsm8k limit=3")
    talk.finish()
    assert len(talk.answers()) == 4
    place.hub.clear_faults()
    is_accepted(talk)
