"""A push to a README: look at the card, compare with what is there, and keep one pull request up to date.

Level-triggered: the look reads the newest state, whatever the delivery said, so it may be repeated at any time.
Requests to the Hub: 1 where the scores are those of the last look; otherwise 5 for a first pull request (card, repo,
list of our pull requests, two for the commit) and 8 for an update (also: the open one, its files, its description),
plus what `bot.survey` says for result files and earlier pull requests.
"""

from collections.abc import Mapping
from typing import Any

from bot import report, words
from bot.context import Context
from bot.hub import HubConflict, HubDenied, HubGone, Pull
from bot.proposal import Close, Create, Decision, Leave, Update, decide
from bot.reading import Reading, read
from bot.records import GONE, Look, Repo
from bot.settings import Write
from bot.survey import survey

UNCHANGED, NO_REPO, NOT_FOR_US, UNREADABLE, TAKEN = "unchanged", "no_repo", "not_for_us", "unreadable", "name_taken"


def look(context: Context, arguments: Mapping[str, Any]) -> Look:
    """Look at one repo and do the one thing that is to be done.

    Raises:
        HubUnavailable: Try again later.
        HubConflict: The repo changed in between: try again at once.
    """
    repo = context.records.repo(arguments["repo_id"])
    if repo is None or repo.state == GONE:
        return Look(arguments["repo_id"], NO_REPO, "The repo is not known, or gone.")
    try:
        return _look(context, repo)
    except HubGone as error:
        return Look(repo.id, NO_REPO, str(error))
    except HubDenied as error:
        return Look(repo.id, NOT_FOR_US, str(error))


def _look(context: Context, repo: Repo) -> Look:
    hub, write = context.hub, context.write
    card = hub.card(repo.name)
    if card.text is None or card.commit is None:
        return Look(repo.id, UNREADABLE, card.problem or "The Hub does not say which commit this is.", card.commit)
    reading = read(card.text, card.commit, repo.name, hub.endpoint, context.catalog)
    fingerprint = reading.fingerprint(write)
    if repo.fingerprint == fingerprint:
        return Look(repo.id, UNCHANGED, "The scores are those of the last look.", card.commit)
    state = hub.repo(repo.name)
    if state.id != repo.id:
        return Look(repo.id, TAKEN, f"Another repo has the name {repo.name} now.", card.commit)
    if state.sha != card.commit:
        raise HubConflict("The repo changed while it was looked at.")
    if state.name != repo.name:
        context.records.rename(repo.id, state.name)
        reading = read(card.text, card.commit, state.name, hub.endpoint, context.catalog)
    surveyed = survey(hub, state, frozenset(one.claim.key for one in reading.wanted), context.catalog)
    decision = decide(reading.wanted, surveyed.present)
    number = None if write is Write.OFF else _act(context, state.name, reading, decision, surveyed.pulls)
    return Look(
        repo_id=repo.id,
        decision=report.word(decision, write),
        detail=card.problem or report.sentence(decision, write, number),
        commit_seen=card.commit,
        report=report.report(state.name, reading, surveyed.present, decision, write, number),
        fingerprint=fingerprint,
    )


def _act(context: Context, repo: str, reading: Reading, decision: Decision, pulls: Mapping[int, Pull]) -> int | None:
    """Carry the decision out. Returns the number of the pull request that it is about."""
    hub = context.hub
    card = words.Card(hub.endpoint, repo, reading.commit)
    text = words.description(card, decision.proposed, report.omissions(reading, decision.findings))
    match decision.action:
        case Create(files=files):
            return hub.open_pull(repo, files, words.title(), text, reading.commit)
        case Update(pull=pull, files=files, gone=gone):
            if files or gone:
                message = words.commit_message(update=True)
                hub.push_to_pull(repo, pull.number, files, gone, message, pull.head or "")
            hub.describe_pull(repo, pulls[pull.number], text)
            return pull.number
        case Close(pull=pull):
            hub.close_pull(repo, pull.number, words.closing_sentence())
            return pull.number
        case Leave(pull=left):
            return left.number if left else None
