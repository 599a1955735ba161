"""What the bot answers to commands in comments: one comment for each comment with commands, made of a part for each.

Every text is made from values alone. What others wrote goes through `bot.words.plain`, or stands in a block of code
that it cannot leave; so a marker of ours is only where we put it. What a run came to is told by `bot.words_results`.
"""

import re
import unicodedata
from collections.abc import Iterable, Sequence

from bot.asked_run_values import AskedRun, RunStage
from bot.commands import Mistake
from bot.words import MAX_DESCRIPTION, fitting, plain
from bot.words_parts import Place, code, dollars, duration, moment

MAX_SENTENCE = 500
MAX_ROWS = 10
MAX_LINE = 160
_ID = r"[0-9a-f]{1,64}"
_ANSWER = re.compile(rf"\n<!-- scorekeeper:answer ({_ID}) -->\s*\Z")
_STATE = r"(?m)^State: [^\n]* <!-- scorekeeper:state {} -->$"
LAUNCHERS = {"jobs": "HF Jobs", "github": "GitHub"}
MACHINERY = {"vllm": "vLLM", "hf": "transformers", "provider": "a provider", "openai": "an API"}


def answer(comment_id: str, parts: Sequence[str]) -> str:
    """The one answer to all commands of a comment.

    Raises:
        ValueError: The id is none of the Hub's.
    """
    if not re.fullmatch(_ID, comment_id):
        raise ValueError(f"{comment_id[:80]!r} is no id of a comment")
    foot = f"\n\n<!-- scorekeeper:answer {comment_id} -->"
    return "\n\n".join(fitting(parts, MAX_DESCRIPTION)) + foot


def read_answers(comment: str) -> list[str]:
    """The ids of the comments that a comment of ours answers: one or none. Ask only for comments that we wrote."""
    return _ANSWER.findall(comment)


def accepted(run: AskedRun, place: Place, *, seconds: float | None = None) -> str:
    """A request that became a run: what will be done, for how much, where the numbers go, and how to stop it.

    Where the numbers go stands in the request's notes (`bot.words_results.destinations`). `seconds` is the estimate.
    """
    lines = [f"**Run {run.id}**: {_what(run, place)}", "", _expected(run, seconds), *_notes(run)]
    lines += ["", f"`/eval cancel {run.id}` cancels it.", "", state(run, place)]
    return "\n".join(lines)


def waiting(run: AskedRun, place: Place, *, seconds: float | None = None) -> str:
    """A request of a stranger: who may approve it, and the exact line."""
    who = f"An owner of {plain(place.repo)} or the operator of this bot can start it with this line in a comment:"
    holds = "It holds for this commit only: when the model changes first, it has to be asked for again."
    lines = [f"**Run {run.id}**: {_what(run, place)}", "", _expected(run, seconds), *_notes(run)]
    lines += ["", who, "", f"`/approve {run.id} {run.request.spec.revision}`", "", holds, "", state(run, place)]
    return "\n".join(lines)


def state(run: AskedRun, place: Place) -> str:
    """How far a run got, as one line of the answer; it is found again by its marker."""
    return f"State: {_state(run, place)} <!-- scorekeeper:state {run.id} -->"


def with_state(comment: str, run: AskedRun, place: Place) -> str | None:
    """Our answer as it stands, with the present state of a run; None where it does not tell of that run."""
    now = state(run, place)
    changed, found = re.subn(_STATE.format(run.id), lambda _: now, comment)
    return changed if found == 1 else None


def same(run: AskedRun, place: Place) -> str:
    """The same was asked for before, and is under way or done."""
    told = place.comment(run.request.discussion, run.result_id or run.answer_id)
    if run.stage is RunStage.DONE:
        return f"Run {run.id} did the same at the same commit: [its result]({told}) stands."
    return f"Run {run.id} is the same at the same commit, and not over yet: [its answer]({told}) tells how far it is."


def refused(sentences: Iterable[str], line: str | None = None) -> str:
    """Nothing was started: why, in one sentence or several, and the command that may do instead."""
    told = [plain(one, limit=MAX_SENTENCE) for one in sentences]
    if len(told) == 1:
        return f"Not started: {told[0]}{tried(line)}"
    return "\n".join(["Not started:", "", *(f"- {one}" for one in told)]) + tried(line)


def tried(line: str | None) -> str:
    """A command to copy."""
    return f"\n\n{code(line)}" if line else ""


def mistake(found: Mistake) -> str:
    """A command that was not understood: the text, a mark where it went wrong, one sentence, the nearest word."""
    near = f" Is {code(found.nearest)} meant?" if found.nearest else ""
    return f"{_marked(found.text, found.column)}\n\n{plain(found.message, limit=MAX_SENTENCE)}{near}"


def not_allowed(command: str, who: str) -> str:
    """A command that the person may not give; `who` may, such as `owners and members`."""
    return f"{code(command)} is for {plain(who)}."


def cancelled(run: AskedRun) -> str:
    """A run ends because somebody said so."""
    if run.submitted_at is not None:
        return f"Run {run.id} is being cancelled; what it has cost until then counts."
    return f"Run {run.id} is cancelled; it has cost nothing."


def not_under_way(run: AskedRun | None, place: Place) -> str:
    """There is nothing to cancel or approve: the run is over, or there is none."""
    if run is None:
        return f"No such run is under way in {plain(place.repo)}; `/eval status` lists those there are."
    return f"Run {run.id}: {_state(run, place)}"


def approved(run: AskedRun) -> str:
    """A stranger's request may start."""
    return f"Run {run.id} is approved, at commit `{run.request.spec.revision[:7]}`."


def wrong_commit(run: AskedRun) -> str:
    """An approval that names another commit than the request."""
    line = f"/approve {run.id} {run.request.spec.revision}"
    return f"Run {run.id} was asked for at another commit. If that one is meant, this approves it:\n\n`{line}`"


def void(run: AskedRun, commit: str, line: str) -> str:
    """The model changed between the request and its approval, so the approval means nothing."""
    was = run.request.spec.revision[:7]
    return (
        f"Run {run.id} is not started: it was asked for at commit `{was}`, and the model is at `{commit[:7]}` now. "
        f"This asks for it anew:{tried(line)}"
    )


def extracted(sentence: str, place: Place, pull: int | None = None) -> str:
    """What a look at the card came to (`bot.report.sentence`)."""
    where = f" [Pull request]({place.discussion(pull)})" if pull else ""
    return f"The model card was read. {plain(sentence, limit=MAX_SENTENCE)}{where}"


def left_out(dataset: str, place: Place, pull: int, *, now: bool) -> str:
    """A benchmark is left out of the pull request from now on, or no longer; that is kept where people see it."""
    name = f"[{plain(dataset)}]({place.dataset(dataset)})"
    kept = f"This stands in the description of the [pull request]({place.discussion(pull)})."
    return f"{name} is {'left out' if now else 'no longer left out'} in this repo. {kept}"


def left_as_it_is(dataset: str, *, now: bool) -> str:
    """Nothing had to be changed for a benchmark to be left out, or not to be."""
    return (
        f"Nothing had to be changed: {plain(dataset)} is {'left out already' if now else 'not left out'} in this repo."
    )


def left_out_in_file(dataset: str, lines: str, *, now: bool) -> str:
    """Where there is no pull request to keep it: what somebody has to commit as `.scorekeeper.yaml`."""
    done = "left out" if now else "no longer left out"
    return (
        f"Only people can change this here: {plain(dataset)} is {done} when this is committed as "
        f"`.scorekeeper.yaml`:\n\n{_block(lines)}"
    )


def status(runs: Sequence[AskedRun], place: Place) -> str:
    """The newest runs of the repo."""
    if not runs:
        return f"No evaluation of {plain(place.repo)} was asked for yet."
    rows = [
        f"| {run.id} | {plain(', '.join(run.request.spec.tasks))} | `{run.request.spec.revision[:7]}` "
        f"| {_state(run, place)} |"
        for run in runs[:MAX_ROWS]
    ]
    return "\n".join(["| Run | Tasks | Commit | State |", "|---|---|---|---|", *rows])


def _what(run: AskedRun, place: Place) -> str:
    request = run.request
    spec = request.spec
    tasks = ", ".join(code(one) for one in spec.tasks)
    named = "" if request.ref == spec.revision else f" ({plain(request.ref)})"
    machine = f", on {code(request.flavor)} of" if request.flavor else ", on"
    limits = f", {spec.limit:,} samples of each task" if spec.limit is not None else ""
    limits += f", {spec.fewshot} examples" if spec.fewshot is not None else ""
    return (
        f"{tasks} for [{plain(spec.model)}]({place.commit(spec.revision)}) at commit `{spec.revision[:7]}`{named}"
        f"{limits}, with {spec.framework.value} and {MACHINERY[spec.backend.value]}{machine} "
        f"{LAUNCHERS[request.launcher]}."
    )


def _expected(run: AskedRun, seconds: float | None) -> str:
    request = run.request
    parts = [duration(seconds)] if seconds else []
    parts += [] if request.estimate_usd is None else [dollars(request.estimate_usd)]
    about = f"About {' and '.join(parts)}. " if parts else ""
    most = f" and costs {dollars(request.most_usd)} at most" if request.most_usd else ""
    return f"{about}It ends after {duration(request.spec.time_limit)} at the latest{most}."


def _notes(run: AskedRun) -> list[str]:
    request = run.request
    notes = [f"- {plain(one, limit=MAX_SENTENCE)}" for one in request.notes]
    if request.ref != "main" and not request.spec.limited:
        notes.append(
            "- Of another commit than that of main, numbers are proposed only where the model's files are the same."
        )
    return ["", *notes] if notes else []


def _state(run: AskedRun, place: Place) -> str:
    discussion = run.request.discussion
    page = place.outside(run.url)
    job = f" ([job]({page}))" if page else ""
    told = f" ([result]({place.comment(discussion, run.result_id)}))" if run.result_id else ""
    match run.stage:
        case RunStage.WAITING:
            return "waiting for approval."
        case RunStage.QUEUED:
            return "queued."
        case RunStage.SUBMITTED:
            return f"started{job}, waiting for its machine."
        case RunStage.RUNNING:
            since = f" since {moment(run.started_at)}" if run.started_at else ""
            return f"running{since}{job}."
        case RunStage.DONE:
            return f"finished{_at(run)}{told}."
        case RunStage.FAILED:
            return f"ended without a result{_at(run)}{told}."
        case RunStage.CANCELLED:
            return f"cancelled{_at(run)}{told}."
        case RunStage.EXPIRED:
            return f"expired{_at(run)}{told}."


def _at(run: AskedRun) -> str:
    return f" at {moment(run.ended_at)}" if run.ended_at else ""


def _marked(text: str, column: int) -> str:
    """A line with a mark under a column, counted from 1, as a block of code; of a long one, the part around it."""
    start = max(0, column - 1 - MAX_LINE // 2)
    before = _harmless(text[start : max(0, column - 1)])
    return _block(f"{text[start : start + MAX_LINE]}\n{' ' * _width(before)}^")


def _block(text: str) -> str:
    """Text of others as a block of code: nothing in it ends the block, pings anybody, or passes for our marker."""
    lines = "\n".join(_harmless(one) for one in text.splitlines())
    longest = max((len(one) for one in re.findall(r"`+", lines)), default=0)
    fence = "`" * max(3, longest + 1)
    return f"{fence}\n{lines}\n{fence}"


def _harmless(line: str) -> str:
    # Control and formatting characters could hide or reorder what is shown.
    flat = "".join(char for char in line.replace("\t", " ") if char == " " or unicodedata.category(char)[0] not in "CZ")
    # A word joiner has no width and breaks mentions and markers, which need no Markdown to be found.
    return re.sub(r"@(?=\w)|<(?=!)", lambda found: f"{found[0]}\N{WORD JOINER}", flat)


def _width(text: str) -> int:
    """In columns of a fixed-width font."""
    return sum(
        0 if char == "\N{WORD JOINER}" or unicodedata.combining(char) else 2 if _wide(char) else 1 for char in text
    )


def _wide(char: str) -> bool:
    """Whether a character takes two columns."""
    return unicodedata.east_asian_width(char) in {"W", "F"}
