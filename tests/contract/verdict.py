"""What the outcomes of the client's tests mean: which may fail, which must pass, and how many have to."""

import json
from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import yaml

LEAST_PASSED = 531
# Classes of test_hf_api.py, and whole files, in which nothing may fail or be left out.
GATE = frozenset(
    {
        *(
            f"test_hf_api.py::{name}"
            for name in (
                "TestCommitApi",
                "TestCommitInBackground",
                "TestDownloadHfApiAlias",
                "TestHfApiAuthCheck",
                "TestHfApiBranchEndpoint",
                "TestHfApiDeleteFiles",
                "TestHfApiDeleteFolder",
                "TestHfApiDiscussions",
                "TestHfApiEndpoints",
                "TestHfApiListRepoTree",
                "TestHfApiPrivate",
                "TestHfApiPublicStaging",
                "TestHfApiRepoFileExists",
                "TestHfApiTagEndpoint",
                "TestHfApiTokenAttribute",
                "TestHfApiUploadEmptyFile",
                "TestHfApiVerifyChecksums",
                "TestListGitCommits",
                "TestSquashHistory",
                "TestWebhookApi",
            )
        ),
        "test_cli_discussions.py",
        "test_commit_api.py",
        "test_commit_scheduler.py",
        "test_eval_results.py",
        "test_jobs_api.py",
        "test_lfs.py",
        "test_snapshot_download.py",
        "test_tree_cache.py",
    }
)

Outcome = Literal["passed", "failed", "skipped"]


@dataclass(frozen=True)
class Verdict:
    """Rows of a table (group, passed, failed, excepted, skipped) and the reasons why the run is not good enough."""

    rows: tuple[tuple[str, int, int, int, int], ...]
    problems: tuple[str, ...]


def read_exceptions(path: Path) -> dict[str, str]:
    """The tests that may fail, each with its reason: ``{test: reason}``.

    Raises:
        ValueError: a test has no reason.
    """
    listed = yaml.safe_load(path.read_text(encoding="utf-8")) or {}
    for test, reason in listed.items():
        if not isinstance(reason, str) or not reason.strip():
            raise ValueError(f"{path.name}: {test} needs a reason.")
    return dict(listed)


def read_outcomes(path: Path) -> dict[str, Outcome]:
    """How each test ended, from the lines that ``client_conftest`` wrote: the worst of its parts counts."""
    ended: dict[str, Outcome] = {}
    for line in path.read_text(encoding="utf-8").splitlines():
        part = json.loads(line)
        test, outcome = str(part["test"]).removeprefix("tests/"), part["outcome"]
        known = ended.get(test)
        # Setting up and tearing down pass beside a call that is skipped or fails.
        ended[test] = outcome if known in (None, "passed") else known
    return ended


def judge(outcomes: Mapping[str, Outcome], exceptions: Mapping[str, str], *, least: int = LEAST_PASSED) -> Verdict:
    """Compare what happened with what may happen."""
    failed = {test for test, outcome in outcomes.items() if outcome == "failed"}
    passed = {test for test, outcome in outcomes.items() if outcome == "passed"}
    problems = [f"{test} failed and is no listed exception" for test in sorted(failed - exceptions.keys())]
    problems += [f"{test} passed: it is no longer an exception" for test in sorted(passed & exceptions.keys())]
    problems += [
        f"{test} is a listed exception and was not run" for test in sorted(exceptions.keys() - outcomes.keys())
    ]
    problems += [f"{group} is a gate and was not run" for group in sorted(GATE - {_group(test) for test in outcomes})]
    for test in sorted(exceptions.keys() & outcomes.keys()):
        if _group(test) in GATE:
            problems.append(f"{test} is in a gate, where there are no exceptions")
    if len(passed) < least:
        problems.append(f"{len(passed)} of {len(outcomes)} tests passed, fewer than {least}")
    return Verdict(tuple(_rows(outcomes, exceptions)), tuple(problems))


def table(verdict: Verdict) -> str:
    """The verdict's rows as lines of text, with a sum at the end."""
    sums = [sum(column) for column in list(zip(*verdict.rows, strict=True))[1:]]
    lines: list[tuple[object, ...]] = [("file or class", "passed", "failed", "excepted", "skipped"), *verdict.rows]
    lines.append((f"all {sum(sums)}", *sums))
    width = max(len(str(line[0])) for line in lines)
    return "\n".join(f"{name!s:{width}}" + "".join(f"{count!s:>10}" for count in counts) for name, *counts in lines)


def _group(test: str) -> str:
    """The file of a test, or in the largest of them its class: what a line of the table and a gate stand for."""
    file, *inner = test.split("::")
    if file != "test_hf_api.py":
        return file
    return f"{file}::{inner[0]}" if len(inner) > 1 else f"{file} (functions)"


def _rows(outcomes: Mapping[str, Outcome], exceptions: Collection[str]) -> list[tuple[str, int, int, int, int]]:
    counts: dict[str, Counter[str]] = {}
    for test, outcome in outcomes.items():
        kind = "excepted" if outcome == "failed" and test in exceptions else outcome
        counts.setdefault(_group(test), Counter())[kind] += 1
    return [
        (group, count["passed"], count["failed"], count["excepted"], count["skipped"])
        for group, count in sorted(counts.items())
    ]
