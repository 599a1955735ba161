"""Webhooks: their records, and what they listen to."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit

from localhub import errors, repos
from localhub.core import Core
from localhub.database import Database, Row
from localhub.errors import JsonObject
from localhub.repos import Repo
from localhub.stamps import new_id

SUSPENDED = "suspended-after-failure"
DOMAINS = ("repo", "discussion")
WATCHABLE = ("dataset", "model", "space", "bucket", "kernel", "user", "org")


@dataclass(frozen=True)
class Hook:
    """A webhook; `watched` are pairs of type and name, `disabled` is '', 'true' or the word for suspended."""

    id: str
    owner_id: str
    url: str
    secret: str | None
    watched: tuple[tuple[str, str], ...]
    domains: tuple[str, ...]
    disabled: str
    last_trigger: str | None


@dataclass(frozen=True)
class Wish:
    """What a request to create or change a webhook asks for, checked."""

    url: str
    watched: tuple[tuple[str, str], ...]
    domains: tuple[str, ...]
    secret: str | None


def read_wish(body: JsonObject, *, creating: bool) -> Wish:
    """Check the body of a create or update request.

    Raises:
        HubError: a field is missing or wrong (400).
    """
    url = body.get("url")
    if not isinstance(url, str) or urlsplit(url).scheme not in ("http", "https"):
        raise errors.invalid("url must be an http(s) URL: this Hub delivers webhooks to URLs only")
    watched = body.get("watched")
    if not isinstance(watched, list) or (creating and not watched):
        raise errors.invalid("watched must be a list with at least one item")
    for item in watched:
        if not isinstance(item, dict) or item.get("type") not in WATCHABLE or not isinstance(item.get("name"), str):
            raise errors.invalid(f"each watched item needs a name and a type out of {', '.join(WATCHABLE)}")
    domains = body.get("domains") or list(DOMAINS)
    if not isinstance(domains, list) or not set(domains) <= set(DOMAINS):
        raise errors.invalid(f"domains must be out of {', '.join(DOMAINS)}")
    secret = body.get("secret")
    pairs = tuple((item["type"], item["name"]) for item in watched)
    return Wish(url, pairs, tuple(domains), secret if isinstance(secret, str) and secret else None)


def create(core: Core, owner_id: str, wish: Wish) -> Hook:
    """Add a webhook."""
    hook_id = new_id()
    watched, domains = json.dumps(wish.watched), json.dumps(wish.domains)
    core.db.run(
        "INSERT INTO webhooks (id, owner_id, url, secret, watched, domains, created_at) VALUES (?,?,?,?,?,?,?)",
        *(hook_id, owner_id, wish.url, wish.secret, watched, domains, core.clock.now()),
    )
    return get(core.db, owner_id, hook_id)


def change(db: Database, hook: Hook, wish: Wish) -> Hook:
    """Replace what the webhook watches and where it leads; without a new secret the old one stays."""
    db.run(
        "UPDATE webhooks SET url = ?, secret = ?, watched = ?, domains = ? WHERE id = ?",
        *(wish.url, wish.secret or hook.secret, json.dumps(wish.watched), json.dumps(wish.domains), hook.id),
    )
    return get(db, hook.owner_id, hook.id)


def set_disabled(db: Database, hook: Hook, value: str) -> Hook:
    """Switch a webhook off ('true') or on ('')."""
    db.run("UPDATE webhooks SET disabled = ?, failures = 0 WHERE id = ?", value, hook.id)
    return get(db, hook.owner_id, hook.id)


def delete(db: Database, hook: Hook) -> None:
    """Remove a webhook; what waits for it is never sent."""
    db.run("UPDATE outbox SET state = 'failed' WHERE webhook_id = ? AND state = 'pending'", hook.id)
    db.run("DELETE FROM webhooks WHERE id = ?", hook.id)


def get(db: Database, owner_id: str, hook_id: str) -> Hook:
    """The user's webhook with this id.

    Raises:
        HubError: they have none such (404).
    """
    row = db.one("SELECT * FROM webhooks WHERE id = ? AND owner_id = ?", hook_id, owner_id)
    if row is None:
        raise errors.not_found("Webhook not found")
    return _hook(row)


def of_user(db: Database, owner_id: str) -> list[Hook]:
    """All webhooks of a user, oldest first."""
    return [_hook(row) for row in db.rows("SELECT * FROM webhooks WHERE owner_id = ? ORDER BY created_at", owner_id)]


def watching(db: Database, repo: Repo, owner_name: str, domain: str) -> Sequence[Hook]:
    """The enabled webhooks that watch the repo or its owner in this domain."""
    targets = {(repo.kind, repo.name.lower()), (repo.owner_type, owner_name.lower())}
    found = (_hook(row) for row in db.rows("SELECT * FROM webhooks WHERE disabled = '' ORDER BY created_at"))
    return [
        hook
        for hook in found
        if domain in hook.domains and not targets.isdisjoint((kind, name.lower()) for kind, name in hook.watched)
    ]


def may_hear(db: Database, hook: Hook, repo: Repo) -> bool:
    """Events of a private repo reach only webhooks of those who can read it."""
    return repos.user_may_read(db, hook.owner_id, repo)


def to_json(hook: Hook) -> JsonObject:
    """A webhook as its owner sees it: never with the secret."""
    body: JsonObject = {
        "id": hook.id,
        "url": hook.url,
        "watched": [{"type": kind, "name": name} for kind, name in hook.watched],
        "domains": list(hook.domains),
        "disabled": hook.disabled if hook.disabled == SUSPENDED else bool(hook.disabled),
        "hasSecret": hook.secret is not None,
    }
    return {**body, "lastTriggerAt": hook.last_trigger} if hook.last_trigger else body


def _hook(row: Row) -> Hook:
    return Hook(
        row["id"],
        row["owner_id"],
        row["url"],
        row["secret"],
        tuple((kind, name) for kind, name in json.loads(row["watched"])),
        tuple(json.loads(row["domains"])),
        row["disabled"],
        row["last_trigger"],
    )
