import warnings

import httpx2
import pytest
from huggingface_hub import HfApi
from huggingface_hub.errors import (
    DisabledRepoError,
    GatedRepoError,
    HfHubHTTPError,
    RepositoryNotFoundError,
    RevisionNotFoundError,
)

from localhub import LocalHub
from tests.localhub.conftest import add, client


def test_a_new_repo_has_one_commit_by_its_creator(author: HfApi, repo: str) -> None:
    commits = author.list_repo_commits(repo)
    assert [(commit.title, commit.authors) for commit in commits] == [("initial commit", ["author"])]
    assert author.list_repo_files(repo) == [".gitattributes"]


def test_creating_a_repo_twice_is_refused_unless_that_is_fine(author: HfApi, repo: str) -> None:
    with pytest.raises(HfHubHTTPError) as caught:
        author.create_repo(repo)
    assert caught.value.response.status_code == 409
    assert author.create_repo(repo, exist_ok=True).repo_id == repo


def test_nobody_creates_repos_for_others(bot: HfApi) -> None:
    with pytest.raises(HfHubHTTPError, match="403"):
        bot.create_repo("author/not-mine")


def test_contributors_write_to_what_they_made_and_nothing_else(hub: LocalHub, org_repo: str) -> None:
    api = client(hub, "contributor")
    own = api.create_repo("acme/contributed").repo_id
    api.upload_file(path_or_fileobj=b"1", path_in_repo="a.txt", repo_id=own)
    with pytest.raises(HfHubHTTPError, match="403"):
        api.upload_file(path_or_fileobj=b"1", path_in_repo="a.txt", repo_id=org_repo)


def test_names_compare_without_case(author: HfApi, repo: str) -> None:
    assert author.model_info(repo.upper()).id == repo


def test_a_deleted_repo_is_missing(author: HfApi, repo: str) -> None:
    author.delete_repo(repo)
    with pytest.raises(RepositoryNotFoundError):
        author.model_info(repo)


@pytest.mark.parametrize("name", ["author/none", "single"])
def test_a_missing_repo_is_a_typed_error_with_and_without_token(author: HfApi, anonymous: HfApi, name: str) -> None:
    for api in (author, anonymous):
        with pytest.raises(RepositoryNotFoundError):
            api.model_info(name)


def test_a_private_repo_is_missing_for_others(author: HfApi, bot: HfApi, anonymous: HfApi, repo: str) -> None:
    author.update_repo_settings(repo, private=True)
    assert author.model_info(repo).private is True
    for api in (bot, anonymous):
        with pytest.raises(RepositoryNotFoundError):
            api.model_info(repo)
        with pytest.raises(RepositoryNotFoundError):
            api.auth_check(repo)
        assert repo not in [model.id for model in api.list_models(author="author")]
    assert repo in [model.id for model in author.list_models(author="author")]


def test_members_read_what_is_private_to_their_organization(hub: LocalHub, author: HfApi, org_repo: str) -> None:
    author.update_repo_settings(org_repo, private=True)
    assert client(hub, "member").model_info(org_repo).id == org_repo


def test_a_gated_repo_shows_its_info_but_not_its_files(author: HfApi, bot: HfApi, anonymous: HfApi, repo: str) -> None:
    author.update_repo_settings(repo, gated="auto")
    assert bot.model_info(repo).gated == "auto"
    author.auth_check(repo)
    for api in (bot, anonymous):
        with pytest.raises(GatedRepoError):
            api.auth_check(repo)
        with pytest.raises(GatedRepoError):
            api.hf_hub_download(repo, ".gitattributes")


def test_a_disabled_repo_refuses_everybody(hub: LocalHub, author: HfApi, repo: str) -> None:
    hub.set_disabled(repo)
    with pytest.raises(DisabledRepoError):
        author.model_info(repo)
    hub.set_disabled(repo, disabled=False)
    assert author.model_info(repo).disabled is False


def test_a_read_token_cannot_write(hub: LocalHub, repo: str) -> None:
    api = client(hub, "author_read")
    assert api.model_info(repo).id == repo
    with pytest.raises(HfHubHTTPError, match="403"):
        api.upload_file(path_or_fileobj=b"1", path_in_repo="a.txt", repo_id=repo)
    with pytest.raises(HfHubHTTPError, match="403"):
        api.create_discussion(repo, "Hello there")


def test_a_fine_grained_token_reaches_as_far_as_its_scope(hub: LocalHub, repo: str, org_repo: str) -> None:
    api = client(hub, "scoped")
    assert api.create_discussion(repo, "Hello there").num == 1
    with pytest.raises(HfHubHTTPError, match="403"):
        api.create_discussion(org_repo, "Hello there")
    with pytest.raises(HfHubHTTPError, match="403"):
        api.upload_file(path_or_fileobj=b"1", path_in_repo="a.txt", repo_id=repo)


def test_a_moved_repo_is_found_under_its_old_name(author: HfApi, raw: httpx2.Client, repo: str, tmp_path: str) -> None:
    author.upload_file(path_or_fileobj=b"here", path_in_repo="a.txt", repo_id=repo)
    new = repo.replace("author/", "acme/moved-")
    author.move_repo(repo, new)
    answer = raw.head(f"/{repo}/resolve/main/a.txt")
    assert (answer.status_code, answer.headers["location"]) == (307, f"/{new}/resolve/main/a.txt")
    assert raw.get(f"/api/models/{repo}/tree/main?expand=true").headers["location"].endswith("/tree/main?expand=true")
    assert author.model_info(repo).id == new
    with open(author.hf_hub_download(repo, "a.txt", cache_dir=tmp_path), "rb") as file:  # noqa: PTH123 - a path as text
        assert file.read() == b"here"
    author.create_repo(repo)
    assert author.model_info(repo).id == repo


def test_a_repo_cannot_move_onto_another(author: HfApi, repo: str, org_repo: str) -> None:
    with pytest.raises(HfHubHTTPError) as caught:
        author.move_repo(repo, org_repo)
    assert caught.value.response.status_code == 409


def test_branches_and_tags_come_and_go(author: HfApi, repo: str) -> None:
    head = author.model_info(repo).sha
    author.create_branch(repo, branch="feature/x")
    author.create_tag(repo, tag="v1")
    refs = author.list_repo_refs(repo)
    assert [(ref.name, ref.ref, ref.target_commit) for ref in refs.branches] == [
        ("feature/x", "refs/heads/feature/x", head),
        ("main", "refs/heads/main", head),
    ]
    assert [tag.ref for tag in refs.tags] == ["refs/tags/v1"]
    author.upload_file(path_or_fileobj=b"1", path_in_repo="a.txt", repo_id=repo, revision="feature/x")
    assert author.model_info(repo, revision="feature/x").sha != head
    assert author.model_info(repo, revision="v1").sha == head
    author.delete_branch(repo, branch="feature/x")
    author.delete_tag(repo, tag="v1")
    with pytest.raises(RevisionNotFoundError):
        author.model_info(repo, revision="feature/x")


@pytest.mark.parametrize(("branch", "status"), [("main", 409), ("refs/heads/x", 400), ("a b", 400)])
def test_branch_names_that_are_taken_or_wrong_are_refused(author: HfApi, repo: str, branch: str, status: int) -> None:
    with pytest.raises(HfHubHTTPError) as caught:
        author.create_branch(repo, branch=branch)
    assert caught.value.response.status_code == status


def test_main_cannot_be_deleted(author: HfApi, repo: str) -> None:
    with pytest.raises(HfHubHTTPError, match="Cannot delete refs/heads/main"):
        author.delete_branch(repo, branch="main")


def test_squashing_leaves_one_commit_with_the_same_files(author: HfApi, repo: str) -> None:
    author.create_commit(repo, [add("a.txt", "1")], commit_message="One")
    author.super_squash_history(repo, commit_message="All of it")
    assert [commit.title for commit in author.list_repo_commits(repo)] == ["All of it"]
    assert author.list_repo_files(repo) == [".gitattributes", "a.txt"]


def test_broken_metadata_is_told_before_the_commit(author: HfApi, repo: str) -> None:
    with pytest.raises(ValueError, match="Invalid YAML"):
        author.create_commit(repo, [add("README.md", "---\na: [\n---\n")], commit_message="Broken")
    assert author.list_repo_files(repo) == [".gitattributes"]


def test_a_card_without_metadata_is_only_warned_about(author: HfApi, repo: str) -> None:
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        author.create_commit(repo, [add("README.md", "# Hello\n")], commit_message="Plain")
    assert "yaml metadata" in str(caught[0].message)
