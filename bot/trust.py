"""Who somebody is to a repo, and what they may ask the bot for. Pure.

It goes by ids, which nobody can choose, and by what the Hub says of a comment's author at the time of acting; never by
what a delivery said.
"""

from collections.abc import Collection
from enum import StrEnum

from bot.hub_values import Author


class Role(StrEnum):
    """What an author is to a repo; the log and the database use these words.

    `BOT` is the bot itself, another one, or an app that speaks for somebody: what it says starts nothing.
    """

    OPERATOR = "operator"
    OWNER = "owner"
    MEMBER = "member"
    ALLOWED = "allowed"
    STRANGER = "stranger"
    BOT = "bot"

    @property
    def trusted(self) -> bool:
        """Whether an evaluation of theirs starts without an approval, within the budget."""
        return self in _TRUSTED


_TRUSTED = frozenset({Role.OPERATOR, Role.OWNER, Role.MEMBER, Role.ALLOWED})
_KEEPERS = frozenset({Role.OPERATOR, Role.OWNER, Role.MEMBER})


def role(
    author: Author | None, *, me: str, operators: Collection[str], allowed: Collection[str], bots: Collection[str]
) -> Role:
    """What the author of a comment is to the repo that it stands in.

    Args:
        author: None where the account was deleted.
        me: The bot's own user id.
        operators: Ids of the people who run this bot.
        allowed: Ids of people whom the operators let evaluate any watched repo.
        bots: Ids or names of other bots. A name counts here and nowhere else: it can only take rights away.
    """
    if author is None:
        return Role.STRANGER
    if author.id == me or author.is_app or _is_listed_bot(author, bots):
        return Role.BOT
    if author.id in operators:
        return Role.OPERATOR
    if author.is_owner:
        return Role.OWNER
    if author.is_member:
        return Role.MEMBER
    return Role.ALLOWED if author.id in allowed else Role.STRANGER


def may_approve(role: Role) -> bool:
    """Whether they may start what a stranger asked for; for an organisation's repo, its members stand for the owner."""
    return role in _KEEPERS


def may_change(role: Role) -> bool:
    """Whether they may have a benchmark ignored, the card looked at, or a run of somebody else cancelled."""
    return role in _KEEPERS


def _is_listed_bot(author: Author, bots: Collection[str]) -> bool:
    return author.id in bots or author.name.lower() in {name.lower() for name in bots}
