"""Each promise of `docs/threat-model.md` names tests that exist, and no test of a promise goes without a promise."""

import ast
import re
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PAGE = (ROOT / "docs" / "threat-model.md").read_text()
PROMISES = PAGE.partition("\n## Promises\n")[2].partition("\n## ")[0]
# A row of the tables there, without their heads and the lines below those.
ROWS = [
    [cell.strip() for cell in line.strip("|").split("|")]
    for line in PROMISES.splitlines()
    if line.startswith("|") and not line.startswith(("| Promise |", "|---"))
]
NODE = re.compile(r"`(tests/[\w/]+\.py)::(test_\w+)`")


@cache
def named_in(path: str) -> frozenset[str]:
    """The names of the tests in a file, found by reading it."""
    tree = ast.parse((ROOT / path).read_text())
    functions = (one for one in tree.body if isinstance(one, ast.FunctionDef | ast.AsyncFunctionDef))
    return frozenset(one.name for one in functions if one.name.startswith("test_"))


def test_the_tables_of_promises_are_there() -> None:
    assert len(ROWS) >= 40
    assert [len(row) for row in ROWS] == [3] * len(ROWS)
    promises = [promise for promise, _, _ in ROWS]
    assert len(set(promises)) == len(promises)


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row[0][:60])
def test_each_promise_names_tests_that_exist(row: list[str]) -> None:
    promise, how, tests = row
    assert promise.endswith(".")
    assert how.endswith(".")
    named = NODE.findall(tests)
    assert named, "a promise needs a test"
    assert NODE.sub("", tests).replace(", ", "") == "", "the third column holds names of tests and nothing else"
    assert [(path, name) for path, name in named if not (ROOT / path).is_file() or name not in named_in(path)] == []


def test_each_test_of_a_promise_stands_on_the_page() -> None:
    files = [*ROOT.glob("tests/stories/test_promises.py"), *ROOT.glob("tests/bot/test_promises_*.py")]
    written = {(str(path.relative_to(ROOT)), name) for path in files for name in named_in(str(path.relative_to(ROOT)))}
    assert written
    assert written - set(NODE.findall(PROMISES)) == set()
