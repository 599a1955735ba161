"""The card's side of a look: what was read, where it belongs, and what should therefore be in the repo. Pure."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import astuple, dataclass, replace

from bot.claims import SOURCE_NAMES, Claim, Source
from bot.present import Evidence, Wanted
from bot.repo_config import RepoConfig
from evaluators.card import CardReading, Overrides, read_card
from evaluators.catalog import Catalog
from evaluators.placement import Placed, Placements, place_all


@dataclass(frozen=True, slots=True)
class Reading:
    """A card at a commit: its scores, where each was placed or why not, and the claims that follow."""

    commit: str
    card: CardReading
    placements: Placements
    wanted: tuple[Wanted, ...]

    @property
    def fingerprint(self) -> str:
        """The same for the same claims, wherever they stand in the card."""
        claims = sorted(astuple(one.claim) for one in self.wanted)
        return hashlib.sha256(json.dumps(claims).encode()).hexdigest()


def read(
    text: str, commit: str, repo: str, endpoint: str, catalog: Catalog, config: RepoConfig | None = None
) -> Reading:
    """Read the card of a repo such as `acme/model`, the way its `.scorekeeper.yaml` asks for."""
    config = config or RepoConfig()
    overrides = Overrides(model_name=config.label, ignore_tables=frozenset(config.tables.ignore))
    card = read_card(text.removeprefix("\ufeff").replace("\x00", "\ufffd"), repo, overrides)
    if config.tables.use:
        card = replace(card, scores=tuple(one for one in card.scores if one.table in config.tables.use))
    placements = place_all(card, _with_aliases(catalog, config.aliases))
    return Reading(commit, card, placements, tuple(_wanted(one, f"{endpoint}/{repo}") for one in placements.placed))


def _with_aliases(catalog: Catalog, aliases: Mapping[str, str]) -> Catalog:
    """The catalog with further names. A name for a benchmark of several tasks stays unclear, and is not added."""
    for name, dataset in aliases.items():
        found = catalog.benchmark(dataset)
        if found is not None and len(found.tasks) == 1:
            task = replace(found.tasks[0], aliases=(*found.tasks[0].aliases, name))
            changed = replace(found, tasks=(task,))
            catalog = Catalog(tuple(changed if one is found else one for one in catalog.benchmarks))
    return catalog


def _wanted(placed: Placed, url: str) -> Wanted:
    score = placed.score
    return Wanted(
        claim=Claim(placed.dataset, placed.task_id, placed.variant, placed.value, Source.CARD),
        notes=placed.notes,
        source_url=url,
        source_name=SOURCE_NAMES[Source.CARD],
        evidence=Evidence(
            benchmark=score.benchmark,
            printed=score.printed,
            table=score.table,
            row=score.cell[0],
            column=score.cell[1],
            line=score.line,
            row_label=score.row_label,
            column_label=score.column_label,
        ),
        metric=placed.metric,
    )
