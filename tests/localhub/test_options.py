from pathlib import Path

import pytest

from localhub import Limits, Switches
from localhub.options import OptionError, greeting, read
from tests.localhub.conftest import client


def test_every_switch_and_limit_can_be_set(tmp_path: Path) -> None:
    arguments = ["--data", str(tmp_path / "data"), "--limit", "api=5", "--limit", "window=60"]
    for pair in (
        "pr_events=discussion-first",
        "page_size=2",
        "webhook_retry_delays=[0, 0.5]",
        "webhook_daily_cap=null",
    ):
        arguments += ["--switch", pair]
    hub, _ = read(arguments, "localhub")
    wanted = Switches(pr_events="discussion-first", page_size=2, webhook_retry_delays=(0.0, 0.5))
    assert hub._switches == wanted
    assert hub._windows.limits == Limits(api=5, window=60)


@pytest.mark.parametrize(
    ("option", "said"),
    [
        (["--switch", "page_size"], "write NAME=VALUE"),
        (["--switch", "colour=red"], "commit_pr_status"),
        (["--switch", "page_size=many"], "valid integer"),
        (["--switch", "pr_events=never"], "'content-first' or 'discussion-first'"),
        (["--switch", "page_size=["], "cannot be read"),
        (["--limit", "api=-1"], "0 or more"),
        (["--limit", "warp=9"], "api, resolvers, pages"),
        (["--port", "70000"], "0 to 65535"),
        (["--colour", "red"], "--colour"),
    ],
)
def test_a_wrong_option_is_told_in_one_sentence(tmp_path: Path, option: list[str], said: str) -> None:
    with pytest.raises(OptionError) as caught:
        read(["--data", str(tmp_path), *option], "localhub")
    assert said in str(caught.value)
    assert "\n" not in str(caught.value)
    assert str(caught.value).endswith(".")


def test_without_a_seed_there_is_something_to_play_with(tmp_path: Path) -> None:
    hub, sample = read(["--data", str(tmp_path / "data"), "--control-token", "secret"], "localhub")
    assert sample is not None
    with hub:
        text = greeting(hub, sample)
        assert text.splitlines()[0] == hub.url
        assert f"HF_ENDPOINT={hub.url}" in text
        assert "X-Localhub-Control: secret" in text
        assert all(f"{user.name}: HF_TOKEN={user.token}" in text for user in sample.users)
        (row,) = client(hub, "alice").get_dataset_leaderboard("heron-labs/arithmetic")
        assert (row.model_id, row.value) == ("heron-labs/heron-8b", 97.5)
        client(hub, "alice").auth_check("heron-labs/heron-8b", write=True)


def test_a_folder_that_has_something_is_left_as_it_is(tmp_path: Path) -> None:
    hub, _ = read(["--data", str(tmp_path / "data")], "localhub")
    with hub:
        client(hub, "alice").delete_repo("heron-labs/heron-8b")
    again, sample = read(["--data", str(tmp_path / "data")], "localhub")
    assert sample is None
    with again:
        assert list(client(again, "alice").list_models()) == []
        assert "HF_TOKEN" not in greeting(again, sample)
