"""Publishing: what is filed under a registered benchmark, and why the rest is not."""

from dataclasses import replace
from typing import Any

import pytest

from evaluators.catalog import Catalog
from evaluators.catalog_entry import Benchmark, Scale, Task
from evaluators.results import ResultEntry
from evaluators.runs.publish import Filed, Home, Kept, home, publish
from evaluators.runs.result import Dataset, Model, RunResult, TaskResult
from evaluators.runs.spec import Backend, ChatTemplate, Framework, Generation, RunSpec
from evaluators.runs.tasks import asked
from tests.evaluators.runs.samples import SPEC, TASK, result, spec

SHIPPED = Catalog.shipped()
QUIZ = Benchmark("acme/quiz", "Quiz", Scale.FRACTION, (Task(("easy",)), Task(("hard",))), framework="inspect-ai")
LIGHT = Benchmark("acme/light", "Light", Scale.PERCENT, (Task(("default",)),), framework="lighteval")
NEW = Benchmark("acme/new", "New", Scale.UNKNOWN, (Task(("new",), metrics=()),), framework="inspect-ai")
CATALOG = replace(SHIPPED, benchmarks=(*SHIPPED.benchmarks, QUIZ, LIGHT, NEW))


def outcomes(asked_for: RunSpec, found: RunResult) -> tuple[Filed | Kept, ...]:
    return publish(asked_for, found, CATALOG, "https://hub.example/datasets/acme/runs")


def of(task: str, **changes: Any) -> TaskResult:
    usual = replace(TASK, task=task, framework_task=task, dataset=None, fewshot=None)
    return replace(usual, **changes)


def test_a_complete_run_is_filed_in_the_scale_of_the_leaderboard() -> None:
    (filed,) = outcomes(SPEC, result())
    assert filed == Filed(
        TASK,
        ResultEntry(
            dataset="openai/gsm8k",
            task="gsm8k",
            value=81.24,
            date="2026-11-21T10:30:00Z",
            source_url="https://hub.example/datasets/acme/runs",
            source_name="Scorekeeper",
            revision="cc7b" * 10,
        ),
    )


def test_the_digits_are_those_that_mean_something() -> None:
    (filed,) = outcomes(SPEC, result(tasks=(replace(TASK, value=0.8124336618650493),)))
    assert isinstance(filed, Filed)
    assert filed.entry.value == 81.24


def test_each_task_of_a_benchmark_is_filed_under_its_own_id() -> None:
    whole = spec(tasks=("hf/acme/quiz",), max_length=None)
    found = result(
        whole, tasks=tuple(of("hf/acme/quiz", framework_task=f"hf/acme/quiz/{one}") for one in ("easy", "hard"))
    )
    entries = [one.entry for one in outcomes(whole, found) if isinstance(one, Filed)]
    assert [(one.dataset, one.task, one.value) for one in entries] == [
        ("acme/quiz", "easy", 0.8124),
        ("acme/quiz", "hard", 0.8124),
    ]


def test_one_task_of_a_benchmark_is_filed_by_the_id_that_was_asked_for() -> None:
    one_task = spec(tasks=("hf/acme/quiz/hard",), max_length=None)
    (filed,) = outcomes(one_task, result(one_task, tasks=(of("hf/acme/quiz/hard"),)))
    assert isinstance(filed, Filed)
    assert filed.entry.task == "hard"


def test_the_commit_of_other_data_is_not_given_for_that_of_the_benchmark() -> None:
    diamond = spec(tasks=("gpqa_diamond",), max_length=None)
    elsewhere = Dataset(id="gpqa_diamond.csv", revision="1")
    (filed,) = outcomes(diamond, result(diamond, tasks=(of("gpqa_diamond", dataset=elsewhere),)))
    assert isinstance(filed, Filed)
    assert (filed.entry.dataset, filed.entry.task, filed.entry.revision) == ("Idavidrein/gpqa", "diamond", None)


def trial(**changes: Any) -> RunSpec:
    return spec(**{"max_length": None, **changes})


def few(one: TaskResult, samples: int) -> TaskResult:
    return replace(one, samples_asked=samples, samples_completed=samples, samples_scored=samples)


@pytest.mark.parametrize(
    ("asked_for", "numbers", "reason"),
    [
        (trial(limit=10), (TASK,), "a run with a limit is a trial"),
        (trial(), (replace(TASK, samples_scored=700),), "Only 700 of 1319 answers"),
        (trial(tasks=("mmlu",)), (of("mmlu"),), "MMLU has no registered benchmark"),
        (trial(tasks=("hf/acme/other",)), (of("hf/acme/other"),), "acme/other is not a registered benchmark"),
        (trial(tasks=("hf/acme/quiz/odd",)), (of("hf/acme/quiz/odd"),), "acme/quiz has no registered task odd"),
        (trial(tasks=("hf/acme/quiz",)), (of("hf/acme/quiz"),), "acme/quiz has no registered task by that name"),
        (trial(tasks=("hf/acme/quiz/easy@main",)), (of("hf/acme/quiz/easy@main"),), "a revision of its own"),
        (trial(tasks=("hf/acme/light",)), (of("hf/acme/light"),), "Light takes results of lighteval, not of inspect."),
        (
            trial(tasks=("gsm8k|5",), framework=Framework.LIGHTEVAL),
            (of("gsm8k|5"),),
            "GSM8K takes results of inspect-ai, not of lighteval.",
        ),
        (trial(tasks=("aime2026",)), (of("aime2026"),), "AIME 2026 takes results of math-arena, not of inspect."),
        (trial(tasks=("hle",)), (of("hle"),), "inspect asks the 668 questions that were checked again"),
        (trial(fewshot=10), (TASK,), "GSM8K is asked with 5 or 8 examples, and this was with 10."),
        (trial(), (few(TASK, 5),), "Only 5 of the 1319 questions of GSM8K were asked."),
        (trial(), (replace(TASK, fewshot=0),), "The log tells of 0 examples with each question, not of 8."),
        (trial(), (replace(TASK, framework_task="inspect_evals/mgsm"),), "The log is of inspect_evals/mgsm, not of"),
        (trial(), (replace(TASK, dataset=Dataset(id="evil/gsm8k")),), "came from evil/gsm8k, not from openai/gsm8k."),
        (trial(backend=Backend.PROVIDER, provider="x"), (TASK,), "nobody can say which version it was"),
        (trial(chat_template=ChatTemplate.NO), (TASK,), "without the model's chat template"),
        (trial(generation=Generation(stop=("\n",))), (TASK,), "may have cut answers to GSM8K short"),
        (trial(generation=Generation(max_tokens=64)), (TASK,), "may have cut answers to GSM8K short"),
        (trial(backend=Backend.HF, tasks=("gpqa_diamond",)), (of("gpqa_diamond"),), "may have cut answers to GPQA"),
        (trial(max_length=1400), (TASK,), "may have cut answers to GSM8K short"),
        (
            trial(generation=Generation(stop=("\n",))),
            (replace(TASK, samples_cut=0),),
            "may have cut answers to GSM8K short",
        ),
        (
            trial(),
            (replace(TASK, samples_cut=14),),
            "14 of 1,319 answers to GSM8K were cut off at a limit of tokens, and at most 1% may be: set a larger max_l",
        ),
        (trial(generation=Generation(max_tokens=64)), (replace(TASK, samples_cut=700),), "set a larger max_tokens."),
        (trial(backend=Backend.HF), (replace(TASK, samples_cut=700),), "set a larger max_tokens."),
        (trial(), (replace(TASK, metric="f1"),), "f1 is not how GSM8K is measured."),
        (trial(), (replace(TASK, value=81.24),), "81.24 is outside 0 to 1"),
        (trial(), (replace(TASK, value=-0.1),), "-0.1 is outside 0 to 1"),
        (trial(tasks=("hf/acme/new",)), (of("hf/acme/new"),), "The scale of acme/new's leaderboard is not known"),
        (
            trial(tasks=("hf/acme/new",)),
            (of("hf/acme/new", dataset=Dataset(id="acme/old")),),
            "The questions came from acme/old, not from acme/new.",
        ),
    ],
)
def test_what_does_not_belong_on_a_leaderboard_is_kept(
    asked_for: RunSpec, numbers: tuple[TaskResult, ...], reason: str
) -> None:
    model = Model(repo=asked_for.model, revision=SPEC.revision if asked_for.backend.loads_weights else None)
    (kept,) = outcomes(asked_for, result(asked_for, tasks=numbers, model=model))
    assert isinstance(kept, Kept)
    assert reason in kept.reason
    assert kept.reason.endswith(".")
    assert kept.model_index is not (asked_for.limited or "Only 700" in reason)


@pytest.mark.parametrize("cut", [0, 13])
def test_a_number_is_filed_where_hardly_an_answer_was_cut_however_little_room_there_was(cut: int) -> None:
    narrow = trial(generation=Generation(max_tokens=64), backend=Backend.HF)
    (filed,) = outcomes(narrow, result(narrow, tasks=(replace(TASK, samples_cut=cut),)))
    assert isinstance(filed, Filed)


def test_two_numbers_for_one_place_are_both_kept() -> None:
    both = trial(tasks=("gsm8k", "hf/openai/gsm8k"))
    found = outcomes(both, result(both, tasks=(TASK, of("hf/openai/gsm8k"))))
    assert [isinstance(one, Kept) and one.reason for one in found] == [
        "The run has more than one number for openai/gsm8k."
    ] * 2


def test_code_that_the_model_wrote_cannot_have_changed_a_number_that_is_filed() -> None:
    both = trial(tasks=("humaneval", "gsm8k"))
    _, gsm8k = outcomes(both, result(both, tasks=(of("humaneval"), TASK)))
    assert isinstance(gsm8k, Kept)
    assert gsm8k == Kept(TASK, "Code that the model wrote ran in the same job as gsm8k: run gsm8k by itself.")


@pytest.mark.parametrize("allowed", ["remote_code", "pickle"])
def test_a_number_beside_which_code_of_the_models_repo_could_run_goes_nowhere(allowed: str) -> None:
    asked = spec(**{allowed: True})
    (kept,) = publish(asked, result(asked), CATALOG)
    assert isinstance(kept, Kept)
    assert kept.reason == "Code of the model's repo may have run beside what marks the answers, so it is not filed."
    assert not kept.model_index


def test_only_the_metric_that_a_task_is_known_by_is_published() -> None:
    other = replace(TASK, metric="std", headline=False)
    assert len(outcomes(SPEC, result(tasks=(TASK, other)))) == 1


def test_before_a_run_it_is_known_where_its_number_may_go() -> None:
    assert isinstance(home(asked("gsm8k", Framework.INSPECT), SHIPPED), Home)
    assert home(asked("hellaswag|0", Framework.LIGHTEVAL), SHIPPED) == (
        "HellaSwag has no registered benchmark, so it has a place only in the card's model-index."
    )
