"""Benchmarks that people ask to leave out, kept where they can see it: in a pull request of ours, or in the repo.

What is ignored stands in the marker of our newest pull request, from where each later one takes it over. Where there is
none, people write it into `.scorekeeper.yaml`; what that file says, only they can take back.
"""

from dataclasses import dataclass, replace

import yaml

from bot import words
from bot.claims import Marker, read_marker
from bot.hub import Hub
from bot.repo_config import PATH, ConfigError, parse
from evaluators.yaml_text import CannotEdit, Layout, pair, scalar, splice

KEY = "ignore"


@dataclass(frozen=True, slots=True)
class Ignored:
    """What came of it: `pull` is our pull request that tells it now, None where there is none.

    `config` is the whole text of `.scorekeeper.yaml` that people have to commit, None where that is not needed;
    `problem` says in one sentence why it would be needed and cannot be given.
    """

    pull: int | None
    config: str | None = None
    problem: str | None = None


def with_ignored(marker: Marker, dataset: str, *, add: bool) -> Marker:
    """The marker with a benchmark data set among those left out, or (`add` False) without it."""
    others = tuple(one for one in marker.ignored if one.lower() != dataset.lower())
    if add and len(others) < len(marker.ignored):
        return marker
    return replace(marker, ignored=(*others, dataset) if add else others)


def keep_ignored(hub: Hub, repo: str, dataset: str, *, add: bool) -> Ignored:
    """Keep that a benchmark is to be left out, or no longer. Inside the repo's lock; a look should follow.

    May be repeated: what is kept already is not written again.

    Requests: one for the list of our pull requests (and one for our name, once), one for each that is read, which is
    the newest unless it was made by hand, and one to edit its description. Where there is none, or to take something
    back, one to look for `.scorekeeper.yaml` and one to read it.

    Raises:
        HubError: The Hub did not do it.
    """
    number = _in_newest_pull(hub, repo, dataset, add=add)
    if add and number is not None:
        return Ignored(number)
    text = hub.text(repo, PATH, "main") if PATH in hub.paths(repo, [PATH]) else ""
    try:
        edited = config_with_ignored(text, dataset, add=add)
    except (CannotEdit, ConfigError) as error:
        return Ignored(number, problem=str(error))
    return Ignored(number, edited if edited != text else None)


def _in_newest_pull(hub: Hub, repo: str, dataset: str, *, add: bool) -> int | None:
    for one in sorted(hub.pulls_of(repo, hub.me().name), key=lambda one: one.number, reverse=True):
        pull = hub.pull(repo, one.number)
        marker = read_marker(pull.description)
        if marker is not None:
            changed = with_ignored(marker, dataset, add=add)
            if changed != marker:
                hub.describe_pull(repo, pull, words.with_marker(pull.description, changed))
            return one.number
    return None


def config_with_ignored(text: str, dataset: str, *, add: bool) -> str:
    """`.scorekeeper.yaml` with a data set in its list `ignore`, or without it; everything else in it stays.

    Raises:
        ConfigError: The file has a mistake.
        CannotEdit: It is laid out so that the list has to be changed by hand.
    """
    before = parse(text)
    if add is (dataset.lower() in {one.lower() for one in before.ignore}):
        return text
    layout = Layout.of(text)
    found = pair(layout.root, KEY)
    if found is None:
        edited = layout.insert_line(layout.last_line_end(), f"{KEY}: [{scalar(dataset)}]")
    elif add:
        edited = _added(layout, found[1], scalar(dataset))
    else:
        edited = _removed(layout, *found, dataset.lower())
    expected = tuple(one for one in before.ignore if one.lower() != dataset.lower())
    expected = (*expected, dataset) if add else expected
    try:
        after = parse(edited)
    except ConfigError as error:
        raise _by_hand() from error
    if after != before.model_copy(update={"ignore": expected}):
        raise _by_hand()
    return edited


def _added(layout: Layout, listed: yaml.Node, item: str) -> str:
    if not isinstance(listed, yaml.SequenceNode):
        raise _by_hand()
    if not listed.value:
        return splice(layout.text, listed.start_mark.index, listed.end_mark.index, f"[{item}]")
    if listed.flow_style:
        end = listed.value[-1].end_mark.index
        return splice(layout.text, end, end, f", {item}")
    return layout.insert_line(layout.content_end(listed), f"{' ' * listed.start_mark.column}- {item}")


def _removed(layout: Layout, key: yaml.Node, listed: yaml.Node, name: str) -> str:
    if not isinstance(listed, yaml.SequenceNode):
        raise _by_hand()
    items = listed.value
    places = [number for number, one in enumerate(items) if str(one.value).lower() == name]
    if len(places) == len(items):
        return layout.without_lines(layout.line_start(key.start_mark.index), layout.content_end(listed))
    if len(places) > 1:
        raise _by_hand()
    at = places[0]
    if not listed.flow_style:
        start = layout.line_start(layout.dashes(listed)[at])
        return layout.without_lines(start, layout.line_end(items[at].end_mark.index))
    if at == 0:
        return splice(layout.text, items[0].start_mark.index, items[1].start_mark.index, "")
    return splice(layout.text, items[at - 1].end_mark.index, items[at].end_mark.index, "")


def _by_hand() -> CannotEdit:
    return CannotEdit(f"The list {KEY} of {PATH} is laid out in an unusual way: change it by hand.")
