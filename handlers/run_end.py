"""What follows from the end of a run: its record is kept, its numbers are proposed, and people are told, once.

Requests to the Hub: those of `bot.runs_publish.Publisher.publish`, one to read the discussion, one for the comment with
the result and one for the last edit of the answer. Each is found again before it is made a second time.
"""

import json
import logging
from collections.abc import Iterable, Sequence

from bot import words_results, words_runs
from bot.asked_run_values import AskedRun, RunStage
from bot.evaluations import Evaluations
from bot.hub_errors import HubConflict, HubDenied, HubError, HubGone, HubRefused, HubUnavailable
from bot.hub_values import Comment
from bot.own_pulls import OPEN, OwnPulls
from bot.run_advice import Advice, advice
from bot.runs import Where
from bot.runs_publish import Fate, Number, Published
from bot.settings import Write
from bot.words_parts import Place
from evaluators.runs import result as results
from evaluators.runs.flavors import current
from evaluators.runs.launcher import LaunchError, NotAnsweredError, Submitted
from evaluators.runs.result import RunResult

logger = logging.getLogger(__name__)

LOST = "The place where it ran does not know it any more, so what it came to is lost: ask again."
# What a run was when its answer was last edited. What is about to be started is not worth an edit.
_SHOWN = {RunStage.QUEUED, RunStage.RUNNING, *(one for one in RunStage if one.over)}


def end(evaluations: Evaluations, repo: str, run: AskedRun, *, is_gone: bool) -> AskedRun:
    """Publish and tell what came of a run that is over.

    Raises:
        HubUnavailable: Try again later.
        HubConflict: The repo changed in between: try again at once.
    """
    if not is_gone and evaluations.context.write is not Write.OFF:
        published = _publish(evaluations, repo, run)
        if published is not None:
            run = evaluations.runs.set(run.id, expect=[run.stage], published=published.json) or run
        try:
            run = _told(evaluations, repo, run, published)
        except (HubGone, HubDenied, HubRefused) as error:
            # The discussion is locked, hidden or gone: there is nobody to tell.
            logger.warning("the end of run %s could not be told: %s", run.id, error)
        run = show(evaluations, repo, run)
    return evaluations.runs.set(run.id, expect=[run.stage], told=True) or run


def show(evaluations: Evaluations, repo: str, run: AskedRun) -> AskedRun:
    """Bring the state in our answer up to date, if it tells of another one. Two requests, or none.

    Where the Hub refuses, as it does in a discussion that was locked, it stays as it is.
    """
    word = run.stage.value
    if run.stage not in _SHOWN or run.answer_id is None or run.shown == word or evaluations.context.write is Write.OFF:
        return run
    try:
        edits = run.edits + _edited(evaluations, repo, run, run.answer_id)
    except (HubGone, HubDenied, HubRefused) as error:
        logger.warning("the answer that tells of run %s could not be edited: %s", run.id, error)
        edits = run.edits
    return evaluations.runs.set(run.id, expect=[run.stage], shown=word, edits=edits) or run


def _edited(evaluations: Evaluations, repo: str, run: AskedRun, answer_id: str) -> bool:
    hub, number = evaluations.context.hub, run.request.discussion
    answer = next((one for one in hub.discussion(repo, number).comments if one.id == answer_id), None)
    text = words_runs.with_state(answer.text, run, evaluations.place(repo)) if answer and not answer.hidden else None
    if answer is None or text is None or text == answer.text:
        return False
    hub.edit_comment(repo, number, answer_id, text)
    return True


def _publish(evaluations: Evaluations, repo: str, run: AskedRun) -> Published | None:
    """Keep the record and propose the numbers; once more, it changes nothing. Whether they may be filed, it judges."""
    if run.result is None:
        return None
    context, request = evaluations.context, run.request
    # Our pull request changes, which the next look must not take for what it left there.
    context.records.unsettled(request.repo_id)
    try:
        published = evaluations.publisher.publish(request.spec, _result(run), _log(evaluations, run), repo)
    except (HubUnavailable, HubConflict):
        raise
    except HubError as error:
        logger.warning("run %s could not be published: %s", run.id, error)
        return _unpublished(_result(run), str(error))
    if published.pull is not None:
        pulls = OwnPulls(context.records)
        pulls.keep(request.repo_id, {**pulls.statuses(request.repo_id), published.pull: OPEN})
    return published


def _unpublished(result: RunResult, why: str) -> Published:
    numbers = [Number(one.task, one.metric, one.value, Fate.KEPT, why) for one in result.tasks if one.headline]
    return Published(tuple(numbers), why)


def _result(run: AskedRun) -> RunResult:
    return results.parse(json.dumps(run.result))


def _log(evaluations: Evaluations, run: AskedRun) -> Iterable[str]:
    """What the run printed, as far as its place still has it."""
    seen = Submitted(run.place_id or "", run.request.spec.id, run.nonce, run.url)
    try:
        return list(evaluations.launchers(Where(run.request.launcher)).logs(seen))
    except NotAnsweredError:
        raise
    except LaunchError as error:
        return [f"The log is lost: {error}"]


def _told(evaluations: Evaluations, repo: str, run: AskedRun, published: Published | None) -> AskedRun:
    """Say what came of it, once. Who cancelled a run knows it; of what nobody approved, the answer tells enough."""
    unapproved = run.stage is RunStage.EXPIRED and run.request.needs_approval and run.approved_by is None
    if run.result_id is not None or run.stage is RunStage.CANCELLED or unapproved:
        return run
    hub, number = evaluations.context.hub, run.request.discussion
    discussion = hub.discussion(repo, number)
    said = _found(discussion.comments, run, hub.me().id)
    if said is None and not discussion.locked:
        said = hub.comment(repo, number, _text(evaluations.place(repo), run, published))
    return evaluations.runs.set(run.id, expect=[run.stage], result_id=said) or run


def _text(place: Place, run: AskedRun, published: Published | None) -> str:
    """The comment with the result, or with the cause and what to try."""
    if published is None:
        return words_results.failure(run, Advice(run.cause or "It ended."), place)
    result = _result(run)
    if result.error is None:
        return words_results.result(run, result, published, place)
    found = Advice(LOST) if run.stage is RunStage.EXPIRED else advice(result.error.kind, run.request, current(()))
    return words_results.failure(run, found, place, published.log_url)


def _found(comments: Sequence[Comment], run: AskedRun, me: str) -> str | None:
    """Our comment that tells of this run, if it is there already.

    Only what follows the request counts: numbers of runs begin anew when the database is lost.
    """
    asked = next((place for place, one in enumerate(comments) if one.id == run.request.comment_id), 0)
    ours = [one for one in comments[asked:] if one.author is not None and one.author.id == me]
    return next((one.id for one in ours if words_results.read_result(one.text) == run.id), None)
