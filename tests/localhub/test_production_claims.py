"""What the client's own tests check on huggingface.co itself (marked ``production`` there), checked on seeded data.

Lists, their filters and orders, leaderboards, refs and accounts: the same claims about the dataclasses that come out.
"""

import struct
from collections.abc import Iterator
from datetime import datetime
from typing import Any

import pytest
from huggingface_hub import DatasetLeaderboardEntry, HfApi
from huggingface_hub.errors import BadRequestError, RepositoryNotFoundError
from huggingface_hub.hf_api import Organization, RepoFile, User

from localhub import LocalHub, Repo, Seed
from tests.localhub.conftest import SEED, client

RESULT = "- dataset: {id: acme/bench, task_id: t}\n  value: %s\n%s"


def card(**fields: Any) -> dict[str, str]:
    lines = [f"{name}: {value}" for name, value in fields.items()]
    return {"README.md": "\n".join(["---", *lines, "---", "# It"])}


def tensors() -> bytes:
    """A safetensors file of one tensor: its header's length, the header, the data."""
    header = b'{"w":{"dtype":"F16","shape":[2,3],"data_offsets":[0,12]}}'
    return struct.pack("<Q", len(header)) + header + bytes(12)


REPOS = [
    Repo(
        "acme/heron",
        files={
            **card(license="apache-2.0", pipeline_tag="text-generation", library_name="transformers", language="en"),
            ".eval_results/a.yaml": RESULT % (3, "  source: {url: https://x.org, name: Card}\n"),
        },
        downloads=30,
        likes=1,
    ),
    Repo(
        "acme/heron-chat",
        files={
            **card(license="mit", pipeline_tag="text-generation", base_model="acme/heron", tags="[chat]"),
            ".eval_results/a.yaml": RESULT % (4, ""),
        },
        downloads=10,
        likes=3,
    ),
    Repo("author/crane", files={**card(license="mit", pipeline_tag="fill-mask"), "model.safetensors": tensors()}),
    Repo("author/locked", files=card(license="mit"), gated="auto"),
    Repo("acme/bench", kind="dataset", files=card(license="mit"), tags=["benchmark:official"]),
    Repo(
        "acme/plain",
        kind="dataset",
        files=card(
            language="[en, fr]",
            size_categories="[n<1K]",
            task_categories="[question-answering]",
            task_ids="[extractive-qa]",
            multilinguality="[multilingual]",
            language_creators="[found]",
        ),
    ),
]


@pytest.fixture(scope="module")
def api(tmp_path_factory: pytest.TempPathFactory) -> Iterator[HfApi]:
    seed = Seed(SEED.users, SEED.orgs, REPOS)
    with LocalHub(tmp_path_factory.mktemp("hub"), seed) as hub:
        yield client(hub)


@pytest.mark.parametrize(
    ("filters", "names"),
    [
        ({"author": "acme"}, {"acme/heron", "acme/heron-chat"}),
        ({"author": "acme", "search": "chat"}, {"acme/heron-chat"}),
        ({"author": "nobody"}, set()),
        ({"pipeline_tag": "fill-mask"}, {"author/crane"}),
        ({"filter": "transformers"}, {"acme/heron"}),
        ({"filter": "en"}, {"acme/heron"}),
        ({"filter": ["text-generation", "license:mit"]}, {"acme/heron-chat"}),
        ({"filter": "base_model:acme/heron"}, {"acme/heron-chat"}),
        ({"gated": True}, {"author/locked"}),
        ({"gated": False, "author": "author"}, {"author/crane"}),
    ],
)
def test_models_are_filtered(api: HfApi, filters: dict[str, Any], names: set[str]) -> None:
    assert {model.id for model in api.list_models(**filters)} == names


@pytest.mark.parametrize(
    ("filters", "names"),
    [
        ({"benchmark": True}, {"acme/bench"}),
        ({"benchmark": "official"}, {"acme/bench"}),
        ({"language": "fr"}, {"acme/plain"}),
        ({"size_categories": "n<1K"}, {"acme/plain"}),
        ({"task_categories": "question-answering"}, {"acme/plain"}),
        ({"task_ids": "extractive-qa"}, {"acme/plain"}),
        ({"multilinguality": "multilingual"}, {"acme/plain"}),
        ({"language_creators": "found"}, {"acme/plain"}),
        ({"author": "acme", "search": "ben"}, {"acme/bench"}),
    ],
)
def test_datasets_are_filtered(api: HfApi, filters: dict[str, Any], names: set[str]) -> None:
    assert {dataset.id for dataset in api.list_datasets(**filters)} == names


@pytest.mark.parametrize("key", ["downloads", "likes", "created_at", "last_modified", "trending_score"])
def test_models_are_sorted_downwards(api: HfApi, key: Any) -> None:
    values = [getattr(model, key) for model in api.list_models(sort=key, expand=[_EXPAND[key]])]
    assert len(values) == 4
    assert None not in values
    assert values == sorted(values, reverse=True)


_EXPAND: dict[str, Any] = {
    "downloads": "downloads",
    "likes": "likes",
    "created_at": "createdAt",
    "last_modified": "lastModified",
    "trending_score": "trendingScore",
}


def test_a_limit_holds_over_pages(api: HfApi) -> None:
    assert len(list(api.list_models(limit=3))) == 3


def test_expanded_lists_hold_what_was_asked_for_and_nothing_else(api: HfApi) -> None:
    (model,) = api.list_models(author="acme", search="chat", expand=["author", "likes", "cardData"])
    assert (model.author, model.likes, model.downloads) == ("acme", 3, None)
    assert model.card_data is not None
    assert model.card_data.license == "mit"
    with pytest.raises(BadRequestError):
        list(api.list_models(expand=["foo"]))  # type: ignore[list-item]  # the point
    with pytest.raises(BadRequestError):
        api.dataset_info("acme/plain", expand=["foo"])  # type: ignore[list-item]  # the point


def test_full_lists_hold_files_and_cards(api: HfApi) -> None:
    (dataset,) = api.list_datasets(author="acme", search="plain", full=True)
    assert dataset.card_data is not None
    assert dataset.card_data["language"] == ["en", "fr"]
    assert isinstance(dataset.created_at, datetime)
    assert dataset.sha == api.dataset_info("acme/plain").sha
    (model,) = api.list_models(author="author", search="crane", full=True)
    assert {file.rfilename for file in model.siblings or []} >= {"README.md", "model.safetensors"}


def test_leaderboard_entries_are_whole(api: HfApi) -> None:
    rows = api.get_dataset_leaderboard("acme/bench", base_model_only=False)
    assert [row.model_id for row in rows] == ["acme/heron-chat", "acme/heron"]
    for position, row in enumerate(rows, 1):
        assert isinstance(row, DatasetLeaderboardEntry)
        assert row.rank == position
        assert row.filename == ".eval_results/a.yaml"
        assert isinstance(row.author, Organization | User)
        assert row.pull_request is None
    assert rows[0].source is None
    assert rows[1].source is not None
    assert rows[1].source["name"] == "Card"


def test_a_leaderboard_leaves_out_derived_models_unless_asked(api: HfApi) -> None:
    base = [row.model_id for row in api.get_dataset_leaderboard("acme/bench")]
    assert base == [row.model_id for row in api.get_dataset_leaderboard("acme/bench", base_model_only=True)]
    every = [row.model_id for row in api.get_dataset_leaderboard("acme/bench", base_model_only=False)]
    assert set(base) < set(every)
    with pytest.raises(RepositoryNotFoundError):
        api.get_dataset_leaderboard("acme/missing")


def test_refs_hold_pull_requests_when_asked_for(api: HfApi) -> None:
    api.create_pull_request("author/crane", "A change")
    plain, with_pulls = (
        api.list_repo_refs("author/crane"),
        api.list_repo_refs("author/crane", include_pull_requests=True),
    )
    assert plain.pull_requests is None
    (main,) = with_pulls.branches
    assert (main.name, main.ref) == ("main", "refs/heads/main")
    (pull,) = with_pulls.pull_requests or []
    assert (pull.name, pull.ref, pull.target_commit) == ("1", "refs/pr/1", main.target_commit)
    assert with_pulls.tags == with_pulls.converts == []


def test_files_have_sizes_last_commits_and_a_security_status(api: HfApi) -> None:
    (file,) = api.get_paths_info("author/crane", ["model.safetensors"], expand=True)
    assert isinstance(file, RepoFile)
    assert file.size == len(tensors())
    assert file.last_commit is not None
    assert isinstance(file.last_commit.date, datetime)
    assert file.security is not None


def test_parameters_are_counted_from_the_files_themselves(api: HfApi) -> None:
    metadata = api.get_safetensors_metadata("author/crane")
    assert metadata.parameter_count == {"F16": 6}
    assert api.get_safetensors_metadata("author/crane", revision="refs/heads/main").weight_map == {
        "w": "model.safetensors"
    }


def test_accounts_are_counted_and_listed(api: HfApi) -> None:
    user, org = api.get_user_overview("author"), api.get_organization_overview("acme")
    assert (user.user_type, user.num_models, [of.name for of in user.orgs]) == ("user", 2, ["acme"])
    assert (org.name, org.num_users) == ("acme", 3)
    members = list(api.list_organization_members("acme"))
    assert {member.username for member in members} == {"author", "member", "contributor"}
    assert all(member.avatar_url for member in members)
