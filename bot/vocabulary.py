"""The names that a command may use: tasks, benchmarks, machines. Closed sets; what is in none of them goes no further.

Names are compared by letters and digits alone, in lower case, so `MMLU-Pro`, `mmlu_pro` and `mmlupro` are one.
"""

import difflib
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from evaluators.catalog import Catalog
from evaluators.catalog_entry import Benchmark, squash
from evaluators.runs.flavors import Flavor, shipped
from evaluators.runs.spec import Framework
from evaluators.runs.task_table import TaskError, table
from evaluators.runs.tasks import asked

# Letters and digits with single marks between them. Looser spellings would let markup through: `~~mmlu~~`.
_NAME = re.compile(r"[a-z0-9]+(?:[-_.:][a-z0-9]+)*", re.IGNORECASE)
_TITLE = re.compile(r"[^\W_](?:[\w .:'\u2019()&@+/-]*[\w)+])?")
_CUTOFF = 0.6
_MOST_COMPARED = 60


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """Names and what they stand for.

    `names` and `addresses` lead to tasks as a specification has them, `benchmarks` to datasets. The keys of `addresses`
    (`hf/dataset`, `hf/dataset/task`, `dataset`) are in lower case, the others squashed.
    """

    names: Mapping[str, str]
    addresses: Mapping[str, str]
    benchmarks: Mapping[str, str]
    flavors: tuple[str, ...]

    def task(self, text: str) -> str | None:
        """The task that a name stands for."""
        if "/" in text:
            return self.addresses.get(text.lower())
        return self.names.get(squash(text)) if _NAME.fullmatch(text) else None

    def nearest_task(self, text: str) -> str | None:
        """The task whose name is most like a text."""
        if "/" in text:
            return nearest(text, self.addresses)
        return nearest(squash(text), self.names)

    def benchmark(self, text: str) -> str | None:
        """The dataset of the benchmark that goes by a name or is that dataset."""
        return self.benchmarks.get(squash(text)) if _TITLE.fullmatch(text) else None

    def nearest_benchmark(self, text: str) -> str | None:
        """The dataset of the benchmark whose name is most like a text."""
        return nearest(squash(text), self.benchmarks)


def vocabulary(catalog: Catalog, flavors: Iterable[Flavor] | None = None) -> Vocabulary:
    """The names by the tables of the package, a catalog, and the machines for rent; without any, those shipped."""
    addresses = dict(_addresses(catalog))
    tasks = dict(_short_names())
    for name, task in _catalog_names(catalog, addresses):
        tasks.setdefault(name, task)
    machines = tuple(one.name for one in (shipped() if flavors is None else flavors))
    return Vocabulary(tasks, addresses, dict(_benchmark_names(catalog)), machines)


def nearest(text: str, choices: Mapping[str, str] | Iterable[str]) -> str | None:
    """What a text was most likely meant to be; with a mapping, what that stands for."""
    known = choices if isinstance(choices, Mapping) else {one: one for one in choices}
    matcher = difflib.SequenceMatcher(b=text[:_MOST_COMPARED].lower())
    found, best = None, _CUTOFF
    for one, meant in known.items():
        matcher.set_seq1(one)
        # The quick ones are upper bounds. Of two that are as near, the first is taken.
        if min(matcher.real_quick_ratio(), matcher.quick_ratio()) > best and (ratio := matcher.ratio()) > best:
            found, best = meant, ratio
    return found


def _short_names() -> Iterable[tuple[str, str]]:
    """The names of the table of tasks, last those that win where two are alike."""
    rows = table().values()
    yield from ((squash(one.title), one.name) for one in rows)
    yield from ((squash(one.lighteval), one.name) for one in rows if one.lighteval)
    yield from ((squash(one.name), one.name) for one in rows)


def _addresses(catalog: Catalog) -> Iterable[tuple[str, str]]:
    for benchmark in catalog.benchmarks:
        whole = f"hf/{benchmark.dataset}"
        if not _can_be_asked(whole):
            continue
        yield whole.lower(), whole
        filed_here = [one.name for one in table().values() if one.benchmark and one.benchmark[0] == benchmark.dataset]
        yield benchmark.dataset.lower(), filed_here[0] if len(filed_here) == 1 else whole
        for task in benchmark.tasks:
            for spelling in reversed(task.ids):
                if _can_be_asked(address := f"{whole}/{task.id}"):
                    yield f"{whole}/{spelling}".lower(), address


def _can_be_asked(address: str) -> bool:
    try:
        return bool(asked(address, Framework.INSPECT))
    except TaskError:
        return False


def _catalog_names(catalog: Catalog, addresses: Mapping[str, str]) -> Iterable[tuple[str, str]]:
    """The names of benchmarks that mean one task: that of the table if it is filed there, else its address."""
    filed = {one.benchmark: one.name for one in table().values() if one.benchmark}
    for name, (benchmark, task) in catalog.names.items():
        address = addresses.get(f"hf/{benchmark.dataset}/{task.id}".lower())
        short = next((filed[benchmark.dataset, one] for one in task.ids if (benchmark.dataset, one) in filed), address)
        if short is not None:
            yield name, short


def _benchmark_names(catalog: Catalog) -> Iterable[tuple[str, str]]:
    """Every name that belongs to one dataset only."""
    found: dict[str, set[str]] = {}
    for benchmark in catalog.benchmarks:
        for name in _names_of(benchmark):
            found.setdefault(squash(name), set()).add(benchmark.dataset)
    for name, datasets in found.items():
        if name and len(datasets) == 1:
            yield name, next(iter(datasets))


def _names_of(benchmark: Benchmark) -> Iterable[str]:
    yield from (benchmark.dataset, benchmark.name)
    for task in benchmark.tasks:
        yield from task.aliases
    yield from (one.name for one in table().values() if one.benchmark and one.benchmark[0] == benchmark.dataset)
