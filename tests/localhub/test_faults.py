import re
from contextlib import suppress
from typing import Any

import httpx2
import pytest
from huggingface_hub import HfApi
from huggingface_hub.errors import HfHubHTTPError

from localhub import Fault, LocalHub
from localhub.faults import FaultBook
from tests.localhub.conftest import add
from tests.localhub.receiver import Receiver


def test_a_fault_before_keeps_the_request_from_taking_effect(hub: LocalHub, author: HfApi, repo: str) -> None:
    hub.add_fault(Fault(method="POST", path=f"{repo}/commit/main", status=500))
    with pytest.raises(HfHubHTTPError, match="500"):
        author.create_commit(repo, [add("a.txt", "1")], commit_message="One")
    assert len(author.list_repo_commits(repo)) == 1
    author.create_commit(repo, [add("a.txt", "1")], commit_message="One")
    assert len(author.list_repo_commits(repo)) == 2


def test_a_fault_after_loses_only_the_answer(hub: LocalHub, author: HfApi, repo: str) -> None:
    hub.add_fault(Fault(path=rf"{repo}/commit/main\?create_pr=1", status=500, when="after", body="<html>"))
    with pytest.raises(HfHubHTTPError, match="500"):
        author.create_commit(repo, [add("a.txt", "1")], commit_message="Add a", create_pr=True)
    assert [found.title for found in author.get_repo_discussions(repo)] == ["Add a"]


@pytest.mark.parametrize("when", ["before", "after"])
def test_a_broken_connection_is_an_error_of_the_transport(hub: LocalHub, author: HfApi, repo: str, when: str) -> None:
    hub.add_fault(Fault(method="POST", path=f"{repo}/discussions", disconnect=True, when=when))  # type: ignore[arg-type]  # a literal
    with pytest.raises(httpx2.TransportError):
        author.create_discussion(repo, "Hello there")
    assert len(list(author.get_repo_discussions(repo))) == (1 if when == "after" else 0)
    assert hub.requests()[-2].status is None


def effects(api: HfApi, repo: str) -> tuple[Any, ...]:
    """Everything that the writes below change."""
    found = [api.get_discussion_details(repo, one.num) for one in api.get_repo_discussions(repo)]
    return len(api.list_repo_commits(repo)), [(one.num, one.status, len(one.events)) for one in found]


COMMIT = """{"key": "header", "value": {"summary": "Add b"}}
{"key": "file", "value": {"path": "b.txt", "content": "1"}}"""
WRITES = {
    "commit/main": COMMIT,
    "commit/main?create_pr=1": COMMIT,
    "discussions": '{"title": "Another one"}',
    "discussions/1/comment": '{"comment": "Hello"}',
    "discussions/1/merge": "{}",
    "discussions/1/status": '{"status": "closed"}',
}


@pytest.mark.parametrize("path", WRITES)
@pytest.mark.parametrize(
    ("when", "failure"),
    [
        *(("before", failure) for failure in ({"status": 500}, {"disconnect": True}, {"hang": True})),
        *(("after", failure) for failure in ({"status": 500}, {"disconnect": True}, {"hang": True}, {"truncate": 3})),
    ],
)
def test_a_write_that_fails_has_taken_effect_or_not_as_was_asked_for(
    hub: LocalHub, author: HfApi, raw: httpx2.Client, repo: str, path: str, when: str, failure: dict[str, Any]
) -> None:
    author.create_commit(repo, [add("a.txt", "1")], commit_message="Add a", create_pr=True)
    before = effects(author, repo)
    target = f"/api/models/{repo}/{path}"
    hub.add_fault(Fault(method="POST", path=f"^{re.escape(target)}$", when=when, **failure))  # type: ignore[arg-type]  # a literal
    with suppress(httpx2.TransportError):
        assert raw.post(target, content=WRITES[path], timeout=0.3).status_code == 500
    (kind,) = failure
    label = {"status": f"500 {when}", "truncate": "truncate"}.get(kind, f"{kind} {when}")
    assert next(one.fault for one in reversed(hub.requests()) if one.fault) == label
    assert (effects(author, repo) != before) is (when == "after")


def test_a_share_of_the_requests_is_hit_and_the_same_again_with_the_same_seed(
    hub: LocalHub, raw: httpx2.Client, repo: str
) -> None:
    def statuses(seed: int) -> list[int]:
        hub.add_fault(Fault(path=repo, status=500, count=None, probability=0.3, seed=seed, name="chance"))
        try:
            return [raw.get(f"/api/models/{repo}").status_code for _ in range(40)]
        finally:
            hub.clear_faults()

    first = statuses(1)
    assert 2 < first.count(500) < 30
    assert statuses(1) == first
    assert statuses(2) != first
    hit = [one for one in hub.requests() if one.fault == "chance"]
    assert [one.status for one in hit if repo in one.path] == [500] * len(hit)


def test_an_answer_can_come_in_drips(hub: LocalHub, raw: httpx2.Client) -> None:
    hub.add_fault(Fault(path="/overview", drip=0.002))
    answer = raw.get("/api/users/author/overview")
    assert answer.json()["user"] == "author"
    assert answer.elapsed.total_seconds() > 0.002 * len(answer.content)
    assert hub.requests()[-1].fault == "drip"


def test_an_answer_can_be_cut_short(hub: LocalHub, raw: httpx2.Client) -> None:
    hub.add_fault(Fault(path="/overview", truncate=10))
    with raw.stream("GET", "/api/users/author/overview") as answer:
        assert answer.status_code == 200
        with pytest.raises(httpx2.RemoteProtocolError):
            answer.read()


@pytest.mark.parametrize("wrong", [{"probability": 2}, {"when": "during"}])
def test_a_fault_that_cannot_be_is_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="must be"):
        Fault(**wrong)


def test_a_hanging_request_is_left_by_a_client_that_gives_up(hub: LocalHub, raw: httpx2.Client, repo: str) -> None:
    hub.add_fault(Fault(path=f"/api/models/{repo}", hang=True))
    with pytest.raises(httpx2.ReadTimeout):
        raw.get(f"/api/models/{repo}", timeout=0.05)
    assert raw.get(f"/api/models/{repo}").status_code == 200


def test_a_delayed_answer_lets_the_webhook_come_first(
    hub: LocalHub, author: HfApi, receiver: Receiver, repo: str
) -> None:
    author.create_webhook(url=receiver.url, watched=[{"type": "model", "name": repo}], domains=["repo"])
    hub.add_fault(Fault(path=f"{repo}/commit/main", delay=0.3, when="after"))
    info = author.create_commit(repo, [add("a.txt", "1")], commit_message="One")
    assert receiver.received[0].body["updatedRefs"][0]["newSha"] == info.oid


def test_the_client_retries_a_limited_list_after_the_time_it_is_told(hub: LocalHub, author: HfApi, repo: str) -> None:
    headers = {"RateLimit": '"api";r=0;t=0', "RateLimit-Policy": '"fixed window";"api";q=1000;w=300'}
    hub.add_fault(Fault(path=f"{repo}/tree", status=429, headers=headers))
    assert len(list(author.list_repo_tree(repo))) == 1
    hits = [logged.status for logged in hub.requests() if f"{repo}/tree" in logged.path]
    assert hits == [429, 200]


def test_faults_count_down_and_can_be_cleared() -> None:
    book = FaultBook()
    book.add(Fault(path="/a", count=2, status=500))
    book.add(Fault(path="/b", count=None, user="bot", status=500))
    assert [book.take("GET", "/a", None) is not None for _ in range(3)] == [True, True, False]
    assert book.take("GET", "/b", "author") is None
    assert all(book.take("GET", "/b", "bot") for _ in range(5))
    book.clear()
    assert book.take("GET", "/b", "bot") is None
