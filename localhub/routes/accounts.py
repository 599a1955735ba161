"""Who am I, who is that, who belongs to this organization."""

import base64
import binascii
import json
from urllib.parse import urlencode

from localhub import accounts, errors
from localhub.core import Core
from localhub.database import Row
from localhub.errors import JsonObject
from localhub.router import Route
from localhub.wire import Reply, Request, reply_json


def whoami(core: Core, request: Request) -> Reply:
    """The caller, their organizations and what their token may do."""
    caller = request.user()
    user = core.db.one("SELECT * FROM users WHERE id = ?", caller.id)
    token = core.db.one("SELECT * FROM tokens WHERE value = ?", caller.token)
    if user is None or token is None:
        raise errors.bad_token()
    access: JsonObject = {"displayName": token["name"], "role": caller.role, "createdAt": token["created_at"]}
    if caller.role == "fineGrained":
        access["fineGrained"] = _scopes(core, token)
    return reply_json(
        {
            "type": "user",
            "id": caller.id,
            "name": user["name"],
            "fullname": user["fullname"],
            "email": user["email"],
            "emailVerified": True,
            "isPro": bool(user["is_pro"]),
            "canPay": False,
            "periodEnd": None,
            "avatarUrl": accounts.avatar(core.base_url, user["name"]),
            "orgs": [{**org, "type": "org", "roleInOrg": role} for org, role in _orgs(core, caller.id)],
            "auth": {"type": "access_token", "accessToken": access},
        }
    )


def user_overview(core: Core, request: Request) -> Reply:
    """The public face of a user."""
    user = accounts.find_user(core.db, request.args["user"], by_id=core.switches.users_by_id)
    row = core.db.one("SELECT created_at FROM users WHERE id = ?", user.id) if user else None
    if user is None or row is None:
        raise errors.not_found("This user does not exist")
    counts = {
        kind: core.db.one("SELECT count(*) AS n FROM repos WHERE owner_id = ? AND kind = ?", user.id, kind)
        for kind in ("model", "dataset", "space")
    }
    return reply_json(
        {
            "_id": user.id,
            "user": user.name,
            "fullname": user.fullname,
            "avatarUrl": accounts.avatar(core.base_url, user.name),
            "isPro": user.is_pro,
            "type": "user",
            "createdAt": row["created_at"],
            "orgs": [org for org, _ in _orgs(core, user.id)],
            **{f"num{kind.capitalize()}s": count["n"] if count else 0 for kind, count in counts.items()},
        }
    )


def org_overview(core: Core, request: Request) -> Reply:
    """The public face of an organization."""
    org = accounts.find_org(core.db, request.args["org"])
    if org is None:
        raise errors.not_found("This organization does not exist")
    row = core.db.one("SELECT count(*) AS n FROM members WHERE org_id = ?", org.id)
    return reply_json(
        {
            "_id": org.id,
            "name": org.name,
            "fullname": org.fullname,
            "avatarUrl": accounts.avatar(core.base_url, org.name),
            "type": "org",
            "isHf": False,
            "isVerified": False,
            "numUsers": row["n"] if row else 0,
        }
    )


def members(core: Core, request: Request) -> Reply:
    """The members of an organization by name, page by page; their roles for those who may see them."""
    org = accounts.find_org(core.db, request.args["org"])
    if org is None:
        raise errors.not_found("This organization does not exist")
    inside = request.caller is not None and accounts.role_in(core.db, org.id, request.caller.id) is not None
    if core.switches.private_member_lists and not inside:
        raise errors.forbidden("The members of this organization are private.")
    limit = request.number("limit", 500, 10, 10000)
    rows = core.db.rows(
        "SELECT u.*, m.role FROM members m JOIN users u ON u.id = m.user_id"
        " WHERE m.org_id = ? AND u.name > ? AND instr(lower(u.name), ?) ORDER BY u.name LIMIT ?",
        *(org.id, _after(request.first("cursor")), request.first("search").lower(), limit + 1),
    )
    with_role = core.switches.member_roles == "everyone" or (core.switches.member_roles == "members" and inside)
    headers = {}
    if len(rows) > limit:
        cursor = base64.urlsafe_b64encode(str(rows[limit - 1]["name"]).encode()).decode()
        query = urlencode({"limit": limit, "cursor": cursor, "search": request.first("search")})
        headers["Link"] = f'<{core.base_url}{request.path}?{query}>; rel="next"'
    found = [
        {
            "_id": row["id"],
            "user": row["name"],
            "fullname": row["fullname"],
            "avatarUrl": accounts.avatar(core.base_url, row["name"]),
            "isPro": bool(row["is_pro"]),
            "type": "user",
            **({"role": row["role"]} if with_role else {}),
        }
        for row in rows[:limit]
    ]
    return reply_json(found, headers=headers)


def agent_harnesses(_core: Core, _request: Request) -> Reply:
    """The client asks this once to name the tool it runs in."""
    return reply_json({"standardEnvVars": [], "harnesses": {}})


def _after(cursor: str) -> str:
    try:
        return base64.urlsafe_b64decode(cursor).decode()
    except (ValueError, binascii.Error) as error:
        raise errors.invalid("The cursor is not one of this Hub.") from error


def _orgs(core: Core, user_id: str) -> list[tuple[JsonObject, str]]:
    rows = core.db.rows(
        "SELECT o.*, m.role FROM members m JOIN orgs o ON o.id = m.org_id WHERE m.user_id = ? ORDER BY o.name", user_id
    )
    return [
        (
            {
                "id": row["id"],
                "name": row["name"],
                "fullname": row["fullname"],
                "avatarUrl": accounts.avatar(core.base_url, row["name"]),
            },
            str(row["role"]),
        )
        for row in rows
    ]


def _scopes(core: Core, token: Row) -> JsonObject:
    permissions, entities = json.loads(token["permissions"]), json.loads(token["entities"])
    everywhere = set(json.loads(token["global_permissions"]))
    everywhere |= set() if entities else {"discussion.write"}.intersection(permissions)
    scoped = [
        {"entity": entity, "permissions": permissions}
        for name in entities
        if (entity := _entity(core, name)) is not None
    ]
    return {"scoped": scoped, "global": sorted(everywhere)}


def _entity(core: Core, name: str) -> JsonObject | None:
    owner = accounts.find_owner(core.db, name)
    if owner is not None:
        return {"_id": owner.id, "type": owner.type, "name": owner.name}
    row = core.db.one("SELECT id, kind, name FROM repos WHERE name = ? ORDER BY kind = 'model' DESC LIMIT 1", name)
    return None if row is None else {"_id": row["id"], "type": row["kind"], "name": row["name"]}


ROUTES = (
    Route("GET", "/api/whoami-v2", whoami),
    Route("GET", "/api/users/(?P<user>[^/]+)/overview", user_overview),
    Route("GET", "/api/organizations/(?P<org>[^/]+)/overview", org_overview),
    Route("GET", "/api/organizations/(?P<org>[^/]+)/members", members),
    Route("GET", "/api/agent-harnesses", agent_harnesses),
)
