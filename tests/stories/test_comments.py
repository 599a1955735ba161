"""People talk to the bot: evaluations are asked for, approved, cancelled and told of, with two comments at most."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Literal

import pytest

from bot.asked_run_values import RunStage
from bot.asked_runs import AskedRuns
from bot.budget_records import resume, stop
from localhub import Fault, JobPolicy
from tests.stories.runs import model
from tests.stories.talk import a_talking_town, discussion
from tests.stories.town import BOT, Town, card

# The client's own upload of large files.
pytestmark = pytest.mark.filterwarnings("ignore:Use 'content=:DeprecationWarning")

GSM8K = "openai/gsm8k"


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory, postgres: str) -> Iterator[Town]:
    """A town whose bot evaluates in jobs."""
    folder = tmp_path_factory.mktemp("town")
    with (
        pytest.MonkeyPatch.context() as patch,
        a_talking_town(folder, postgres, "stories_of_comments") as running,
    ):
        # One stranger asks in many stories.
        patch.setattr("handlers.commented.ANSWERS_TO_STRANGERS", 1000)
        yield running


@pytest.fixture(autouse=True)
def _usual(place: Town) -> Iterator[None]:
    yield
    place.hub.clear_faults()
    place.hub.set_job_policy(JobPolicy())
    with place.records.connection() as connection:
        resume(connection)


@pytest.fixture
def no_machine(place: Town) -> None:
    """Jobs wait for their machine for as long as anybody looks."""
    place.hub.set_job_policy(JobPolicy(scheduling="never"))


def test_an_author_evaluates_and_gets_the_result_and_a_pull_request(place: Town) -> None:
    talk = discussion(place, "/eval gsm8k")
    (answer,) = talk.answers()
    assert "`gsm8k`" in answer
    assert "State: queued." in answer or "State: started" in answer or "State: running" in answer

    run = talk.finish()
    assert run.stage is RunStage.DONE
    answer, result = talk.answers()
    assert "State: finished" in answer
    assert "| gsm8k | accuracy | 25% | 15% | 1,319 |" in result
    pull = talk.repo.the_pull()
    assert pull.results() == {GSM8K: 25.0}
    assert f"/{talk.repo.id}/discussions/{pull.number})" in result
    assert "/blob/main/runs/" in result
    assert talk.edits()[0] <= 3
    # Whatever comes again, nothing more is said.
    talk.town.serving.call(place.keeper.remind())
    place.settle()
    talk.say("Thank you!")
    assert len(talk.answers()) == 2


def test_a_typo_gets_one_correction(place: Town) -> None:
    talk = discussion(place, "/eval gms8k")
    (answer,) = talk.answers()
    assert "/eval gms8k" in answer
    assert "^" in answer
    assert "`gsm8k`" in answer
    talk.say("Oh.")
    assert talk.answers() == [answer]
    assert talk.runs() == []


def test_help_and_status_are_for_everybody(place: Town) -> None:
    talk = discussion(place, "/eval help", place.stranger)
    (help_text,) = talk.answers()
    assert "`/eval" in help_text
    talk.say("/eval status", place.stranger)
    assert "No evaluation of" in talk.answers()[1]


def test_who_says_nothing_to_the_bot_gets_no_answer(place: Town) -> None:
    talk = discussion(place, "Is `/eval gsm8k` right?\n\n> /eval gsm8k\n\n```\n/eval gsm8k\n```\n\n/merge")
    talk.say("    /eval gsm8k")
    talk.say("<!--\n/eval gsm8k\n-->")
    assert talk.answers() == []
    assert talk.runs() == []


def test_an_edit_starts_nothing(place: Town) -> None:
    talk = discussion(place)
    talk.say("Just words.")
    last = talk.comments()[-1]
    place.author.edit_discussion_comment(talk.repo.id, talk.number, last.id, "/eval gsm8k")
    place.settle()
    talk.say("/eval status")
    assert len(talk.answers()) == 1
    assert talk.runs() == []


def test_what_the_bot_says_itself_starts_nothing(place: Town) -> None:
    talk = discussion(place)
    talk.say("/eval gsm8k", place.bot)
    talk.say("/eval status")
    assert len(talk.answers()) == 2
    assert talk.runs() == []


def test_a_stranger_waits_for_approval(place: Town) -> None:
    talk = discussion(place, "/eval gsm8k", place.stranger)
    (answer,) = talk.answers()
    (run,) = talk.runs()
    line = f"/approve {run.id} {run.request.spec.revision}"
    assert line in answer
    assert run.stage is RunStage.WAITING

    talk.say(line, place.stranger)
    assert "`/approve` is for" in talk.answers()[1]
    talk.say(f"/approve {run.id} {'0' * 40}")
    assert "another commit" in talk.answers()[2]
    assert talk.runs()[0].stage is RunStage.WAITING

    talk.say(line)
    assert talk.finish().stage is RunStage.DONE
    # The approval has no answer of its own: the first one tells.
    assert len(talk.answers()) == 4
    assert "State: finished" in talk.answers()[0]
    assert talk.edits()[0] <= 3


def test_an_operator_may_approve_too(place: Town) -> None:
    talk = discussion(place, "/eval gsm8k", place.stranger)
    (run,) = talk.runs()
    talk.say(f"/approve {run.id} {run.request.spec.revision[:7]}", place.operator)
    assert talk.finish().stage is RunStage.DONE


def test_when_the_model_moves_there_is_nothing_to_approve(place: Town) -> None:
    talk = discussion(place, "/eval gsm8k", place.stranger)
    (run,) = talk.runs()
    commit = talk.move_model()
    talk.say(f"/approve {run.id} {run.request.spec.revision}")
    assert talk.finish().stage is RunStage.EXPIRED
    answers = talk.answers()
    assert len(answers) == 2
    assert commit[:7] in answers[1]
    assert "/eval gsm8k" in answers[1]
    assert "State: expired" in answers[0]


def test_an_approval_dies_when_the_model_moves_before_the_start(place: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    talk = discussion(place, "/eval gsm8k", place.stranger)
    (run,) = talk.runs()
    with monkeypatch.context() as patch:
        patch.setattr(AskedRuns, "may_start", lambda *_: False)
        talk.say(f"/approve {run.id} {run.request.spec.revision}")
        assert talk.runs()[0].stage is RunStage.QUEUED
    talk.move_model()
    ended = talk.finish()
    assert (ended.stage, ended.place_id) == (RunStage.EXPIRED, None)
    assert "ask again" in talk.answers()[-1]


@pytest.mark.usefixtures("no_machine")
def test_two_who_ask_for_the_same_get_one_run(place: Town) -> None:
    talk = discussion(place, "/eval gsm8k")
    (run,) = talk.runs()
    other = discussion(place, "/eval GSM8K framework=inspect", repo=talk.repo)
    assert talk.runs() == [run] or [one.id for one in talk.runs()] == [run.id]
    (answer,) = other.answers()
    assert f"Run {run.id} is the same" in answer
    place.hub.set_job_policy(JobPolicy())
    other.say(f"/eval cancel {run.id}")
    assert talk.finish().stage is RunStage.CANCELLED


def test_what_is_done_is_answered_with_its_result(place: Town) -> None:
    talk = discussion(place, "/eval gsm8k")
    run = talk.finish()
    talk.say("/eval gsm8k", place.stranger)
    assert f"Run {run.id} did the same" in talk.answers()[-1]
    assert run.result_id is not None
    assert f"#{run.result_id}" in talk.answers()[-1]
    assert len(talk.runs()) == 1


@pytest.mark.usefixtures("no_machine")
def test_a_run_is_cancelled_by_whoever_asked(place: Town) -> None:
    talk = discussion(place, "/eval gsm8k")
    talk.say("/eval cancel", place.stranger)
    assert "is for" in talk.answers()[-1]
    talk.say("/eval cancel")
    run = talk.finish()
    assert run.stage is RunStage.CANCELLED
    assert len(talk.answers()) == 2
    assert "State: cancelled" in talk.answers()[0]
    assert run.place_id is not None
    assert place.bot.inspect_job(job_id=run.place_id, namespace=BOT).status.stage == "CANCELED"


@pytest.mark.usefixtures("no_machine")
def test_who_has_turned_the_bot_off_can_still_end_a_run(place: Town) -> None:
    talk = discussion(place, "/eval gsm8k")
    talk.repo.push_file(".scorekeeper.yaml", "enabled: false\n")
    talk.say("/eval status")
    assert len(talk.answers()) == 1
    talk.say("/eval cancel")
    assert talk.finish().stage is RunStage.CANCELLED


def test_what_an_owner_asks_for_needs_no_approval_any_more(place: Town) -> None:
    talk = discussion(place, "/eval gsm8k", place.stranger)
    talk.say("/eval gsm8k")
    run = talk.finish()
    assert run.stage is RunStage.DONE
    (_, asked_first) = talk.runs()
    assert asked_first.stage is RunStage.EXPIRED
    assert f"Run {run.id} is the same" in (asked_first.cause or "")
    assert "State: expired" in talk.answers()[0]
    assert len(talk.answers()) == 3


def test_a_place_that_the_operator_does_not_offer_is_not_taken(place: Town) -> None:
    talk = discussion(place, "/eval gsm8k launcher=github")
    assert "Evaluations run on jobs here." in talk.answers()[0]
    assert talk.runs() == []


def test_a_trial_stands_in_the_discussion_only(place: Town) -> None:
    talk = discussion(place, "/eval gsm8k limit=3")
    assert "trial" in talk.answers()[0]
    assert talk.finish().stage is RunStage.DONE
    assert "published nowhere" in talk.answers()[1]
    assert talk.repo.bot_pulls() == {}


def test_what_stands_in_the_way_is_said_at_once(place: Town) -> None:
    repo = place.repo()
    repo.push_file("config.json", "{}")
    talk = discussion(place, "/eval gsm8k", repo=repo)
    (answer,) = talk.answers()
    assert "Not started" in answer
    assert "safetensors" in answer
    assert talk.runs() == []


def test_a_benchmark_without_a_data_set_of_its_own_stands_in_the_comment(place: Town) -> None:
    talk = discussion(place, "/eval mmlu fewshot=0")
    assert "no registered benchmark" in talk.answers()[0]
    assert talk.finish().told
    assert "| mmlu |" in talk.answers()[1]
    assert talk.repo.bot_pulls() == {}


def test_the_card_is_looked_at_when_asked(place: Town) -> None:
    repo = model(place)
    text = card("A model.", repo.name, gsm8k="86.3").encode()
    place.author.upload_file(path_or_fileobj=text, path_in_repo="README.md", repo_id=repo.id)
    talk = discussion(place, "/extract", repo=repo)
    (answer,) = talk.answers()
    assert f"/discussions/{repo.the_pull().number})" in answer
    talk.say("/extract", place.stranger)
    assert "is for" in talk.answers()[1]


def test_a_benchmark_is_ignored_and_taken_up_again(place: Town) -> None:
    repo = model(place)
    repo.push_card(gsm8k="86.3", mmlu_pro="54.7")
    pull = repo.the_pull()
    talk = discussion(place, "/ignore gsm8k", repo=repo)
    assert GSM8K in talk.answers()[0]
    assert pull.results() == {"TIGER-Lab/MMLU-Pro": 54.7}
    assert repo.the_pull().number == pull.number
    # It stands in the pull request: without our database, it holds all the same.
    place.remember(repo.hub_id, repo.id)
    place.look(repo.hub_id)
    assert pull.results() == {"TIGER-Lab/MMLU-Pro": 54.7}
    talk.say("/unignore gsm8k")
    assert pull.results() == {GSM8K: 86.3, "TIGER-Lab/MMLU-Pro": 54.7}


@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize("path", ["/comment$", "/edit$", "/api/jobs/"])
def test_a_lost_answer_makes_no_second_comment_and_no_second_job(
    place: Town, path: str, when: Literal["before", "after"]
) -> None:
    repo = model(place)
    jobs = len(list(place.bot.list_jobs(namespace=BOT)))
    place.hub.add_fault(Fault(user=BOT, method="POST", path=path, status=500, when=when, count=1))
    talk = discussion(place, "/eval gsm8k", repo=repo)
    place.hurry()
    run = talk.finish()
    assert run.stage is RunStage.DONE
    assert len(talk.answers()) == 2
    assert len(list(place.bot.list_jobs(namespace=BOT))) == jobs + 1


def test_strangers_are_answered_only_so_often(place: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("handlers.commented.ANSWERS_TO_STRANGERS", 0)
    talk = discussion(place, "/eval help", place.stranger)
    assert talk.answers() == []


def test_old_comments_start_nothing(place: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("handlers.commented.STALE", timedelta(0))
    talk = discussion(place, "/eval gsm8k")
    assert talk.answers() == []
    assert talk.runs() == []


def test_everything_is_stopped_at_once(place: Town) -> None:
    with place.records.connection() as connection:
        stop(connection)
    talk = discussion(place, "/eval gsm8k")
    assert "stopped" in talk.answers()[0]
    assert talk.runs() == []
