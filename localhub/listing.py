"""Lists of repos: filtered, sorted, and cut into pages by an opaque cursor.

Everything that is filtered on is a column or a row of `repo_tags`; no card is parsed here.
"""

import base64
import binascii
import json
from dataclasses import dataclass
from typing import Any

from localhub import errors, infos
from localhub.accounts import Caller
from localhub.core import Core
from localhub.errors import JsonObject
from localhub.seed import Kind

_SORTS = {
    "trendingScore": "trending",
    "createdAt": "created_at",
    "lastModified": "last_modified",
    "downloads": "downloads",
    "likes": "likes",
}
MAX_LIMIT = 1000


@dataclass(frozen=True)
class Wanted:
    """What a list request asks for; an empty text means no such condition."""

    kind: Kind
    author: str = ""
    search: str = ""
    filters: tuple[str, ...] = ()
    pipeline_tag: str = ""
    gated: bool | None = None
    parameters: tuple[int | None, int | None] = (None, None)
    sort: str = ""
    limit: int = MAX_LIMIT
    cursor: str = ""
    full: bool = False
    card: bool = False
    expand: tuple[str, ...] = ()


def page(core: Core, caller: Caller | None, wanted: Wanted) -> tuple[list[JsonObject], str | None]:
    """The items of one page, and the cursor of the next, None after the last.

    Raises:
        HubError: the sort or cursor is not known (400).
    """
    where, values = _conditions(caller, wanted)
    column = _SORTS.get(wanted.sort or "trendingScore")
    if column is None:
        raise errors.invalid(f"sort must be one of {', '.join(_SORTS)}")
    if wanted.cursor:
        where.append(f"(r.{column}, r.seq) < (?, ?)")
        values += _read_cursor(wanted.cursor)
    rows = core.db.rows(
        f"SELECT r.* FROM repos r WHERE {' AND '.join(where)}"  # noqa: S608 - columns from the table above, values bound
        f" ORDER BY r.{column} DESC, r.seq DESC LIMIT ?",
        *values,
        wanted.limit + 1,
    )
    more = len(rows) > wanted.limit
    rows = rows[: wanted.limit]
    items = [infos.listed(core, row, list(wanted.expand), full=wanted.full, card=wanted.card) for row in rows]
    return items, _cursor(rows[-1][column], rows[-1]["seq"]) if more else None


def _conditions(caller: Caller | None, wanted: Wanted) -> tuple[list[str], list[Any]]:
    where = ["r.kind = ?"]
    values: list[Any] = [wanted.kind]
    if caller is None or not caller.allows("repo.content.read"):
        where.append("NOT r.private")
    else:
        where.append(
            "(NOT r.private OR r.owner_id = ? OR r.owner_id IN (SELECT org_id FROM members WHERE user_id = ?))"
        )
        values += [caller.id, caller.id]
    if wanted.author:
        where.append("r.owner_id IN (SELECT id FROM users WHERE name = ? UNION SELECT id FROM orgs WHERE name = ?)")
        values += [wanted.author, wanted.author]
    if wanted.search:
        where.append("instr(lower(r.name), ?)")
        values.append(wanted.search.lower())
    for tag in wanted.filters:
        where.append("r.seq IN (SELECT repo_seq FROM repo_tags WHERE tag = ?)")
        values.append(tag)
    if wanted.pipeline_tag:
        where.append("r.pipeline_tag = ?")
        values.append(wanted.pipeline_tag)
    for sign, bound in zip((">=", "<="), wanted.parameters, strict=True):
        if bound is not None:
            where.append(f"r.num_parameters {sign} ?")
            values.append(bound)
    if wanted.gated is not None:
        where.append("r.gated IS NOT NULL" if wanted.gated else "r.gated IS NULL")
    return where, values


def _cursor(value: Any, seq: int) -> str:
    return base64.urlsafe_b64encode(json.dumps([value, seq]).encode()).decode()


def _read_cursor(cursor: str) -> list[Any]:
    try:
        value, seq = json.loads(base64.urlsafe_b64decode(cursor))
    except (ValueError, binascii.Error) as error:
        raise errors.invalid("The cursor is not one of this Hub.") from error
    return [value, seq]
