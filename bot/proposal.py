"""The heart: what the card says, against what the repo holds and what people have already said about it.

Pure functions over values. `decide` takes what is wanted and what is present and answers with the one thing to do.
"""

import hashlib
import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from bot.claims import Claim, Key
from evaluators.results import Number, ResultEntry, file_name, render

OPEN = frozenset({"open", "draft"})
WITHDRAWN = "withdrawn"


@dataclass(frozen=True, slots=True)
class Evidence:
    """Where in the card a value stands; the pull request shows it."""

    benchmark: str
    printed: str
    table: int
    row: int
    column: int
    line: int
    row_label: str
    column_label: str


@dataclass(frozen=True, slots=True)
class Wanted:
    """A claim that should be in the repo, with what its result entry says beside the value."""

    claim: Claim
    notes: str | None
    source_url: str
    source_name: str
    evidence: Evidence


@dataclass(frozen=True, slots=True)
class MainFile:
    """A result file on the main branch, with what each of its entries is about; `problem` says why it is invalid."""

    path: str
    text: str
    entries: tuple[tuple[Key, ResultEntry], ...] = ()
    problem: str | None = None

    def at(self, key: Key) -> list[ResultEntry]:
        """The entries about this key."""
        return [entry for own_key, entry in self.entries if own_key == key]


@dataclass(frozen=True, slots=True)
class OtherClaim:
    """A value in somebody else's open pull request."""

    number: int
    key: Key
    value: Number


@dataclass(frozen=True, slots=True)
class OwnPull:
    """A pull request of the bot, known by its author and its marker.

    `status` is the Hub's (open, draft, closed, merged), or withdrawn where we closed it ourselves.
    `files` (path to git blob id, of the results folder at its head) and `head` are only read for an open one.
    `foreign` says that somebody else committed to it.
    """

    number: int
    status: str
    claims: tuple[Claim, ...]
    foreign: bool = False
    head: str | None = None
    files: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Present:
    """What the repo holds and what people have said."""

    main: tuple[MainFile, ...] = ()
    others: tuple[OtherClaim, ...] = ()
    own: tuple[OwnPull, ...] = ()


class Standing(StrEnum):
    """How a wanted claim stands towards what is present."""

    PROPOSED = "proposed"
    ON_MAIN = "on_main"
    CONFLICT_ON_MAIN = "conflict_on_main"
    IN_OTHER_PULL = "in_other_pull"
    CONFLICT_IN_OTHER_PULL = "conflict_in_other_pull"
    DECLINED = "declined"


@dataclass(frozen=True, slots=True)
class Finding:
    """How one wanted claim stands; `number` is the pull request in question, `value` the one that is there."""

    wanted: Wanted
    standing: Standing
    number: int | None = None
    value: Number | None = None


class Why(StrEnum):
    """Why a look ends without a change."""

    NOTHING_WANTED = "nothing_wanted"
    NOTHING_NEW = "nothing_new"
    CURRENT = "current"
    HANDS_OFF = "hands_off"


@dataclass(frozen=True, slots=True)
class Create:
    """Open the pull request: `files` is path to text."""

    files: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Update:
    """Bring the pull request up to date: one commit with `files` and without `gone`, then its description.

    Both may be empty: then only the description lags behind, as after a crash between the two.
    """

    pull: OwnPull
    files: Mapping[str, str]
    gone: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Close:
    """Close the pull request: nothing of it is wanted any more."""

    pull: OwnPull


@dataclass(frozen=True, slots=True)
class Leave:
    """Do nothing."""

    why: Why
    pull: OwnPull | None = None


Action = Create | Update | Close | Leave


@dataclass(frozen=True, slots=True)
class Decision:
    """The one thing to do, and how each wanted claim stands."""

    action: Action
    findings: tuple[Finding, ...]

    @property
    def proposed(self) -> tuple[Wanted, ...]:
        """What the pull request says after the action."""
        return tuple(f.wanted for f in self.findings if f.standing is Standing.PROPOSED)


def decide(wanted: Iterable[Wanted], present: Present) -> Decision:
    """Compare what is wanted with what is present.

    At most one open pull request: the oldest open one of ours is the one. An entry that somebody else wrote is never
    changed, a claim that was declined is never made again, and a pull request that somebody else committed to is left.
    """
    own = [pull for pull in sorted(present.own, key=lambda pull: pull.number) if pull.status in OPEN]
    pull = own[0] if own else None
    findings = tuple(_finding(one, present) for one in sorted(wanted, key=lambda one: one.claim))
    action = _action(pull, tuple(f.wanted for f in findings if f.standing is Standing.PROPOSED), findings, present)
    return Decision(action, findings)


def _action(
    pull: OwnPull | None, proposed: tuple[Wanted, ...], findings: tuple[Finding, ...], present: Present
) -> Action:
    if pull is not None and pull.foreign:
        return Leave(Why.HANDS_OFF, pull)
    if not proposed:
        if pull is not None:
            return Close(pull)
        return Leave(Why.NOTHING_NEW if findings else Why.NOTHING_WANTED)
    files = _files(proposed, present)
    if pull is None:
        return Create(files)
    return _update(pull, proposed, files, present)


def _update(pull: OwnPull, proposed: tuple[Wanted, ...], files: Mapping[str, str], present: Present) -> Action:
    on_main = {file.path: file.text for file in present.main}
    changed = {path: text for path, text in files.items() if pull.files.get(path) != blob_id(text)}
    stale = pull.files.keys() - files.keys()
    gone = tuple(sorted(path for path in stale if path not in on_main))
    back = {path: on_main[path] for path in stale if path in on_main and pull.files[path] != blob_id(on_main[path])}
    if not changed and not gone and not back and set(pull.claims) == {one.claim for one in proposed}:
        return Leave(Why.CURRENT, pull)
    return Update(pull, changed | back, gone)


def _finding(wanted: Wanted, present: Present) -> Finding:
    claim = wanted.claim
    there = [(file, entry) for file in present.main for entry in file.at(claim.key)]
    if any(same(entry.value, claim.value) for _, entry in there):
        return Finding(wanted, Standing.ON_MAIN, value=claim.value)
    for file, entry in there:
        if not _is_ours(file, entry, claim, present.own):
            return Finding(wanted, Standing.CONFLICT_ON_MAIN, value=entry.value)
    for other in present.others:
        if other.key == claim.key:
            standing = Standing.IN_OTHER_PULL if same(other.value, claim.value) else Standing.CONFLICT_IN_OTHER_PULL
            return Finding(wanted, standing, other.number, other.value)
    for pull in present.own:
        if pull.status == "closed" and any(_same_claim(declined, claim) for declined in pull.claims):
            return Finding(wanted, Standing.DECLINED, pull.number)
    return Finding(wanted, Standing.PROPOSED)


def _is_ours(file: MainFile, entry: ResultEntry, claim: Claim, own: Iterable[OwnPull]) -> bool:
    """Whether a file on main came from a merged pull request of ours and is byte for byte what that wrote."""
    said = Claim(claim.dataset, claim.task, claim.variant, entry.value, claim.source)
    return file.text == render([entry]) and any(
        pull.status == "merged" and any(_same_claim(merged, said) for merged in pull.claims) for pull in own
    )


def _files(proposed: Iterable[Wanted], present: Present) -> dict[str, str]:
    """One file for each claim. A value of ours on main is replaced in its file; otherwise the path is a new one."""
    at = {key: file.path for file in present.main for key, _ in file.entries}
    files: dict[str, str] = {}
    for one in proposed:
        key = one.claim.key
        path = at.get(key) or file_name(
            key.dataset, key.task, key.variant, [*files, *(file.path for file in present.main)]
        )
        files[path] = render([entry(one)])
    return files


def entry(wanted: Wanted) -> ResultEntry:
    """The result entry for a claim. A number read from a card has no date: the card does not say when it was run."""
    return ResultEntry(
        dataset=wanted.claim.dataset,
        task=wanted.claim.task,
        value=wanted.claim.value,
        notes=wanted.notes,
        source_url=wanted.source_url,
        source_name=wanted.source_name,
    )


def same(one: Number, other: Number) -> bool:
    """Whether two values are the same number, whatever was printed: 20.90 and 20.9."""
    return math.isclose(one, other, rel_tol=1e-9, abs_tol=1e-12)


def _same_claim(one: Claim, other: Claim) -> bool:
    return one.key == other.key and one.source is other.source and same(one.value, other.value)


def blob_id(text: str) -> str:
    """The git blob id that a file with this text has, as the Hub lists it."""
    data = text.encode()
    return hashlib.sha1(b"blob %d\0" % len(data) + data, usedforsecurity=False).hexdigest()
