"""What of a run's numbers may be proposed in a repo, in the formats that it asks for. Pure."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from bot.claims import Claim, Key, Source
from bot.index import index_claim
from bot.present import Wanted
from bot.repo_config import Format
from evaluators.catalog import Catalog
from evaluators.model_index import IndexEntry
from evaluators.results import Number as Value
from evaluators.runs.index_result import index_entries
from evaluators.runs.publish import Filed, Kept
from evaluators.runs.result import TaskResult
from evaluators.runs.spec import RunSpec


@dataclass(frozen=True, slots=True)
class Candidate:
    """A number that may be proposed: in a result file where it is `filed`, else as an `entry` of the `model-index`.

    `reason_to_keep` says why it has no place where only the other format is asked for.
    """

    result: TaskResult
    value: Value
    date: str
    entry: IndexEntry
    reason_to_keep: str
    filed: Filed | None = None

    @property
    def dataset(self) -> str:
        """The data set that it belongs to."""
        return self.entry.dataset_type

    def wanted(self, formats: Sequence[Format]) -> Wanted | None:
        """What should be in a repo that asks for these formats; None where this number has no place there."""
        if self.filed is not None and Format.EVAL_RESULTS in formats:
            return _in_file(self.filed)
        return self._in_index() if Format.MODEL_INDEX in formats else None

    def _in_index(self) -> Wanted:
        key = Key(self.filed.entry.dataset, self.filed.entry.task) if self.filed else None
        return Wanted(
            claim=index_claim(self.entry, self.value, Source.RUN, self.date, key),
            notes=None,
            source_url=self.entry.source_url,
            source_name=self.entry.source_name,
            evidence=None,
            metric=self.entry.metric_type,
            date=self.date,
        )


def candidates(
    outcomes: Iterable[Filed | Kept], spec: RunSpec, catalog: Catalog, date: str, log_url: str | None
) -> list[Candidate | Kept]:
    """What of each outcome of `publish` may be proposed, in the same order; the rest is kept with its reason."""
    listed = list(outcomes)
    kept = [one for one in listed if isinstance(one, Kept)]
    entries = iter(index_entries(kept, spec, catalog, log_url))
    return [_filed(one, catalog) if isinstance(one, Filed) else _kept(one, next(entries), date) for one in listed]


def _filed(one: Filed, catalog: Catalog) -> Candidate:
    benchmark = catalog.benchmark(one.entry.dataset)
    name = benchmark.name if benchmark else one.entry.dataset
    entry = IndexEntry.of(one.entry, name, config=one.entry.task)
    return Candidate(one.result, one.entry.value, one.entry.date or "", entry, "", one)


def _kept(one: Kept, entry: IndexEntry | str, date: str) -> Candidate | Kept:
    if isinstance(entry, str):
        return Kept(one.result, entry)
    if isinstance(entry.value, str):
        raise TypeError(entry.value)
    return Candidate(one.result, entry.value, date, entry, one.reason)


def _in_file(filed: Filed) -> Wanted:
    entry = filed.entry
    return Wanted(
        claim=Claim(entry.dataset, entry.task, "", entry.value, Source.RUN, entry.date or ""),
        notes=None,
        source_url=entry.source_url,
        source_name=entry.source_name,
        evidence=None,
        metric=filed.result.metric,
        date=entry.date,
        revision=entry.revision,
    )
