"""Somebody commented: the discussion is read, and every command in it that has no answer yet gets one.

Level-triggered, like a look: it reads the whole discussion, so a delivery may be lost, late or doubled. What was
answered is known by the marker in our own comments, and from our tables. Edited and hidden comments start nothing: who
edited them need not be who wrote them. Neither do those that are older than a day: whoever wrote them waits no more.
Requests to the Hub: one where there is no command; otherwise one for the discussion, one for the repo, one for its
`.scorekeeper.yaml` if it has one, what each command needs (`handlers.answer`), and one for each answer.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from bot import words_runs
from bot.commands import Cancel, Said, commands, vocabulary
from bot.evaluations import Evaluations
from bot.hub_errors import HubConflict, HubDenied, HubGone, HubRefused
from bot.hub_values import Author, Comment, Discussion
from bot.records import GONE, Look, NextRun, Repo
from bot.repo_config import PATH as CONFIG
from bot.repo_config import ConfigError, RepoConfig, parse
from bot.settings import Write
from bot.trust import Role, role
from handlers.answer import Answering

STALE = timedelta(days=1)
# So many comments with commands of one stranger are answered in a day.
ANSWERS_TO_STRANGERS = 5


@dataclass(frozen=True, slots=True)
class Asked:
    """A comment with commands that has no answer."""

    comment: Comment
    author: Author
    role: Role
    said: tuple[Said, ...]


def commented(evaluations: Evaluations, arguments: Mapping[str, Any]) -> Look:
    """Answer what was asked in a discussion.

    Raises:
        HubUnavailable: Try again later.
        HubConflict: The repo changed in between: try again at once.
    """
    context, repo_id, number = evaluations.context, arguments["repo_id"], arguments["number"]
    repo = context.records.repo(repo_id)
    if repo is None or repo.state == GONE or not context.watch.covers(repo.name):
        return Look(repo_id, "not_watched", "The repo is not watched, or gone.")
    if context.write is Write.OFF:
        return Look(repo_id, "silent", "Nothing is said while SCOREKEEPER_WRITE is off.")
    runs: list[int] = []
    try:
        discussion = context.hub.discussion(repo.name, number)
        runs += _recognised(evaluations, repo, discussion)
        asked = list(_asked(evaluations, discussion))
        if not asked:
            detail = f"Discussion {number} holds no command without an answer."
            return Look(repo_id, "no_command", detail, then=_steps(runs))
        config = _config(evaluations, repo)
        if config is None or not config.enabled:
            # What runs and costs can be ended all the same.
            asked = [one for one in asked if all(isinstance(said.command, Cancel) for said in one.said)]
            if not asked:
                detail = f"{CONFIG} turns the bot off, or has a mistake."
                return Look(repo_id, "disabled", detail, then=_steps(runs))
            config = RepoConfig()
        for one in asked:
            # Counted anew for each, as they may all have come at once.
            if not _is_too_much(evaluations, one):
                runs += _answer(evaluations, repo, config, discussion, one)
    except (HubGone, HubDenied) as error:
        return Look(repo_id, "not_for_us", str(error), then=_steps(runs))
    detail = f"Discussion {number}: {len(asked)} comments with commands."
    return Look(repo_id, "answered", detail, then=_steps(runs))


def _steps(runs: Iterable[int]) -> tuple[NextRun, ...]:
    return tuple(NextRun(run) for run in dict.fromkeys(runs))


def _asked(evaluations: Evaluations, discussion: Discussion) -> Iterator[Asked]:
    if discussion.locked:
        return
    settings, now = evaluations.settings, datetime.now(UTC)
    me, words = evaluations.context.hub.me().id, vocabulary(evaluations.context.catalog)
    for comment in discussion.comments:
        if comment.author is None or comment.edited or comment.hidden or now - comment.created_at > STALE:
            continue
        who = role(comment.author, me=me, operators=settings.operators, allowed=settings.allowed, bots=settings.bots)
        said = commands(comment.text, words) if who is not Role.BOT else ()
        if not said or evaluations.runs.is_answered(comment.id):
            continue
        yield Asked(comment, comment.author, who, said)


def _is_too_much(evaluations: Evaluations, asked: Asked) -> bool:
    """Whether a stranger has had as many answers on this day as a stranger gets."""
    return asked.role is Role.STRANGER and evaluations.runs.answers_today(asked.author.id) >= ANSWERS_TO_STRANGERS


def _recognised(evaluations: Evaluations, repo: Repo, discussion: Discussion) -> list[int]:
    """Take note of answers of ours that we know nothing of: we were stopped in between, or have lost our tables.

    Returns the runs that they tell of, whose next step nobody has queued.
    """
    me, found = evaluations.context.hub.me().id, []
    authors = {one.id: one.author.id for one in discussion.comments if one.author is not None}
    for comment in discussion.comments:
        if comment.author is not None and comment.author.id == me:
            for asked in words_runs.read_answers(comment.text):
                if not evaluations.runs.is_answered(asked):
                    _answered(evaluations, repo, discussion, asked, authors.get(asked, ""), comment.id)
                    found += [run.id for run in evaluations.runs.of_comment(asked)]
    return found


def _answered(
    evaluations: Evaluations, repo: Repo, discussion: Discussion, asked: str, author: str, answer: str | None
) -> None:
    runs = evaluations.runs
    for run in runs.of_comment(asked):
        runs.set(run.id, expect=[run.stage], answer_id=answer, shown=run.stage.value)
    runs.answered(asked, repo.id, discussion.number, author, answer)


def _config(evaluations: Evaluations, repo: Repo) -> RepoConfig | None:
    """What the repo asks for, read anew; None where that cannot be understood.

    Raises:
        HubConflict: The repo has another name now.
    """
    hub = evaluations.context.hub
    state = hub.repo(repo.name)
    if state.id != repo.id:
        raise HubGone(f"Another repo has the name {repo.name} now.")
    if state.name != repo.name:
        evaluations.context.records.rename(repo.id, state.name)
        raise HubConflict(f"{repo.name} is {state.name} now.")
    try:
        return parse(hub.text(state.name, CONFIG, state.sha) if CONFIG in state.files else "")
    except ConfigError:
        return None


def _answer(
    evaluations: Evaluations, repo: Repo, config: RepoConfig, discussion: Discussion, asked: Asked
) -> list[int]:
    """Carry the commands of one comment out and say so in one comment. Returns the runs that have a next step."""
    answering = Answering(evaluations, repo, config, discussion.number, asked.comment.id, asked.author.id, asked.role)
    parts = [part for one in asked.said if (part := _part(answering, one)) is not None]
    answer = None
    if parts:
        text = words_runs.answer(asked.comment.id, parts)
        try:
            answer = evaluations.context.hub.comment(repo.name, discussion.number, text)
        except (HubGone, HubDenied, HubRefused):
            # What nobody can be told of is not paid for.
            for run in evaluations.runs.of_comment(asked.comment.id):
                evaluations.runs.ask_cancel(run.id)
            raise
    _answered(evaluations, repo, discussion, asked.comment.id, asked.author.id, answer)
    return answering.runs


def _part(answering: Answering, said: Said) -> str | None:
    """What is to be said of one command. Where the Hub refuses one, the others have their answer all the same."""
    try:
        return answering.part(said)
    except (HubGone, HubDenied, HubRefused) as error:
        return words_runs.refused([str(error)])
