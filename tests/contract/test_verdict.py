"""Judging a run of the client's tests: nothing passes unseen, and the list of exceptions stays true."""

import json
from pathlib import Path

import pytest

from tests.contract import suite, verdict
from tests.contract.verdict import GATE, Outcome


def run(**others: Outcome) -> dict[str, Outcome]:
    """A run in which one test of each gate passed, beside some of test_repocard.py."""
    gates: dict[str, Outcome] = {f"{gate}::test_it": "passed" for gate in GATE}
    return {**gates, **{f"test_repocard.py::{name}": outcome for name, outcome in others.items()}}


def problems(outcomes: dict[str, Outcome], exceptions: dict[str, str], least: int = 0) -> tuple[str, ...]:
    return verdict.judge(outcomes, exceptions, least=least).problems


def test_a_failure_must_be_a_listed_exception() -> None:
    outcomes = run(one="failed", two="passed")
    assert problems(outcomes, {}) == ("test_repocard.py::one failed and is no listed exception",)
    assert problems(outcomes, {"test_repocard.py::one": "not needed"}) == ()


def test_an_exception_that_passes_or_is_gone_must_leave_the_list() -> None:
    outcomes = run(one="passed")
    assert problems(outcomes, {"test_repocard.py::one": "why"}) == (
        "test_repocard.py::one passed: it is no longer an exception",
    )
    assert problems(outcomes, {"test_repocard.py::two": "why"}) == (
        "test_repocard.py::two is a listed exception and was not run",
    )


def test_a_gate_has_no_exceptions_and_must_be_run() -> None:
    failing = "test_jobs_api.py::test_it"
    assert problems({**run(), failing: "failed"}, {failing: "why"}) == (
        f"{failing} is in a gate, where there are no exceptions",
    )
    without = {test: outcome for test, outcome in run().items() if test != failing}
    assert problems(without, {}) == ("test_jobs_api.py is a gate and was not run",)


def test_enough_tests_must_pass() -> None:
    outcomes = run(one="skipped")
    assert problems(outcomes, {}, least=len(GATE)) == ()
    assert problems(outcomes, {}, least=len(GATE) + 1) == (
        f"{len(GATE)} of {len(GATE) + 1} tests passed, fewer than {len(GATE) + 1}",
    )


def test_the_worst_part_of_a_test_is_its_outcome(tmp_path: Path) -> None:
    parts = [("a", "passed"), ("a", "failed"), ("a", "passed"), ("b", "skipped"), ("b", "passed"), ("c", "passed")]
    lines = [json.dumps({"test": f"tests/{test}", "outcome": outcome}) for test, outcome in parts]
    (tmp_path / "outcomes").write_text("\n".join(lines), encoding="utf-8")
    assert verdict.read_outcomes(tmp_path / "outcomes") == {"a": "failed", "b": "skipped", "c": "passed"}


def test_an_exception_needs_a_reason(tmp_path: Path) -> None:
    (tmp_path / "exceptions.yaml").write_text("test_a.py::test_b: ''\n", encoding="utf-8")
    with pytest.raises(ValueError, match="needs a reason"):
        verdict.read_exceptions(tmp_path / "exceptions.yaml")


def test_the_table_sums_up() -> None:
    lines = verdict.table(verdict.judge(run(one="failed", two="failed"), {"test_repocard.py::one": "why"})).splitlines()
    assert [line.split() for line in lines if "repocard" in line] == [["test_repocard.py", "0", "1", "1", "0"]]
    assert lines[-1].split()[:2] == ["all", str(len(GATE) + 2)]


def test_the_pinned_client_has_its_hashes() -> None:
    requirement = suite.pinned(Path(__file__).parents[2] / "requirements.lock")
    assert requirement.startswith("huggingface-hub==")
    assert "--hash=sha256:" in requirement
    assert requirement.count("==") == 1
