"""The README says what the program does."""

import re

from tests.docs import README, generated


def test_the_generated_parts_of_the_readme_are_current() -> None:
    assert generated(README.read_text()) == README.read_text(), "run: python -m tests.docs"


def test_the_readme_only_names_files_that_exist() -> None:
    for target in re.findall(r"\]\((?!https?://)([^)#]+)\)", README.read_text()):
        assert (README.parent / target).exists(), target
