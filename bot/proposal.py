"""The heart: what should be in the repo, against what it holds and what people have already said about it.

Pure functions over values. `decide` takes what is wanted and what is present and answers with the one thing to do.
"""

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from bot.claims import PRECEDENCE, SOURCE_NAMES, Claim, Marker, Source
from bot.index import README, stands_in_index, with_index
from bot.present import OPEN, MainFile, OwnPull, Present, PullFile, Wanted, same
from bot.repo_config import Format
from evaluators.results import Number, file_name, render
from evaluators.results_edit import CannotEdit, replace_entry


class Standing(StrEnum):
    """How a wanted claim stands towards what is present."""

    PROPOSED = "proposed"
    ON_MAIN = "on_main"
    CONFLICT_ON_MAIN = "conflict_on_main"
    IN_OTHER_PULL = "in_other_pull"
    CONFLICT_IN_OTHER_PULL = "conflict_in_other_pull"
    DECLINED = "declined"
    IGNORED = "ignored"
    OUTRANKED = "outranked"


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
class Rebuild:
    """The pull request conflicts with main: close it and open another with these files."""

    pull: OwnPull
    files: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Close:
    """Close the pull request: nothing of it is wanted any more."""

    pull: OwnPull


@dataclass(frozen=True, slots=True)
class Push:
    """Commit to main, as the repo asks for. `pull` is an open pull request that is thereby done with."""

    files: Mapping[str, str]
    pull: OwnPull | None = None


@dataclass(frozen=True, slots=True)
class Leave:
    """Do nothing, or at most say once why nothing is done."""

    why: Why
    pull: OwnPull | None = None


Action = Create | Update | Rebuild | Close | Push | Leave


@dataclass(frozen=True, slots=True)
class Decision:
    """The one thing to do, how each wanted claim stands, and what the pull request then carries.

    `kept` are claims of other sources that stay in it; `surplus` are further open pull requests of ours, to be closed.
    """

    action: Action
    findings: tuple[Finding, ...]
    kept: tuple[Claim, ...] = ()
    ignored: tuple[str, ...] = ()
    surplus: tuple[OwnPull, ...] = ()

    @property
    def proposed(self) -> tuple[Wanted, ...]:
        """What the pull request says of the card, and of new runs, after the action."""
        return tuple(f.wanted for f in self.findings if f.standing is Standing.PROPOSED)

    @property
    def marker(self) -> Marker:
        """What the pull request carries after the action."""
        return Marker((*(one.claim for one in self.proposed), *self.kept), self.ignored)


@dataclass(frozen=True, slots=True)
class Terms:
    """What the repo and the operator ask for.

    `ignore` are benchmark datasets that are not wanted; `push` commits to main instead of opening a pull request;
    `formats` is where results are written, `model` what the `model-index` calls the model.
    """

    ignore: tuple[str, ...] = ()
    push: bool = False
    formats: tuple[Format, ...] = (Format.EVAL_RESULTS,)
    model: str = "model"

    @property
    def results(self) -> bool:
        """Whether result files are written."""
        return Format.EVAL_RESULTS in self.formats


def decide(wanted: Iterable[Wanted], present: Present, terms: Terms = Terms()) -> Decision:
    """Compare what the card claims, and runs if any, with what is present.

    At most one open pull request: the oldest open one of ours is the one. An entry that somebody else wrote is never
    changed, a claim that was declined is never made again, and a pull request that somebody else committed to is left.
    """
    own = sorted(present.own, key=lambda pull: pull.number)
    opened = [pull for pull in own if pull.status in OPEN]
    pull = opened[0] if opened else None
    told_to_ignore = own[-1].ignored if own else ()
    ignored = frozenset(name.lower() for name in (*terms.ignore, *told_to_ignore))
    kept = _carried(pull)
    findings: list[Finding] = []
    # Those that are believed first come first, so that the others find them in the pull request.
    for one in sorted(wanted, key=lambda one: (PRECEDENCE.index(one.claim.source), one.claim)):
        stronger = (*kept, *(f.wanted.claim for f in findings if f.standing is Standing.PROPOSED))
        finding = _finding(one, present, pull, ignored, terms, stronger)
        findings.append(finding)
        if finding.standing is Standing.PROPOSED:
            kept = tuple(claim for claim in kept if claim.key != one.claim.key)
    action = _action(pull, tuple(findings), kept, present, terms)
    return Decision(action, tuple(findings), kept, told_to_ignore, tuple(opened[1:]))


def _action(
    pull: OwnPull | None, findings: tuple[Finding, ...], kept: tuple[Claim, ...], present: Present, terms: Terms
) -> Action:
    if pull is not None and pull.foreign:
        return Leave(Why.HANDS_OFF, pull)
    proposed = tuple(f.wanted for f in findings if f.standing is Standing.PROPOSED)
    if not proposed and not kept:
        if pull is not None:
            return Close(pull)
        return Leave(Why.NOTHING_NEW if findings else Why.NOTHING_WANTED)
    files = _files(proposed, present, terms)
    if terms.push and proposed:
        # What other sources proposed stays in its pull request; the card's part of it is done with.
        return Push(files, None if kept else pull)
    if pull is None:
        return Create(files)
    keys = {claim.key for claim in kept}
    staying = {path: file for path, file in pull.files.items() if file.keys and set(file.keys) <= keys}
    if pull.conflicts:
        texts = {path: file.text for path, file in staying.items() if file.text is not None}
        return Rebuild(pull, texts | files)
    return _update(pull, files, staying.keys(), {*(one.claim for one in proposed), *kept}, present)


def _update(
    pull: OwnPull, files: Mapping[str, str], staying: Iterable[str], claims: set[Claim], present: Present
) -> Action:
    on_main = {README: present.readme} | {file.path: file.text for file in present.main}
    changed = {path: text for path, text in files.items() if not _is_blob(pull.files.get(path), text)}
    stale = pull.files.keys() - files.keys() - set(staying)
    gone = tuple(sorted(path for path in stale if path not in on_main and pull.files[path].blob))
    back = {path: on_main[path] for path in stale if path in on_main and not _is_blob(pull.files[path], on_main[path])}
    if not changed and not gone and not back and set(pull.claims) == claims:
        return Leave(Why.CURRENT, pull)
    return Update(pull, changed | back, gone)


def _finding(
    wanted: Wanted,
    present: Present,
    pull: OwnPull | None,
    ignored: frozenset[str],
    terms: Terms,
    stronger: Iterable[Claim],
) -> Finding:
    claim = wanted.claim
    if claim.dataset.lower() in ignored:
        return Finding(wanted, Standing.IGNORED)
    there = [
        (file, number, entry)
        for file in present.main
        for number, (key, entry) in enumerate(file.entries, 1)
        if key == claim.key
    ]
    if any(same(entry.value, claim.value) for _, _, entry in there):
        return Finding(wanted, Standing.ON_MAIN, value=claim.value)
    for file, number, entry in there:
        if len(there) > 1 or _rewritten(file, number, wanted, present.own) is None:
            return Finding(wanted, Standing.CONFLICT_ON_MAIN, value=entry.value)
    if not terms.results and (stands := stands_in_index(present.readme, wanted, terms.model)) is not None:
        return Finding(wanted, Standing.ON_MAIN if stands else Standing.CONFLICT_ON_MAIN)
    for other in present.others:
        # What our open pull request says already is not taken over by one that came later.
        if other.key == claim.key and not (pull and other.number > pull.number and _claims(pull, claim)):
            standing = Standing.IN_OTHER_PULL if same(other.value, claim.value) else Standing.CONFLICT_IN_OTHER_PULL
            return Finding(wanted, standing, other.number, other.value)
    for earlier in present.own:
        # What was merged and is not there was taken out: by a commit before the merge, or after it.
        said_no = earlier.status == "closed" or (earlier.status == "merged" and not there and terms.results)
        if said_no and any(_same_claim(declined, claim) for declined in earlier.claims):
            return Finding(wanted, Standing.DECLINED, earlier.number)
    better = next((one for one in stronger if one.key == claim.key and one.outranks(claim)), None)
    if better is not None:
        return Finding(wanted, Standing.OUTRANKED, value=better.value)
    return Finding(wanted, Standing.PROPOSED)


def _carried(pull: OwnPull | None) -> tuple[Claim, ...]:
    """The claims of other sources in the open pull request."""
    return tuple(claim for claim in pull.claims if claim.source is not Source.CARD) if pull else ()


def _claims(pull: OwnPull, claim: Claim) -> bool:
    return any(one.key == claim.key for one in pull.claims)


def _rewritten(file: MainFile, number: int, wanted: Wanted, own: Iterable[OwnPull]) -> str | None:
    """A file of main with our entry in it saying what is wanted; None where the entry is not ours to change.

    Ours is what a merged pull request of ours claimed, from this source or one that is believed less, as long as it
    still says the same, and what we pushed, as long as nobody touched the file since.
    """
    key, entry = file.entries[number - 1]
    said = (claim for pull in own if pull.status == "merged" for claim in pull.claims)
    ours = file.pushed and entry.source_name == wanted.source_name
    for one in said:
        if one.key == key and same(one.value, entry.value) and not one.outranks(wanted.claim):
            same_source = one.source is wanted.claim.source
            ours = ours or entry.source_name == (wanted.source_name if same_source else SOURCE_NAMES.get(one.source))
    if not ours:
        return None
    try:
        return replace_entry(file.text, number, wanted.entry)
    except CannotEdit:
        return None


def _files(proposed: tuple[Wanted, ...], present: Present, terms: Terms) -> dict[str, str]:
    """The files to write, in the formats that are asked for."""
    files = _result_files(proposed, present) if terms.results else {}
    if Format.MODEL_INDEX in terms.formats:
        # The older format has no place for where a run's log is.
        readme = with_index(present.readme, (one for one in proposed if one.evidence), terms.model)
        if readme != present.readme:
            files[README] = readme
    return files


def _result_files(proposed: Iterable[Wanted], present: Present) -> dict[str, str]:
    """A value of ours on main is replaced in its place; otherwise each claim gets a file."""
    files: dict[str, str] = {}
    main = {file.path: file for file in present.main}
    for one in proposed:
        key = one.claim.key
        found = next(
            ((file, number) for file in main.values() for number, (k, _) in enumerate(file.entries, 1) if k == key),
            None,
        )
        if found is None:
            path = file_name(key.dataset, key.task, key.variant, [*files, *main])
            files[path] = render([one.entry])
            continue
        file, number = found
        # Two of our entries may stand in one file: the second edit goes on where the first left off.
        rewritten = _rewritten(file, number, one, present.own)
        if rewritten is not None:
            files[file.path] = rewritten
            entries = tuple((k, one.entry if k == key else entry) for k, entry in file.entries)
            main[file.path] = MainFile(file.path, rewritten, entries)
    return files


def _same_claim(one: Claim, other: Claim) -> bool:
    return one.key == other.key and one.source is other.source and same(one.value, other.value)


def blob_id(text: str) -> str:
    """The git blob id that a file with this text has."""
    data = text.encode()
    return hashlib.sha1(b"blob %d\0" % len(data) + data, usedforsecurity=False).hexdigest()


def _is_blob(file: PullFile | None, text: str) -> bool:
    return file is not None and bool(file.blob) and blob_id(text).startswith(file.blob)
