"""A delivery becomes an event, or a reason: payloads as files, then everything that is not one."""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.intake import Commented, Event, Ignored, Moved, PullChanged, Pushed, Reason, read, secret_matches
from bot.settings import Watch

PAYLOADS = Path(__file__).parent / "payloads"
REPO_ID = "64aa00000000000000000001"
NAME = "heron-labs/heron-8b"
PULL_SHA = "c379e821c9c95d613899e8c4343e4bfee2b0c600"
AUTHOR_ID = "61d2f90c3c2083e1c08af22d"
WATCH = Watch.parse("heron-labs, wader-org")

EXPECTED: dict[str, Event] = {
    "push_main": Pushed(REPO_ID, NAME),
    "push_two_refs": Pushed(REPO_ID, NAME),
    "push_pr_ref": PullChanged(REPO_ID, NAME, sha=PULL_SHA),
    "repo_moved": Moved(REPO_ID, NAME, "wader-org/heron-8b"),
    "repo_config": Ignored(Reason.OTHER_EVENT, REPO_ID, NAME),
    "unknown_scope": Ignored(Reason.OTHER_EVENT, REPO_ID, NAME),
    "discussion_created": Commented(REPO_ID, NAME, 3),
    "comment_created": Commented(REPO_ID, NAME, 3),
    "pr_comment_created": Ignored(Reason.NO_COMMAND, REPO_ID, NAME),
    "comment_hidden": Ignored(Reason.OTHER_EVENT, REPO_ID, NAME),
    "pr_created": PullChanged(REPO_ID, NAME, author=AUTHOR_ID),
    "pr_created_with_command": PullChanged(REPO_ID, NAME, author=AUTHOR_ID, number=3),
    "pr_closed": PullChanged(REPO_ID, NAME),
    "pr_merged": PullChanged(REPO_ID, NAME),
}


def payload(name: str = "push_main") -> dict[str, Any]:
    data: dict[str, Any] = json.loads((PAYLOADS / f"{name}.json").read_text())
    return data


def event(data: object) -> Event:
    return read(json.dumps(data).encode(), WATCH)


def test_every_payload_file_has_an_expected_event() -> None:
    assert {path.stem for path in PAYLOADS.glob("*.json")} == set(EXPECTED)


@pytest.mark.parametrize("name", EXPECTED)
def test_each_documented_payload_means_one_event(name: str) -> None:
    assert read((PAYLOADS / f"{name}.json").read_bytes(), WATCH) == EXPECTED[name]


def test_a_narrower_scope_is_read_as_its_wider_one() -> None:
    data = payload()
    data["event"]["scope"] = "repo.content.lfs"
    assert event(data) == EXPECTED["push_main"]


SPEAKING = ["comment_created", "discussion_created", "pr_created_with_command"]


def number_of(found: Event) -> int | None:
    """The discussion that is to be looked at."""
    return found.number if isinstance(found, Commented | PullChanged) else None


@pytest.mark.parametrize("name", SPEAKING)
@pytest.mark.parametrize("comment", [None, {}, {"content": None}, {"content": "/eval \ud800"}, {"content": 7}, "text"])
def test_where_the_text_did_not_come_along_the_discussion_is_looked_at(name: str, comment: object) -> None:
    data = payload(name)
    data["comment"] = comment
    assert number_of(event(data)) == 3
    del data["comment"]
    assert number_of(event(data)) == 3


@pytest.mark.parametrize("name", SPEAKING)
@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"hidden": True}, Reason.NO_COMMAND),
        ({"content": "See https://example.org/eval and 1/2."}, Reason.NO_COMMAND),
        ({"content": ""}, Reason.NO_COMMAND),
        ({"author": {"id": "0" * 24}}, Reason.OWN_COMMENT),
    ],
)
def test_a_comment_that_is_hidden_or_ours_or_holds_no_command_starts_nothing(
    name: str, change: dict[str, object], reason: Reason
) -> None:
    data = payload(name)
    data["comment"] |= change
    found = read(json.dumps(data).encode(), WATCH, own_ids=("0" * 24,))
    assert number_of(found) is None
    if data["discussion"]["isPullRequest"]:
        assert found == EXPECTED["pr_created"]
    else:
        assert found == Ignored(reason, REPO_ID, NAME)


@pytest.mark.parametrize("name", ["comment_created", "discussion_created"])
def test_who_edits_a_command_in_starts_nothing(name: str) -> None:
    data = payload(name)
    data["event"]["action"] = "update"
    assert event(data) == Ignored(Reason.OTHER_EVENT, REPO_ID, NAME)


def test_a_comment_below_a_pull_request_is_one_too() -> None:
    data = payload("pr_comment_created")
    data["comment"]["content"] = "/eval status"
    assert event(data) == Commented(REPO_ID, NAME, 3)


@pytest.mark.parametrize("num", [None, 0, -3, 10**9, "3", True, 3.5])
def test_a_discussion_without_a_number_is_not_looked_at(num: object) -> None:
    data = payload("comment_created")
    data["discussion"]["num"] = num
    assert isinstance(event(data), Ignored)


def test_a_deleted_repo_is_let_go() -> None:
    data = payload()
    data["event"] = {"scope": "repo", "action": "delete"}
    assert event(data) == Moved(REPO_ID, NAME, None)


def test_a_deleted_main_branch_is_no_push() -> None:
    data = payload()
    data["updatedRefs"][0]["newSha"] = None
    assert event(data) == Ignored(Reason.OTHER_REF, REPO_ID, NAME)


def test_a_dataset_is_not_a_model() -> None:
    data = payload()
    data["repo"]["type"] = "dataset"
    assert event(data) == Ignored(Reason.NOT_A_MODEL, REPO_ID, NAME)


def test_a_repo_off_the_watch_list_is_ignored() -> None:
    assert read(json.dumps(payload()).encode(), Watch.parse("someone-else")) == Ignored(
        Reason.NOT_WATCHED, REPO_ID, NAME
    )


def test_a_repo_that_moves_to_a_watched_owner_is_followed() -> None:
    moved = read((PAYLOADS / "repo_moved.json").read_bytes(), Watch.parse("wader-org"))
    assert moved == EXPECTED["repo_moved"]


@pytest.mark.parametrize("body", [b"", b"{", b"\xff\xfe", b"[" * 100_000, b"1" * 5000, b'"\\ud800"', b"NaN"])
def test_bytes_that_are_no_payload_are_a_reason_and_not_an_error(body: bytes) -> None:
    assert read(body, WATCH) in {Ignored(Reason.NOT_JSON), Ignored(Reason.NOT_A_PAYLOAD)}


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (("repo", "name"), "heron-labs/\ud800"),
        (("repo", "name"), "heron-labs/a\u0000b"),
        (("repo", "name"), "heron-labs/../../etc"),
        (("repo", "name"), ["heron-labs/heron-8b"]),
        (("repo", "id"), "1"),
        (("repo", "id"), None),
        (("event", "scope"), 7),
        (("updatedRefs",), {"ref": "refs/heads/main"}),
        (("updatedRefs",), [{"ref": "refs/heads/main", "newSha": "x"}]),
    ],
)
def test_a_field_of_the_wrong_kind_is_no_payload(path: tuple[str, ...], value: object) -> None:
    data = payload()
    target = data
    for key in path[:-1]:
        target = target[key]
    target[path[-1]] = value
    assert event(data) == Ignored(Reason.NOT_A_PAYLOAD)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=10), inner, max_size=4),
    max_leaves=20,
)


@given(st.dictionaries(st.sampled_from(["event", "repo", "updatedRefs", "movedTo", "comment", "x"]), JSON))
def test_no_payload_raises(data: dict[str, object]) -> None:
    assert isinstance(event(data), Ignored)


@given(st.binary(max_size=200))
def test_no_bytes_raise(body: bytes) -> None:
    assert isinstance(read(body, WATCH), Ignored)


@pytest.mark.parametrize(
    ("given_secret", "matches"),
    [(b"right", True), (b"wrong", False), (b"righ", False), (b"", False), (None, False), ("ríght".encode(), False)],
)
def test_only_the_very_secret_matches(given_secret: bytes | None, matches: bool) -> None:
    assert secret_matches(given_secret, "right") is matches
