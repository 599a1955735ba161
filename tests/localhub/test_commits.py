import json
from concurrent.futures import ThreadPoolExecutor

import httpx2
import pytest
from huggingface_hub import CommitInfo, CommitOperationAdd, CommitOperationDelete, HfApi
from huggingface_hub.errors import EntryNotFoundError, HfHubHTTPError, RevisionNotFoundError

from localhub import LocalHub, Switches
from tests.localhub.conftest import StartHub, add, client


def test_a_commit_changes_adds_and_deletes(author: HfApi, repo: str) -> None:
    author.create_commit(
        repo, [add("keep.txt", "1"), add("a/x.txt", "x"), add("a/y.txt", "y"), add("b.txt", "b")], commit_message="One"
    )
    operations: list[CommitOperationAdd | CommitOperationDelete] = [
        add("keep.txt", "2"),
        add("c/d/e.txt", "e"),
        CommitOperationDelete("b.txt"),
        CommitOperationDelete("a/", is_folder=True),
    ]
    info = author.create_commit(repo, operations, commit_message="Two", commit_description="Why")
    assert isinstance(info, CommitInfo)
    assert info.commit_url == f"{author.endpoint}/{repo}/commit/{info.oid}"
    assert author.list_repo_files(repo) == [".gitattributes", "c/d/e.txt", "keep.txt"]
    assert author.model_info(repo).sha == info.oid


def test_a_folder_can_be_deleted_and_filled_in_one_commit(author: HfApi, repo: str) -> None:
    author.create_commit(repo, [add("a/old.txt", "1")], commit_message="Old")
    author.create_commit(
        repo, [CommitOperationDelete("a/", is_folder=True), add("a/new.txt", "2")], commit_message="New"
    )
    assert author.list_repo_files(repo) == [".gitattributes", "a/new.txt"]


def test_deleting_what_is_not_there_is_refused(author: HfApi, repo: str) -> None:
    with pytest.raises(EntryNotFoundError, match="A file with this name doesn't exist"):
        author.create_commit(repo, [CommitOperationDelete("none.txt")], commit_message="Delete")


def test_an_unchanged_file_is_not_committed(author: HfApi, repo: str) -> None:
    first = author.create_commit(repo, [add("a.txt", "1")], commit_message="One")
    again = author.create_commit(repo, [add("a.txt", "1")], commit_message="Again", create_pr=True)
    assert (again.oid, again.pr_url) == (first.oid, None)


def test_others_cannot_commit_but_can_propose(author: HfApi, bot: HfApi, repo: str) -> None:
    with pytest.raises(HfHubHTTPError, match="403"):
        bot.create_commit(repo, [add("a.txt", "1")], commit_message="Mine now")
    info = bot.create_commit(repo, [add("a.txt", "1")], commit_message="Add a", create_pr=True)
    assert (info.pr_num, info.pr_revision) == (1, "refs/pr/1")
    assert info.pr_url == f"{bot.endpoint}/{repo}/discussions/1"
    assert author.list_repo_files(repo) == [".gitattributes"]
    assert author.list_repo_files(repo, revision="refs/pr/1") == [".gitattributes", "a.txt"]


def test_a_stale_parent_is_refused_and_changes_nothing(author: HfApi, repo: str) -> None:
    parent = author.model_info(repo).sha
    author.create_commit(repo, [add("a.txt", "1")], commit_message="One")
    with pytest.raises(HfHubHTTPError) as caught:
        author.create_commit(repo, [add("a.txt", "2")], commit_message="Two", parent_commit=parent)
    assert caught.value.response.status_code == 412
    assert "The branch was updated since you opened this page" in str(caught.value)
    assert [commit.title for commit in author.list_repo_commits(repo)] == ["One", "initial commit"]


def test_a_pull_request_branches_from_the_parent_it_names(author: HfApi, bot: HfApi, repo: str) -> None:
    parent = author.model_info(repo).sha
    author.create_commit(repo, [add("a.txt", "1")], commit_message="One")
    bot.create_commit(repo, [add("b.txt", "2")], commit_message="Add b", parent_commit=parent, create_pr=True)
    assert author.list_repo_files(repo, revision="refs/pr/1") == [".gitattributes", "b.txt"]


def test_of_eight_commits_with_one_parent_exactly_one_succeeds(hub: LocalHub, author: HfApi, repo: str) -> None:
    parent = author.model_info(repo).sha

    def commit(number: int) -> int:
        try:
            client(hub).create_commit(
                repo, [add(f"{number}.txt", "x")], commit_message=f"Commit {number}", parent_commit=parent
            )
        except HfHubHTTPError as error:
            return error.response.status_code
        return 200

    with ThreadPoolExecutor(8) as pool:
        assert sorted(pool.map(commit, range(8))) == [200, *[412] * 7]
    assert len(author.list_repo_commits(repo)) == 2


def test_commits_without_parent_all_succeed_one_after_the_other(hub: LocalHub, author: HfApi, repo: str) -> None:
    def commit(number: int) -> None:
        client(hub).create_commit(repo, [add(f"{number}.txt", "x")], commit_message=f"Commit {number}")

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(commit, range(8)))
    assert len(author.list_repo_files(repo)) == 9


def test_pull_requests_opened_at_once_get_distinct_numbers(hub: LocalHub, repo: str) -> None:
    def propose(number: int) -> int:
        api = client(hub, "bot")
        if number % 3 == 0:
            return api.create_discussion(repo, f"Discussion {number}").num
        info = api.create_commit(repo, [add(f"{number}.txt", "x")], commit_message=f"Add {number}", create_pr=True)
        return int(info.pr_num or 0)

    with ThreadPoolExecutor(12) as pool:
        assert sorted(pool.map(propose, range(12))) == list(range(1, 13))


def test_a_branch_that_is_not_there_cannot_be_committed_to(author: HfApi, repo: str) -> None:
    with pytest.raises(RevisionNotFoundError):
        author.create_commit(repo, [add("a.txt", "1")], commit_message="One", revision="nowhere")


def test_only_author_and_writers_push_to_a_pull_request(hub: LocalHub, author: HfApi, bot: HfApi, repo: str) -> None:
    bot.create_commit(repo, [add("a.txt", "1")], commit_message="Add a", create_pr=True)
    bot.create_commit(repo, [add("a.txt", "2")], commit_message="Better a", revision="refs/pr/1")
    author.create_commit(repo, [add("a.txt", "3")], commit_message="Best a", revision="refs/pr/1")
    with pytest.raises(HfHubHTTPError, match="403"):
        client(hub, "member").create_commit(repo, [add("a.txt", "4")], commit_message="No", revision="refs/pr/1")
    commits = author.list_repo_commits(repo, revision="refs/pr/1")
    assert [(commit.title, commit.authors[0]) for commit in commits[:3]] == [
        *(("Best a", "author"), ("Better a", "bot"), ("Add a", "bot"))
    ]


@pytest.mark.parametrize("status", [403, 409])
def test_a_closed_pull_request_takes_no_more_commits(start_hub: StartHub, status: int) -> None:
    hub = start_hub(switches=Switches(closed_pr_push_status=status))
    author = client(hub)
    repo = author.create_repo("author/closed").repo_id
    author.create_commit(repo, [add("a.txt", "1")], commit_message="Add a", create_pr=True)
    author.change_discussion_status(repo, 1, "closed")
    with pytest.raises(HfHubHTTPError) as caught:
        author.create_commit(repo, [add("a.txt", "2")], commit_message="Again", revision="refs/pr/1")
    assert caught.value.response.status_code == status


@pytest.mark.parametrize(
    ("lines", "status"),
    [
        (["not json"], 400),
        (['{"key": "file", "value": {"path": "a", "content": "x"}}'], 400),
        (
            [
                '{"key": "header", "value": {"summary": "s"}}',
                '{"key": "file", "value": {"path": "../a", "content": "x"}}',
            ],
            422,
        ),
        (['{"key": "header", "value": {"summary": "s"}}', '{"key": "surprise", "value": {}}'], 400),
        (['{"key": "header", "value": {"summary": "s", "parentCommit": "xyz"}}'], 400),
    ],
)
def test_a_malformed_commit_is_refused(raw: httpx2.Client, repo: str, lines: list[str], status: int) -> None:
    answer = raw.post(f"/api/models/{repo}/commit/main", content="\n".join(lines))
    assert answer.status_code == status
    assert json.loads(answer.content)["error"]


def test_ignored_files_are_named_before_the_upload(raw: httpx2.Client, repo: str) -> None:
    files = [{"path": path, "sample": "", "size": 1} for path in ("a.txt", "logs/x.log", "model.bin")]
    answer = raw.post(f"/api/models/{repo}/preupload/main", json={"files": files, "gitIgnore": "logs/\n"}).json()
    assert [(file["uploadMode"], file["shouldIgnore"]) for file in answer["files"]] == [
        *(("regular", False), ("regular", True), ("lfs", False))
    ]


def test_a_repo_may_refuse_a_commit_while_another_is_in_progress(start_hub: StartHub) -> None:
    hub = start_hub(switches=Switches(commit_lock_seconds=60))
    api = client(hub)
    repo, other = (api.create_repo(f"author/{name}").repo_id for name in ("m", "n"))
    api.create_commit(repo, [add("a.txt", "1")], commit_message="First one")
    api.create_commit(other, [add("a.txt", "1")], commit_message="Elsewhere")
    for create_pr in (False, True):
        with pytest.raises(HfHubHTTPError, match="in progress") as caught:
            api.create_commit(repo, [add("a.txt", "2")], commit_message="Too soon", create_pr=create_pr)
        assert caught.value.response.status_code == 409
    hub.advance(60)
    api.create_commit(repo, [add("a.txt", "2")], commit_message="Second one")
