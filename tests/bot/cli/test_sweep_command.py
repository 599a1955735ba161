"""`scorekeeper sweep`: what was lost, shown or queued."""

import json
from typing import Any

import psycopg
import pytest
from huggingface_hub import HfApi

from handlers.sweep import AT_ONCE
from localhub import Fault, LocalHub, Repo, Seed
from tests.bot.cli.conftest import Run

OWNER = "heron-labs"


def waiting(database_url: str) -> list[tuple[Any, ...]]:
    with psycopg.connect(database_url) as connection:
        return connection.execute(
            "select r.name, j.task_name, j.priority < 0 from procrastinate_jobs j join repos r"
            " on r.id = j.args->>'repo_id' where j.status = 'todo' order by r.name"
        ).fetchall()


@pytest.fixture
def author(service: LocalHub) -> HfApi:
    return HfApi(endpoint=service.url, token="hf_author_token")


@pytest.fixture(autouse=True)
def _nothing_left(author: HfApi, service: LocalHub) -> None:
    service.clear_faults()
    for repo in list(author.list_models(author=OWNER)) + list(author.list_models(author="author")):
        author.delete_repo(repo.id)


def sweep(run: Run, *arguments: str) -> Any:
    result = run("sweep", "--json", *arguments)
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout)


def test_repos_that_nobody_told_of_are_queued_once(run: Run, author: HfApi, database_url: str) -> None:
    author.create_repo(f"{OWNER}/Heron-8B")
    shown = sweep(run, "--dry-run")
    assert [(one["repo"], one["why"], one["job"]) for one in shown["found"]] == [(f"{OWNER}/Heron-8B", "new", "look")]
    assert not shown["queued"]
    assert waiting(database_url) == []
    assert sweep(run) == {**shown, "queued": True}
    assert waiting(database_url) == [(f"{OWNER}/Heron-8B", "look", True)]
    assert sweep(run)["found"] == []


def test_for_people_it_is_a_table_and_a_sentence(run: Run, author: HfApi) -> None:
    author.create_repo(f"{OWNER}/Heron-8B")
    result = run("sweep")
    assert f"{OWNER}/Heron-8B\tnew\tlook" in result.stdout
    assert "1 job queued; 3 requests to the Hub." in result.stderr
    assert "The webhook: There is none to http://127.0.0.1:7860/webhook." in result.stderr
    assert "Nothing was lost." in run("sweep").stderr


def test_a_repo_that_is_listed_no_more_is_shown_and_queued(run: Run, author: HfApi, database_url: str) -> None:
    author.create_repo(f"{OWNER}/Heron-8B")
    sweep(run)
    author.delete_repo(f"{OWNER}/Heron-8B")
    shown = sweep(run, "--dry-run")["found"]
    assert [(one["why"], one["job"]) for one in shown] == [("missing", "moved")]
    assert sweep(run)["found"] == shown
    assert (f"{OWNER}/Heron-8B", "moved", True) in waiting(database_url)


def test_repos_watched_by_themselves_cost_one_request_each(
    run: Run, author: HfApi, service: LocalHub, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SCOREKEEPER_WATCH", "author/one, author/two, author/not-there")
    author.create_repo("author/one")
    author.create_repo("author/two")
    author.create_repo("author/three")
    service.clear_requests()
    found = sweep(run)
    assert {one["repo"] for one in found["found"]} == {"author/one", "author/two"}
    assert [one.path for one in service.requests("scorekeeper-bot") if one.path.startswith("/api/models")] == [
        "/api/models/author/not-there",
        "/api/models/author/one",
        "/api/models/author/two",
    ]
    author.delete_repo("author/one")
    author.move_repo("author/two", "author/elsewhere")
    found = sweep(run)
    assert [(one["repo"], one["why"]) for one in found["found"]] == [("author/one", "missing")]
    assert "author/two is author/elsewhere now: correct SCOREKEEPER_WATCH." in found["problems"]


def test_two_hundred_repos_with_nothing_new_cost_one_request_for_all(
    run: Run, service: LocalHub, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SCOREKEEPER_PUBLIC_URL", "")
    service.plant(Seed(repos=[Repo(name=f"{OWNER}/Heron-{number}") for number in range(200)]))
    first = sweep(run)
    assert (len(first["found"]), first["examined"]) == (200, 200)
    second = sweep(run)
    assert (second["found"], second["examined"], second["requests"]) == ([], 200, 2)
    monkeypatch.setenv("SCOREKEEPER_WATCH", "heron-labs,reader")
    assert sweep(run)["requests"] == 2 + 2


def test_an_owner_that_the_hub_spells_otherwise_is_found_under_its_name(
    run: Run, author: HfApi, service: LocalHub, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SCOREKEEPER_WATCH", "heron-labs")
    author.create_repo(f"{OWNER}/Heron-8B")
    overview = '{"user": "Heron-Labs"}'
    service.add_fault(Fault(path=r"/api/models\?author=heron-labs", status=200, body="[]", count=None))
    service.add_fault(Fault(path="/overview", status=200, body=overview, count=None))
    assert [one["repo"] for one in sweep(run)["found"]] == [f"{OWNER}/Heron-8B"]


def test_a_name_that_is_nobodys_is_a_problem(run: Run, service: LocalHub, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SCOREKEEPER_WATCH", "nobody-there")
    assert service.url
    problems = sweep(run)["problems"]
    assert "There is no user or organisation 'nobody-there' on the Hub: correct SCOREKEEPER_WATCH." in problems


def test_a_hub_that_does_not_answer_is_one_sentence(
    run: Run, service: LocalHub, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert service.url
    monkeypatch.setenv("HF_ENDPOINT", "http://127.0.0.1:1")
    result = run("sweep")
    assert result.exit_code == 3
    assert result.stderr.splitlines()[-1].startswith("scorekeeper: The Hub could not be reached")


@pytest.mark.usefixtures("service")
def test_without_a_watch_list_there_is_nothing_to_sweep(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SCOREKEEPER_WATCH", "")
    result = run("sweep")
    assert (result.exit_code, result.stderr.count("\n")) == (2, 1)


def test_a_queued_look_that_came_to_nothing_is_asked_for_again_a_day_later(
    run: Run, author: HfApi, database_url: str
) -> None:
    author.create_repo(f"{OWNER}/Heron-8B")
    sweep(run)
    with psycopg.connect(database_url, autocommit=True) as connection:
        connection.execute("delete from procrastinate_jobs")
        assert sweep(run)["found"] == []
        connection.execute("update repos set swept_at = swept_at - interval '25 hours'")
    assert [(one["why"], one["job"]) for one in sweep(run)["found"]] == [("unfinished", "pulls")]


def test_such_an_owner_is_shown_before_its_name_is_kept(
    run: Run, author: HfApi, service: LocalHub, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SCOREKEEPER_WATCH", "heron-labs")
    author.create_repo(f"{OWNER}/Heron-8B")
    service.add_fault(Fault(path=r"/api/models\?author=heron-labs", status=200, body="[]", count=None))
    service.add_fault(Fault(path="/overview", status=200, body='{"user": "Heron-Labs"}', count=5))
    assert [one["repo"] for one in sweep(run, "--dry-run")["found"]] == [f"{OWNER}/Heron-8B"]


def test_each_repo_with_a_pull_request_is_shown_once(
    run: Run, author: HfApi, service: LocalHub, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SCOREKEEPER_SWEEP", "60")
    repos = {f"{OWNER}/Heron-{number}" for number in range(AT_ONCE + 5)}
    for repo in repos:
        author.create_repo(repo)
    sweep(run)
    with psycopg.connect(database_url) as connection:
        connection.execute("insert into own_pulls (repo_id, number, status) select id, 1, 'open' from repos")
    # Each of these was open, and is closed now.
    item = {
        "num": 1,
        "status": "closed",
        "numComments": 1,
        "isPullRequest": True,
        "author": {"name": "scorekeeper-bot"},
    }
    marks = json.dumps({"discussions": [item], "count": 1, "start": 0})
    service.add_fault(Fault(path="/discussions", status=200, body=marks, count=None))
    found = [one["repo"] for one in sweep(run, "--dry-run")["found"]]
    assert (len(found), set(found)) == (len(repos), repos)
