"""From a push to one pull request: what an author sees, told in order."""

from tests.stories.town import FRONT, Town, card

MMLU_PRO, GPQA, GSM8K = "TIGER-Lab/MMLU-Pro", "Idavidrein/gpqa", "openai/gsm8k"


def test_a_push_opens_one_pull_request_with_this_models_scores(chat: Town) -> None:
    repo = chat.repo()
    assert repo.push_card(mmlu_pro="54.7", gsm8k="86.3").decision == "create"
    pull = repo.the_pull()
    assert pull.details.title == "Add evaluation results from the model card"
    assert pull.claims() == {MMLU_PRO: 54.7, GSM8K: 86.3}
    assert pull.results() == {MMLU_PRO: 54.7, GSM8K: 86.3}
    assert repo.results() == {}


def test_another_score_updates_the_same_pull_request(chat: Town) -> None:
    repo = chat.repo()
    repo.push_card(mmlu_pro="54.7", gsm8k="86.3")
    before = repo.the_pull()
    assert repo.push_card(mmlu_pro="55.9", gsm8k="86.3").decision == "update"
    after = repo.the_pull()
    assert after.number == before.number
    assert after.results() == {MMLU_PRO: 55.9, GSM8K: 86.3}
    assert "55.9" in after.description
    assert "54.7" not in after.description
    assert after.commits() == 2


def test_a_new_score_joins_and_a_removed_one_leaves(chat: Town) -> None:
    repo = chat.repo()
    repo.push_card(mmlu_pro="54.7")
    repo.push_card(mmlu_pro="54.7", gsm8k="86.3")
    assert repo.the_pull().results() == {MMLU_PRO: 54.7, GSM8K: 86.3}
    repo.push_card(gsm8k="86.3")
    assert repo.the_pull().results() == {GSM8K: 86.3}


def test_prose_changes_nothing(chat: Town) -> None:
    repo = chat.repo()
    repo.push_card(mmlu_pro="54.7")
    before = repo.the_pull().details
    assert repo.push_card(prose="A better model.", mmlu_pro="54.7").decision == "unchanged"
    assert len(repo.the_pull().details.events) == len(before.events)


def test_a_closed_pull_request_is_a_no(chat: Town) -> None:
    repo = chat.repo()
    repo.push_card(mmlu_pro="54.7")
    number = repo.the_pull().number
    repo.close(number)
    repo.push_card(prose="The same score.", mmlu_pro="54.7")
    assert repo.bot_pulls() == {number: "closed"}


def test_a_no_survives_the_loss_of_our_database(chat: Town) -> None:
    repo = chat.repo()
    repo.push_card(mmlu_pro="54.7")
    number = repo.the_pull().number
    repo.close(number)
    chat.records.gone(repo.hub_id)  # forgets the fingerprint
    assert repo.push_card(prose="Again.", mmlu_pro="54.7").decision == "nothing_new"
    assert repo.bot_pulls() == {number: "closed"}


def test_a_no_to_one_value_is_no_answer_to_the_next(chat: Town) -> None:
    repo = chat.repo()
    repo.push_card(mmlu_pro="54.7", gsm8k="86.3")
    number = repo.the_pull().number
    repo.close(number)
    assert repo.push_card(mmlu_pro="55.0", gsm8k="86.3").decision == "create"
    assert repo.the_pull().number != number
    assert repo.the_pull().results() == {MMLU_PRO: 55.0}
    assert "declined" in repo.the_pull().description


def test_a_no_outlives_another_id_of_the_benchmarks_task(chat: Town) -> None:
    repo = chat.repo()
    repo.push_card(mmlu_pro="54.7")
    pull = repo.the_pull()
    old = pull.description.replace('"task":"mmlu_pro"', '"task":"default"')
    assert old != pull.description
    chat.bot.edit_discussion_comment(repo.id, pull.number, pull.details.events[0].id, old)
    repo.close(pull.number)
    repo.push(f"{FRONT}# Heron\n")
    repo.push_card(mmlu_pro="54.7")
    assert repo.bot_pulls() == {pull.number: "closed"}


def test_a_reopened_pull_request_goes_on(chat: Town) -> None:
    repo = chat.repo()
    repo.push_card(mmlu_pro="54.7")
    number = repo.the_pull().number
    repo.close(number)
    repo.reopen(number)
    assert repo.push_card(mmlu_pro="55.0").decision == "update"
    assert repo.the_pull().number == number


def test_after_a_merge_nothing_is_left_to_do(chat: Town) -> None:
    repo = chat.repo()
    repo.push_card(mmlu_pro="54.7")
    number = repo.the_pull().number
    repo.merge(number)
    assert repo.last_look().decision in {"nothing_new", "unchanged"}
    assert repo.results() == {MMLU_PRO: 54.7}
    repo.push_card(prose="More words.", mmlu_pro="54.7")
    assert repo.bot_pulls() == {number: "merged"}


def test_a_new_value_after_a_merge_changes_our_own_entry(chat: Town) -> None:
    repo = chat.repo()
    repo.push_card(mmlu_pro="54.7")
    repo.merge(repo.the_pull().number)
    assert repo.push_card(mmlu_pro="55.9").decision == "create"
    repo.merge(repo.the_pull().number)
    assert repo.results() == {MMLU_PRO: 55.9}


def test_an_entry_that_the_author_wrote_is_left(chat: Town) -> None:
    repo = chat.repo()
    repo.push_file(
        ".eval_results/mine.yaml", f"- dataset: {{id: {MMLU_PRO}, task_id: default}}\n  value: 50.0 # by hand\n"
    )
    assert repo.push_card(mmlu_pro="54.7").decision == "nothing_new"
    assert repo.bot_pulls() == {}


def test_a_strangers_pull_request_with_the_same_claim_counts_as_present(chat: Town) -> None:
    repo = chat.repo()
    repo.strangers_pull(
        ".eval_results/theirs.yaml", f"- dataset: {{id: {MMLU_PRO}, task_id: default}}\n  value: 54.7\n"
    )
    assert repo.push_card(mmlu_pro="54.7").decision == "nothing_new"
    assert repo.bot_pulls() == {}
    assert repo.push_card(mmlu_pro="54.7", gsm8k="86.3").decision == "create"
    assert repo.the_pull().results() == {GSM8K: 86.3}


def test_somebody_elses_commit_on_the_pull_request_means_hands_off(chat: Town) -> None:
    repo = chat.repo()
    repo.push_card(mmlu_pro="54.7")
    pull = repo.the_pull()
    repo.commit_to_pull(pull.number, "NOTES.md", "Let me.")
    (said,) = pull.comments()
    assert said.startswith("Somebody else has committed here")
    assert repo.push_card(mmlu_pro="55.9").decision == "hands_off"
    repo.commit_to_pull(pull.number, "NOTES.md", "Let me, again.")
    assert repo.the_pull().results() == {MMLU_PRO: 54.7}
    assert pull.comments() == [said]


def test_when_no_score_is_left_the_pull_request_is_closed_with_one_sentence(chat: Town) -> None:
    repo = chat.repo()
    repo.push_card(mmlu_pro="54.7")
    number = repo.the_pull().number
    assert repo.push(f"{FRONT}# Heron\n\nNo tables any more.\n").decision == "close"
    assert repo.bot_pulls() == {number: "closed"}
    comments = [e for e in chat.author.get_discussion_details(repo.id, number).events if e.type == "comment"]
    assert len(comments) == 2


def test_what_the_bot_itself_closed_nobody_declined(chat: Town) -> None:
    repo = chat.repo()
    repo.push_card(mmlu_pro="54.7")
    repo.push(f"{FRONT}# Heron\n\nNo tables for a while.\n")
    assert repo.push_card(mmlu_pro="54.7").decision == "create"
    assert repo.the_pull().results() == {MMLU_PRO: 54.7}


def test_a_card_without_scores_is_no_reason_to_speak(chat: Town) -> None:
    repo = chat.repo()
    assert repo.push(f"{FRONT}# Heron\n\nOnly words.\n").decision == "nothing_wanted"
    assert repo.bot_pulls() == {}


def test_a_benchmark_without_a_registered_dataset_is_left_out(chat: Town) -> None:
    repo = chat.repo()
    repo.push_card(mmlu="71.4", mmlu_pro="54.7")
    assert repo.the_pull().claims() == {MMLU_PRO: 54.7}
    assert "MMLU" in repo.the_pull().description


def test_a_deleted_readme_takes_its_scores_along(chat: Town) -> None:
    repo = chat.repo()
    repo.push_card(mmlu_pro="54.7")
    look = repo.delete_file("README.md")
    assert (look.decision, look.detail) == ("close", "The repo has no README.md.")


def test_a_readme_that_cannot_be_read_changes_nothing(chat: Town) -> None:
    repo = chat.repo()
    repo.push_card(mmlu_pro="54.7")
    look = repo.push_bytes(b"# Heron \xff\xfe\n" + card(mmlu_pro="1.0").encode())
    assert (look.decision, look.detail) == ("unreadable", "README.md is not UTF-8: byte 8 cannot be read.")
    assert repo.the_pull().results() == {MMLU_PRO: 54.7}


def test_a_readme_of_five_megabytes_is_read(chat: Town) -> None:
    repo = chat.repo()
    filler = "All work and no play makes a dull model.\n" * 130_000
    assert repo.push(card(model=repo.name, mmlu_pro="54.7") + "\n" + filler).decision == "create"


def test_the_line_in_the_description_is_the_line_of_the_card(chat: Town) -> None:
    repo = chat.repo()
    repo.push_card(mmlu_pro="54.7")
    text = card(model=repo.name, mmlu_pro="54.7")
    line = next(number for number, one in enumerate(text.split("\n"), 1) if "54.7" in one)
    assert f"README.md?code=true#L{line})" in repo.the_pull().description


def two_columns(name: str) -> str:
    """A card that speaks of a model and of its instruct version."""
    rows = "| MMLU-Pro | 54.7 | 60.1 |\n"
    head = f"| Benchmark | {name} | {name}-Instruct |\n|---|---|---|\n"
    return f"{FRONT}# {name} and {name}-Instruct\n\nAccuracy in percent.\n\n{head}{rows}"


def test_under_another_name_the_card_is_read_for_the_other_model(chat: Town) -> None:
    repo = chat.repo()
    name = repo.name
    repo.push(two_columns(name))
    assert repo.the_pull().claims() == {MMLU_PRO: 54.7}
    chat.author.move_repo(repo.id, f"{repo.id}-Instruct")
    chat.settle()
    repo.id = f"{repo.id}-Instruct"
    chat.hurry()
    assert repo.the_pull().claims() == {MMLU_PRO: 60.1}


def test_a_rename_that_nobody_told_of_is_found_out_before_anything_is_written(chat: Town) -> None:
    repo = chat.repo()
    name, hub_id = repo.name, repo.hub_id
    webhook = chat.bot.list_webhooks()[-1].id
    chat.bot.disable_webhook(webhook)
    repo.town.author.upload_file(path_or_fileobj=two_columns(name).encode(), path_in_repo="README.md", repo_id=repo.id)
    chat.author.move_repo(repo.id, f"{repo.id}-Instruct")
    chat.bot.enable_webhook(webhook)
    chat.remember(hub_id, repo.id)
    chat.look(hub_id)
    repo.id = f"{repo.id}-Instruct"
    chat.hurry()
    assert repo.the_pull().claims() == {MMLU_PRO: 60.1}
    assert len(repo.bot_pulls()) == 1


def test_a_repo_that_moved_off_the_watch_list_is_left_alone(chat: Town) -> None:
    repo = chat.repo()
    repo.push_card(mmlu_pro="54.7")
    before = repo.the_pull().number
    chat.author.move_repo(repo.id, f"author/{repo.name}")
    chat.settle()
    repo.id = f"author/{repo.name}"
    chat.author.upload_file(
        path_or_fileobj=card(model=repo.name, mmlu_pro="60.0").encode(), path_in_repo="README.md", repo_id=repo.id
    )
    chat.settle()
    chat.look(repo.hub_id)
    chat.hurry()
    assert repo.last_look().decision == "not_watched"
    assert repo.bot_pulls() == {before: repo.bot_pulls()[before]}
    assert repo.the_pull().claims() == {MMLU_PRO: 54.7}


def test_a_late_delivery_with_an_old_name_loses_nothing(chat: Town) -> None:
    repo = chat.repo()
    repo.push_card(mmlu_pro="54.7")
    hub_id, old = repo.hub_id, repo.id
    chat.author.move_repo(repo.id, f"{repo.id}-new")
    chat.settle()
    chat.author.create_repo(old)
    chat.settle()
    repo.id = f"{old}-new"
    chat.remember(hub_id, old)
    repo.push_card(mmlu_pro="55.9")
    chat.hurry()
    assert repo.the_pull().claims() == {MMLU_PRO: 55.9}


def test_a_nul_in_a_file_is_no_reason_to_fail(chat: Town) -> None:
    repo = chat.repo()
    assert repo.push_bytes(card(model=repo.name, mmlu_pro="54.7", mmlu="1\x00").encode()).decision == "create"
    assert repo.push_file(".scorekeeper.yaml", "label: a\x00b\n").decision == "close"


def test_a_renamed_repo_is_followed(chat: Town) -> None:
    repo = chat.repo()
    repo.push_card(mmlu_pro="54.7")
    number = repo.the_pull().number
    new_name = f"{repo.id}-renamed"
    chat.author.move_repo(repo.id, new_name)
    chat.settle()
    repo.id = new_name
    assert "renamed" in {look.decision for look in repo.looks()}
    assert repo.push_card(mmlu_pro="55.9").decision == "update"
    assert repo.the_pull().number == number


def test_a_deleted_repo_is_let_go(chat: Town) -> None:
    repo = chat.repo()
    repo.push_card(mmlu_pro="54.7")
    hub_id = repo.hub_id
    chat.author.delete_repo(repo.id)
    chat.settle()
    assert "gone" in {look.decision for look in chat.records.looks(repo_id=hub_id)}
    known = chat.records.repo(hub_id)
    assert known is not None
    assert known.state == "gone"
