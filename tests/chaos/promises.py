"""What the bot promises, whatever happens: checked on what the Hub says, each breach as one sentence."""

from collections.abc import Iterator
from typing import Any

from tests.chaos.hub_client import HubClient
from tests.chaos.people import FOREIGN_SCORE, RESULTS, Place
from tests.chaos.record import OwnPull, RepoRecord, author
from tests.chaos.town import AUTHOR, BOT, STRANGER

_NOTICE = "<!-- scorekeeper:notice "


def breaches(place: Place, record: RepoRecord, hub: HubClient) -> list[str]:
    """All promises that are broken in a repo."""
    return [
        *_one_open(record),
        *_nothing_declined(record),
        *_no_score_of_another(record),
        *(f"#{pull.number}: {what}" for pull in record.own for what in _of_pull(pull, record, hub)),
        *_files_of_people(place, record, hub),
        *_main(record, hub),
    ]


def _one_open(record: RepoRecord) -> Iterator[str]:
    if len(record.open) > 1:
        yield f"{len(record.open)} open pull requests: {[one.number for one in record.open]}"


def _nothing_declined(record: RepoRecord) -> Iterator[str]:
    for pull in record.open:
        for closed in record.own:
            again = pull.claims & closed.declined()[0]
            # What was in it already when an older one was closed is as it was; such a one is not changed by us.
            if again and not pull.foreign:
                yield f"#{pull.number} claims what was declined in #{closed.number}: {sorted(again)}"


def _no_score_of_another(record: RepoRecord) -> Iterator[str]:
    for pull in record.own:
        if any(value == float(FOREIGN_SCORE) for _, said in pull.versions for _, value in said):
            yield f"#{pull.number} claimed a score of another model"


def _of_pull(pull: OwnPull, record: RepoRecord, hub: HubClient) -> Iterator[str]:
    yield from _commits(pull, record, hub)
    yield from _comments(pull)


def _commits(pull: OwnPull, record: RepoRecord, hub: HubClient) -> Iterator[str]:
    """None after somebody else's, none while it is closed, and none that changes nothing."""
    closed = foreign = False
    for event in pull.events:
        if event["type"] == "status-change":
            closed = event["data"]["status"] in {"closed", "merged"}
        elif event["type"] == "commit" and author(event) != BOT:
            foreign = True
        elif event["type"] == "commit":
            if foreign:
                yield "the bot committed after somebody else had"
            if closed:
                yield "the bot committed while it was closed"
    if sum(event["type"] == "commit" and author(event) == BOT for event in pull.events) < 2:
        # The one that it was opened with is what it proposes.
        return
    log = hub.call("GET", f"/api/models/{record.name}/commits/refs%2Fpr%2F{pull.number}", params={"limit": 100})
    folders = [_folder(hub, record, commit["id"]) for commit in log]
    mine = {event["data"]["oid"] for event in pull.events if event["type"] == "commit" and author(event) == BOT}
    for commit, after, before in zip(log, folders, folders[1:], strict=False):
        if commit["id"] in mine and after == before:
            yield f"commit {commit['id'][:7]} of the bot changes nothing"


def _folder(hub: HubClient, record: RepoRecord, sha: str) -> str | None:
    found = hub.call("POST", f"/api/models/{record.name}/paths-info/{sha}", data={"paths": [RESULTS]})
    return str(found[0]["oid"]) if found else None


def _comments(pull: OwnPull) -> Iterator[str]:
    """Each has its cause, and none is said twice."""
    told: set[str] = set()
    closed_by: str | None = None
    foreign = False
    said: dict[str, Any] | None = None
    for event in pull.events[1:]:
        kind, who = event["type"], author(event)
        if kind == "commit" and who != BOT:
            foreign = True
        elif kind == "status-change":
            status = event["data"]["status"]
            if who == BOT and closed_by == BOT and status == "closed":
                yield "closed twice by the bot"
            closed_by = (closed_by or who) if status == "closed" else None
        elif kind == "comment" and who == BOT:
            text = event["data"]["latest"]["raw"]
            notice = text.partition(_NOTICE)[2].partition(" ")[0]
            if notice:
                if notice in told:
                    yield f"the notice {notice} was given twice"
                if notice == "hands-off" and not foreign:
                    yield "a hands-off notice though nobody else committed"
                told.add(notice)
            elif said is not None and said["data"]["latest"]["raw"] == text and not _reopened(pull, said, event):
                yield f"said twice: {text[:60]}"
            elif not text.startswith("Closing this:"):
                yield f"a comment without cause: {text[:60]}"
            said = event


def _reopened(pull: OwnPull, first: dict[str, Any], second: dict[str, Any]) -> bool:
    """Whether somebody opened it again between two events."""
    between = pull.events[pull.events.index(first) : pull.events.index(second)]
    return any(one["type"] == "status-change" and one["data"]["status"] == "open" for one in between)


def _files_of_people(place: Place, record: RepoRecord, hub: HubClient) -> Iterator[str]:
    there = set(hub.files(record.name, RESULTS))
    for path, text in place.files.items():
        if text is None:
            if path in there:
                yield f"{path} is back, though somebody removed it"
        elif path not in there:
            yield f"{path} of somebody else is gone"
        elif hub.text(record.name, path) != text:
            yield f"{path} of somebody else was changed"


def _main(record: RepoRecord, hub: HubClient) -> Iterator[str]:
    log = hub.call("GET", f"/api/models/{record.name}/commits/main", params={"limit": 1000})
    writers = {one["user"] for commit in log for one in commit["authors"]}
    if writers - {AUTHOR, STRANGER}:
        yield f"commits on main by {writers - {AUTHOR, STRANGER}}"
