from pathlib import Path

import httpx2
import pytest
from huggingface_hub import HfApi, ModelCard
from huggingface_hub.errors import EntryNotFoundError, HfHubHTTPError, RevisionNotFoundError
from huggingface_hub.hf_api import RepoFile, RepoFolder

from tests.localhub.conftest import add

CARD = """---
license: mit
tags: [llama, chat]
pipeline_tag: text-generation
library_name: transformers
language: en
datasets: [acme/corpus]
base_model: acme/base
---
# Model, see https://arxiv.org/abs/2401.12345
"""


@pytest.fixture
def filled(author: HfApi, repo: str) -> str:
    files = [add("README.md", CARD), add("data/a.txt", "0123456789"), add("data/deep/b.txt", "b")]
    author.create_commit(repo, files, commit_message="Files", commit_description="More words")
    return repo


def test_model_info_carries_what_the_card_says(author: HfApi, filled: str) -> None:
    info = author.model_info(filled)
    assert (info.id, info.author, info.private, info.gated, info.disabled) == (filled, "author", False, False, False)
    said = vars(info)
    assert (said["pipeline_tag"], said["library_name"]) == ("text-generation", "transformers")
    assert info.tags is not None
    assert {"llama", "license:mit", "dataset:acme/corpus", "base_model:acme/base", "arxiv:2401.12345"} <= set(info.tags)
    assert info.card_data is not None
    assert info.card_data.license == "mit"
    assert info.created_at is not None
    assert info.last_modified is not None
    assert info.last_modified > info.created_at
    assert info.sha == author.list_repo_commits(filled)[0].commit_id
    assert [file.rfilename for file in info.siblings or []] == [
        *(".gitattributes", "README.md", "data/a.txt", "data/deep/b.txt")
    ]


def test_file_metadata_holds_sizes_and_true_blob_ids(author: HfApi, filled: str) -> None:
    files = {file.rfilename: file for file in author.model_info(filled, files_metadata=True).siblings or []}
    assert files["data/a.txt"].size == 10
    # printf 0123456789 | git hash-object --stdin
    assert files["data/a.txt"].blob_id == "ad471007bd7f5983d273b9584e5629230150fd54"


def test_expand_gives_the_named_properties_only(raw: httpx2.Client, filled: str) -> None:
    body = raw.get(f"/api/models/{filled}", params={"expand": ["sha", "tags"]}).json()
    assert set(body) == {"_id", "id", "modelId", "sha", "tags"}
    refusal = raw.get(f"/api/models/{filled}", params={"expand": "nonsense"})
    assert refusal.status_code == 400
    assert 'expected one of "author"|' in refusal.json()["error"]


def test_dataset_info_is_a_datasets(author: HfApi) -> None:
    name = author.create_repo("author/data", repo_type="dataset").repo_id
    author.upload_file(
        path_or_fileobj=b"---\ntask_categories: [text-generation]\nlanguage: [en]\n---\n",
        path_in_repo="README.md",
        repo_id=name,
        repo_type="dataset",
    )
    info = author.dataset_info(name)
    assert info.id == name
    assert {"task_categories:text-generation", "language:en"} <= set(info.tags or [])


def test_the_tree_lists_files_and_folders(author: HfApi, filled: str) -> None:
    flat = {item.path: type(item) for item in author.list_repo_tree(filled)}
    assert flat == {".gitattributes": RepoFile, "README.md": RepoFile, "data": RepoFolder}
    deep = [item.path for item in author.list_repo_tree(filled, recursive=True)]
    assert deep == [".gitattributes", "README.md", "data", "data/a.txt", "data/deep", "data/deep/b.txt"]
    assert [item.path for item in author.list_repo_tree(filled, "data/deep")] == ["data/deep/b.txt"]
    with pytest.raises(EntryNotFoundError):
        list(author.list_repo_tree(filled, "nothing"))


def test_an_expanded_tree_names_each_last_commit(author: HfApi, filled: str) -> None:
    author.create_commit(filled, [add("data/a.txt", "changed")], commit_message="Later")
    found = {item.path: item for item in author.list_repo_tree(filled, recursive=True, expand=True)}
    titles = {path: item.last_commit.title for path, item in found.items() if item.last_commit}
    assert titles == {
        ".gitattributes": "initial commit",
        "README.md": "Files",
        "data": "Later",
        "data/a.txt": "Later",
        "data/deep": "Files",
        "data/deep/b.txt": "Files",
    }


def test_a_long_tree_comes_in_pages(author: HfApi, repo: str) -> None:
    author.create_commit(repo, [add(f"f{n:03}.txt", "x") for n in range(60)], commit_message="Many")
    assert len(list(author.list_repo_tree(repo, expand=True))) == 61


def test_paths_info_leaves_out_what_is_not_there(author: HfApi, filled: str) -> None:
    found = author.get_paths_info(filled, ["data", "README.md", "missing"])
    assert [(item.path, type(item)) for item in found] == [("data", RepoFolder), ("README.md", RepoFile)]


def test_history_is_newest_first_with_title_message_and_author(author: HfApi, filled: str) -> None:
    newest, oldest = author.list_repo_commits(filled, formatted=True)
    assert (newest.title, newest.message, newest.authors) == ("Files", "More words", ["author"])
    assert newest.formatted_title == "Files"
    assert oldest.title == "initial commit"


def test_long_history_comes_in_pages(author: HfApi, raw: httpx2.Client, repo: str) -> None:
    for number in range(4):
        author.create_commit(repo, [add("a.txt", str(number))], commit_message=f"Commit {number}")
    first = raw.get(f"/api/models/{repo}/commits/main", params={"limit": 2})
    assert first.headers["x-total-count"] == "5"
    second = raw.get(first.links["next"]["url"])
    assert [item["title"] for item in first.json() + second.json()] == [
        *("Commit 3", "Commit 2", "Commit 1", "Commit 0")
    ]


@pytest.mark.parametrize("revision", ["nope", "refs/pr/7", "0" * 40])
def test_an_unknown_revision_is_a_typed_error(author: HfApi, filled: str, revision: str) -> None:
    with pytest.raises(RevisionNotFoundError):
        author.model_info(filled, revision=revision)
    with pytest.raises(RevisionNotFoundError):
        author.list_repo_commits(filled, revision=revision)


def test_a_commit_of_another_repo_is_no_revision_of_this_one(author: HfApi, filled: str, org_repo: str) -> None:
    with pytest.raises(RevisionNotFoundError):
        author.model_info(org_repo, revision=author.model_info(filled).sha)


def test_a_download_is_the_files_bytes_at_the_commit(author: HfApi, filled: str, tmp_path: Path) -> None:
    path = Path(author.hf_hub_download(filled, "data/deep/b.txt", cache_dir=tmp_path))
    assert path.read_bytes() == b"b"
    assert author.model_info(filled).sha in path.parts
    assert ModelCard.load(author.hf_hub_download(filled, "README.md", cache_dir=tmp_path)).data.license == "mit"


def test_a_missing_file_names_the_commit_it_is_missing_from(author: HfApi, raw: httpx2.Client, filled: str) -> None:
    with pytest.raises(EntryNotFoundError):
        author.hf_hub_download(filled, "none.txt")
    answer = raw.head(f"/{filled}/resolve/main/none.txt")
    assert answer.headers["x-error-code"] == "EntryNotFound"
    assert answer.headers["x-repo-commit"] == author.model_info(filled).sha


def test_downloads_carry_etag_commit_and_ranges(raw: httpx2.Client, author: HfApi, filled: str) -> None:
    url = f"/{filled}/resolve/main/data/a.txt"
    head = raw.head(url)
    assert (head.status_code, head.content, head.headers["content-length"]) == (200, b"", "10")
    assert head.headers["etag"] == '"ad471007bd7f5983d273b9584e5629230150fd54"'
    assert head.headers["x-repo-commit"] == author.model_info(filled).sha
    part = raw.get(url, headers={"Range": "bytes=2-4"})
    assert (part.status_code, part.content, part.headers["content-range"]) == (206, b"234", "bytes 2-4/10")
    assert raw.get(url, headers={"Range": "bytes=7-"}).content == b"789"
    assert raw.get(url, headers={"Range": "bytes=-2"}).content == b"89"
    assert raw.get(url, headers={"Range": "bytes=10-"}).status_code == 416


def test_revisions_work_quoted_and_unquoted(raw: httpx2.Client, bot: HfApi, filled: str) -> None:
    bot.create_commit(filled, [add("new.txt", "n")], commit_message="Add new", create_pr=True)
    for revision in ("refs/pr/1", "refs%2Fpr%2F1"):
        assert raw.get(f"/{filled}/resolve/{revision}/new.txt").content == b"n"
        assert raw.get(f"/api/models/{filled}/tree/{revision}").status_code == 200


def test_snapshots_hold_all_files(author: HfApi, filled: str, tmp_path: Path) -> None:
    folder = Path(author.snapshot_download(filled, cache_dir=tmp_path))
    assert sorted(path.name for path in folder.rglob("*.txt")) == ["a.txt", "b.txt"]


# The client's own upload of bytes warns about itself.
@pytest.mark.filterwarnings("ignore:Use 'content:DeprecationWarning")
def test_large_files_travel_through_lfs(author: HfApi, repo: str, tmp_path: Path) -> None:
    content = b"\0weights" * 1000
    author.upload_file(path_or_fileobj=content, path_in_repo="model.safetensors", repo_id=repo)
    (item,) = author.get_paths_info(repo, ["model.safetensors"])
    assert isinstance(item, RepoFile)
    assert item.lfs is not None
    assert (item.size, item.lfs.size) == (len(content), len(content))
    assert Path(author.hf_hub_download(repo, "model.safetensors", cache_dir=tmp_path)).read_bytes() == content


def test_models_are_listed_by_author_search_and_tag(author: HfApi, filled: str) -> None:
    assert filled in [model.id for model in author.list_models(author="author")]
    assert [model.id for model in author.list_models(search=filled.upper())] == [filled]
    assert filled in [model.id for model in author.list_models(filter=["llama", "license:mit"], author="author")]
    assert list(author.list_models(filter=["llama", "license:none"])) == []
    assert filled in [model.id for model in author.list_models(pipeline_tag="text-generation")]


def test_lists_follow_pages_in_order(author: HfApi) -> None:
    names = [author.create_repo(f"acme/page-{number}").repo_id for number in range(5)]
    listed = [model.id for model in author.list_models(search="acme/page-", sort="created_at")]
    assert listed == names[::-1]


def test_pages_of_a_list_link_to_the_next(raw: httpx2.Client, author: HfApi) -> None:
    for number in range(3):
        author.create_repo(f"acme/linked-{number}")
    query: dict[str, str | int] = {"search": "acme/linked-", "limit": 2, "sort": "createdAt"}
    first = raw.get("/api/models", params=query)
    second = raw.get(first.links["next"]["url"])
    assert [item["id"] for item in first.json() + second.json()] == [f"acme/linked-{number}" for number in (2, 1, 0)]
    assert "next" not in second.links
    assert raw.get("/api/models", params={"sort": "nonsense"}).status_code == 400


def test_an_unknown_path_is_plainly_not_found(raw: httpx2.Client) -> None:
    assert raw.get("/api/nothing").status_code == 404


def test_an_unknown_expand_is_the_clients_bad_request(author: HfApi, filled: str) -> None:
    with pytest.raises(HfHubHTTPError, match="expected one of"):
        author.model_info(filled, expand=["nonsense"])  # type: ignore[list-item]  # wrong on purpose
