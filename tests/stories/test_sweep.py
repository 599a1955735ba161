"""Deliveries get lost. A sweep finds what they would have told, once, and cheaply."""

import asyncio
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

import httpx2
import psycopg
import pytest
from huggingface_hub import CommitOperationAdd

from bot import database, hub_listing
from bot.webhook_health import SUSPENDED
from bot.worker import MAX_ATTEMPTS
from evaluators.catalog import Catalog
from localhub import Fault, Policy
from tests.stories.conftest import TOWNS
from tests.stories.town import BOT, FRONT, OWNER, SECRET, Repo, Town, card, town

MMLU_PRO, GSM8K = "TIGER-Lab/MMLU-Pro", "openai/gsm8k"
THEIRS = "- dataset: {id: TIGER-Lab/MMLU-Pro, task_id: mmlu_pro}\n  value: 54.7\n"
NO_NOTIFICATIONS = Fault(user=BOT, path="/api/notifications", status=403, count=None)


@pytest.fixture(scope="module", params=TOWNS)
def chat(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, postgres: str) -> Iterator[Town]:
    """A town of its own: what a sweep costs depends on all the repos that there are."""
    name = f"sweeps_{request.param}"
    with psycopg.connect(postgres, autocommit=True) as connection:
        connection.execute(f"create database {name}".encode())
    url = postgres.replace("/postgres?", f"/{name}?", 1)
    database.migrate(url)
    with town(tmp_path_factory.mktemp("town"), url, switches=TOWNS[request.param]) as running:
        running.sweep()
        yield running


@pytest.fixture(autouse=True)
def _no_faults_left(chat: Town) -> Iterator[None]:
    yield
    chat.hub.clear_faults()
    chat.hurry()


@contextmanager
def nothing_delivered(chat: Town) -> Iterator[None]:
    """What happens inside is not told, unless it is replayed."""
    chat.settle()
    chat.hub.set_delivery_policy(Policy(drop=1.0))
    yield
    chat.hub.wait_idle()
    chat.hub.set_delivery_policy(Policy())


def push_card(repo: Repo, **scores: str) -> None:
    """A push, without waiting for what follows."""
    repo.town.author.upload_file(
        path_or_fileobj=card(model=repo.name, **scores).encode(), path_in_repo="README.md", repo_id=repo.id
    )


def push_unheard(repo: Repo, **scores: str) -> None:
    with nothing_delivered(repo.town):
        push_card(repo, **scores)


def paths(chat: Town) -> list[str]:
    """What the bot asked the Hub for."""
    return [one.path.partition("?")[0] for one in chat.hub.requests(BOT)]


def test_a_lost_push_is_found(chat: Town) -> None:
    repo = chat.repo()
    repo.push_card(mmlu_pro="54.7")
    push_unheard(repo, mmlu_pro="55.9")
    chat.settle()
    assert repo.the_pull().claims() == {MMLU_PRO: 54.7}
    chat.sweep()
    assert repo.the_pull().claims() == {MMLU_PRO: 55.9}


def test_a_sweep_that_finds_nothing_new_asks_three_things(chat: Town) -> None:
    chat.sweep()
    chat.hub.clear_requests()
    chat.sweep()
    assert sorted(paths(chat)) == ["/api/models", "/api/notifications", "/api/settings/webhooks"]


def test_what_was_lost_costs_its_looks_and_nothing_more(chat: Town) -> None:
    repos = [chat.repo() for _ in range(3)]
    for repo in repos:
        repo.push_card(mmlu_pro="54.7")
    chat.sweep()
    for repo in repos[:2]:
        push_unheard(repo, mmlu_pro="54.7", gsm8k="86.3")
    last = max(look.id for look in chat.records.looks())
    chat.hub.clear_requests()
    chat.sweep()
    looks = chat.records.looks(after=last)
    found = [look for look in looks if look.decision == "update"]
    assert {look.repo_id for look in found} == {repo.hub_id for repo in repos[:2]}
    assert len(paths(chat)) == 3 + sum(look.requests for look in looks)


def test_a_lost_push_that_changes_no_score_is_asked_about_once(chat: Town) -> None:
    repo = chat.repo()
    repo.push_card(mmlu_pro="54.7")
    with nothing_delivered(chat):
        chat.author.upload_file(path_or_fileobj=b"0 1 0 1", path_in_repo="weights.txt", repo_id=repo.id)
    last = max(look.id for look in chat.records.looks())
    chat.sweep()
    chat.sweep()
    assert [(look.decision, look.requests) for look in chat.records.looks(after=last)] == [("unchanged", 1)]


def test_a_lost_close_is_found_and_holds(chat: Town) -> None:
    repo = chat.repo()
    repo.push_card(mmlu_pro="54.7", gsm8k="86.3")
    number = repo.the_pull().number
    with nothing_delivered(chat):
        chat.author.change_discussion_status(repo.id, number, "closed")
    chat.sweep(full=True)
    assert repo.last_look().decision == "nothing_new"
    repo.push_card(prose="Declined is declined.", mmlu_pro="54.7", gsm8k="86.3")
    assert repo.bot_pulls() == {number: "closed"}


def test_a_full_sweep_finds_what_no_list_tells(chat: Town) -> None:
    theirs, ours = chat.repo(), chat.repo()
    number = theirs.strangers_pull(".eval_results/theirs.yaml", THEIRS)
    theirs.push_card(mmlu_pro="54.7")
    ours.push_card(mmlu_pro="54.7")
    with nothing_delivered(chat):
        chat.author.change_discussion_status(theirs.id, number, "closed")
        files = [CommitOperationAdd("NOTES.md", b"Mine now.")]
        chat.author.create_commit(ours.id, files, commit_message="An edit", revision="refs/pr/1")
    chat.hub.add_fault(NO_NOTIFICATIONS)
    chat.sweep(full=True)
    assert theirs.the_pull().claims() == {MMLU_PRO: 54.7}
    assert len(ours.the_pull().comments()) == 1


def test_a_lost_reopening_is_found_and_the_pull_request_brought_up_to_date(chat: Town) -> None:
    repo = chat.repo()
    repo.push_card(mmlu_pro="54.7", gsm8k="86.3")
    number = repo.the_pull().number
    repo.close(number)
    repo.push_card(mmlu_pro="54.7")
    chat.sweep()
    with nothing_delivered(chat):
        chat.author.comment_discussion(repo.id, number, "On second thoughts.")
        chat.author.change_discussion_status(repo.id, number, "open")
    chat.sweep()
    assert repo.the_pull().number == number
    assert repo.the_pull().results() == {MMLU_PRO: 54.7}


def test_a_token_that_may_not_read_notifications_finds_a_lost_close_all_the_same(chat: Town) -> None:
    repo = chat.repo()
    repo.push_card(mmlu_pro="54.7")
    number = repo.the_pull().number
    with nothing_delivered(chat):
        chat.author.change_discussion_status(repo.id, number, "closed")
    chat.hub.add_fault(NO_NOTIFICATIONS)
    chat.sweep()
    assert repo.last_look().decision != "nothing_new"
    pulls_were_listed_long_ago(chat, repo)
    chat.sweep()
    assert repo.last_look().decision == "nothing_new"


def pulls_were_listed_long_ago(chat: Town, repo: Repo) -> None:
    with psycopg.connect(chat.database_url) as connection:
        connection.execute(
            "update repos set pulls_listed_at = now() - interval '61 minutes' where id = %s", [repo.hub_id]
        )


def test_our_pull_requests_are_listed_once_an_hour_where_one_is_open(chat: Town) -> None:
    repo = chat.repo()
    repo.push_card(mmlu_pro="54.7")
    pulls_were_listed_long_ago(chat, repo)
    for expected in (1, 0):
        chat.hub.clear_requests()
        chat.sweep()
        listed = [path for path in paths(chat) if path == f"/api/models/{repo.id}/discussions"]
        assert len(listed) == expected
    with psycopg.connect(chat.database_url) as connection:
        query = "select comments from own_pulls where repo_id = %s"
        assert connection.execute(query, [repo.hub_id]).fetchone() == (1,)
    repo.close(repo.the_pull().number)
    pulls_were_listed_long_ago(chat, repo)
    chat.hub.clear_requests()
    chat.sweep()
    assert f"/api/models/{repo.id}/discussions" not in paths(chat)


def test_a_lost_merge_is_found_and_the_rest_proposed_anew(chat: Town) -> None:
    repo = chat.repo()
    repo.push_card(mmlu_pro="54.7")
    number = repo.the_pull().number
    with nothing_delivered(chat):
        if repo.bot_pulls()[number] == "draft":
            chat.author.change_discussion_status(repo.id, number, "open")
        chat.author.merge_pull_request(repo.id, number)
    last = max(look.id for look in repo.looks())
    chat.sweep()
    assert "nothing_new" in {look.decision for look in chat.records.looks(repo.hub_id, after=last)}
    push_unheard(repo, mmlu_pro="54.7", gsm8k="86.3")
    chat.sweep()
    assert repo.the_pull().claims() == {GSM8K: 86.3}


def test_a_lost_rename_is_followed_and_the_card_read_under_the_new_name(chat: Town) -> None:
    repo = chat.repo()
    repo.push_card(mmlu_pro="54.7")
    renamed = f"{OWNER}/{repo.name}-renamed"
    with nothing_delivered(chat):
        chat.author.move_repo(repo.id, renamed)
    chat.sweep()
    known = chat.records.repo(repo.hub_id)
    assert known is not None
    assert (known.name, (known.seen or {})["name"]) == (renamed, renamed)
    last = max(look.id for look in chat.records.looks())
    chat.sweep()
    assert chat.records.looks(known.id, after=last) == []


def test_a_lost_deletion_is_found(chat: Town) -> None:
    repo = chat.repo()
    repo.push_card(mmlu_pro="54.7")
    hub_id = repo.hub_id
    with nothing_delivered(chat):
        chat.author.delete_repo(repo.id)
    chat.sweep()
    known = chat.records.repo(hub_id)
    assert known is not None
    assert known.state == "gone"


def test_a_repo_that_was_hidden_and_is_back_is_looked_at_again(chat: Town) -> None:
    repo = chat.repo()
    repo.push_card(mmlu_pro="54.7")
    hub_id = repo.hub_id
    with nothing_delivered(chat):
        chat.author.update_repo_settings(repo.id, private=True)
    chat.sweep()
    assert chat.records.looks(hub_id)[-1].decision == "gone"
    with nothing_delivered(chat):
        chat.author.update_repo_settings(repo.id, private=False)
    push_unheard(repo, mmlu_pro="55.9")
    chat.sweep()
    assert repo.the_pull().claims() == {MMLU_PRO: 55.9}


def test_a_repo_made_while_we_were_away_is_found(chat: Town) -> None:
    with nothing_delivered(chat):
        chat.author.create_repo(f"{OWNER}/Unheard-8B")
    repo = Repo(chat, f"{OWNER}/Unheard-8B")
    push_unheard(repo, mmlu_pro="54.7")
    chat.sweep()
    assert repo.the_pull().claims() == {MMLU_PRO: 54.7}


def test_a_suspended_webhook_is_enabled_and_what_it_lost_is_found(chat: Town) -> None:
    repo, other = chat.repo(), chat.repo()
    repo.push_card(mmlu_pro="54.7", gsm8k="86.3")
    other.push_card(mmlu_pro="54.7")
    number = other.the_pull().number
    (webhook,) = chat.bot.list_webhooks()
    watched = [{"type": item.type, "name": item.name} for item in webhook.watched]
    chat.hub.set_delivery_policy(Policy(retry_delays=(), suspend_after=1))
    chat.context.hub.update_webhook(webhook.id, chat.webhook_url, watched, "not what we expect")
    push_card(repo, mmlu_pro="55.9")
    chat.hub.wait_idle()
    chat.author.change_discussion_status(other.id, number, "closed")
    chat.context.hub.update_webhook(webhook.id, chat.webhook_url, watched, SECRET)
    chat.hub.set_delivery_policy(Policy())
    assert str(chat.bot.list_webhooks()[0].disabled) == SUSPENDED
    chat.hub.add_fault(NO_NOTIFICATIONS)
    chat.sweep()
    assert not chat.bot.list_webhooks()[0].disabled
    assert repo.the_pull().claims() == {MMLU_PRO: 55.9}
    assert other.last_look().decision == "nothing_new"
    assert repo.push_card(mmlu_pro="57.1").decision == "update"


def test_a_webhook_that_somebody_disabled_stays_so_and_is_reported(
    chat: Town, caplog: pytest.LogCaptureFixture
) -> None:
    (webhook,) = chat.bot.list_webhooks()
    chat.bot.disable_webhook(webhook.id)
    chat.sweep()
    assert chat.bot.list_webhooks()[0].disabled
    chat.bot.enable_webhook(webhook.id)
    assert "It is disabled. Run: scorekeeper webhooks enable." in caplog.text
    with psycopg.connect(chat.database_url) as connection:
        query = "select value from totals where name = 'webhook' and label = 'disabled'"
        assert (connection.execute(query).fetchone() or (0,))[0] >= 1


def test_a_delivery_that_arrives_after_the_sweep_changes_nothing(chat: Town) -> None:
    repo = chat.repo()
    repo.push_card(mmlu_pro="54.7")
    push_unheard(repo, mmlu_pro="55.9")
    chat.sweep()
    events = len(repo.the_pull().details.events)
    late = [delivery for delivery in chat.hub.deliveries() if delivery.payload["repo"]["name"] == repo.id]
    for delivery in late:
        replay(chat, delivery.id)
    chat.settle()
    assert len(repo.the_pull().details.events) == events
    assert list(repo.bot_pulls().values()).count("closed") == 0
    last = max(look.id for look in chat.records.looks())
    chat.sweep()
    assert chat.records.looks(after=last) == []


def replay(chat: Town, delivery_id: str) -> None:
    (webhook,) = chat.bot.list_webhooks()
    url = f"{chat.hub.url}/api/settings/webhooks/{webhook.id}/replay/{delivery_id}"
    httpx2.post(url, headers={"Authorization": f"Bearer hf_{BOT}"}).raise_for_status()


def test_a_sweep_and_live_pushes_at_the_same_time_make_one_pull_request_each(chat: Town) -> None:
    repos = [chat.repo() for _ in range(4)]
    for repo in repos:
        push_unheard(repo, mmlu_pro="54.7")
    chat.serving.call(chat.sweeper.begin())
    for repo in repos:
        push_card(repo, mmlu_pro="55.9")
    racing = threading.Thread(target=chat.another_worker())
    racing.start()
    chat.settle()
    racing.join(30)
    chat.settle()
    for repo in repos:
        assert len(repo.bot_pulls()) == 1
        assert repo.the_pull().claims() == {MMLU_PRO: 55.9}


@pytest.mark.parametrize(
    "fault",
    [
        Fault(status=429, headers={"Retry-After": "30"}),
        Fault(status=500),
        Fault(disconnect=True),
    ],
    ids=["429", "500", "cut"],
)
def test_a_listing_that_fails_at_its_second_page_goes_on_from_there(
    chat: Town, fault: Fault, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hub_listing, "PAGE_SIZE", 3)
    for _ in range(4):
        chat.repo()
    chat.sweep()
    repo = chat.repo()
    push_unheard(repo, mmlu_pro="54.7")
    chat.hub.add_fault(replace(fault, user=BOT, path="cursor=", count=None))
    chat.hub.clear_requests()
    chat.sweep(full=True)
    assert repo.the_pull().claims() == {MMLU_PRO: 54.7}
    chat.hub.clear_faults()
    chat.hub.clear_requests()
    while "sweep" in chat.waiting():
        chat.hurry()
    listed = [one.query for one in chat.hub.requests(BOT) if one.path == "/api/models"]
    assert listed
    assert all("cursor=" in query for query in listed)


def test_pages_end_where_nothing_is_new_and_once_a_day_they_do_not(chat: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hub_listing, "PAGE_SIZE", 2)
    for _ in range(4):
        chat.repo()
    chat.sweep()

    def pages() -> int:
        chat.hub.clear_requests()
        chat.sweep()
        return paths(chat).count("/api/models")

    assert pages() == 1
    with psycopg.connect(chat.database_url) as connection:
        connection.execute("update sweeps set full_at = full_at - interval '25 hours'")
    assert pages() > 2
    assert pages() == 1


def test_two_workers_sweep_once(chat: Town) -> None:
    with psycopg.connect(chat.database_url) as connection:
        connection.execute("update sweeps set started_at = now() - interval '16 minutes' where subject = '*'")

    async def ticks() -> None:
        await asyncio.gather(*(chat.sweeper.tick(15) for _ in range(5)))

    chat.serving.call(ticks())
    chat.hub.clear_requests()
    chat.settle()
    assert paths(chat).count("/api/models") == 1
    chat.serving.call(chat.sweeper.tick(15))
    chat.hub.clear_requests()
    chat.settle()
    assert paths(chat) == []


def test_a_look_that_failed_for_good_is_asked_for_again(chat: Town) -> None:
    repo = chat.repo()
    repo.push_card(mmlu_pro="54.7")
    chat.sweep()
    chat.hub.add_fault(Fault(user=BOT, path="/resolve/", status=500, count=None))
    push_unheard(repo, mmlu_pro="55.9")
    chat.sweep()
    for _ in range(MAX_ATTEMPTS):
        chat.hurry()
    assert repo.last_look().decision == "failed"
    chat.hub.clear_faults()
    chat.sweep()
    assert repo.the_pull().claims() == {MMLU_PRO: 55.9}


def test_a_look_that_the_hub_refused_is_asked_for_again_a_day_later(chat: Town) -> None:
    repo = chat.repo()
    chat.hub.add_fault(Fault(user=BOT, path="/paths-info/", status=422, count=None))
    push_unheard(repo, mmlu_pro="54.7")
    chat.sweep()
    assert repo.last_look().decision == "failed"
    chat.hub.clear_faults()
    chat.sweep()
    assert repo.last_look().decision == "failed"
    with psycopg.connect(chat.database_url) as connection:
        connection.execute("update looks set finished_at = finished_at - interval '25 hours'")
    chat.sweep()
    assert repo.the_pull().claims() == {MMLU_PRO: 54.7}


def test_another_catalog_makes_every_card_with_scores_be_read_again(
    chat: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    repo, without = chat.repo(), chat.repo()
    without.push(FRONT + "# A model without scores\n")
    shipped = chat.context.catalogs.current()
    fewer = Catalog(tuple(one for one in shipped.benchmarks if one.dataset != GSM8K))
    monkeypatch.setattr(chat.context.catalogs, "_catalog", fewer)
    repo.push_card(mmlu_pro="54.7", gsm8k="86.3")
    chat.sweep()
    assert repo.the_pull().claims() == {MMLU_PRO: 54.7}
    monkeypatch.setattr(chat.context.catalogs, "_catalog", shipped)
    last = max(look.id for look in chat.records.looks())
    chat.sweep()
    assert repo.the_pull().claims() == {MMLU_PRO: 54.7, GSM8K: 86.3}
    assert without.hub_id not in {look.repo_id for look in chat.records.looks(after=last)}
    last = max(look.id for look in chat.records.looks())
    chat.sweep()
    assert chat.records.looks(after=last) == []


def test_all_that_we_know_can_be_lost(chat: Town) -> None:
    repo = chat.repo()
    repo.push_card(mmlu_pro="54.7")
    number = repo.the_pull().number
    with psycopg.connect(chat.database_url) as connection:
        connection.execute("delete from repos; delete from own_pulls; delete from sweeps")
    chat.sweep()
    assert repo.bot_pulls().keys() == {number}
    with nothing_delivered(chat):
        chat.author.change_discussion_status(repo.id, number, "closed")
    chat.sweep()
    assert repo.last_look().decision == "nothing_new"
