import pytest
from huggingface_hub import HfApi
from huggingface_hub.errors import HfHubHTTPError
from huggingface_hub.utils import parse_ratelimit_headers

from localhub import Limits
from localhub.limits import Windows, action_of, bucket_of
from tests.localhub.conftest import StartHub, add, client


@pytest.mark.parametrize(
    ("path", "bucket"),
    [("/api/models", "api"), ("/a/b/resolve/main/x", "resolvers"), ("/a/b", "pages")],
)
def test_paths_fall_into_buckets(path: str, bucket: str) -> None:
    assert bucket_of(path) == bucket


def test_a_window_counts_each_user_alone_and_starts_anew() -> None:
    moment = [0.0]
    windows = Windows(Limits(api=2, window=10), clock=lambda: moment[0])
    standings = [windows.take("bot", "/api/x") for _ in range(3)]
    assert [(s.left, s.refused) for s in standings] == [(1, False), (0, False), (0, True)]
    assert not windows.take("author", "/api/x").refused
    moment[0] = 4.0
    assert windows.take("bot", "/api/x").reset == 6
    moment[0] = 10.0
    assert not windows.take("bot", "/api/x").refused


def test_the_client_reads_the_headers() -> None:
    info = parse_ratelimit_headers(Windows(Limits(api=7), lambda: 0.0).take("bot", "/api/x").headers())
    assert info is not None
    assert (info.resource_type, info.remaining, info.limit, info.window_seconds) == ("api", 6, 7, 300)


def test_without_limits_nobody_is_refused_but_the_usual_quota_is_shown() -> None:
    windows = Windows(Limits(), lambda: 0.0)
    standings = [windows.take("bot", "/api/x") for _ in range(1100)]
    assert not any(standing.refused for standing in standings)
    assert (standings[0].left, standings[-1].left) == (999, 0)


@pytest.mark.parametrize(
    ("method", "path", "action"),
    [
        ("POST", "/api/models/a/b/commit/refs%2Fpr%2F1", "commits"),
        ("POST", "/api/datasets/a/b/discussions/1/comment", "comments"),
        ("POST", "/api/models/a/b/discussions", "discussions"),
        ("POST", "/api/repos/create", "repos"),
        ("GET", "/api/models/a/b/discussions", None),
        ("POST", "/api/models/a/b/preupload/main", None),
    ],
)
def test_some_requests_are_actions(method: str, path: str, action: str | None) -> None:
    assert action_of(method, path) == action


def test_an_hourly_quota_is_announced_nowhere_until_it_is_used_up(start_hub: StartHub) -> None:
    hub = start_hub(limits=Limits(commits=2))
    api = client(hub)
    repo = api.create_repo("author/m").repo_id

    def commit(api: HfApi, number: int) -> None:
        api.create_commit(repo, [add("a.txt", str(number))], commit_message="Change", create_pr=True)

    commit(api, 1)
    commit(api, 2)
    with pytest.raises(HfHubHTTPError, match="exceeded our hourly quotas for action: commit") as caught:
        commit(api, 3)
    answer = caught.value.response
    assert answer.status_code == 429
    assert "retry-after" not in answer.headers
    standing = parse_ratelimit_headers(answer.headers)
    assert standing is not None
    assert standing.remaining > 0
    commit(client(hub, "bot"), 4)
    hub.advance(3600)
    commit(api, 5)
    assert len(list(api.get_repo_discussions(repo))) == 4


@pytest.mark.parametrize("wrong", [-1, "7", 1.5, True])
def test_a_limit_is_a_whole_number(wrong: int) -> None:
    with pytest.raises(ValueError, match="api must be a whole number"):
        Limits(api=wrong)
