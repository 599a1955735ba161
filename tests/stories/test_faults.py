"""The Hub fails, lies about having failed, or is slow: the end is the same, and nothing is said twice."""

from collections.abc import Iterator
from typing import Literal

import pytest

from bot.worker import MAX_ATTEMPTS
from localhub import Fault
from tests.stories.town import BOT, Town

MMLU_PRO = "TIGER-Lab/MMLU-Pro"


@pytest.fixture(autouse=True)
def _no_faults_left(chat: Town) -> Iterator[None]:
    yield
    chat.hub.clear_faults()


LOST_ANSWERS = [
    Fault(user=BOT, path=r"/commit/main\?create_pr=1", status=500, when="after"),
    Fault(user=BOT, path=r"/commit/main\?create_pr=1", disconnect=True, when="after"),
    Fault(user=BOT, path=r"/commit/main\?create_pr=1", status=502, body="<html>bad gateway</html>", when="before"),
]


@pytest.mark.parametrize("fault", LOST_ANSWERS, ids=["applied-then-500", "applied-then-cut", "502"])
def test_a_lost_answer_makes_no_second_pull_request(chat: Town, fault: Fault) -> None:
    repo = chat.repo()
    chat.hub.add_fault(fault)
    assert repo.push_card(mmlu_pro="54.7").decision == "retry"
    chat.hurry()
    assert repo.the_pull().results() == {MMLU_PRO: 54.7}
    assert len(repo.bot_pulls()) == 1
    assert repo.last_look().decision in {"create", "current", "unchanged"}


@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize("path", ["/commit/refs", "/edit$"])
def test_an_update_that_breaks_half_way_is_finished_later(
    chat: Town, path: str, when: Literal["before", "after"]
) -> None:
    repo = chat.repo()
    repo.push_card(mmlu_pro="54.7")
    chat.hub.add_fault(Fault(user=BOT, path=path, status=500, when=when))
    assert repo.push_card(mmlu_pro="55.9").decision == "retry"
    chat.hurry()
    pull = repo.the_pull()
    assert pull.results() == {MMLU_PRO: 55.9}
    assert pull.claims() == {MMLU_PRO: 55.9}
    assert pull.commits() == 2
    assert repo.push_card(prose="Words.", mmlu_pro="55.9").decision == "unchanged"


@pytest.mark.parametrize("status", [409, 412])
def test_who_was_slower_reads_again_and_decides_again(chat: Town, status: int) -> None:
    repo = chat.repo()
    chat.hub.add_fault(Fault(user=BOT, path=r"/commit/main\?create_pr=1", status=status))
    assert repo.push_card(mmlu_pro="54.7").decision == "retry"
    assert chat.seconds_until_next_job(repo.hub_id) <= 1
    chat.hurry()
    assert repo.the_pull().results() == {MMLU_PRO: 54.7}


@pytest.mark.parametrize("path", ["/resolve/main/README.md", "^/api/models/[^/]+/[^/?]+[?]expand", "/discussions"])
def test_a_read_that_fails_is_tried_again(chat: Town, path: str) -> None:
    repo = chat.repo()
    chat.hub.add_fault(Fault(user=BOT, path=path, status=503))
    look = repo.push_card(mmlu_pro="54.7")
    assert (look.decision, look.attempt) == ("retry", 0)
    assert "503" in (look.detail or "")
    chat.hurry()
    assert [one.decision for one in repo.looks() if one.attempt == 1] == ["create"]
    assert repo.the_pull().results() == {MMLU_PRO: 54.7}


def test_a_hub_that_stays_broken_is_given_up_and_told_so(chat: Town) -> None:
    repo = chat.repo()
    chat.hub.add_fault(Fault(user=BOT, path="/resolve/", status=500, count=None))
    repo.push_card(mmlu_pro="54.7")
    for _ in range(MAX_ATTEMPTS):
        chat.hurry()
    looks = repo.looks()
    assert looks[-1].decision == "failed"
    assert looks[-1].attempt == MAX_ATTEMPTS - 1
    chat.hub.clear_faults()
    assert repo.push_card(prose="Now it works.", mmlu_pro="54.7").decision == "create"


def test_a_gated_repo_is_a_reason_and_no_crash_loop(chat: Town) -> None:
    repo = chat.repo()
    chat.author.update_repo_settings(repo.id, gated="manual")
    look = repo.push_card(mmlu_pro="54.7")
    assert look.decision == "not_for_us"
    assert "gated" in (look.detail or "")
    assert repo.bot_pulls() == {}


def test_a_private_repo_without_access_is_a_reason(chat: Town) -> None:
    repo = chat.repo()
    repo.push_card(mmlu_pro="54.7")
    hub_id = repo.hub_id
    chat.author.update_repo_settings(repo.id, private=True)
    chat.look(hub_id)
    assert chat.records.looks(repo_id=hub_id)[-1].decision == "no_repo"


def test_a_repo_with_discussions_off_is_a_reason(chat: Town) -> None:
    repo = chat.repo()
    chat.change_settings(repo.id, discussionsDisabled=True)
    look = repo.push_card(mmlu_pro="54.7")
    assert look.decision == "not_for_us"


def test_a_rate_limit_is_waited_for_as_long_as_the_hub_asks(chat: Town) -> None:
    repo = chat.repo()
    limited = Fault(user=BOT, path="/resolve/", status=429, headers={"RateLimit": '"resolvers";r=0;t=55'})
    chat.hub.add_fault(limited)
    assert repo.push_card(mmlu_pro="54.7").decision == "retry"
    assert 50 < chat.seconds_until_next_job(repo.hub_id) <= 55
    chat.hurry()
    assert [one.decision for one in repo.looks() if one.attempt == 1] == ["create"]


def test_a_look_that_is_to_be_tried_later_holds_up_nothing_else_of_the_repo(chat: Town) -> None:
    repo = chat.repo()
    chat.hub.add_fault(Fault(user=BOT, path="/resolve/", status=503, headers={"Retry-After": "500"}))
    assert repo.push_card(mmlu_pro="54.7").decision == "retry"
    repo.strangers_pull("notes.txt", "Hello.")
    assert repo.the_pull().results() == {MMLU_PRO: 54.7}


def test_an_update_that_broke_off_is_not_taken_for_none_when_the_author_goes_back(chat: Town) -> None:
    repo = chat.repo()
    repo.push_card(mmlu_pro="54.7")
    pull = repo.the_pull()
    # The commit is made, its description is not.
    chat.hub.add_fault(Fault(user=BOT, path="/comment/.*/edit", status=500))
    repo.push_card(mmlu_pro="60.0")
    assert pull.results() == {MMLU_PRO: 60.0}
    before = chat.card_text(repo, mmlu_pro="54.7").encode()
    chat.author.upload_file(path_or_fileobj=before, path_in_repo="README.md", repo_id=repo.id)
    chat.hurry()
    assert pull.results() == pull.claims() == {MMLU_PRO: 54.7}


def test_while_a_write_may_still_take_effect_nothing_is_looked_at(chat: Town) -> None:
    repo = chat.repo()
    chat.hub.add_fault(Fault(user=BOT, path=r"/commit/main\?create_pr=1", status=504))
    assert repo.push_card(mmlu_pro="54.7").decision == "retry"
    before = len(repo.looks())
    # A push, a pull request of somebody, and an operator who asks for it: each would look before that write.
    chat.author.upload_file(path_or_fileobj=b"x", path_in_repo="notes.md", repo_id=repo.id)
    repo.strangers_pull("notes.txt", "Mine.")
    chat.look(repo.hub_id)
    assert len(repo.looks()) == before
    assert chat.seconds_until_next_job(repo.hub_id) > 50
    chat.hurry()
    assert repo.the_pull().results() == {MMLU_PRO: 54.7}
