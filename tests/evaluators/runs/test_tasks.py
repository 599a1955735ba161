"""Task names: what may be written, what the framework is told, and what is refused."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evaluators.catalog import Catalog
from evaluators.runs.spec import Framework
from evaluators.runs.task_table import Need, TaskError, table
from evaluators.runs.tasks import asked, normalise, split
from tests.evaluators.runs.samples import spec

INSPECT, LIGHTEVAL = Framework.INSPECT, Framework.LIGHTEVAL


@pytest.mark.parametrize(
    ("name", "framework", "fewshot", "task", "told"),
    [
        ("GSM8K", INSPECT, None, "gsm8k", "inspect_evals/gsm8k"),
        ("inspect_evals/gsm8k", INSPECT, 5, "gsm8k", "inspect_evals/gsm8k"),
        ("mmlu", INSPECT, None, "mmlu", "inspect_evals/mmlu_0_shot"),
        ("mmlu", INSPECT, 5, "mmlu", "inspect_evals/mmlu_5_shot"),
        ("GPQA-Diamond", INSPECT, None, "gpqa_diamond", "inspect_evals/gpqa_diamond"),
        ("hf/acme/quiz", INSPECT, None, "hf/acme/quiz", "hf/acme/quiz"),
        ("hf/acme/quiz/hard@refs/pr/1", INSPECT, None, "hf/acme/quiz/hard@refs/pr/1", "hf/acme/quiz/hard@refs/pr/1"),
        ("gsm8k", LIGHTEVAL, None, "gsm8k|0", "gsm8k|0"),
        ("gsm8k|5", LIGHTEVAL, None, "gsm8k|5", "gsm8k|5"),
        ("gsm8k|05", LIGHTEVAL, None, "gsm8k|5", "gsm8k|5"),
        ("gsm8k", LIGHTEVAL, 5, "gsm8k|5", "gsm8k|5"),
        ("arc_challenge", LIGHTEVAL, 25, "arc:challenge|25", "arc:challenge|25"),
        ("mmlu:anatomy|5", LIGHTEVAL, None, "mmlu:anatomy|5", "mmlu:anatomy|5"),
        ("mmlu|5", LIGHTEVAL, None, "mmlu|5", "mmlu|5"),
        ("aime25@n=4@k=2|0", LIGHTEVAL, None, "aime25@n=4@k=2|0", "aime25@n=4@k=2|0"),
    ],
)
def test_a_name_is_understood(name: str, framework: Framework, fewshot: int | None, task: str, told: str) -> None:
    assert normalise([name], framework, fewshot).tasks == (task,)
    assert asked(task, framework, fewshot).framework_task == told


@pytest.mark.parametrize(
    ("name", "framework", "fewshot", "sentence"),
    [
        ("gsm9k", INSPECT, None, "'gsm9k' is no task of inspect: perhaps gsm8k is meant."),
        ("qqqq", INSPECT, None, "'qqqq' is no task of inspect: see the table of tasks."),
        ("mmlu", INSPECT, 3, "mmlu can be asked with 0 or 5 examples, not 3."),
        ("hellaswag", INSPECT, 5, "The number of examples of hellaswag cannot be chosen: leave out fewshot."),
        ("hf/acme", INSPECT, None, "'hf/acme' is no benchmark: write hf/owner/dataset,"),
        ("hf/acme/quiz@", INSPECT, None, "'hf/acme/quiz@' is no benchmark"),
        ("hf/acme/quiz/en/hard", INSPECT, None, "a task id with a slash has no address"),
        ("hf/acme/quiz", INSPECT, 5, "The eval.yaml of acme/quiz says how it is asked"),
        ("helaswag", LIGHTEVAL, None, "perhaps hellaswag is meant"),
        ("race", LIGHTEVAL, None, "perhaps race:high is meant"),
        ("aime2026", LIGHTEVAL, None, "lighteval has no aime2026: set framework to inspect."),
        ("leaderboard|gsm8k|5|0", LIGHTEVAL, None, "has 4 parts: write task|fewshot"),
        ("gsm8k|five", LIGHTEVAL, None, "is no task of lighteval: write task|fewshot"),
        ("gsm8k|101", LIGHTEVAL, None, "is no task of lighteval: write task|fewshot"),
        ("gsm8k|5", LIGHTEVAL, 8, "'gsm8k|5' asks for 5 examples and fewshot for 8: say it once."),
        ("hf/acme/quiz", LIGHTEVAL, None, "'hf/acme/quiz' is asked through its eval.yaml, which only inspect reads"),
    ],
)
def test_a_wrong_name_is_refused_with_the_nearest_one(
    name: str, framework: Framework, fewshot: int | None, sentence: str
) -> None:
    with pytest.raises(TaskError) as caught:
        normalise([name], framework, fewshot)
    assert sentence in str(caught.value)


def test_the_suite_of_older_versions_is_dropped_with_a_note() -> None:
    found = normalise(["leaderboard|mmlu|5"], LIGHTEVAL)
    assert found.tasks == ("mmlu|5",)
    assert found.notes == ("The suite of 'leaderboard|mmlu|5' means nothing to lighteval any more; it is left out.",)


def test_names_that_mean_the_same_are_asked_once() -> None:
    found = normalise(["gsm8k", "GSM-8K"], INSPECT)
    assert found.tasks == ("gsm8k",)
    assert found.notes == ("gsm8k was named twice.",)


def test_no_name_at_all_is_refused() -> None:
    with pytest.raises(TaskError, match="No task is named"):
        normalise(split(" ,, # gsm8k"), INSPECT)


def test_a_list_is_divided_by_commas_and_by_lines() -> None:
    text = "gsm8k, mmlu\n# mathematics\naime2026  # hard\n\nhle,\n"
    assert split(text) == ("gsm8k", "mmlu", "aime2026", "hle")


def test_gsm8k_is_asked_as_its_published_protocol_says() -> None:
    assert asked("gsm8k", INSPECT).arguments == {"fewshot": 8}
    assert asked("gsm8k", INSPECT, 0).arguments == {"fewshot": 0}
    assert asked("mmlu", INSPECT, 5).arguments == {}
    assert asked("hellaswag", INSPECT).arguments == {}


@pytest.mark.parametrize(
    ("name", "framework", "needs"),
    [
        ("humaneval", INSPECT, {Need.SANDBOX}),
        ("hle", INSPECT, {Need.JUDGE, Need.GATED}),
        ("hle|0", LIGHTEVAL, {Need.JUDGE, Need.GATED}),
        ("lcb:codegeneration|0", LIGHTEVAL, {Need.SANDBOX}),
        ("gpqa:diamond|0", LIGHTEVAL, {Need.GATED}),
        ("gpqa_diamond", INSPECT, {Need.OUTSIDE}),
        ("gsm8k", INSPECT, set()),
    ],
)
def test_a_task_says_what_it_needs(name: str, framework: Framework, needs: set[Need]) -> None:
    assert asked(name, framework).needs == needs


def test_comparing_likelihoods_is_known_for_single_tasks_and_for_groups() -> None:
    likelihood = {
        name: asked(f"{name}|0", LIGHTEVAL).likelihood for name in ("arc:easy", "arc", "gsm8k", "mmlu", "gpqa")
    }
    assert likelihood == {"arc:easy": True, "arc": True, "gsm8k": False, "mmlu": False, "gpqa": True}


@given(st.text(max_size=60), st.sampled_from(Framework))
def test_any_text_is_a_task_or_an_error_of_one_line(name: str, framework: Framework) -> None:
    said: tuple[str, ...] = ()
    try:
        found = normalise([name], framework)
    except TaskError as error:
        said = (str(error),)
    else:
        said = found.notes
        assert spec(tasks=found.tasks, framework=framework).tasks == found.tasks
        assert normalise(found.tasks, framework).tasks == found.tasks
    assert all(one.isprintable() for one in said)


def test_every_row_of_the_table_can_be_asked() -> None:
    for name, known in table().items():
        assert asked(name, INSPECT).known is known
        if known.lighteval:
            task = normalise([name], LIGHTEVAL).tasks[0]
            assert asked(task, LIGHTEVAL).known is known


def test_every_benchmark_of_the_table_is_registered() -> None:
    for known in table().values():
        if known.benchmark:
            assert Catalog.shipped().task(*known.benchmark) is not None, known.name
