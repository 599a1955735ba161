from typing import Any

import httpx2
import pytest
from huggingface_hub import HfApi

from localhub import LocalHub, Switches
from tests.localhub.conftest import StartHub, add, client


def ask(hub: LocalHub, name: str, method: str = "GET", path: str = "", **options: Any) -> httpx2.Response:
    url = f"{hub.url}/api/notifications{path}"
    return httpx2.request(method, url, headers={"Authorization": f"Bearer hf_{name}"}, **options)


def told(hub: LocalHub, name: str, **query: str | int) -> list[tuple[str, int, str]]:
    """Repo, number and status of the discussions that a user is told of, newest first."""
    found = ask(hub, name, params=query).json()["notifications"]
    return [(one["repo"]["name"], one["discussion"]["num"], one["discussion"]["status"]) for one in found]


@pytest.fixture
def fresh(start_hub: StartHub) -> LocalHub:
    return start_hub()


@pytest.fixture
def api(fresh: LocalHub) -> HfApi:
    return client(fresh)


def test_those_who_take_part_are_told_of_what_others_do(fresh: LocalHub, api: HfApi) -> None:
    repo = api.create_repo("author/m").repo_id
    bot = client(fresh, "bot")
    bot.create_commit(repo, [add("a.txt", "1")], commit_message="Add a", create_pr=True)
    assert told(fresh, "author") == [(repo, 1, "open")]
    assert told(fresh, "bot") == []
    comment = api.comment_discussion(repo, 1, "Hm")
    (one,) = ask(fresh, "bot").json()["notifications"]
    assert (one["type"], one["read"], one["discussionEventId"]) == ("repo", False, comment.id)
    assert one["repo"] == {"type": "model", "name": repo}
    assert [user["user"] for user in one["discussion"]["participating"]] == ["bot", "author"]
    api.change_discussion_status(repo, 1, "closed")
    assert told(fresh, "bot") == [(repo, 1, "closed")]
    assert told(fresh, "member") == []


def test_a_mention_makes_somebody_take_part(fresh: LocalHub, api: HfApi) -> None:
    repo = api.create_repo("author/m").repo_id
    api.create_discussion(repo, "Scores", description="What do you think, @member? (not bot@bot.example)")
    assert told(fresh, "member", mention="mentions") == [(repo, 1, "open")]
    assert told(fresh, "bot") == []
    ask(fresh, "member", "POST", "/mark-as-read", params={"applyToAll": "true"}, json={})
    api.comment_discussion(repo, 1, "Anyone?")
    assert told(fresh, "member", readStatus="unread") == [(repo, 1, "open")]


def test_those_who_look_after_an_organizations_repos_are_told(fresh: LocalHub, api: HfApi) -> None:
    repo = api.create_repo("acme/m").repo_id
    client(fresh, "bot").create_discussion(repo, "Hello there")
    assert told(fresh, "author") == [(repo, 1, "open")]
    assert told(fresh, "author", mention="participating") == []
    assert told(fresh, "member") == []


def test_reading_and_deleting_last_until_something_happens_again(fresh: LocalHub, api: HfApi) -> None:
    repo = api.create_repo("author/m").repo_id
    bot = client(fresh, "bot")
    first = bot.create_discussion(repo, "First one")
    bot.create_discussion(repo, "Second one")
    ids = [one["discussion"]["id"] for one in ask(fresh, "author").json()["notifications"]]
    assert ask(fresh, "author", "POST", "/mark-as-read", json={"discussionIds": ids[1:]}).status_code == 200
    answer = ask(fresh, "author", params={"readStatus": "unread"}).json()
    assert answer["count"] == {"view": 1, "unread": 1, "all": 2}
    assert [one["discussion"]["num"] for one in answer["notifications"]] == [2]
    ask(fresh, "author", "POST", "/mark-as-read", json={"discussionIds": ids, "read": False})
    assert told(fresh, "author", readStatus="unread") == told(fresh, "author")
    ask(fresh, "author", "DELETE", json={"discussionIds": ids[:1]})
    assert told(fresh, "author") == [(repo, 1, "open")]
    ask(fresh, "author", "DELETE", params={"applyToAll": "true", "repoType": "dataset"})
    assert told(fresh, "author") == [(repo, 1, "open")]
    ask(fresh, "author", "DELETE", params={"applyToAll": "true", "repoName": repo})
    assert told(fresh, "author") == []
    bot.comment_discussion(repo, first.num, "Ping")
    assert told(fresh, "author", readStatus="unread") == [(repo, 1, "open")]


def test_they_come_in_pages_newest_first(start_hub: StartHub) -> None:
    hub = start_hub(switches=Switches(page_size=2))
    repo = client(hub).create_repo("author/m").repo_id
    for number in range(5):
        client(hub, "bot").create_discussion(repo, f"Number {number}")
    pages = [[num for _, num, _ in told(hub, "author", p=page)] for page in range(4)]
    assert pages == [[5, 4], [3, 2], [1], []]
    assert ask(hub, "author", params={"p": 1}).json()["start"] == 2


@pytest.mark.parametrize(("meaning", "found"), [("until", []), ("since", [1])])
def test_what_a_last_update_means_is_a_switch(start_hub: StartHub, meaning: str, found: list[int]) -> None:
    hub = start_hub(switches=Switches(notifications_last_update=meaning))  # type: ignore[arg-type]  # a literal
    repo = client(hub).create_repo("author/m").repo_id
    client(hub, "bot").create_discussion(repo, "Hello there")
    assert [num for _, num, _ in told(hub, "author", lastUpdate="2020-01-01T00:00:00.000Z")] == found


def test_what_became_private_moved_or_is_gone_shows_so(fresh: LocalHub, api: HfApi) -> None:
    repo = api.create_repo("author/m").repo_id
    client(fresh, "bot").create_discussion(repo, "Hello there")
    api.comment_discussion(repo, 1, "Hello")
    api.move_repo(repo, "author/n")
    assert told(fresh, "bot") == [("author/n", 1, "open")]
    api.update_repo_settings("author/n", private=True)
    assert told(fresh, "bot") == []
    assert told(fresh, "author") == [("author/n", 1, "open")]
    api.delete_repo("author/n")
    assert told(fresh, "author") == []


@pytest.mark.parametrize("body", [{}, {"discussionIds": []}, {"discussionIds": [1]}, {"discussionIds": "all"}])
def test_a_change_says_of_what(hub: LocalHub, body: dict[str, Any]) -> None:
    assert ask(hub, "author", "POST", "/mark-as-read", json=body).status_code == 400
    assert ask(hub, "author", "DELETE", json=body).status_code == 400


def test_a_reading_token_only_reads(hub: LocalHub) -> None:
    assert ask(hub, "author_read").status_code == 200
    assert ask(hub, "author_read", "DELETE", params={"applyToAll": "true"}).status_code == 403
    assert httpx2.get(f"{hub.url}/api/notifications").status_code == 401


def test_papers_and_posts_are_not_kept_here(fresh: LocalHub, api: HfApi) -> None:
    repo = api.create_repo("author/m").repo_id
    client(fresh, "bot").create_discussion(repo, "Hello there")
    assert told(fresh, "author", paperId="2401.00001") == []
