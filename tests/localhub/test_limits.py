import pytest
from huggingface_hub.utils import parse_ratelimit_headers

from localhub import Limits
from localhub.limits import Windows, bucket_of


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
