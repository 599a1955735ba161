"""Users, organizations and tokens: who is asking, and who owns what."""

import json
from dataclasses import dataclass
from typing import Literal

from localhub import errors
from localhub.database import Database, Row
from localhub.errors import JsonObject
from localhub.seed import Org, Seed, SeedError, User
from localhub.stamps import new_id


@dataclass(frozen=True)
class Account:
    """A user or an organization."""

    id: str
    name: str
    fullname: str
    type: Literal["user", "org"]
    is_pro: bool = False


@dataclass(frozen=True)
class Caller:
    """The user behind a request, what the token they sent allows, and the OAuth app that holds it, if one does."""

    id: str
    name: str
    token: str
    role: str
    permissions: frozenset[str]
    entities: frozenset[str]
    everywhere: frozenset[str] = frozenset()
    app: str = ""

    def allows(self, permission: str, *names: str) -> bool:
        """Whether the token grants `permission` on any of `names` (an owner, a repo).

        Permissions are ``repo.content.read``, ``repo.write`` and ``discussion.write``.
        """
        if self.role == "write":
            return True
        if self.role == "read":
            return permission == "repo.content.read"
        if permission in self.everywhere:
            return True
        in_scope = not self.entities or any(name.lower() in self.entities for name in names)
        return in_scope and permission in self.permissions


def plant(db: Database, seed: Seed, now: str) -> None:
    """Add the seed's users and organizations that are not there yet; new tokens and members are added to old ones.

    `now` is when they are created.

    Raises:
        SeedError: an organization names a member that is no user.
    """
    for user in seed.users:
        _plant_user(db, user, now)
    for org in seed.orgs:
        _plant_org(db, org, now)


def _plant_user(db: Database, user: User, now: str) -> None:
    db.run(
        "INSERT OR IGNORE INTO users VALUES (?,?,?,?,?,?)",
        *(new_id(), user.name, user.fullname or user.name, user.email or f"{user.name}@users.example"),
        *(user.is_pro, now),
    )
    account = find_user(db, user.name)
    for token in user.all_tokens():
        db.run(
            "INSERT OR IGNORE INTO tokens VALUES (?,?,?,?,?,?,?,?,?)",
            *(token.value, account.id if account else "", token.name, token.role),
            *(json.dumps(list(token.permissions)), json.dumps([entity.lower() for entity in token.entities])),
            *(json.dumps(list(token.global_permissions)), now, token.app),
        )


def _plant_org(db: Database, org: Org, now: str) -> None:
    db.run(
        "INSERT OR IGNORE INTO orgs VALUES (?,?,?,?,?)",
        *(new_id(), org.name, org.fullname or org.name, org.private_by_default, now),
    )
    account = find_org(db, org.name)
    for name, role in org.members.items():
        user = find_user(db, name)
        if user is None or account is None:
            raise SeedError(f"The organization {org.name} has a member {name} who is not among the users.")
        db.run("INSERT OR IGNORE INTO members VALUES (?,?,?)", account.id, user.id, role)


def delete_user(db: Database, name: str) -> None:
    """Delete a user; what they wrote stays, without an author.

    Raises:
        HubError: there is no such user (404), or they own repos, which would be nobody's (400).
    """
    user = find_user(db, name)
    if user is None:
        raise errors.not_found("This user does not exist")
    if db.one("SELECT 1 FROM repos WHERE owner_id = ?", user.id) is not None:
        raise errors.invalid("The user owns repos: delete or move them first.")
    for table in ("tokens", "members", "notifications"):
        db.run(f"DELETE FROM {table} WHERE user_id = ?", user.id)  # noqa: S608 - names from above
    db.run("DELETE FROM users WHERE id = ?", user.id)


def find_user(db: Database, name: str, *, by_id: bool = False) -> Account | None:
    """The user with this name (or, asked so, this id)."""
    row = db.one("SELECT * FROM users WHERE name = ?", name)
    if row is None and by_id:
        row = db.one("SELECT * FROM users WHERE id = ?", name)
    return None if row is None else _user_account(row)


def find_org(db: Database, name: str) -> Account | None:
    """The organization with this name."""
    row = db.one("SELECT * FROM orgs WHERE name = ?", name)
    return None if row is None else Account(row["id"], row["name"], row["fullname"], "org")


def find_owner(db: Database, name: str) -> Account | None:
    """The user or organization with this name."""
    return find_user(db, name) or find_org(db, name)


def by_id(db: Database, account_id: str) -> Account | None:
    """The user or organization with this id; None when it is gone."""
    row = db.one("SELECT * FROM users WHERE id = ?", account_id)
    if row is not None:
        return _user_account(row)
    row = db.one("SELECT * FROM orgs WHERE id = ?", account_id)
    return None if row is None else Account(row["id"], row["name"], row["fullname"], "org")


def role_in(db: Database, org_id: str, user_id: str) -> str | None:
    """The user's role in the organization, None for outsiders."""
    row = db.one("SELECT role FROM members WHERE org_id = ? AND user_id = ?", org_id, user_id)
    return None if row is None else str(row["role"])


def caller_of(db: Database, authorization: str | None) -> Caller | None:
    """Who sent the ``Authorization`` header; None for anonymous.

    Raises:
        HubError: the header holds no token that anybody owns (401).
    """
    if not authorization:
        return None
    scheme, _, token = authorization.partition(" ")
    row = db.one("SELECT t.*, u.name AS user FROM tokens t JOIN users u ON u.id = t.user_id WHERE value = ?", token)
    if scheme.lower() != "bearer" or row is None:
        raise errors.bad_token()
    return _caller(row)


def as_caller(db: Database, user: Account) -> Caller:
    """The user with a token of theirs that may write, or with none, as if they were logged in on the website."""
    row = db.one(
        "SELECT t.*, u.name AS user FROM tokens t JOIN users u ON u.id = t.user_id"
        " WHERE u.id = ? AND role = 'write' AND app = '' LIMIT 1",
        user.id,
    )
    return _caller(row) if row is not None else Caller(user.id, user.name, "", "write", frozenset(), frozenset())


def avatar(base_url: str, name: str) -> str:
    """Where the account's picture would be."""
    return f"{base_url}/avatars/{name}.svg"


def author_json(account: Account, base_url: str) -> JsonObject:
    """An account as ``author`` of discussions, events and leaderboard rows."""
    body: JsonObject = {
        "_id": account.id,
        "avatarUrl": avatar(base_url, account.name),
        "fullname": account.fullname,
        "name": account.name,
        "type": account.type,
        "isHf": False,
        "isHfAdmin": False,
        "isMod": False,
    }
    if account.type == "user":
        body["isPro"] = account.is_pro
    return body


def _caller(row: Row) -> Caller:
    permissions, entities = frozenset(json.loads(row["permissions"])), frozenset(json.loads(row["entities"]))
    everywhere = frozenset(json.loads(row["global_permissions"]))
    return Caller(
        *(row["user_id"], row["user"], row["value"], row["role"]), permissions, entities, everywhere, row["app"]
    )


def _user_account(row: Row) -> Account:
    return Account(row["id"], row["name"], row["fullname"], "user", bool(row["is_pro"]))
