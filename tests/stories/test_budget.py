"""How many requests a look makes. The Hub allows a free account 1,000 in five minutes, so every one counts."""

import pytest

from tests.stories.town import BOT, Repo, Town, card


@pytest.fixture(autouse=True)
def _name_is_known(chat: Town) -> None:
    # Asked for once in the life of a process.
    chat.context.hub.me()


@pytest.fixture
def repo(chat: Town) -> Repo:
    return chat.repo()


def test_a_push_that_changes_neither_card_nor_results_costs_one(repo: Repo) -> None:
    repo.push_card(mmlu_pro="54.7")
    look = repo.push_file("weights.txt", "0 1 0 1")
    assert (look.decision, look.requests) == ("unchanged", 1)


def test_a_push_that_leaves_the_scores_unchanged_costs_two(repo: Repo) -> None:
    repo.push_card(mmlu_pro="54.7")
    look = repo.push_card(prose="A better model.", mmlu_pro="54.7")
    assert (look.decision, look.requests) == ("unchanged", 2)


def test_the_first_pull_request_costs_six(repo: Repo) -> None:
    look = repo.push_card(mmlu_pro="54.7")
    assert (look.decision, look.requests) == ("create", 6)


def test_an_update_costs_eight(repo: Repo) -> None:
    repo.push_card(mmlu_pro="54.7", gsm8k="80.1")
    look = repo.push_card(mmlu_pro="55.9")
    assert (look.decision, look.requests) == ("update", 8)


def test_what_was_declined_costs_five(repo: Repo) -> None:
    repo.push_card(mmlu_pro="54.7")
    repo.close(repo.the_pull().number)
    repo.push("---\nlicense: mit\n---\n# Heron\n")
    look = repo.push_card(mmlu_pro="54.7")
    assert (look.decision, look.requests) == ("nothing_new", 5)


def test_what_is_present_costs_four_and_one_for_each_result_file(repo: Repo) -> None:
    repo.push_file(".eval_results/mine.yaml", "- dataset: {id: TIGER-Lab/MMLU-Pro, task_id: mmlu_pro}\n  value: 54.7\n")
    look = repo.push_card(mmlu_pro="54.7")
    assert (look.decision, look.requests) == ("nothing_new", 4 + 1)


def test_what_a_strangers_pull_request_says_costs_nothing_more(repo: Repo) -> None:
    repo.strangers_pull(
        ".eval_results/mine.yaml", "- dataset: {id: TIGER-Lab/MMLU-Pro, task_id: mmlu_pro}\n  value: 54.7\n"
    )
    look = repo.push_card(mmlu_pro="54.7")
    assert (look.decision, look.requests) == ("nothing_new", 4)


def test_an_event_that_nobody_wants_costs_nothing(repo: Repo, chat: Town) -> None:
    before = len(chat.hub.requests(BOT))
    chat.author.create_branch(repo.id, branch="side")
    chat.author.create_discussion(repo.id, "A question", description="How large is it?")
    chat.settle()
    assert len(chat.hub.requests(BOT)) == before


def test_the_bots_own_echoes_cost_nothing(repo: Repo) -> None:
    repo.push_card(mmlu_pro="54.7")
    repo.push_card(mmlu_pro="55.9")
    echoes = [look for look in repo.looks() if look.decision == "own_echo"]
    assert len(echoes) >= 2
    assert {look.requests for look in echoes} == {0}
    assert sum(look.requests for look in repo.looks()) == 6 + 8


def test_the_count_is_the_hubs_own(repo: Repo, chat: Town) -> None:
    hub_id = repo.hub_id
    chat.hub.clear_requests()
    chat.author.upload_file(
        path_or_fileobj=card(model=repo.name, mmlu_pro="54.7").encode(), path_in_repo="README.md", repo_id=repo.id
    )
    chat.settle()
    assert len(chat.hub.requests(BOT)) == sum(look.requests for look in chat.records.looks(hub_id))
