"""The rows of runs that comments ask for, on a real database: every stage, every cap, and what may be repeated."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import psycopg
import pytest

from bot.asked_runs import AskedRuns, RunStage, Same
from bot.budget import Caps, begin_of_day, begin_of_month
from bot.budget_records import resume, stop
from tests.bot.asking import (
    ANY,
    OPERATOR,
    OWNER,
    STRANGER,
    asked_runs,
    let_in,
    request,
    settle,
    spec,
    unapproved,
    why_not,
)

CAPS = Caps(run_usd=5, user_day_usd=10, repo_day_usd=20, day_usd=50, month_usd=300)
ENDED = [one for one in RunStage if one.over]
BEGUN = {RunStage.SUBMITTED, RunStage.RUNNING}


@pytest.fixture
def runs(database_url: str) -> Iterator[AskedRuns]:
    with asked_runs(database_url) as opened:
        yield opened


def query(url: str, text: str, *values: object) -> None:
    with psycopg.connect(url) as connection:
        connection.execute(text.encode(), values)


def switch(url: str, *, on: bool) -> None:
    with psycopg.connect(url) as connection:
        (resume if on else stop)(connection)


def fail(runs: AskedRuns, repo_id: str = "r1", place: str | None = "job-1", stage: RunStage = RunStage.FAILED) -> None:
    run = let_in(runs.accept(request(repo_id=repo_id, most_usd=0), CAPS))
    assert runs.may_start(run.id, 99)
    assert runs.set(run.id, expect=BEGUN, stage=stage, place_id=place)


def test_a_request_comes_back_as_it_was_asked(runs: AskedRuns) -> None:
    asked = request(estimate_usd=None, flavor=None, most_usd=1.2345)
    run = let_in(runs.accept(asked, CAPS))
    assert run.request == asked
    assert runs.run(run.id) == run
    assert run.stage is RunStage.QUEUED
    assert (run.place_id, run.cost_usd, run.edits, run.told, run.cancel_asked) == (None, None, 0, False, False)
    assert len(run.nonce) == 32
    assert run.created_at == run.stage_at
    assert abs((datetime.now(UTC) - run.created_at).total_seconds()) < 60


def test_the_same_line_of_the_same_comment_makes_one_run_however_often_it_is_read(runs: AskedRuns) -> None:
    asked = request(most_usd=5)
    first = let_in(runs.accept(asked, CAPS))
    assert [let_in(runs.accept(asked, CAPS)) for _ in range(5)] == [first] * 5
    second = let_in(runs.accept(replace(asked, line=2, spec=spec()), CAPS))
    assert second.id != first.id
    assert second.nonce != first.nonce
    assert runs.of_comment(asked.comment_id) == [first, second]


@pytest.mark.parametrize("stage", [RunStage.QUEUED, RunStage.SUBMITTED, RunStage.RUNNING, RunStage.DONE])
def test_the_same_that_is_under_way_or_done_in_this_repo_is_answered_with_that_run(
    runs: AskedRuns, stage: RunStage
) -> None:
    first = let_in(runs.accept(request(spec=spec(seed=0)), CAPS))
    if stage is not RunStage.QUEUED:
        assert runs.may_start(first.id, 1)
    if stage in {RunStage.RUNNING, RunStage.DONE}:
        assert runs.set(first.id, expect=BEGUN, stage=stage)
    for again in (request(spec=spec(seed=0)), unapproved(spec=spec(seed=0))):
        assert runs.accept(again, CAPS) == Same(runs.run(first.id) or first)
    let_in(runs.accept(request(spec=spec(seed=0), repo_id="another repo"), CAPS))


@pytest.mark.parametrize("stage", [RunStage.FAILED, RunStage.CANCELLED, RunStage.EXPIRED])
def test_the_same_may_be_asked_for_again_after_it_came_to_nothing(runs: AskedRuns, stage: RunStage) -> None:
    first = let_in(runs.accept(request(spec=spec(seed=0)), CAPS))
    runs.set(first.id, expect={RunStage.QUEUED}, stage=stage)
    assert let_in(runs.accept(request(spec=spec(seed=0)), CAPS)).id != first.id


def test_a_request_that_waits_for_approval_holds_up_nobody_who_needs_none(runs: AskedRuns) -> None:
    strangers = let_in(runs.accept(unapproved(spec=spec(seed=0)), CAPS))
    another = unapproved(spec=spec(seed=0), asker="d" * 24)
    assert runs.accept(another, CAPS) == Same(strangers)
    owners = let_in(runs.accept(request(spec=spec(seed=0)), CAPS))
    assert owners.id != strangers.id
    assert runs.approve(strangers.id, OPERATOR, CAPS) == Same(owners)
    assert runs.accept(another, CAPS) == Same(owners)


def test_an_approval_reserves_and_counts_for_whoever_approved(runs: AskedRuns) -> None:
    waiting = let_in(runs.accept(unapproved(most_usd=5), CAPS))
    assert waiting.stage is RunStage.WAITING
    assert not runs.may_start(waiting.id, 9)
    let_in(runs.accept(request(most_usd=5), CAPS))
    let_in(runs.accept(request(most_usd=1), CAPS))
    assert "one person may spend in a day $4.00 is left" in why_not(runs.approve(waiting.id, OWNER, CAPS))
    run = let_in(runs.approve(waiting.id, OPERATOR, CAPS))
    assert (run.stage, run.approved_by, run.request) == (RunStage.QUEUED, OPERATOR, waiting.request)
    assert let_in(runs.approve(waiting.id, OPERATOR, CAPS)) == run
    assert why_not(runs.approve(waiting.id, OWNER, CAPS)) == f"Run {run.id} does not wait for approval, it is queued."
    assert "$5.00 is left" in why_not(runs.accept(request(most_usd=5.01, asker=OPERATOR), replace(CAPS, run_usd=9)))
    assert why_not(runs.approve(999, OWNER, CAPS)) == "There is no run 999: /eval status lists those there are."


def test_strangers_wait_in_small_numbers(runs: AskedRuns) -> None:
    let_in(runs.accept(unapproved(), CAPS))
    assert why_not(runs.accept(unapproved(repo_id="r2"), CAPS)).startswith("A request of yours waits for approval")
    for asker in "de":
        let_in(runs.accept(unapproved(asker=asker), CAPS))
    assert why_not(runs.accept(unapproved(asker="f"), CAPS)).startswith("3 requests for this repo wait for approval")
    (*_, last) = runs.active()
    assert runs.set(last.id, expect={RunStage.WAITING}, stage=RunStage.EXPIRED)
    let_in(runs.accept(unapproved(asker="f"), CAPS))
    assert all(one.stage is RunStage.WAITING for one in runs.active() if not one.stage.over)


@pytest.mark.parametrize(
    ("cap", "part"),
    [
        ("user_day_usd", "one person may spend in a day $1.00 is left"),
        ("repo_day_usd", "one repo in a day $1.00 is left"),
        ("day_usd", "all runs of a day $1.00 is left"),
        ("month_usd", "all runs of a month $1.00 is left"),
    ],
)
def test_each_cap_holds_and_counts_what_it_says(runs: AskedRuns, cap: str, part: str) -> None:
    wide: dict[str, Any] = {"user_day_usd": 900.0, "repo_day_usd": 900.0, "day_usd": 900.0, "month_usd": 900.0}
    caps = Caps(**(wide | {cap: 4.0}), run_usd=9)
    let_in(runs.accept(request(most_usd=3), caps))
    assert part in why_not(runs.accept(request(most_usd=1.0001), caps))
    others = {"user_day_usd": {"asker": "somebody else"}, "repo_day_usd": {"repo_id": "another"}}.get(cap)
    if others:
        let_in(runs.accept(request(most_usd=4, **others), caps))
    let_in(runs.accept(request(most_usd=1), caps))


def test_a_reservation_becomes_the_cost_when_the_run_is_over_and_not_before(runs: AskedRuns) -> None:
    caps = replace(CAPS, user_day_usd=5)
    run = let_in(runs.accept(request(most_usd=5), caps))
    runs.may_start(run.id, 1)
    assert settle(runs, run.id, 1.5)
    assert "$0.00 is left" in why_not(runs.accept(request(), caps))
    runs.set(run.id, expect=BEGUN, stage=RunStage.DONE)
    assert "$3.50 is left" in why_not(runs.accept(request(most_usd=4), caps))
    let_in(runs.accept(request(most_usd=3.5), caps))


@pytest.mark.parametrize("stage", ENDED)
def test_an_unknown_cost_is_all_that_was_reserved_if_the_run_began(runs: AskedRuns, stage: RunStage) -> None:
    caps = replace(CAPS, user_day_usd=5)
    begun = let_in(runs.accept(request(most_usd=4), caps))
    runs.may_start(begun.id, 1)
    runs.set(begun.id, expect=BEGUN, stage=stage)
    settle(runs, begun.id, None)
    assert "$1.00 is left" in why_not(runs.accept(request(most_usd=4), caps))
    settled = settle(runs, begun.id, 0.25)
    assert settled
    assert settled.cost_usd == 0.25
    again = settle(runs, begun.id, None)
    assert again
    assert again.cost_usd == 0.25
    run = let_in(runs.accept(request(most_usd=4.75), caps))
    assert runs.ask_cancel(run.id)
    runs.set(run.id, expect={RunStage.QUEUED}, stage=RunStage.CANCELLED)
    let_in(runs.accept(request(most_usd=4.75), caps))


def test_what_was_spent_frees_with_the_day_and_with_the_month_and_what_is_reserved_does_not(
    runs: AskedRuns, database_url: str
) -> None:
    caps = replace(CAPS, run_usd=9, day_usd=9, month_usd=9)
    run = let_in(runs.accept(request(most_usd=9), caps))
    query(database_url, "update asked_runs set created_at = created_at - interval '40 days'")
    assert "all runs of a day $0.00 is left" in why_not(runs.accept(request(), caps))
    runs.may_start(run.id, 1)
    runs.set(run.id, expect=BEGUN, stage=RunStage.DONE, cost_usd=9)
    now, tick, ended = datetime.now(UTC), timedelta(microseconds=1), "update asked_runs set ended_at = %s"
    query(database_url, ended, begin_of_day(now))
    assert "all runs of a day $0.00 is left" in why_not(runs.accept(request(), caps))
    if begin_of_day(now) != begin_of_month(now):
        query(database_url, ended, begin_of_day(now) - tick)
        assert "all runs of a month $0.00 is left" in why_not(runs.accept(request(), caps))
    query(database_url, ended, begin_of_month(now) - tick)
    let_in(runs.accept(request(most_usd=9), caps))


def test_slots_are_given_to_queued_runs_and_freed_by_those_that_are_over(runs: AskedRuns) -> None:
    one, two, three = (let_in(runs.accept(request(), CAPS)) for _ in range(3))
    assert runs.may_start(one.id, 2)
    assert runs.may_start(two.id, 2)
    assert not runs.may_start(three.id, 2)
    begun = runs.run(one.id)
    assert begun
    assert begun.submitted_at == begun.stage_at
    # Whoever took the slot may have died before the run had a place.
    assert runs.may_start(one.id, 2)
    running = runs.set(one.id, expect=BEGUN, stage=RunStage.RUNNING, place_id="job-1", url="https://hub/jobs/1")
    assert running
    assert running.started_at == running.stage_at
    assert not runs.may_start(one.id, 2)
    assert not runs.may_start(three.id, 2)
    done = runs.set(one.id, expect=BEGUN, stage=RunStage.DONE, result={"state": "done"}, cost_usd=0.5)
    assert done
    assert (done.result, done.place_id, done.ended_at) == ({"state": "done"}, "job-1", done.stage_at)
    assert runs.may_start(three.id, 2)
    back = runs.set(three.id, expect={RunStage.SUBMITTED}, stage=RunStage.QUEUED)
    assert back
    assert back.submitted_at is None
    assert not runs.may_start(999, 2)


def test_a_run_that_is_to_be_cancelled_does_not_begin(runs: AskedRuns) -> None:
    run = let_in(runs.accept(request(), CAPS))
    asked = runs.ask_cancel(run.id)
    assert asked
    assert asked.cancel_asked
    assert not runs.may_start(run.id, 9)
    runs.set(run.id, expect={RunStage.QUEUED}, stage=RunStage.CANCELLED)
    assert runs.ask_cancel(run.id) is None
    waiting = let_in(runs.accept(unapproved(), CAPS))
    runs.ask_cancel(waiting.id)
    assert why_not(runs.approve(waiting.id, OWNER, CAPS)) == f"Run {waiting.id} was cancelled."


def test_a_change_is_made_only_from_an_expected_stage(runs: AskedRuns) -> None:
    run = let_in(runs.accept(request(), CAPS))
    assert runs.set(run.id, expect=BEGUN, shown="digest") is None
    assert runs.set(run.id, expect=ANY, shown="digest", edits=1, answer_id="64ab") is not None
    assert runs.set(run.id, expect=ANY) == runs.run(run.id)
    assert runs.set(run.id, expect={RunStage.QUEUED, RunStage.RUNNING}, stage=RunStage.CANCELLED, cause="no")
    assert runs.set(run.id, expect=ANY, stage=RunStage.DONE) is None
    over = runs.set(run.id, expect=ENDED, result_id="64ac", published={"pull": 4}, told=True)
    assert over
    assert (over.stage, over.cause, over.shown, over.published) == (RunStage.CANCELLED, "no", "digest", {"pull": 4})
    assert runs.set(999, expect=ANY, edits=2) is None


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (RunStage.WAITING, RunStage.QUEUED),
        (RunStage.QUEUED, RunStage.SUBMITTED),
        (RunStage.QUEUED, RunStage.RUNNING),
        (RunStage.QUEUED, RunStage.DONE),
        (RunStage.RUNNING, RunStage.QUEUED),
        (RunStage.DONE, RunStage.RUNNING),
        (RunStage.FAILED, RunStage.DONE),
    ],
)
def test_no_change_leads_past_the_budget_or_the_slots_nor_back_from_the_end(
    runs: AskedRuns, before: RunStage, after: RunStage
) -> None:
    with pytest.raises(ValueError, match=f"no run gets from {before} to {after} by being set"):
        runs.set(1, expect={before}, stage=after)


def test_while_all_is_stopped_nothing_is_accepted_approved_or_begun_and_what_runs_goes_on(
    runs: AskedRuns, database_url: str
) -> None:
    running, queued = (let_in(runs.accept(request(), CAPS)) for _ in range(2))
    waiting = let_in(runs.accept(unapproved(), CAPS))
    runs.may_start(running.id, 9)
    switch(database_url, on=False)
    switch(database_url, on=False)
    assert runs.stopped()
    assert why_not(runs.accept(request(), CAPS)).startswith("The operator has stopped")
    assert why_not(runs.accept(unapproved(repo_id="r2", asker="z"), CAPS)).startswith("The operator has stopped")
    assert why_not(runs.approve(waiting.id, OWNER, CAPS)).startswith("The operator has stopped")
    assert not runs.may_start(queued.id, 9)
    assert not runs.may_start(running.id, 9)
    assert runs.set(running.id, expect=BEGUN, stage=RunStage.RUNNING)
    switch(database_url, on=True)
    assert runs.may_start(queued.id, 9)


def test_a_repo_whose_runs_keep_failing_pauses_and_others_do_not(runs: AskedRuns, database_url: str) -> None:
    fail(runs)
    fail(runs)
    assert why_not(runs.accept(request(), CAPS)).startswith("The last 2 runs of this repo failed")
    assert why_not(runs.accept(unapproved(), CAPS)).startswith("The last 2 runs of this repo failed")
    let_in(runs.accept(request(repo_id="r2"), CAPS))
    query(database_url, "update asked_runs set ended_at = ended_at - interval '61 minutes' where over")
    fail(runs)
    query(database_url, "update asked_runs set ended_at = ended_at - interval '61 minutes' where over")
    assert why_not(runs.accept(request(), CAPS)).startswith("The last 3 runs of this repo failed")
    query(database_url, "update asked_runs set ended_at = ended_at - interval '180 minutes' where over")
    done = let_in(runs.accept(request(), CAPS))
    runs.may_start(done.id, 9)
    runs.set(done.id, expect=BEGUN, stage=RunStage.DONE, place_id="job-2")
    fail(runs)
    let_in(runs.accept(request(), CAPS))


def test_what_never_reached_its_place_or_was_cancelled_is_no_failure_of_the_repo(runs: AskedRuns) -> None:
    for _ in range(3):
        fail(runs, place=None)
        fail(runs, stage=RunStage.CANCELLED)
        fail(runs, stage=RunStage.EXPIRED)
    let_in(runs.accept(request(), CAPS))


def test_the_queue_has_an_end_and_strangers_take_no_place_in_it(runs: AskedRuns) -> None:
    caps = replace(CAPS, waiting=2)
    let_in(runs.accept(unapproved(), caps))
    first = let_in(runs.accept(request(), caps))
    assert why_not(runs.accept(unapproved(asker="z"), caps)).startswith("2 runs wait already")
    let_in(runs.accept(request(), caps))
    assert why_not(runs.accept(request(), caps)).startswith("2 runs wait already, and 2 may")
    runs.may_start(first.id, 1)
    let_in(runs.accept(request(), caps))


def test_runs_are_listed_for_people_and_for_whoever_takes_the_next_step(runs: AskedRuns) -> None:
    one, two, three = (let_in(runs.accept(request(), CAPS)) for _ in range(3))
    other = let_in(runs.accept(request(repo_id="r2"), CAPS))
    runs.set(two.id, expect=ANY, stage=RunStage.CANCELLED)
    assert [run.id for run in runs.active()] == [one.id, two.id, three.id, other.id]
    runs.set(two.id, expect=ANY, told=True)
    assert [run.id for run in runs.active()] == [one.id, three.id, other.id]
    assert [run.id for run in runs.of_repo("r1", 2)] == [three.id, two.id]
    assert runs.run(999) is None


def test_answers_to_one_person_are_counted_for_the_day_and_once_each(runs: AskedRuns, database_url: str) -> None:
    runs.answered("64aa", "r1", 3, STRANGER, None)
    assert (runs.answers_today(STRANGER), runs.is_answered("64aa"), runs.is_answered("64ab")) == (0, True, False)
    for _ in range(2):
        runs.answered("64aa", "r1", 3, STRANGER, "64fd")
    runs.answered("64ab", "r1", 3, STRANGER, "64ff")
    runs.answered("64ab", "r1", 3, STRANGER, None)
    runs.answered("64ac", "r1", 3, OWNER, "64fe")
    assert (runs.answers_today(STRANGER), runs.answers_today(OWNER), runs.answers_today("nobody")) == (2, 1, 0)
    with psycopg.connect(database_url) as connection:
        assert connection.execute("select answer_id from answered_comments where comment_id = '64ab'").fetchone() == (
            "64ff",
        )
        connection.execute("update answered_comments set answered_at = answered_at - interval '1 day'")
    assert runs.answers_today(STRANGER) == 0


@pytest.mark.parametrize("amount", [-1.0, float("nan"), float("inf")])
def test_what_is_no_amount_of_dollars_is_an_error_and_changes_nothing(runs: AskedRuns, amount: float) -> None:
    with pytest.raises(ValueError, match="is no amount of dollars"):
        runs.accept(request(most_usd=amount), CAPS)
    run = let_in(runs.accept(request(), CAPS))
    with pytest.raises(ValueError, match="is no amount of dollars"):
        settle(runs, run.id, amount)
    with pytest.raises(ValueError, match="is no amount of dollars"):
        runs.set(run.id, expect=ANY, cost_usd=amount)
    assert runs.active() == [run]
