"""The repo's side of a look: what it holds, what is in its pull requests, and what people said about ours."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from bot.claims import Claim, Key, read_marker
from bot.hub import Hub, Pull, RepoState
from bot.proposal import OPEN, WITHDRAWN, MainFile, OtherClaim, OwnPull, Present
from evaluators.catalog import Catalog
from evaluators.results import ResultEntry, ResultsFileError, is_results_file, parse, parse_entry

MAX_PULLS_READ = 20


@dataclass(frozen=True, slots=True)
class Survey:
    """What is present, and our own pull requests in full, by number."""

    present: Present
    pulls: Mapping[int, Pull]


def survey(hub: Hub, state: RepoState, wanted: frozenset[Key], catalog: Catalog) -> Survey:
    """Read what a decision needs to know, and no more.

    Requests: one for each result file on main, one for the list of our pull requests (and one for our name, once),
    two for an open one of ours, one for each closed one if anything is wanted, and one for each merged one if main
    says something about what is wanted.
    """
    main = tuple(_main_file(hub, state, path, catalog) for path in state.files if is_results_file(path))
    me = hub.me().name
    listed = hub.pulls_of(state.name, me)
    said = {key for file in main for key, _ in file.entries}
    statuses = OPEN | ({"closed"} if wanted else set()) | ({"merged"} if said & wanted else set())
    own, pulls = [], {}
    for one in [one for one in listed if one.status in statuses][:MAX_PULLS_READ]:
        pull = hub.pull(state.name, one.number)
        claims = read_marker(pull.description)
        # Without a marker it was made by hand from the bot's account: not ours to touch.
        if claims is not None:
            pulls[one.number] = pull
            own.append(_own(hub, state.name, pull, claims, me))
    numbers = {one.number for one in listed}
    others = tuple(
        OtherClaim(row.pull, key, entry.value)
        for row in state.results
        if row.pull is not None and row.pull not in numbers
        for key, entry in _entries(row.data, catalog)
    )
    return Survey(Present(main, others, tuple(own)), pulls)


def _own(hub: Hub, repo: str, pull: Pull, claims: tuple[Claim, ...], me: str) -> OwnPull:
    if pull.status not in OPEN:
        # What we closed ourselves, because its scores had left the card, nobody declined.
        withdrawn = pull.status == "closed" and pull.closed_by == me
        return OwnPull(pull.number, WITHDRAWN if withdrawn else pull.status, claims)
    foreign = any(author != me for _, author in pull.commits)
    head = pull.commits[-1][0] if pull.commits else None
    files = {} if foreign or head is None else hub.results_at(repo, head)
    return OwnPull(pull.number, pull.status, claims, foreign, head, files)


def _main_file(hub: Hub, state: RepoState, path: str, catalog: Catalog) -> MainFile:
    text = hub.text(state.name, path, state.sha)
    try:
        entries = parse(text)
    except ResultsFileError as error:
        return MainFile(path, text, problem=str(error))
    return MainFile(path, text, tuple((_key(entry, catalog), entry) for entry in entries))


def _entries(data: Mapping[str, Any], catalog: Catalog) -> list[tuple[Key, ResultEntry]]:
    try:
        entry = parse_entry(data)
    except ResultsFileError:
        return []
    return [(_key(entry, catalog), entry)]


def _key(entry: ResultEntry, catalog: Catalog) -> Key:
    """What an entry is about, whichever spelling of the task it uses.

    Notes that name no known variant are read as the default set-up: better one proposal too few than a double.
    """
    benchmark, task = catalog.benchmark(entry.dataset), catalog.task(entry.dataset, entry.task)
    if benchmark is None or task is None:
        return Key(entry.dataset, entry.task, entry.variant)
    variant = catalog.variant(entry.dataset, entry.task, entry.notes)
    return Key(benchmark.dataset, task.id, variant if variant in {one.id for one in task.variants} else "")
