"""What the Hub's answers become: plain values, so that decisions need no network."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any


@dataclass(frozen=True, slots=True)
class Me:
    """The account of the token. `role` is read, write or fineGrained."""

    id: str
    name: str
    role: str


@dataclass(frozen=True, slots=True)
class CardFile:
    """The README at the newest commit of main.

    `text` is empty where there is none and None where it cannot be read; `problem` then says so in one sentence.
    """

    commit: str | None
    text: str | None
    problem: str | None = None


@dataclass(frozen=True, slots=True)
class ListedResult:
    """One row of the Hub's `evalResults`: an entry on main, or in the open pull request `pull`."""

    path: str
    pull: int | None
    data: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class RepoState:
    """What one request tells about a repo."""

    id: str
    name: str
    sha: str
    files: tuple[str, ...]
    results: tuple[ListedResult, ...]


@dataclass(frozen=True, slots=True)
class ListedPull:
    """A pull request as it stands in a list."""

    number: int
    status: str
    author: str


@dataclass(frozen=True, slots=True)
class NewPull:
    """A pull request that was just opened, and its commit."""

    number: int
    commit: str


@dataclass(frozen=True, slots=True)
class Pull:
    """A pull request in full.

    `commits` are (id, author's name) and `comments` (author's name, text) without the description, oldest first;
    `description_id` is for edits; `closed_by` is who closed it last; `diff` is what it changes, where the Hub says it.
    """

    number: int
    status: str
    title: str
    description: str
    description_id: str
    commits: tuple[tuple[str, str], ...]
    comments: tuple[tuple[str, str], ...] = ()
    closed_by: str | None = None
    conflicts: bool = False
    diff: str | None = None


@dataclass(frozen=True, slots=True)
class Author:
    """Who wrote a comment, as the Hub says when it is read.

    `is_owner` is the user whom the repo belongs to, `is_member` a member of the organisation that it belongs to, and
    `is_app` an OAuth app that wrote in the user's name.
    """

    id: str
    name: str
    is_owner: bool = False
    is_member: bool = False
    is_app: bool = False


@dataclass(frozen=True, slots=True)
class Comment:
    """A comment as it is now; `author` is None for an account that was deleted, `text` empty for a hidden comment."""

    id: str
    author: Author | None
    created_at: datetime
    text: str
    edited: bool = False
    hidden: bool = False


@dataclass(frozen=True, slots=True)
class Discussion:
    """A discussion or pull request as a conversation. The first comment is its description.

    `status` is draft, open, closed or merged. Who comments in a `locked` one is refused.
    """

    number: int
    title: str
    status: str
    is_pull: bool
    locked: bool
    comments: tuple[Comment, ...]
