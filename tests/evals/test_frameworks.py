"""The frameworks for real: every backend runs, a whole run counts, and greedy answers are the same everywhere."""

from collections.abc import Mapping

import pytest

from evaluators.catalog import Catalog
from evaluators.runs.publish import Filed, Kept, publish
from evaluators.runs.result import Complete, Incomplete, State, TaskResult, verdict
from tests.evals.asked import INSPECT_TASKS, LIGHTEVAL_TASKS, World
from tests.evals.pool import Outcome, Pool
from tests.evals.questions import ARC, BENCH, GSM8K, MMLU, SAMPLES

PARTS = {BENCH: "default", GSM8K: "main", MMLU: "all", ARC: "ARC-Challenge"}
pytestmark = pytest.mark.timeout(900)


def numbers(outcome: Outcome) -> dict[tuple[str, str], float]:
    assert outcome.result.state is State.SUCCESS, outcome.output[-8000:]
    return {(one.task, one.metric): one.value for one in outcome.result.tasks}


def headline(outcome: Outcome, task: str) -> TaskResult:
    return next(one for one in outcome.result.tasks if one.task == task and one.headline)


def is_whole(outcome: Outcome, world: World, name: str, tasks: tuple[str, ...]) -> None:
    numbers(outcome)
    result = outcome.result
    assert verdict(world.spec(name), result) == Complete()
    assert {one.task for one in result.tasks} == set(tasks)
    assert {one.samples_scored for one in result.tasks} == {SAMPLES}
    assert result.model.revision == world.commits["acme/tiny"]
    assert result.model.config_sha is not None
    assert result.versions is not None
    assert result.versions.torch is not None
    assert result.versions.torch.startswith("2.13.0")
    assert result.log is not None
    for one in result.tasks:
        assert one.dataset is not None
        assert one.dataset.revision == world.data[one.dataset.id]
        assert (one.dataset.config, one.dataset.split) == (PARTS[one.dataset.id], "test")


@pytest.mark.runs("inspect-hf")
def test_inspect_on_transformers(world: World, pool: Pool) -> None:
    outcome = pool.end("inspect-hf")
    is_whole(outcome, world, "inspect-hf", INSPECT_TASKS)
    assert outcome.result.tokens is not None
    assert outcome.result.tokens.output > 0


@pytest.mark.runs("inspect-vllm", "inspect-hf")
def test_inspect_on_vllm_scores_as_on_transformers(pool: Pool) -> None:
    on_vllm, on_hf = pool.end("inspect-vllm"), pool.end("inspect-hf")
    numbers(on_vllm)
    *tasks, through_api = on_vllm.result.tasks
    assert [(one.task, one.metric, one.value) for one in tasks] == [
        (one.task, one.metric, one.value) for one in on_hf.result.tasks
    ]
    # A random model writes until it is cut off, or by chance the token for the end.
    cuts = [one.samples_cut for one in tasks]
    assert cuts == [one.samples_cut for one in on_hf.result.tasks]
    assert SAMPLES in cuts
    # A score of all or nothing would be the same for other answers, too.
    assert 0 < headline(on_hf, INSPECT_TASKS[0]).value < 1
    assert through_api.value == headline(on_hf, INSPECT_TASKS[0]).value
    for number in range(len(INSPECT_TASKS)):
        assert on_vllm.answers(number) == on_hf.answers(number)
    assert on_vllm.answers(len(INSPECT_TASKS)) == on_hf.answers(0)


@pytest.mark.runs("lighteval-hf")
def test_lighteval_on_transformers(world: World, pool: Pool) -> None:
    is_whole(pool.end("lighteval-hf"), world, "lighteval-hf", LIGHTEVAL_TASKS)


@pytest.mark.runs("lighteval-vllm", "lighteval-hf")
def test_lighteval_on_vllm_scores_as_on_transformers(world: World, pool: Pool, pythons: Mapping[str, str]) -> None:
    on_vllm, on_hf = pool.end("lighteval-vllm"), pool.end("lighteval-hf")
    is_whole(on_vllm, world, "lighteval-vllm", LIGHTEVAL_TASKS)
    assert numbers(on_vllm) == numbers(on_hf)
    assert on_vllm.rows(pythons["lighteval"]) == on_hf.rows(pythons["lighteval"])
    assert 0 < headline(on_hf, LIGHTEVAL_TASKS[0]).value < 1
    # gsm8k of lighteval ends answers at 256 tokens, for every model.
    assert {one.samples_cut for one in (*on_vllm.result.tasks, *on_hf.result.tasks)} == {0}


@pytest.mark.runs("api", "lighteval-api")
def test_any_api_can_be_asked(world: World, pool: Pool) -> None:
    outcome = pool.end("api")
    assert numbers(outcome) == {(INSPECT_TASKS[0], "accuracy"): 0.75}
    assert verdict(world.spec("api"), outcome.result) == Complete()
    assert outcome.result.model.revision is None
    by_lighteval = pool.end("lighteval-api")
    assert set(numbers(by_lighteval).values()) == {0.0}
    assert verdict(world.spec("lighteval-api"), by_lighteval.result) == Complete()


@pytest.mark.runs("limited")
def test_a_limited_run_is_not_published(world: World, pool: Pool) -> None:
    spec, outcome = world.spec("limited"), pool.end("limited")
    numbers(outcome)
    judged = verdict(spec, outcome.result)
    assert isinstance(judged, Incomplete)
    assert "trial" in judged.reason
    outcomes = publish(spec, outcome.result, Catalog.shipped())
    assert not [one for one in outcomes if isinstance(one, Filed)]
    assert all(isinstance(one, Kept) and "trial" in one.reason for one in outcomes)
