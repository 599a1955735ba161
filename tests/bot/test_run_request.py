"""From a command to the specification of a run, and from a run to the command that asks for the like."""

from dataclasses import replace

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from bot.commands import Eval, commands, vocabulary
from bot.run_advice import advice, line
from bot.run_request import Limits, spec_of
from evaluators.catalog import Catalog
from evaluators.runs.flavors import shipped
from evaluators.runs.result import ErrorKind
from evaluators.runs.spec import Backend, Framework, RunSpec
from evaluators.runs.task_table import table
from tests.bot.run_values import COMMIT, REQUEST, request

CATALOG = Catalog.shipped()
VOCABULARY = vocabulary(CATALOG)
LIMITS = Limits(seconds=14_400, usd=5.0)


def asked(command: Eval, *, catalog: Catalog = CATALOG, limits: Limits = LIMITS) -> tuple[RunSpec, tuple[str, ...]]:
    found = spec_of(command, model="heron-labs/heron-8b", revision=COMMIT, catalog=catalog, limits=limits)
    assert not isinstance(found, str), found
    return found


def refused(command: Eval, limits: Limits = LIMITS) -> str:
    found = spec_of(command, model="heron-labs/heron-8b", revision=COMMIT, catalog=CATALOG, limits=limits)
    assert isinstance(found, str)
    return found


def with_framework(dataset: str, framework: str) -> Catalog:
    """The shipped catalog, with another framework named by the `eval.yaml` of a benchmark."""
    benchmarks = CATALOG.benchmarks
    return Catalog(tuple(replace(one, framework=framework) if one.dataset == dataset else one for one in benchmarks))


def test_a_command_becomes_a_specification_within_the_operators_limits() -> None:
    command = Eval(("gsm8k", "mmlu"), framework="inspect", backend="hf", limit=20, fewshot=5)
    spec, notes = asked(command)
    assert spec == RunSpec(
        model="heron-labs/heron-8b",
        revision=COMMIT,
        tasks=("gsm8k", "mmlu"),
        framework=Framework.INSPECT,
        backend=Backend.HF,
        fewshot=5,
        limit=20,
        time_limit=14_400,
        money_limit=5.0,
    )
    assert notes == ()


def test_no_command_lets_code_or_pickles_of_the_model_run() -> None:
    for one in table():
        found = spec_of(Eval((one,)), model="a/b", revision=COMMIT, catalog=CATALOG, limits=LIMITS)
        assert not isinstance(found, str)
        assert not found[0].remote_code
        assert not found[0].pickle


def test_without_a_word_about_it_the_framework_is_the_one_that_the_benchmark_names() -> None:
    spec, notes = asked(Eval(("mmlu_pro",)), catalog=with_framework("TIGER-Lab/MMLU-Pro", "lighteval"))
    assert (spec.framework, spec.tasks) == (Framework.LIGHTEVAL, ("mmlu_pro|0",))
    assert notes == ("lighteval is used for mmlu_pro, as the benchmark's own eval.yaml names it.",)
    spec, notes = asked(Eval(("mmlu_pro", "gsm8k", "mmlu")))
    assert spec.framework is Framework.INSPECT
    assert notes == ("inspect is used for mmlu_pro, gsm8k, as their own eval.yaml files name it.",)


def test_where_benchmarks_name_different_frameworks_it_is_inspect_for_those_that_name_it() -> None:
    spec, notes = asked(Eval(("mmlu_pro", "gsm8k")), catalog=with_framework("TIGER-Lab/MMLU-Pro", "lighteval"))
    assert spec.framework is Framework.INSPECT
    assert notes == ("inspect is used for gsm8k, as the benchmark's own eval.yaml names it.",)


def test_where_no_benchmark_names_one_it_is_inspect_without_a_word() -> None:
    spec, notes = asked(Eval(("mmlu", "hellaswag")))
    assert spec.framework is Framework.INSPECT
    assert notes == ()


def test_the_framework_that_somebody_names_is_taken_whatever_the_benchmark_says() -> None:
    spec, notes = asked(Eval(("gsm8k",), framework="lighteval"))
    assert (spec.framework, notes) == (Framework.LIGHTEVAL, ())


@pytest.mark.parametrize(
    ("command", "note"),
    [
        (Eval(("math",)), "lighteval is used, as inspect would need for this what is not there."),
        (Eval(("gsm8k|5",)), "lighteval is used, as `task|examples` is its way of naming tasks."),
        (Eval(("mmlu",), fewshot=3), "lighteval is used, as inspect cannot ask it so."),
    ],
    ids=["a judge", "a bar", "examples"],
)
def test_lighteval_is_taken_where_only_it_can_do_what_was_asked(command: Eval, note: str) -> None:
    spec, notes = asked(command)
    assert spec.framework is Framework.LIGHTEVAL
    assert notes == (note,)


def test_what_no_framework_can_ask_is_one_sentence() -> None:
    assert refused(Eval(("humaneval",), fewshot=3)).startswith("The number of examples of humaneval cannot be chosen")
    assert (
        refused(Eval(("humaneval",), framework="lighteval")) == "lighteval has no humaneval: set framework to inspect."
    )


def test_a_provider_is_used_only_where_the_operator_names_one() -> None:
    command = Eval(("gsm8k",), backend="provider")
    assert refused(command).startswith("Inference providers are not used here")
    spec, _ = asked(command, limits=replace(LIMITS, provider="together"))
    assert (spec.backend, spec.provider, spec.framework) == (Backend.PROVIDER, "together", Framework.INSPECT)
    assert asked(Eval(("gsm8k",)), limits=replace(LIMITS, provider="together"))[0].provider is None


def test_what_cannot_be_a_specification_is_one_sentence() -> None:
    found = spec_of(Eval(("gsm8k",)), model="no model", revision=COMMIT, catalog=CATALOG, limits=LIMITS)
    assert isinstance(found, str)
    assert "model" in found


def test_without_a_price_there_is_no_money_limit() -> None:
    for usd in (None, 0.0):
        assert asked(Eval(("gsm8k",)), limits=Limits(3600, usd))[0].money_limit is None


evals = st.builds(
    Eval,
    tasks=st.lists(
        st.sampled_from([*table(), "gsm8k|5", "mmlu|0", "hf/cais/hle"]), min_size=1, max_size=4, unique=True
    ).map(tuple),
    framework=st.sampled_from([None, "inspect", "lighteval"]),
    backend=st.sampled_from([None, "vllm", "hf"]),
    launcher=st.sampled_from([None, "jobs", "github"]),
    limit=st.none() | st.integers(1, 100_000),
    fewshot=st.none() | st.integers(0, 10),
    revision=st.sampled_from([None, "pr/3", COMMIT]),
)


@given(evals)
def test_the_line_that_asks_for_the_same_again_comes_to_the_same_specification(command: Eval) -> None:
    found = spec_of(command, model="heron-labs/heron-8b", revision=COMMIT, catalog=CATALOG, limits=LIMITS)
    assume(not isinstance(found, str))
    assert not isinstance(found, str)
    spec, ref, launcher = found[0], command.revision or "main", command.launcher or "jobs"
    written = line(replace(REQUEST, spec=spec, ref=ref, launcher=launcher, flavor=None))
    (said,) = commands(written, VOCABULARY)
    assert isinstance(said.command, Eval), (written, said.command)
    assert asked(said.command)[0] == spec, written
    assert said.command.revision == command.revision
    assert (said.command.launcher or "jobs") == launcher


@pytest.mark.parametrize("kind", ErrorKind)
@pytest.mark.parametrize("flavor", ["l4x1", "t4-small", "h200x8", None])
@pytest.mark.parametrize("backend", [Backend.VLLM, Backend.HF])
def test_every_command_that_is_advised_is_one(kind: ErrorKind, flavor: str | None, backend: Backend) -> None:
    launcher = "jobs" if flavor else "github"
    found = advice(kind, request(flavor=flavor, launcher=launcher, backend=backend), shipped())
    if found.line is not None:
        (said,) = commands(found.line, VOCABULARY)
        assert isinstance(said.command, Eval), found.line


def test_the_next_machine_has_more_memory_where_the_model_needs_it_and_is_the_cheapest_of_those() -> None:
    def next_to(flavor: str, kind: ErrorKind, backend: Backend = Backend.VLLM) -> str:
        found = advice(kind, request(flavor=flavor, backend=backend), shipped()).line
        return "" if found is None else found.partition("hardware=")[2]

    memory, time = ErrorKind.OUT_OF_MEMORY, ErrorKind.TIME_LIMIT
    assert next_to("l4x1", memory) == "l40sx1"
    assert next_to("l40sx1", memory) == "a100-large"
    assert next_to("a10g-largex4", memory, Backend.HF) == "l40sx1"
    assert next_to("h200x8", memory) == ""
    assert next_to("l4x1", time) == "a10g-small"
    # a100-large would be faster, but has less memory.
    assert next_to("l4x4", time) == "h200"
    assert next_to("no-such-flavor", memory) == ""
