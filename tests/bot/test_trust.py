"""Who somebody is to a repo goes by ids and by what the Hub says, never by a name."""

import pytest

from bot.hub_values import Author
from bot.trust import Role, may_approve, may_change, role

ME, OPERATOR, ALLOWED, OTHER_BOT, ANYBODY = ("0" * 23 + digit for digit in "12345")
OPERATOR_NAME = "operator"


def role_of(author: Author | None) -> Role:
    return role(author, me=ME, operators=(OPERATOR,), allowed=(ALLOWED,), bots=(OTHER_BOT, "Librarian-Bot"))


@pytest.mark.parametrize(
    ("author", "expected"),
    [
        (None, Role.STRANGER),
        (Author(ANYBODY, "anybody"), Role.STRANGER),
        (Author(ALLOWED, "allowed"), Role.ALLOWED),
        (Author(ANYBODY, "member", is_member=True), Role.MEMBER),
        (Author(ANYBODY, "owner", is_owner=True), Role.OWNER),
        (Author(OPERATOR, OPERATOR_NAME), Role.OPERATOR),
        # The strongest role counts.
        (Author(ALLOWED, "allowed", is_member=True), Role.MEMBER),
        (Author(OPERATOR, OPERATOR_NAME, is_owner=True), Role.OPERATOR),
        # A bot is a bot, whatever else it is.
        (Author(ME, "scorekeeper-bot", is_owner=True), Role.BOT),
        (Author(OTHER_BOT, "another", is_member=True), Role.BOT),
        (Author(ANYBODY, "librarian-bot", is_owner=True), Role.BOT),
        (Author(OPERATOR, OPERATOR_NAME, is_app=True), Role.BOT),
        # Nobody gets a right by the name they chose.
        (Author(ANYBODY, OPERATOR_NAME), Role.STRANGER),
        (Author(ANYBODY, OPERATOR), Role.STRANGER),
        (Author(ANYBODY, ALLOWED), Role.STRANGER),
        (Author(ANYBODY, ME), Role.STRANGER),
    ],
)
def test_a_role_goes_by_id_and_by_what_the_hub_says(author: Author | None, expected: Role) -> None:
    assert role_of(author) is expected


def test_who_may_what() -> None:
    table = {
        one: (one.trusted, may_approve(one), may_change(one))
        # Each by its name, so that a new one needs a line here.
        for one in Role
    }
    assert table == {
        Role.OPERATOR: (True, True, True),
        Role.OWNER: (True, True, True),
        Role.MEMBER: (True, True, True),
        Role.ALLOWED: (True, False, False),
        Role.STRANGER: (False, False, False),
        Role.BOT: (False, False, False),
    }


def test_without_lists_everybody_else_is_a_stranger() -> None:
    author = Author(ANYBODY, "")
    assert role(author, me=ME, operators=(), allowed=(), bots=()) is Role.STRANGER
