"""What people do with pull requests, and what the bot makes of it without a push."""

import threading

import pytest
from huggingface_hub import CommitOperationDelete

from tests.stories.town import BOT, Town

MMLU_PRO, GSM8K = "TIGER-Lab/MMLU-Pro", "openai/gsm8k"
THEIRS = "- dataset: {id: TIGER-Lab/MMLU-Pro, task_id: mmlu_pro}\n  value: 54.7\n"


def test_a_reopened_pull_request_is_brought_up_to_date_at_once(chat: Town) -> None:
    repo = chat.repo()
    repo.push_card(mmlu_pro="54.7", gsm8k="86.3")
    number = repo.the_pull().number
    repo.close(number)
    repo.push_card(mmlu_pro="54.7")
    assert repo.bot_pulls() == {number: "closed"}
    repo.reopen(number)
    assert repo.the_pull().number == number
    assert repo.the_pull().results() == {MMLU_PRO: 54.7}


def test_a_strangers_pull_request_that_is_closed_makes_room(chat: Town) -> None:
    repo = chat.repo()
    number = repo.strangers_pull(".eval_results/theirs.yaml", THEIRS)
    repo.push_card(mmlu_pro="54.7")
    assert repo.bot_pulls() == {}
    repo.close(number)
    assert repo.the_pull().results() == {MMLU_PRO: 54.7}


def test_a_strangers_pull_request_with_another_value_is_left_and_reported(chat: Town) -> None:
    repo = chat.repo()
    number = repo.strangers_pull(".eval_results/theirs.yaml", THEIRS.replace("54.7", "50.0"))
    repo.push_card(mmlu_pro="54.7", gsm8k="86.3")
    assert repo.the_pull().results() == {GSM8K: 86.3}
    assert f"pull request #{number} says 50.0" in repo.the_pull().description.replace("\\", "")


@pytest.mark.parametrize("value", ["54.7", "50.0"])
def test_a_stranger_who_comes_later_does_not_move_our_pull_request(chat: Town, value: str) -> None:
    repo = chat.repo()
    repo.push_card(mmlu_pro="54.7", gsm8k="86.3")
    before = repo.the_pull()
    events = len(before.details.events)
    number = repo.strangers_pull(".eval_results/theirs.yaml", THEIRS.replace("54.7", value))
    repo.close(number)
    assert repo.the_pull().number == before.number
    assert repo.the_pull().results() == {GSM8K: 86.3, MMLU_PRO: 54.7}
    assert len(repo.the_pull().details.events) == events


def test_an_entry_that_the_author_writes_on_main_leaves_our_pull_request(chat: Town) -> None:
    repo = chat.repo()
    repo.push_card(mmlu_pro="54.7", gsm8k="86.3")
    repo.push_file(".eval_results/mine.yaml", THEIRS)
    assert repo.the_pull().results() == {GSM8K: 86.3, MMLU_PRO: 54.7} or repo.the_pull().claims() == {GSM8K: 86.3}
    assert repo.the_pull().claims() == {GSM8K: 86.3}
    repo.delete_file(".eval_results/mine.yaml")
    assert repo.the_pull().claims() == {GSM8K: 86.3, MMLU_PRO: 54.7}


def test_a_conflict_with_main_is_answered_with_a_new_pull_request(chat: Town) -> None:
    repo = chat.repo()
    repo.push_card(mmlu_pro="54.7", gsm8k="86.3")
    old = repo.the_pull()
    other = "- dataset: {id: cais/hle, task_id: hle}\n  value: 5.0\n"
    repo.push_file(".eval_results/gsm8k.yaml", other)
    new = repo.the_pull()
    assert new.number != old.number
    assert repo.bot_pulls()[old.number] == "closed"
    assert old.comments()[-1].startswith("Closing this: it conflicts")
    assert new.claims() == {MMLU_PRO: 54.7, GSM8K: 86.3}
    repo.merge(new.number)
    assert repo.results() == {MMLU_PRO: 54.7, GSM8K: 86.3, "cais/hle": 5.0}


def test_of_two_open_pull_requests_the_older_one_stays(chat: Town) -> None:
    repo = chat.repo()
    repo.push_card(mmlu_pro="54.7")
    old = repo.the_pull()
    answer = chat.bot.create_pull_request(repo.id, "Twice", description=old.description)
    chat.settle()
    assert repo.bot_pulls()[answer.num] == "closed"
    assert repo.the_pull().number == old.number
    details = chat.author.get_discussion_details(repo.id, answer.num)
    comments = [event for event in details.events if event.type == "comment"]
    assert len(comments) == 2


def test_a_pull_request_made_by_hand_from_the_bots_account_is_not_touched(chat: Town) -> None:
    repo = chat.repo()
    by_hand = chat.bot.create_pull_request(repo.id, "By hand", description="I need to fix something.")
    repo.push_card(mmlu_pro="54.7")
    repo.push_card(mmlu_pro="55.9")
    assert len(repo.bot_pulls()) == 2
    assert repo.bot_pulls()[by_hand.num] in {"open", "draft"}


def test_another_title_is_left_as_people_want_it(chat: Town) -> None:
    repo = chat.repo()
    repo.push_card(mmlu_pro="54.7")
    chat.author.rename_discussion(repo.id, repo.the_pull().number, "Scores of our model")
    chat.settle()
    repo.push_card(mmlu_pro="55.9")
    assert repo.the_pull().details.title == "Scores of our model"
    assert repo.the_pull().claims() == {MMLU_PRO: 55.9}


def test_two_workers_racing_make_one_pull_request(chat: Town) -> None:
    repos = [chat.repo() for _ in range(6)]
    second = chat.another_worker()
    for repo in repos:
        for score in ("54.7", "55.9", "57.1"):
            chat.author.upload_file(
                path_or_fileobj=chat.card_text(repo, mmlu_pro=score).encode(),
                path_in_repo="README.md",
                repo_id=repo.id,
            )
    racing = threading.Thread(target=second)
    racing.start()
    chat.settle()
    racing.join(30)
    chat.settle()
    for repo in repos:
        assert list(repo.bot_pulls().values()).count("closed") == 0
        assert len(repo.bot_pulls()) == 1
        assert repo.the_pull().claims() == {MMLU_PRO: 57.1}
    names = tuple(f"/api/models/{repo.id}/" for repo in repos)
    assert not [one for one in chat.hub.requests(BOT) if one.status == 412 and one.path.startswith(names)]


def test_a_marker_of_another_version_means_hands_off_and_no_second_pull_request(chat: Town) -> None:
    repo = chat.repo()
    repo.push_card(mmlu_pro="54.7")
    pull = repo.the_pull()
    other = pull.description.replace("<!-- scorekeeper:1 ", "<!-- scorekeeper:9 ")
    chat.bot.edit_discussion_comment(repo.id, pull.number, pull.details.events[0].id, other)
    assert repo.push_card(mmlu_pro="55.9").decision == "hands_off"
    assert len(repo.bot_pulls()) == 1
    assert pull.description == other


def test_what_the_author_took_out_before_merging_is_not_proposed_again(chat: Town) -> None:
    repo = chat.repo()
    repo.push_card(mmlu_pro="54.7", gsm8k="86.3")
    pull = repo.the_pull()
    chat.author.create_commit(
        repo.id,
        [CommitOperationDelete(".eval_results/gsm8k.yaml")],
        commit_message="Not this one",
        revision=f"refs/pr/{pull.number}",
    )
    chat.settle()
    repo.merge(pull.number)
    repo.push_card(prose="More.", mmlu_pro="54.7", gsm8k="86.3")
    assert repo.results() == {MMLU_PRO: 54.7}
    assert repo.bot_pulls() == {pull.number: "merged"}


def test_what_a_person_closed_just_before_the_bot_did_stays_declined(chat: Town) -> None:
    repo = chat.repo()
    repo.push_card(mmlu_pro="54.7")
    number = repo.the_pull().number
    repo.close(number)
    # As a look does that read the pull request while it was open, and writes when it no longer is.
    chat.bot.change_discussion_status(repo.id, number, "closed", comment="Closing this: too late.")
    chat.settle()
    repo.push_card(mmlu_pro="55.9")
    repo.close(repo.the_pull().number)
    assert repo.push_card(mmlu_pro="54.7").decision == "nothing_new"
