import httpx2
import pytest
from huggingface_hub import HfApi
from huggingface_hub.community import DiscussionCommit
from huggingface_hub.errors import HfHubHTTPError, RevisionNotFoundError

from localhub import Switches
from tests.localhub.conftest import StartHub, add, client


def test_a_proposed_commit_is_a_pull_request_with_diff_and_commit(author: HfApi, bot: HfApi, repo: str) -> None:
    info = bot.create_commit(
        repo, [add("a.txt", "one\n")], commit_message="Add a", commit_description="Because", create_pr=True
    )
    pull = author.get_discussion_details(repo, 1)
    assert (pull.title, pull.status, pull.author, pull.is_pull_request) == ("Add a", "open", "bot", True)
    assert (pull.target_branch, pull.conflicting_files, pull.merge_commit_oid) == ("refs/heads/main", [], None)
    assert [event.type for event in pull.events] == ["comment", "commit"]
    commit = pull.events[1]
    assert isinstance(commit, DiscussionCommit)
    assert (commit.oid, commit.summary) == (info.oid, "Add a")
    assert pull.diff is not None
    assert "+one" in pull.diff


@pytest.mark.parametrize("commit_status", ["open", "draft"])
@pytest.mark.parametrize("blank_status", ["open", "draft"])
def test_whether_a_pull_request_starts_as_draft_is_a_switch(
    start_hub: StartHub, commit_status: str, blank_status: str
) -> None:
    switches = Switches(commit_pr_status=commit_status, blank_pr_status=blank_status)  # type: ignore[arg-type]  # literals
    api = client(start_hub(switches=switches))
    repo = api.create_repo("author/drafts").repo_id
    api.create_commit(repo, [add("a.txt", "1")], commit_message="Add a", create_pr=True)
    api.create_pull_request(repo, "Blank one")
    assert [api.get_discussion_details(repo, num).status for num in (1, 2)] == [commit_status, blank_status]


def test_a_blank_pull_request_takes_commits_is_published_and_merged(author: HfApi, bot: HfApi, repo: str) -> None:
    pull = bot.create_pull_request(repo, "Add a file", description="Soon")
    assert (pull.status, pull.git_reference) == ("draft", "refs/pr/1")
    bot.create_commit(repo, [add("a.txt", "1")], commit_message="Add a", revision="refs/pr/1")
    with pytest.raises(HfHubHTTPError, match="draft"):
        author.merge_pull_request(repo, 1)
    bot.change_discussion_status(repo, 1, "open")
    author.merge_pull_request(repo, 1, comment="Thanks")
    merged = author.get_discussion_details(repo, 1)
    assert (merged.status, merged.merge_commit_oid) == ("merged", author.model_info(repo).sha)
    assert [event.type for event in merged.events] == ["comment", "commit", "status-change", "comment", "status-change"]
    assert "+1" in (merged.diff or "")
    assert author.list_repo_commits(repo)[0].title == "Add a file (#1)"


@pytest.mark.parametrize(("shape", "titles"), [("squash", 2), ("merge", 3)])
def test_the_shape_of_a_merge_is_a_switch(start_hub: StartHub, shape: str, titles: int) -> None:
    api = client(start_hub(switches=Switches(merge_shape=shape)))  # type: ignore[arg-type]  # a literal
    repo = api.create_repo("author/shape").repo_id
    api.create_commit(repo, [add("a.txt", "1")], commit_message="Add a", create_pr=True)
    api.merge_pull_request(repo, 1)
    assert len(api.list_repo_commits(repo)) == titles
    assert api.list_repo_files(repo) == [".gitattributes", "a.txt"]
    assert "a.txt" in (api.get_discussion_details(repo, 1).diff or "")


def test_a_conflict_is_listed_and_stops_the_merge(author: HfApi, bot: HfApi, repo: str) -> None:
    author.create_commit(repo, [add("a.txt", "base\n"), add("b.txt", "b\n")], commit_message="Base")
    bot.create_commit(repo, [add("a.txt", "theirs\n")], commit_message="Theirs", create_pr=True)
    author.create_commit(repo, [add("a.txt", "ours\n"), add("b.txt", "B\n")], commit_message="Ours")
    assert author.get_discussion_details(repo, 1).conflicting_files == ["a.txt"]
    with pytest.raises(HfHubHTTPError) as caught:
        author.merge_pull_request(repo, 1)
    assert caught.value.response.status_code == 409
    assert author.get_discussion_details(repo, 1).status == "open"
    author.create_commit(repo, [add("a.txt", "base\n")], commit_message="Back")
    author.merge_pull_request(repo, 1)


def test_changes_of_main_survive_a_merge(author: HfApi, bot: HfApi, repo: str) -> None:
    bot.create_commit(repo, [add("a.txt", "1")], commit_message="Add a", create_pr=True)
    author.create_commit(repo, [add("b.txt", "1")], commit_message="Add b")
    author.merge_pull_request(repo, 1)
    assert author.list_repo_files(repo) == [".gitattributes", "a.txt", "b.txt"]


def test_merging_needs_write_access_and_an_open_pull_request(author: HfApi, bot: HfApi, repo: str) -> None:
    bot.create_commit(repo, [add("a.txt", "1")], commit_message="Add a", create_pr=True)
    with pytest.raises(HfHubHTTPError, match="403"):
        bot.merge_pull_request(repo, 1)
    author.change_discussion_status(repo, 1, "closed")
    with pytest.raises(HfHubHTTPError, match="closed"):
        author.merge_pull_request(repo, 1)
    author.change_discussion_status(repo, 1, "open")
    author.merge_pull_request(repo, 1)
    with pytest.raises(HfHubHTTPError, match="merged"):
        author.change_discussion_status(repo, 1, "open")


def test_pull_requests_can_lead_to_other_branches(author: HfApi, repo: str) -> None:
    author.create_branch(repo, branch="next")
    author.create_commit(repo, [add("a.txt", "1")], commit_message="Add a", revision="next", create_pr=True)
    assert author.get_discussion_details(repo, 1).target_branch == "refs/heads/next"
    author.merge_pull_request(repo, 1)
    assert author.list_repo_files(repo) == [".gitattributes"]
    assert author.list_repo_files(repo, revision="next") == [".gitattributes", "a.txt"]


def test_pull_request_refs_are_listed_when_asked_for(author: HfApi, bot: HfApi, repo: str) -> None:
    info = bot.create_commit(repo, [add("a.txt", "1")], commit_message="Add a", create_pr=True)
    assert author.list_repo_refs(repo).pull_requests is None
    (ref,) = author.list_repo_refs(repo, include_pull_requests=True).pull_requests or []
    assert (ref.name, ref.ref, ref.target_commit) == ("1", "refs/pr/1", info.oid)


def test_the_ref_of_a_closed_pull_request_can_be_deleted(raw: httpx2.Client, author: HfApi, repo: str) -> None:
    author.create_commit(repo, [add("a.txt", "1")], commit_message="Add a", create_pr=True)
    assert raw.delete(f"/api/models/{repo}/discussions/1/ref").status_code == 403
    author.change_discussion_status(repo, 1, "closed")
    assert raw.delete(f"/api/models/{repo}/discussions/1/ref").status_code == 200
    assert [event.type for event in author.get_discussion_details(repo, 1).events][-1] == "ref-deleted"
    with pytest.raises(RevisionNotFoundError):
        author.model_info(repo, revision="refs/pr/1")


def test_the_url_of_a_pull_request_shows_it_to_people(raw: httpx2.Client, author: HfApi, bot: HfApi, repo: str) -> None:
    info = bot.create_commit(
        repo, [add("a.txt", "one\n")], commit_message="Add <a>", commit_description="Because & so", create_pr=True
    )
    answer = httpx2.get(str(info.pr_url))
    assert answer.headers["Content-Type"] == "text/plain; charset=utf-8"
    head, description, diff = answer.text.split("\n\n", 2)
    assert head == f"Add <a>\nPull request 1 of {repo}, open, by bot"
    assert description == "Because & so"
    assert diff.startswith("diff --git")
    assert diff.endswith("+one\n")
    author.create_discussion(repo, "A question", description="Why?")
    assert raw.get(f"/{repo}/discussions/2").text == f"A question\nDiscussion 2 of {repo}, open, by author\n\nWhy?\n"
    assert raw.get(f"/{repo}/discussions/3").status_code == 404


def test_a_private_repos_pull_requests_are_shown_to_its_people_only(raw: httpx2.Client, author: HfApi) -> None:
    private = author.create_repo("author/hidden-pulls", private=True).repo_id
    info = author.create_commit(private, [add("a.txt", "1")], commit_message="Add a", create_pr=True)
    assert raw.get(f"/{private}/discussions/1").status_code == 200
    assert httpx2.get(str(info.pr_url)).status_code == 401
    other = httpx2.get(str(info.pr_url), headers={"Authorization": "Bearer hf_bot"})
    assert other.status_code == 404
