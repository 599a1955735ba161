"""What the Hub says at the end about a repo, and all that happened in the bot's pull requests there.

Read by plain requests and parsed here once more: what the bot wrote is judged without the bot's own code.
"""

import json
import re
from dataclasses import dataclass, field
from typing import Any

from tests.chaos.hub_client import OPEN, HubClient
from tests.chaos.people import RESULTS
from tests.chaos.town import BOT

Claims = frozenset[tuple[str, float]]
_MARKER = re.compile(r"<!--\s*scorekeeper:1\s+(.*?)\s*-->", re.DOTALL)


@dataclass(frozen=True)
class Result:
    """An entry of a result file: what the Hub shows of it."""

    dataset: str
    value: float
    source: str | None


@dataclass(frozen=True)
class OwnPull:
    """A pull request of the bot. `events` are the Hub's, oldest first; `marker` is None where there is none."""

    number: int
    status: str
    events: tuple[dict[str, Any], ...]
    results: frozenset[tuple[str, float]]

    @property
    def open(self) -> bool:
        """Whether it is open."""
        return self.status in OPEN

    @property
    def versions(self) -> list[tuple[str, Claims]]:
        """What its marker said, and since when, oldest first."""
        return [(one["updatedAt"], claims(one["raw"])) for one in self.events[0]["data"]["history"]]

    @property
    def claims(self) -> Claims:
        """What its marker says."""
        return self.versions[-1][1]

    @property
    def foreign(self) -> bool:
        """Whether somebody else committed to it."""
        return any(one["type"] == "commit" and author(one) != BOT for one in self.events)

    def declined(self) -> tuple[Claims, Claims]:
        """What people declined by closing it: for certain, and at most.

        The two differ only where the bot was about to change the description when somebody closed it: then either text
        may be what was declined.
        """
        closing = None
        for event in self.events:
            if event["type"] == "status-change":
                status = event["data"]["status"]
                # Closing what is closed changes nothing.
                closing = (closing or event) if status == "closed" else None
        if self.status != "closed" or closing is None or author(closing) == BOT:
            return frozenset(), frozenset()
        at = closing["createdAt"]
        before = [said for since, said in self.versions if since < at]
        after = [said for since, said in self.versions if since >= at]
        said = [*before[-1:], *after]
        return frozenset.intersection(*said), frozenset.union(*said)


@dataclass(frozen=True)
class RepoRecord:
    """A repo as it stands: results on main, those in strangers' open pull requests, and the bot's pull requests."""

    name: str
    main: tuple[Result, ...]
    others: dict[int, tuple[Result, ...]]
    own: tuple[OwnPull, ...]
    raw: Any = field(repr=False, compare=False)

    @property
    def open(self) -> list[OwnPull]:
        """The bot's open pull requests, oldest first."""
        return [one for one in self.own if one.open]


def author(event: dict[str, Any]) -> str:
    """Who did it."""
    return str(event["author"]["name"])


def claims(description: str) -> Claims:
    """What the marker in a description claims: dataset and value.

    Raises:
        AssertionError: There is no marker, or more than one.
    """
    found = _MARKER.findall(description)
    assert len(found) == 1, f"{len(found)} markers"
    return frozenset((one["dataset"], float(one["value"])) for one in json.loads(found[0])["claims"])


def read(hub: HubClient, name: str) -> RepoRecord:
    """Read it all."""
    info = hub.call("GET", f"/api/models/{name}", params={"expand": ["sha", "evalResults"]})
    main: list[Result] = []
    pulls: dict[int, list[Result]] = {}
    for row in info.get("evalResults") or ():
        data = row["data"]
        result = Result(data["dataset"]["id"], float(data["value"]), (data.get("source") or {}).get("name"))
        (main if row.get("pullRequest") is None else pulls.setdefault(row["pullRequest"], [])).append(result)
    listed = hub.pulls(name)
    details = {one["num"]: hub.discussion(name, one["num"]) for one in listed}
    own = [
        OwnPull(
            number,
            one["status"],
            tuple(one["events"]),
            frozenset((result.dataset, result.value) for result in pulls.get(number, ())),
        )
        for number, one in details.items()
        if one["author"]["name"] == BOT
    ]
    numbers = {one.number for one in own}
    others = {number: tuple(found) for number, found in pulls.items() if number not in numbers}
    return RepoRecord(info["id"], tuple(main), others, tuple(own), [info["sha"], details])


def result_paths(hub: HubClient, name: str) -> dict[str, str]:
    """The result files on main: path to text."""
    return {path: hub.text(name, path) for path in hub.files(name, RESULTS)}
