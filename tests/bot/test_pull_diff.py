"""The diff of a pull request: what it adds and changes, and that a strange one is no diff."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.pull_diff import ChangedFile, changed_files

ADDED = """diff --git a/.eval_results/quiz.yaml b/.eval_results/quiz.yaml
new file mode 100644
index 0000000..75caf53
--- /dev/null
+++ b/.eval_results/quiz.yaml
@@ -0,0 +1,2 @@
+- value: 1
+  # diff --git
"""
CHANGED = """diff --git a/README.md b/README.md
index 1111111..2222222 100644
--- a/README.md
+++ b/README.md
@@ -1,2 +1,2 @@
-old
+new
 same
"""
DELETED = """diff --git a/notes.txt b/notes.txt
deleted file mode 100644
index 1111111..0000000
--- a/notes.txt
+++ /dev/null
@@ -1 +0,0 @@
-gone
"""


def test_files_are_added_changed_and_deleted() -> None:
    assert changed_files(ADDED + CHANGED + DELETED) == {
        ".eval_results/quiz.yaml": ChangedFile(".eval_results/quiz.yaml", "75caf53", "- value: 1\n  # diff --git\n"),
        "README.md": ChangedFile("README.md", "2222222"),
        "notes.txt": ChangedFile("notes.txt", ""),
    }


def test_no_change_is_an_empty_diff() -> None:
    assert changed_files("") == {}


def test_a_missing_newline_at_the_end_is_kept_missing() -> None:
    files = changed_files(ADDED + "\\ No newline at end of file\n")
    assert files is not None
    assert files[".eval_results/quiz.yaml"].text == "- value: 1\n  # diff --git"


@pytest.mark.parametrize(
    "diff",
    [
        "not a diff",
        ADDED + ADDED,
        CHANGED.replace("a/README.md b", "a/OTHER.md b"),
        CHANGED.replace("index 1111111..2222222 100644\n", "similarity index 90%\nrename from a\nrename to b\n"),
        CHANGED.replace("index 1111111..2222222 100644\n", ""),
        CHANGED.replace("README.md b/README.md", '"b/caf\\303\\251.md"'),
    ],
)
def test_a_strange_diff_is_no_diff(diff: str) -> None:
    assert changed_files(diff) is None


@given(st.text(max_size=200))
def test_no_text_raises(text: str) -> None:
    changed_files(text)
    changed_files(f"diff --git {text}")
