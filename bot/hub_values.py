"""What the Hub's answers become: plain values, so that decisions need no network."""

from collections.abc import Mapping
from dataclasses import dataclass
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
