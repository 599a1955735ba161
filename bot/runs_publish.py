"""From the result of a run to the model's pull request: the record is kept, and what may be filed is proposed.

The way is that of a card's scores: a claim, a decision against what is there, at most one pull request. A claim of a
run is believed rather than one of the card; a later look at the card leaves it in place.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any

from bot import report
from bot.carry_out import Carrier
from bot.claims import Claim, Source
from bot.hub import Hub
from bot.hub_errors import HubConflict, HubRefused
from bot.present import OPEN, Present, Wanted
from bot.proposal import Create, Decision, Leave, Push, Rebuild, Terms, Update, Why, decide
from bot.reading import read
from bot.repo_config import PATH as CONFIG
from bot.repo_config import ConfigError, Format, RepoConfig, parse
from bot.settings import Write
from bot.survey import survey
from evaluators.catalog import Catalog
from evaluators.runs import record as records
from evaluators.runs.publish import Filed, Kept, publish
from evaluators.runs.record import Record
from evaluators.runs.result import RunResult
from evaluators.runs.spec import RunSpec

TRIES = 3
NO_RESULTS_REPO = "SCOREKEEPER_RESULTS_REPO is not set, so the log is kept nowhere and results name no source."
_LEFT = {
    Why.NOTHING_NEW: "It is there already, or cannot be proposed.",
    Why.CURRENT: "The open pull request says it already.",
}


class Fate(StrEnum):
    """What became of a number: filed in a pull request or on main, filed before, or kept and shown."""

    FILED = "filed"
    THERE = "there"
    KEPT = "kept"


@dataclass(frozen=True, slots=True)
class Number:
    """One number of a run: where it belongs, what became of it, and why."""

    task: str
    metric: str
    value: float
    fate: Fate
    why: str
    dataset: str | None = None
    filed_value: float | None = None


@dataclass(frozen=True, slots=True)
class Published:
    """What publishing came to, or would come to. `files` are those of the pull request or commit."""

    numbers: tuple[Number, ...]
    sentence: str
    log_url: str | None = None
    pull: int | None = None
    files: dict[str, str] | None = None
    warnings: tuple[str, ...] = ()

    @property
    def json(self) -> dict[str, Any]:
        """For machines."""
        numbers = [
            {
                "task": one.task,
                "metric": one.metric,
                "value": one.value,
                "fate": one.fate.value,
                "why": one.why,
                "dataset": one.dataset,
                "filed_value": one.filed_value,
            }
            for one in self.numbers
        ]
        return {
            "numbers": numbers,
            "sentence": self.sentence,
            "log_url": self.log_url,
            "pull_request": self.pull,
            "files": self.files or {},
            "warnings": list(self.warnings),
        }


def keep(hub: Hub, repo: str, record: Record) -> str:
    """Put a record into the results' data set, once. Returns the address of its log. Up to six requests.

    Raises:
        HubError: It could not be written, or the model is private and the data set is not.
    """
    marker = next(path for path in record.files if path.endswith(f"/{records.RESULT}"))
    hub.find_or_make_dataset(repo)
    there = hub.dataset_paths(repo, [marker, records.README])
    if marker not in there:
        files = dict(record.files)
        if records.README not in there:
            files[records.README] = records.readme(repo)
        hub.commit_to_dataset(repo, files, f"Add {record.folder}")
    return log_address(hub, repo, record)


def log_address(hub: Hub, repo: str, record: Record) -> str:
    """Where the log of a record is, or will be."""
    return f"{hub.endpoint}/datasets/{repo}/blob/main/{record.log}"


@dataclass(frozen=True, slots=True)
class Publisher:
    """Publishes runs. `results_repo` is the data set for records; without it, a result has no source.

    `committed` is told the id of each commit to a model repo.
    """

    hub: Hub
    catalog: Catalog
    write: Write
    results_repo: str | None = None
    committed: Callable[[str], None] = lambda _: None

    def publish(self, spec: RunSpec, result: RunResult, log: Iterable[str]) -> Published:
        """Keep the record and propose what may be filed; with writing off, say what would follow.

        May be repeated: the same run changes nothing the second time.

        Raises:
            HubError: The Hub did not do it.
        """
        record = records.record(spec, result, log, self.results_repo or "")
        warnings, log_url = self._keep(spec, record)
        outcomes = publish(spec, result, self.catalog, log_url)
        filed = [one for one in outcomes if isinstance(one, Filed)]
        kept = [one for one in outcomes if isinstance(one, Kept)]
        numbers = [_kept(one) for one in kept]
        if not filed:
            sentence = "Nothing is filed under a registered benchmark; the numbers are kept and shown."
            return Published(tuple(numbers), sentence, log_url, warnings=warnings)
        proposed = self._propose(spec, filed)
        return replace(
            proposed, numbers=(*proposed.numbers, *numbers), log_url=log_url, warnings=(*warnings, *proposed.warnings)
        )

    def _keep(self, spec: RunSpec, record: Record) -> tuple[tuple[str, ...], str | None]:
        if self.results_repo is None:
            return (
                "SCOREKEEPER_RESULTS_REPO is not set, so the log is kept nowhere and results name no source.",
            ), None
        if self.write is Write.OFF:
            return (), log_address(self.hub, self.results_repo, record)
        self.hub.find_or_make_dataset(self.results_repo)
        if self.hub.is_private(spec.model) and not self.hub.is_private(self.results_repo, "datasets"):
            raise HubRefused(
                f"{spec.model} is private and {self.results_repo} is not: make that data set private as well."
            )
        return (), keep(self.hub, self.results_repo, record)

    def _propose(self, spec: RunSpec, filed: list[Filed]) -> Published:
        for attempt in range(TRIES):
            try:
                return self._propose_once(spec, filed)
            except HubConflict:
                # Somebody pushed in between: what is there is read anew.
                if attempt == TRIES - 1:
                    raise
        raise AssertionError("unreachable")

    def _propose_once(self, spec: RunSpec, filed: list[Filed]) -> Published:
        hub = self.hub
        state = hub.repo(spec.model)
        if not hub.same_model(state.name, spec.revision, state.sha):
            return _refused(filed, "The files of the model on main are not those that were evaluated: evaluate main.")
        try:
            config = parse(hub.text(state.name, CONFIG, state.sha) if CONFIG in state.files else "")
        except ConfigError as error:
            return _refused(filed, f"{CONFIG} has a mistake: {error}")
        if not config.enabled:
            return _refused(filed, f"{CONFIG} turns the bot off.")
        if Format.EVAL_RESULTS not in config.formats:
            return _refused(filed, f"{CONFIG} asks for model-index only, and results of runs go into files.")
        card = hub.card(state.name)
        if card.commit not in {None, state.sha}:
            raise HubConflict("The repo changed while it was looked at.")
        reading = read(card.text or "", state.sha, state.name, hub.endpoint, self.catalog, config)
        runs = [_wanted(one) for one in filed]
        values = {one.claim.key: one.claim.value for one in (*reading.wanted, *runs)}
        push = self.write is Write.PUSH and config.write == "push"
        surveyed = survey(hub, state, values, self.catalog, pushing=push)
        present = replace(surveyed.present, readme=card.text or "")
        if not _carries_card(present):
            # Nobody asked for the card's scores here.
            reading = replace(reading, wanted=(), placements=replace(reading.placements, placed=(), left_out=()))
        decision = decide((*reading.wanted, *runs), present, _terms(config, state.name, push=push))
        number = None
        if self.write is not Write.OFF:
            number = Carrier(hub, state.name, reading, self.committed).carry_out(decision, surveyed)
        return _published(decision, runs, filed, self.write, number)


def _terms(config: RepoConfig, name: str, *, push: bool) -> Terms:
    return Terms(config.ignore, push, config.formats, name.rpartition("/")[2])


def _carries_card(present: Present) -> bool:
    """Whether our open pull request has scores of the card, which then stay up to date with it."""
    opened = min((pull for pull in present.own if pull.status in OPEN), key=lambda pull: pull.number, default=None)
    return opened is not None and any(claim.source is Source.CARD for claim in opened.claims)


def _wanted(filed: Filed) -> Wanted:
    entry = filed.entry
    return Wanted(
        claim=Claim(entry.dataset, entry.task, "", entry.value, Source.RUN),
        notes=None,
        source_url=entry.source_url,
        source_name=entry.source_name,
        evidence=None,
        metric=filed.result.metric,
        date=entry.date,
        revision=entry.revision,
    )


def _published(
    decision: Decision, runs: list[Wanted], filed: list[Filed], write: Write, number: int | None
) -> Published:
    found = {one.wanted.claim: one for one in decision.findings if one.wanted.claim.source is Source.RUN}
    numbers = []
    for run, one in zip(runs, filed, strict=True):
        finding = found[run.claim]
        fate = {"proposed": Fate.FILED, "on_main": Fate.THERE}.get(finding.standing.value, Fate.KEPT)
        words = report.standing_words(finding)
        numbers.append(
            Number(
                one.result.task, one.result.metric, one.result.value, fate, words, run.claim.dataset, one.entry.value
            )
        )
    changes = decision.action.files if isinstance(decision.action, Create | Update | Rebuild | Push) else {}
    sentence = report.sentence(decision, write, number)
    if isinstance(decision.action, Leave):
        sentence = _LEFT.get(decision.action.why, sentence)
    return Published(tuple(numbers), sentence, pull=number, files=dict(changes))


def _kept(one: Kept) -> Number:
    return Number(one.result.task, one.result.metric, one.result.value, Fate.KEPT, one.reason)


def _refused(filed: Iterable[Filed], why: str) -> Published:
    numbers = tuple(
        Number(one.result.task, one.result.metric, one.result.value, Fate.KEPT, why, one.entry.dataset, one.entry.value)
        for one in filed
    )
    return Published(numbers, f"Nothing is filed: {why}")
