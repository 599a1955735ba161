"""What the text around a table says about how its numbers were measured, where the rows themselves do not say it."""

import re
from functools import cache

from evaluators.card import TableView
from evaluators.card.labels import mentioned_benchmarks
from evaluators.catalog_entry import Task, squash
from evaluators.conditions import patterns


def said_around(view: TableView, task: Task, *, set_up_stated: bool) -> str | None:
    """The words near a table that speak against the default set-up of a task; None where there are none.

    The caption, the heading and the text above hold for every row, a sentence that names benchmarks only for those,
    and the lines below only for what they name. `set_up_stated`: the score says itself whether tools were used.
    """
    kinds = ["around"] if set_up_stated else ["around", "around_with_tools"]
    for text, name, lists in (
        (view.title, False, [*kinds, "around_languages"]),
        (view.above, False, kinds),
        (view.below, True, kinds),
    ):
        for sentence in re.split(r"(?<=[.!?;])\s+|\n", text):
            found = next((match for one in lists if (match := _pattern(one).search(sentence))), None)
            if found and _is_about(sentence, task, must_name=name):
                return found[0]
    return None


def _is_about(sentence: str, task: Task, *, must_name: bool) -> bool:
    said = squash(sentence)
    if any(squash(name) in said for name in (*task.aliases, *task.unclear)):
        return True
    return not must_name and not mentioned_benchmarks(sentence)


@cache
def _pattern(name: str) -> re.Pattern[str]:
    return re.compile(rf"(?<![\w-])(?:{'|'.join(patterns(name))})(?![\w-])", re.IGNORECASE)
