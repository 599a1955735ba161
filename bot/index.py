"""The older format, `model-index`, as part of a proposal: what goes into the front matter of the README. Pure."""

from collections.abc import Iterable

from bot.present import Wanted
from evaluators.model_index import CannotEdit, IndexEntry, conflicts, merge

README = "README.md"


def index_entry(wanted: Wanted) -> IndexEntry:
    """A wanted claim as an entry of the `model-index`."""
    entry = wanted.entry
    return IndexEntry.of(entry, wanted.benchmark, wanted.metric, config=entry.task)


def with_index(readme: str, proposed: Iterable[Wanted], model: str) -> str:
    """The README with what is proposed in its `model-index`; unchanged where its layout does not allow that."""
    for one in proposed:
        try:
            readme = merge(readme, [index_entry(one)], model)
        except CannotEdit:
            continue
    return readme


def stands_in_index(readme: str, wanted: Wanted, model: str) -> bool | None:
    """Whether the README says the same (True) or something else (False) there; None where it says nothing."""
    entry = index_entry(wanted)
    try:
        if conflicts(readme, [entry]):
            return False
        return True if merge(readme, [entry], model) == readme else None
    except CannotEdit:
        return False
