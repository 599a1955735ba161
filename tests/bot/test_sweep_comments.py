"""Deliveries of comments get lost: what a sweep finds of them, and what it asks for."""

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass

import psycopg
import pytest
from huggingface_hub import HfApi

from bot.context import Context
from bot.hub import Hub
from bot.own_pulls import OwnPulls
from bot.queue import DISCUSS, Queue
from bot.records import FAILED_FOR_GOOD, Look, Records
from bot.settings import Watch, Write
from bot.sweep import Found, Step, Why
from bot.sweep_records import SweepRecords
from bot.sweeper import Sweeper
from evaluators.catalog import Catalogs
from handlers.sweep import BEGIN, NEWS, PULLS, Sweep
from localhub import LocalHub, Repo, Seed, User

NAME = "alice/heron"


@dataclass
class Place:
    """A Hub with one repo that the bot knows, and the bot's sweep."""

    hub: LocalHub
    records: Records
    sweep: Sweep
    url: str
    repo_id: str

    def client(self, name: str) -> HfApi:
        return HfApi(endpoint=self.hub.url, token=f"hf_{name}")

    def take(self, step: str) -> list[tuple[Why, str, int | None]]:
        """Take a step and remember what it saw. Returns what it asks for."""
        taken = self.sweep.take({"step": step, "left": 9, "older_than": 0.0})
        for subject, text in taken.marks.items():
            SweepRecords(self.records).mark(subject, text)
        for repo_id, comments in taken.comments.items():
            OwnPulls(self.records).counted(repo_id, comments)
        assert {one.repo_id for one in taken.found} <= {self.repo_id}
        return [(one.why, one.kind, one.number) for one in taken.found]


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalHub]:
    users = [User(name, f"hf_{name}") for name in ("alice", "bob", "bot")]
    seed = Seed(users=users, repos=[Repo(NAME, files={"README.md": "# Heron\n"})])
    with LocalHub(tmp_path_factory.mktemp("hub"), seed) as hub:
        yield hub


@pytest.fixture
def place(running: LocalHub, database_url: str) -> Iterator[Place]:
    hub = Hub(running.url, "hf_bot")
    repo_id = hub.repo(NAME).id
    with psycopg.connect(database_url) as connection:
        connection.execute("insert into repos (id, name) values (%s, %s)", [repo_id, NAME])
    with Records(database_url) as records:
        context = Context(hub, records, Catalogs(), Write.PR, Watch.parse("alice"))
        yield Place(running, records, Sweep(context, None, 15), database_url, repo_id)


def test_notifications_tell_of_discussions_with_something_new(place: Place) -> None:
    talk = place.client("bob").create_discussion(NAME, "A question").num
    place.client("bot").comment_discussion(NAME, talk, "We take part.")
    assert place.take(NEWS) == []
    place.client("bob").comment_discussion(NAME, talk, "/eval cancel")
    assert place.take(NEWS) == [(Why.COMMENTED, DISCUSS, talk)]
    assert place.take(NEWS) == []
    # What we say ourselves is no news.
    place.client("bot").comment_discussion(NAME, talk, "Cancelled.")
    assert place.take(NEWS) == []


def test_notifications_of_a_pull_request_ask_for_both(place: Place) -> None:
    place.take(NEWS)
    number = place.client("bob").create_pull_request(NAME, "A draft", description="@bot /eval mmlu").num
    assert place.take(NEWS) == [(Why.PULL_CHANGED, "pulls", None), (Why.COMMENTED, DISCUSS, number)]


def test_more_comments_than_counted_tell_of_a_comment(place: Place) -> None:
    number = place.client("bot").create_pull_request(NAME, "Ours").num
    everything = {one.number: one.status for one in Hub(place.hub.url, "hf_bot").pull_marks(NAME, "bot")}
    OwnPulls(place.records).keep(place.repo_id, everything)
    assert place.take(PULLS) == []
    place.client("alice").comment_discussion(NAME, number, "/eval mmlu")
    assert place.take(PULLS) == [(Why.COMMENTED, DISCUSS, number)]
    assert place.take(PULLS) == []


def test_a_comment_on_a_pull_request_that_nobody_counted_is_found(place: Place) -> None:
    number = place.client("bot").create_pull_request(NAME, "Ours").num
    place.client("alice").comment_discussion(NAME, number, "/eval mmlu")
    OwnPulls(place.records).keep(place.repo_id, {number: "open"})
    assert (Why.COMMENTED, DISCUSS, number) in place.take(PULLS)


def test_discussions_with_a_run_that_is_not_over_are_read(place: Place) -> None:
    for comment, stage in enumerate(("waiting", "running", "done")):
        asked(place, stage, discussion=10 + comment, comment=str(comment))
    asked(place, "queued", discussion=10, comment="3")
    found = [one for one in place.take(BEGIN) if one[0] is Why.RUN_ACTIVE]
    assert found == [(Why.RUN_ACTIVE, DISCUSS, 10), (Why.RUN_ACTIVE, DISCUSS, 11)]


def asked(place: Place, stage: str, *, discussion: int, comment: str) -> None:
    """A run that somebody asked for."""
    with psycopg.connect(place.url) as connection:
        connection.execute(
            "insert into asked_runs (repo_id, repo_name, discussion, comment_id, line, asker, role, spec, spec_id, ref,"
            " launcher, most_usd, needs_approval, notes, stage, nonce, ended_at)"
            " values (%s, %s, %s, %s, 1, '', 'owner', '', '', 'main', 'jobs', 1, false, '{}', %s, '', %s)",
            [place.repo_id, NAME, discussion, comment, stage, "now" if stage == "done" else None],
        )


def test_what_was_found_is_queued_and_no_head_is_taken_for_seen(place: Place) -> None:
    async def act() -> None:
        async with Queue(place.url, size=1) as queue:
            sweeper = Sweeper(queue, place.records, place.sweep.take)
            await sweeper.act(Step("any", found=(Found(place.repo_id, NAME, Why.COMMENTED, number=3),)))

    asyncio.run(act())
    with psycopg.connect(place.url) as connection:
        (job,) = connection.execute("select task_name, queueing_lock from procrastinate_jobs").fetchall()
        (repo,) = connection.execute("select swept_at from repos").fetchall()
    assert job == (DISCUSS, f"discussion:{place.repo_id}:3")
    assert repo == (None,)


def test_a_discussion_that_could_not_be_read_is_no_look_that_failed(place: Place) -> None:
    place.records.remember(Look(place.repo_id, "nothing_new", "", seen={"write": "pr"}, kind="look"))
    place.records.remember(Look(place.repo_id, FAILED_FOR_GOOD, "Gone.", kind=DISCUSS, attempt=9))
    assert (Why.FAILED, "pulls", None) not in place.take(BEGIN)
    place.records.remember(Look(place.repo_id, FAILED_FOR_GOOD, "Gone.", kind="look", attempt=9))
    assert (Why.FAILED, "pulls", None) in place.take(BEGIN)
