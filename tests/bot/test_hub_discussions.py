"""Discussions as the bot reads them: who wrote what, as the Hub says, and our own words in them."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from huggingface_hub import HfApi

from bot.hub import Hub
from bot.hub_errors import HubGone, HubRefused, HubUnavailable
from bot.hub_requests import counting
from bot.hub_values import Author, Discussion
from localhub import Fault, LocalHub, Org, Repo, Seed, Token, User

OURS, THEIRS = "acme/heron", "alice/egret"


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalHub]:
    app = Token("hf_alice_app", app="Card Helper")
    seed = Seed(
        users=[
            User("bot", "hf_bot"),
            User("alice", "hf_alice", tokens=[app]),
            User("bob", "hf_bob"),
            User("gone", "hf_gone"),
        ],
        orgs=[Org("acme", {"alice": "read"})],
        repos=[Repo(OURS, creator="alice"), Repo(THEIRS)],
    )
    with LocalHub(tmp_path_factory.mktemp("hub"), seed=seed) as hub:
        yield hub


@pytest.fixture
def local(running: LocalHub) -> Iterator[LocalHub]:
    yield running
    running.clear_faults()


@pytest.fixture
def hub(local: LocalHub) -> Hub:
    return Hub(local.url, "hf_bot")


def client(local: LocalHub, name: str) -> HfApi:
    return HfApi(endpoint=local.url, token=f"hf_{name}")


def said(discussion: Discussion) -> list[tuple[str, Author | None]]:
    return [(comment.text, comment.author) for comment in discussion.comments]


def test_a_discussion_is_read_with_one_request(local: LocalHub, hub: Hub) -> None:
    alice = client(local, "alice")
    number = alice.create_discussion(THEIRS, "A question", description="What is its score?").num
    alice.comment_discussion(THEIRS, number, "/eval mmlu")
    alice.change_discussion_status(THEIRS, number, "closed")
    with counting() as requests:
        found = hub.discussion(THEIRS, number)
    assert len(requests) == 1
    assert (found.number, found.title, found.status) == (number, "A question", "closed")
    assert (found.is_pull, found.locked) == (False, False)
    assert [comment.text for comment in found.comments] == ["What is its score?", "/eval mmlu"]
    age = datetime.now(UTC) - found.comments[0].created_at
    assert abs(age.total_seconds()) < 60


def test_each_comment_says_what_its_author_is_to_the_repo(local: LocalHub, hub: Hub) -> None:
    ids = {name: client(local, name).whoami()["id"] for name in ("alice", "bob", "bot")}
    for repo in (OURS, THEIRS):
        number = client(local, "alice").create_discussion(repo, "A question", description="alice").num
        for name in ("bob", "bot", "alice_app"):
            client(local, name).comment_discussion(repo, number, name)
        owns, belongs = repo == THEIRS, repo == OURS
        assert said(hub.discussion(repo, number)) == [
            ("alice", Author(ids["alice"], "alice", is_owner=owns, is_member=belongs)),
            ("bob", Author(ids["bob"], "bob")),
            ("bot", Author(ids["bot"], "bot")),
            ("alice_app", Author(ids["alice"], "alice", is_owner=owns, is_member=belongs, is_app=True)),
        ]


def test_an_author_who_is_gone_is_nobody(local: LocalHub, hub: Hub) -> None:
    number = client(local, "gone").create_discussion(THEIRS, "A question", description="/eval mmlu").num
    local.delete_user("gone")
    assert said(hub.discussion(THEIRS, number)) == [("/eval mmlu", None)]


def test_what_was_edited_or_hidden_is_marked(local: LocalHub, hub: Hub) -> None:
    alice = client(local, "alice")
    number = alice.create_discussion(THEIRS, "A question").num
    edited, hidden = (alice.comment_discussion(THEIRS, number, text).id for text in ("Well", "/eval mmlu"))
    alice.edit_discussion_comment(THEIRS, number, edited, "/eval gpqa")
    with pytest.warns(UserWarning, match="irreversible"):
        alice.hide_discussion_comment(THEIRS, number, hidden)
    comments = hub.discussion(THEIRS, number).comments[1:]
    assert [(one.id, one.text, one.edited, one.hidden) for one in comments] == [
        (edited, "/eval gpqa", True, False),
        (hidden, "", False, True),
    ]


def test_a_pull_request_is_one_too(local: LocalHub, hub: Hub) -> None:
    number = client(local, "bob").create_pull_request(THEIRS, "A draft", description="/eval mmlu").num
    found = hub.discussion(THEIRS, number)
    assert (found.is_pull, found.status, found.comments[0].text) == (True, "draft", "/eval mmlu")


def test_our_comment_has_an_id_and_can_be_edited(local: LocalHub, hub: Hub) -> None:
    number = client(local, "alice").create_discussion(OURS, "A question").num
    with counting() as requests:
        comment_id = hub.comment(OURS, number, "Queued.")
        hub.edit_comment(OURS, number, comment_id, "Running.")
    assert len(requests) == 2
    ours = hub.discussion(OURS, number).comments[-1]
    assert (ours.id, ours.text, ours.edited) == (comment_id, "Running.", True)


def test_what_is_not_there_is_gone(hub: Hub) -> None:
    with pytest.raises(HubGone):
        hub.discussion(OURS, 999)


def test_a_comment_without_an_answer_is_left_to_settle(local: LocalHub, hub: Hub) -> None:
    number = client(local, "alice").create_discussion(OURS, "A question").num
    local.add_fault(Fault(user="bot", path="/comment", status=500, when="after"))
    with pytest.raises(HubUnavailable):
        hub.comment(OURS, number, "Queued.")
    assert hub.discussion(OURS, number).comments[-1].text == "Queued."


@pytest.mark.parametrize(
    "author",
    [{"author": None}, {}, {"author": {"name": "x", "isOwner": True}}],
    ids=["null", "absent", "without an id"],
)
def test_an_author_that_the_hub_does_not_name_is_nobody(local: LocalHub, hub: Hub, author: dict[str, object]) -> None:
    data = {"edited": False, "hidden": False, "latest": {"raw": "/eval mmlu"}}
    event = {"id": "6" * 24, "type": "comment", "createdAt": "2026-01-02T03:04:05.678Z", "data": data}
    answer(local, {"events": [{"type": "a new kind"}, {**event, **author}]})
    assert said(hub.discussion(OURS, 3)) == [("/eval mmlu", None)]


def test_an_answer_of_another_shape_is_refused(local: LocalHub, hub: Hub) -> None:
    answer(local, {"events": [{"type": "comment"}]})
    with pytest.raises(HubRefused, match="not understood"):
        hub.discussion(OURS, 3)


def answer(local: LocalHub, parts: dict[str, object]) -> None:
    """Let the Hub say this of discussion 3."""
    body = {"num": 3, "title": "Any", "status": "open", "isPullRequest": False} | parts
    local.add_fault(Fault(user="bot", path="/discussions/3", status=200, body=json.dumps(body)))
