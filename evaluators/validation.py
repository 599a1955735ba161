"""Everything that is wrong with the evaluation results of a model repo, in both formats, with file and line."""

import re
from collections.abc import Mapping

from evaluators.catalog import Catalog
from evaluators.index_check import check_index
from evaluators.problem import Problem, Severity
from evaluators.results import FOLDER, is_results_file
from evaluators.results_check import Located, check_results

__all__ = ["README", "Problem", "Severity", "is_checked", "validate"]

README = "README.md"
_MISSPELLED = re.compile(r"\.?eval(?:uation)?s?[-_ ]?results?", re.IGNORECASE)
_YAML = (".yaml", ".yml")


def is_checked(path: str) -> bool:
    """Whether what stands in a file matters; of any other only its path does."""
    return path == README or is_results_file(path)


def validate(files: Mapping[str, str | None], catalog: Catalog) -> tuple[Problem, ...]:
    """All problems of a repo, by file and line.

    `files` is every path of the repo, with its text where `is_checked` says that it matters (None for the others).
    """
    problems: list[Problem] = []
    entries: list[Located] = []
    for path, text in sorted(files.items()):
        problems += _misplaced(path)
        if text is not None and "\ufffd" in text:
            line = text.count("\n", 0, text.index("\ufffd")) + 1
            problems.append(Problem(path, line, "It has a character that could not be read.", Severity.NOTE))
        if text is not None and is_results_file(path):
            found, located = check_results(path, text, catalog)
            problems += found
            entries += located
        elif text is not None and path == README:
            problems += check_index(path, text)
    problems += _repeated(entries)
    return tuple(sorted(problems, key=lambda one: (one.file, one.line or 0)))


def _misplaced(path: str) -> list[Problem]:
    """A file that looks like results and is not read as such."""
    folder, _, rest = path.partition("/")
    if folder == FOLDER and not is_results_file(path):
        sentence = f"It is not read: result files are *.yaml directly in {FOLDER}."
        return [Problem(path, None, sentence, Severity.ERROR if path.endswith((*_YAML, ".json")) else Severity.NOTE)]
    if is_results_file(path) and not path.endswith(".yaml"):
        return [Problem(path, None, "It may not be read: the documentation names only *.yaml.", Severity.NOTE)]
    stem = folder if rest else folder.rpartition(".")[0]
    if folder != FOLDER and path.endswith(_YAML) and _MISSPELLED.fullmatch(stem):
        return [Problem(path, None, f"It is not read: the folder for results is {FOLDER}.", Severity.NOTE)]
    return []


def _repeated(entries: list[Located]) -> list[Problem]:
    """Entries about what an earlier one is about: there is one value for each dataset, task and variant."""
    first: dict[tuple[str, str, str], Located] = {}
    problems = []
    for one in entries:
        other = first.setdefault(one.about, one)
        if other is not one:
            where = "" if other.file == one.file else f" of {other.file}"
            sentence = f"Entry {one.number} is about the same as entry {other.number}{where} (line {other.line})."
            problems.append(Problem(one.file, one.line, sentence))
    return problems
