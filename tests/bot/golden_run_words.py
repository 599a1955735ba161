"""What the bot says about commands and runs, an example of each text.

`python -m tests.bot.golden_run_words` writes them into `golden/run_words.md`, to be read before they are committed.
"""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from bot.asked_run_values import RunStage
from bot.commands import Mistake
from bot.repo_config import Format
from bot.run_advice import Advice, advice
from bot.runs_publish import Fate, Number, Published
from bot.words_parts import Place
from bot.words_results import destinations, failure, result
from bot.words_runs import (
    accepted,
    answer,
    approved,
    cancelled,
    extracted,
    left_as_it_is,
    left_out,
    left_out_in_file,
    mistake,
    not_allowed,
    not_under_way,
    refused,
    same,
    status,
    void,
    waiting,
    wrong_commit,
)
from evaluators.catalog import Catalog
from evaluators.runs.flavors import shipped
from evaluators.runs.result import ErrorKind
from evaluators.runs.spec import Backend, Framework
from tests.bot.run_values import GSM8K, MMLU, REQUEST, RESULT, RUN, SPEC, asked_run, request

FILE = Path(__file__).parent / "golden" / "run_words.md"
HERE = Place("https://hub.example", "heron-labs/heron-8b", "heron-labs/runs")
ANSWERED = "65b000000000000000000001"
RESULT_ID = "65b000000000000000000003"
LOG = "https://hub.example/datasets/heron-labs/runs/blob/main/runs/2026-11/log.txt"
NO_PLACE = "MMLU has no registered benchmark, so it has a place only in the card's model-index."
FILED = Published(
    numbers=(
        Number("gsm8k", "accuracy", 0.712661, Fate.FILED, "proposed", "openai/gsm8k", 71.27),
        Number("mmlu", "accuracy", 0.65, Fate.KEPT, NO_PLACE),
    ),
    sentence="",
    log_url=LOG,
    pull=9,
)


def texts() -> Iterator[tuple[str, str]]:
    """The title of each example, and the text."""
    yield from _answers()
    for stage in RunStage:
        run = asked_run(stage, result_id=RESULT_ID if stage.over else None)
        yield f"state: {stage}", accepted(run, HERE).splitlines()[-1]
    yield from _results()
    for kind in ErrorKind:
        run = asked_run(RunStage.CANCELLED if kind is ErrorKind.CANCELLED else RunStage.FAILED, cost_usd=0.31)
        yield f"failure: {kind}", failure(run, advice(kind, run.request, shipped()), HERE, LOG)
    yield from _other_failures()


def _answers() -> Iterator[tuple[str, str]]:
    catalog = Catalog.shipped()
    notes = destinations(SPEC, catalog, (Format.EVAL_RESULTS,), HERE)
    run = replace(RUN, request=replace(REQUEST, notes=("gsm8k was named twice.", *notes)))
    yield "accepted", answer(ANSWERED, [accepted(run, HERE, seconds=2640)])
    both = destinations(SPEC, catalog, (Format.EVAL_RESULTS, Format.MODEL_INDEX), HERE)
    odd = request(ref="pr/3", limit=50, fewshot=5, backend=Backend.HF, launcher="github", flavor=None, most_usd=0.0)
    odd = replace(odd, estimate_usd=None, notes=both)
    yield "accepted on GitHub, where nothing is known of the price", accepted(replace(RUN, request=odd), HERE)
    for title, spec in {
        "a trial": request(limit=50).spec,
        "a provider": replace(SPEC, backend=Backend.PROVIDER, provider="together"),
        "another number of examples": request(tasks=("gsm8k",), fewshot=3).spec,
        "a benchmark by its data set": request(tasks=("hf/cais/hle", "hf/owls/riddle")).spec,
        "code of the model": request(tasks=("gsm8k", "humaneval")).spec,
    }.items():
        yield f"destinations: {title}", "\n".join(destinations(spec, catalog, (Format.EVAL_RESULTS,), HERE))
    index = destinations(SPEC, catalog, (Format.MODEL_INDEX,), replace(HERE, logs=None))
    yield "destinations: model-index alone, no logs", "\n".join(index)
    yield "waiting for approval", waiting(replace(asked_run(RunStage.WAITING), request=run.request), HERE, seconds=2640)
    yield "the same, running", same(asked_run(RunStage.RUNNING), HERE)
    yield "the same, done", same(asked_run(RunStage.DONE, result_id=RESULT_ID), HERE)
    yield "refused", refused(["There is no heron-labs/heron-8b at 5ac1: check name and commit."])
    yield "refused for several reasons", refused(["One reason.", "Another."], "/eval gsm8k")
    typo = Mistake("/eval gsmk8 limit=10", 7, "There is no task gsmk8.", "gsm8k")
    yield "two commands in one comment", answer(ANSWERED, [mistake(typo), status([], HERE)])
    yield "mistake in a long line", mistake(Mistake("/eval " + "x" * 300, 200, "There is no such task.", None))
    yield "not allowed", not_allowed("/ignore", "owners, members of the owning organisation and the operator")
    yield "status", status([asked_run(RunStage.RUNNING), asked_run(RunStage.DONE, id=11, result_id=RESULT_ID)], HERE)
    yield "cancelled before it began", cancelled(asked_run())
    yield "cancelled while it runs", cancelled(asked_run(RunStage.RUNNING))
    yield "nothing to cancel", not_under_way(None, HERE)
    yield "over already", not_under_way(asked_run(RunStage.DONE, result_id=RESULT_ID), HERE)
    yield "approved", approved(asked_run())
    yield "approved at another commit", wrong_commit(asked_run(RunStage.WAITING))
    yield "approval void", void(asked_run(RunStage.WAITING), "b" * 40, "/eval gsm8k,mmlu framework=inspect")
    yield "extracted", extracted("A pull request with 2 scores (number 9).", HERE, 9)
    yield "ignored", left_out("openai/gsm8k", HERE, 9, now=True)
    yield "no longer ignored", left_out("openai/gsm8k", HERE, 9, now=False)
    yield "ignored before", left_as_it_is("openai/gsm8k", now=True)
    yield "not ignored before", left_as_it_is("openai/gsm8k", now=False)
    yield "ignored without a pull request", left_out_in_file("openai/gsm8k", "ignore:\n  - openai/gsm8k\n", now=True)


def _results() -> Iterator[tuple[str, str]]:
    done = asked_run(RunStage.DONE, cost_usd=0.59)
    yield "result", result(done, RESULT, FILED, HERE)
    trial = request(limit=50)
    few = [replace(one, limit=50, samples_asked=50, samples_completed=50, samples_scored=50) for one in (GSM8K, MMLU)]
    asked = replace(RESULT, spec_id=trial.spec.id, tasks=tuple(few))
    why = "Only a part of the samples was asked: a run with a limit is a trial."
    kept = tuple(Number(one.task, one.metric, one.value, Fate.KEPT, why) for one in few)
    yield "result of a trial", result(replace(done, request=trial), asked, Published(kept, ""), HERE)
    unanswered = replace(RESULT, tasks=(replace(GSM8K, samples_scored=1300), MMLU))
    yield "result that does not count", result(done, unanswered, Published((), "", LOG), HERE)
    whole = replace(GSM8K, task="mmlu|5", metric="pqem", value=12.34567, stderr=None)
    parts = tuple(replace(whole, framework_task=f"mmlu:{name}|5") for name in ("anatomy", "virology"))
    many = request(tasks=("mmlu|5",), framework=Framework.LIGHTEVAL, launcher="github", flavor=None)
    came = replace(RESULT, spec_id=many.spec.id, tasks=parts, versions=None, hardware=None)
    there = Number("mmlu|5", "pqem", 12.3, Fate.THERE, "already among the repo's results", "owls/quiz", 12.3)
    yield (
        "result of parts, on GitHub, filed before",
        result(replace(done, request=many, cost_usd=None), came, Published((there,), ""), HERE),
    )
    indexed = Number("mmlu", "accuracy", 0.65, Fate.FILED, "proposed", "cais/mmlu", 65.0, in_index=True)
    both = replace(FILED, numbers=(FILED.numbers[0], indexed))
    yield "result in file and model-index", result(done, RESULT, both, HERE)
    yield "result on main", result(done, RESULT, replace(FILED, pull=None, log_url=None), HERE)


def _other_failures() -> Iterator[tuple[str, str]]:
    for title, changed in {
        "the largest machine": request(flavor="h200x8"),
        "transformers on one GPU": request(flavor="a10g-largex4", backend=Backend.HF),
        "GitHub": request(launcher="github", flavor=None),
    }.items():
        run = asked_run(RunStage.FAILED, request=changed)
        yield f"out of memory: {title}", failure(run, advice(ErrorKind.OUT_OF_MEMORY, changed, shipped()), HERE)
    for title, changed in {
        "GitHub": request(launcher="github", flavor=None),
        "few samples": request(flavor="h200x8", limit=10),
    }.items():
        run = asked_run(RunStage.FAILED, request=changed)
        yield f"time limit: {title}", failure(run, advice(ErrorKind.TIME_LIMIT, changed, shipped()), HERE)
    changed = request(backend=Backend.HF)
    run = asked_run(RunStage.FAILED, request=changed)
    yield "unknown to transformers", failure(run, advice(ErrorKind.UNSUPPORTED_ARCHITECTURE, changed), HERE)
    expired = Advice("Nobody approved it within 7 days.")
    yield "expired before it began", failure(asked_run(RunStage.EXPIRED), expired, HERE)


def written() -> str:
    """The file as it should be."""
    return "".join(f"## {title}\n.\n{text}\n.\n\n" for title, text in texts())


if __name__ == "__main__":
    FILE.parent.mkdir(exist_ok=True)
    FILE.write_text(written(), encoding="utf-8")
