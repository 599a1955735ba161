"""`scorekeeper budget`: what is spent and reserved by cap, and a stop that works at once."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from typer.testing import CliRunner

from bot.asked_runs import RunStage
from bot.budget import Caps
from bot.cli import app
from tests.bot.asking import OPERATOR, OWNER, asked_runs, let_in, request, unapproved, why_not

Command = Callable[..., Any]


@pytest.fixture
def budget(database_url: str, monkeypatch: pytest.MonkeyPatch) -> Command:
    monkeypatch.setenv("DATABASE_URL", database_url)
    monkeypatch.setenv("SCOREKEEPER_DAY_USD", "40")

    def call(*arguments: str, code: int = 0) -> Any:
        result = CliRunner().invoke(app, ["budget", *arguments])
        assert result.exit_code == code, result.output
        return json.loads(result.stdout) if "--json" in arguments else result.output

    return call


def test_without_runs_nothing_is_used(budget: Command) -> None:
    assert budget() == (
        "Not stopped.\nNo runs yet.\nAt most $5.00 for one run. Days and months are those of UTC.\n\n"
        "cap\tof\tspent\treserved\tat most\n"
        "a day\t\t$0.00\t$0.00\t$40.00\n"
        "a month\t\t$0.00\t$0.00\t$300.00\n"
    )


def test_what_is_spent_and_reserved_is_shown_by_cap_person_and_repo(budget: Command, database_url: str) -> None:
    with asked_runs(database_url) as runs:
        done = let_in(runs.accept(request(most_usd=3), Caps()))
        runs.may_start(done.id, 1)
        runs.set(done.id, expect={RunStage.SUBMITTED}, stage=RunStage.DONE, cost_usd=1.5)
        let_in(runs.accept(request(most_usd=2, repo_id="r2", repo_name="heron-labs/egret"), Caps()))
        approved = let_in(runs.accept(unapproved(most_usd=0.25), Caps()))
        runs.approve(approved.id, OPERATOR, Caps())
        let_in(runs.accept(unapproved(), Caps()))
    text = budget()
    assert text.startswith("Not stopped.\n1 done, 2 queued, 1 waiting\n")
    assert text.endswith(
        "a day\t\t$1.50\t$2.25\t$40.00\n"
        "a month\t\t$1.50\t$2.25\t$300.00\n"
        f"a person and day\t{OWNER}\t$1.50\t$2.00\t$10.00\n"
        f"a person and day\t{OPERATOR}\t$0.00\t$0.25\t$10.00\n"
        "a repo and day\theron-labs/egret\t$0.00\t$2.00\t$20.00\n"
        "a repo and day\theron-labs/heron-8b\t$1.50\t$0.25\t$20.00\n"
    )
    found = budget("--json")
    assert (found["stopped_since"], found["run_usd"]) == (None, 5.0)
    assert found["runs"] == {"done": 1, "queued": 2, "waiting": 1}
    assert found["caps"][0] == {"cap": "day", "of": None, "spent_usd": 1.5, "reserved_usd": 2.25, "most_usd": 40.0}
    assert [one["cap"] for one in found["caps"]] == ["day", "month", *["user_day"] * 2, *["repo_day"] * 2]


def test_a_stop_works_at_once_in_processes_that_run_until_it_is_ended(budget: Command, database_url: str) -> None:
    with asked_runs(database_url) as runs:
        queued = let_in(runs.accept(request(), Caps()))
        assert "`scorekeeper budget resume` ends this" in budget("stop")
        assert why_not(runs.accept(request(), Caps())).startswith("The operator has stopped")
        assert not runs.may_start(queued.id, 9)
        assert budget().startswith("Stopped since 20")
        since = budget("--json")["stopped_since"]
        budget("stop")
        assert budget("--json")["stopped_since"] == since
        budget("resume")
        budget("resume")
        assert budget("--json")["stopped_since"] is None
        assert runs.may_start(queued.id, 9)


def test_a_database_that_cannot_be_reached_is_one_sentence(budget: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgresql://bot:hunter2@127.0.0.1:1/nothing")
    for command in ([], ["stop"], ["resume"]):
        assert budget(*command, code=3).startswith("scorekeeper: The database cannot be used")
