import json
import re
from pathlib import Path
from typing import Any

import pytest
from huggingface_hub import HfApi, WebhookInfo
from huggingface_hub.errors import HfHubHTTPError
from huggingface_hub.utils import get_session

from localhub import LocalHub, Switches
from tests.localhub.conftest import StartHub, add, client
from tests.localhub.receiver import Receiver

GOLDEN = Path(__file__).parent / "payloads"


def watch(api: HfApi, receiver: Receiver, kind: str, name: str, **options: Any) -> WebhookInfo:
    return api.create_webhook(
        url=receiver.url, watched=[{"type": kind, "name": name}], domains=["repo", "discussion"], **options
    )


def test_a_webhook_lives_as_the_client_expects(author: HfApi, receiver: Receiver, repo: str) -> None:
    hook = watch(author, receiver, "model", repo, secret="hush")
    assert (hook.url, hook.secret, hook.disabled) == (receiver.url, None, False)
    assert [(item.type, item.name) for item in hook.watched] == [("model", repo)]
    assert author.get_webhook(hook.id) == hook
    assert hook.id in [found.id for found in author.list_webhooks()]
    assert author.disable_webhook(hook.id).disabled
    assert not author.enable_webhook(hook.id).disabled
    # The client's own trap: leaving `watched` out empties the list.
    assert author.update_webhook(hook.id, url=receiver.url).watched == []
    author.delete_webhook(hook.id)
    with pytest.raises(HfHubHTTPError, match="404"):
        author.get_webhook(hook.id)


def test_nobody_sees_webhooks_of_others(author: HfApi, bot: HfApi, receiver: Receiver, repo: str) -> None:
    hook = watch(author, receiver, "model", repo)
    assert hook.id not in [found.id for found in bot.list_webhooks()]
    with pytest.raises(HfHubHTTPError, match="404"):
        bot.get_webhook(hook.id)


@pytest.mark.parametrize(
    "body",
    [
        {"watched": [], "url": "http://x"},
        {"watched": [{"type": "planet", "name": "x"}], "url": "http://x"},
        {"watched": [{"type": "user", "name": "x"}], "url": "file:///x"},
        {"watched": [{"type": "user", "name": "x"}], "url": "http://x", "domains": ["weather"]},
    ],
)
def test_a_wrong_webhook_is_refused(hub: LocalHub, body: dict[str, Any]) -> None:
    answer = get_session().post(
        f"{hub.url}/api/settings/webhooks", json=body, headers={"authorization": "Bearer hf_author"}
    )
    assert answer.status_code == 400


def normal(value: Any, hub: LocalHub, repo: str) -> Any:
    """The payload with everything that changes from run to run replaced."""
    text = json.dumps(value).replace(hub.url, "<hub>").replace(repo, "<repo>")
    return json.loads(re.sub(r"\b[0-9a-f]{24}\b", "<id>", re.sub(r"\b[0-9a-f]{40}\b", "<sha>", text)))


def test_every_payload_is_as_documented(hub: LocalHub, author: HfApi, bot: HfApi, receiver: Receiver) -> None:
    """One repo's whole life, each payload compared with a golden file."""
    watch(author, receiver, "user", "author")
    repo = author.create_repo("author/golden").repo_id
    author.create_commit(repo, [add("README.md", "---\nlicense: mit\n---\n")], commit_message="Card")
    author.create_tag(repo, tag="v1")
    bot.create_discussion(repo, "Hello", description="What is its score?")
    comment = bot.comment_discussion(repo, 1, "/eval mmlu_pro")
    bot.edit_discussion_comment(repo, 1, comment.id, "/eval gpqa")
    with pytest.warns(UserWarning, match="irreversible"):
        bot.hide_discussion_comment(repo, 1, comment.id)
    bot.rename_discussion(repo, 1, "Hello there")
    bot.create_commit(repo, [add("a.txt", "1")], commit_message="Add a", commit_description="Adds it", create_pr=True)
    bot.change_discussion_status(repo, 2, "closed")
    bot.change_discussion_status(repo, 2, "open")
    author.merge_pull_request(repo, 2)
    author.update_repo_settings(repo, private=True)
    author.move_repo(repo, "author/golden-moved")
    author.delete_repo("author/golden-moved")
    hub.wait_idle()
    names = [
        *("repo_created", "push_main", "tag_created", "discussion_created", "comment_created", "comment_edited"),
        *("comment_hidden", "discussion_renamed", "push_pr_ref", "pr_created", "pr_closed", "pr_reopened"),
        *("push_merge", "pr_merged", "repo_config", "repo_moved", "repo_deleted"),
    ]
    mine = [delivery for delivery in hub.deliveries() if "author/golden" in delivery.payload["repo"]["name"]]
    assert len(mine) == len(names)
    for name, delivery in zip(names, mine, strict=True):
        golden = json.loads((GOLDEN / f"{name}.json").read_text())
        assert normal(delivery.payload, hub, "author/golden") == golden, name


def test_deliveries_carry_secret_and_id(hub: LocalHub, author: HfApi, receiver: Receiver, repo: str) -> None:
    hook = watch(author, receiver, "model", repo, secret="hush")
    author.create_commit(repo, [add("a.txt", "1")], commit_message="One")
    author.create_commit(repo, [add("a.txt", "2")], commit_message="Two")
    first, second = receiver.wait_for(2)
    assert first.headers["x-webhook-secret"] == second.headers["x-webhook-secret"] == "hush"
    assert first.headers["content-type"] == "application/json"
    assert first.id != second.id
    assert first.body["webhook"] == {"id": hook.id, "version": 3}
    hub.wait_idle()
    logged = {delivery.id: delivery for delivery in hub.deliveries()}
    assert logged[first.id].payload == first.body
    assert [attempt.status for attempt in logged[first.id].attempts] == [200]


def test_watching_an_organization_covers_its_repos(author: HfApi, bot: HfApi, receiver: Receiver, repo: str) -> None:
    watch(bot, receiver, "org", "acme")
    name = author.create_repo("acme/watched").repo_id
    author.create_discussion(repo, "Elsewhere")
    author.create_discussion(name, "Watched one")
    assert {found.body["repo"]["name"] for found in receiver.wait_for(2)} == {name}
    assert sorted(receiver.events) == [("discussion", "create"), ("repo", "create")]


def test_a_private_repo_is_announced_only_to_those_who_can_read_it(
    hub: LocalHub, author: HfApi, bot: HfApi, receiver: Receiver, repo: str
) -> None:
    watch(bot, receiver, "model", repo)
    author.update_repo_settings(repo, private=True)
    author.create_discussion(repo, "Between us")
    author.update_repo_settings(repo, private=False)
    hub.wait_idle()
    assert receiver.events == [("repo.config", "update")]


def test_a_webhook_hears_only_its_domains(hub: LocalHub, author: HfApi, receiver: Receiver, repo: str) -> None:
    author.create_webhook(url=receiver.url, watched=[{"type": "model", "name": repo}], domains=["discussion"])
    author.create_commit(repo, [add("a.txt", "1")], commit_message="One", create_pr=True)
    hub.wait_idle()
    assert receiver.events == [("discussion", "create")]


def test_a_disabled_webhook_hears_nothing(hub: LocalHub, author: HfApi, receiver: Receiver, repo: str) -> None:
    hook = watch(author, receiver, "model", repo)
    author.disable_webhook(hook.id)
    author.create_discussion(repo, "Unheard")
    author.enable_webhook(hook.id)
    author.create_discussion(repo, "Heard one")
    hub.wait_idle()
    assert [found.body["discussion"]["num"] for found in receiver.received] == [2]


@pytest.mark.parametrize("order", ["content-first", "discussion-first"])
def test_the_order_of_the_two_events_of_a_pull_request_is_a_switch(
    start_hub: StartHub, receiver: Receiver, order: str
) -> None:
    hub = start_hub(switches=Switches(pr_events=order, webhook_concurrency=1))  # type: ignore[arg-type]  # a literal
    api = client(hub)
    repo = api.create_repo("author/ordered").repo_id
    watch(api, receiver, "model", repo)
    api.create_pull_request(repo, "Blank one")
    scopes = [scope for scope, _ in (found.event for found in receiver.wait_for(2))]
    assert scopes == (["repo.content", "discussion"] if order == "content-first" else ["discussion", "repo.content"])


def test_a_request_refused_half_way_leaves_no_trace(
    hub: LocalHub, author: HfApi, receiver: Receiver, repo: str
) -> None:
    author.create_commit(repo, [add("a.txt", "1")], commit_message="Add a", create_pr=True)
    author.merge_pull_request(repo, 1)
    watch(author, receiver, "model", repo)
    # The comment is written and announced before the status turns out to be final.
    with pytest.raises(HfHubHTTPError, match="merged"):
        author.change_discussion_status(repo, 1, "open", comment="Once more")
    hub.wait_idle()
    assert receiver.received == []
    assert [event.type for event in author.get_discussion_details(repo, 1).events] == [
        *("comment", "commit", "status-change")
    ]


def test_a_refused_request_is_not_announced(
    hub: LocalHub, author: HfApi, bot: HfApi, receiver: Receiver, repo: str
) -> None:
    watch(author, receiver, "model", repo)
    with pytest.raises(HfHubHTTPError):
        bot.create_commit(repo, [add("a.txt", "1")], commit_message="No")
    with pytest.raises(HfHubHTTPError):
        author.create_commit(repo, [add("a.txt", "1")], commit_message="No", parent_commit="0" * 40)
    hub.wait_idle()
    assert receiver.received == []
