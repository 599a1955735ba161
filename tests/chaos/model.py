"""What ought to be in a repo: from what people did and what stands there, by the rules, without the bot's code.

The rules are those of `bot/proposal.py`, docs/adr/0004 and 0005. Two ends are right in two places only, where it
depends on who was faster:

- A stranger's open pull request that is younger than ours says something about the same benchmark. What ours said first
  stays in it; what the stranger said first is left to them.
- Somebody closed our pull request while its description was about to change: either text may be what was declined.
"""

from dataclasses import dataclass

from tests.chaos.people import Place
from tests.chaos.record import RepoRecord, Result


@dataclass(frozen=True)
class Expected:
    """What the open pull request must claim, and what it may: pairs of dataset and value."""

    must: frozenset[tuple[str, float]]
    may: frozenset[tuple[str, float]]


def expected(place: Place, record: RepoRecord) -> Expected:
    """What the one open pull request ought to say; where `must` is empty, there need be none."""
    standing = {
        (one.dataset, float(value)): _standing(one.dataset, float(value), record)
        for one, value in place.scores
        if one.dataset != place.ignored
    }
    return Expected(
        frozenset(claim for claim, how in standing.items() if how == "in"),
        frozenset(claim for claim, how in standing.items() if how == "either"),
    )


def problems(place: Place, record: RepoRecord) -> list[str]:
    """How the repo differs from what it ought to be, as sentences."""
    if any(one.foreign for one in record.open[:1]):
        # It is theirs now: it stays as they left it.
        return []
    wanted = expected(place, record)
    claims = record.open[0].claims if record.open else frozenset()
    found = []
    if missing := wanted.must - claims:
        found.append(f"not proposed: {sorted(missing)}")
    if surplus := claims - wanted.must - wanted.may:
        found.append(f"proposed, but ought not to be: {sorted(surplus)}")
    if record.open and record.open[0].results != claims:
        found.append(f"files say {sorted(record.open[0].results)}, the marker {sorted(claims)}")
    if record.open and not claims:
        found.append("an open pull request that proposes nothing")
    return found


def _standing(dataset: str, value: float, record: RepoRecord) -> str:
    """`in`, `out` or `either`."""
    on_main = [one for one in record.main if one.dataset == dataset]
    if any(one.value == value for one in on_main):
        return "out"
    if on_main and not (len(on_main) == 1 and _is_ours(on_main[0], record)):
        return "out"
    verdict = "in"
    for number, results in record.others.items():
        if any(one.dataset == dataset for one in results):
            if not record.open or number < record.open[0].number:
                return "out"
            verdict = "either"
    claim = (dataset, value)
    for pull in record.own:
        certain, possible = pull.declined()
        taken_out = pull.status == "merged" and not on_main and claim in pull.claims
        if claim in certain or taken_out:
            return "out"
        if claim in possible:
            verdict = "either"
    return verdict


def _is_ours(result: Result, record: RepoRecord) -> bool:
    """Whether it came to main through a merged pull request of ours, and still says what that one said."""
    merged = [one.claims for one in record.own if one.status == "merged"]
    return result.source == "Model Card" and any((result.dataset, result.value) in one for one in merged)
