"""The card's side of a look: what was read, where it belongs, and what should therefore be in the repo. Pure."""

import hashlib
import json
from dataclasses import astuple, dataclass

from bot.claims import Claim, Source
from bot.proposal import Evidence, Wanted
from bot.settings import Write
from evaluators.card import CardReading, read_card
from evaluators.catalog import Catalog, Placed, Placements, place_all

SOURCE_NAME = "Model Card"


@dataclass(frozen=True, slots=True)
class Reading:
    """A card at a commit: its scores, where each was placed or why not, and the claims that follow."""

    commit: str
    card: CardReading
    placements: Placements
    wanted: tuple[Wanted, ...]

    def fingerprint(self, write: Write) -> str:
        """The same for the same claims, wherever they stand in the card, as long as we may do the same with them."""
        claims = sorted(astuple(one.claim) for one in self.wanted)
        return hashlib.sha256(json.dumps([write, claims]).encode()).hexdigest()


def read(text: str, commit: str, repo: str, endpoint: str, catalog: Catalog) -> Reading:
    """Read the card of a repo such as `acme/model`."""
    card = read_card(text, repo)
    placements = place_all(card, catalog)
    return Reading(commit, card, placements, tuple(_wanted(one, f"{endpoint}/{repo}") for one in placements.placed))


def _wanted(placed: Placed, url: str) -> Wanted:
    score = placed.score
    return Wanted(
        claim=Claim(placed.dataset, placed.task_id, placed.variant, placed.value, Source.CARD),
        notes=placed.notes,
        source_url=url,
        source_name=SOURCE_NAME,
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
    )
