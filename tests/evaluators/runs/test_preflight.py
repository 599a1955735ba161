"""Preflight: everything that stands in the way is told before anything is downloaded, and all of it at once."""

import json
from dataclasses import replace
from typing import Any

import pytest

from evaluators.catalog import Catalog
from evaluators.runs.finding import Access, EvalYaml, Finding, Known, Weight
from evaluators.runs.flavors import shipped
from evaluators.runs.hardware import GRACE, NoPlan, Plan, plan, seconds_allowed
from evaluators.runs.model_facts import ModelFacts, facts_of
from evaluators.runs.preflight import preflight, refused
from evaluators.runs.preflight_model import vllm_architectures
from evaluators.runs.preflight_tasks import names_to_look_up
from evaluators.runs.result import ErrorKind
from evaluators.runs.spec import Backend, ChatTemplate, Framework, RunSpec
from tests.evaluators.runs.samples import SPEC, spec
from tests.evaluators.runs.shapes import SHAPES

CATALOG = Catalog.shipped()
LLAMA = next(one for one in SHAPES if one.name == "Llama-3.1-8B")
MODEL = LLAMA.facts()
FINE = Known(Access.READABLE, MODEL, hardware=plan(SPEC, MODEL, shipped()))
OPEN = {"backend": Backend.OPENAI, "base_url": "http://127.0.0.1:1/v1"}
QUIZ = EvalYaml("inspect-ai", ("easy", "hard"))
JUDGED = replace(QUIZ, scorers={"easy": ("includes",), "hard": ("match", "model_graded_qa")})


def found(asked: RunSpec = SPEC, known: Known = FINE, weight: Weight | None = None) -> list[Finding]:
    findings = preflight(asked, known, CATALOG)
    return [one for one in findings if weight is None or one.weight is weight]


def known(**changes: Any) -> Known:
    return replace(FINE, **changes)


def with_model(**changes: Any) -> Known:
    return known(model=replace(MODEL, **changes))


def with_files(*names: str, **changes: Any) -> Known:
    return with_model(files=dict.fromkeys(names, 5), **changes)


def configured(**changes: Any) -> Known:
    info = {"id": MODEL.repo, "siblings": [{"rfilename": "model.safetensors", "size": 5}]}
    return known(model=facts_of(info, json.dumps({**LLAMA.config, **changes}), "{}"))


def test_nothing_stands_in_the_way_of_a_usual_run() -> None:
    assert [(one.weight, one.sentence) for one in found()] == [
        (Weight.NOTE, "gsm8k may be filed under openai/gsm8k."),
        (
            Weight.NOTE,
            (
                "8.0B parameters, 16.1 GB of weights and 0.5 GB for 4,096 tokens fit 1 x L4 with 24 GB: "
                "l4x1 at $0.80 an hour."
            ),
        ),
    ]


@pytest.mark.parametrize(
    ("asked", "seen", "kind", "sentence"),
    [
        (
            SPEC,
            Known(Access.NOT_FOUND),
            ErrorKind.NOT_FOUND,
            "There is no acme/heron-8b at 5ac15ac15ac1, or this token",
        ),
        (SPEC, Known(Access.GATED), ErrorKind.GATED, "acme/heron-8b is gated: ask for access on its page"),
        (spec(tasks=("gsm9k",)), FINE, ErrorKind.UNKNOWN_TASK, "perhaps gsm8k is meant"),
        (spec(tasks=("humaneval",)), FINE, ErrorKind.NEEDS_SANDBOX, "humaneval runs code that the model writes"),
        (spec(tasks=("math",)), FINE, ErrorKind.NEEDS_JUDGE, "math is marked by a second model"),
        (spec(tasks=("ifeval",)), FINE, ErrorKind.NEEDS_PACKAGE, "ifeval needs a package"),
        (spec(tasks=("gpqa_diamond",)), known(internet=False), ErrorKind.NOT_FOUND, "data that is not on the Hub"),
        (
            spec(framework=Framework.LIGHTEVAL, tasks=("gpqa:diamond|0",)),
            known(data={"Idavidrein/gpqa": Access.GATED}),
            ErrorKind.GATED,
            "gpqa:diamond|0 reads a gated data set",
        ),
        (
            spec(framework=Framework.LIGHTEVAL, tasks=("arc:easy|0",), **OPEN),
            FINE,
            ErrorKind.UNKNOWN_TASK,
            "compares likelihoods, which an API does not tell",
        ),
        (
            spec(tasks=("hf/acme/quiz",)),
            known(data={"acme/quiz": Access.NOT_FOUND}),
            ErrorKind.NOT_FOUND,
            "There is no data set acme/quiz: check its name.",
        ),
        (
            spec(tasks=("hf/acme/quiz",)),
            known(data={"acme/quiz": Access.GATED}),
            ErrorKind.GATED,
            "acme/quiz reads a gated data set",
        ),
        (
            spec(tasks=("hf/acme/quiz",)),
            known(benchmarks={"acme/quiz": EvalYaml()}),
            ErrorKind.UNKNOWN_TASK,
            "acme/quiz has no eval.yaml that says how to ask it",
        ),
        (
            spec(tasks=("hf/acme/quiz",)),
            known(benchmarks={"acme/quiz": EvalYaml("math-arena", ("x",))}),
            ErrorKind.UNKNOWN_TASK,
            "acme/quiz is asked with 'math-arena', not with inspect",
        ),
        (
            spec(tasks=("hf/acme/quiz/hart",)),
            known(benchmarks={"acme/quiz": QUIZ}),
            ErrorKind.UNKNOWN_TASK,
            "acme/quiz has no task hart: perhaps 'hard' is meant.",
        ),
        (
            spec(tasks=("hf/acme/quiz/hard",)),
            known(benchmarks={"acme/quiz": JUDGED}),
            ErrorKind.NEEDS_JUDGE,
            "hf/acme/quiz/hard is marked by a second model, which is not set up here",
        ),
        (
            spec(tasks=("hf/acme/quiz",)),
            known(benchmarks={"acme/quiz": JUDGED}),
            ErrorKind.NEEDS_JUDGE,
            "hf/acme/quiz is marked by a second model",
        ),
        (
            spec(tasks=("hf/acme/quiz",)),
            known(benchmarks={"acme/quiz": replace(QUIZ, scorers={"": ("math",)})}),
            ErrorKind.NEEDS_PACKAGE,
            "hf/acme/quiz needs a package that is not installed here",
        ),
        (SPEC, with_files("config.json", "model.bin"), ErrorKind.BROKEN_MODEL, "only as pickles, which can run code"),
        (SPEC, with_files("config.json", "q4.gguf"), ErrorKind.BROKEN_MODEL, "only as GGUF"),
        (SPEC, with_files("config.json", "adapter_config.json"), ErrorKind.BROKEN_MODEL, "is an adapter"),
        (SPEC, with_files("config.json"), ErrorKind.BROKEN_MODEL, "has no weights in the safetensors format"),
        (SPEC, with_model(readable_config=False), ErrorKind.BROKEN_MODEL, "has no config.json that can be read"),
        (
            SPEC,
            with_model(own_code=True, architectures=("HeronForCausalLM",)),
            ErrorKind.UNSUPPORTED_ARCHITECTURE,
            "needs code of its own repo, which is not run",
        ),
        (
            SPEC,
            with_model(architectures=("BertForMaskedLM",)),
            ErrorKind.UNSUPPORTED_ARCHITECTURE,
            "'BertForMaskedLM' is not an architecture that generates text",
        ),
        (
            spec(tensor_parallel=3),
            FINE,
            ErrorKind.UNSUPPORTED_ARCHITECTURE,
            "cannot be divided among 3 GPUs: set tensor_parallel to 1",
        ),
        (
            spec(chat_template=ChatTemplate.YES),
            configured(),
            ErrorKind.CHAT_TEMPLATE_MISSING,
            "has no chat template: set chat_template to auto",
        ),
        (
            spec(chat_template=ChatTemplate.NO, **OPEN),
            FINE,
            ErrorKind.CHAT_TEMPLATE_MISSING,
            "An API uses the chat template that it has",
        ),
        (spec(max_length=200_000), FINE, ErrorKind.OUT_OF_MEMORY, "reads at most 131,072 tokens: set max_length"),
        (SPEC, known(hardware=NoPlan("It needs 900 GB.", 900)), ErrorKind.OUT_OF_MEMORY, "It needs 900 GB."),
        (spec(time_limit=300), FINE, ErrorKind.TIME_LIMIT, "and the time limit is 5: raise time_limit"),
        (spec(money_limit=0.1), FINE, ErrorKind.PAYMENT_REQUIRED, "and the limit is $0.10: raise money_limit"),
    ],
)
def test_what_stands_in_the_way_is_one_sentence_with_what_to_try(
    asked: RunSpec, seen: Known, kind: ErrorKind, sentence: str
) -> None:
    refusals = found(asked, seen, Weight.REFUSE)
    assert refused(preflight(asked, seen, CATALOG))
    assert kind in {one.kind for one in refusals}
    assert any(sentence in one.sentence for one in refusals), refusals
    assert all(one.sentence.endswith(".") for one in refusals)


@pytest.mark.parametrize(
    ("asked", "seen"),
    [
        (spec(tasks=("humaneval",)), known(throw_away=True)),
        (spec(tasks=("gpqa_diamond",)), FINE),
        (
            spec(framework=Framework.LIGHTEVAL, tasks=("gpqa:diamond|0",)),
            known(data={"Idavidrein/gpqa": Access.READABLE}),
        ),
        (
            spec(tasks=("hf/acme/quiz/hard",)),
            known(data={"acme/quiz": Access.READABLE}, benchmarks={"acme/quiz": QUIZ}),
        ),
        (spec(pickle=True), with_files("config.json", "model.bin")),
        (spec(remote_code=True), with_model(own_code=True, architectures=("HeronForCausalLM",))),
        (SPEC, with_model(own_code=True)),
        (spec(backend=Backend.HF), with_model(architectures=("HeronForCausalLM",))),
        (spec(**OPEN), with_files("config.json", "q4.gguf")),
        (spec(tensor_parallel=8), FINE),
        (SPEC, known(hardware=None)),
        (SPEC, known(model=ModelFacts(SPEC.model, SPEC.revision))),
    ],
)
def test_what_is_met_or_not_known_does_not_stand_in_the_way(asked: RunSpec, seen: Known) -> None:
    assert found(asked, seen, Weight.REFUSE) == []


@pytest.mark.parametrize(
    ("asked", "seen", "sentence"),
    [
        (SPEC, with_model(architectures=("HeronForCausalLM",)), "if it fails, try backend hf"),
        (SPEC, configured(), "has no chat template, so questions are put as plain text"),
        (spec(time_limit=1800), FINE, "It would take about"),
        (spec(money_limit=0.5), FINE, "It would cost about"),
        (spec(money_limit=0.5), replace(FINE, hardware=None), "so its money_limit is not kept here"),
    ],
)
def test_what_may_go_wrong_is_a_warning(asked: RunSpec, seen: Known, sentence: str) -> None:
    (warning,) = found(asked, seen, Weight.WARN)
    assert sentence in warning.sentence


@pytest.mark.parametrize(
    ("asked", "seen", "sentence"),
    [
        (spec(limit=8), FINE, "A run with a limit is a trial: its numbers are shown and never published."),
        (spec(tasks=("mmlu",)), FINE, "MMLU has no registered benchmark, so it has a place only in the card's"),
        (spec(tasks=("hf/acme/quiz",)), known(benchmarks={"acme/quiz": QUIZ}), "All 2 tasks of acme/quiz are asked."),
        (spec(money_limit=0.7), FINE, "It is stopped after 47 minutes, as it may cost $0.70"),
    ],
)
def test_what_is_good_to_know_is_told_by_the_way(asked: RunSpec, seen: Known, sentence: str) -> None:
    assert any(sentence in one.sentence for one in found(asked, seen, Weight.NOTE))


def test_everything_is_told_at_once_and_the_worst_first() -> None:
    bad = with_files("config.json", "model.bin", architectures=("BertForMaskedLM",))
    findings = found(spec(tasks=("humaneval", "gsm9k", "mmlu"), limit=5), bad)
    kinds = [one.kind for one in findings if one.weight is Weight.REFUSE]
    assert kinds == [
        ErrorKind.NEEDS_SANDBOX,
        ErrorKind.UNKNOWN_TASK,
        ErrorKind.BROKEN_MODEL,
        ErrorKind.UNSUPPORTED_ARCHITECTURE,
    ]
    assert [one.weight for one in findings] == sorted((one.weight for one in findings), key=list(Weight).index)


def test_a_run_is_stopped_before_it_costs_more_than_the_money_limit() -> None:
    machine = FINE.hardware
    assert isinstance(machine, Plan)
    assert machine.flavor.usd == 0.8
    assert seconds_allowed(SPEC, machine) == 3600
    # Half an hour is paid, of which five minutes are kept for the end.
    assert seconds_allowed(spec(money_limit=0.4), machine) == 1800 - GRACE
    assert seconds_allowed(spec(money_limit=90), machine) == 3600
    stopped = [one.sentence for one in found(spec(money_limit=0.4), FINE, Weight.NOTE)]
    assert "It is stopped after 25 minutes, as it may cost $0.40 on l4x1 at most." in stopped


def test_money_that_does_not_pay_for_the_first_minutes_is_refused() -> None:
    (only,) = found(spec(money_limit=0.05, limit=1), FINE, Weight.REFUSE)
    assert only.sentence == (
        "$0.05 are not enough for a run on l4x1, whose first minutes cost $0.08: raise money_limit, or name a cheaper "
        "flavor."
    )


def test_a_task_without_a_judge_may_be_asked_beside_one_that_has_one() -> None:
    assert not found(spec(tasks=("hf/acme/quiz/easy",)), known(benchmarks={"acme/quiz": JUDGED}), Weight.REFUSE)


def test_what_has_to_be_looked_up_is_known_beforehand() -> None:
    light = spec(framework=Framework.LIGHTEVAL, tasks=("gpqa:diamond|0", "gsm8k|5", "gpqa:main|0", "nonsense|0"))
    assert list(names_to_look_up(light)) == ["Idavidrein/gpqa"]
    assert list(names_to_look_up(spec(tasks=("hf/acme/quiz/hard", "hf/acme/quiz", "gsm8k")))) == ["acme/quiz"]


def test_the_shapes_of_the_hardware_table_are_known_to_vllm() -> None:
    for shape in SHAPES:
        assert set(shape.facts().architectures) <= vllm_architectures(), shape.name
