"""What a fine-grained token may do, and what a read token may not."""

from collections.abc import Callable

import pytest
from huggingface_hub import HfApi
from huggingface_hub.errors import HfHubHTTPError

from localhub import Org, Seed, Token, User
from tests.localhub.conftest import StartHub, add, client

Try = Callable[[HfApi, str], object]

EVERYTHING = ["repo.content.read", "repo.write", "discussion.write"]
TOKENS = {
    "read": Token("hf_read", role="read"),
    "owner": Token("hf_owner", role="fineGrained", permissions=EVERYTHING, entities=["author"]),
    "one": Token("hf_one", role="fineGrained", permissions=EVERYTHING, entities=["author/m"]),
    "talk": Token("hf_talk", role="fineGrained", permissions=["discussion.write"], entities=["author"]),
    "everywhere": Token("hf_everywhere", role="fineGrained", global_permissions=["discussion.write"]),
    "nothing": Token("hf_nothing", role="fineGrained", permissions=["repo.content.read"]),
}
TRIES: dict[str, Try] = {
    "push": lambda api, repo: api.create_commit(repo, [add("b.txt", "1")], commit_message="Push"),
    "propose": lambda api, repo: api.create_commit(repo, [add("c.txt", "1")], commit_message="Add c", create_pr=True),
    "talk": lambda api, repo: api.create_discussion(repo, "Hello there"),
    "merge": lambda api, repo: api.merge_pull_request(repo, 1),
    "tag": lambda api, repo: api.create_tag(repo, tag="v1"),
    "rename": lambda api, repo: api.rename_discussion(repo, 1, "Another title"),
    "settings": lambda api, repo: api.update_repo_settings(repo, gated="auto"),
}
CONVERSE, WRITE = {"propose", "talk", "rename"}, {"push", "merge", "tag", "settings"}


def status_of(attempt: Try, api: HfApi, repo: str) -> int:
    try:
        attempt(api, repo)
    except HfHubHTTPError as error:
        return error.response.status_code
    return 200


@pytest.mark.parametrize(
    ("token", "own", "other_own", "org"),
    [
        ("read", set(), set(), set()),
        ("owner", CONVERSE | WRITE, CONVERSE | WRITE, set()),
        ("one", CONVERSE | WRITE, set(), set()),
        ("talk", CONVERSE, CONVERSE, set()),
        ("everywhere", CONVERSE, CONVERSE, CONVERSE),
        ("nothing", set(), set(), set()),
    ],
)
def test_a_token_does_what_its_scopes_say(
    start_hub: StartHub, token: str, own: set[str], other_own: set[str], org: set[str]
) -> None:
    users = [User("author", "hf_author", tokens=[TOKENS[token]])]
    hub = start_hub(seed=Seed(users, [Org("acme", {"author": "admin"})]))
    for repo, allowed in (("author/m", own), ("author/n", other_own), ("acme/m", org)):
        client(hub).create_repo(repo)
        client(hub).create_commit(repo, [add("a.txt", "1")], commit_message="Add a", create_pr=True)
        outcome = {name: status_of(attempt, client(hub, token), repo) for name, attempt in TRIES.items()}
        assert outcome == {name: 200 if name in allowed else 403 for name in TRIES}, repo


def test_a_token_tells_its_scopes(start_hub: StartHub) -> None:
    users = [User("author", "hf_author", tokens=list(TOKENS.values()))]
    hub = start_hub(seed=Seed(users))
    client(hub).create_repo("author/m")

    def scopes(token: str) -> tuple[list[tuple[str, str]], list[str]]:
        access = client(hub, token).whoami()["auth"]["accessToken"]["fineGrained"]
        return [(one["entity"]["type"], one["entity"]["name"]) for one in access["scoped"]], access["global"]

    assert scopes("owner") == ([("user", "author")], [])
    assert scopes("one") == ([("model", "author/m")], [])
    assert scopes("everywhere") == ([], ["discussion.write"])


def test_a_token_creates_repos_only_where_it_may_write(start_hub: StartHub) -> None:
    users = [User("author", "hf_author", tokens=list(TOKENS.values()))]
    hub = start_hub(seed=Seed(users, [Org("acme", {"author": "admin"})]))
    client(hub, "owner").create_repo("author/new")
    for token, name in (("owner", "acme/new"), ("talk", "author/newer"), ("read", "author/newer")):
        with pytest.raises(HfHubHTTPError, match="403"):
            client(hub, token).create_repo(name)


def test_a_token_without_the_right_to_read_sees_no_private_repo(start_hub: StartHub) -> None:
    users = [User("author", "hf_author", tokens=list(TOKENS.values()))]
    hub = start_hub(seed=Seed(users))
    client(hub).create_repo("author/secret", private=True)
    assert client(hub, "read").repo_exists("author/secret")
    assert client(hub, "owner").repo_exists("author/secret")
    assert not client(hub, "one").repo_exists("author/secret")
    assert not client(hub, "talk").repo_exists("author/secret")
    assert list(client(hub, "talk").list_models(author="author")) == []
