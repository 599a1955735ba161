"""The bot's own pull requests, as we remember them, so that a sweep finds out cheaply what happened to one.

Looks write their state, sweeps count their comments. What is lost is written again by the next look that compares a
repo with the Hub.
"""

from collections.abc import Mapping

from bot.records import Records

OPEN = "open"


class OwnPulls:
    """The table `own_pulls`."""

    def __init__(self, records: Records) -> None:
        self._records = records

    def keep(self, repo_id: str, statuses: Mapping[int, str]) -> None:
        """What a look left: number to status, of all pull requests of the bot in a repo."""
        with self._records.connection() as connection:
            connection.execute(
                "delete from own_pulls where repo_id = %s and not number = any(%s)", [repo_id, list(statuses)]
            )
            connection.execute(
                "insert into own_pulls (repo_id, number, status) select %s, * from unnest(%s::int[], %s::text[])"
                " on conflict (repo_id, number) do update set status = excluded.status",
                [repo_id, list(statuses), list(statuses.values())],
            )
            connection.execute("update repos set pulls_listed_at = now() where id = %s", [repo_id])

    def statuses(self, repo_id: str) -> dict[int, str]:
        """Those of one repo: number to status."""
        with self._records.connection() as connection:
            query = "select number, status from own_pulls where repo_id = %s"
            return dict(connection.execute(query, [repo_id]).fetchall())

    def comments(self, repo_id: str) -> dict[int, int]:
        """Those of one repo: number to comments, where a sweep has counted them."""
        with self._records.connection() as connection:
            query = "select number, comments from own_pulls where repo_id = %s and comments is not null"
            return dict(connection.execute(query, [repo_id]).fetchall())

    def counted(self, repo_id: str, comments: Mapping[int, int]) -> None:
        """A sweep has listed them: number to comments. A later count that is higher tells of a comment."""
        with self._records.connection() as connection:
            connection.execute(
                "update own_pulls set comments = new.comments"
                " from unnest(%s::int[], %s::int[]) as new (number, comments)"
                " where repo_id = %s and own_pulls.number = new.number",
                [list(comments), list(comments.values()), repo_id],
            )
            connection.execute("update repos set pulls_listed_at = now() where id = %s", [repo_id])

    def repos_with_open_ones(self) -> int:
        """How many repos have an open one."""
        with self._records.connection() as connection:
            row = connection.execute(f"select count(*) {_WITH_OPEN}").fetchone()
        return int(row[0]) if row else 0

    def to_list(self, limit: int, older_than: float) -> list[tuple[str, str]]:
        """Id and name of repos with an open one that nobody listed for so many seconds, the longest first."""
        with self._records.connection() as connection:
            return connection.execute(
                f"select r.id, r.name {_WITH_OPEN}"
                " and coalesce(r.pulls_listed_at, 'epoch') < now() - make_interval(secs => %s)"
                " order by r.pulls_listed_at nulls first, r.id limit %s",
                [older_than, limit],
            ).fetchall()


_WITH_OPEN = (
    "from repos r where r.state = 'active'"
    f" and exists (select from own_pulls p where p.repo_id = r.id and p.status = '{OPEN}')"
)
