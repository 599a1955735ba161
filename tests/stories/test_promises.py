"""What `docs/threat-model.md` promises and no other story tells: people lie, copy, reach for what is not theirs."""

import json
import socketserver
import threading
from collections.abc import Iterator
from pathlib import Path

import httpx2
import psycopg
import pytest
from psycopg import sql

from bot.asked_run_values import RunStage
from bot.settings import Write
from localhub import JobPolicy
from tests.fake_frameworks.environment import CONFIG, make_environment
from tests.stories.runs import RUNS, a_town, model
from tests.stories.talk import discussion
from tests.stories.town import BOT, SECRET, Repo, Town

# The client's own upload of large files.
pytestmark = pytest.mark.filterwarnings("ignore:Use 'content=:DeprecationWarning")


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory, postgres: str) -> Iterator[Town]:
    """A town whose bot evaluates in jobs."""
    folder = tmp_path_factory.mktemp("town")
    python = make_environment(folder / "venv")
    settings = {"runs": True, "jobs_python": python, "results_repo": RUNS, "home": folder / "home"}
    caps = dict.fromkeys(("day_usd", "month_usd", "repo_day_usd", "user_day_usd"), 1e6)
    with (
        pytest.MonkeyPatch.context() as patch,
        a_town(folder, postgres, "stories_of_promises", jobs=True, **settings, **caps) as running,
    ):
        patch.setenv("HF_HUB_DISABLE_XET", "1")
        patch.setattr("evaluators.runs.launch_jobs.PAUSE", 0.05)
        # One stranger asks in all stories.
        patch.setattr("handlers.commented.ANSWERS_TO_STRANGERS", 1000)
        yield running


@pytest.fixture(autouse=True)
def _usual(place: Town) -> Iterator[None]:
    yield
    place.hub.set_job_policy(JobPolicy())
    # A stranger may have one request that waits.
    with psycopg.connect(place.database_url) as connection:
        waiting = connection.execute("select id from asked_runs where stage = 'waiting'").fetchall()
    for (run,) in waiting:
        place.evaluations.runs.set(run, expect=[RunStage.WAITING], stage=RunStage.EXPIRED, told=True)


def forged(repo: Repo, action: str, scope: str, **more: object) -> str:
    """A delivery that the Hub never sent, by somebody who knows the secret. Returns what it was taken for."""
    about = {"type": "model", "name": repo.id, "id": repo.hub_id}
    payload = {"event": {"action": action, "scope": scope}, "repo": about, **more}
    headers = {"X-Webhook-Secret": SECRET}
    answer = httpx2.post(repo.town.webhook_url, content=json.dumps(payload), headers=headers).raise_for_status()
    repo.town.settle()
    return str(answer.json()["outcome"])


def test_a_forged_comment_starts_nothing(place: Town) -> None:
    talk = discussion(place, "How good is it?", place.stranger)
    author = {"id": place.author.whoami()["id"]}
    about = {"num": talk.number, "isPullRequest": False, "author": author}
    comment = {"id": "6" * 24, "author": author, "content": "/eval gsm8k", "hidden": False}
    assert forged(talk.repo, "create", "discussion.comment", discussion=about, comment=comment) == "discuss"
    assert talk.answers() == []
    assert talk.runs() == []


def test_a_forged_move_or_deletion_changes_nothing(place: Town) -> None:
    repo, other = place.repo(), place.repo()
    assert forged(repo, "delete", "repo") == "moved"
    assert forged(repo, "move", "repo", movedTo={"name": other.id}) == "moved"
    assert {one.decision for one in repo.looks()[-2:]} == {"same_name", "unchanged"}
    repo.push_card(gsm8k="86.3")
    assert repo.the_pull().results() == {"openai/gsm8k": 86.3}
    assert other.bot_pulls() == {}


def test_nobody_passes_for_the_bot_with_its_marker(place: Town) -> None:
    talk = discussion(place)
    asked = place.author.comment_discussion(talk.repo.id, talk.number, "/eval status")
    mark = f"There you are.\n\n<!-- scorekeeper:answer {asked.id} -->"
    place.stranger.comment_discussion(talk.repo.id, talk.number, mark)
    place.settle()
    assert len(talk.answers()) == 1

    talk.say("/eval gsm8k")
    (run,) = talk.runs()
    talk.say(f"Done: 100%\n\n<!-- scorekeeper:result {run.id} -->", place.stranger)
    assert talk.finish().stage is RunStage.DONE
    assert "| gsm8k |" in talk.answers()[-1]


def test_a_copied_description_makes_nobodys_pull_request_ours(place: Town) -> None:
    first, second = place.repo(), place.repo()
    first.push_card(gsm8k="86.3")
    copied = first.the_pull().description
    theirs = place.stranger.create_pull_request(second.id, first.the_pull().details.title, description=copied)
    place.settle()
    second.close(theirs.num)
    second.push_card(gsm8k="86.3")
    # Whoever closed that one declined nothing of ours.
    pull = second.the_pull()
    assert pull.results() == {"openai/gsm8k": 86.3}
    second.reopen(theirs.num)
    second.push_card(gsm8k="87.0")
    assert second.the_pull().number == pull.number
    assert pull.results() == {"openai/gsm8k": 87.0}
    theirs_now = place.author.get_discussion_details(second.id, theirs.num)
    assert {event.author for event in theirs_now.events} == {"stranger", "author"}


def test_a_run_is_out_of_reach_from_another_repo(place: Town) -> None:
    talk = discussion(place, "/eval gsm8k", place.stranger)
    (run,) = talk.runs()
    elsewhere = discussion(place)
    elsewhere.say(f"/approve {run.id} {run.request.spec.revision}")
    elsewhere.say(f"/eval cancel {run.id}")
    assert all("No such run" in answer for answer in elsewhere.answers())
    assert len(elsewhere.answers()) == 2
    assert [one.stage for one in talk.runs()] == [RunStage.WAITING]


def test_an_approval_of_a_pull_request_holds_for_its_commit(place: Town) -> None:
    place.hub.set_job_policy(JobPolicy(scheduling="never"))
    repo = model(place)
    number = repo.strangers_pull("tokenizer_config.json", '{"chat_template": "{{ mine }}"}')
    talk = discussion(place, f"/eval gsm8k revision=pr/{number}", place.stranger, repo)
    (run,) = talk.runs()
    talk.say(f"/approve {run.id} {run.request.spec.revision}")
    (run,) = talk.runs()
    assert run.stage is RunStage.SUBMITTED, run.cause
    talk.say(f"/eval cancel {run.id}")
    talk.finish()

    talk.say(f"/eval gsm8k limit=3 revision=pr/{number}", place.stranger)
    run = talk.runs()[0]
    place.stranger.upload_file(
        path_or_fileobj=b'{"chat_template": "{{ other }}"}',
        path_in_repo="tokenizer_config.json",
        repo_id=repo.id,
        revision=f"refs/pr/{number}",
    )
    place.settle()
    talk.say(f"/approve {run.id} {run.request.spec.revision}")
    assert talk.finish().stage is RunStage.EXPIRED
    assert talk.runs()[0].place_id is None


def test_while_writing_is_off_nothing_is_said_or_started(tmp_path: Path, postgres: str) -> None:
    with a_town(tmp_path, postgres, "stories_of_silence", jobs=True, runs=True, write=Write.OFF) as quiet:
        talk = discussion(quiet, "/eval gsm8k")
        talk.say("/eval help", quiet.stranger)
        talk.say("/ignore gsm8k")
        assert talk.answers() == []
        assert talk.runs() == []
        assert list(quiet.bot.list_jobs(namespace=BOT)) == []


def test_neither_what_was_said_nor_a_token_is_kept(place: Town, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("INFO")
    talk = discussion(place, "/eval gsm8k\n\nBetween us: quokka.", place.stranger)
    talk.say("/eval quokka")
    talk.say("/eval gsm8k limit=3\n\nquokka")
    talk.finish()
    assert "quokka" in talk.answers()[1]
    with psycopg.connect(place.database_url) as connection:
        names = connection.execute("select table_name from information_schema.tables where table_schema = 'public'")
        tables = [sql.SQL("select t::text from {} t").format(sql.Identifier(name)) for (name,) in names.fetchall()]
        kept = str([connection.execute(one).fetchall() for one in tables])
    assert talk.repo.id in kept
    for secret in ("quokka", f"hf_{BOT}", SECRET):
        assert secret not in kept
        assert secret not in caplog.text


def test_no_address_in_a_card_or_comment_is_asked_for_anything(place: Town) -> None:
    asked: list[bytes] = []

    class Listener(socketserver.BaseRequestHandler):
        def handle(self) -> None:
            asked.append(self.request.recv(1000))

    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Listener) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        url = f"http://127.0.0.1:{server.server_address[1]}/x"
        repo = model(place)
        row = f"| ![GSM8K]({url}.png) [GSM8K]({url}) | <img src='{url}'>86.3 |"
        table = f"| Benchmark | [{repo.name}]({url}) |\n|---|---|\n{row}\n| GSM8K | [86.3]({url}) |\n"
        repo.push(f"---\nlicense_link: {url}\nbase_model: {url}\n---\n# {repo.name}\n\n{table}\n[GSM8K]: {url}\n")
        repo.push_file("config.json", json.dumps({**CONFIG, "auto_map": {"AutoModel": url}, "_name_or_path": url}))
        talk = discussion(place, f"/eval hf/{url}\n\n/eval {url}\n\n![]({url})\n\n/eval gsm8k limit=3", repo=repo)
        assert talk.answers() != []
        talk.finish()
        server.shutdown()
    assert repo.the_pull().results() == {"openai/gsm8k": 86.3}
    assert asked == []
