import httpx2
import pytest
from huggingface_hub import HfApi
from huggingface_hub.community import DiscussionComment, DiscussionStatusChange, DiscussionTitleChange
from huggingface_hub.errors import HfHubHTTPError

from localhub import LocalHub, Seed, Switches, Token, User
from localhub.errors import HubError
from tests.localhub.conftest import StartHub, add, client


def test_a_discussion_starts_with_its_description(bot: HfApi, repo: str) -> None:
    made = bot.create_discussion(repo, " A question ", description="What is its score?")
    found = bot.get_discussion_details(repo, made.num)
    assert (found.num, found.title, found.status, found.author) == (1, "A question", "open", "bot")
    assert found.is_pull_request is False
    assert found.url == f"{bot.endpoint}/{repo}/discussions/1"
    (first,) = found.events
    assert isinstance(first, DiscussionComment)
    assert (first.content, first.author, first.edited, first.hidden) == ("What is its score?", "bot", False, False)


def test_comments_are_added_edited_and_hidden(author: HfApi, bot: HfApi, repo: str) -> None:
    bot.create_discussion(repo, "A question")
    comment = bot.comment_discussion(repo, 1, "/eval mmlu")
    assert comment.content == "/eval mmlu"
    edited = bot.edit_discussion_comment(repo, 1, comment.id, "/eval gpqa <b>")
    assert (edited.edited, edited.content, edited.last_edited_by) == (True, "/eval gpqa <b>", "bot")
    assert edited.number_of_edits == 2
    assert "&lt;b&gt;" in edited.rendered
    with pytest.warns(UserWarning, match="irreversible"):
        hidden = author.hide_discussion_comment(repo, 1, comment.id)
    assert hidden.hidden is True
    last = bot.get_discussion_details(repo, 1).events[-1]
    assert isinstance(last, DiscussionComment)
    assert (last.id, last.hidden) == (comment.id, True)
    assert "gpqa" not in str(last._event)


def test_comments_say_who_owns_the_repo_and_who_belongs_to_its_owner(
    hub: LocalHub, author: HfApi, bot: HfApi, repo: str, org_repo: str
) -> None:
    for name in (repo, org_repo):
        author.create_discussion(name, "Question one")
        client(hub, "member").comment_discussion(name, 1, "Me too")
        bot.comment_discussion(name, 1, "And me")

    def flags(name: str) -> list[tuple[bool | None, bool | None]]:
        events = author.get_discussion_details(name, 1).events
        return [(e._event["author"].get("isOwner"), e._event["author"].get("isOrgMember")) for e in events]

    assert flags(repo) == [(True, None), (False, None), (False, None)]
    assert flags(org_repo) == [(False, True), (False, True), (False, False)]


def test_what_an_app_says_in_somebodys_name_is_marked(hub: LocalHub, author: HfApi, repo: str) -> None:
    hub.plant(Seed(users=[User("author", tokens=[Token("hf_author_app", app="Card Helper")])]))
    author.create_discussion(repo, "Question one")
    client(hub, "author_app").comment_discussion(repo, 1, "Help is here")
    authors = [event._event["author"] for event in author.get_discussion_details(repo, 1).events]
    assert [one["name"] for one in authors] == ["author", "author"]
    assert [one.get("oauthApp") for one in authors] == [None, {"name": "Card Helper"}]


def test_what_a_deleted_user_wrote_has_no_author(hub: LocalHub, author: HfApi, repo: str) -> None:
    hub.plant(Seed(users=[User("leaver", "hf_leaver")]))
    client(hub, "leaver").create_discussion(repo, "Question one")
    hub.delete_user("leaver")
    details = author.get_discussion_details(repo, 1)
    assert (details.author, details.events[0].author) == ("deleted", "deleted")
    assert "author" not in details.events[0]._event
    with pytest.raises(HfHubHTTPError, match="Invalid user token"):
        client(hub, "leaver").whoami()
    with pytest.raises(HubError, match="owns repos"):
        hub.delete_user("author")


def test_only_author_and_writers_manage_a_discussion(hub: LocalHub, author: HfApi, bot: HfApi, repo: str) -> None:
    discussion = bot.create_discussion(repo, "A question")
    stranger = client(hub, "member")
    with pytest.raises(HfHubHTTPError, match="403"):
        stranger.change_discussion_status(repo, 1, "closed")
    with pytest.raises(HfHubHTTPError, match="403"):
        stranger.rename_discussion(repo, 1, "Another title")
    with pytest.raises(HfHubHTTPError, match="403"):
        stranger.edit_discussion_comment(repo, 1, discussion.events[0].id, "Not mine")
    renamed = bot.rename_discussion(repo, 1, "A better question")
    assert isinstance(renamed, DiscussionTitleChange)
    assert (renamed.old_title, renamed.new_title) == ("A question", "A better question")
    closed = author.change_discussion_status(repo, 1, "closed", comment="Answered")
    assert isinstance(closed, DiscussionStatusChange)
    assert closed.new_status == "closed"
    details = bot.get_discussion_details(repo, 1)
    assert [event.type for event in details.events] == ["comment", "title-change", "comment", "status-change"]
    assert (details.title, details.status) == ("A better question", "closed")


def test_lists_filter_by_kind_status_and_author(author: HfApi, bot: HfApi, repo: str) -> None:
    author.create_discussion(repo, "Discussion one")
    bot.create_pull_request(repo, "Draft pull")
    bot.create_commit(repo, [add("a.txt", "1")], commit_message="Merged pull", create_pr=True)
    author.merge_pull_request(repo, 3)
    bot.create_discussion(repo, "Closed one")
    bot.change_discussion_status(repo, 4, "closed")

    def nums(**filters: str) -> list[int]:
        return [found.num for found in author.get_repo_discussions(repo, **filters)]  # type: ignore[arg-type]  # literals

    assert nums() == [4, 3, 2, 1]
    assert nums(discussion_type="pull_request") == [3, 2]
    assert nums(discussion_type="discussion") == [4, 1]
    assert nums(discussion_status="open") == [2, 1]
    assert nums(discussion_status="closed") == [4, 3]
    assert nums(author="bot") == [4, 3, 2]
    assert nums(author="bot", discussion_type="pull_request", discussion_status="open") == [2]
    assert nums(author="nobody") == []


def test_long_lists_come_in_pages(start_hub: StartHub) -> None:
    api = client(start_hub(switches=Switches(page_size=2)))
    repo = api.create_repo("author/long").repo_id
    for number in range(5):
        api.create_discussion(repo, f"Discussion {number}")
    assert [found.num for found in api.get_repo_discussions(repo)] == [5, 4, 3, 2, 1]


def test_a_list_item_counts_comments_and_says_whether_it_is_pinned(
    raw: httpx2.Client, author: HfApi, repo: str
) -> None:
    author.create_discussion(repo, "A question")
    author.comment_discussion(repo, 1, "Well")
    assert raw.post(f"/api/models/{repo}/discussions/1/pin", json={"pinned": True}).json() == {"pinned": True}
    (item,) = raw.get(f"/api/models/{repo}/discussions").json()["discussions"]
    assert (item["numComments"], item["pinned"], item["repo"]) == (2, True, {"name": repo, "type": "model"})


@pytest.mark.parametrize("title", ["ab", "x" * 201])
def test_titles_have_a_length(raw: httpx2.Client, repo: str, title: str) -> None:
    assert raw.post(f"/api/models/{repo}/discussions", json={"title": title, "description": "d"}).status_code == 400


def test_comments_have_a_length(author: HfApi, repo: str) -> None:
    author.create_discussion(repo, "A question")
    with pytest.raises(HfHubHTTPError, match="at most 65536"):
        author.comment_discussion(repo, 1, "x" * 65537)


def test_what_is_not_there_is_not_found(author: HfApi, repo: str) -> None:
    with pytest.raises(HfHubHTTPError, match="404"):
        author.get_discussion_details(repo, 1)
    author.create_discussion(repo, "A question")
    with pytest.raises(HfHubHTTPError, match="404"):
        author.edit_discussion_comment(repo, 1, "0" * 24, "Nothing")


def test_strangers_without_account_cannot_speak(anonymous: HfApi, author: HfApi, raw: httpx2.Client, repo: str) -> None:
    with pytest.raises(HfHubHTTPError, match="401"):
        anonymous.create_discussion(repo, "A question")
    raw.put(f"/api/models/{repo}/settings", json={"discussionsDisabled": True})
    with pytest.raises(HfHubHTTPError, match="Discussions are disabled"):
        author.create_discussion(repo, "A question")
    author.create_commit(repo, [add("a.txt", "1")], commit_message="Commits still work")


def test_a_deleted_discussion_leaves_its_number_unused(raw: httpx2.Client, author: HfApi, repo: str) -> None:
    author.create_discussion(repo, "First one")
    assert raw.delete(f"/api/models/{repo}/discussions/1").status_code == 200
    assert author.create_discussion(repo, "Second one").num == 2
