"""What people may spend by commands in comments: what is left, what becomes free, and who gets the last dollar."""

import threading
from collections.abc import Iterator
from typing import Any

import pytest

from bot.asked_run_values import RunStage
from localhub import JobPolicy
from tests.stories.talk import Talk, a_talking_town, discussion
from tests.stories.town import Town

# The client's own upload of large files.
pytestmark = pytest.mark.filterwarnings("ignore:Use 'content=:DeprecationWarning")

# One run may cost $3.27, as four hours and five minutes of the machine do: there is money for one at a time.
CAPS: dict[str, Any] = {"day_usd": 6.0, "user_day_usd": 5.0, "repo_day_usd": 4.0}


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory, postgres: str) -> Iterator[Town]:
    with a_talking_town(tmp_path_factory.mktemp("town"), postgres, "stories_of_money", **CAPS) as running:
        yield running


@pytest.fixture(autouse=True)
def _no_machine(place: Town) -> Iterator[None]:
    """Jobs wait for their machine, unless a story says otherwise; what was spent is forgotten."""
    place.hub.set_job_policy(JobPolicy(scheduling="never"))
    yield
    with place.records.connection() as connection:
        assert connection.execute("select 1 from asked_runs where reserved_usd > 0").fetchall() == []
        connection.execute("delete from asked_runs")


def last_words(talk: Talk) -> str:
    """The newest comment of the bot as people see it."""
    return talk.answers()[-1].replace("\\", "")


def end(talk: Talk) -> None:
    """Nothing of it waits or runs any more."""
    talk.say("/eval cancel")
    talk.finish()


def test_a_refusal_says_what_is_left_and_when_and_a_cheaper_end_frees_the_rest(place: Town) -> None:
    talk = discussion(place, "/eval gsm8k")
    (run,) = talk.runs()
    assert run.request.most_usd == pytest.approx(3.2667, abs=1e-4)
    talk.say("/eval gsm8k fewshot=4", place.operator)
    assert "may cost up to $3.27, and of the $4.00 for one repo in a day $0.73 is left" in last_words(talk)
    assert "ask again when runs that are under way are over, or for fewer samples (limit=N)" in last_words(talk)
    assert len(talk.runs()) == 1

    place.hub.set_job_policy(JobPolicy())
    ended = talk.finish()
    assert ended.stage is RunStage.DONE
    assert ended.cost_usd is not None
    assert ended.cost_usd < 0.1
    place.hub.set_job_policy(JobPolicy(scheduling="never"))
    talk.say("/eval gsm8k fewshot=4", place.operator)
    assert len(talk.runs()) == 2
    end(talk)


def test_what_was_spent_is_free_again_tomorrow(place: Town) -> None:
    talk = discussion(place, "/eval gsm8k")
    end(talk)
    with place.records.connection() as connection:
        connection.execute("update asked_runs set cost_usd = 1.5")
    talk.say("/eval gsm8k fewshot=4")
    assert "of the $4.00 for one repo in a day $2.50 is left: ask again after " in last_words(talk)
    assert " 00:00 UTC" in last_words(talk)
    with place.records.connection() as connection:
        connection.execute("update asked_runs set ended_at = ended_at - interval '1 day'")
    talk.say("/eval gsm8k fewshot=4")
    assert len(talk.runs()) == 2
    end(talk)


def test_what_one_person_may_spend_counts_for_all_repos(place: Town) -> None:
    first, second = discussion(place, "/eval gsm8k"), discussion(place, "/eval gsm8k")
    assert "of the $5.00 that one person may spend in a day $1.73 is left" in last_words(second)
    assert second.runs() == []
    end(first)


def test_an_approval_that_costs_too_much_leaves_the_request_waiting(place: Town) -> None:
    first, second = discussion(place, "/eval gsm8k"), discussion(place, "/eval gsm8k", place.stranger)
    (run,) = second.runs()
    line = f"/approve {run.id} {run.request.spec.revision}"
    second.say(line)
    assert "that one person may spend in a day" in last_words(second)
    assert second.runs()[0].stage is RunStage.WAITING
    end(first)
    second.say(line)
    assert second.runs()[0].stage is RunStage.SUBMITTED
    end(second)


def test_of_two_who_ask_for_the_last_dollar_at_once_one_gets_it(place: Town) -> None:
    talks = [discussion(place), discussion(place)]
    for talk, who in zip(talks, (place.author, place.operator), strict=True):
        who.comment_discussion(talk.repo.id, talk.number, "/eval gsm8k")
    place.hub.wait_idle(timeout=20)
    other = threading.Thread(target=place.another_worker())
    other.start()
    place.serving.call(place.worker.run(concurrency=2, wait=False))
    other.join()
    place.settle()
    assert sorted(len(talk.runs()) for talk in talks) == [0, 1]
    loser, winner = sorted(talks, key=lambda talk: len(talk.runs()))
    assert "of the $6.00 for all runs of a day $2.73 is left" in last_words(loser)
    end(winner)
    loser.say("/eval gsm8k")
    assert len(loser.runs()) == 1
    end(loser)
