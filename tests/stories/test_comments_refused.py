"""What happens when the Hub or the place of a run refuses, and when people change their minds before a run begins."""

from collections.abc import Iterator

import pytest

from bot.asked_run_values import AskedRun, RunStage
from bot.budget_records import resume, stop
from localhub import Fault, JobPolicy
from tests.actions.github import REPO, WRITE, GitHub, github
from tests.stories.runs import model
from tests.stories.talk import a_talking_town, discussion
from tests.stories.town import BOT, Town

# The client's own upload of large files.
pytestmark = pytest.mark.filterwarnings("ignore:Use 'content=:DeprecationWarning")

BUSY = Fault(user=BOT, method="POST", path=f"/api/jobs/{BOT}$", status=503)


@pytest.fixture(scope="module")
def remote(tmp_path_factory: pytest.TempPathFactory) -> Iterator[GitHub]:
    """GitHub, where runs wait for a runner for ever."""
    with github(tmp_path_factory.mktemp("github")) as running:
        running.held = True
        yield running


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory, postgres: str, remote: GitHub) -> Iterator[Town]:
    """A town whose bot evaluates in jobs, and does not look long for one whose start was not answered."""
    elsewhere = {"runs_on": ("jobs", "github"), "github_repo": REPO, "github_token": WRITE, "github_api": remote.url}
    folder = tmp_path_factory.mktemp("town")
    with (
        pytest.MonkeyPatch.context() as patch,
        a_talking_town(folder, postgres, "stories_of_refusals", runs_at_once=50, **elsewhere) as running,
    ):
        patch.setattr("bot.evaluations.PATIENCE", 0.3)
        patch.setattr("evaluators.runs.launch_github.PAUSE", 0.05)
        yield running


@pytest.fixture(autouse=True)
def _usual(place: Town) -> Iterator[None]:
    yield
    place.hub.clear_faults()
    place.hub.set_job_policy(JobPolicy())
    with place.records.connection() as connection:
        resume(connection)


def jobs(place: Town) -> int:
    return len(list(place.bot.list_jobs(namespace=BOT)))


def remind(place: Town) -> None:
    place.serving.call(place.keeper.remind())
    place.hurry()


def spent(place: Town, run: AskedRun) -> float:
    with place.records.connection() as connection:
        (dollars,) = connection.execute("select spent_usd from asked_runs where id = %s", [run.id]).fetchone() or (-1,)
    return float(dollars)


def test_what_is_cancelled_before_its_place_took_it_is_not_started(place: Town) -> None:
    before = jobs(place)
    place.hub.add_fault(BUSY)
    talk = discussion(place, "/eval gsm8k")
    (run,) = talk.runs()
    assert (run.stage, run.place_id) == (RunStage.SUBMITTED, None)
    place.evaluations.runs.ask_cancel(run.id)
    place.hub.clear_faults()
    run = talk.finish()
    assert run.stage is RunStage.CANCELLED
    assert spent(place, run) == 0
    assert jobs(place) == before


def test_a_stop_holds_for_what_its_place_did_not_take(place: Town) -> None:
    before = jobs(place)
    place.hub.add_fault(BUSY)
    talk = discussion(place, "/eval gsm8k")
    with place.records.connection() as connection:
        stop(connection)
    place.hub.clear_faults()
    remind(place)
    assert jobs(place) == before
    with place.records.connection() as connection:
        resume(connection)
    assert talk.finish().stage is RunStage.DONE


def test_a_flood_of_a_stranger_gets_few_answers(place: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("handlers.commented.ANSWERS_TO_STRANGERS", 2)
    talk = discussion(place)
    for _ in range(5):
        place.stranger.comment_discussion(talk.repo.id, talk.number, "/eval help")
    place.settle()
    assert len(talk.answers()) == 2


def test_what_nobody_can_be_told_of_is_not_started(place: Town) -> None:
    before = jobs(place)
    place.hub.add_fault(Fault(user=BOT, method="POST", path="/comment$", status=403))
    talk = discussion(place, "/eval gsm8k")
    place.hub.clear_faults()
    remind(place)
    assert [one.stage for one in talk.runs()] == [RunStage.CANCELLED]
    assert talk.answers() == []
    assert jobs(place) == before


def test_a_command_that_the_hub_refuses_leaves_the_others_with_their_answer(place: Town) -> None:
    repo = model(place)
    repo.push_card(gsm8k="86.3")
    place.hub.add_fault(Fault(user=BOT, method="POST", path="/edit$", status=403, count=1))
    talk = discussion(place, "/eval gsm8k limit=3\n/ignore gsm8k\n/eval status", repo=repo)
    (answer,) = talk.answers()[:1]
    assert "a trial" in answer
    assert "403" in answer
    assert "| Run | Tasks |" in answer
    assert talk.finish().stage is RunStage.DONE
    assert len(talk.answers()) == 2


def test_a_place_that_does_not_show_a_run_for_once_ends_nothing(place: Town) -> None:
    place.hub.set_job_policy(JobPolicy(scheduling="never"))
    talk = discussion(place, "/eval gsm8k")
    place.hub.add_fault(Fault(user=BOT, method="GET", path=f"/api/jobs/{BOT}/", status=403, count=1))
    place.hurry()
    assert talk.runs()[0].stage is RunStage.SUBMITTED
    talk.say("/eval cancel")
    assert talk.finish().stage is RunStage.CANCELLED


def test_a_run_that_its_place_has_lost_is_told_as_lost(place: Town) -> None:
    place.hub.set_job_policy(JobPolicy(scheduling="never"))
    talk = discussion(place, "/eval gsm8k")
    place.hub.add_fault(Fault(user=BOT, method="GET", path=f"/api/jobs/{BOT}/", status=404))
    place.hurry()
    (run,) = talk.runs()
    assert run.stage is RunStage.EXPIRED
    assert "is lost: ask again" in talk.answers()[1]
    # Nobody knows what it cost.
    assert spent(place, run) == run.request.most_usd


def test_a_run_that_never_got_its_machine_cost_nothing(place: Town) -> None:
    place.hub.set_job_policy(JobPolicy(scheduling="never"))
    talk = discussion(place, "/eval gsm8k")
    talk.say("/eval cancel")
    run = talk.finish()
    assert run.place_id is not None
    assert spent(place, run) == 0


def test_an_answer_that_may_not_be_edited_holds_up_nothing(place: Town) -> None:
    talk = discussion(place, "/eval gsm8k limit=3")
    place.hub.add_fault(Fault(user=BOT, method="POST", path="/edit$", status=403))
    run = talk.finish()
    assert run.stage is RunStage.DONE
    assert [one.decision for one in talk.repo.looks() if one.decision == "failed"] == []
    assert len(talk.answers()) == 2


def test_an_approved_pull_request_is_evaluated(place: Town) -> None:
    repo = model(place)
    number = repo.strangers_pull("notes.txt", "Better.")
    talk = discussion(place, f"/eval gsm8k revision=pr/{number}", place.stranger, repo)
    (run,) = talk.runs()
    talk.say(f"/approve {run.id} {run.request.spec.revision}")
    run = talk.finish()
    assert run.stage is RunStage.DONE, run.cause


def test_what_github_took_and_does_not_list_yet_is_not_asked_for_again(place: Town, remote: GitHub) -> None:
    remote.lose_answers, remote.hide_newest = 1, 1000
    talk = discussion(place, "/eval gsm8k launcher=github")
    assert len(remote.runs) == 1
    # Neither the keeper nor what people say brings the next step forward: it may happen yet.
    place.serving.call(place.keeper.remind())
    talk.say("/eval cancel")
    assert len(remote.runs) == 1
    assert talk.runs()[0].stage is RunStage.SUBMITTED
    remote.hide_newest = 0
    place.hurry()
    (run,) = talk.runs()
    assert (run.place_id, run.cancel_asked) == (str(remote.runs[0].number), True)
    assert len(remote.runs) == 1


def test_who_waited_too_long_for_a_turn_is_told(place: Town) -> None:
    talk = discussion(place)
    place.hub.add_fault(Fault(user=BOT, method="GET", path=f"/api/jobs/{BOT}", status=503))
    talk.say("/eval gsm8k limit=3")
    with place.records.connection() as connection:
        connection.execute(
            "update asked_runs set stage = 'queued', submitted_at = null, stage_at = now() - interval '3 days'"
            " where id = %s",
            [talk.runs()[0].id],
        )
    place.hub.clear_faults()
    assert talk.finish().stage is RunStage.EXPIRED
    assert "two days" in talk.answers()[1]
